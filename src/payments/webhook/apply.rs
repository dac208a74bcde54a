//! Applying a kept message: finds the payment that it is about, and has it settled.

use super::subject::Subject;
use super::{NOT_FOR_US, dispute, sealed};
use crate::actors::System;
use crate::events::{self, DisputeEvent, Event};
use crate::id::{OrderId, PaymentId, RefundId};
use crate::lifecycle::{self, Happening};
use crate::notifications::{self, Happened};
use crate::payments::gateway::Failure;
use crate::payments::settle::{settle, tell_decline};
use crate::payments::{Settled, send_refund};
use crate::{Error, Result, Shop, settings};
use anyhow::anyhow;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::PgExecutor;

/// So long a message may wait for the payment it names.
const OWNER_UNKNOWN_FOR: TimeDelta = TimeDelta::days(3);

struct Payment {
    id: PaymentId,
    order: OrderId,
    session: Option<String>,
    intent: Option<String>,
}

/// Applies a message from the inbox, once. An error has the job try again: the payment is not known yet, or the gateway
/// is not clear about it.
pub async fn apply(shop: &Shop, event: &str) -> Result<()> {
    let row = sqlx::query!(
        "select type as kind, body, sealed_body, received_at from stripe_events where id = $1 and applied_at is null",
        event,
    )
    .fetch_optional(&shop.db)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let body = sealed::open(&shop.encryption_keys, event, row.body, row.sealed_body)?;
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let object = &json["data"]["object"];
    let Some(subject) = Subject::of(&row.kind, object) else { return done(shop, event, NOT_FOR_US).await };
    match find(shop, object, subject).await? {
        Some(payment) => {
            let outcome = follow(shop, event, &row.kind, subject, &payment, object).await;
            if let Err(e) = &outcome {
                remember(shop, event, e).await?;
            }
            done(shop, event, &outcome?).await
        }
        // another program may use the same account
        None if !is_ours(object) && row.received_at + OWNER_UNKNOWN_FOR < shop.clock.now() => {
            done(shop, event, "about a payment that is not ours").await
        }
        None if row.received_at + OWNER_UNKNOWN_FOR < shop.clock.now() => {
            tracing::error!(event, "a webhook names a payment of ours that is not there");
            done(shop, event, "its payment never came").await
        }
        None => {
            let e = Error::Unavailable(anyhow!("its payment is not known yet"));
            remember(shop, event, &e).await?;
            Err(e)
        }
    }
}

/// By the reference that we hold; else by what we wrote into the object: a message can overtake the answer that holds
/// the reference.
async fn find(shop: &Shop, object: &Value, subject: Subject) -> Result<Option<Payment>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let id = text(&object["id"]);
    let intent = match subject {
        Subject::Payment => text(&object["payment_intent"]).or(id.clone().filter(|id| id.starts_with("pi_"))),
        _ => text(&object["payment_intent"]),
    };
    // as ids, not as text: each of the conditions has an index
    let named = object["metadata"]["payment_id"].as_str().and_then(|id| id.parse::<PaymentId>().ok());
    let refund = object["metadata"]["refund_id"].as_str().and_then(|id| id.parse::<RefundId>().ok());
    let found = sqlx::query_as!(
        Payment,
        r#"select id as "id: PaymentId", order_id as "order: OrderId", provider_session as session,
                  provider_intent as intent
           from payments
           where provider_session = $1
              or provider_intent = $2
              or id = $3
              or id = (select payment_id from refunds where id = $4 or provider_refund = $1)
           order by provider_session is not distinct from $1 desc
           limit 1"#,
        id,
        intent,
        named as _,
        refund as _,
    )
    .fetch_optional(&shop.db)
    .await?;
    let Some(mut payment) = found else { return Ok(None) };
    let session = id.filter(|id| id.starts_with("cs_"));
    let is_news = payment.session.is_none() && session.is_some() || payment.intent.is_none() && intent.is_some();
    if is_news {
        learn(shop, payment.id, session.as_deref(), intent.as_deref()).await?;
    }
    payment.intent = payment.intent.or(intent);
    Ok(Some(payment))
}

/// Keeps references that we did not have yet. The message was signed, so they are true. An attempt that was given up
/// because nothing of it was known over there is open again: there is something to look at after all.
async fn learn(shop: &Shop, payment: PaymentId, session: Option<&str>, intent: Option<&str>) -> Result<()> {
    sqlx::query!(
        "update payments
         set provider_session = coalesce(provider_session, $2), provider_intent = coalesce(provider_intent, $3),
             settled_at = case when provider_session is not null or provider_intent is not null or status = 'succeeded'
                               then settled_at end
         where id = $1
           and (provider_session is null and $2::text is not null or provider_intent is null and $3::text is not null)",
        payment as _,
        session,
        intent,
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

fn is_ours(object: &Value) -> bool {
    object["metadata"]["payment_id"].is_string() || object["metadata"]["refund_id"].is_string()
}

async fn follow(
    shop: &Shop,
    event: &str,
    kind: &str,
    subject: Subject,
    payment: &Payment,
    object: &Value,
) -> Result<String> {
    match subject {
        Subject::Payment => {
            if kind == "payment_intent.payment_failed" {
                note_decline(shop, payment, object).await?;
            }
            let settled = settle(shop, payment.id).await?.known()?;
            Ok(word(&settled).to_owned())
        }
        Subject::Refund => {
            // a refund may be told of before its payment
            settle(shop, payment.id).await?.known()?;
            if let Some(intent) = &payment.intent {
                send_refund::sync(shop, payment.id, intent).await?;
            }
            Ok("refunds compared".to_owned())
        }
        Subject::Dispute => {
            note_dispute(shop, event, kind, payment, object).await?;
            Ok("dispute noted".to_owned())
        }
    }
}

fn word(settled: &Settled) -> &'static str {
    match settled {
        Settled::Paid => "paid",
        Settled::OnItsWay => "on its way",
        Settled::Open { .. } => "open",
        Settled::Over { .. } => "over",
        Settled::GoesBack => "goes back",
        Settled::Differs => "another amount",
        Settled::Unknown => "unknown",
    }
}

/// Which try failed, and why: Stripe's own object remembers only the last one.
async fn note_decline(shop: &Shop, payment: &Payment, object: &Value) -> Result<()> {
    let error = &object["last_payment_error"];
    let text = |name: &str| error[name].as_str().map(str::to_owned);
    let (Some(message), Some(charge)) = (text("message"), text("charge")) else { return Ok(()) };
    let code = text("decline_code").or(text("code")).unwrap_or_default();
    let failure = Failure { code, message, charge: Some(charge) };
    act!(shop, &System, "payment.decline", |act| {
        let order = lifecycle::lock(&mut act, payment.order).await?;
        tell_decline(&mut act, payment.id, &order, &failure).await?;
        act.commit(()).await
    })
}

/// Staff see it in the order's timeline, and answer it in Stripe's dashboard.
async fn note_dispute(shop: &Shop, event: &str, kind: &str, payment: &Payment, object: &Value) -> Result<()> {
    let text = |name: &str| object[name].as_str().unwrap_or("unknown");
    let (reason, status) = (text("reason"), text("status"));
    let step = Happening::Disputed(dispute::read(kind, object, settings::time_zone(shop).await?));
    act!(shop, &System, "payment.dispute", |act| {
        let order = lifecycle::lock(&mut act, payment.order).await?;
        let now = act.now;
        if !mark(&mut *act, now, event, "dispute noted").await? {
            return Ok(());
        }
        lifecycle::note_down(&mut act, payment.order, &step)?;
        let told = DisputeEvent {
            order_id: payment.order,
            payment_id: payment.id,
            reason: reason.to_owned(),
            status: status.to_owned(),
        };
        events::record(&mut act, &Event::PaymentDisputed(told))?;
        let what = Happened::PaymentDisputed { order: order.id, number: order.number };
        notifications::record(&mut act, &what, None)?;
        act.commit(()).await
    })
}

async fn done(shop: &Shop, event: &str, outcome: &str) -> Result<()> {
    mark(&shop.db, shop.clock.now(), event, outcome).await?;
    Ok(())
}

/// Marks a message as applied; `false` when it was before.
async fn mark(db: impl PgExecutor<'_>, now: DateTime<Utc>, event: &str, outcome: &str) -> Result<bool> {
    let marked = sqlx::query!(
        "update stripe_events
         set applied_at = $2, outcome = $3, last_error = null, attempts = attempts + 1
         where id = $1 and applied_at is null",
        event,
        now,
        outcome,
    )
    .execute(db)
    .await?;
    Ok(marked.rows_affected() == 1)
}

async fn remember(shop: &Shop, event: &str, error: &Error) -> Result<()> {
    let error: String = error.to_string().chars().take(500).collect();
    sqlx::query!("update stripe_events set last_error = $2, attempts = attempts + 1 where id = $1", event, error)
        .execute(&shop.db)
        .await?;
    Ok(())
}
