//! Writing down what came of attempts: many with one statement, since each would wait for the database by itself. It
//! need not be on the disk at once: what is lost is sent again, with the same id.

use super::outcome::Outcome;
use super::pause::PauseReason;
use super::schedule;
use super::send::Sent;
use crate::id::WebhookId;
use crate::{Result, Shop};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// When nothing arrived for so long, whoever made the webhook gets a mail.
const TOLD_AFTER: TimeDelta = TimeDelta::hours(24);
/// And then nothing is sent there any more.
const PAUSED_AFTER: TimeDelta = TimeDelta::days(5);

/// What is to be done about an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Tell,
    Pause(PauseReason),
}

/// Writes down what came of these attempts, and says which endpoints are in trouble.
pub(super) async fn record(shop: &Shop, all: &[Sent]) -> Result<BTreeMap<WebhookId, Trouble>> {
    let now = shop.clock.now();
    let rows: Vec<Value> = all.iter().map(|sent| row(shop, sent)).collect();
    let arrived: BTreeSet<WebhookId> =
        all.iter().filter(|sent| has_arrived(sent)).map(|sent| sent.claimed.webhook).collect();
    let failed: Vec<WebhookId> =
        all.iter().map(|sent| sent.claimed.webhook).filter(|webhook| !arrived.contains(webhook)).collect();
    let failing = sqlx::query!(
        r#"with r as (
               select *, set_config('synchronous_commit', 'off', true)
               from jsonb_to_recordset($1) as r
                   (delivery uuid, lease timestamptz, status text, next_attempt_at timestamptz, finished_at timestamptz,
                    sent_at timestamptz, duration_ms int, url text, request_headers jsonb, is_encrypted boolean,
                    http_status int, answer_headers jsonb, answer text, error text)
           ),
           logged as (
               insert into webhook_attempts
                   (delivery_id, sent_at, duration_ms, url, request_headers, is_encrypted, http_status, answer_headers,
                    answer, error)
               select r.delivery, r.sent_at, r.duration_ms, r.url, r.request_headers, r.is_encrypted, r.http_status,
                      nullif(r.answer_headers, 'null'), r.answer, r.error
               from r
               join webhook_deliveries d on d.id = r.delivery
           ),
           marked as (
               update webhook_deliveries d
               set status = r.status, next_attempt_at = r.next_attempt_at, finished_at = r.finished_at,
                   leased_until = null
               from r
               where d.id = r.delivery and d.leased_until = r.lease
           ),
           recovered as (
               update webhook_endpoints
               set failing_since = null, told_failing_at = null
               where id = any($2) and failing_since is not null
           ),
           failing as (
               update webhook_endpoints set failing_since = $4 where id = any($3) and failing_since is null
           )
           select id as "id: WebhookId", coalesce(failing_since, $4) as "since!", told_failing_at is not null as "is_told!"
           from webhook_endpoints
           where id = any($3) and not is_paused"#,
        Value::Array(rows),
        &arrived.iter().map(|id| id.0).collect::<Vec<_>>(),
        &failed.iter().map(|id| id.0).collect::<Vec<_>>(),
        now,
    )
    .fetch_all(&shop.db)
    .await?;
    let mut trouble = BTreeMap::new();
    for endpoint in failing {
        let failing_for = now - endpoint.since;
        if failing_for >= PAUSED_AFTER {
            trouble.insert(endpoint.id, Trouble::Pause(PauseReason::Failing));
        } else if failing_for >= TOLD_AFTER && !endpoint.is_told {
            trouble.insert(endpoint.id, Trouble::Tell);
        }
    }
    for sent in all {
        if let Outcome::Disabled { is_gone } = sent.outcome {
            let reason = if is_gone { PauseReason::Gone } else { PauseReason::Asked };
            trouble.insert(sent.claimed.webhook, Trouble::Pause(reason));
        }
    }
    Ok(trouble)
}

fn has_arrived(sent: &Sent) -> bool {
    sent.answer.as_ref().is_some_and(|answer| (200..300).contains(&answer.status))
}

fn row(shop: &Shop, sent: &Sent) -> Value {
    let now = shop.clock.now();
    let again = match sent.outcome {
        _ if has_arrived(sent) => None,
        Outcome::Failed { retry_after } => schedule::wait(sent.claimed.attempts, retry_after),
        // it waits for the endpoint to be resumed
        Outcome::Disabled { .. } => Some(TimeDelta::zero()),
        Outcome::Delivered | Outcome::Aborted => None,
    };
    let status = match again {
        _ if has_arrived(sent) => "delivered",
        Some(_) => "pending",
        None => "dead",
    };
    if status == "dead" {
        let (webhook, event) = (sent.claimed.webhook, sent.claimed.event);
        tracing::warn!(%webhook, %event, topic = sent.claimed.topic, "a webhook's message is given up");
    }
    json!({
        "delivery": sent.claimed.delivery,
        "lease": sent.claimed.lease,
        "status": status,
        "next_attempt_at": again.map(|wait| now + wait),
        "finished_at": again.is_none().then_some(now),
        "sent_at": sent.sent_at,
        "duration_ms": i32::try_from(sent.took.as_millis()).unwrap_or(i32::MAX),
        "url": sent.claimed.url,
        "request_headers": sent.request_headers,
        "is_encrypted": sent.is_encrypted,
        "http_status": sent.answer.as_ref().map(|answer| answer.status),
        "answer_headers": sent.answer.as_ref().map(|answer| &answer.headers),
        "answer": sent.answer.as_ref().map(|answer| &answer.body),
        "error": sent.error,
    })
}
