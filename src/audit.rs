//! The audit log: who changed what, when, from what to what. Rows can be added, never changed or removed.
//!
//! An act [`record`]s its entry in its own transaction. A moment later a job [`seal`]s new rows into a chain of hashes,
//! and [`verify`] walks it: whoever gets past the database's refusal to change a row is found out.

mod chain;

pub use crate::entity::Entity;
pub use chain::{Broken, Verified, seal, verify};

use crate::act::{Act, DeferredRows};
use crate::id::AuditId;
use crate::{Result, idempotency};
use serde::Serialize;
use serde_json::json;

/// What was done to what.
pub struct Entry<'a> {
    /// `entity.verb`, such as `product.publish`.
    pub action: &'a str,
    pub entity_type: Entity,
    pub entity_id: String,
}

/// Writes one entry in an act: it exists if and only if the change does.
/// Says of a request that it was done, too, where it came under an idempotency key.
/// Pass `&()` for a side that there is not (before a creation, after a deletion).
pub fn record(act: &mut Act<'_>, entry: Entry<'_>, before: &impl Serialize, after: &impl Serialize) -> Result<()> {
    idempotency::done(act, entry.entity_type, &entry.entity_id)?;
    act.about(entry.entity_type, &entry.entity_id);
    let actor = act.who.actor();
    let row = json!({
        "id": AuditId::new(),
        "actor_type": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "action": entry.action,
        "entity_type": entry.entity_type,
        "entity_id": entry.entity_id,
        "before": serde_json::to_value(before)?,
        "after": serde_json::to_value(after)?,
        "ip": actor.ip,
        "request_id": actor.request_id,
        "created_at": act.now,
    });
    act.later(&ROWS, &row)
}

static ROWS: DeferredRows = DeferredRows {
    before: None,
    sql: "insert into audit_logs
            (id, actor_type, actor_id, actor_name, action, entity_type, entity_id, before, after, ip, request_id, created_at)
          select id, actor_type, actor_id, actor_name, action, entity_type, entity_id, nullif(before, 'null'),
                 nullif(after, 'null'), ip, request_id, created_at
          from jsonb_to_recordset({rows}) as r
            (id uuid, actor_type text, actor_id uuid, actor_name text, action text, entity_type text, entity_id text,
             before jsonb, after jsonb, ip text, request_id text, created_at timestamptz)
          returning 1",
    missing: None,
    complete: None,
};
