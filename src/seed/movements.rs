//! The stock of the sample and how it came to be so: movements are thought up first, then put in the order of time, and
//! the opening stock is what makes them come out at the stock that the catalogue wants.

use super::chance::stable;
use crate::actors::Actor;
use crate::id::{MovementId, OrderId, ProductId, VariantId};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// A variant whose stock is told.
pub struct Shelf {
    pub variant: VariantId,
    pub product: ProductId,
    /// When its first delivery came.
    pub since: DateTime<Utc>,
    /// How many can be bought in the end.
    pub available: i32,
}

/// What happens to the stock of a variant.
#[derive(Debug, Clone)]
pub struct Move {
    pub at: DateTime<Utc>,
    pub variant: VariantId,
    pub kind: &'static str,
    pub on_hand: i32,
    pub reserved: i32,
    pub reason: String,
    pub who: Actor,
    pub order: Option<OrderId>,
}

/// Writes all levels and movements. `moves` is everything but the opening deliveries.
pub async fn write(conn: &mut PgConnection, shelves: &[Shelf], moves: Vec<Move>, receiver: &Actor) -> Result<()> {
    let (levels, movements) = balance(shelves, moves, receiver)?;
    sqlx::query!(
        "insert into stock_levels (variant_id, product_id, location_id, on_hand, reserved, updated_at)
         select r.variant_id, r.product_id, place.id, r.on_hand, r.reserved, r.updated_at
         from jsonb_to_recordset($1) as r
            (variant_id uuid, product_id uuid, on_hand int, reserved int, updated_at timestamptz)
         cross join stock_locations place
         where place.is_default",
        serde_json::to_value(levels)?,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into inventory_movements
            (id, variant_id, location_id, kind, delta_on_hand, delta_reserved, on_hand_after, reserved_after, reason,
             actor_type, actor_id, actor_name, order_id, created_at)
         select r.id, r.variant_id, place.id, r.kind, r.delta_on_hand, r.delta_reserved, r.on_hand_after, r.reserved_after,
                r.reason, r.actor_type, r.actor_id, r.actor_name, r.order_id, r.created_at
         from jsonb_to_recordset($1) as r
            (n int, id uuid, variant_id uuid, kind text, delta_on_hand int, delta_reserved int, on_hand_after int,
             reserved_after int, reason text, actor_type text, actor_id uuid, actor_name text, order_id uuid,
             created_at timestamptz)
         cross join stock_locations place
         where place.is_default
         order by r.n",
        serde_json::to_value(movements)?,
    )
    .execute(&mut *conn)
    .await?;
    Ok(())
}

#[derive(Serialize)]
struct LevelRow {
    variant_id: VariantId,
    product_id: ProductId,
    on_hand: i32,
    reserved: i32,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct MovementRow {
    n: usize,
    id: MovementId,
    variant_id: VariantId,
    kind: &'static str,
    delta_on_hand: i32,
    delta_reserved: i32,
    on_hand_after: i32,
    reserved_after: i32,
    reason: String,
    actor_type: &'static str,
    actor_id: Option<uuid::Uuid>,
    actor_name: String,
    order_id: Option<OrderId>,
    created_at: DateTime<Utc>,
}

fn balance(shelves: &[Shelf], moves: Vec<Move>, receiver: &Actor) -> Result<(Vec<LevelRow>, Vec<MovementRow>)> {
    let mut changes: BTreeMap<VariantId, i32> = BTreeMap::new();
    for m in &moves {
        *changes.entry(m.variant).or_default() += m.on_hand - m.reserved;
    }
    let opening = shelves.iter().filter_map(|shelf| {
        let delivered = shelf.available - changes.get(&shelf.variant).copied().unwrap_or(0);
        (delivered != 0).then(|| Move {
            at: shelf.since,
            variant: shelf.variant,
            kind: "received",
            on_hand: delivered,
            reserved: 0,
            reason: "Opening stock".into(),
            who: receiver.clone(),
            order: None,
        })
    });
    let mut all: Vec<Move> = opening.chain(moves).collect();
    all.sort_by_key(|m| m.at); // stable: what happens at one moment stays in its order

    let mut levels: BTreeMap<VariantId, LevelRow> = BTreeMap::new();
    for shelf in shelves {
        let row = LevelRow {
            variant_id: shelf.variant,
            product_id: shelf.product,
            on_hand: 0,
            reserved: 0,
            updated_at: shelf.since,
        };
        levels.insert(shelf.variant, row);
    }
    let mut rows = Vec::with_capacity(all.len());
    for (n, m) in all.into_iter().enumerate() {
        let level = levels.get_mut(&m.variant).ok_or_else(|| Error::internal("a movement of an unknown variant"))?;
        level.on_hand += m.on_hand;
        level.reserved += m.reserved;
        level.updated_at = m.at;
        if level.reserved < 0 || level.on_hand < level.reserved {
            return Err(Error::internal(format!("the sample's ledger is impossible at {} of {}", m.kind, m.variant)));
        }
        rows.push(MovementRow {
            n,
            id: MovementId(stable("movement", &n.to_string())),
            variant_id: m.variant,
            kind: m.kind,
            delta_on_hand: m.on_hand,
            delta_reserved: m.reserved,
            on_hand_after: level.on_hand,
            reserved_after: level.reserved,
            reason: m.reason,
            actor_type: m.who.kind,
            actor_id: m.who.id,
            actor_name: m.who.name,
            order_id: m.order,
            created_at: m.at,
        });
    }
    Ok((levels.into_values().collect(), rows))
}
