//! The state machine: each move locks the order's row and writes the timeline, the audit log and the outbox in the same
//! transaction. All functions are parts of an act.

use super::happening::{Happening, Why};
use super::reasons::CancelReason;
use super::status::{OrderStatus, PaymentStatus};
use super::timeline::note_down;
use super::told;
use super::words::Fulfilment;
use crate::act::Act;
use crate::events::{self, Event, OrderEvent};
use crate::id::{OrderId, UserId};
use crate::inventory::{self, Item, Missing, MovementCause};
use crate::jobs::{self, Job, JobOptions};
use crate::notifications::{self, Happened};
use crate::{Currency, Error, Money, Result, audit, cart};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

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

impl Locked {
    /// What the world is told of it as it stands.
    pub(crate) fn told(&self) -> OrderEvent {
        OrderEvent {
            order_id: self.id,
            number: self.number.clone(),
            status: self.status.into(),
            previous_status: None,
            payment_status: self.payment_status.into(),
            fulfilment: self.fulfilment.into(),
            total: self.total.into(),
            currency: self.total.currency,
        }
    }
}

/// Refuses what the table of moves does not have.
pub(crate) fn check(order: &Locked, to: OrderStatus) -> Result<()> {
    if order.status.can_become(to) { Ok(()) } else { Err(order.status.refuse(to)) }
}

/// Makes a move: the one place that writes an order's status.
/// `why` is said beside it, and the shopper sees it.
pub(crate) async fn advance(act: &mut Act<'_>, order: &mut Locked, to: OrderStatus, why: Why) -> Result<()> {
    advance_with(act, order, to, why, None).await
}

/// As [`advance`], of an order whose payment status becomes another one by what the same act writes of its payments.
async fn advance_with(
    act: &mut Act<'_>,
    order: &mut Locked,
    to: OrderStatus,
    why: Why,
    money: Option<PaymentStatus>,
) -> Result<()> {
    check(order, to)?;
    let cancelled = match &why {
        Why::Cancelled(reason) => Some(reason),
        _ => None,
    };
    let from = order.status;
    let now = act.now;
    let derived = sqlx::query!(
        r#"update orders
         set status = $2,
             updated_at = $3,
             paid_at = case when $2 = 'paid' then $3 else paid_at end,
             delivered_at = case when $2 = 'delivered' then $3 else delivered_at end,
             reserved_until = case when $2 = 'pending' then reserved_until end,
             placed_from = case when $2 = 'pending' then placed_from end,
             cancelled_at = case when $2 = 'cancelled' then $3 else cancelled_at end,
             cancel_cause = case when $2 = 'cancelled' then $4 else cancel_cause end,
             cancel_missing = case when $2 = 'cancelled' then $5 else cancel_missing end,
             cancel_reason = case when $2 = 'cancelled' then $6 else cancel_reason end,
             payment_status = coalesce($7, payment_status)
         where id = $1
         returning payment_status as "payment_status: PaymentStatus", fulfilment as "fulfilment: Fulfilment""#,
        order.id as _,
        to.word(),
        now,
        cancelled.and_then(CancelReason::cause) as _,
        cancelled.and_then(CancelReason::missing).map(serde_json::to_value).transpose()?,
        cancelled.and_then(CancelReason::text),
        money.map(PaymentStatus::word),
    )
    .fetch_one(&mut **act)
    .await?;
    let is = audited(to, &why)?;
    note_down(act, order.id, &Happening::Moved { from, to, why })?;
    if act.who.actor().kind.works_here() {
        let action = format!("order.{}", to.word());
        let entry =
            audit::Entry { action: &action, entity_type: audit::Entity::Order, entity_id: order.id.to_string() };
        audit::record(act, entry, &json!({ "status": from }), &is)?;
    }
    order.status = to;
    order.paid_at = order.paid_at.or((to == OrderStatus::Paid).then_some(now));
    (order.payment_status, order.fulfilment) = (derived.payment_status, derived.fulfilment);
    order.reserved_until = order.reserved_until.filter(|_| to == OrderStatus::Pending);
    let event = OrderEvent { previous_status: Some(from.into()), ..order.told() };
    events::record(act, &told::moved(to, event))
}

/// A move as the audit log keeps it: the status, and what is said beside it.
pub(crate) fn audited(to: OrderStatus, why: &Why) -> Result<Value> {
    let mut is = serde_json::to_value(why)?;
    let note = is.as_object_mut().and_then(|is| is.remove("text"));
    is["note"] = note.unwrap_or_else(|| "".into());
    is["status"] = json!(to);
    Ok(is)
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
    SoldOut,
}

/// The money came in: moves a pending order to paid. Stock that was released meanwhile is reserved again.
/// For [`crate::payments::order_paid`] alone, which sees to the order's payments: the same act writes one of them as
/// succeeded, before or after this.
pub(crate) async fn paid(act: &mut Act<'_>, order: &mut Locked) -> Result<Paid> {
    if order.status == OrderStatus::Cancelled {
        return Ok(Paid::Cancelled);
    }
    if order.paid_at.is_some() || order.status == OrderStatus::Refunded {
        return Ok(Paid::Already);
    }
    // what follows for it from the payment; its row is written once for both
    let money = Some(PaymentStatus::Paid).filter(|_| !order.payment_status.has_money());
    if order.status == OrderStatus::Pending {
        let missing = reserve_again(act, order.id).await?;
        if !missing.is_empty() {
            release_stock(act, order.id).await?;
            let why = Why::Cancelled(CancelReason::SoldOut { missing });
            advance_with(act, order, OrderStatus::Cancelled, why, money).await?;
            jobs::enqueue(act, &Job::SendOrderCancelled { order: order.id })?;
            return Ok(Paid::SoldOut);
        }
        advance_with(act, order, OrderStatus::Paid, Why::nothing(), money).await?;
        confirm(act, order).await?;
        return Ok(Paid::Now);
    }
    // accepted to be paid offline, and paid now: that way, or at the gateway all the same
    note_down(act, order.id, &Happening::PaymentReceived)?;
    let derived = sqlx::query!(
        r#"update orders
           set paid_at = $2, updated_at = $2, payment_status = coalesce($3, payment_status)
           where id = $1
           returning payment_status as "payment_status: PaymentStatus", fulfilment as "fulfilment: Fulfilment""#,
        order.id as _,
        act.now,
        money.map(PaymentStatus::word),
    )
    .fetch_one(&mut **act)
    .await?;
    (order.payment_status, order.fulfilment) = (derived.payment_status, derived.fulfilment);
    order.paid_at = Some(act.now);
    events::record(act, &Event::OrderPaid(order.told()))?;
    Ok(Paid::Now)
}

/// The order counts: what was typed at the checkout is forgotten, staff are told, and the confirmation goes out, once
/// per order, however often this is called before it went.
pub(crate) async fn confirm(act: &mut Act<'_>, locked: &Locked) -> Result<()> {
    let order = locked.id;
    cart::forget_draft(act, order).await?;
    let (number, total) = (locked.number.clone(), locked.total);
    let is_paid = locked.paid_at.is_some();
    let what = Happened::NewOrder { order, number, total: total.minor, currency: total.currency, is_paid };
    notifications::record(act, &what, Some(format!("order:{order}")))?;
    let options = JobOptions { keep_waiting: true, ..JobOptions::unique(format!("order-confirmation:{order}")) };
    jobs::enqueue_with(act, &Job::SendOrderConfirmation { order }, options)
}

/// All the money went back: moves the order to refunded where its status allows that, and releases what it still holds.
/// Answers whether it moved.
pub async fn refunded(act: &mut Act<'_>, order: OrderId) -> Result<bool> {
    let mut order = lock(act, order).await?;
    if !order.status.can_become(OrderStatus::Refunded) {
        return Ok(false);
    }
    release_stock(act, order.id).await?;
    advance(act, &mut order, OrderStatus::Refunded, Why::nothing()).await?;
    Ok(true)
}

/// Cancels an order that was not paid and releases its stock. Answers `false`, and does nothing, when it is not pending
/// any more or money came in. Whoever calls asked the gateway first.
pub async fn cancel_unpaid(act: &mut Act<'_>, order: OrderId, reason: CancelReason) -> Result<bool> {
    let mut order = lock(act, order).await?;
    if order.status != OrderStatus::Pending || order.payment_status.has_money() {
        return Ok(false);
    }
    release_stock(act, order.id).await?;
    advance(act, &mut order, OrderStatus::Cancelled, Why::Cancelled(reason)).await?;
    Ok(true)
}

/// It turned out that no money ever came for an order that counts as paid: cancels it and releases its stock, unless
/// goods have left. The caller corrected the payment in the same act.
pub(crate) async fn never_paid(act: &mut Act<'_>, order: OrderId) -> Result<()> {
    let mut order = lock(act, order).await?;
    let shipped = sqlx::query_scalar!(
        r#"select exists(select from order_items where order_id = $1 and shipped_quantity > 0) as "shipped!""#,
        order.id as _,
    )
    .fetch_one(&mut **act)
    .await?;
    if order.status != OrderStatus::Cancelled {
        if shipped || !order.status.can_become(OrderStatus::Cancelled) {
            let message = format!("{} has left already; it cannot be cancelled", order.number);
            return Err(Error::conflict("has_left", message));
        }
        release_stock(act, order.id).await?;
        advance(act, &mut order, OrderStatus::Cancelled, Why::Cancelled(CancelReason::NeverPaid)).await?;
        jobs::enqueue(act, &Job::SendOrderCancelled { order: order.id })?;
    }
    sqlx::query!(
        "update orders set paid_at = null, payment_status = order_payment_status(id), updated_at = $2 where id = $1",
        order.id as _,
        act.now
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// The deadline passed and the gateway does not answer: others may buy the goods, the order itself goes on waiting.
pub async fn lapse_reservation(act: &mut Act<'_>, order: OrderId) -> Result<bool> {
    let order = lock(act, order).await?;
    let due = order.reserved_until.is_some_and(|until| until <= act.now);
    if order.status != OrderStatus::Pending || !due {
        return Ok(false);
    }
    release_stock(act, order.id).await?;
    sqlx::query!("update orders set reserved_until = null, updated_at = $2 where id = $1", order.id as _, act.now)
        .execute(&mut **act)
        .await?;
    note_down(act, order.id, &Happening::ReservationLapsed)?;
    Ok(true)
}

/// Takes back what an order holds. Its row is locked.
pub(crate) async fn release_stock(act: &mut Act<'_>, order: OrderId) -> Result<()> {
    let held = held(act, order).await?;
    inventory::release(act, &held, MovementCause::order(order)).await?;
    sqlx::query!(
        "update order_items set reserved_quantity = 0 where order_id = $1 and reserved_quantity > 0",
        order as _
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// Ships all that an order holds. Its row is locked.
pub(crate) async fn ship_stock(act: &mut Act<'_>, order: OrderId) -> Result<()> {
    let held = held(act, order).await?;
    inventory::ship(act, &held, MovementCause::order(order)).await?;
    sqlx::query!(
        "update order_items
         set shipped_quantity = shipped_quantity + reserved_quantity, reserved_quantity = 0
         where order_id = $1 and reserved_quantity > 0",
        order as _,
    )
    .execute(&mut **act)
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

/// Reserves what an order does not hold (any more): all of it; or nothing, and answers what is sold out.
pub(crate) async fn reserve_again(act: &mut Act<'_>, order: OrderId) -> Result<Vec<Missing>> {
    let wanted = sqlx::query_as!(
        Item,
        r#"select variant_id as "variant: _", quantity - reserved_quantity - shipped_quantity as "quantity!"
           from order_items
           where order_id = $1 and reserved_quantity + shipped_quantity < quantity"#,
        order as _,
    )
    .fetch_all(&mut **act)
    .await?;
    let missing = match wanted.as_slice() {
        [] => return Ok(Vec::new()),
        wanted => inventory::reserve_or_miss(act, wanted, MovementCause::order(order)).await?,
    };
    if missing.is_empty() {
        sqlx::query!(
            "update order_items set reserved_quantity = quantity - shipped_quantity where order_id = $1",
            order as _,
        )
        .execute(&mut **act)
        .await?;
    }
    Ok(missing)
}
