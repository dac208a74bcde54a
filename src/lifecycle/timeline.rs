//! The timeline of an order: what happened to it, in whose name. Rows can be added, never changed.

use super::status::OrderStatus;
use crate::actors::{Acts, System};
use crate::id::{EventId, OrderId};
use crate::{Clock, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

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

/// Adds to an order's timeline, in the caller's transaction.
pub async fn note_down(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
    what: Happening<'_>,
) -> Result<()> {
    write(conn, clock, who, order, what, serde_json::json!({})).await
}

async fn write(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
    what: Happening<'_>,
    data: serde_json::Value,
) -> Result<()> {
    let actor = who.actor();
    sqlx::query!(
        "insert into order_events
            (id, order_id, kind, from_status, to_status, actor_type, actor_id, actor_name, note, is_public, created_at,
             data)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        EventId::new() as _,
        order as _,
        what.kind,
        what.from as Option<OrderStatus>,
        what.to as Option<OrderStatus>,
        actor.kind,
        actor.id,
        actor.name,
        what.note,
        what.is_public,
        clock.now(),
        data,
    )
    .execute(conn)
    .await?;
    Ok(())
}

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
pub async fn note_dispute(
    conn: &mut PgConnection,
    clock: &Clock,
    order: OrderId,
    dispute: &str,
    is_over: bool,
    note: &str,
) -> Result<()> {
    let data = serde_json::json!({ "dispute": dispute, "isOver": is_over });
    write(conn, clock, &System, order, Happening::of_kind("dispute", note), data).await
}

/// As [`note_down`], once for what `mark` names (a declined charge, a message of Stripe's), however often it is told. The
/// order is locked. Answers whether it was news.
pub async fn note_once(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
    mark: &str,
    what: Happening<'_>,
) -> Result<bool> {
    let is_known = sqlx::query_scalar!(
        r#"select exists(select from order_events where order_id = $1 and data->>'mark' = $2) as "known!""#,
        order as _,
        mark,
    )
    .fetch_one(&mut *conn)
    .await?;
    if !is_known {
        write(conn, clock, who, order, what, serde_json::json!({ "mark": mark })).await?;
    }
    Ok(!is_known)
}

/// Something that happened to the order.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
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
