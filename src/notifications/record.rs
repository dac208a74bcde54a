//! Writing one, in the act in which it happened.

use super::Happened;
use crate::Result;
use crate::act::{Act, DeferredRows};
use crate::id::NotificationId;
use crate::live_topic::LiveTopic;
use serde_json::json;

/// Writes what staff are told, in an act. Of two with the same key only the first one is kept. What is lived through
/// afterwards, by a clock that stands back, is no news.
pub(crate) fn record(act: &mut Act<'_>, what: &Happened, once: Option<String>) -> Result<()> {
    if act.shop.clock.is_over(act.now) {
        return Ok(());
    }
    let (entity_type, entity_id) = what.entity();
    let row = json!({
        "id": NotificationId::new(),
        "kind": what.kind(),
        "entity_type": entity_type,
        "entity_id": entity_id,
        "data": what.data()?,
        "once": once,
        "at": act.now,
    });
    act.changes(LiveTopic::AdminNotifications);
    act.later(&ROWS, &row)
}

static ROWS: DeferredRows = DeferredRows {
    before: None,
    sql: "insert into notifications (id, kind, entity_type, entity_id, data, once, at)
          select id, kind, entity_type, entity_id, data, once, at
          from jsonb_to_recordset({rows}) as r
            (id uuid, kind text, entity_type text, entity_id text, data jsonb, once text, at timestamptz)
          on conflict (once) do nothing
          returning 1",
    missing: None,
    complete: None,
};
