//! Settling: finds out at the gateway what became of a payment, and moves the order accordingly. The webhook, the shopper's
//! return and the reconciler all come here, in any order and at the same time; the lock on the order's row lines them up.

use super::attempt::{Attempt, Method, PaymentState};
use super::gateway::{Failure, GatewayError, IntentSeen, IntentStatus, SessionSeen, SessionStatus};
use super::refunds::{self, Whole};
use crate::actors::System;
use crate::id::{OrderId, PaymentId};
use crate::jobs::{self, Job, Spec};
use crate::lifecycle::{self, Happening, Locked, OrderStatus, Paid};
use crate::{Error, Money, Result, Shop, events, retrying};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

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
enum Seen {
    Paid { received: Money, intent: Option<String>, livemode: bool },
    OnItsWay { intent: Option<String> },
    Open { failure: Option<Failure> },
    Over { state: PaymentState, failure: Option<Failure> },
}

/// Finds out what became of a payment and does what follows from it, exactly once. Safe at any time, any number of times.
/// `Unavailable` only when our own database is; a gateway that does not answer is [`Settled::Unknown`].
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
        return retrying(|| settle_unasked(shop, payment)).await;
    }
    let seen = match look(shop, &attempt).await {
        // The page is open, but not for this order any more: close it, and see who was first.
        Ok(Seen::Open { .. }) if is_unwanted(shop, &attempt).await? => close_page(shop, &attempt).await,
        seen => seen,
    };
    match seen {
        Ok(seen) => {
            crash_point!("payment-seen");
            retrying(|| apply(shop, payment, &seen)).await
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
        // An offline Stripe forgets when it stops. Of real money, nothing is concluded from an object that is not there:
        // the key may be another account's.
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
async fn settle_unasked(shop: &Shop, payment: PaymentId) -> Result<Settled> {
    let now = shop.clock.now();
    let attempt = Attempt::load(&shop.db, payment).await?;
    let mut tx = shop.db.begin().await?;
    let order = lifecycle::lock(&mut tx, attempt.order).await?;
    let attempt = Attempt::load(&mut *tx, payment).await?;
    if attempt.is_settled || attempt.was_asked() || attempt.method == Method::Offline {
        return Ok(outcome(&attempt));
    }
    let is_late = order.reserved_until.or(attempt.expires_at).is_none_or(|until| until <= now);
    let settled = if !attempt.state.is_open() || order.status != OrderStatus::Pending || is_late {
        attempt.close(&mut tx, PaymentState::Expired, None, now, true).await?;
        give_up(&mut tx, shop, &order, "The payment did not come in time").await?;
        Settled::Over { reason: attempt.failure }
    } else {
        touch(&mut tx, payment, now).await?;
        outcome(&attempt)
    };
    tx.commit().await?;
    Ok(settled)
}

/// Writes down what was seen. Whoever comes second finds it done.
async fn apply(shop: &Shop, payment: PaymentId, seen: &Seen) -> Result<Settled> {
    let now = shop.clock.now();
    let attempt = Attempt::load(&shop.db, payment).await?;
    let mut tx = shop.db.begin().await?;
    let order = lifecycle::lock(&mut tx, attempt.order).await?;
    // again, now that nobody else can change it
    let attempt = Attempt::load(&mut *tx, payment).await?;
    if attempt.is_settled || attempt.state == PaymentState::Succeeded {
        return Ok(outcome(&attempt));
    }
    let settled = match seen {
        Seen::Paid { received, intent, livemode } => {
            let receipt = Receipt { received: *received, intent: intent.as_deref(), livemode: *livemode };
            pay(&mut tx, shop, &attempt, &order, receipt).await?
        }
        Seen::OnItsWay { intent } => {
            sqlx::query!(
                "update payments
                 set status = case when status in ('created', 'pending') then 'processing' else status end,
                     provider_intent = coalesce(provider_intent, $2), checked_at = $3, updated_at = $3
                 where id = $1",
                payment as _,
                intent.as_deref(),
                now,
            )
            .execute(&mut *tx)
            .await?;
            // banks take days: the goods are held until the money came, or not
            sqlx::query!("update orders set reserved_until = null where id = $1 and status = 'pending'", order.id as _)
                .execute(&mut *tx)
                .await?;
            Settled::OnItsWay
        }
        Seen::Open { failure } => {
            if let Some(failure) = failure {
                note_decline(&mut tx, shop, &attempt, failure).await?;
            }
            touch(&mut tx, payment, now).await?;
            Settled::Open { declined: failure.as_ref().map(|f| f.message.clone()).or(attempt.failure) }
        }
        Seen::Over { state, failure } => {
            if let Some(failure) = failure {
                note_decline(&mut tx, shop, &attempt, failure).await?;
            }
            attempt.close(&mut tx, *state, failure.as_ref(), now, true).await?;
            let reason = match state {
                PaymentState::Failed => "The payment failed",
                _ => "The payment did not come in time",
            };
            give_up(&mut tx, shop, &order, reason).await?;
            Settled::Over { reason: failure.as_ref().map(|f| f.message.clone()).or(attempt.failure) }
        }
    };
    tx.commit().await?;
    crash_point!("order-settled");
    Ok(settled)
}

struct Receipt<'a> {
    received: Money,
    intent: Option<&'a str>,
    livemode: bool,
}

/// The money is there.
async fn pay(
    conn: &mut PgConnection,
    shop: &Shop,
    attempt: &Attempt,
    order: &Locked,
    receipt: Receipt<'_>,
) -> Result<Settled> {
    let (clock, now) = (&shop.clock, shop.clock.now());
    sqlx::query!(
        "update payments
         set status = 'succeeded', amount_captured = $2, provider_intent = coalesce(provider_intent, $3), livemode = $4,
             failure_code = null, failure_message = null, settled_at = $5, checked_at = $5, updated_at = $5
         where id = $1",
        attempt.id as _,
        receipt.received.minor,
        receipt.intent,
        receipt.livemode,
        now,
    )
    .execute(&mut *conn)
    .await?;
    abandon_open(conn, shop, order).await?;
    if receipt.received != attempt.amount || receipt.received != order.total {
        let note = format!(
            "{} came in, and the order is over {}. It was not moved; please look at it.",
            receipt.received, order.total
        );
        tracing::error!(order = %order.id, payment = %attempt.id, "{note}");
        lifecycle::note_down(conn, clock, &System, order.id, Happening::of_kind("payment", &note)).await?;
        let told = serde_json::json!({
            "orderId": order.id, "number": order.number, "paymentId": attempt.id,
            "received": receipt.received.decimal(), "expected": order.total.decimal(), "currency": order.total.currency,
        });
        events::record(conn, clock, "payment.amount_differs", &told).await?;
        return Ok(Settled::Differs);
    }
    let (reason, notify) = match lifecycle::paid(conn, clock, &System, order.id).await? {
        Paid::Now => {
            crash_point!("order-moved");
            return Ok(Settled::Paid);
        }
        Paid::Already => ("The order had been paid before", true),
        // a mail of its own says so at once
        Paid::Cancelled => {
            jobs::enqueue(conn, &Job::SendLatePayment { payment: attempt.id }).await?;
            ("The payment came after the order had been cancelled", false)
        }
        // the mail about the cancelled order says that the money goes back
        Paid::SoldOut(_) => ("The goods were sold before the payment came", false),
    };
    let whole = Whole { clock, who: &System, order: order.id, payment: Some(attempt.id), reason, notify };
    refunds::give_back_all(conn, whole).await?;
    Ok(Settled::GoesBack)
}

/// Money has come: other attempts at the same order are not wanted any more, and their pages are closed.
async fn abandon_open(conn: &mut PgConnection, shop: &Shop, order: &Locked) -> Result<()> {
    let others = sqlx::query_scalar!(
        r#"update payments
           set status = 'cancelled', updated_at = $2
           where order_id = $1 and status in ('created', 'pending', 'processing')
           returning id as "id: PaymentId""#,
        order.id as _,
        shop.clock.now(),
    )
    .fetch_all(&mut *conn)
    .await?;
    for payment in others {
        enqueue(conn, payment).await?;
    }
    Ok(())
}

/// Cancels an order for which no attempt is open any more.
async fn give_up(conn: &mut PgConnection, shop: &Shop, order: &Locked, reason: &str) -> Result<()> {
    let goes_on = sqlx::query_scalar!(
        r#"select exists(
               select from payments
               where order_id = $1 and status in ('created', 'pending', 'processing', 'succeeded')
           ) as "goes_on!""#,
        order.id as _,
    )
    .fetch_one(&mut *conn)
    .await?;
    if !goes_on {
        lifecycle::cancel_unpaid(conn, &shop.clock, &System, order.id, reason).await?;
    }
    Ok(())
}

/// Tells the timeline of a declined attempt, each once.
async fn note_decline(conn: &mut PgConnection, shop: &Shop, attempt: &Attempt, failure: &Failure) -> Result<()> {
    let mark = failure.charge.as_deref().unwrap_or(&failure.code);
    if attempt.failure_charge.as_deref() == Some(mark) {
        return Ok(());
    }
    sqlx::query!(
        "update payments
         set failure_code = $2, failure_message = $3, failure_charge = $4
         where id = $1",
        attempt.id as _,
        failure.code,
        failure.message,
        mark,
    )
    .execute(&mut *conn)
    .await?;
    tell_decline(conn, shop, attempt.id, attempt.order, failure).await
}

/// A declined attempt in the timeline; the order is locked. Several can fail between two looks, and Stripe's object knows the
/// last one only: the others are told by their messages.
pub(super) async fn tell_decline(
    conn: &mut PgConnection,
    shop: &Shop,
    payment: PaymentId,
    order: OrderId,
    failure: &Failure,
) -> Result<()> {
    let mark = failure.charge.clone().unwrap_or_else(|| format!("{payment} {}", failure.code));
    let note = lifecycle::declined(&failure.message);
    let what = Happening::of_kind("payment", &note).public();
    lifecycle::note_once(conn, &shop.clock, &System, order, &mark, what).await?;
    Ok(())
}

async fn touch(conn: &mut PgConnection, payment: PaymentId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("update payments set checked_at = $2 where id = $1", payment as _, now).execute(conn).await?;
    Ok(())
}

/// Has a payment settled soon; once, however often it is said.
pub(super) async fn enqueue(conn: &mut PgConnection, payment: PaymentId) -> Result<()> {
    let job = Job::SettlePayment { payment };
    jobs::enqueue_with(conn, &job, Spec::once(format!("settle:{payment}"))).await
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
