//! What staff do to stock: receive goods, put a level right.

use super::movements::{self, Adjustment, Item, Level, MovementCause};
use crate::actors::{May, Permission};
use crate::id::VariantId;
use crate::input::Raw;
use crate::{Act, Error, Invalid, Result, Shop, audit};
use serde::{Deserialize, Serialize};

const MOST: i32 = 1_000_000;

/// Goods that arrived.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "quantity": 24, "reason": "Delivery note 4711" }))]
pub struct ReceiveStock {
    #[schema(value_type = i32, minimum = 1, maximum = 1_000_000)]
    pub quantity: Raw,
    /// A delivery note, for instance. May be empty.
    #[schema(max_length = 500)]
    pub reason: Raw,
}

/// A correction: either what was counted, or by how many the level changes.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "counted": 47, "reason": "Stocktaking" }))]
pub struct AdjustStock {
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 1_000_000)]
    pub counted: Raw,
    #[schema(value_type = Option<i32>, minimum = -1_000_000, maximum = 1_000_000)]
    pub change: Raw,
    /// Required.
    #[schema(max_length = 500)]
    pub reason: Raw,
}

impl AdjustStock {
    fn check(&self) -> Result<(Adjustment, String)> {
        let mut faults = Invalid::default();
        let reason = self.reason.required("reason", 500, &mut faults);
        let adjustment = match (self.counted.is_empty(), self.change.is_empty()) {
            (false, true) => self.counted.whole("counted", 0..=MOST, &mut faults).map(Adjustment::To),
            (true, false) => self.change.whole("change", -MOST..=MOST, &mut faults).map(Adjustment::By),
            (true, true) => {
                faults.add("counted", "is required, or else the change");
                None
            }
            (false, false) => {
                faults.add("change", "cannot be given beside the number counted");
                None
            }
        };
        if adjustment == Some(Adjustment::By(0)) {
            faults.add("change", "must not be zero");
        }
        faults.into_result()?;
        Ok((adjustment.ok_or_else(|| Error::invalid("counted", "is required"))?, reason))
    }
}

/// Puts goods that arrived on the shelf.
pub async fn receive_goods(shop: &Shop, who: &dyn May, variant: VariantId, input: ReceiveStock) -> Result<Level> {
    who.may(Permission::InventoryWrite)?;
    let mut faults = Invalid::default();
    let quantity = input.quantity.whole("quantity", 1..=MOST, &mut faults);
    let reason = input.reason.text("reason", 500, &mut faults);
    faults.into_result()?;
    let item = Item { variant, quantity: quantity.unwrap_or_default() };
    act!(shop, who, "inventory.receive", |act| {
        // locked, so that the audit log tells the truth about before and after
        let before = movements::hold(&mut act, variant).await?;
        let after = movements::receive(&mut act, item, MovementCause::reason(&reason)).await?;
        note(&mut act, "inventory.receive", variant, [before, after], &reason)?;
        act.commit(after).await
    })
}

/// Puts a level right: to the number counted, or by a difference. A reason is required.
pub async fn adjust_level(shop: &Shop, who: &dyn May, variant: VariantId, input: AdjustStock) -> Result<Level> {
    who.may(Permission::InventoryWrite)?;
    let (adjustment, reason) = input.check()?;
    act!(shop, who, "inventory.adjust", |act| {
        let before = movements::hold(&mut act, variant).await?;
        let after = movements::adjust(&mut act, variant, adjustment, MovementCause::reason(&reason)).await?;
        note(&mut act, "inventory.adjust", variant, [before, after], &reason)?;
        act.commit(after).await
    })
}

fn note(act: &mut Act<'_>, action: &str, variant: VariantId, [before, after]: [Level; 2], reason: &str) -> Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Said<'a> {
        on_hand: i32,
        reason: &'a str,
    }
    let entry = audit::Entry { action, entity_type: audit::Entity::Variant, entity_id: variant.to_string() };
    let (was, is) = (Said { on_hand: before.on_hand, reason: "" }, Said { on_hand: after.on_hand, reason });
    audit::record(act, entry, &was, &is)
}
