//! Payments: one as those who work here see it, and what an app needs to pay.

use super::answer::{Answer, Envelope};
use super::caller::Caller;
use super::document::Faults;
use super::fault::Result;
use super::read::{Named, Sent};
use crate::web::{App, page};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use shop::accounts::Visitor;
use shop::checkout::Placed;
use shop::id::{OrderId, PaymentId};
use shop::input::Raw;
use shop::payments::{self, IntentBegun, IntentWish, Method, PaymentDetails, ShownIn};
use shop::{Error, Invalid, Shop, orders};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(pay)).routes(routes!(show)).routes(routes!(create_intent))
}

/// One payment, with its refunds
#[utoipa::path(
    get, path = "/payments/{payment}", tag = "Payments",
    params(("payment" = PaymentId, Path)),
    responses((status = 200, body = Envelope<PaymentDetails>), Faults),
    security(("token" = []), ("key" = ["payments:read"])),
)]
async fn show(State(app): State<App>, caller: Caller, Named(payment): Named) -> Result<Answer<PaymentDetails>> {
    let who = caller.worker()?;
    let id: PaymentId = payment.parse().map_err(|_| Error::NotFound)?;
    Ok(Answer::ok(payments::payment(&app.shop, who, id).await?))
}

/// The order to be paid, and what makes it the shopper's.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ToPay {
    /// Id or number.
    #[schema(value_type = String)]
    order_id: Raw,
    /// The secret of a guest's order, as the links to it have. A customer who is signed in needs none.
    key: Raw,
    /// `checkout`, unless said otherwise.
    #[schema(value_type = Option<Method>)]
    payment_method: Raw,
    /// Keep the card for the next time: the shopper said so. For customers only.
    #[schema(value_type = bool)]
    save_card: Raw,
}

/// What Stripe's own form in an app asks for.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentIntent)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    payment_intent_id: String,
    client_secret: String,
    publishable_key: Option<String>,
    /// Stripe's customer, for whoever is signed in: opens the kept cards, together with the secret.
    customer: Option<String>,
    customer_session_client_secret: Option<String>,
}

impl From<IntentBegun> for Intent {
    fn from(begun: IntentBegun) -> Self {
        let (customer, session) = begun.customer.map(|customer| (customer.id, customer.session_secret)).unzip();
        Self {
            payment_intent_id: begun.intent,
            client_secret: begun.client_secret,
            publishable_key: begun.publishable_key,
            customer,
            customer_session_client_secret: session,
        }
    }
}

/// How an order is paid: on Stripe's page or in the app.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Paying {
    order_id: OrderId,
    payment_id: PaymentId,
    /// The page on which to pay, with the method `checkout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout_url: Option<String>,
    /// With the method `intent`.
    #[serde(flatten)]
    intent: Option<Intent>,
    /// Why it cannot be paid just now. The order stands: ask again by `POST /payments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Paying {
    /// The way to pay an order that was just placed.
    pub async fn begin(shop: &Shop, visitor: &Visitor, placed: &Placed) -> Self {
        let (order_id, payment_id) = (placed.order, placed.payment);
        let nothing = || Self { order_id, payment_id, checkout_url: None, intent: None, problem: None };
        let begun = match placed.payment_method {
            Method::Intent => payments::begin_intent_for(shop, wish(visitor, false), placed.payment)
                .await
                .map(|begun| Self { payment_id: begun.payment, intent: Some(begun.into()), ..nothing() }),
            Method::Checkout | Method::Offline => {
                let page = payments::begin_for(shop, visitor.customer.as_ref(), placed.payment).await;
                page.map(|page| Self { checkout_url: Some(page.into()), ..nothing() })
            }
        };
        begun.unwrap_or_else(|e| {
            page::log(&e);
            Self { problem: Some(e.to_string()), ..nothing() }
        })
    }
}

fn wish(visitor: &Visitor, keep_card: bool) -> IntentWish<'_> {
    IntentWish { payer: visitor.customer.as_ref(), keep_card, shown_in: ShownIn::App }
}

impl ToPay {
    /// The order, if it is the caller's to pay.
    async fn order(&self, shop: &Shop, visitor: &Visitor) -> Result<OrderId> {
        let mut faults = Invalid::default();
        let order = self.order_id.line("orderId", 100, &mut faults);
        let key = self.key.optional("key", 200, &mut faults);
        faults.into_result()?;
        Ok(orders::find_own(&shop.db, visitor, &order, key.as_deref()).await?)
    }
}

/// Pays an order: on Stripe's page or in the app
///
/// What is open by this method is answered again; a new attempt is made when that one is over, or by the other method.
#[utoipa::path(
    post, path = "/payments", tag = "Payments",
    params(("X-Cart-Token" = Option<String>, Header, description = "The secret of the guest's cart that was ordered")),
    request_body = ToPay,
    responses((status = 201, body = Envelope<Paying>), Faults),
    security((), ("token" = [])),
)]
async fn pay(State(app): State<App>, caller: Caller, Sent(to_pay): Sent<ToPay>) -> Result<Answer<Paying>> {
    let (shop, visitor) = (&app.shop, caller.visitor());
    let order_id = to_pay.order(shop, &visitor).await?;
    let paying = match to_pay.payment_method.trimmed() {
        "intent" => {
            let wish = wish(&visitor, to_pay.save_card.is_on());
            let begun = payments::try_again_with_intent_for(shop, wish, order_id).await?;
            let payment_id = begun.payment;
            Paying { order_id, payment_id, checkout_url: None, intent: Some(begun.into()), problem: None }
        }
        "" | "checkout" => {
            let page = payments::try_again_for(shop, visitor.customer.as_ref(), order_id).await?;
            let attempts = payments::attempts(&shop.db, order_id).await?;
            let payment_id = attempts.last().ok_or(Error::NotFound)?.id;
            Paying { order_id, payment_id, checkout_url: Some(page.into()), intent: None, problem: None }
        }
        _ => return Err(Error::invalid("paymentMethod", "must be checkout or intent").into()),
    };
    Ok(Answer::created(paying))
}

/// The intent with which an order is paid
///
/// The same one while it is open, so that asking again is safe. A payment page that was open before is closed.
#[utoipa::path(
    post, path = "/stripe/create-payment-intent", tag = "Payments",
    request_body = ToPay,
    responses((status = 200, body = Envelope<Paying>), Faults),
    security((), ("token" = [])),
)]
async fn create_intent(State(app): State<App>, caller: Caller, Sent(to_pay): Sent<ToPay>) -> Result<Answer<Paying>> {
    let (shop, visitor) = (&app.shop, caller.visitor());
    let order_id = to_pay.order(shop, &visitor).await?;
    let wish = wish(&visitor, to_pay.save_card.is_on());
    let begun = payments::try_again_with_intent_for(shop, wish, order_id).await?;
    let payment_id = begun.payment;
    let intent = Some(begun.into());
    Ok(Answer::ok(Paying { order_id, payment_id, checkout_url: None, intent, problem: None }))
}
