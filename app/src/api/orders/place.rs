//! Placing an order, and how it is paid.

use super::shown::ShownOrder;
use crate::api::answer::{Answer, Envelope};
use crate::api::caller::Caller;
use crate::api::document::Faults;
use crate::api::extract::{Json, OptionalKey};
use crate::api::fault::Result;
use crate::api::payments::Paying;
use crate::web::App;
use axum::extract::State;
use serde::Serialize;
use shop::checkout::{PlaceOrder, place_to_pay};
use shop::orders;
use utoipa::ToSchema;

/// An order that stands, to be paid.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlacedOrder {
    #[serde(flatten)]
    order: ShownOrder,
    /// The secret of a guest's order: whoever has it may see and pay the order.
    #[schema(example = "d203c9ddd66cc482db5f44a4d7a576a1cb210958a02eacd37fb79cca35d298e4")]
    access_key: String,
    payment: Paying,
}

/// Orders what is in the cart
///
/// The stock is held at once, for as long as there is time to pay. `Idempotency-Key` makes that it is one order however
/// often this is sent. A cart that was ordered and is not paid may be ordered again, by its `cartId`: another body
/// corrects the order. Conflicts (`code`): `cart_empty`, `no_longer_sold`, `sold_out`, `price_changed` and
/// `total_changed` (each with details), `too_many_unpaid`, `already_ordered` (with the `number` in details).
#[utoipa::path(
    post, path = "/orders", tag = "Orders",
    params(
        ("X-Cart-Token" = Option<String>, Header, description = "The secret of a guest's cart"),
        ("Idempotency-Key" = Option<String>, Header, description = "Of your choosing, one for each order that is meant"),
    ),
    request_body = PlaceOrder,
    responses((status = 201, body = Envelope<PlacedOrder>), Faults),
    security((), ("token" = [])),
)]
pub async fn place(
    State(app): State<App>,
    caller: Caller,
    OptionalKey(key): OptionalKey,
    Json(input): Json<PlaceOrder>,
) -> Result<Answer<PlacedOrder>> {
    let (shop, visitor) = (&app.shop, caller.visitor());
    let input = match key {
        Some(key) => PlaceOrder { idempotency_key: key.into(), ..input },
        None => input,
    };
    let (placed, written) = place_to_pay(shop, &visitor, input).await?;
    let (order, prepared) = written.map(|written| (written.order, written.prepared)).unzip();
    let payment = Paying::begin(shop, &visitor, &placed, prepared).await;
    // a payment that could not be begun may have changed the order, which is read again then
    let order = match order.filter(|_| payment.is_begun()) {
        Some(order) => orders::with_payments(shop, order).await?,
        None => orders::own(shop, placed.order).await?,
    };
    let answer = PlacedOrder { order: ShownOrder::own(order), access_key: placed.access_key, payment };
    Ok(Answer::created(answer).replayed(placed.replayed))
}
