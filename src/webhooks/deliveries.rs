//! What was sent, what is to be sent, and what was answered.

use crate::actors::{May, Permission};
use crate::id::{DeliveryId, EventId, WebhookId};
use crate::{Page, Paging, Result, Shop};
use chrono::{DateTime, Utc};
use serde_json::Value;

words! {
    /// What became of a message.
    pub enum DeliveryStatus {
        Pending = "pending" => "Waiting",
        Delivered = "delivered" => "Delivered",
        /// It was tried as often as the schedule says, or the receiver wanted it no more.
        Dead = "dead" => "Dead",
    }
}

/// Which messages to list; the newest come first.
#[derive(Debug, Clone)]
pub struct DeliveryQuery {
    pub status: Option<DeliveryStatus>,
    pub topic: Option<String>,
    pub event: Option<EventId>,
    pub paging: Paging,
}

/// A message to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub webhook: WebhookId,
    /// The `webhook-id`.
    pub event: EventId,
    pub topic: String,
    pub status: DeliveryStatus,
    /// How often it was tried since it was sent, or sent again.
    pub attempts: i32,
    /// When it is tried next.
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Of the last answer.
    pub http_status: Option<i32>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// One attempt to send a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub sent_at: DateTime<Utc>,
    pub duration_ms: i32,
    pub url: String,
    pub is_encrypted: bool,
    pub http_status: Option<i32>,
    pub error: Option<String>,
    /// What was sent and answered, for those who may read it.
    pub exchange: Option<Exchange>,
}

/// What went back and forth.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    pub request_headers: Value,
    pub answer_headers: Option<Value>,
    /// The beginning of the answer.
    pub answer: Option<String>,
}

/// One page of an endpoint's messages.
pub async fn deliveries(
    shop: &Shop,
    who: &dyn May,
    webhook: WebhookId,
    query: &DeliveryQuery,
) -> Result<Page<Delivery>> {
    who.may(Permission::WebhooksRead)?;
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!"
           from webhook_deliveries
           where endpoint_id = $1 and ($2::text is null or status = $2) and ($3::text is null or topic = $3)
             and ($4::uuid is null or event_id = $4)"#,
        webhook as _,
        query.status.map(DeliveryStatus::word),
        query.topic,
        query.event as Option<EventId>,
    );
    let total = total.fetch_one(&shop.db).await?;
    let items = sqlx::query_as!(
        Delivery,
        r#"select d.id as "id: DeliveryId", d.endpoint_id as "webhook: WebhookId", d.event_id as "event: EventId", d.topic,
                  d.status as "status: DeliveryStatus", d.attempts, d.next_attempt_at, d.created_at, d.finished_at,
                  a.http_status as "http_status?", a.error as "error?"
           from webhook_deliveries d
           left join lateral (
               select http_status, error from webhook_attempts where delivery_id = d.id order by id desc limit 1
           ) a on true
           where d.endpoint_id = $1 and ($2::text is null or d.status = $2) and ($3::text is null or d.topic = $3)
             and ($4::uuid is null or d.event_id = $4)
           order by d.position desc
           limit $5 offset $6"#,
        webhook as _,
        query.status.map(DeliveryStatus::word),
        query.topic,
        query.event as Option<EventId>,
        i64::from(query.paging.limit()),
        query.paging.offset(),
    );
    Ok(Page::new(items.fetch_all(&shop.db).await?, total, query.paging))
}

/// One message, with its body for those who may read it.
pub async fn delivery(shop: &Shop, who: &dyn May, id: DeliveryId) -> Result<(Delivery, Option<String>)> {
    who.may(Permission::WebhooksRead)?;
    let row = sqlx::query!(
        r#"select d.endpoint_id as "webhook: WebhookId", d.event_id as "event: EventId", d.topic,
                  d.status as "status: DeliveryStatus", d.attempts, d.next_attempt_at, d.created_at, d.finished_at,
                  a.http_status as "http_status?", a.error as "error?", m.body
           from webhook_deliveries d
           join webhook_messages m on m.event_id = d.event_id and m.version = d.version
           left join lateral (
               select http_status, error from webhook_attempts where delivery_id = d.id order by id desc limit 1
           ) a on true
           where d.id = $1"#,
        id as _,
    )
    .fetch_one(&shop.db)
    .await?;
    let delivery = Delivery {
        id,
        webhook: row.webhook,
        event: row.event,
        topic: row.topic,
        status: row.status,
        attempts: row.attempts,
        next_attempt_at: row.next_attempt_at,
        created_at: row.created_at,
        finished_at: row.finished_at,
        http_status: row.http_status,
        error: row.error,
    };
    Ok((delivery, who.can(Permission::WebhooksReadPayload).then_some(row.body)))
}

/// The attempts at a message, the newest first.
pub async fn attempts(shop: &Shop, who: &dyn May, delivery: DeliveryId) -> Result<Vec<Attempt>> {
    who.may(Permission::WebhooksRead)?;
    let rows = sqlx::query!(
        "select sent_at, duration_ms, url, is_encrypted, http_status, error, request_headers, answer_headers, answer
         from webhook_attempts
         where delivery_id = $1
         order by id desc
         limit 100",
        delivery as _,
    )
    .fetch_all(&shop.db)
    .await?;
    let may_read = who.can(Permission::WebhooksReadPayload);
    let attempts = rows.into_iter().map(|row| Attempt {
        sent_at: row.sent_at,
        duration_ms: row.duration_ms,
        url: row.url,
        is_encrypted: row.is_encrypted,
        http_status: row.http_status,
        error: row.error,
        exchange: may_read.then_some(Exchange {
            request_headers: row.request_headers,
            answer_headers: row.answer_headers,
            answer: row.answer,
        }),
    });
    Ok(attempts.collect())
}
