//! Writing the copy.

use super::state::EntryState;
use crate::id::RefundId;
use crate::payments::gateway::{IntentEntry, IntentStatus, RefundEntry};
use crate::{Act, Result};
use uuid::Uuid;

pub(in crate::payments) async fn payment_seen(act: &mut Act<'_>, seen: &IntentEntry) -> Result<()> {
    let status = match seen.status {
        IntentStatus::Open => EntryState::Open,
        IntentStatus::Processing => EntryState::Processing,
        IntentStatus::Succeeded => EntryState::Succeeded,
        IntentStatus::Canceled => EntryState::Cancelled,
    };
    sqlx::query!(
        "insert into ledger_payments as l
            (intent, status, currency, received, refunded, fee, is_ours, payment_id, order_id, created_at, paid_seen_at, seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $2 = 'succeeded' then $11::timestamptz end, $11)
         on conflict (intent) do update
         set status = excluded.status,
             currency = excluded.currency,
             received = excluded.received,
             refunded = excluded.refunded,
             fee = coalesce(excluded.fee, l.fee),
             is_ours = excluded.is_ours,
             payment_id = excluded.payment_id,
             order_id = excluded.order_id,
             created_at = excluded.created_at,
             paid_seen_at = case when excluded.status = 'succeeded' then coalesce(l.paid_seen_at, excluded.seen_at) end,
             seen_at = excluded.seen_at",
        seen.intent,
        status.word(),
        seen.currency,
        seen.received,
        seen.refunded,
        seen.fee,
        seen.is_ours,
        seen.payment,
        seen.order,
        seen.created,
        act.now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// Stripe has no payment of this name.
pub(in crate::payments) async fn payment_missing(act: &mut Act<'_>, intent: &str) -> Result<()> {
    sqlx::query!(
        "insert into ledger_payments (intent, status, currency, is_ours, created_at, seen_at)
         values ($1, 'missing', $2, false, $3, $3)
         on conflict (intent) do update set status = 'missing', paid_seen_at = null, seen_at = excluded.seen_at",
        intent,
        act.shop.currency.code(),
        act.now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

pub(in crate::payments) async fn refund_seen(act: &mut Act<'_>, entry: &RefundEntry) -> Result<()> {
    let ours: Option<Uuid> = entry.seen.refund_id.as_deref().and_then(|id| id.parse().ok());
    sqlx::query!(
        "insert into ledger_refunds (refund, intent, status, amount, currency, refund_id, first_seen_at, seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)
         on conflict (refund) do update
         set status = excluded.status, amount = excluded.amount, currency = excluded.currency,
             refund_id = excluded.refund_id, seen_at = excluded.seen_at",
        entry.seen.id,
        entry.intent,
        entry.seen.status.word(),
        entry.seen.amount.minor,
        entry.seen.amount.currency.code(),
        ours,
        act.now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// Stripe does not have a refund any more that it had.
pub(in crate::payments) async fn refund_missing(act: &mut Act<'_>, name: &str) -> Result<()> {
    sqlx::query!("update ledger_refunds set status = 'missing', seen_at = $2 where refund = $1", name, act.now)
        .execute(&mut **act)
        .await?;
    Ok(())
}

/// Stripe has no refund that is this one of ours, by its name there or by the mark that we write on each.
pub(in crate::payments) async fn no_refund(
    act: &mut Act<'_>,
    refund: RefundId,
    name: Option<&str>,
    intent: &str,
) -> Result<()> {
    let name = name.map_or_else(|| format!("none-{refund}"), str::to_owned);
    sqlx::query!(
        "insert into ledger_refunds (refund, intent, status, amount, currency, refund_id, first_seen_at, seen_at)
         values ($1, $2, 'missing', 0, $3, $4, $5, $5)
         on conflict (refund) do update set status = 'missing', seen_at = excluded.seen_at",
        name,
        intent,
        act.shop.currency.code(),
        refund as _,
        act.now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}
