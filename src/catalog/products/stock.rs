//! Stock that is typed with a product. It goes through `inventory`, like all stock.

use super::intent::Intent;
use crate::id::VariantId;
use crate::inventory::{self, Adjustment, Item, MovementCause};
use crate::{Act, Invalid, Result};
use sqlx::PgConnection;
use std::collections::HashMap;

/// First stock, for variants that are new.
pub async fn receive(act: &mut Act<'_>, intent: &Intent, reason: &str) -> Result<()> {
    for &(variant, quantity, _) in &intent.stock {
        if quantity > 0 && intent.new.contains(&variant) {
            inventory::receive(act, Item { variant, quantity }, MovementCause::reason(reason)).await?;
        }
    }
    Ok(())
}

/// Makes stock what was typed; whether any level of a variant that was there moved.
pub async fn set(act: &mut Act<'_>, intent: &Intent, reason: &str) -> Result<bool> {
    receive(act, intent, reason).await?;
    let on_hand = on_hand(act, intent).await?;
    let mut moved = false;
    for &(variant, counted, _) in intent.stock.iter().filter(|(variant, ..)| !intent.new.contains(variant)) {
        if on_hand.get(&variant).copied().unwrap_or_default() != counted {
            inventory::adjust(act, variant, Adjustment::To(counted), MovementCause::reason(reason)).await?;
            moved = true;
        }
    }
    Ok(moved)
}

/// Of the variants that were there and whose stock was typed; without those that never had any.
async fn on_hand(conn: &mut PgConnection, intent: &Intent) -> Result<HashMap<VariantId, i32>> {
    let typed = intent.stock.iter().filter(|(variant, ..)| !intent.new.contains(variant));
    let typed: Vec<_> = typed.map(|(variant, ..)| variant.0).collect();
    if typed.is_empty() {
        return Ok(HashMap::new());
    }
    let levels = sqlx::query!(
        r#"select variant_id as "variant!: VariantId", on_hand as "on_hand!" from sellable_stock where variant_id = any($1)"#,
        &typed,
    );
    Ok(levels.fetch_all(conn).await?.into_iter().map(|level| (level.variant, level.on_hand)).collect())
}

/// Notes stock that was typed for a variant that is there, unless it says what there is.
pub async fn check(conn: &mut PgConnection, intent: &Intent, faults: &mut Invalid) -> Result<()> {
    let on_hand = on_hand(conn, intent).await?;
    for &(variant, typed, place) in intent.stock.iter().filter(|(variant, ..)| !intent.new.contains(variant)) {
        if on_hand.get(&variant).copied().unwrap_or_default() != typed {
            faults.add(place.field("stock"), "is changed in the inventory, with a reason");
        }
    }
    Ok(())
}
