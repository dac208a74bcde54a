//! The audit log: who changed what, when, from what to what. Rows can be added, never changed or removed.
//!
//! An act [`record`]s its entry in its own transaction. A moment later a job [`seal`]s new rows into a chain of hashes, and
//! [`verify`] walks it: whoever gets past the database's refusal to change a row is found out.

mod chain;

pub use chain::{Broken, Verified, seal, verify};

use crate::actors::Acts;
use crate::id::AuditId;
use crate::{Clock, Result, idempotency};
use serde::Serialize;
use sqlx::PgConnection;

/// What was done to what.
pub struct Entry<'a> {
    /// `entity.verb`, such as `product.publish`.
    pub action: &'a str,
    /// `product`, `order`, `category` …
    pub entity_type: &'a str,
    pub entity_id: String,
}

/// Writes one entry in the caller's transaction: it exists if and only if the change does.
/// Says of a request that it was done, too, where it came under an idempotency key.
/// Pass `&()` for a side that there is not (before a creation, after a deletion).
pub async fn record(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    entry: Entry<'_>,
    before: &impl Serialize,
    after: &impl Serialize,
) -> Result<()> {
    idempotency::done(conn, clock, who, entry.entity_type, &entry.entity_id).await?;
    let actor = who.actor();
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    sqlx::query!(
        "insert into audit_logs
            (id, actor_type, actor_id, actor_name, action, entity_type, entity_id, before, after, ip, request_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, nullif($8::jsonb, 'null'), nullif($9::jsonb, 'null'), $10, $11, $12)",
        AuditId::new() as _,
        actor.kind,
        actor.id,
        actor.name,
        entry.action,
        entry.entity_type,
        entry.entity_id,
        before,
        after,
        actor.ip,
        actor.request_id,
        clock.now(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
