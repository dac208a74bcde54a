//! What happened, for the world outside. An event is written in the transaction in which it happened (the outbox) and
//! handed on by a worker afterwards, so that nothing is announced that was rolled back and nothing committed is kept
//! silent.
//!
//! [`Event`] lists all that there are, with their topics and payloads. Each thing counts its own events: of two of one
//! order, the one with the greater `sequence` was committed later, whichever arrives first. `docs/EVENTS.md` is for
//! whoever reads them.

mod catalogue;
mod changes;
mod entity;
mod hand_on;
mod of_goods;
mod of_orders;
mod of_people;

pub use catalogue::{Event, TOPICS, Topic, test_topic};
pub use entity::{Amount, EntityKind, Payload};
pub use hand_on::{Recorded, sweep};
pub(crate) use hand_on::{mark_sent, take};
pub use of_goods::{
    CategoryDetails, CategoryEvent, ImportEvent, ImportOutcome, PictureEvent, PicturesEvent, ProductEvent,
    ProductState, StockCause, StockEvent,
};
pub use of_orders::{
    AmountDiffers, DisputeEvent, GoodsState, MoneyState, OrderEvent, OrderState, RefundEvent, RefundOutcome,
    RefundProblem, RefundSplit, ShipmentEvent,
};
pub use of_people::{
    AccountEvent, ApiKeyEvent, CartEvent, CartEventLine, KindOfAccount, RoleEvent, SettingsEvent, StaffEvent,
    WebhookEvent,
};

use crate::Result;
use crate::act::{Act, DeferredRows};
use crate::id::EventId;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Writes an event in an act.
pub fn record(act: &mut Act<'_>, event: &Event) -> Result<()> {
    let (topic, (entity_type, entity_id)) = (event.topic(), event.entity());
    let row = json!({
        "id": EventId::new(),
        "topic": topic.name,
        "version": topic.version,
        "entity_type": entity_type,
        "entity_id": entity_id,
        "payload": event.payload()?,
        "at": act.now,
    });
    act.will_tell();
    event.changes().into_iter().for_each(|topic| act.changes(topic));
    act.later(&ROWS, &row)
}

/// The counters are bumped in one order, so that two acts that tell of the same things never wait for each other in a
/// ring; and with the last statement of an act, so that nobody waits long. Whoever comes second gets its numbers after
/// the commit of the first, or the same ones when that is rolled back: there are no gaps.
static ROWS: DeferredRows = DeferredRows {
    before: Some(
        "told as (
            select *
            from jsonb_to_recordset({rows}) as
                (id uuid, topic text, version text, entity_type text, entity_id text, followers int, payload jsonb,
                 at timestamptz)
         ),
         counted as (
            insert into event_sequences as s (entity_type, entity_id, sequence)
            select entity_type, entity_id, count(*)
            from told
            group by entity_type, entity_id
            order by entity_type, entity_id
            on conflict (entity_type, entity_id) do update set sequence = s.sequence + excluded.sequence
            returning entity_type, entity_id, sequence
         )",
    ),
    sql: "insert into outbox_events
            (id, topic, version, entity_type, entity_id, sequence, payload, occurred_at, next_attempt_at)
          select t.id, t.topic, t.version, t.entity_type, t.entity_id, c.sequence - t.followers, t.payload, t.at, t.at
          from told t
          join counted c on c.entity_type = t.entity_type and c.entity_id = t.entity_id
          returning 1",
    missing: None,
    complete: Some(count_followers),
};

/// How many events of the same thing follow in the same act.
fn count_followers(rows: &mut [Value]) {
    let mut seen = HashMap::new();
    for row in rows.iter_mut().rev() {
        let entity = (row["entity_type"].clone(), row["entity_id"].clone());
        let followers = seen.entry(entity).or_insert(0);
        row["followers"] = Value::from(*followers);
        *followers += 1;
    }
}
