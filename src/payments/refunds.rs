//! Refunds, our side: who may ask for one, and what is written down before the gateway is asked.
//!
//! A refund is a row with its own key first; then Stripe is asked, by [`send`](super::send_refund) and as often as it
//! takes; then the answer is recorded. That their sum stays within what was captured is held by the database.

use super::sending;
use crate::accounts::{Acts, Permission, Staff};
use crate::id::{OrderId, OrderItemId, PaymentId, RefundId};
use crate::input::Raw;
use crate::jobs::{self, Job, Spec};
use crate::orders::{self, Happening, Locked};
use crate::{Clock, Error, Invalid, Money, OnConstraint, Result, Shop, audit, events, inventory, retrying};
use serde::{Deserialize, Serialize};
use sha2::Digest;
use sqlx::PgConnection;

/// What staff ask for: an amount, or lines whose price it is.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RefundInput {
    pub amount: Raw,
    pub reason: Raw,
    /// The goods of the lines go back into stock; of all lines, when none is named and all the money goes back.
    pub restock: Raw,
    pub lines: Vec<RefundLine>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RefundLine {
    /// Id of the order's line.
    pub item: Raw,
    pub quantity: Raw,
}

/// What was asked for, checked.
struct Checked {
    amount: Option<Money>,
    reason: String,
    restock: bool,
    lines: Vec<(OrderItemId, i32)>,
}

/// Lines as stored with the refund.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredLine {
    item: OrderItemId,
    quantity: i32,
    amount: i64,
}

/// Gives money of an order back. `key` is that of the form or API request: the same action twice is one refund, two
/// actions of the same amount are two. The refund is on its way when this answers; Stripe may be asked again by a job.
pub async fn refund(shop: &Shop, staff: &Staff, order: OrderId, input: RefundInput, key: &str) -> Result<RefundId> {
    staff.may(Permission::OrdersRefund)?;
    let checked = input.check(shop)?;
    let hash: [u8; 32] = sha2::Sha256::digest(serde_json::to_vec(&(order, &input))?).into();
    let key = format!("{}:{key}", staff.id());
    let id = retrying(|| write(shop, staff, order, &checked, &key, &hash)).await?;
    // now, so that staff see how it went; if it does not go, the job tries again
    if let Err(e) = sending::send(shop, id).await {
        tracing::warn!(refund = %id, "a refund waits for the gateway: {e}");
    }
    Ok(id)
}

impl RefundInput {
    fn check(&self, shop: &Shop) -> Result<Checked> {
        let mut faults = Invalid::default();
        let amount = self.amount.optional_money("amount", shop.currency, &mut faults);
        let reason = self.reason.text("reason", 500, &mut faults);
        let mut lines = Vec::new();
        for (i, line) in self.lines.iter().enumerate() {
            if line.quantity.is_empty() || line.quantity.trimmed() == "0" {
                continue;
            }
            let quantity = line.quantity.whole(format!("lines[{i}].quantity"), 1..=9999, &mut faults);
            let item = faults.check(format!("lines[{i}].item"), line.item.trimmed().parse());
            if let (Some(item), Some(quantity)) = (item, quantity) {
                lines.push((item, quantity));
            }
        }
        if amount.is_none() && lines.is_empty() && faults.0.is_empty() {
            faults.add("amount", "is required, or say which lines");
        }
        if amount.is_some_and(Money::is_zero) {
            faults.add("amount", "must be more than nothing");
        }
        faults.into_result()?;
        Ok(Checked { amount, reason, restock: self.restock.is_on(), lines })
    }
}

async fn write(
    shop: &Shop,
    staff: &Staff,
    id: OrderId,
    wanted: &Checked,
    key: &str,
    hash: &[u8; 32],
) -> Result<RefundId> {
    let mut tx = shop.db.begin().await?;
    let order = orders::lock(&mut tx, id).await?;
    let same = sqlx::query!(r#"select id as "id: RefundId", request_hash from refunds where request_key = $1"#, key)
        .fetch_optional(&mut *tx)
        .await?;
    if let Some(same) = same {
        return if same.request_hash.as_deref() == Some(hash) { Ok(same.id) } else { Err(Error::KeyReused) };
    }
    let lines = price(&mut tx, &order, &wanted.lines).await?;
    let worth = lines.iter().map(|line| line.amount).sum();
    let amount = wanted.amount.unwrap_or(Money::new(worth, order.total.currency));
    let payment = sqlx::query!(
        r#"select id as "id: PaymentId", amount_captured - amount_refunding as "left!"
           from payments
           where order_id = $1 and status = 'succeeded' and amount_captured > amount_refunding
           order by amount_captured - amount_refunding desc
           limit 1
           for update"#,
        id as _,
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(|| Error::conflict("nothing_to_refund", "There is no money to give back"))?;
    let left = Money::new(payment.left, order.total.currency);
    let too_much = || Error::invalid("amount", format!("is more than the {left} that is left"));
    if amount.minor > left.minor {
        return Err(too_much());
    }
    let new = NewRow {
        payment: payment.id,
        amount,
        reason: &wanted.reason,
        lines: serde_json::to_value(&lines)?,
        restock: wanted.restock,
        notify: true,
        request: Some((key, hash)),
    };
    let refund = insert(&mut tx, &shop.clock, staff, &order, new)
        .await
        .on_constraint("payments_refund_within_captured", too_much)?;
    if wanted.restock {
        let all = lines.is_empty() && amount == left;
        restock(&mut tx, &shop.clock, staff, id, &wanted.lines, all).await?;
    }
    let entry = audit::Entry { action: "order.refund", entity_type: "order", entity_id: id.to_string() };
    let asked = serde_json::json!({
        "refund": refund, "amount": amount.decimal(), "currency": amount.currency, "reason": wanted.reason,
        "restock": wanted.restock, "lines": lines,
    });
    audit::record(&mut tx, &shop.clock, staff, entry, &(), &asked).await?;
    tx.commit().await?;
    Ok(refund)
}

/// What lines are worth: their share of what was paid for all goods, so that a discount and the tax on top are in it.
async fn price(conn: &mut PgConnection, order: &Locked, lines: &[(OrderItemId, i32)]) -> Result<Vec<StoredLine>> {
    let mut priced = Vec::with_capacity(lines.len());
    if lines.is_empty() {
        return Ok(priced);
    }
    let sums = sqlx::query!("select subtotal, total - shipping as \"goods!\" from orders where id = $1", order.id as _)
        .fetch_one(&mut *conn)
        .await?;
    for (i, &(item, quantity)) in lines.iter().enumerate() {
        let row = sqlx::query!(
            "select unit_price, quantity from order_items where id = $1 and order_id = $2",
            item as _,
            order.id as _
        )
        .fetch_optional(&mut *conn)
        .await?
        .ok_or_else(|| Error::invalid(format!("lines[{i}].item"), "is not a line of this order"))?;
        if quantity > row.quantity {
            let message = format!("is more than the {} ordered", row.quantity);
            return Err(Error::invalid(format!("lines[{i}].quantity"), message));
        }
        let full = Money::new(row.unit_price, order.total.currency).times(quantity.into())?;
        let worth = if sums.subtotal > 0 { full.proportion(sums.goods, sums.subtotal)? } else { full };
        priced.push(StoredLine { item, quantity, amount: worth.minor });
    }
    Ok(priced)
}

/// Puts goods back: what was shipped returns to the shelf, what was only promised is released.
async fn restock(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
    lines: &[(OrderItemId, i32)],
    all: bool,
) -> Result<()> {
    let items = sqlx::query!(
        r#"select id as "id: OrderItemId", variant_id as "variant: crate::id::VariantId", quantity, reserved_quantity,
                  shipped_quantity - returned_quantity as "out!"
           from order_items
           where order_id = $1"#,
        order as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let (mut returned, mut released) = (Vec::new(), Vec::new());
    for item in items {
        let asked: i32 = match lines.is_empty() {
            true if all => item.quantity,
            _ => lines.iter().filter(|(id, _)| *id == item.id).map(|(_, quantity)| quantity).sum(),
        };
        let back = asked.min(item.out);
        let free = (asked - back).min(item.reserved_quantity);
        if back == 0 && free == 0 {
            continue;
        }
        sqlx::query!(
            "update order_items
             set returned_quantity = returned_quantity + $2, reserved_quantity = reserved_quantity - $3
             where id = $1",
            item.id as _,
            back,
            free,
        )
        .execute(&mut *conn)
        .await?;
        returned.push(inventory::Item { variant: item.variant, quantity: back });
        released.push(inventory::Item { variant: item.variant, quantity: free });
    }
    let cause = inventory::Cause::order(clock, who, order);
    inventory::give_back(conn, &returned, &cause).await?;
    inventory::release(conn, &released, &cause).await
}

struct NewRow<'a> {
    payment: PaymentId,
    amount: Money,
    reason: &'a str,
    lines: serde_json::Value,
    restock: bool,
    notify: bool,
    request: Option<(&'a str, &'a [u8; 32])>,
}

/// Writes a refund down and has Stripe asked.
async fn insert(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: &Locked,
    new: NewRow<'_>,
) -> Result<RefundId> {
    let (id, actor, now) = (RefundId::new(), who.actor(), clock.now());
    sqlx::query!(
        "insert into refunds
            (id, payment_id, order_id, idempotency_key, request_key, request_hash, amount, currency, reason, lines, restock,
             notify, actor_type, actor_id, actor_name, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)",
        id as _,
        new.payment as _,
        order.id as _,
        format!("refund-{id}"),
        new.request.map(|(key, _)| key),
        new.request.map(|(_, hash)| hash.as_slice()),
        new.amount.minor,
        new.amount.currency.code(),
        new.reason,
        new.lines,
        new.restock,
        new.notify,
        actor.kind,
        actor.id,
        actor.name,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let note = match new.reason {
        "" => format!("{} goes back", new.amount),
        reason => format!("{} goes back: {reason}", new.amount),
    };
    orders::note_down(conn, clock, who, order.id, Happening::of_kind("refund", &note).public()).await?;
    let told = serde_json::json!({
        "refundId": id, "orderId": order.id, "number": order.number, "amount": new.amount.decimal(),
        "currency": new.amount.currency,
    });
    events::record(conn, clock, "refund.created", &told).await?;
    jobs::enqueue_with(conn, &Job::SendRefund { refund: id }, Spec::once(format!("refund:{id}"))).await?;
    Ok(id)
}

/// All that is left of an order's money, or of one of its payments.
pub(super) struct Whole<'a> {
    pub clock: &'a Clock,
    pub who: &'a dyn Acts,
    pub order: OrderId,
    pub payment: Option<PaymentId>,
    pub reason: &'a str,
    /// Whether the shopper gets a mail about it.
    pub notify: bool,
}

pub(super) async fn give_back_all(conn: &mut PgConnection, whole: Whole<'_>) -> Result<()> {
    let order = orders::lock(conn, whole.order).await?;
    let taken = sqlx::query!(
        r#"select id as "id: PaymentId", currency, amount_captured - amount_refunding as "left!"
           from payments
           where order_id = $1 and status = 'succeeded' and amount_captured > amount_refunding
             and ($2::uuid is null or id = $2)
           order by id
           for update"#,
        whole.order as _,
        whole.payment.map(|p| p.0),
    )
    .fetch_all(&mut *conn)
    .await?;
    for payment in taken {
        let new = NewRow {
            payment: payment.id,
            amount: Money::new(payment.left, orders::currency(&payment.currency)?),
            reason: whole.reason,
            lines: serde_json::Value::Array(Vec::new()),
            restock: false,
            notify: whole.notify,
            request: None,
        };
        insert(conn, whole.clock, whole.who, &order, new).await?;
    }
    Ok(())
}

/// Part of the cancellation of an order whose money was taken: all of what is left goes back. The mail about the
/// cancellation says so.
pub async fn refund_in_full(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
    reason: &str,
) -> Result<()> {
    give_back_all(conn, Whole { clock, who, order, payment: None, reason, notify: false }).await
}
