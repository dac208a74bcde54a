//! Refunds, Stripe's side: asks for them, as often as it takes, and records what became of them.

use super::gateway::{GatewayError, NewRefund, RefundSeen};
use super::refunds::RefundState;
use super::split::{Balance, Split};
use super::told;
use crate::actors::{Actor, ActorKind, System};
use crate::id::{OrderId, PaymentId, RefundId};
use crate::jobs::{self, Job, JobOptions};
use crate::lifecycle::{self, Happening, Locked, RefundFailure, RefundFault, RefundOccasion};
use crate::words::Locale;
use crate::{Act, Error, Money, Result, Shop};
use sqlx::PgExecutor;

/// A refund in our books, and who asked for it: what follows is done in their name.
struct KnownRefund {
    id: RefundId,
    order: OrderId,
    asked_by: Actor,
}

struct StoredRefund {
    order: OrderId,
    key: String,
    provider_refund: Option<String>,
    amount: i64,
    attempts: i32,
    is_pending: bool,
    intent: Option<String>,
    is_offline: bool,
    actor_type: ActorKind,
    actor_id: Option<uuid::Uuid>,
    actor_name: String,
}

/// Asks the gateway for a refund that was written down, or how one that it knows is doing. An error when it is not
/// known: the job tries again.
pub async fn send(shop: &Shop, refund: RefundId) -> Result<()> {
    let row = sqlx::query_as!(
        StoredRefund,
        r#"update refunds r
           set attempts = r.attempts + 1, checked_at = $2
           from payments p
           where r.id = $1 and p.id = r.payment_id
           returning r.order_id as "order: OrderId", r.idempotency_key as key, r.provider_refund, r.amount, r.attempts,
                     r.status = 'pending' as "is_pending!", p.provider_intent as intent, p.provider = 'offline' as "is_offline!",
                     r.actor_type as "actor_type: ActorKind", r.actor_id, r.actor_name"#,
        refund as _,
        shop.clock.now(),
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or(Error::NotFound)?;
    // what was paid offline has nobody to ask: staff hand it back, and say so
    if !row.is_pending || row.is_offline {
        return Ok(());
    }
    let answer = match (&row.provider_refund, &row.intent) {
        (Some(id), _) => shop.gateway.retrieve_refund(id).await,
        (None, Some(intent)) => ask(shop, refund, &row, intent).await,
        (None, None) => {
            tracing::error!(refund = %refund, order = %row.order, "there is no payment to refund");
            return fail(shop, refund, row.order, RefundFault::NoPayment.into()).await;
        }
    };
    match answer {
        Ok(seen) => {
            crash_point!("refund-made");
            let asked_by = Actor::remembered(row.actor_type, row.actor_id, row.actor_name);
            record(shop, &KnownRefund { id: refund, order: row.order, asked_by }, &seen).await
        }
        Err(GatewayError::Definite { status, message, .. }) if !matches!(status, 401 | 403) => {
            tracing::error!(refund = %refund, order = %row.order, "the gateway refuses a refund: {message}");
            fail(shop, refund, row.order, RefundFailure::words(message)).await
        }
        Err(e) => {
            if e.burns_key() {
                draw_key(shop, refund, &row.key).await?;
            }
            Err(e.into())
        }
    }
}

async fn ask(shop: &Shop, refund: RefundId, row: &StoredRefund, intent: &str) -> Result<RefundSeen, GatewayError> {
    if row.attempts > 1 {
        // an earlier request may have been carried out, and its answer lost
        let ours = |seen: &RefundSeen| seen.refund_id.as_deref() == Some(refund.to_string().as_str());
        if let Some(seen) = shop.gateway.refunds_of(intent).await?.into_iter().find(ours) {
            return Ok(seen);
        }
    }
    let new = NewRefund {
        key: row.key.clone(),
        refund_id: refund.to_string(),
        order_id: row.order.to_string(),
        intent: intent.to_owned(),
        amount: row.amount,
    };
    shop.gateway.create_refund(&new).await
}

/// The gateway keeps an error of its own under this key, so the request is over and done with; whether it acted, the
/// list of refunds will say before another key is used.
async fn draw_key(shop: &Shop, refund: RefundId, burnt: &str) -> Result<()> {
    let stem = format!("refund-{refund}");
    let turn = burnt.strip_prefix(&stem).and_then(|rest| rest.strip_prefix('-')).and_then(|n| n.parse::<u32>().ok());
    let next = format!("{stem}-{}", turn.unwrap_or(1) + 1);
    sqlx::query!(
        "update refunds
         set idempotency_key = $3
         where id = $1 and idempotency_key = $2 and provider_refund is null",
        refund as _,
        burnt,
        next
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

/// Records what the gateway said of a refund of ours: all that [`send`] does once it has asked, for whoever has the
/// answer already.
pub(crate) async fn conclude(shop: &Shop, seen: &RefundSeen) -> Result<()> {
    let known = find(shop, seen).await?.ok_or(Error::NotFound)?;
    record(shop, &known, seen).await
}

/// Writes down what the gateway says of a refund.
async fn record(shop: &Shop, known: &KnownRefund, seen: &RefundSeen) -> Result<()> {
    act!(shop, &System, "refund.record", |act| {
        let order = lifecycle::lock(&mut act, known.order).await?;
        write_down(&mut act, &order, known.id, &known.asked_by, seen).await?;
        act.commit(()).await
    })
}

/// Records the outcome of a refund; part of an act that locked the order. A refund only moves forward, except from
/// succeeded to failed. The order's move is in the name of the one who asked for the refund. Answers whether this
/// changed anything.
pub(super) async fn write_down<'a>(
    act: &mut Act<'a>,
    order: &Locked,
    refund: RefundId,
    asked_by: &'a Actor,
    seen: &RefundSeen,
) -> Result<bool> {
    let id = order.id;
    let was = sqlx::query!(
        r#"select status as "status: RefundState", notify, amount from refunds where id = $1 for update"#,
        refund as _
    )
    .fetch_one(&mut **act)
    .await?;
    let status = seen.status;
    if !was.status.may_become(status) {
        return Ok(false);
    }
    sqlx::query!(
        "update refunds
         set provider_refund = $2, status = $3, failure_fault = $4, failure_message = $5, checked_at = $6, updated_at = $6
         where id = $1",
        refund as _,
        seen.id,
        status.word(),
        seen.failure.as_ref().and_then(|failure| failure.fault) as _,
        seen.failure.as_ref().and_then(|failure| failure.words.as_deref()),
        act.now,
    )
    .execute(&mut **act)
    .await?;
    if status == was.status {
        return Ok(false);
    }
    let amount = Money::new(was.amount, order.total.currency);
    told::refund_ended(act, order, refund).await?;
    if status == RefundState::Succeeded {
        lifecycle::note_down(act, id, &Happening::RefundMade { amount })?;
        if was.notify {
            let job = Job::SendRefundNotice { refund };
            jobs::enqueue_with(act, &job, JobOptions::unique(format!("refund-notice:{refund}")))?;
        }
        if lifecycle::lock(act, id).await?.payment_status == lifecycle::PaymentStatus::Refunded {
            let who = act.act_as(asked_by);
            lifecycle::refunded(act, id).await?;
            act.act_as(who);
        }
    } else {
        let why = seen.failure.clone().unwrap_or_default();
        tracing::error!(refund = %refund, order = %id, "{amount} could not be given back: {}", why.say(Locale::English));
        lifecycle::note_down(act, id, &Happening::RefundFailed { amount, why })?;
    }
    Ok(true)
}

/// The gateway said no, for good: the money stays, and staff see it.
async fn fail(shop: &Shop, refund: RefundId, order: OrderId, why: RefundFailure) -> Result<()> {
    act!(shop, &System, "refund.fail", |act| {
        let locked = lifecycle::lock(&mut act, order).await?;
        let failed = sqlx::query!(
            "update refunds
             set status = 'failed', failure_fault = $2, failure_message = $3, checked_at = $4, updated_at = $4
             where id = $1 and status = 'pending' and provider_refund is null",
            refund as _,
            why.fault as _,
            why.words,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        if failed.rows_affected() == 1 {
            lifecycle::note_down(&mut act, order, &Happening::RefundRefused { why: why.clone() })?;
            told::refund_ended(&mut act, &locked, refund).await?;
        }
        act.commit(()).await
    })
}

/// Holds the gateway's refunds of a payment against ours: records news of ours, and adopts those that were made over
/// there by hand.
pub(super) async fn sync(shop: &Shop, payment: PaymentId, intent: &str) -> Result<()> {
    for seen in shop.gateway.refunds_of(intent).await? {
        let known = match find(shop, &seen).await? {
            Some(known) => Some(known),
            None => adopt(shop, payment, &seen).await?,
        };
        if let Some(known) = known {
            record(shop, &known, &seen).await?;
        }
    }
    Ok(())
}

/// Ours, by its name at the gateway or by the mark that we write on each.
async fn find(shop: &Shop, seen: &RefundSeen) -> Result<Option<KnownRefund>> {
    let row = sqlx::query!(
        r#"select id as "id: RefundId", order_id as "order: OrderId", actor_type as "actor_type: ActorKind", actor_id, actor_name
           from refunds
           where provider_refund = $1 or id::text = $2"#,
        seen.id,
        seen.refund_id,
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(row.map(|row| KnownRefund {
        id: row.id,
        order: row.order,
        asked_by: Actor::remembered(row.actor_type, row.actor_id, row.actor_name),
    }))
}

/// Writes down a refund that we did not make. Nothing when somebody else did meanwhile.
async fn adopt(shop: &Shop, payment: PaymentId, seen: &RefundSeen) -> Result<Option<KnownRefund>> {
    let id = RefundId::new();
    let order = sqlx::query_scalar!(r#"select order_id as "order: OrderId" from payments where id = $1"#, payment as _)
        .fetch_one(&shop.db)
        .await?;
    let by = Actor::remembered(ActorKind::System, None, "Stripe".to_owned());
    let is_adopted = act!(shop, &System, "refund.adopt", |act| {
        let locked = lifecycle::lock(&mut act, order).await?;
        let left = Balance::of(&mut act, payment).await?.left;
        // one that failed over there took nothing of what is left
        let (status, split) = match seen.status {
            RefundState::Failed | RefundState::Cancelled => (seen.status, Split::unknown(seen.amount)),
            _ if seen.amount.minor <= left.total()?.minor => {
                (RefundState::Pending, left.take_goods_first(seen.amount)?)
            }
            _ => (RefundState::Pending, Split::unknown(seen.amount)),
        };
        let adopted = sqlx::query!(
            "insert into refunds
                    (id, payment_id, order_id, idempotency_key, provider_refund, amount, currency, goods, shipping, tax,
                     tax_included, status, occasion, actor_type, actor_name, created_at, updated_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
                 on conflict (provider_refund) do nothing",
            id as _,
            payment as _,
            order as _,
            format!("refund-{id}"),
            seen.id,
            seen.amount.minor,
            seen.amount.currency.code(),
            split.goods.minor,
            split.shipping.minor,
            split.tax.minor,
            split.tax_included.minor,
            status.word(),
            RefundOccasion::AtProvider as _,
            by.kind.word(),
            by.name,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        let is_adopted = adopted.rows_affected() == 1;
        if is_adopted {
            told::refund_came_to_be(&mut act, &locked, id).await?;
            told::refund_ended(&mut act, &locked, id).await?;
        }
        act.commit(is_adopted).await
    })?;
    Ok(is_adopted.then_some(KnownRefund { id, order, asked_by: by }))
}

/// Who asked for a refund.
pub(super) async fn asked_by(db: impl PgExecutor<'_>, refund: RefundId) -> Result<Actor> {
    let row = sqlx::query!(
        r#"select actor_type as "actor_type: ActorKind", actor_id, actor_name from refunds where id = $1"#,
        refund as _
    )
    .fetch_one(db)
    .await?;
    Ok(Actor::remembered(row.actor_type, row.actor_id, row.actor_name))
}
