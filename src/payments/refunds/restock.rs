//! Goods that come back with the money.

use super::plan::RefundPlan;
use crate::id::{OrderId, OrderItemId};
use crate::{Act, Result, inventory};

/// Puts goods back: what was shipped returns to the shelf, what was only promised is released.
pub(super) async fn restock(act: &mut Act<'_>, order: OrderId, plan: &RefundPlan) -> Result<()> {
    let items = sqlx::query!(
        r#"select id as "id: OrderItemId", variant_id as "variant: crate::id::VariantId", quantity, reserved_quantity,
                  shipped_quantity - returned_quantity as "out!"
           from order_items
           where order_id = $1"#,
        order as _,
    )
    .fetch_all(&mut **act)
    .await?;
    let (mut returned, mut released) = (Vec::new(), Vec::new());
    for item in items {
        let asked: i32 = match plan.restocks_all {
            true => item.quantity,
            false => {
                plan.lines.iter().filter(|line| line.restock && line.item == item.id).map(|line| line.quantity).sum()
            }
        };
        let back = asked.min(item.out);
        let free = (asked - back).min(item.reserved_quantity);
        if back == 0 && free == 0 {
            continue;
        }
        sqlx::query!(
            "update order_items
             set returned_quantity = returned_quantity + $2, reserved_quantity = reserved_quantity - $3
             where id = $1",
            item.id as _,
            back,
            free,
        )
        .execute(&mut **act)
        .await?;
        returned.push(inventory::Item { variant: item.variant, quantity: back });
        released.push(inventory::Item { variant: item.variant, quantity: free });
    }
    let cause = inventory::MovementCause::order(order);
    inventory::give_back(act, &returned, cause).await?;
    inventory::release(act, &released, cause).await
}
