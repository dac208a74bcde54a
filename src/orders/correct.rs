//! Correcting where an order goes and what the customer noted, before anything of it left. Money and goods stay as they
//! are; so does the country, on which delivery and tax depend.

use crate::actors::{AsActor, May, Permission, Visitor};
use crate::address::{Address, AddressInput, hide};
use crate::events::{self, Event};
use crate::id::OrderId;
use crate::input::Raw;
use crate::lifecycle::{CorrectedPart, Happening, KeptAddresses, Locked, OrderStatus, find_own, lock, note_down};
use crate::{Act, Error, Invalid, Result, Shop, audit};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is to be another one. What is left out stays.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct CorrectOrder {
    /// All of it, to the same country.
    pub shipping_address: AddressInput,
    pub billing_address: AddressInput,
    /// What the customer noted. Empty takes it away.
    #[schema(value_type = Option<String>)]
    pub customer_note: Option<Raw>,
}

impl CorrectOrder {
    /// Nothing is to change.
    pub fn is_empty(&self) -> bool {
        self.shipping_address.is_blank() && self.billing_address.is_blank() && self.customer_note.is_none()
    }
}

/// Corrects any order, for whoever may move it: pending, paid or in preparation, and nothing of it shipped.
/// Conflicts: `has_left`, `order_status`.
pub async fn correct(shop: &Shop, who: &dyn May, order: OrderId, input: CorrectOrder) -> Result<()> {
    who.may(Permission::OrdersWrite)?;
    let can_be = |order: &Locked| match order.status {
        OrderStatus::Pending | OrderStatus::Paid | OrderStatus::Processing => Ok(()),
        _ => Err(too_late(order)),
    };
    write(shop, who, order, input, can_be).await
}

/// A shopper corrects an order that is not paid. `reference` is its number or id, `key` a guest's secret.
pub async fn correct_own(
    shop: &Shop,
    visitor: &Visitor,
    reference: &str,
    key: Option<&str>,
    input: CorrectOrder,
) -> Result<OrderId> {
    let order = find_own(&shop.db, visitor, reference, key).await?;
    let can_be = |order: &Locked| match order.status {
        OrderStatus::Pending if !order.payment_status.has_money() => Ok(()),
        _ => Err(too_late(order)),
    };
    write(shop, visitor, order, input, can_be).await?;
    Ok(order)
}

fn too_late(order: &Locked) -> Error {
    Error::conflict(
        "order_status",
        format!("{} is {}: it cannot be corrected any more", order.number, order.status.word()),
    )
}

async fn write(
    shop: &Shop,
    who: &dyn AsActor,
    order: OrderId,
    input: CorrectOrder,
    can_be: impl Fn(&Locked) -> Result<()>,
) -> Result<()> {
    let mut faults = Invalid::default();
    let typed = |address: &AddressInput, field: &str, faults: &mut Invalid| {
        (!address.is_blank()).then(|| address.check(field, faults)).flatten()
    };
    let shipping = typed(&input.shipping_address, "shippingAddress", &mut faults);
    let billing = typed(&input.billing_address, "billingAddress", &mut faults);
    let note = input.customer_note.as_ref().map(|note| note.text("customerNote", 2000, &mut faults));
    faults.into_result()?;

    act!(shop, who, "order.correct", |act| {
        let locked = lock(&mut act, order).await?;
        can_be(&locked)?;
        let before = Said::load(&mut act, order).await?;
        if before.has_left {
            return Err(Error::conflict("has_left", format!("Part of {} has left already", locked.number)));
        }
        let after = Said {
            shipping: shipping.clone().unwrap_or_else(|| before.shipping.clone()),
            billing: billing.clone().unwrap_or_else(|| before.billing.clone()),
            note: note.clone().unwrap_or_else(|| before.note.clone()),
            has_left: false,
        };
        if after.shipping.country != before.shipping.country {
            let words = "must stay the same: delivery and tax depend on it. Cancel the order and place another";
            return Err(Error::invalid("shippingAddress.country", words));
        }
        let parts = after.differences(&before);
        if parts.is_empty() {
            return Ok(());
        }
        let kept = KeptAddresses::seal(&shop.encryption_keys, order, &after.shipping, &after.billing)?;
        sqlx::query!(
            "update orders
             set shipping_address = $2, billing_address = $3, sealed_addresses = $4, customer_note = $5, updated_at = $6
             where id = $1",
            order as _,
            kept.shipping,
            kept.billing,
            kept.sealed,
            after.note,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        note_down(&mut act, order, &Happening::Corrected { parts, before_payment: false })?;
        let entry =
            audit::Entry { action: "order.correct", entity_type: audit::Entity::Order, entity_id: order.to_string() };
        let (before, after) = before.to_log(&after)?;
        audit::record(&mut act, entry, &before, &after)?;
        events::record(&mut act, &Event::OrderCorrected(locked.told()))?;
        act.commit(()).await
    })
}

/// What of an order can be corrected.
struct Said {
    shipping: Address,
    billing: Address,
    note: String,
    has_left: bool,
}

impl Said {
    async fn load(act: &mut Act<'_>, order: OrderId) -> Result<Self> {
        let row = sqlx::query!(
            r#"select shipping_address, billing_address, sealed_addresses, customer_note,
                      exists (select from order_items where order_id = o.id and shipped_quantity > 0) as "has_left!"
               from orders o
               where id = $1"#,
            order as _,
        )
        .fetch_one(&mut **act)
        .await?;
        let kept = KeptAddresses {
            shipping: row.shipping_address,
            billing: row.billing_address,
            sealed: row.sealed_addresses,
        };
        let (shipping, billing) = kept.read(&act.shop.encryption_keys, order)?;
        Ok(Self { shipping, billing, note: row.customer_note, has_left: row.has_left })
    }

    /// Before and after as the audit log keeps them.
    fn to_log(&self, after: &Self) -> Result<(Value, Value)> {
        let shipping = hide(&self.shipping, &after.shipping)?;
        let billing = hide(&self.billing, &after.billing)?;
        let side = |shipping: Value, billing: Value, note: &str| json!({ "shippingAddress": shipping, "billingAddress": billing, "customerNote": note });
        Ok((side(shipping.0, billing.0, &self.note), side(shipping.1, billing.1, &after.note)))
    }

    fn differences(&self, before: &Self) -> Vec<CorrectedPart> {
        let all = [
            (self.shipping != before.shipping, CorrectedPart::ShippingAddress),
            (self.billing != before.billing, CorrectedPart::BillingAddress),
            (self.note != before.note, CorrectedPart::Note),
        ];
        all.into_iter().filter_map(|(differs, part)| differs.then_some(part)).collect()
    }
}
