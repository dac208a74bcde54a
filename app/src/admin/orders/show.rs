//! One order.

use super::acts::{AcceptOffline, Cancel, Complete, Correct, Deliver, Jot, Process, RecordPayment, Ship};
use super::money;
use crate::admin::audit::history as audit_panel;
use crate::ui::{
    AddressFields, Field, Form, Head, Hidden, Icon, Table, TextArea, address_fields, date_time, page, standing, totals,
};
use crate::web::live::follows;
use crate::web::use_visit;
use crate::words::locale;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::accounts::{AddressInput, Country, Permission};
use shop::audit::Entity;
use shop::live::LiveTopic;
use shop::orders::{self, OfflineStep, OrderItem, OrderStatus, OrderView, Shipment, Step, TimelineRow};

#[component]
pub fn OrderPage() -> impl IntoView {
    let visit = use_visit();
    let number = use_params_map().with_untracked(|params| params.get("number")).unwrap_or_default();
    page(async move {
        let staff = visit.staff()?;
        let order = orders::for_staff(visit.shop(), staff, &number).await?;
        let follows = follows(&visit, &[(LiveTopic::Order(order.id), order.version.clone())]);
        let may_write = staff.can(Permission::OrdersWrite);
        let refunds = staff.can(Permission::OrdersRefund);
        let may_refund = refunds && !order.refundable().is_zero();
        let by_hand: Vec<_> = order.refunds.iter().filter(|refund| refund.waits_for_hand()).collect();
        let customer = order.shipping_address.name();
        let pieces: i32 = order.items.iter().map(|item| item.quantity).sum();
        let next_steps = if may_write { order.steps() } else { Vec::new() };
        let steps = next_steps.iter().map(|step| match order.refused(*step, staff) {
            Some(why) => view! { <p class="muted">{why}</p> }.into_any(),
            None => next(&order, *step),
        });
        let items = order.items.iter().map(item).collect_view();
        let log = audit_panel(&visit, Entity::Order, &order.id.to_string()).await;
        let title = order.number.clone();
        let delivery = t!("totals-delivery-by", method = &order.shipping_method_name).into_owned();
        Ok(view! {
            <Title text=title />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href="/admin/orders">"Orders"</a>
                    </li>
                    <li aria-current="page">{order.number.clone()}</li>
                </ol>
            </nav>
            <div id="order" data-live=follows.live data-ticket=follows.ticket>
                <header class="admin-head">
                    <div class="admin-head__title">
                        <h1>{order.number.clone()}</h1>
                        {standing(order.payment(), order.fulfilment)}
                    </div>
                    <p class="admin-head__meta">{date_time(order.created_at)} " · " {customer}</p>
                </header>
                <div class="edit">
                    <div class="edit__main">
                        <section class="panel" aria-labelledby="items">
                            <div class="panel__head">
                                <h2 class="panel__title" id="items">
                                    "Products"
                                </h2>
                                <span class="muted">
                                    {if pieces == 1 { "1 piece".to_owned() } else { format!("{pieces} pieces") }}
                                </span>
                            </div>
                            <Table
                                label="Products, scrolls sideways"
                                class="table table--cards"
                                head=view! {
                                    <Head label="Product" />
                                    <Head label="Price" number=true />
                                    <Head label="Pieces" number=true />
                                    <Head label="Sum" number=true />
                                }
                            >
                                {items}
                            </Table>
                            <div class="panel__foot">{totals(&order.totals, delivery)}</div>
                        </section>
                        {(!order.shipments.is_empty()).then(|| shipments(&order.shipments))}
                    </div>
                    <div class="edit__side">
                        {(!next_steps.is_empty() || may_refund || !by_hand.is_empty())
                            .then(|| {
                                view! {
                                    <section class="panel" aria-labelledby="next">
                                        <div class="panel__head">
                                            <h2 class="panel__title" id="next">
                                                "Next"
                                            </h2>
                                        </div>
                                        <div class="panel__body moves">
                                            {by_hand
                                                .iter()
                                                .map(|refund| money::hand_back(refund, refunds))
                                                .collect_view()} {steps.collect_view()}
                                            {may_refund
                                                .then(|| {
                                                    let href = format!("/admin/orders/{}/refund", order.number);
                                                    view! {
                                                        <a class="button button--secondary button--block" href=href>
                                                            "Give money back"
                                                        </a>
                                                    }
                                                })}
                                        </div>
                                    </section>
                                }
                            })} {who(&order, may_write)} {money::payments(&order)} {log}
                    </div>
                    <div class="edit__after">{history(&order, may_write)}</div>
                </div>
            </div>
        })
    })
}

fn item(item: &OrderItem) -> impl IntoView + use<> {
    let picture = item.picture.as_ref().map(|picture| {
        let src = picture.path(shop::files::PictureSize::Small);
        view! { <img class="thumb" src=src alt="" width="44" height="44" loading="lazy" /> }
    });
    let mut progress = Vec::new();
    if item.shipped > 0 {
        progress.push(format!("{} shipped", item.shipped));
    }
    if item.returned > 0 {
        progress.push(format!("{} returned", item.returned));
    }
    view! {
        <tr>
            <th scope="row">
                <div class="table__product">
                    {picture} <span>
                        <a class="table__main" href=format!("/admin/products/{}", item.product_id)>
                            {item.name.clone()}
                        </a>
                        <span class="table__sub">
                            {super::super::inventory::variant_line(&item.variant_name, &item.sku)}
                        </span>
                    </span>
                </div>
            </th>
            <td class="num" data-label="Price">
                {item.unit_price.to_string()}
            </td>
            <td class="num" data-label="Pieces">
                {item.quantity}
                {(!progress.is_empty()).then(|| view! { <span class="table__sub">{progress.join(", ")}</span> })}
            </td>
            <td class="num" data-label="Sum">
                {item.line_total.to_string()}
            </td>
        </tr>
    }
}

fn shipments(all: &[Shipment]) -> impl IntoView + use<> {
    let list = all
        .iter()
        .map(|shipment| {
            let content: Vec<String> = shipment.items.iter().map(|i| format!("{} × {}", i.quantity, i.name)).collect();
            let tracking = match (&shipment.tracking_url, shipment.tracking.as_str()) {
                (_, "") => "No tracking number".into_any(),
                (Some(url), number) => view! {
                    <a href=url.clone() rel="noreferrer">
                        {number.to_owned()}
                    </a>
                }
                .into_any(),
                (None, number) => number.to_owned().into_any(),
            };
            view! {
                <dl class="facts">
                    <dt>{if shipment.carrier.is_empty() { "Parcel".to_owned() } else { shipment.carrier.clone() }}</dt>
                    <dd>{tracking}</dd>
                    <dt>"Sent"</dt>
                    <dd>{date_time(shipment.created_at)}</dd>
                    <dt>"Holds"</dt>
                    <dd>{content.join(", ")}</dd>
                </dl>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="parcels">
            <div class="panel__head">
                <h2 class="panel__title" id="parcels">
                    "Parcels"
                </h2>
            </div>
            <div class="panel__body stack">{list}</div>
        </section>
    }
}

fn history(order: &OrderView, may_write: bool) -> impl IntoView + use<> {
    let rows = order.timeline.iter().rev().map(happening).collect_view();
    let id = order.id.to_string();
    let note = may_write.then(|| {
        view! {
            <Form action=Jot::url()>
                <Hidden name="order" value=id />
                <TextArea name="note" label="Add a note" hint="Only staff see it." rows=2 />
                <div class="form__actions">
                    <button class="button button--secondary button--small">"Add"</button>
                </div>
            </Form>
        }
    });
    view! {
        <section class="panel" aria-labelledby="history">
            <div class="panel__head">
                <h2 class="panel__title" id="history">
                    "History"
                </h2>
            </div>
            <div class="panel__body stack">{note} <ol class="timeline">{rows}</ol></div>
        </section>
    }
}

fn happening(row: &TimelineRow) -> impl IntoView + use<> {
    let what = row.what.to().map_or_else(|| row.what.kind().to_string(), |to| to.to_string());
    let note = row.what.say(locale()).into_owned();
    view! {
        <li class="timeline__item">
            <p class="timeline__what">{what}</p>
            <p class="timeline__when">{date_time(row.created_at)} " · " {row.actor_name.clone()}</p>
            {(!note.is_empty()).then(|| view! { <p class="timeline__note">{note}</p> })}
        </li>
    }
}

/// The form for one step.
fn next(order: &OrderView, step: Step) -> AnyView {
    let plain = |action: &'static str, class: &'static str| {
        let id = order.id.to_string();
        view! {
            <Form action=action class="">
                <Hidden name="order" value=id />
                <button class=class>{step.label()}</button>
            </Form>
        }
        .into_any()
    };
    let (main, second) = ("button button--block", "button button--secondary button--block");
    match step {
        Step::Offline(OfflineStep::Accept) => plain(AcceptOffline::url(), second),
        Step::Offline(OfflineStep::Receive) => plain(RecordPayment::url(), second),
        Step::To(OrderStatus::Processing) => plain(Process::url(), main),
        Step::To(OrderStatus::Delivered) => plain(Deliver::url(), main),
        Step::To(OrderStatus::Completed) => plain(Complete::url(), second),
        Step::To(OrderStatus::Shipped) => ship(order).into_any(),
        Step::To(OrderStatus::Cancelled) => cancel(order).into_any(),
        // these follow from the money
        Step::To(OrderStatus::Pending | OrderStatus::Paid | OrderStatus::Refunded) => ().into_any(),
    }
}

fn ship(order: &OrderView) -> impl IntoView + use<> {
    let (order, id) = (order.clone(), order.id.to_string());
    let lines = move || {
        order
            .items
            .iter()
            .filter(|item| item.to_ship > 0)
            .enumerate()
            .map(|(i, item)| {
                view! {
                    <Hidden name=format!("items[{i}][itemId]") value=item.id.to_string() />
                    <Field
                        name=format!("items[{i}][quantity]")
                        label=format!("{} {}", item.name, item.variant_name)
                        value=item.to_ship.to_string()
                        hint=format!("of {}", item.to_ship)
                        inputmode="numeric"
                        class="field--short"
                    />
                }
            })
            .collect_view()
    };
    view! {
        <Form action=Ship::url()>
            <Hidden name="order" value=id />
            <Field name="carrier" label="Carrier" optional=true />
            <Field name="tracking" label="Tracking number" optional=true />
            <Field name="trackingUrl" label="Tracking address" kind="url" optional=true />
            <details class="disclosure">
                <summary>"Only a part of it"</summary>
                // in here, so that the fields find what was typed
                <div class="disclosure__body form">{lines()}</div>
            </details>
            <button class="button button--block">
                <Icon name="truck" />
                "Ship"
            </button>
        </Form>
    }
}

fn cancel(order: &OrderView) -> impl IntoView + use<> {
    let (paid, by_hand, id) = (order.refundable(), order.refundable_by_hand(), order.id.to_string());
    let text = match (paid.is_zero(), by_hand.is_zero()) {
        (true, _) => "The stock is released.".to_owned(),
        (false, true) => format!("{paid} goes back to the customer and the stock is released."),
        (false, false) => format!(
            "The stock is released. {by_hand} was paid offline: hand it back to the customer, then say so on this page."
        ),
    };
    view! {
        <details class="disclosure">
            <summary>{if paid.is_zero() { "Cancel" } else { "Cancel and refund" }}</summary>
            <Form action=Cancel::url() class="disclosure__body form">
                <p class="muted">{text}</p>
                <Hidden name="order" value=id />
                <Field name="reason" label="Reason" hint="The customer reads it." required=true />
                <button class="button button--danger">"Cancel the order"</button>
            </Form>
        </details>
    }
}

/// Whose account the order stands in, with a link for those who may see customers.
fn account(order: &OrderView) -> AnyView {
    let may_see = use_visit().staff.as_ref().is_some_and(|staff| staff.can(Permission::CustomersRead));
    match order.user_id {
        None => view! { <span class="muted">"Guest"</span> }.into_any(),
        Some(id) if may_see => view! { <a href=super::super::customers::address(id)>"Has an account"</a> }.into_any(),
        Some(_) => view! { <span class="muted">"Has an account"</span> }.into_any(),
    }
}

/// The form that puts addresses and the customer's note right.
fn correction(order: &OrderView) -> impl IntoView + use<> {
    let (id, note) = (order.id.to_string(), order.customer_note.clone());
    let (shipping, billing) = (order.shipping_address.clone(), order.billing_address.clone());
    let fields = move || {
        let goes_to = address_fields(AddressFields {
            prefix: "shippingAddress",
            section: "shipping",
            // delivery and tax depend on it
            countries: vec![shipping.country],
            required: false,
            values: AddressInput::from(&shipping),
        });
        let invoice = address_fields(AddressFields {
            prefix: "billingAddress",
            section: "billing",
            countries: Country::all().to_vec(),
            required: false,
            values: AddressInput::from(&billing),
        });
        view! {
            <fieldset class="form">
                <legend>"Goes to"</legend>
                {goes_to}
            </fieldset>
            <fieldset class="form">
                <legend>"Invoice to"</legend>
                {invoice}
            </fieldset>
            <TextArea
                name="customerNote"
                label="Note of the customer"
                value=note.clone()
                rows=2
                maxlength=2000
                optional=true
            />
        }
    };
    view! {
        <details class="disclosure">
            <summary>"Correct addresses or note"</summary>
            <Form action=Correct::url() class="disclosure__body form">
                <Hidden name="order" value=id />
                {fields()}
                <button class="button button--secondary">"Correct"</button>
            </Form>
        </details>
    }
}

fn who(order: &OrderView, may_write: bool) -> impl IntoView + use<> {
    let address = |lines: Vec<String>| {
        let lines = lines
            .into_iter()
            .map(|line| {
                view! {
                    {line}
                    <br />
                }
            })
            .collect_view();
        view! { <address class="address">{lines}</address> }
    };
    let same = order.shipping_address == order.billing_address;
    let billing = order.billing_address.lines(locale());
    let note = order.customer_note.clone();
    let phone = order.shipping_address.phone.clone();
    view! {
        <section class="panel" aria-labelledby="customer">
            <div class="panel__head">
                <h2 class="panel__title" id="customer">
                    "Customer"
                </h2>
                {account(order)}
            </div>
            <div class="panel__body">
                <dl class="facts facts--stacked">
                    <dt>"E-mail"</dt>
                    <dd>
                        <a href=format!("mailto:{}", order.email)>{order.email.clone()}</a>
                    </dd>
                    {phone
                        .map(|phone| {
                            view! {
                                <dt>"Telephone"</dt>
                                <dd>{phone}</dd>
                            }
                        })}
                    <dt>"Goes to"</dt>
                    <dd>{address(order.shipping_address.lines(locale()))}</dd>
                    <dt>"Invoice to"</dt>
                    <dd>{if same { "The same address".into_any() } else { address(billing).into_any() }}</dd>
                    {(!note.is_empty())
                        .then(|| {
                            view! {
                                <dt>"Note of the customer"</dt>
                                <dd>{note}</dd>
                            }
                        })}
                </dl>
                {(may_write && order.can_be_corrected()).then(|| correction(order))}
            </div>
        </section>
    }
}
