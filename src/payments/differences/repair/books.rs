//! Repairs of our books alone: no money moves.

use crate::actors::Staff;
use crate::id::{OrderId, PaymentId, RefundId};
use crate::lifecycle::{self, Happening, Locked, PaymentFault, PaymentStatus, RefundFault};
use crate::payments::differences::{Difference, DifferenceKind};
use crate::payments::gateway::{IntentStatus, RefundSeen};
use crate::payments::refunds::RefundState;
use crate::payments::send_refund;
use crate::payments::split::divide_anew;
use crate::payments::told;
use crate::{Act, Error, Money, OnConstraint, Result, Shop};

/// Our books follow Stripe's, as it says now.
pub(super) async fn adopt(shop: &Shop, staff: &Staff, difference: &Difference) -> Result<()> {
    let (Some(intent), Some(payment), Some(order)) = (&difference.intent, difference.payment, difference.order) else {
        return Err(Error::NotFound);
    };
    match (difference.kind, difference.refund) {
        (DifferenceKind::CapturedDiffers, _) => adopt_amount(shop, staff, payment, order, intent).await,
        (DifferenceKind::UnbookedRefund, _) => send_refund::sync(shop, payment, intent).await,
        (_, Some(refund)) => adopt_refund(shop, staff, refund, order, intent, difference).await,
        _ => Err(Error::NotFound),
    }
}

async fn adopt_amount(shop: &Shop, staff: &Staff, payment: PaymentId, order: OrderId, intent: &str) -> Result<()> {
    let entry = shop.gateway.intent_entry(intent).await?;
    let Some(entry) = entry.filter(|entry| entry.status == IntentStatus::Succeeded) else {
        return Err(Error::conflict("not_paid", "Stripe does not say any more that this is paid"));
    };
    act!(shop, staff, "payment.correct", |act| {
        let locked = lifecycle::lock(&mut act, order).await?;
        if entry.currency != locked.total.currency.code() {
            return Err(Error::conflict("currency_differs", format!("Stripe took it in {}", entry.currency)));
        }
        sqlx::query!(
            "update payments set amount_captured = $2, updated_at = $3 where id = $1 and status = 'succeeded'",
            payment as _,
            entry.received,
            act.now,
        )
        .execute(&mut *act)
        .await
        .on_constraint("payments_refund_within_captured", || {
            Error::conflict("refunded_more", "More was refunded than that; put the refunds right first")
        })?;
        divide_anew(&mut act, payment).await?;
        let received = Money::new(entry.received, locked.total.currency);
        lifecycle::note_down(&mut act, order, &Happening::PaymentCorrected { amount: received })?;
        act.commit(()).await
    })
}

async fn adopt_refund(
    shop: &Shop,
    staff: &Staff,
    refund: RefundId,
    order: OrderId,
    intent: &str,
    difference: &Difference,
) -> Result<()> {
    let (name, mark) = (difference.provider_refund.as_deref(), refund.to_string());
    let all = match shop.gateway.refunds_of(intent).await {
        Err(e) if e.is_missing() => Vec::new(),
        all => all?,
    };
    let is_it = |seen: &RefundSeen| Some(seen.id.as_str()) == name || seen.refund_id.as_deref() == Some(&mark);
    let seen = all.into_iter().find(is_it);
    let asked_by = send_refund::asked_by(&shop.db, refund).await?;
    act!(shop, staff, "refund.correct", |act| {
        let locked = lifecycle::lock(&mut act, order).await?;
        match &seen {
            Some(seen) if seen.status == RefundState::Succeeded => {
                correct(&mut act, &locked, refund, seen).await?;
            }
            Some(seen) => {
                send_refund::write_down(&mut act, &locked, refund, &asked_by, seen).await?;
            }
            None => {
                let gone = RefundSeen {
                    id: name.map_or_else(|| format!("none-{refund}"), str::to_owned),
                    status: RefundState::Failed,
                    amount: Money::zero(locked.total.currency),
                    refund_id: None,
                    failure: Some(RefundFault::NoSuchRefund.into()),
                };
                send_refund::write_down(&mut act, &locked, refund, &asked_by, &gone).await?;
            }
        }
        act.commit(()).await
    })
}

/// The refund went through at Stripe, with the amount that it has there.
async fn correct(act: &mut Act<'_>, order: &Locked, refund: RefundId, seen: &RefundSeen) -> Result<()> {
    let payment = sqlx::query_scalar!(
        r#"update refunds
           set goods = case when amount = $2 then goods else $2 end, shipping = case when amount = $2 then shipping else 0 end,
               tax = case when amount = $2 then tax else 0 end,
               tax_included = case when amount = $2 then tax_included else 0 end,
               amount = $2, status = 'succeeded', provider_refund = $3, failure_fault = null, failure_message = null,
               updated_at = $4
           where id = $1
           returning payment_id as "payment: PaymentId""#,
        refund as _,
        seen.amount.minor,
        seen.id,
        act.now,
    )
    .fetch_one(&mut **act)
    .await
    .on_constraint("payments_refund_within_captured", || {
        Error::conflict("refunded_more", "That is more than came in; put the payment right first")
    })?;
    divide_anew(act, payment).await?;
    told::refund_ended(act, order, refund).await?;
    lifecycle::note_down(act, order.id, &Happening::RefundCorrected { amount: seen.amount })?;
    if lifecycle::lock(act, order.id).await?.payment_status == PaymentStatus::Refunded {
        lifecycle::refunded(act, order.id).await?;
    }
    Ok(())
}

/// Stripe has no money for a payment, or an order, that counts as paid: it is taken out of our books, and the order is
/// cancelled unless another payment of it stands.
pub(super) async fn write_off(shop: &Shop, staff: &Staff, difference: &Difference) -> Result<()> {
    let Some(order) = difference.order else { return Err(Error::NotFound) };
    if let Some(intent) = &difference.intent {
        let entry = shop.gateway.intent_entry(intent).await?;
        if entry.is_some_and(|entry| entry.status != IntentStatus::Canceled) {
            return Err(Error::conflict(
                "not_gone",
                "Stripe has this payment, and it may still be paid; look again later",
            ));
        }
    }
    act!(shop, staff, "payment.write_off", |act| {
        lifecycle::lock(&mut act, order).await?;
        sqlx::query!(
            "update payments
             set status = 'failed', amount_captured = 0, failure_fault = $3, failure_message = null, settled_at = $2,
                 updated_at = $2
             where id = $1 and status = 'succeeded'",
            difference.payment.map(|id| id.0),
            act.now,
            PaymentFault::NotAtProvider as _,
        )
        .execute(&mut *act)
        .await
        .on_constraint("payments_refund_within_captured", || {
            Error::conflict("refunded_more", "Money of it was given back; put the refunds right first")
        })?;
        let goes_on = sqlx::query_scalar!(
            r#"select exists(select from payments where order_id = $1 and status = 'succeeded') as "goes_on!""#,
            order as _,
        )
        .fetch_one(&mut *act)
        .await?;
        if !goes_on {
            lifecycle::never_paid(&mut act, order).await?;
        }
        act.commit(()).await
    })
}
