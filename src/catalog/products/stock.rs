//! Stock that is typed with a product. It moves through the ledger, like all stock.

use super::intent::Intent;
use crate::actors::Acts;
use crate::id::VariantId;
use crate::inventory::{self, Cause, Item};
use crate::{Clock, Invalid, Result};
use sqlx::PgConnection;

/// First stock, for variants that are new.
pub async fn receive(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    intent: &Intent,
    reason: &str,
) -> Result<()> {
    for &(variant, quantity, _) in &intent.stock {
        if quantity > 0 && intent.new.contains(&variant) {
            inventory::receive(conn, Item { variant, quantity }, &Cause::reason(clock, who, reason)).await?;
        }
    }
    Ok(())
}

/// Makes stock what was typed; whether any level of a variant that was there moved.
pub async fn set(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    intent: &Intent,
    reason: &str,
) -> Result<bool> {
    receive(conn, clock, who, intent, reason).await?;
    let mut moved = false;
    for &(variant, counted, _) in intent.stock.iter().filter(|(variant, ..)| !intent.new.contains(variant)) {
        let cause = Cause::reason(clock, who, reason);
        let on_hand = on_hand(conn, variant).await?;
        if on_hand != counted {
            inventory::adjust(conn, variant, inventory::Adjustment::To(counted), &cause).await?;
            moved = true;
        }
    }
    Ok(moved)
}

async fn on_hand(conn: &mut PgConnection, variant: VariantId) -> Result<i32> {
    let on_hand =
        sqlx::query_scalar!(r#"select on_hand as "on_hand!" from sellable_stock where variant_id = $1"#, variant as _);
    Ok(on_hand.fetch_optional(conn).await?.unwrap_or_default())
}

/// Notes stock that was typed for a variant that is there, unless it says what there is.
pub async fn check(conn: &mut PgConnection, intent: &Intent, faults: &mut Invalid) -> Result<()> {
    for &(variant, typed, place) in intent.stock.iter().filter(|(variant, ..)| !intent.new.contains(variant)) {
        if on_hand(conn, variant).await? != typed {
            faults.add(place.field("stock"), "is changed in the inventory, with a reason");
        }
    }
    Ok(())
}
