//! Paying: to the payment page, back from it, and again. What became of the money is found out by `shop::payments`;
//! here the shopper is only led.

use super::cart;
use super::paths::{order_path, order_path_of, pay_path};
use crate::web::errors::message;
use crate::web::flash::Tone;
use crate::web::{Done, Next, Visit, error_page, form};
use crate::words::locale;
use axum::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use shop::checkout::{Placed, reopen};
use shop::id::PaymentId;
use shop::input::Raw;
use shop::payments::{self, Begun, Method, Prepared, Settled, Wish};
use shop::{Error, orders};

/// Whether it is paid in place: the browser asks for it, and the settings allow it. Else on Stripe's page.
pub fn is_in_place(visit: &Visit, method: Option<Method>) -> bool {
    method == Some(Method::Intent) && visit.app.config.pays_in_place()
}

/// From a placed order to where it is paid.
pub async fn to_pay(visit: &Visit, placed: &Placed, prepared: Option<Prepared>, in_place: bool) -> shop::Result<Next> {
    if in_place && !placed.total.is_zero() {
        let key = visit.visitor.customer.is_none().then_some(placed.access_key.as_str());
        return Ok(Next::to(pay_path(&placed.number, key)));
    }
    to_the_page(visit, placed, prepared).await
}

/// From a placed order to its payment page. When that cannot be had just now, the order stands all the same: on to its
/// page, which has a button to pay.
async fn to_the_page(visit: &Visit, placed: &Placed, prepared: Option<Prepared>) -> shop::Result<Next> {
    let wish = Wish::page(visit.visitor.customer.as_ref());
    let begun = payments::begin_prepared(visit.shop(), placed.payment, prepared, &wish).await;
    match begun.and_then(Begun::page) {
        Ok(url) => Ok(Next::to(url)),
        Err(e) => {
            let order = order_path_of(visit, &placed.number, &placed.access_key);
            let words = match &e {
                Error::Unavailable(_) => {
                    t!("payment-no-page")
                }
                Error::Conflict { code: "payment_refused", message, .. } => {
                    t!("payment-refused", why = visit.locale().say(message))
                }
                e => t!("payment-pay-from-here", why = message(visit.locale(), e)),
            };
            crate::web::errors::log(&e);
            Ok(Next::to(order).tell(Tone::Warning, words))
        }
    }
}

/// How often the order's page looks again by itself, and after how many seconds.
pub const LOOKS: [u32; 8] = [2, 2, 3, 5, 8, 13, 20, 30];

/// Where the payment page sends shoppers back to: finds out what became of the payment, and shows the order.
pub async fn back_from_payment(Extension(visit): Extension<Visit>) -> Response {
    match came_back(&visit).await {
        Ok(response) => response,
        Err(e) => error_page::of(&e, Some(&visit)),
    }
}

async fn came_back(visit: &Visit) -> shop::Result<Response> {
    let payment = visit.param("payment").and_then(|id| id.parse::<PaymentId>().ok()).ok_or(Error::NotFound)?;
    let came = payments::came_back(visit.shop(), payment, &visit.param("key").unwrap_or_default()).await?;
    let is_open = match came.settled {
        Settled::OnItsWay | Settled::Unknown | Settled::Differs => true,
        // whoever paid and is back may be ahead of the news of it
        Settled::Open { declined: None } => visit.param("left").is_none(),
        Settled::Open { .. } | Settled::Paid | Settled::Over { .. } | Settled::GoesBack => false,
    };
    // how often we have looked already
    let looks = visit.param("wait").and_then(|n| n.parse::<u8>().ok()).unwrap_or_default();
    let next = if is_open { format!("&wait={}", looks.saturating_add(1)) } else { String::new() };
    let to = format!("{}&back=1{next}", order_path(&came.number, Some(&came.access_key)));
    let location = HeaderValue::from_str(&to).unwrap_or(HeaderValue::from_static("/"));
    let referrer = HeaderValue::from_static("same-origin");
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::REFERRER_POLICY, referrer)]).into_response())
}

/// "Pay now" on an order's page.
#[server]
pub async fn pay(number: Raw, #[server(default)] key: Raw) -> Done {
    form(|visit| async move {
        let order = orders::find_own(&visit.shop().db, &visit.visitor, number.trimmed(), secret(&key)).await?;
        let wish = Wish::page(visit.visitor.customer.as_ref());
        let page = payments::pay_again(visit.shop(), order, &wish).await.and_then(Begun::page);
        at_the_order(&number, &key, page.map(Next::to))
    })
    .await
}

/// "Back to the cart": the order is given up and its lines are in the cart again.
#[server]
pub async fn back_to_cart(number: Raw, #[server(default)] key: Raw) -> Done {
    form(|visit| async move {
        let order = orders::for_visitor(visit.shop(), &visit.visitor, number.trimmed(), secret(&key)).await?;
        if let Err(e) = orders::check_unpaid(visit.shop(), &order).await {
            return at_the_order(&number, &key, Err(e));
        }
        let declined = order.payments.last().and_then(|payment| payment.failure.clone());
        let changed = reopen(visit.shop(), &visit.visitor, number.trimmed(), secret(&key)).await;
        let at_cart = |changed| {
            let next = cart::with_notices(&visit, Next::to("/cart"), &changed).say(t!("payment-back-in-cart"));
            match declined {
                Some(why) => next.tell(Tone::Warning, t!("payment-did-not-go-through", why = why.say(locale()))),
                None => next,
            }
        };
        at_the_order(&number, &key, changed.map(at_cart))
    })
    .await
}

/// The shopper gives an unpaid order up.
#[server]
pub async fn cancel(number: Raw, #[server(default)] key: Raw) -> Done {
    form(|visit| async move {
        let order = orders::for_visitor(visit.shop(), &visit.visitor, number.trimmed(), secret(&key)).await?;
        if let Err(e) = orders::check_unpaid(visit.shop(), &order).await {
            return at_the_order(&number, &key, Err(e));
        }
        let cancelled = orders::cancel_own(visit.shop(), &visit.visitor, number.trimmed(), secret(&key)).await;
        let to = Next::to(order_path(number.trimmed(), secret(&key)));
        at_the_order(&number, &key, cancelled.map(|_| to.say(t!("payment-order-cancelled"))))
    })
    .await
}

/// What cannot be done to the order now is said on its page.
fn at_the_order(number: &Raw, key: &Raw, done: shop::Result<Next>) -> shop::Result<Next> {
    match done {
        Err(e @ (Error::Conflict { .. } | Error::Unavailable(_) | Error::Busy)) => {
            crate::web::errors::log(&e);
            Ok(Next::to(order_path(number.trimmed(), secret(key))).tell(Tone::Danger, message(locale(), &e)))
        }
        done => done,
    }
}

fn secret(key: &Raw) -> Option<&str> {
    (!key.is_empty()).then(|| key.trimmed())
}
