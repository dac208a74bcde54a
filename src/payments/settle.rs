//! Settling: finds out at the gateway what became of a payment, and moves the order accordingly. The webhook, the
//! shopper's return and the reconciler all come here, in any order and at the same time; the lock on the order's row
//! lines them up.

use super::attempt::{Attempt, Method, PaymentState};
use super::gateway::{Failure, GatewayError, IntentSeen, IntentStatus, SessionSeen, SessionStatus};
use super::of_order::locked_order_paid;
use super::refunds::{self, FullRefund};
use crate::actors::System;
use crate::events::{self, AmountDiffers, Event};
use crate::id::PaymentId;
use crate::jobs::{self, Job, JobOptions};
use crate::lifecycle::{self, CancelReason, Happening, Locked, OrderStatus, Paid, RefundOccasion};
use crate::notifications::{self, Happened};
use crate::{Act, Error, Money, Result, Shop};
use chrono::{DateTime, Utc};

/// What became of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The order is paid.
    Paid,
    /// The shopper is done; the money takes its time.
    OnItsWay,
    /// The shopper can (still) pay; the provider's words when a card was declined.
    Open { declined: Option<String> },
    /// Nobody can pay with it any more.
    Over { reason: Option<String> },
    /// Money came for which there is no order (any more): all of it goes back.
    GoesBack,
    /// Another amount came than the order's. Written down; somebody has to look at it.
    Differs,
    /// The gateway gave no clear answer. Nothing changed; asked again later.
    Unknown,
}

/// What the gateway says.
#[derive(Debug)]
pub(crate) enum Seen {
    Paid { received: Money, intent: Option<String>, livemode: bool },
    OnItsWay { intent: Option<String> },
    Open { failure: Option<Failure> },
    Over { state: PaymentState, failure: Option<Failure> },
}

/// Finds out what became of a payment and does what follows from it, exactly once. Safe at any time, any number of
/// times. `Unavailable` only when our own database is; a gateway that does not answer is [`Settled::Unknown`].
pub async fn settle(shop: &Shop, payment: PaymentId) -> Result<Settled> {
    let attempt = Attempt::load(&shop.db, payment).await?;
    if attempt.state == PaymentState::Succeeded {
        let status = sqlx::query_scalar!(
            r#"select status as "status: OrderStatus" from orders where id = $1"#,
            attempt.order as _
        )
        .fetch_one(&shop.db)
        .await?;
        return Ok(if status == OrderStatus::Cancelled { Settled::GoesBack } else { Settled::Paid });
    }
    if attempt.is_settled {
        return Ok(outcome(&attempt));
    }
    if !attempt.was_asked() {
        return settle_unasked(shop, &attempt).await;
    }
    let seen = match look(shop, &attempt).await {
        // The page is open, but not for this order any more: close it, and see who was first.
        Ok(Seen::Open { .. }) if is_unwanted(shop, &attempt).await? => close_page(shop, &attempt).await,
        seen => seen,
    };
    match seen {
        Ok(seen) => {
            crash_point!("payment-seen");
            apply(shop, &attempt, &seen).await
        }
        Err(e) => {
            tracing::warn!(payment = %payment, "the gateway leaves a payment in the dark: {e}");
            sqlx::query!("update payments set checked_at = $2 where id = $1", payment as _, shop.clock.now())
                .execute(&shop.db)
                .await?;
            Ok(Settled::Unknown)
        }
    }
}

/// Concludes an attempt with what the gateway said of it: all that [`settle()`] does once it has asked, for whoever has
/// the answer already.
pub(crate) async fn conclude(shop: &Shop, payment: PaymentId, seen: &Seen) -> Result<Settled> {
    let attempt = Attempt::load(&shop.db, payment).await?;
    apply(shop, &attempt, seen).await
}

fn outcome(attempt: &Attempt) -> Settled {
    match attempt.state {
        PaymentState::Succeeded => Settled::Paid,
        PaymentState::Processing => Settled::OnItsWay,
        PaymentState::Created | PaymentState::Pending => Settled::Open { declined: attempt.failure.clone() },
        PaymentState::Failed | PaymentState::Cancelled | PaymentState::Expired => {
            Settled::Over { reason: attempt.failure.clone() }
        }
    }
}

async fn look(shop: &Shop, attempt: &Attempt) -> Result<Seen, GatewayError> {
    let seen = match (&attempt.session, &attempt.intent) {
        (Some(session), _) => shop.gateway.retrieve_session(session).await.map(from_session),
        (None, Some(intent)) => {
            shop.gateway.retrieve_intent(intent).await.map(|seen| from_intent(seen, attempt.method))
        }
        (None, None) => Ok(Seen::Open { failure: None }),
    };
    match seen {
        // An offline Stripe forgets when it stops. Of real money, nothing is concluded from an object that is not
        // there: the key may be another account's.
        Err(e) if e.is_missing() && !shop.gateway.is_live() => {
            Ok(Seen::Over { state: PaymentState::Expired, failure: None })
        }
        seen => seen,
    }
}

async fn close_page(shop: &Shop, attempt: &Attempt) -> Result<Seen, GatewayError> {
    let closed = match (&attempt.session, &attempt.intent) {
        (Some(session), _) => shop.gateway.expire_session(session).await,
        (None, Some(intent)) => shop.gateway.cancel_intent(intent).await,
        (None, None) => Ok(()),
    };
    match closed {
        // refused: it was not open any more, so somebody paid or it expired by itself
        Ok(()) | Err(GatewayError::Definite { .. }) => look(shop, attempt).await,
        Err(e) => Err(e),
    }
}

/// Whether the order of an open page does not want its money (any more).
async fn is_unwanted(shop: &Shop, attempt: &Attempt) -> Result<bool> {
    let order = sqlx::query!(
        r#"select status as "status: OrderStatus", reserved_until from orders where id = $1"#,
        attempt.order as _
    )
    .fetch_one(&shop.db)
    .await?;
    let late = |time: Option<DateTime<Utc>>| time.is_some_and(|t| t <= shop.clock.now());
    Ok(!attempt.state.is_open() || order.status != OrderStatus::Pending || late(order.reserved_until))
}

fn from_session(seen: SessionSeen) -> Seen {
    let failure = seen.intent.as_ref().and_then(|i| i.failure.clone());
    let status = seen.intent.as_ref().map(|i| i.status);
    if seen.is_paid || status == Some(IntentStatus::Succeeded) {
        let received = seen.intent.as_ref().map_or(seen.total, |i| i.received);
        return Seen::Paid { received, intent: seen.intent_id, livemode: seen.livemode };
    }
    match (seen.status, status) {
        (_, Some(IntentStatus::Processing)) => Seen::OnItsWay { intent: seen.intent_id },
        (SessionStatus::Open, _) => Seen::Open { failure },
        (SessionStatus::Expired, _) => Seen::Over { state: PaymentState::Expired, failure },
        // done, and then the bank said no
        (SessionStatus::Complete, Some(_)) => Seen::Over { state: PaymentState::Failed, failure },
        (SessionStatus::Complete, None) => Seen::OnItsWay { intent: seen.intent_id },
    }
}

fn from_intent(seen: IntentSeen, method: Method) -> Seen {
    let intent = Some(seen.id);
    // a page's intent is cancelled when the page expires
    let closed = if method == Method::Checkout { PaymentState::Expired } else { PaymentState::Cancelled };
    match seen.status {
        IntentStatus::Succeeded => Seen::Paid { received: seen.received, intent, livemode: seen.livemode },
        IntentStatus::Processing => Seen::OnItsWay { intent },
        IntentStatus::Canceled => Seen::Over { state: closed, failure: seen.failure },
        IntentStatus::Open => Seen::Open { failure: seen.failure },
    }
}

/// A payment for which the provider holds nothing that anybody could pay: its page, if there is one, was never shown.
async fn settle_unasked(shop: &Shop, asked: &Attempt) -> Result<Settled> {
    act!(shop, &System, "payment.settle", |act| {
        let order = lifecycle::lock(&mut act, asked.order).await?;
        // again, now that nobody else can change it
        let attempt = Attempt::load(&mut *act, asked.id).await?;
        if attempt.is_settled || attempt.was_asked() || attempt.method == Method::Offline {
            return Ok(outcome(&attempt));
        }
        let is_late = order.reserved_until.or(attempt.expires_at).is_none_or(|until| until <= act.now);
        let settled = if !attempt.state.is_open() || order.status != OrderStatus::Pending || is_late {
            attempt.close(&mut act, PaymentState::Expired, None, true).await?;
            give_up(&mut act, &order, CancelReason::NotPaidInTime).await?;
            Settled::Over { reason: attempt.failure }
        } else {
            touch(&mut act, attempt.id).await?;
            outcome(&attempt)
        };
        act.commit(settled).await
    })
}

/// Writes down what was seen. Whoever comes second finds it done.
async fn apply(shop: &Shop, asked: &Attempt, seen: &Seen) -> Result<Settled> {
    act!(shop, &System, "payment.settle", |act| {
        let mut order = lifecycle::lock(&mut act, asked.order).await?;
        // again, now that nobody else can change it
        let attempt = Attempt::load(&mut *act, asked.id).await?;
        if attempt.is_settled || attempt.state == PaymentState::Succeeded {
            return Ok(outcome(&attempt));
        }
        let settled = match seen {
            Seen::Paid { received, intent, livemode } => {
                let receipt = Receipt { received: *received, intent: intent.as_deref(), livemode: *livemode };
                pay(&mut act, &attempt, &mut order, receipt).await?
            }
            Seen::OnItsWay { intent } => {
                sqlx::query!(
                    "update payments
                     set status = case when status in ('created', 'pending') then 'processing' else status end,
                         provider_intent = coalesce(provider_intent, $2), checked_at = $3, updated_at = $3
                     where id = $1",
                    attempt.id as _,
                    intent.as_deref(),
                    act.now,
                )
                .execute(&mut *act)
                .await?;
                // banks take days: the goods are held until the money came, or not
                sqlx::query!(
                    "update orders set reserved_until = null where id = $1 and status = 'pending'",
                    order.id as _
                )
                .execute(&mut *act)
                .await?;
                Settled::OnItsWay
            }
            Seen::Open { failure } => {
                match failure.as_ref().filter(|failure| is_news(&attempt, failure)) {
                    Some(failure) => note_decline(&mut act, &attempt, &order, failure).await?,
                    None => touch(&mut act, attempt.id).await?,
                }
                Settled::Open { declined: failure.as_ref().map(|f| f.message.clone()).or(attempt.failure) }
            }
            Seen::Over { state, failure } => {
                if let Some(failure) = failure.as_ref().filter(|failure| is_news(&attempt, failure)) {
                    note_decline(&mut act, &attempt, &order, failure).await?;
                }
                attempt.close(&mut act, *state, failure.as_ref(), true).await?;
                let reason = match state {
                    PaymentState::Failed => CancelReason::PaymentFailed,
                    _ => CancelReason::NotPaidInTime,
                };
                give_up(&mut act, &order, reason).await?;
                Settled::Over { reason: failure.as_ref().map(|f| f.message.clone()).or(attempt.failure) }
            }
        };
        let settled = act.commit(settled).await?;
        crash_point!("order-settled");
        Ok(settled)
    })
}

struct Receipt<'a> {
    received: Money,
    intent: Option<&'a str>,
    livemode: bool,
}

/// The money is there.
async fn pay(act: &mut Act<'_>, attempt: &Attempt, order: &mut Locked, receipt: Receipt<'_>) -> Result<Settled> {
    if receipt.received != attempt.amount || receipt.received != order.total {
        let (received, expected) = (receipt.received, order.total);
        tracing::error!(order = %order.id, payment = %attempt.id, "{received} came in, and the order is over {expected}");
        succeed(act, attempt, receipt).await?;
        lifecycle::note_down(act, order.id, &Happening::AmountDiffers { received, expected })?;
        let told = AmountDiffers {
            order_id: order.id,
            number: order.number.clone(),
            payment_id: attempt.id,
            received: received.into(),
            expected: expected.into(),
            currency: expected.currency,
        };
        events::record(act, &Event::PaymentAmountDiffers(told))?;
        return Ok(Settled::Differs);
    }
    // the order first: what the payment's row says of it then stands in its row already
    let paid = locked_order_paid(act, order).await?;
    succeed(act, attempt, receipt).await?;
    let (occasion, notify) = match paid {
        Paid::Now => {
            crash_point!("order-moved");
            return Ok(Settled::Paid);
        }
        Paid::Already => (RefundOccasion::PaidBefore, true),
        // a mail of its own says so at once
        Paid::Cancelled => {
            jobs::enqueue(act, &Job::SendLatePayment { payment: attempt.id })?;
            (RefundOccasion::AfterCancellation, false)
        }
        // the mail about the cancelled order says that the money goes back
        Paid::SoldOut => (RefundOccasion::SoldOut, false),
    };
    let whole = FullRefund { payment: Some(attempt.id), reason: occasion.into(), notify };
    refunds::give_back_all(act, order, whole).await?;
    Ok(Settled::GoesBack)
}

/// Writes the payment. Other attempts at the same order are not wanted any more, and their pages are closed.
async fn succeed(act: &mut Act<'_>, attempt: &Attempt, receipt: Receipt<'_>) -> Result<()> {
    let others = sqlx::query_scalar!(
        r#"with paid as (
               update payments
               set status = 'succeeded', amount_captured = $2, provider_intent = coalesce(provider_intent, $3), livemode = $4,
                   failure_code = null, failure_fault = null, failure_message = null, settled_at = $5, checked_at = $5, updated_at = $5
               where id = $1
           )
           update payments
           set status = 'cancelled', updated_at = $5
           where order_id = $6 and id <> $1 and status in ('created', 'pending', 'processing')
           returning id as "id: PaymentId""#,
        attempt.id as _,
        receipt.received.minor,
        receipt.intent,
        receipt.livemode,
        act.now,
        attempt.order as _,
    )
    .fetch_all(&mut **act)
    .await?;
    for payment in others {
        enqueue(act, payment)?;
    }
    Ok(())
}

/// Cancels an order for which no attempt is open any more.
async fn give_up(act: &mut Act<'_>, order: &Locked, reason: CancelReason) -> Result<()> {
    let goes_on = sqlx::query_scalar!(
        r#"select exists(
               select from payments
               where order_id = $1 and status in ('created', 'pending', 'processing', 'succeeded')
           ) as "goes_on!""#,
        order.id as _,
    )
    .fetch_one(&mut **act)
    .await?;
    if !goes_on {
        lifecycle::cancel_unpaid(act, order.id, reason).await?;
    }
    Ok(())
}

/// By what a declined attempt is told from another.
fn mark(failure: &Failure) -> &str {
    failure.charge.as_deref().unwrap_or(&failure.code)
}

/// It is not the one that was written down last.
fn is_news(attempt: &Attempt, failure: &Failure) -> bool {
    attempt.failure_charge.as_deref() != Some(mark(failure))
}

/// Writes down a declined attempt, and tells the timeline of it.
async fn note_decline(act: &mut Act<'_>, attempt: &Attempt, order: &Locked, failure: &Failure) -> Result<()> {
    sqlx::query!(
        "update payments
         set failure_code = $2, failure_message = $3, failure_charge = $4, checked_at = $5
         where id = $1",
        attempt.id as _,
        failure.code,
        failure.message,
        mark(failure),
        act.now,
    )
    .execute(&mut **act)
    .await?;
    tell_decline(act, attempt.id, order, failure).await
}

/// A declined attempt, for the timeline and for staff. Several can fail between two looks, and Stripe's object
/// knows the last one only: the others are told by their messages.
pub(super) async fn tell_decline(
    act: &mut Act<'_>,
    payment: PaymentId,
    order: &Locked,
    failure: &Failure,
) -> Result<()> {
    let mark = failure.charge.clone().unwrap_or_else(|| format!("{payment} {}", failure.code));
    let declined = Happening::PaymentDeclined { words: failure.message.clone() };
    if lifecycle::note_once(act, order.id, &mark, &declined).await? {
        let (number, reason) = (order.number.clone(), failure.message.clone());
        notifications::record(act, &Happened::PaymentFailed { order: order.id, number, reason }, None)?;
    }
    Ok(())
}

async fn touch(act: &mut Act<'_>, payment: PaymentId) -> Result<()> {
    sqlx::query!("update payments set checked_at = $2 where id = $1", payment as _, act.now)
        .execute(&mut **act)
        .await?;
    Ok(())
}

/// Has a payment settled soon; once, however often it is said.
pub(super) fn enqueue(act: &mut Act<'_>, payment: PaymentId) -> Result<()> {
    let job = Job::SettlePayment { payment };
    jobs::enqueue_with(act, &job, JobOptions::unique(format!("settle:{payment}")))
}

impl Settled {
    /// For jobs that must try again.
    pub(super) fn known(self) -> Result<Self> {
        match self {
            Self::Unknown => Err(Error::Unavailable(anyhow::anyhow!("the gateway gives no clear answer"))),
            known => Ok(known),
        }
    }
}
