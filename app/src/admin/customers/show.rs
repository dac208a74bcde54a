//! One customer: who it is, what was ordered, and where the account is signed in.

use super::HERE;
use super::acts::{Disable, Enable};
use crate::admin::audit::history;
use crate::ui::{
    Field, Form, Head, Hidden, Notice, Pagination, StatusBadge, Table, address, counted, date_time, fulfilment_badge,
    page, payment_badge, time,
};
use crate::web::flash::Tone;
use crate::web::{Visit, links, use_visit};
use crate::words::locale;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::accounts::addresses::SavedAddress;
use shop::accounts::customers::{self, Closing, CustomerSummary};
use shop::accounts::devices::Device;
use shop::audit::Entity;
use shop::cart::{CartLine, CartView};
use shop::id::UserId;
use shop::orders::{self, Fulfilment, OrderRow, PaymentWord};
use shop::{Error, Page, Paging};

const ORDERS: u32 = 20;

#[component]
pub fn CustomerPage() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("customer"));
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let id: UserId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let customer = customers::get(shop, staff, id).await?;
        let of = customer.summary;
        let closing = match of.is_active {
            true => None,
            false => customers::closing(shop, staff, id).await?,
        };
        let orders = match staff.can(Permission::OrdersRead) {
            true => Some(orders::list_of_user(shop, staff, id, Paging::new(links::page_number(&visit), ORDERS)).await?),
            false => None,
        };
        let cart = customers::open_cart(shop, staff, id).await?;
        let devices = customers::devices(shop, staff, id).await?;
        let may_write = staff.can(Permission::CustomersWrite);
        let log = history(&visit, Entity::User, &id.to_string()).await;
        let name = of.name();
        Ok(view! {
            <Title text=name.clone() />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href=HERE>"Customers"</a>
                    </li>
                    <li aria-current="page">{name.clone()}</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{name}</h1>
                    <StatusBadge status=of.state() />
                </div>
                <p class="admin-head__meta">
                    {counted(of.orders, "order")} " · " {of.spent.to_string()} " spent, less what was given back"
                </p>
            </header>
            {(!of.is_active).then(|| disabled(closing))}
            <div class="edit">
                <div class="edit__main">
                    {orders.map(|orders| ordered(&visit, orders))} {cart_panel(&cart)} {signed_in(devices)}
                </div>
                <div class="edit__side">
                    {person(&of)} {book(customer.addresses)} {may_write.then(|| access(&of))} {log}
                </div>
            </div>
        })
    })
}

fn disabled(closing: Option<Closing>) -> impl IntoView {
    let text = closing.map(|closing| {
        let reason = closing.reason.unwrap_or_else(|| "No reason was given.".to_owned());
        view! {
            <p>{reason}</p>
            <p class="muted">{closing.by} ", " {time(closing.at)}</p>
        }
    });
    view! {
        <Notice tone=Tone::Warning title="This account is disabled: nobody can sign in to it">
            {text}
        </Notice>
    }
}

fn panel(id: &'static str, title: &'static str, content: AnyView) -> AnyView {
    view! {
        <section class="panel" aria-labelledby=id>
            <div class="panel__head">
                <h2 class="panel__title" id=id>
                    {title}
                </h2>
            </div>
            {content}
        </section>
    }
    .into_any()
}

fn nothing(words: &'static str) -> AnyView {
    view! { <p class="panel__body muted">{words}</p> }.into_any()
}

fn ordered(visit: &Visit, orders: Page<OrderRow>) -> AnyView {
    if orders.total == 0 {
        return panel("orders", "Orders", nothing("None yet."));
    }
    let (shown, pages, turn) = (orders.page, orders.total_pages(), visit.clone());
    let rows = orders.items.into_iter().map(|order| {
        view! {
            <tr>
                <th scope="row">
                    <a class="table__main" href=format!("/admin/orders/{}", order.number)>
                        {order.number.clone()}
                    </a>
                </th>
                <td data-label="Placed" class="nowrap">
                    {date_time(order.created_at)}
                </td>
                <td data-label=PaymentWord::about(locale())>{payment_badge(order.payment())}</td>
                <td data-label=Fulfilment::about(locale())>{fulfilment_badge(order.fulfilment)}</td>
                <td class="num" data-label="Total">
                    {order.total.to_string()}
                </td>
            </tr>
        }
    });
    let content = view! {
        <Table
            label="Orders, scrolls sideways"
            class="table table--cards"
            head=view! {
                <Head label="Order" />
                <Head label="Placed" />
                <Head label=PaymentWord::about(locale()) />
                <Head label=Fulfilment::about(locale()) />
                <Head label="Total" number=true />
            }
        >
            {rows.collect_view()}
        </Table>
        <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
    };
    panel("orders", "Orders", content.into_any())
}

fn cart_panel(cart: &CartView) -> AnyView {
    if cart.lines.is_empty() {
        return panel("cart", "In the cart", nothing("Nothing."));
    }
    let row = |line: &CartLine| {
        view! {
            <tr>
                <th scope="row">
                    <a class="table__main" href=format!("/admin/products/{}", line.product_id)>
                        {line.name.clone()}
                    </a>
                    <span class="table__sub">
                        {super::super::inventory::variant_line(&line.variant_name, &line.sku)}
                    </span>
                    {line.problem.map(|problem| view! { <span class="table__sub">{problem.to_string()}</span> })}
                </th>
                <td class="num" data-label="Pieces">
                    {line.quantity}
                </td>
                <td class="num" data-label="Sum">
                    {line.line_total.to_string()}
                </td>
            </tr>
        }
    };
    let rows = cart.lines.iter().map(row).collect_view();
    let content = view! {
        <Table
            label="Cart, scrolls sideways"
            class="table table--cards"
            head=view! {
                <Head label="Product" />
                <Head label="Pieces" number=true />
                <Head label="Sum" number=true />
            }
        >
            {rows}
        </Table>
        <p class="panel__foot">{counted(cart.pieces, "piece")} ", " {cart.subtotal.to_string()} " in all"</p>
    };
    panel("cart", "In the cart", content.into_any())
}

fn signed_in(devices: Vec<Device>) -> AnyView {
    if devices.is_empty() {
        return panel("devices", "Signed in", nothing("Nowhere at the moment."));
    }
    let row = |device: Device| {
        view! {
            <tr>
                <th scope="row">{device.device.to_string()}</th>
                <td data-label="Address">{device.ip.unwrap_or_else(|| "–".into())}</td>
                <td data-label="Last seen" class="nowrap">
                    {date_time(device.last_seen_at)}
                </td>
            </tr>
        }
    };
    let content = view! {
        <Table
            label="Devices, scrolls sideways"
            class="table table--cards"
            head=view! {
                <Head label="Device" />
                <Head label="Address" />
                <Head label="Last seen" />
            }
        >
            {devices.into_iter().map(row).collect_view()}
        </Table>
    };
    panel("devices", "Signed in", content.into_any())
}

fn person(of: &CustomerSummary) -> AnyView {
    let email = of.email.clone();
    let confirmed = if of.email_verified { "Confirmed" } else { "Not confirmed yet" };
    let seen = of.last_login_at.map_or_else(|| "Never".into_any(), |at| time(at).into_any());
    let content = view! {
        <div class="panel__body">
            <dl class="facts facts--stacked">
                <dt>"E-mail"</dt>
                <dd class="reference">
                    <a href=format!("mailto:{email}")>{email.clone()}</a>
                    <br />
                    <span class="muted">{confirmed}</span>
                </dd>
                {of
                    .phone
                    .clone()
                    .map(|phone| {
                        view! {
                            <dt>"Telephone"</dt>
                            <dd>{phone}</dd>
                        }
                    })}
                <dt>"Customer since"</dt>
                <dd>{time(of.created_at)}</dd>
                <dt>"Last signed in"</dt>
                <dd>{seen}</dd>
            </dl>
        </div>
    };
    panel("person", "Profile", content.into_any())
}

fn book(addresses: Vec<SavedAddress>) -> AnyView {
    if addresses.is_empty() {
        return panel("addresses", "Addresses", nothing("None saved."));
    }
    let entry = |saved: SavedAddress| {
        let default = saved.is_default.then_some(", unless another is chosen");
        view! {
            <li>
                <p class="muted small">{saved.kind.to_string()} {default}</p>
                {address(&saved.address)}
            </li>
        }
    };
    let entries = addresses.into_iter().map(entry).collect_view();
    let content = view! {
        <ul class="panel__body stack" role="list">
            {entries}
        </ul>
    };
    panel("addresses", "Addresses", content.into_any())
}

/// Disabling, or opening again.
fn access(of: &CustomerSummary) -> AnyView {
    let id = of.id.to_string();
    let content = match of.is_active {
        true => view! {
            <Form action=Disable::url() class="panel__body form">
                <p class="muted">
                    "Signs the account out everywhere; nobody can sign in or set a new password. Orders stay as they are."
                </p>
                <Hidden name="customer" value=id />
                <Field
                    name="reason"
                    label="Reason"
                    hint="Staff see it, the customer does not."
                    required=true
                    maxlength=500
                />
                <div class="form__actions">
                    <button class="button button--danger button--small">"Disable the account"</button>
                </div>
            </Form>
        }
        .into_any(),
        false => view! {
            <Form action=Enable::url() class="panel__body form">
                <Hidden name="customer" value=id />
                <Field name="reason" label="Reason" hint="Staff see it." optional=true maxlength=500 />
                <div class="form__actions">
                    <button class="button button--small">"Open the account again"</button>
                </div>
            </Form>
        }
        .into_any(),
    };
    panel("access", "Access", content)
}
