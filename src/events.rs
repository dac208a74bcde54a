//! What happened, for the world outside. An event is written in the transaction in which it happened (the outbox) and
//! handed on by a worker afterwards, so that nothing is announced that was rolled back and nothing committed is kept silent.

mod deliver;

pub use deliver::{Batch, Event, deliver, deliver_batch, deliver_to, sweep};

use crate::Result;
use crate::act::{Act, DeferredRows};
use crate::id::EventId;
use serde::Serialize;
use serde_json::json;

/// Writes an event in an act. Topics are `entity.past_tense`: `order.paid`, `product.published`.
pub fn record(act: &mut Act<'_>, topic: &str, payload: &impl Serialize) -> Result<()> {
    let row = json!({ "id": EventId::new(), "topic": topic, "payload": serde_json::to_value(payload)?, "at": act.now });
    act.later(&ROWS, &row)
}

static ROWS: DeferredRows = DeferredRows {
    sql: "insert into outbox_events (id, topic, payload, occurred_at, next_attempt_at)
          select id, topic, coalesce(payload, 'null'), at, at
          from jsonb_to_recordset({rows}) as r (id uuid, topic text, payload jsonb, at timestamptz)
          returning 1",
    missing: None,
};
