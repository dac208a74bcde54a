//! Handing events on: whoever does takes those that wait and marks them in one act, with what it makes of them.

use crate::act::Act;
use crate::id::EventId;
use crate::{Result, Shop};
use chrono::{DateTime, TimeDelta, Utc};

/// For `pg_try_advisory_xact_lock`: one process at a time hands on.
const LOCK: i64 = 0x6576_656e_7473;

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
}

/// The next events that wait, the oldest first; none while another process hands on. Those of one thing come in the
/// order of their numbers: one that was written down first and committed later goes first, and one whose forerunner is
/// still to come waits for the next round.
pub(crate) async fn take(act: &mut Act<'_>, at_most: i64) -> Result<Vec<Recorded>> {
    let is_ours = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock($1) as "is_ours!""#, LOCK);
    if !is_ours.fetch_one(&mut **act).await? {
        return Ok(Vec::new());
    }
    let events = sqlx::query_as!(
        Recorded,
        r#"select e.id as "id: EventId", e.topic, e.version, e.entity_type, e.entity_id, e.sequence, e.payload,
                  e.occurred_at
           from outbox_events e
           where e.status = 'pending'
             and not exists (
                 select from outbox_events f
                 where f.entity_type = e.entity_type and f.entity_id = e.entity_id and f.sequence < e.sequence
                   and f.status = 'pending' and f.id > e.id
             )
           order by e.id
           limit $1"#,
        at_most,
    );
    Ok(events.fetch_all(&mut **act).await?)
}

/// They were handed on, in this act.
pub(crate) async fn mark_sent(act: &mut Act<'_>, events: &[Recorded]) -> Result<()> {
    let ids: Vec<_> = events.iter().map(|event| event.id.0).collect();
    let now = act.now;
    sqlx::query!(
        "update outbox_events
         set status = 'sent', sent_at = $2, attempts = attempts + 1, next_attempt_at = null
         where id = any($1)",
        &ids,
        now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// Forgets events that were handed on thirty days ago, and what was sent of them.
pub async fn sweep(shop: &Shop) -> Result<u64> {
    let done = sqlx::query!(
        "delete from outbox_events where status = 'sent' and sent_at < $1",
        shop.clock.now() - TimeDelta::days(30),
    )
    .execute(&shop.db)
    .await?;
    Ok(done.rows_affected())
}
