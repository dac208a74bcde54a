//! The timeline of an order: what happened to it, in whose name. Rows can be added, never changed.

use super::status::OrderStatus;
use crate::Result;
use crate::act::{Act, DeferredRows};
use crate::id::{EventId, OrderId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One thing that happened.
#[derive(Debug, Clone, Copy)]
pub struct Happening<'a> {
    /// `placed`, `corrected`, `moved`, `note`, `shipment`, `payment`, `refund`, `dispute`, `reservation`.
    pub kind: &'a str,
    pub from: Option<OrderStatus>,
    pub to: Option<OrderStatus>,
    pub note: &'a str,
    /// The shopper sees it too.
    pub is_public: bool,
}

impl<'a> Happening<'a> {
    /// Something that moves no status.
    pub fn of_kind(kind: &'a str, note: &'a str) -> Self {
        Self { kind, from: None, to: None, note, is_public: false }
    }

    pub fn public(self) -> Self {
        Self { is_public: true, ..self }
    }
}

/// Adds to an order's timeline.
pub fn note_down(act: &mut Act<'_>, order: OrderId, what: Happening<'_>) -> Result<()> {
    write(act, order, what, json!({}))
}

fn write(act: &mut Act<'_>, order: OrderId, what: Happening<'_>, data: Value) -> Result<()> {
    let actor = act.who.actor();
    let row = json!({
        "id": EventId::new(),
        "order_id": order,
        "kind": what.kind,
        "from_status": what.from,
        "to_status": what.to,
        "actor_type": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "note": what.note,
        "data": data,
        "is_public": what.is_public,
        "created_at": act.now,
    });
    act.later(&ROWS, &row)
}

static ROWS: DeferredRows = DeferredRows {
    sql: "insert into order_events
            (id, order_id, kind, from_status, to_status, actor_type, actor_id, actor_name, note, data, is_public, created_at)
          select id, order_id, kind, from_status, to_status, actor_type, actor_id, actor_name, note, data, is_public, created_at
          from jsonb_to_recordset({rows}) as r
            (id uuid, order_id uuid, kind text, from_status text, to_status text, actor_type text, actor_id uuid,
             actor_name text, note text, data jsonb, is_public boolean, created_at timestamptz)
          returning 1",
    missing: None,
};

/// How a declined attempt to pay begins on the timeline; the provider's words follow.
const DECLINED: &str = "Declined: ";

/// The note of a declined attempt to pay, in the provider's words.
pub(crate) fn declined(message: &str) -> String {
    format!("{DECLINED}{message}")
}

/// It tells of a declined attempt to pay.
pub fn is_decline(row: &TimelineRow) -> bool {
    row.kind == "payment" && row.to.is_none() && row.note.starts_with(DECLINED)
}

/// What became of a dispute over an order's money. Until one of its steps is the last (`is_over`), it is open.
pub fn note_dispute(act: &mut Act<'_>, order: OrderId, dispute: &str, is_over: bool, note: &str) -> Result<()> {
    write(act, order, Happening::of_kind("dispute", note), json!({ "dispute": dispute, "isOver": is_over }))
}

/// As [`note_down`], once for what `mark` names (a declined charge, a message of Stripe's), however often it is told. The
/// order is locked. Answers whether it was news.
pub async fn note_once(act: &mut Act<'_>, order: OrderId, mark: &str, what: Happening<'_>) -> Result<bool> {
    act.write_down().await?;
    let is_known = sqlx::query_scalar!(
        r#"select exists(select from order_events where order_id = $1 and data->>'mark' = $2) as "known!""#,
        order as _,
        mark,
    )
    .fetch_one(&mut **act)
    .await?;
    if !is_known {
        write(act, order, what, json!({ "mark": mark }))?;
    }
    Ok(!is_known)
}

/// Something that happened to the order.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineRow {
    #[schema(example = "moved")]
    pub kind: String,
    pub from: Option<OrderStatus>,
    pub to: Option<OrderStatus>,
    #[schema(example = "Ruth Calder")]
    pub actor_name: String,
    #[schema(example = "Royal Mail AB123456785GB")]
    pub note: String,
    pub is_public: bool,
    pub created_at: DateTime<Utc>,
}
