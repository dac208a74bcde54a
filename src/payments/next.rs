//! The next attempt of an order, in place of the one before.

use super::attempt::Method;
use super::settle;
use crate::id::{OrderId, PaymentId};
use crate::lifecycle::{self, OrderStatus};
use crate::{Error, OnConstraint, Result, Shop};

/// Writes a new attempt beside the old one, which is closed. [`super::begin_for`] sees to it that the old one is closed at the
/// gateway too before the new one gets a page.
pub(super) async fn replace(shop: &Shop, order: OrderId, method: Method) -> Result<PaymentId> {
    let now = shop.clock.now();
    let mut tx = shop.db.begin().await?;
    let locked = lifecycle::lock(&mut tx, order).await?;
    payable(locked.status)?;
    let old = sqlx::query_scalar!(
        r#"update payments
           set status = 'cancelled', updated_at = $2
           where order_id = $1 and status in ('created', 'pending')
           returning id as "id: PaymentId""#,
        order as _,
        now,
    )
    .fetch_all(&mut *tx)
    .await?;
    for payment in old {
        settle::enqueue(&mut tx, payment).await?;
    }
    let payment = PaymentId::new();
    sqlx::query!(
        "insert into payments
            (id, order_id, provider, method, idempotency_key, currency, amount, status, created_at, updated_at)
         values ($1, $2, 'stripe', $3, $4, $5, $6, 'created', $7, $7)",
        payment as _,
        order as _,
        method as Method,
        format!("payment-{payment}"),
        locked.total.currency.code(),
        locked.total.minor,
        now,
    )
    .execute(&mut *tx)
    .await
    .on_constraint("payments_one_open", || Error::conflict("payment_under_way", "A payment is under way already"))?;
    tx.commit().await?;
    Ok(payment)
}

pub(super) fn payable(status: OrderStatus) -> Result<()> {
    match status {
        OrderStatus::Pending => Ok(()),
        OrderStatus::Cancelled => Err(Error::conflict("order_cancelled", "This order was cancelled")),
        _ => Err(Error::conflict("order_paid", "This order needs no payment any more")),
    }
}
