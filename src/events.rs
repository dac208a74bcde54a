//! What happened, for the world outside. An event is written in the transaction in which it happened (the outbox) and
//! handed on by a worker afterwards, so that nothing is announced that was rolled back and nothing committed is kept silent.

mod deliver;

pub use deliver::{Batch, Event, deliver, deliver_batch, deliver_to, sweep};

use crate::id::EventId;
use crate::{Clock, Result};
use serde::Serialize;
use sqlx::PgConnection;

/// Writes an event in the caller's transaction. Topics are `entity.past_tense`: `order.paid`, `product.published`.
pub async fn record(conn: &mut PgConnection, clock: &Clock, topic: &str, payload: &impl Serialize) -> Result<()> {
    let now = clock.now();
    sqlx::query!(
        "insert into outbox_events (id, topic, payload, occurred_at, next_attempt_at) values ($1, $2, $3, $4, $4)",
        EventId::new() as _,
        topic,
        serde_json::to_value(payload)?,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
