//! Payments: one as those who work here see it, and what an app needs to pay.

use super::answer::{Answer, Envelope};
use super::caller::Caller;
use super::document::Faults;
use super::fault::Result;
use super::read::{Named, Sent};
use crate::web::App;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use shop::id::{OrderId, PaymentId};
use shop::input::Raw;
use shop::payments::{self, IntentWish, PaymentDetails, ShownIn};
use shop::{Error, Invalid, orders};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(create_intent))
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
    /// Keep the card for the next time: the shopper said so. For customers only.
    #[schema(value_type = bool)]
    save_card: Raw,
}

/// What Stripe's own form in an app asks for.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentIntent)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    order_id: OrderId,
    payment_id: PaymentId,
    payment_intent_id: String,
    client_secret: String,
    publishable_key: Option<String>,
    /// Stripe's customer, for whoever is signed in: opens the kept cards, together with the secret.
    customer: Option<String>,
    customer_session_client_secret: Option<String>,
}

/// The intent with which an order is paid
///
/// The same one while it is open, so that asking again is safe. A payment page that was open before is closed.
#[utoipa::path(
    post, path = "/stripe/create-payment-intent", tag = "Payments",
    request_body = ToPay,
    responses((status = 200, body = Envelope<Intent>), Faults),
    security((), ("token" = [])),
)]
async fn create_intent(State(app): State<App>, caller: Caller, Sent(to_pay): Sent<ToPay>) -> Result<Answer<Intent>> {
    let mut faults = Invalid::default();
    let order = to_pay.order_id.line("orderId", 100, &mut faults);
    let key = to_pay.key.optional("key", 200, &mut faults);
    faults.into_result()?;
    let visitor = caller.visitor();
    let order = orders::find_own(&app.shop.db, &visitor, &order, key.as_deref()).await?;
    let wish =
        IntentWish { payer: visitor.customer.as_ref(), keep_card: to_pay.save_card.is_on(), shown_in: ShownIn::App };
    let begun = payments::try_again_with_intent_for(&app.shop, wish, order).await?;
    let (customer, session) = begun.customer.map(|customer| (customer.id, customer.session_secret)).unzip();
    Ok(Answer::ok(Intent {
        order_id: order,
        payment_id: begun.payment,
        payment_intent_id: begun.intent,
        client_secret: begun.client_secret,
        publishable_key: begun.publishable_key,
        customer,
        customer_session_client_secret: session,
    }))
}
