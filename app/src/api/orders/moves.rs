//! What becomes of an order: given up by its shopper, moved on by those who work here.

use super::access::{WithKey, needs_a_shopper, operator};
use super::shown::ShownOrder;
use crate::api::answer::{Answer, Envelope};
use crate::api::caller::Caller;
use crate::api::document::Faults;
use crate::api::extract::{Json, OptionalJson, Path, Query};
use crate::api::fault::Result;
use crate::web::App;
use axum::extract::State;
use serde::Deserialize;
use shop::accounts::{May, Permission};
use shop::id::OrderId;
use shop::input::Raw;
use shop::orders::{self, AddNote, CancelOrder, CorrectOrder, MoveOrder, OrderStatus, ShipItem, ShipOrder};
use shop::{Error, Shop};
use utoipa::ToSchema;

/// Cancels an order
///
/// A shopper may until it is paid. Whoever works here may until it leaves; what was paid then goes back
/// (`orders:refund`), and `reason` is required, for the shopper reads it.
#[utoipa::path(
    patch, path = "/orders/{order}/cancel", tag = "Orders",
    params(("order" = String, Path, description = "Id or number"), WithKey, ("X-Cart-Token" = Option<String>, Header)),
    request_body = Option<CancelOrder>,
    responses((status = 200, body = Envelope<ShownOrder>), Faults),
    security((), ("token" = []), ("key" = ["orders:write"])),
)]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path,
    Query(with): Query<WithKey>,
    OptionalJson(input): OptionalJson<CancelOrder>,
) -> Result<Answer<ShownOrder>> {
    cancelled(&app.shop, &caller, &order, &with, input).await
}

/// Cancels a pending order
///
/// Orders are never erased: one that is not pending any more is a conflict. Otherwise as `cancel`.
#[utoipa::path(
    delete, path = "/orders/{order}", tag = "Orders",
    params(("order" = String, Path, description = "Id or number"), WithKey, ("X-Cart-Token" = Option<String>, Header)),
    responses((status = 200, body = Envelope<ShownOrder>), Faults),
    security((), ("token" = []), ("key" = ["orders:write"])),
)]
pub async fn give_up(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path,
    Query(with): Query<WithKey>,
) -> Result<Answer<ShownOrder>> {
    if let Some(who) = operator(&caller, Permission::OrdersWrite) {
        let id = orders::find(&app.shop.db, who, Permission::OrdersWrite, &order).await?;
        orders::cancel_pending(&app.shop, who, id).await?;
        return shown(&app.shop, who, id).await;
    }
    cancelled(&app.shop, &caller, &order, &with, CancelOrder::default()).await
}

async fn cancelled(
    shop: &Shop,
    caller: &Caller,
    order: &str,
    with: &WithKey,
    input: CancelOrder,
) -> Result<Answer<ShownOrder>> {
    if let Some(who) = operator(caller, Permission::OrdersWrite) {
        let id = orders::find(&shop.db, who, Permission::OrdersWrite, order).await?;
        orders::cancel(shop, who, id, input).await?;
        return shown(shop, who, id).await;
    }
    needs_a_shopper(caller)?;
    let (visitor, key) = (caller.visitor(), with.secret());
    let before = orders::for_visitor(shop, &visitor, order, key).await?;
    orders::check_unpaid(shop, &before).await?;
    orders::cancel_own(shop, &visitor, order, key).await?;
    Ok(Answer::ok(ShownOrder::own(orders::for_visitor(shop, &visitor, order, key).await?)))
}

/// The order after a move; whoever may make it may see it.
async fn shown(shop: &Shop, who: &dyn May, order: OrderId) -> Result<Answer<ShownOrder>> {
    who.may(Permission::OrdersRead)?;
    Ok(Answer::ok(ShownOrder::for_staff(orders::for_staff(shop, who, &order.to_string()).await?)))
}

/// What is to become of an order.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "status": "shipped", "carrier": "Royal Mail", "tracking": "AB123456785GB",
    "trackingUrl": "https://www.royalmail.com/track-your-item#/tracking-results/AB123456785GB",
    "items": [{ "itemId": "0190b5a0-7c1e-7000-8000-000000000005", "quantity": 1 }],
}))]
pub struct ChangeOrder {
    /// `processing` (picked and packed from now on; a pending order is accepted, to be paid offline), `paid` (an
    /// offline payment arrived), `shipped` (a parcel leaves), `delivered`, `completed`, `cancelled`. Left out, only the
    /// note is kept.
    #[schema(value_type = Option<OrderStatus>)]
    status: Raw,
    /// Beside a move the shopper reads it; alone it is among staff. The reason, of an order that is cancelled.
    note: Raw,
    /// Of the parcel, with `shipped`.
    carrier: Raw,
    tracking: Raw,
    /// Where the shopper can follow the parcel.
    tracking_url: Raw,
    /// What is in the parcel: all that was not shipped yet, unless said otherwise.
    items: Vec<ShipItem>,
    /// What is to be another one, before anything left: addresses (in the same country), what the customer noted.
    #[serde(flatten)]
    correction: CorrectOrder,
}

/// Corrects an order, or moves it on
///
/// Addresses and the customer's note can be corrected before anything has left; the country stays, since delivery and
/// tax depend on it. A shopper may do that (with `note` for the customer's note, too) until the order is paid; all else
/// is for those who work here.
#[utoipa::path(
    put, path = "/orders/{order}", tag = "Orders",
    params(("order" = String, Path, description = "Id or number"), WithKey, ("X-Cart-Token" = Option<String>, Header)),
    request_body = ChangeOrder,
    responses((status = 200, body = Envelope<ShownOrder>), Faults),
    security((), ("token" = []), ("key" = ["orders:write"])),
)]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path,
    Query(with): Query<WithKey>,
    Json(input): Json<ChangeOrder>,
) -> Result<Answer<ShownOrder>> {
    let shop = &app.shop;
    let Some(who) = operator(&caller, Permission::OrdersWrite) else {
        return corrected(shop, &caller, &order, &with, input).await;
    };
    let id = orders::find(&shop.db, who, Permission::OrdersWrite, &order).await?;
    let ChangeOrder { status, note, carrier, tracking, tracking_url, items, correction } = input;
    if !correction.is_empty() {
        orders::correct(shop, who, id, correction).await?;
        if status.is_empty() && note.is_empty() {
            return shown(shop, who, id).await;
        }
    }
    if status.is_empty() {
        orders::add_note(shop, who, id, AddNote { note }).await?;
        return shown(shop, who, id).await;
    }
    let said = MoveOrder { note: note.clone() };
    match OrderStatus::parse(status.trimmed()) {
        Some(OrderStatus::Processing) => {
            match orders::for_staff(shop, who, &order).await?.status {
                OrderStatus::Pending => orders::accept_offline(shop, who, id, said).await?,
                _ => orders::process(shop, who, id, said).await?,
            };
        }
        Some(OrderStatus::Paid) => orders::record_offline_payment(shop, who, id).await?,
        Some(OrderStatus::Shipped) => {
            orders::ship(shop, who, id, ShipOrder { carrier, tracking, tracking_url, items }).await?;
        }
        Some(OrderStatus::Delivered) => orders::deliver(shop, who, id, said).await?,
        Some(OrderStatus::Completed) => orders::complete(shop, who, id, said).await?,
        Some(OrderStatus::Cancelled) => orders::cancel(shop, who, id, CancelOrder { reason: note }).await?,
        Some(OrderStatus::Pending | OrderStatus::Refunded) | None => {
            let words = "must be processing, paid, shipped, delivered, completed or cancelled";
            return Err(Error::invalid("status", words).into());
        }
    }
    shown(shop, who, id).await
}

/// A shopper corrects what is not paid yet.
async fn corrected(
    shop: &Shop,
    caller: &Caller,
    order: &str,
    with: &WithKey,
    input: ChangeOrder,
) -> Result<Answer<ShownOrder>> {
    needs_a_shopper(caller)?;
    let ChangeOrder { status, note, carrier, tracking, tracking_url, items, correction } = input;
    let moves = [&status, &carrier, &tracking, &tracking_url].into_iter().any(|field| !field.is_empty());
    if moves || !items.is_empty() {
        // for those who work here: says who is nobody, and who may not
        caller.operator()?.may(Permission::OrdersWrite)?;
    }
    let customer_note = correction.customer_note.or((!note.is_empty()).then_some(note));
    let correction = CorrectOrder { customer_note, ..correction };
    if correction.is_empty() {
        return Err(Error::invalid("shippingAddress", "is required, or a billingAddress, or a customerNote").into());
    }
    let (visitor, key) = (caller.visitor(), with.secret());
    orders::correct_own(shop, &visitor, order, key, correction).await?;
    Ok(Answer::ok(ShownOrder::own(orders::for_visitor(shop, &visitor, order, key).await?)))
}
