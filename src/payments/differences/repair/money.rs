//! Repairs that move money, or an order along with it. Each is decided anew by what Stripe says, and does nothing
//! twice.

use crate::actors::Staff;
use crate::id::{OrderId, PaymentId, RefundId};
use crate::jobs::{self, Job, JobOptions};
use crate::lifecycle::{self, Happening, RefundOccasion};
use crate::payments::differences::{Difference, DifferenceKind};
use crate::payments::gateway::{IntentEntry, IntentStatus};
use crate::payments::refunds::{self, FullRefund};
use crate::payments::send_refund;
use crate::payments::settle::settle;
use crate::{Error, Result, Shop};

/// The payment is in our books and not as paid: looks at it again, as its webhook would have.
pub(super) async fn settle_again(shop: &Shop, difference: &Difference) -> Result<()> {
    let (Some(payment), Some(intent)) = (difference.payment, &difference.intent) else { return Err(Error::NotFound) };
    sqlx::query!(
        "update payments
         set provider_intent = coalesce(provider_intent, $2),
             settled_at = case when status = 'succeeded' then settled_at end
         where id = $1",
        payment as _,
        intent,
    )
    .execute(&shop.db)
    .await?;
    settle(shop, payment).await?.known()?;
    send_refund::sync(shop, payment, intent).await
}

/// The order is in our books and the payment is not: writes it down, and lets it settle.
pub(super) async fn take(shop: &Shop, staff: &Staff, difference: &Difference) -> Result<()> {
    let (Some(order), Some(intent)) = (difference.order, &difference.intent) else { return Err(Error::NotFound) };
    let entry = paid_entry(shop, intent).await?;
    let payment = write_payment(shop, staff, order, &entry).await?;
    settle(shop, payment).await?.known()?;
    send_refund::sync(shop, payment, intent).await
}

async fn paid_entry(shop: &Shop, intent: &str) -> Result<IntentEntry> {
    let entry = shop.gateway.intent_entry(intent).await?;
    entry
        .filter(|entry| entry.status == IntentStatus::Succeeded)
        .ok_or_else(|| Error::conflict("not_paid", "Stripe does not say any more that this is paid"))
}

/// A row for a payment of an order; the one that is there, if it is. Of an order that counts as paid and has lost its
/// payment this is the one; any other waits to be settled, which decides whether the order wants it.
async fn write_payment(shop: &Shop, staff: &Staff, order: OrderId, entry: &IntentEntry) -> Result<PaymentId> {
    act!(shop, staff, "payment.take", |act| {
        let locked = lifecycle::lock(&mut act, order).await?;
        let known = sqlx::query_scalar!(
            r#"select id as "id: PaymentId" from payments where provider_intent = $1"#,
            entry.intent
        )
        .fetch_optional(&mut *act)
        .await?;
        if let Some(payment) = known {
            return Ok(payment);
        }
        let has_payment = sqlx::query_scalar!(
            r#"select exists(select from payments where order_id = $1 and status = 'succeeded') as "has!""#,
            order as _
        )
        .fetch_one(&mut *act)
        .await?;
        let is_its_own = locked.paid_at.is_some() && !has_payment && entry.currency == locked.total.currency.code();
        let payment = PaymentId::new();
        sqlx::query!(
            "insert into payments
                (id, order_id, provider, method, idempotency_key, provider_intent, currency, amount, amount_captured, status,
                 settled_at, livemode, created_at, updated_at)
             values ($1, $2, 'stripe', 'intent', $3, $4, $5, $6, case when $7 then $8::bigint else 0 end,
                     case when $7 then 'succeeded' else 'cancelled' end, case when $7 then $9::timestamptz end, $10, $11, $9)",
            payment as _,
            order as _,
            format!("taken-{}", entry.intent),
            entry.intent,
            locked.total.currency.code(),
            locked.total.minor,
            is_its_own,
            entry.received,
            act.now,
            shop.gateway.is_live(),
            entry.created,
        )
        .execute(&mut *act)
        .await?;
        lifecycle::note_down(&mut act, order, &Happening::PaymentFound)?;
        act.commit(payment).await
    })
}

/// Gives all of the money back: through our books where they have the payment, else at Stripe alone.
pub(super) async fn give_back(shop: &Shop, staff: &Staff, difference: &Difference, turn: i32) -> Result<()> {
    if let (DifferenceKind::OrderTotalDiffers, Some(order)) = (difference.kind, difference.order) {
        return give_back_booked(shop, staff, order, difference.payment).await;
    }
    let Some(intent) = &difference.intent else { return Err(Error::NotFound) };
    let entry = paid_entry(shop, intent).await?;
    let left = entry.received - entry.refunded;
    if left <= 0 {
        return Ok(());
    }
    // Another key with each try, since Stripe may keep an error for the last one. It is no second refund: each asks for
    // all that is left, and more is refused.
    let key = format!("difference-{}-{turn}", difference.id);
    shop.gateway.give_back(intent, left, &key, &difference.id.to_string()).await?;
    Ok(())
}

async fn give_back_booked(shop: &Shop, staff: &Staff, order: OrderId, payment: Option<PaymentId>) -> Result<()> {
    act!(shop, staff, "order.give_back", |act| {
        let locked = lifecycle::lock(&mut act, order).await?;
        let reason = RefundOccasion::AmountDiffers.into();
        refunds::give_back_all(&mut act, &locked, FullRefund { payment, reason, notify: true }).await?;
        act.commit(()).await
    })
}

/// A refund that Stripe does not have is on its way again: with a key of its own, after a look at what Stripe has.
pub(super) async fn send_again(shop: &Shop, staff: &Staff, difference: &Difference, turn: i32) -> Result<()> {
    let (Some(refund), Some(order)) = (difference.refund, difference.order) else { return Err(Error::NotFound) };
    reopen(shop, staff, refund, order, turn).await?;
    if let Err(e) = send_refund::send(shop, refund).await {
        tracing::warn!(refund = %refund, "a refund waits for the gateway: {e}");
    }
    Ok(())
}

async fn reopen(shop: &Shop, staff: &Staff, refund: RefundId, order: OrderId, turn: i32) -> Result<()> {
    act!(shop, staff, "refund.reopen", |act| {
        lifecycle::lock(&mut act, order).await?;
        sqlx::query!(
            "update refunds
             set status = 'pending', provider_refund = null, idempotency_key = $2, checked_at = null, updated_at = $3
             where id = $1 and status = 'succeeded'",
            refund as _,
            // far above what sending counts up to by itself
            format!("refund-{refund}-{}", 1000 + turn),
            act.now,
        )
        .execute(&mut *act)
        .await?;
        jobs::enqueue_with(&mut act, &Job::SendRefund { refund }, JobOptions::unique(format!("refund:{refund}")))?;
        act.commit(()).await
    })
}
