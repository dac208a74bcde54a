//! The state machine: each move locks the order's row and writes the timeline, the audit log and the outbox in the same
//! transaction. All functions are parts of a transaction of the caller.

use super::status::{OrderStatus, PaymentStatus};
use super::timeline::{Happening, note_down};
use super::words::Fulfilment;
use crate::actors::{Acts, System};
use crate::id::{OrderId, UserId};
use crate::inventory::{self, Cause, Item};
use crate::jobs::{self, Job, Spec};
use crate::{Clock, Currency, Error, Money, Result, audit, cart, events};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{Connection, PgConnection};

/// An order whose row is locked until the transaction ends.
#[derive(Debug, Clone)]
pub struct Locked {
    pub id: OrderId,
    pub number: String,
    pub status: OrderStatus,
    pub payment_status: PaymentStatus,
    pub fulfilment: Fulfilment,
    pub total: Money,
    pub user: Option<UserId>,
    pub email: String,
    pub reserved_until: Option<DateTime<Utc>>,
    pub paid_at: Option<DateTime<Utc>>,
}

/// Locks an order's row. Whoever changes an order does this first, before any lock on stock.
pub async fn lock(conn: &mut PgConnection, order: OrderId) -> Result<Locked> {
    let row = sqlx::query!(
        r#"select number, status as "status: OrderStatus", payment_status as "payment_status: PaymentStatus",
                  fulfilment as "fulfilment: Fulfilment", total, currency, user_id as "user: UserId", email::text as "email!", reserved_until, paid_at
           from orders
           where id = $1
           for update"#,
        order as _,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Locked {
        id: order,
        number: row.number,
        status: row.status,
        payment_status: row.payment_status,
        fulfilment: row.fulfilment,
        total: Money::new(row.total, Currency::stored(&row.currency)?),
        user: row.user,
        email: row.email,
        reserved_until: row.reserved_until,
        paid_at: row.paid_at,
    })
}

/// In whose name a move is made, and what is said beside it. The shopper sees the note.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub clock: &'a Clock,
    pub who: &'a dyn Acts,
    pub note: &'a str,
}

/// What the world is told of an order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderEvent<'a> {
    pub order_id: OrderId,
    pub number: &'a str,
    pub status: OrderStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_status: Option<OrderStatus>,
    pub payment_status: PaymentStatus,
    #[serde(rename = "fulfillmentStatus")]
    pub fulfilment: Fulfilment,
    pub total: Money,
    pub currency: Currency,
}

/// Refuses what the table of moves does not have.
pub(crate) fn check(order: &Locked, to: OrderStatus) -> Result<()> {
    if order.status.can_become(to) { Ok(()) } else { Err(order.status.refuse(to)) }
}

/// Makes a move: the one place that writes an order's status.
pub(crate) async fn advance(
    conn: &mut PgConnection,
    order: &mut Locked,
    to: OrderStatus,
    step: Step<'_>,
) -> Result<()> {
    check(order, to)?;
    let from = order.status;
    let now = step.clock.now();
    let derived = sqlx::query!(
        r#"update orders
         set status = $2,
             updated_at = $3,
             delivered_at = case when $2 = 'delivered' then $3 else delivered_at end,
             reserved_until = case when $2 = 'pending' then reserved_until end,
             placed_from = case when $2 = 'pending' then placed_from end,
             cancelled_at = case when $2 = 'cancelled' then $3 else cancelled_at end,
             cancel_reason = case when $2 = 'cancelled' then $4 else cancel_reason end
         where id = $1
         returning payment_status as "payment_status: PaymentStatus", fulfilment as "fulfilment: Fulfilment""#,
        order.id as _,
        to.word(),
        now,
        step.note,
    )
    .fetch_one(&mut *conn)
    .await?;
    let moved = Happening { kind: "moved", from: Some(from), to: Some(to), note: step.note, is_public: true };
    note_down(conn, step.clock, step.who, order.id, moved).await?;
    if matches!(step.who.actor().kind, "staff" | "api_client") {
        let action = format!("order.{}", to.word());
        let entry = audit::Entry { action: &action, entity_type: "order", entity_id: order.id.to_string() };
        let (was, is) = (serde_json::json!({ "status": from }), serde_json::json!({ "status": to, "note": step.note }));
        audit::record(conn, step.clock, step.who, entry, &was, &is).await?;
    }
    let event = OrderEvent {
        order_id: order.id,
        number: &order.number,
        status: to,
        previous_status: Some(from),
        payment_status: derived.payment_status,
        fulfilment: derived.fulfilment,
        total: order.total,
        currency: order.total.currency,
    };
    events::record(conn, step.clock, &format!("order.{}", to.word()), &event).await?;
    order.status = to;
    (order.payment_status, order.fulfilment) = (derived.payment_status, derived.fulfilment);
    order.reserved_until = order.reserved_until.filter(|_| to == OrderStatus::Pending);
    Ok(())
}

/// What became of an order when its money came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paid {
    /// It is paid from now on; the confirmation is on its way.
    Now,
    /// It was paid before. If this is another payment, its money has to go back.
    Already,
    /// It was cancelled before the money came, which has to go back.
    Cancelled,
    /// Its stock had been released and is sold by now. The order is cancelled; the money has to go back.
    SoldOut(String),
}

/// The money came in: moves a pending order to paid. Stock that was released meanwhile is reserved again.
/// The caller wrote the payment as succeeded in the same transaction.
pub async fn paid(conn: &mut PgConnection, clock: &Clock, who: &dyn Acts, order: OrderId) -> Result<Paid> {
    let mut order = lock(conn, order).await?;
    if order.status == OrderStatus::Cancelled {
        return Ok(Paid::Cancelled);
    }
    if order.paid_at.is_some() || order.status == OrderStatus::Refunded {
        return Ok(Paid::Already);
    }
    if order.status == OrderStatus::Pending {
        if let Err(e) = reserve_again(conn, clock, who, order.id).await? {
            let note = format!("The payment came after the reservation had lapsed: {e}");
            release_stock(conn, clock, who, order.id).await?;
            advance(conn, &mut order, OrderStatus::Cancelled, Step { clock, who, note: &note }).await?;
            jobs::enqueue(conn, &Job::SendOrderCancelled { order: order.id }).await?;
            return Ok(Paid::SoldOut(e));
        }
        advance(conn, &mut order, OrderStatus::Paid, Step { clock, who, note: "" }).await?;
        confirm(conn, order.id).await?;
    } else {
        // accepted to be paid offline, and paid now: that way, or at the gateway all the same
        note_down(conn, clock, who, order.id, Happening::of_kind("payment", "Payment received").public()).await?;
        sqlx::query!(
            "update payments
             set status = 'cancelled', updated_at = $2
             where order_id = $1 and provider = 'offline' and status = 'pending'",
            order.id as _,
            clock.now(),
        )
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query!("update orders set paid_at = $2, updated_at = $2 where id = $1", order.id as _, clock.now())
        .execute(conn)
        .await?;
    Ok(Paid::Now)
}

/// The order counts: what was typed at the checkout is forgotten, and the confirmation goes out once per order, however often this is called before it went.
pub(crate) async fn confirm(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    cart::forget_draft(conn, order).await?;
    let spec = Spec { key: Some(format!("order-confirmation:{order}")), ..Spec::default() };
    jobs::enqueue_with(conn, &Job::SendOrderConfirmation { order }, spec).await
}

/// All the money went back: moves the order to refunded where its status allows that, and releases what it still holds.
/// Answers whether it moved.
pub async fn refunded(conn: &mut PgConnection, clock: &Clock, who: &dyn Acts, order: OrderId) -> Result<bool> {
    let mut order = lock(conn, order).await?;
    if !order.status.can_become(OrderStatus::Refunded) {
        return Ok(false);
    }
    release_stock(conn, clock, who, order.id).await?;
    advance(conn, &mut order, OrderStatus::Refunded, Step { clock, who, note: "" }).await?;
    Ok(true)
}

/// Cancels an order that was not paid and releases its stock. Answers `false`, and does nothing, when it is not pending
/// any more or money came in. Whoever calls asked the gateway first.
pub async fn cancel_unpaid(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
    reason: &str,
) -> Result<bool> {
    let mut order = lock(conn, order).await?;
    if order.status != OrderStatus::Pending || order.payment_status.has_money() {
        return Ok(false);
    }
    release_stock(conn, clock, who, order.id).await?;
    advance(conn, &mut order, OrderStatus::Cancelled, Step { clock, who, note: reason }).await?;
    Ok(true)
}

/// It turned out that no money ever came for an order that counts as paid: cancels it and releases its stock, unless goods
/// have left. The caller corrected the payment in the same transaction.
pub(crate) async fn never_paid(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
    reason: &str,
) -> Result<()> {
    let mut order = lock(conn, order).await?;
    let shipped = sqlx::query_scalar!(
        r#"select exists(select from order_items where order_id = $1 and shipped_quantity > 0) as "shipped!""#,
        order.id as _,
    )
    .fetch_one(&mut *conn)
    .await?;
    if order.status != OrderStatus::Cancelled {
        if shipped || !order.status.can_become(OrderStatus::Cancelled) {
            let message = format!("{} has left already; it cannot be cancelled", order.number);
            return Err(Error::conflict("has_left", message));
        }
        release_stock(conn, clock, who, order.id).await?;
        advance(conn, &mut order, OrderStatus::Cancelled, Step { clock, who, note: reason }).await?;
        jobs::enqueue(conn, &Job::SendOrderCancelled { order: order.id }).await?;
    }
    sqlx::query!(
        "update orders set paid_at = null, payment_status = order_payment_status(id), updated_at = $2 where id = $1",
        order.id as _,
        clock.now()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The deadline passed and the gateway does not answer: others may buy the goods, the order itself goes on waiting.
pub async fn lapse_reservation(conn: &mut PgConnection, clock: &Clock, order: OrderId) -> Result<bool> {
    let order = lock(conn, order).await?;
    let due = order.reserved_until.is_some_and(|until| until <= clock.now());
    if order.status != OrderStatus::Pending || !due {
        return Ok(false);
    }
    release_stock(conn, clock, &System, order.id).await?;
    sqlx::query!("update orders set reserved_until = null, updated_at = $2 where id = $1", order.id as _, clock.now())
        .execute(&mut *conn)
        .await?;
    let lapsed = Happening::of_kind("reservation", "The goods are no longer held; the payment is still not known");
    note_down(conn, clock, &System, order.id, lapsed).await?;
    Ok(true)
}

/// Takes back what an order holds. Its row is locked.
pub(crate) async fn release_stock(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
) -> Result<()> {
    let held = held(conn, order).await?;
    inventory::release(conn, &held, &Cause::order(clock, who, order)).await?;
    sqlx::query!(
        "update order_items set reserved_quantity = 0 where order_id = $1 and reserved_quantity > 0",
        order as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ships all that an order holds. Its row is locked.
pub(crate) async fn ship_stock(conn: &mut PgConnection, clock: &Clock, who: &dyn Acts, order: OrderId) -> Result<()> {
    let held = held(conn, order).await?;
    inventory::ship(conn, &held, &Cause::order(clock, who, order)).await?;
    sqlx::query!(
        "update order_items
         set shipped_quantity = shipped_quantity + reserved_quantity, reserved_quantity = 0
         where order_id = $1 and reserved_quantity > 0",
        order as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn held(conn: &mut PgConnection, order: OrderId) -> Result<Vec<Item>> {
    let items = sqlx::query_as!(
        Item,
        r#"select variant_id as "variant: _", reserved_quantity as quantity
           from order_items
           where order_id = $1 and reserved_quantity > 0"#,
        order as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(items)
}

/// Reserves what an order does not hold (any more): all of it, or nothing and the message of what is sold out.
pub(crate) async fn reserve_again(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
) -> Result<Result<(), String>> {
    let missing = sqlx::query_as!(
        Item,
        r#"select variant_id as "variant: _", quantity - reserved_quantity - shipped_quantity as "quantity!"
           from order_items
           where order_id = $1 and reserved_quantity + shipped_quantity < quantity"#,
        order as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    if missing.is_empty() {
        return Ok(Ok(()));
    }
    let mut savepoint = conn.begin().await?;
    match inventory::reserve(&mut savepoint, &missing, &Cause::order(clock, who, order)).await {
        Ok(()) => {
            sqlx::query!(
                "update order_items set reserved_quantity = quantity - shipped_quantity where order_id = $1",
                order as _,
            )
            .execute(&mut *savepoint)
            .await?;
            savepoint.commit().await?;
            Ok(Ok(()))
        }
        Err(Error::Conflict { code: "sold_out", message, .. }) => {
            savepoint.rollback().await?;
            Ok(Err(message))
        }
        Err(e) => Err(e),
    }
}
