//! The timeline of an order: what happened to it, in whose name. Rows can be added, never changed.

use super::OrderStatus;
use crate::accounts::Acts;
use crate::id::{EventId, OrderId};
use crate::{Clock, Result};
use sqlx::PgConnection;

/// One thing that happened.
#[derive(Debug, Clone, Copy)]
pub struct Happening<'a> {
    /// `placed`, `moved`, `note`, `shipment`, `payment`, `refund`, `reservation`.
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
    let actor = who.actor();
    sqlx::query!(
        "insert into order_events
            (id, order_id, kind, from_status, to_status, actor_type, actor_id, actor_name, note, is_public, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
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
    )
    .execute(conn)
    .await?;
    Ok(())
}
