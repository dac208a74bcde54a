//! Refunds, Stripe's side: asks for them, as often as it takes, and records what became of them.

use super::gateway::{GatewayError, NewRefund, RefundSeen, RefundStatus};
use super::split::{Pots, Split};
use crate::actors::{Actor, Acts, System};
use crate::id::{OrderId, PaymentId, RefundId};
use crate::jobs::{self, Job, Spec};
use crate::lifecycle::{self, Happening, Locked};
use crate::{Clock, Error, Money, Result, Shop, events, retrying};
use sqlx::PgConnection;

struct Row {
    order: OrderId,
    key: String,
    provider_refund: Option<String>,
    amount: i64,
    attempts: i32,
    is_pending: bool,
    intent: Option<String>,
    is_offline: bool,
}

/// Asks the gateway for a refund that was written down, or how one that it knows is doing. An error when it is not known:
/// the job tries again.
pub async fn send(shop: &Shop, refund: RefundId) -> Result<()> {
    let row = sqlx::query_as!(
        Row,
        r#"update refunds r
           set attempts = r.attempts + 1, checked_at = $2
           from payments p
           where r.id = $1 and p.id = r.payment_id
           returning r.order_id as "order: OrderId", r.idempotency_key as key, r.provider_refund, r.amount, r.attempts,
                     r.status = 'pending' as "is_pending!", p.provider_intent as intent, p.provider = 'offline' as "is_offline!""#,
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
    match ask(shop, refund, &row).await {
        Ok(seen) => {
            crash_point!("refund-made");
            retrying(|| record(shop, refund, &seen)).await
        }
        Err(GatewayError::Definite { status, message, .. }) if !matches!(status, 401 | 403) => {
            tracing::error!(refund = %refund, order = %row.order, "the gateway refuses a refund: {message}");
            retrying(|| fail(shop, refund, &message)).await
        }
        Err(e) => {
            if e.burns_key() {
                draw_key(shop, refund, &row.key).await?;
            }
            Err(e.into())
        }
    }
}

async fn ask(shop: &Shop, refund: RefundId, row: &Row) -> Result<RefundSeen, GatewayError> {
    if let Some(id) = &row.provider_refund {
        return shop.gateway.retrieve_refund(id).await;
    }
    let Some(intent) = &row.intent else {
        return Err(GatewayError::Definite {
            status: 404,
            code: None,
            message: "There is no payment to refund".into(),
        });
    };
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
        intent: intent.clone(),
        amount: row.amount,
    };
    shop.gateway.create_refund(&new).await
}

/// The gateway keeps an error of its own under this key, so the request is over and done with; whether it acted, the list
/// of refunds will say before another key is used.
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

/// Writes down what the gateway says of a refund.
async fn record(shop: &Shop, refund: RefundId, seen: &RefundSeen) -> Result<()> {
    let id = sqlx::query_scalar!(r#"select order_id as "order: OrderId" from refunds where id = $1"#, refund as _)
        .fetch_one(&shop.db)
        .await?;
    let mut tx = shop.db.begin().await?;
    let order = lifecycle::lock(&mut tx, id).await?;
    write_down(&mut tx, &shop.clock, &System, &order, refund, seen).await?;
    tx.commit().await?;
    Ok(())
}

/// What became of a refund, as `who` says; part of a transaction that locked the order. Forward only; but for one that had
/// succeeded and came back as failed. Answers whether that was news.
pub(super) async fn write_down(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: &Locked,
    refund: RefundId,
    seen: &RefundSeen,
) -> Result<bool> {
    let (id, now) = (order.id, clock.now());
    let was = sqlx::query!(
        "select status, notify, amount, actor_type, actor_id, actor_name from refunds where id = $1 for update",
        refund as _
    )
    .fetch_one(&mut *conn)
    .await?;
    let status = match seen.status {
        RefundStatus::Pending => "pending",
        RefundStatus::Succeeded => "succeeded",
        RefundStatus::Failed => "failed",
        RefundStatus::Cancelled => "cancelled",
    };
    let moves = matches!((was.status.as_str(), status), ("pending", _) | ("succeeded", "failed" | "cancelled"));
    if !moves {
        return Ok(false);
    }
    sqlx::query!(
        "update refunds
         set provider_refund = $2, status = $3, failure_message = $4, checked_at = $5, updated_at = $5
         where id = $1",
        refund as _,
        seen.id,
        status,
        seen.failure,
        now,
    )
    .execute(&mut *conn)
    .await?;
    let asked_by = actor(&was.actor_type, was.actor_id, was.actor_name);
    if status == was.status {
        return Ok(false);
    }
    let amount = Money::new(was.amount, order.total.currency);
    let told = serde_json::json!({
        "refundId": refund, "orderId": id, "number": order.number, "amount": amount.decimal(), "currency": amount.currency,
    });
    events::record(conn, clock, &format!("refund.{status}"), &told).await?;
    if seen.status == RefundStatus::Succeeded {
        let note = format!("{amount} was given back");
        lifecycle::note_down(conn, clock, who, id, Happening::of_kind("refund", &note).public()).await?;
        if was.notify {
            let job = Job::SendRefundNotice { refund };
            jobs::enqueue_with(conn, &job, Spec::once(format!("refund-notice:{refund}"))).await?;
        }
        if lifecycle::lock(conn, id).await?.payment_status == lifecycle::PaymentStatus::Refunded {
            lifecycle::refunded(conn, clock, &asked_by, id).await?;
        }
    } else {
        let why = seen.failure.as_deref().unwrap_or("without a reason");
        let note = format!("{amount} could not be given back: {why}");
        tracing::error!(refund = %refund, order = %id, "{note}");
        lifecycle::note_down(conn, clock, who, id, Happening::of_kind("refund", &note)).await?;
    }
    Ok(true)
}

/// The gateway said no, for good: the money stays, and staff see it.
async fn fail(shop: &Shop, refund: RefundId, message: &str) -> Result<()> {
    let now = shop.clock.now();
    let id = sqlx::query_scalar!(r#"select order_id as "order: OrderId" from refunds where id = $1"#, refund as _)
        .fetch_one(&shop.db)
        .await?;
    let mut tx = shop.db.begin().await?;
    lifecycle::lock(&mut tx, id).await?;
    let failed = sqlx::query!(
        "update refunds
         set status = 'failed', failure_message = $2, checked_at = $3, updated_at = $3
         where id = $1 and status = 'pending' and provider_refund is null",
        refund as _,
        message,
        now,
    )
    .execute(&mut *tx)
    .await?;
    if failed.rows_affected() == 1 {
        let note = format!("The refund was refused: {message}");
        lifecycle::note_down(&mut tx, &shop.clock, &System, id, Happening::of_kind("refund", &note)).await?;
        events::record(
            &mut tx,
            &shop.clock,
            "refund.failed",
            &serde_json::json!({ "refundId": refund, "orderId": id }),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Holds the gateway's refunds of a payment against ours: records news of ours, and adopts those that were made over there
/// by hand.
pub(super) async fn sync(shop: &Shop, payment: PaymentId, intent: &str) -> Result<()> {
    for seen in shop.gateway.refunds_of(intent).await? {
        let ours = sqlx::query_scalar!(
            r#"select id as "id: RefundId" from refunds where provider_refund = $1 or id::text = $2"#,
            seen.id,
            seen.refund_id,
        )
        .fetch_optional(&shop.db)
        .await?;
        let refund = match ours {
            Some(refund) => refund,
            None => match retrying(|| adopt(shop, payment, &seen)).await? {
                Some(refund) => refund,
                None => continue,
            },
        };
        retrying(|| record(shop, refund, &seen)).await?;
    }
    Ok(())
}

/// Writes down a refund that we did not make.
async fn adopt(shop: &Shop, payment: PaymentId, seen: &RefundSeen) -> Result<Option<RefundId>> {
    let (id, now) = (RefundId::new(), shop.clock.now());
    let order = sqlx::query_scalar!(r#"select order_id as "order: OrderId" from payments where id = $1"#, payment as _)
        .fetch_one(&shop.db)
        .await?;
    let mut tx = shop.db.begin().await?;
    lifecycle::lock(&mut tx, order).await?;
    let left = Pots::of(&mut tx, payment).await?.left;
    // one that failed over there took nothing of what is left
    let (status, split) = match seen.status {
        RefundStatus::Failed => ("failed", Split::unknown(seen.amount)),
        RefundStatus::Cancelled => ("cancelled", Split::unknown(seen.amount)),
        _ if seen.amount.minor <= left.total()?.minor => ("pending", left.take_goods_first(seen.amount)?),
        _ => ("pending", Split::unknown(seen.amount)),
    };
    let adopted = sqlx::query!(
        "insert into refunds
            (id, payment_id, order_id, idempotency_key, provider_refund, amount, currency, goods, shipping, tax, tax_included,
             status, reason, actor_type, actor_name, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'Made at the payment provider', 'system', 'Stripe', $13,
                 $13)
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
        status,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok((adopted.rows_affected() == 1).then_some(id))
}

/// Whoever asked for the refund.
fn actor(kind: &str, id: Option<uuid::Uuid>, name: String) -> Actor {
    let kind = match kind {
        "staff" => "staff",
        "api_client" => "api_client",
        "customer" => "customer",
        "visitor" => "visitor",
        _ => "system",
    };
    Actor { kind, id, name, ip: None, request_id: None }
}
