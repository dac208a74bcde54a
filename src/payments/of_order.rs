//! What happens to the payments of an order when the order itself moves, and to the order when it is paid.

use super::attempt::{Method, NewPayment, open_attempt};
use crate::id::{OrderId, PaymentId};
use crate::jobs::{self, Job};
use crate::lifecycle::{self, Locked, OrderStatus, Paid};
use crate::{Act, Money, Result};

/// The money for an order is there: moves it, and waits no more for what was to be paid offline. The caller writes the
/// payment as succeeded in the same act.
pub async fn order_paid(act: &mut Act<'_>, order: OrderId) -> Result<Paid> {
    let mut order = lifecycle::lock(act, order).await?;
    locked_order_paid(act, &mut order).await
}

/// The same for an order that the act has locked already.
pub(super) async fn locked_order_paid(act: &mut Act<'_>, order: &mut Locked) -> Result<Paid> {
    let was_accepted = order.status != OrderStatus::Pending;
    let paid = lifecycle::paid(act, order).await?;
    // to be paid offline, and paid now: that way, or at the gateway all the same
    if was_accepted && paid == Paid::Now {
        drop_offline_payments(act, order.id).await?;
    }
    Ok(paid)
}

/// Nothing more is to be paid at the gateway; whatever page of it is still open will be closed. Money that comes all
/// the same is still found by `settle`.
pub(crate) async fn close_gateway_payments(act: &mut Act<'_>, order: OrderId) -> Result<()> {
    let closed = sqlx::query_scalar!(
        r#"update payments
           set status = 'cancelled', updated_at = $2
           where order_id = $1 and provider <> 'offline' and status in ('created', 'pending', 'processing')
           returning id as "id: PaymentId""#,
        order as _,
        act.now,
    )
    .fetch_all(&mut **act)
    .await?;
    for payment in closed {
        jobs::enqueue(act, &Job::SettlePayment { payment })?;
    }
    Ok(())
}

/// It will be paid in another way.
pub(crate) async fn expect_offline_payment(act: &mut Act<'_>, order: &Locked) -> Result<()> {
    NewPayment::offline().write(act, order.id, order.total).await
}

/// The gateway's page of a cancelled order may still be open: `settle` has it closed, and gives back what was paid on
/// it.
pub(crate) async fn settle_open_payments(act: &mut Act<'_>, order: OrderId) -> Result<()> {
    let open = sqlx::query_scalar!(
        r#"select id as "id: PaymentId"
           from payments
           where order_id = $1 and status in ('created', 'pending', 'processing')"#,
        order as _,
    )
    .fetch_all(&mut **act)
    .await?;
    for payment in open {
        jobs::enqueue(act, &Job::SettlePayment { payment })?;
    }
    Ok(())
}

/// The money for an order that was accepted to be paid offline is there. Answers whether any was waited for.
pub(crate) async fn offline_payment_came(act: &mut Act<'_>, order: OrderId) -> Result<bool> {
    let came = sqlx::query!(
        "update payments
         set status = 'succeeded', amount_captured = amount, settled_at = $2, updated_at = $2
         where order_id = $1 and provider = 'offline' and status = 'pending'",
        order as _,
        act.now,
    )
    .execute(&mut **act)
    .await?;
    Ok(came.rows_affected() > 0)
}

/// Nothing more is waited for that was to be paid offline.
pub(crate) async fn drop_offline_payments(act: &mut Act<'_>, order: OrderId) -> Result<()> {
    sqlx::query!(
        "update payments
         set status = 'cancelled', updated_at = $2
         where order_id = $1 and provider = 'offline' and status in ('created', 'pending', 'processing')",
        order as _,
        act.now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// The attempt by which a corrected order is paid: `fresh`, which was made for the correction, or a new one in place of
/// the one that is open. The gateway never heard of that one; a request that is about to use it finds it closed, so
/// nobody is asked for a sum that they did not see.
pub(crate) async fn attempt_for_correction(
    act: &mut Act<'_>,
    order: OrderId,
    total: Money,
    method: Method,
    fresh: Option<PaymentId>,
) -> Result<(PaymentId, Method)> {
    if let Some(fresh) = fresh.filter(|_| !total.is_zero()) {
        let ours = sqlx::query!(
            "update payments
             set amount = $2, method = $3, updated_at = $4
             where id = $1 and status = 'created' and expires_at is null",
            fresh as _,
            total.minor,
            method as Method,
            act.now,
        )
        .execute(&mut **act)
        .await?;
        if ours.rows_affected() > 0 {
            return Ok((fresh, method));
        }
    }
    sqlx::query!(
        "update payments
         set status = 'cancelled', settled_at = $2, updated_at = $2
         where order_id = $1 and status = 'created' and expires_at is null",
        order as _,
        act.now,
    )
    .execute(&mut **act)
    .await?;
    open_attempt(act, order, total, method).await
}
