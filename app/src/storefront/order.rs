//! The page of one order: for its owner, and for a guest by the secret of the link. Whoever has neither finds what a
//! missing order shows.

mod money;
mod parts;

use super::payment::{BackToCart, Cancel, LOOKS, Pay};
use crate::ui::{Form, Hidden, Live, Notice, breadcrumb, date_time, page, standing};
use crate::web::flash::Tone;
use crate::web::live::follows;
use crate::web::use_visit;
use crate::words::{Words, locale};
use axum::http::{HeaderValue, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::live::LiveTopic;
use shop::orders::{self, OrderStatus, OrderView, PaymentStatus};
use shop::payments::PaymentState;
use shop::settings;

#[component]
pub fn Order() -> impl IntoView {
    let (visit, params) = (use_visit(), use_params_map());
    let number = params.with_untracked(|p| p.get("number")).unwrap_or_default();
    // the key stands in the address: it must not travel on to where links lead
    if let Some(options) = use_context::<ResponseOptions>() {
        options.insert_header(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    page(async move {
        let key = visit.param("key").filter(|key| !key.is_empty());
        let order = orders::for_visitor(visit.shop(), &visit.visitor, &number, key.as_deref()).await?;
        let doors = Doors { number: order.number.clone(), key };
        let looks = visit.param("wait").and_then(|n| n.parse::<usize>().ok());
        let follows = follows(&visit, &[(LiveTopic::Order(order.id), order.version.clone())]);
        let is_back = visit.param("back").is_some();
        let refresh = looks.filter(|_| is_waiting(&order)).and_then(|n| look_again(&order, &doors, n));
        let is_owner = visit.visitor.customer.as_ref().is_some_and(|c| order.user_id == Some(c.id()));
        let head = head(&order, is_back, is_owner);
        let state = state(&order, &doors, looks.is_some());
        // what the shop says of it now; an order that has left says more by itself
        let settings = settings::current(visit.shop()).await?;
        let method = settings.shipping_methods.iter().find(|m| m.code == order.shipping_method);
        let method = method.filter(|_| order.shipments.is_empty() && !order.status.is_final());
        let method = method.map(|m| m.description.clone()).unwrap_or_default();
        let keep = (!is_owner && order.is_guests() && doors.key.is_some()).then(keep_this_address);
        Ok(view! {
            <Title text=t!("order-number", number = &order.number).into_owned() />
            <Meta name="robots" content="noindex" />
            {refresh.map(|content| view! { <Meta http_equiv="refresh" content=content /> })}
            <Live id="order" follows=follows class="container">
                {head}
                <div class="stack stack--loose">{state} {keep} {parts::body(&order, method)}</div>
            </Live>
        })
    })
}

/// How the order is named in the forms of its page.
#[derive(Clone)]
struct Doors {
    number: String,
    key: Option<String>,
}

impl Doors {
    fn form(&self, action: &str, button: Words, class: &'static str) -> impl IntoView + use<> {
        let (number, key) = (self.number.clone(), self.key.clone().unwrap_or_default());
        view! {
            <Form action=action.to_owned() class="">
                <Hidden name="number" value=number />
                <Hidden name="key" value=key />
                <button class=class>{button}</button>
            </Form>
        }
    }
}

/// Money may be on its way.
fn is_waiting(order: &OrderView) -> bool {
    order.status == OrderStatus::Pending
}

/// After a while, by way of the return, which finds out what became of the payment.
fn look_again(order: &OrderView, doors: &Doors, looks: usize) -> Option<String> {
    let (seconds, key) = (LOOKS.get(looks.checked_sub(1)?)?, doors.key.as_deref()?);
    let payment = order.payments.last()?.id;
    Some(format!("{seconds};url=/checkout/return?payment={payment}&key={key}&wait={looks}"))
}

fn head(order: &OrderView, is_back: bool, is_owner: bool) -> impl IntoView + use<> {
    let number = order.number.clone();
    let standing = standing(order.payment(), order.fulfilment);
    let has_come_in = order.paid_at.is_some() && order.status != OrderStatus::Cancelled;
    if is_back && has_come_in {
        let name = order.billing_address.first_name.clone();
        let email = order.email.clone();
        return view! {
            <header class="page-head">
                <h1>{t!("order-thank-you", name = name)}</h1>
                <p class="page-head__lead">
                    {rich!("order-is-paid", [email = email], number = view! { <strong>{number}</strong> })}
                </p>
                {standing}
            </header>
        }
        .into_any();
    }
    let crumbs = is_owner.then(|| {
        let steps = [("/account", t!("account-account")), ("/account/orders", t!("account-orders"))];
        breadcrumb(steps.map(|(href, name)| (href.to_owned(), name.into_owned())).to_vec(), number.clone())
    });
    let placed = date_time(order.created_at);
    view! {
        {crumbs}
        <header class="order-head">
            <h1>{t!("order-number", number = &number)}</h1>
            {standing}
            <p class="muted">{t!("order-ordered-on", date = placed)}</p>
        </header>
    }
    .into_any()
}

/// What there is to say and to do while an order is not simply on its way.
fn state(order: &OrderView, doors: &Doors, waits: bool) -> AnyView {
    let doors = doors.clone();
    let actions = {
        let doors = doors.clone();
        move |pay: Words| {
            view! {
                <div class="notice__actions">
                    {doors.form(Pay::url(), pay, "button button--small")}
                    {doors
                        .form(
                            BackToCart::url(),
                            t!("order-back-to-the-cart"),
                            "button button--secondary button--small",
                        )} {doors.form(Cancel::url(), t!("order-cancel"), "button button--quiet button--small")}
                </div>
            }
        }
    };
    let last = order.payments.last();
    let declined = last.and_then(|p| p.failure.as_ref()).map(|why| why.say(locale()).into_owned());
    match order.status {
        OrderStatus::Pending if last.is_some_and(|p| p.status == PaymentState::Processing) => view! {
            <Notice tone=Tone::Info title=t!("order-is-processing")>
                <p>{t!("order-is-processing-text")}</p>
            </Notice>
        }
        .into_any(),
        OrderStatus::Pending if waits && declined.is_none() => view! {
            <Notice tone=Tone::Info title=t!("order-is-waiting")>
                <p>{t!("order-is-waiting-text")}</p>
                {actions(t!("order-i-have-not-paid-yet"))}
            </Notice>
        }
        .into_any(),
        OrderStatus::Pending => {
            let title =
                if declined.is_some() { t!("order-payment-did-not-go-through") } else { t!("order-awaits-payment") };
            let words = declined.map(|words| view! { <p>{words}</p> });
            let held = match order.reserved_until {
                Some(until) => t!("payment-held-until", date = date_time(until)),
                None => t!("order-no-longer-held"),
            };
            view! {
                <Notice tone=Tone::Warning title=title>
                    {words}
                    <p>{held}</p>
                    {actions(t!("order-pay-now"))}
                </Notice>
            }
            .into_any()
        }
        OrderStatus::Cancelled => {
            let reason = order.cancel_reason.as_ref().map(|reason| reason.say(locale()).into_owned());
            let reason = reason.filter(|reason| !reason.is_empty());
            let is_paid = order.paid_at.is_some() || order.payments.iter().any(|p| !p.captured.is_zero());
            let again = (!is_paid).then(|| {
                view! {
                    <div class="notice__actions">
                        {doors.form(BackToCart::url(), t!("order-put-it-back"), "button button--small")}
                    </div>
                }
            });
            let money = match is_paid && !order.totals.total.is_zero() {
                true if order.payment_status == PaymentStatus::Refunded => t!("order-money-went-back"),
                true => t!("order-money-goes-back"),
                false => t!("order-nothing-was-charged"),
            };
            view! {
                <Notice tone=Tone::Info title=t!("order-was-cancelled")>
                    {reason.map(|reason| view! { <p>{reason} "."</p> })}
                    <p>{money}</p>
                    {again}
                </Notice>
            }
            .into_any()
        }
        _ => ().into_any(),
    }
}

fn keep_this_address() -> impl IntoView {
    view! {
        <Notice tone=Tone::Info>
            <p>
                {rich!(
                    "order-keep-the-address", link = view! {
                    <a href="/register">{t!("order-make-an-account")}</a>
                }
                )}
            </p>
        </Notice>
    }
}
