//! The stock that the sample begins with: as much as is sold later and stays in the end.

use super::chance::stable;
use crate::Result;
use crate::actors::Actor;
use crate::id::{MovementId, ProductId, VariantId};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// A variant, and the stock that it has.
pub struct StockedVariant {
    pub variant: VariantId,
    pub product: ProductId,
    /// When its first delivery came.
    pub since: DateTime<Utc>,
    /// How many can be bought in the end.
    pub available: i32,
}

/// Goods that arrived, broke or turned up.
pub struct Upkeep {
    pub at: DateTime<Utc>,
    pub variant: VariantId,
    pub is_delivery: bool,
    pub change: i32,
    pub reason: String,
}

impl Upkeep {
    fn kind(&self) -> &'static str {
        if self.is_delivery { "received" } else { "adjusted" }
    }
}

#[derive(Serialize)]
struct LevelRow {
    variant_id: VariantId,
    product_id: ProductId,
    on_hand: i32,
    updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
struct MovementRow<'a> {
    id: Option<MovementId>,
    variant_id: VariantId,
    kind: &'static str,
    change: i32,
    on_hand_after: i32,
    reason: &'a str,
    created_at: DateTime<Utc>,
}

/// Opens the stock of these variants, so that with all `upkeep`, and without what is `taken`, there is in the end what
/// the catalogue says. Of a variant that nobody orders the upkeep is written here; that of the others is lived, in
/// between their orders.
pub async fn open(
    conn: &mut PgConnection,
    stocked: &[StockedVariant],
    upkeep: &[Upkeep],
    taken: &BTreeMap<VariantId, i32>,
    receiver: &Actor,
) -> Result<()> {
    let mut of_variant: BTreeMap<VariantId, Vec<&Upkeep>> = BTreeMap::new();
    upkeep.iter().for_each(|upkeep| of_variant.entry(upkeep.variant).or_default().push(upkeep));
    let (mut levels, mut movements) = (Vec::new(), Vec::new());
    for one in stocked {
        let variant_id = one.variant;
        let upkeep = of_variant.get(&variant_id).map_or(&[][..], Vec::as_slice);
        let sold = taken.get(&variant_id);
        let later: i32 = upkeep.iter().map(|upkeep| upkeep.change).sum();
        let mut level = LevelRow { variant_id, product_id: one.product, on_hand: 0, updated_at: one.since };
        let opening = one.available - later + sold.unwrap_or(&0);
        let delivered = (opening != 0).then_some((one.since, "received", opening, "Opening stock"));
        let written = upkeep.iter().filter(|_| sold.is_none());
        let written = written.map(|upkeep| (upkeep.at, upkeep.kind(), upkeep.change, upkeep.reason.as_str()));
        for (created_at, kind, change, reason) in delivered.into_iter().chain(written) {
            level.on_hand += change;
            level.updated_at = created_at;
            let on_hand_after = level.on_hand;
            movements.push(MovementRow { id: None, variant_id, kind, change, on_hand_after, reason, created_at });
        }
        levels.push(level);
    }
    movements.sort_by_key(|m| m.created_at); // stable: a variant's own stay in their order
    for (n, movement) in movements.iter_mut().enumerate() {
        movement.id = Some(MovementId(stable("movement", &n.to_string())));
    }
    write(conn, serde_json::to_value(levels)?, serde_json::to_value(movements)?, receiver).await
}

async fn write(
    conn: &mut PgConnection,
    levels: serde_json::Value,
    movements: serde_json::Value,
    receiver: &Actor,
) -> Result<()> {
    sqlx::query!(
        "insert into stock_levels (variant_id, product_id, location_id, on_hand, updated_at)
         select r.variant_id, r.product_id, place.id, r.on_hand, r.updated_at
         from jsonb_to_recordset($1) as r (variant_id uuid, product_id uuid, on_hand int, updated_at timestamptz)
         cross join stock_locations place
         where place.is_default",
        levels,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into inventory_movements
            (id, variant_id, location_id, kind, delta_on_hand, delta_reserved, on_hand_after, reserved_after, reason,
             actor_type, actor_id, actor_name, created_at)
         select r.id, r.variant_id, place.id, r.kind, r.change, 0, r.on_hand_after, 0, r.reason, $2, $3, $4, r.created_at
         from rows from (
            jsonb_to_recordset($1) as
                (id uuid, variant_id uuid, kind text, change int, on_hand_after int, reason text, created_at timestamptz)
         ) with ordinality as r (id, variant_id, kind, change, on_hand_after, reason, created_at, n)
         cross join stock_locations place
         where place.is_default
         order by r.n",
        movements,
        receiver.kind.word(),
        receiver.id,
        receiver.name,
    )
    .execute(conn)
    .await?;
    Ok(())
}
