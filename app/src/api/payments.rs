//! Payments: all for those who work here, a shopper's own, and what an app needs to pay.

use super::answer::{Answer, Envelope, ListEnvelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Json, Path, Query};
use super::fault::Result;
use super::orders::access::{WithKey, needs_a_shopper, operator};
use super::query::{paging, word};
use crate::web::{App, errors};
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shop::accounts::{Permission, Visitor};
use shop::checkout::Placed;
use shop::id::{OrderId, PaymentId};
use shop::input::Raw;
use shop::payments::{
    self, Begun, IntentBegun, Method, PaymentDetails, PaymentQuery, PaymentRow, PaymentSort, PaymentState, Prepared,
    ShownIn, Wish,
};
use shop::words::Locale;
use shop::{Currency, Error, Invalid, Money, Shop, orders};
use url::Url;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, pay)).routes(routes!(show)).routes(routes!(create_intent))
}

/// A payment in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownPayment {
    id: PaymentId,
    order_id: OrderId,
    #[schema(example = "IM-100042")]
    order_number: String,
    method: Method,
    status: PaymentState,
    currency: Currency,
    amount: Money,
    captured: Money,
    /// What went back, or is on its way.
    refunding: Money,
    #[schema(example = "Your card was declined.")]
    failure: Option<String>,
    #[schema(example = "pi_3RtX2kLq8eZvKYlo1aBcDeFg")]
    payment_intent_id: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<PaymentRow> for ShownPayment {
    fn from(row: PaymentRow) -> Self {
        Self {
            id: row.id,
            order_id: row.order,
            order_number: row.number,
            method: row.method,
            status: row.status,
            currency: row.amount.currency,
            amount: row.amount,
            captured: row.captured,
            refunding: row.refunded,
            failure: row.failure.map(|why| why.say(Locale::English).into_owned()),
            payment_intent_id: row.intent,
            created_at: row.created_at,
        }
    }
}

/// Which payments.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct ListPayments {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
    /// One of `created:desc`, `created:asc`, `amount:desc`, `amount:asc`.
    sort: Raw,
    #[param(value_type = Option<PaymentState>)]
    status: Raw,
    #[param(value_type = Option<Method>)]
    method: Raw,
    /// In the order's number, the customer's name or e-mail address, or an id of Stripe's.
    #[param(max_length = 200)]
    search: Raw,
    /// Only one's own: for staff who shop here too. Customers see no others anyway.
    #[param(value_type = bool)]
    mine: Raw,
}

impl ListPayments {
    fn check(&self) -> shop::Result<PaymentQuery> {
        let mut faults = Invalid::default();
        let query = PaymentQuery {
            search: self.search.text("search", 200, &mut faults),
            status: word(&self.status, "status", PaymentState::parse, &mut faults),
            method: word(&self.method, "method", Method::parse, &mut faults),
            sort: word(&self.sort, "sort", PaymentSort::parse, &mut faults).unwrap_or_default(),
            paging: paging(&self.page, &self.limit, &mut faults),
            ..PaymentQuery::default()
        };
        faults.into_result()?;
        Ok(query)
    }
}

/// Payments
///
/// All of them for whoever may see them; a customer's own for others, and with `mine`.
#[utoipa::path(
    get, path = "/payments", tag = "Payments",
    params(ListPayments),
    responses((status = 200, body = ListEnvelope<ShownPayment>), Faults),
    security(("token" = []), ("key" = ["payments:read"])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<ListPayments>,
) -> Result<Answer<Vec<ShownPayment>>> {
    let query = asked.check()?;
    let page = match operator(&caller, Permission::PaymentsRead).filter(|_| !asked.mine.is_on()) {
        Some(who) => payments::list(&app.shop, who, &query).await?,
        None => payments::list_of(&app.shop, caller.customer()?, query).await?,
    };
    Ok(Answer::page(page.map(ShownPayment::from)))
}

/// One payment, with its refunds
///
/// Of a customer who is signed in, of a guest with the order's key or cart, or any for whoever may see them.
#[utoipa::path(
    get, path = "/payments/{payment}", tag = "Payments",
    params(("payment" = PaymentId, Path), WithKey, ("X-Cart-Token" = Option<String>, Header)),
    responses((status = 200, body = Envelope<PaymentDetails>), Faults),
    security((), ("token" = []), ("key" = ["payments:read"])),
)]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(payment): Path,
    Query(with): Query<WithKey>,
) -> Result<Answer<PaymentDetails>> {
    let id: PaymentId = payment.parse().map_err(|_| Error::NotFound)?;
    let found = match operator(&caller, Permission::PaymentsRead) {
        Some(who) => payments::payment(&app.shop, who, id).await?,
        None => {
            needs_a_shopper(&caller)?;
            payments::own_payment(&app.shop, &caller.visitor(), id, with.secret()).await?
        }
    };
    Ok(Answer::ok(found))
}

/// The order to be paid, and what makes it the shopper's.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "orderId": "IM-100042", "key": "d203c9ddd66cc482db5f44a4d7a576a1cb210958a02eacd37fb79cca35d298e4", "paymentMethod": "intent" }))]
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

/// How an order is paid: on Stripe's page, or in the app by what Stripe's own form asks for. An order that costs
/// nothing is paid already, and nothing but the ids is here.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Paying {
    order_id: OrderId,
    payment_id: PaymentId,
    /// The page on which to pay, with the method `checkout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://checkout.stripe.com/c/pay/cs_test_a1b2c3")]
    checkout_url: Option<String>,
    /// With the method `intent`, like all that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pi_3RtX2kLq8eZvKYlo1aBcDeFg")]
    payment_intent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pi_3RtX2kLq8eZvKYlo1aBcDeFg_secret_x1")]
    client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pk_test_51Example")]
    publishable_key: Option<String>,
    /// Stripe's customer, for whoever is signed in: opens the kept cards, together with the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "cus_SxExample")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "cuss_secret_Example")]
    customer_session_client_secret: Option<String>,
    /// Why it cannot be paid just now. The order stands: ask again by `POST /payments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "The shop is busy; please try again in a moment")]
    problem: Option<String>,
}

impl Paying {
    fn new(order_id: OrderId, payment_id: PaymentId) -> Self {
        Self {
            order_id,
            payment_id,
            checkout_url: None,
            payment_intent_id: None,
            client_secret: None,
            publishable_key: None,
            customer: None,
            customer_session_client_secret: None,
            problem: None,
        }
    }

    fn on_page(order: OrderId, payment: PaymentId, page: Url) -> Self {
        Self { checkout_url: Some(page.into()), ..Self::new(order, payment) }
    }

    fn in_app(order: OrderId, begun: IntentBegun) -> Self {
        let (customer, session) = begun.customer.map(|customer| (customer.id, customer.session_secret)).unzip();
        Self {
            payment_intent_id: Some(begun.intent),
            client_secret: Some(begun.client_secret),
            publishable_key: begun.publishable_key,
            customer,
            customer_session_client_secret: session,
            ..Self::new(order, begun.payment)
        }
    }

    /// Whether it can be paid now.
    pub fn is_begun(&self) -> bool {
        self.problem.is_none()
    }

    /// The way to pay an order that was just placed.
    pub async fn begin(shop: &Shop, visitor: &Visitor, placed: &Placed, prepared: Option<Prepared>) -> Self {
        let (order, payment) = (placed.order, placed.payment);
        if placed.total.is_zero() {
            return Self::new(order, payment);
        }
        let wish = match placed.payment_method {
            Method::Intent => wish(visitor, false),
            Method::Checkout | Method::Offline => Wish::page(visitor.customer.as_ref()),
        };
        match payments::begin_prepared(shop, payment, prepared, &wish).await {
            Ok(Begun::Intent(begun)) => Self::in_app(order, begun),
            Ok(Begun::Page(page)) => Self::on_page(order, payment, page),
            Err(e) => {
                errors::log(&e);
                Self { problem: Some(e.to_string()), ..Self::new(order, payment) }
            }
        }
    }
}

fn wish(visitor: &Visitor, keep_card: bool) -> Wish<'_> {
    Wish { keep_card, ..Wish::form(visitor.customer.as_ref(), ShownIn::App) }
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
async fn pay(State(app): State<App>, caller: Caller, Json(to_pay): Json<ToPay>) -> Result<Answer<Paying>> {
    let (shop, visitor) = (&app.shop, caller.visitor());
    let order_id = to_pay.order(shop, &visitor).await?;
    let paying = match Method::asked(to_pay.payment_method.trimmed()) {
        Some(Method::Intent) => {
            let wish = wish(&visitor, to_pay.save_card.is_on());
            let begun = payments::pay_again(shop, order_id, &wish).await?.intent()?;
            Paying::in_app(order_id, begun)
        }
        Some(Method::Checkout) => {
            let wish = Wish::page(visitor.customer.as_ref());
            let page = payments::pay_again(shop, order_id, &wish).await?.page()?;
            let attempts = payments::attempts(&shop.db, order_id).await?;
            let payment_id = attempts.last().ok_or(Error::NotFound)?.id;
            Paying::on_page(order_id, payment_id, page)
        }
        Some(Method::Offline) | None => {
            return Err(Error::invalid("paymentMethod", "must be checkout or intent").into());
        }
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
async fn create_intent(State(app): State<App>, caller: Caller, Json(to_pay): Json<ToPay>) -> Result<Answer<Paying>> {
    let (shop, visitor) = (&app.shop, caller.visitor());
    let order_id = to_pay.order(shop, &visitor).await?;
    let wish = wish(&visitor, to_pay.save_card.is_on());
    let begun = payments::pay_again(shop, order_id, &wish).await?.intent()?;
    Ok(Answer::ok(Paying::in_app(order_id, begun)))
}
