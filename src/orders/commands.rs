//! What staff do with an order, and the one thing a shopper may: cancel it before it is paid.

use crate::actors::{May, Permission, Visitor};
use crate::id::OrderId;
use crate::input::Raw;
use crate::inventory;
use crate::jobs::{self, Job};
use crate::lifecycle::{
    CancelReason, Happening, Locked, OrderStatus, Why, advance, check, confirm, find_own, lock, note_down,
    release_stock, reserve_again, ship_stock,
};
use crate::{Act, Error, Invalid, Result, Shop, audit, payments};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// What is said beside a move. The shopper sees it.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MoveOrder {
    pub note: Raw,
}

impl MoveOrder {
    fn check(&self) -> Result<String> {
        let mut faults = Invalid::default();
        let note = self.note.text("note", 2000, &mut faults);
        faults.into_result()?;
        Ok(note)
    }
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "reason": "Ordered twice by mistake" }))]
pub struct CancelOrder {
    /// Told to the shopper.
    pub reason: Raw,
}

/// A note among staff.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AddNote {
    pub note: Raw,
}

/// Accepts a pending order that will be paid in another way: at the counter, by transfer. Its stock stays held.
pub async fn accept_offline(shop: &Shop, who: &dyn May, order: OrderId, input: MoveOrder) -> Result<()> {
    who.may(Permission::OrdersWrite)?;
    let note = input.check()?;
    act!(shop, who, "order.accept_offline", |act| {
        let mut order = lock(&mut act, order).await?;
        if order.status != OrderStatus::Pending {
            let (number, status, pending) = (&order.number, order.status, OrderStatus::Pending);
            let message =
                format!("{number} is “{status}”: only what is “{pending}” can be accepted to be paid offline");
            return Err(Error::conflict("order_status", message));
        }
        let missing = reserve_again(&mut act, order.id).await?;
        if !missing.is_empty() {
            return Err(Error::conflict("sold_out", inventory::name_missing(&missing)));
        }
        payments::close_gateway_payments(&mut act, order.id).await?;
        payments::expect_offline_payment(&mut act, &order).await?;
        advance(&mut act, &mut order, OrderStatus::Processing, said(&note)).await?;
        confirm(&mut act, &order).await?;
        act.commit(()).await
    })
}

/// The money for an order that was accepted to be paid offline is there.
pub async fn record_offline_payment(shop: &Shop, who: &dyn May, order: OrderId) -> Result<()> {
    who.may(Permission::OrdersWrite)?;
    act!(shop, who, "order.pay", |act| {
        let locked = lock(&mut act, order).await?;
        if !payments::offline_payment_came(&mut act, order).await? {
            let message = format!("{} waits for no offline payment", locked.number);
            return Err(Error::conflict("no_offline_payment", message));
        }
        payments::order_paid(&mut act, order).await?;
        let entry =
            audit::Entry { action: "order.pay", entity_type: audit::Entity::Order, entity_id: order.to_string() };
        audit::record(&mut act, entry, &(), &serde_json::json!({ "offline": locked.total }))?;
        act.commit(()).await
    })
}

/// A paid order is picked and packed from now on.
pub async fn process(shop: &Shop, who: &dyn May, order: OrderId, input: MoveOrder) -> Result<()> {
    who.may(Permission::OrdersWrite)?;
    let note = input.check()?;
    act!(shop, who, "order.process", |act| {
        let mut order = lock(&mut act, order).await?;
        if order.status == OrderStatus::Pending {
            let message = format!("{} is not paid: accept it to be paid offline, or wait", order.number);
            return Err(Error::conflict("unpaid", message));
        }
        advance(&mut act, &mut order, OrderStatus::Processing, said(&note)).await?;
        act.commit(()).await
    })
}

/// The goods arrived.
pub async fn deliver(shop: &Shop, who: &dyn May, order: OrderId, input: MoveOrder) -> Result<()> {
    who.may(Permission::OrdersWrite)?;
    let note = input.check()?;
    act!(shop, who, "order.deliver", |act| {
        let mut order = lock(&mut act, order).await?;
        advance(&mut act, &mut order, OrderStatus::Delivered, said(&note)).await?;
        act.commit(()).await
    })
}

/// Nothing is left to do: delivered, or picked up in the shop, which takes what was held off the shelf.
pub async fn complete(shop: &Shop, who: &dyn May, order: OrderId, input: MoveOrder) -> Result<()> {
    who.may(Permission::OrdersWrite)?;
    let note = input.check()?;
    act!(shop, who, "order.complete", |act| {
        let mut order = lock(&mut act, order).await?;
        complete_locked(&mut act, &mut order, said(&note)).await?;
        act.commit(()).await
    })
}

pub(super) async fn complete_locked(act: &mut Act<'_>, order: &mut Locked, why: Why) -> Result<()> {
    check(order, OrderStatus::Completed)?;
    ship_stock(act, order.id).await?;
    advance(act, order, OrderStatus::Completed, why).await
}

/// In the words of staff.
fn said(note: &str) -> Why {
    Why::Typed { text: note.to_owned() }
}

/// Cancels an order that did not leave yet: its stock is released, and the money, if any came, goes back.
pub async fn cancel(shop: &Shop, who: &dyn May, order: OrderId, input: CancelOrder) -> Result<()> {
    who.may(Permission::OrdersWrite)?;
    let mut faults = Invalid::default();
    let text = input.reason.required("reason", 500, &mut faults);
    faults.into_result()?;
    cancel_if(shop, who, order, CancelReason::Typed { text }, |_| Ok(())).await
}

/// The same for an order that is not paid, without a word. All others are a conflict.
pub async fn cancel_pending(shop: &Shop, who: &dyn May, order: OrderId) -> Result<()> {
    who.may(Permission::OrdersWrite)?;
    let is_pending = |status: OrderStatus| match status {
        OrderStatus::Pending => Ok(()),
        other => Err(other.refuse(OrderStatus::Cancelled)),
    };
    cancel_if(shop, who, order, CancelReason::ByShop, is_pending).await
}

async fn cancel_if(
    shop: &Shop,
    who: &dyn May,
    order: OrderId,
    reason: CancelReason,
    may_be: impl Fn(OrderStatus) -> Result<()>,
) -> Result<()> {
    act!(shop, who, "order.cancel", |act| {
        let mut order = lock(&mut act, order).await?;
        may_be(order.status)?;
        check(&order, OrderStatus::Cancelled)?;
        let gives_money_back = order.payment_status.has_money() && !order.total.is_zero();
        if gives_money_back {
            who.may(Permission::OrdersRefund)?;
        }
        refuse_partly_shipped(&mut act, &order).await?;
        drop_order(&mut act, &mut order, reason.clone()).await?;
        if gives_money_back {
            payments::refund_in_full(&mut act, order.id, reason.text().unwrap_or_default()).await?;
        }
        jobs::enqueue(&mut act, &Job::SendOrderCancelled { order: order.id })?;
        act.commit(()).await
    })
}

async fn refuse_partly_shipped(conn: &mut PgConnection, order: &Locked) -> Result<()> {
    let shipped = sqlx::query_scalar!(
        r#"select exists(select from order_items where order_id = $1 and shipped_quantity > 0) as "shipped!""#,
        order.id as _,
    )
    .fetch_one(conn)
    .await?;
    match shipped {
        true => Err(Error::conflict("partly_shipped", "Part of it has left: refund what has not, or ship the rest")),
        false => Ok(()),
    }
}

async fn drop_order(act: &mut Act<'_>, order: &mut Locked, reason: CancelReason) -> Result<()> {
    release_stock(act, order.id).await?;
    advance(act, order, OrderStatus::Cancelled, Why::Cancelled(reason)).await?;
    payments::drop_offline_payments(act, order.id).await?;
    payments::settle_open_payments(act, order.id).await
}

/// A shopper gives up an order that is not paid. `reference` is its number or id, `key` a guest's secret.
/// The caller settles the payment first.
pub async fn cancel_own(shop: &Shop, visitor: &Visitor, reference: &str, key: Option<&str>) -> Result<OrderId> {
    let order = find_own(&shop.db, visitor, reference, key).await?;
    act!(shop, visitor, "order.cancel", |act| {
        let mut order = lock(&mut act, order).await?;
        if order.status != OrderStatus::Pending || order.payment_status.has_money() {
            return Err(order.status.refuse(OrderStatus::Cancelled));
        }
        drop_order(&mut act, &mut order, CancelReason::ByCustomer).await?;
        act.commit(order.id).await
    })
}

/// Writes a note among staff on the timeline.
pub async fn add_note(shop: &Shop, who: &dyn May, order: OrderId, input: AddNote) -> Result<()> {
    who.may(Permission::OrdersWrite)?;
    let mut faults = Invalid::default();
    let note = input.note.required("note", 2000, &mut faults);
    faults.into_result()?;
    act!(shop, who, "order.note", |act| {
        let order = lock(&mut act, order).await?;
        note_down(&mut act, order.id, &Happening::Note { text: note.clone() })?;
        let entry =
            audit::Entry { action: "order.note", entity_type: audit::Entity::Order, entity_id: order.id.to_string() };
        audit::record(&mut act, entry, &(), &serde_json::json!({ "note": note }))?;
        act.commit(()).await
    })
}
