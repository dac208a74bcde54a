//! Handing events on.

use crate::id::EventId;
use crate::{Result, Shop};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

const AT_ONCE: i64 = 100;
/// How long a delivery is leased; after that another worker may take the event.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// Then it is dead, after a good day of trying.
const MAX_ATTEMPTS: i32 = 14;

/// An event as it was recorded. One that a program of the version before recorded has no version, no entity and no
/// sequence.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub id: EventId,
    pub topic: String,
    /// Of which day the shape of its payload is.
    pub version: Option<String>,
    pub entity_type: Option<String>,
    pub entity_id: Option<String>,
    /// Its number among the events of its entity, counted from 1 in the order of commits.
    pub sequence: Option<i64>,
    pub payload: serde_json::Value,
    pub occurred_at: DateTime<Utc>,
    /// This one included.
    pub attempts: i32,
}

/// Hands on what is due, the oldest first, and says how many left. Several processes may deliver at once: each event is
/// taken by one. Delivery is at least once, and an event that has to wait does not hold up the others.
pub async fn deliver(shop: &Shop) -> Result<usize> {
    deliver_to(shop, hand_on).await
}

/// Nobody subscribes yet, so that whatever happened has been told to all who want to know.
async fn hand_on(event: &Recorded) -> Result<()> {
    tracing::debug!(topic = event.topic, event = %event.id, "event");
    Ok(())
}

/// The same, with a say in who is told.
pub async fn deliver_to(shop: &Shop, subscriber: impl AsyncFn(&Recorded) -> Result<()>) -> Result<usize> {
    let mut sent = 0;
    loop {
        let Batch { taken, delivered } = deliver_batch_to(shop, &subscriber).await?;
        sent += delivered;
        if taken == 0 {
            return Ok(sent);
        }
    }
}

/// What became of some events.
pub struct Batch {
    pub taken: usize,
    pub delivered: usize,
}

/// Hands on the next hundred, for a worker that may have to stop in between.
pub async fn deliver_batch(shop: &Shop) -> Result<Batch> {
    deliver_batch_to(shop, &hand_on).await
}

async fn deliver_batch_to(shop: &Shop, subscriber: &impl AsyncFn(&Recorded) -> Result<()>) -> Result<Batch> {
    let events = take(shop).await?;
    let mut delivered = Vec::new();
    for event in &events {
        match subscriber(event).await {
            Ok(()) => delivered.push(event.id.0),
            Err(e) => put_back(shop, event, &e.to_string()).await?,
        }
    }
    if !delivered.is_empty() {
        mark_sent(shop, &delivered).await?;
    }
    Ok(Batch { taken: events.len(), delivered: delivered.len() })
}

async fn take(shop: &Shop) -> Result<Vec<Recorded>> {
    let now = shop.clock.now();
    let mut events = sqlx::query_as!(
        Recorded,
        r#"with due as (
               select id
               from outbox_events
               where status = 'pending' and next_attempt_at <= $1
               order by id
               limit $3
               for update skip locked
           )
           update outbox_events e
           set attempts = e.attempts + 1, next_attempt_at = $2
           from due
           where e.id = due.id
           returning e.id as "id: EventId", e.topic, e.version, e.entity_type, e.entity_id, e.sequence, e.payload,
                     e.occurred_at, e.attempts"#,
        now,
        now + LEASE,
        AT_ONCE,
    )
    .fetch_all(&shop.db)
    .await?;
    events.sort_by_key(|e| e.id);
    Ok(events)
}

/// All together: a commit each would take longer than everything else. If the process dies before this, the events are
/// delivered again.
async fn mark_sent(shop: &Shop, events: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "update outbox_events
         set status = 'sent', sent_at = $2, next_attempt_at = null, last_error = null
         where id = any($1) and status = 'pending'",
        events,
        shop.clock.now(),
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

async fn put_back(shop: &Shop, event: &Recorded, error: &str) -> Result<()> {
    let error: String = error.chars().take(500).collect();
    let again = (event.attempts < MAX_ATTEMPTS).then(|| shop.clock.now() + backoff(event.attempts));
    if again.is_none() {
        tracing::error!(topic = event.topic, event = %event.id, "an event could not be delivered and is given up: {error}");
    }
    sqlx::query!(
        "update outbox_events
         set status = case when $2::timestamptz is null then 'dead' else 'pending' end, next_attempt_at = $2, last_error = $3
         where id = $1 and status = 'pending'",
        event.id as _,
        again,
        error,
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

/// 10 s, 20 s, 40 s … up to six hours.
fn backoff(attempts: i32) -> TimeDelta {
    let doubled = 10_i64.saturating_mul(1 << (attempts - 1).clamp(0, 20));
    TimeDelta::seconds(doubled.min(6 * 3600))
}

/// Forgets events that were delivered long ago.
pub async fn sweep(shop: &Shop) -> Result<u64> {
    let done = sqlx::query!(
        "delete from outbox_events where status = 'sent' and sent_at < $1",
        shop.clock.now() - TimeDelta::days(30),
    )
    .execute(&shop.db)
    .await?;
    Ok(done.rows_affected())
}
