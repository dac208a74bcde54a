//! Payments: one as those who work here see it, and what an app needs to pay.

use super::answer::Answer;
use super::caller::Caller;
use super::fault::Result;
use super::read::{Named, Sent};
use crate::web::App;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use shop::accounts::Visitor;
use shop::id::{OrderId, PaymentId};
use shop::input::Raw;
use shop::payments::{self, PaymentDetails};
use shop::{Error, Invalid, orders};

pub async fn show(State(app): State<App>, caller: Caller, Named(payment): Named) -> Result<Answer<PaymentDetails>> {
    let who = caller.worker()?;
    let id: PaymentId = payment.parse().map_err(|_| Error::NotFound)?;
    Ok(Answer::ok(payments::payment(&app.shop, who, id).await?))
}

/// The order to be paid, and what makes it the shopper's.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ToPay {
    /// Id or number.
    order_id: Raw,
    /// The secret of a guest's order, as the links to it have.
    key: Raw,
}

/// What Stripe's own form in an app asks for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    order_id: OrderId,
    payment_id: PaymentId,
    payment_intent_id: String,
    client_secret: String,
    publishable_key: Option<String>,
}

/// The intent with which an order is paid; the same one while it is open, so that asking again is safe.
pub async fn create_intent(
    State(app): State<App>,
    _caller: Caller,
    Sent(to_pay): Sent<ToPay>,
) -> Result<Answer<Intent>> {
    let mut faults = Invalid::default();
    let order = to_pay.order_id.line("orderId", 100, &mut faults);
    let key = to_pay.key.line("key", 200, &mut faults);
    faults.into_result()?;
    let order = orders::find_own(&app.shop.db, &Visitor::default(), &order, Some(&key)).await?;
    let begun = payments::try_again_with_intent(&app.shop, order).await?;
    Ok(Answer::ok(Intent {
        order_id: order,
        payment_id: begun.payment,
        payment_intent_id: begun.intent,
        client_secret: begun.client_secret,
        publishable_key: begun.publishable_key,
    }))
}
