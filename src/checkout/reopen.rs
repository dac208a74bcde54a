//! Back to the cart: an order that was not paid gives its lines back.

use super::draft;
use crate::actors::Visitor;
use crate::cart::{self, CartView, Changed, PutIn};
use crate::id::{OrderId, VariantId};
use crate::lifecycle::{self, OrderStatus};
use crate::{Result, Shop, payments, retrying};

/// Cancels a pending order that was not paid and puts its lines back into the visitor's cart, beside what is in there.
/// Of an order that is cancelled already the lines are put back once. Whoever calls settled the payment first; should money
/// come all the same, `payments::settle` gives it back.
///
/// `reference` and `key` are what the shopper's address holds: number, and a guest's secret.
pub async fn reopen(shop: &Shop, visitor: &Visitor, reference: &str, key: Option<&str>) -> Result<Changed> {
    let order = lifecycle::find_own(&shop.db, visitor, reference, key).await?;
    retrying(|| attempt(shop, visitor, order)).await
}

async fn attempt(shop: &Shop, visitor: &Visitor, order: OrderId) -> Result<Changed> {
    let mut tx = shop.db.begin().await?;
    // the cart first, then the order, then stock: as everywhere
    let (cart, owner, new_token) = cart::open(&mut tx, &shop.clock, visitor, shop.currency).await?;
    let cancelled = lifecycle::cancel_unpaid(&mut tx, &shop.clock, visitor, order, "Back to the cart").await?;
    if !cancelled {
        let order = lifecycle::lock(&mut tx, order).await?;
        if order.status != OrderStatus::Cancelled || order.paid_at.is_some() {
            return Err(order.status.refuse(OrderStatus::Cancelled));
        }
    }
    let lines = sqlx::query!(
        r#"select variant_id as "variant: VariantId", quantity, unit_price
           from order_items
           where order_id = $1
           order by position"#,
        order as _,
    )
    .fetch_all(&mut *tx)
    .await?;
    let lines = lines.into_iter().map(|line| PutIn {
        variant: line.variant,
        quantity: line.quantity,
        price_seen: line.unit_price,
        again: !cancelled,
    });
    let notices = cart::put_back(&mut tx, &shop.clock, cart, lines.collect()).await?;
    cart::touch(&mut tx, &shop.clock, cart, &owner).await?;
    draft::take_back(&mut tx, &shop.clock, order, cart).await?;
    if cancelled {
        payments::settle_open_payments(&mut tx, order).await?;
    }
    let cart = CartView::new(Some(cart), cart::lines(&mut *tx, cart, shop.currency).await?, shop.currency)?;
    tx.commit().await?;
    Ok(Changed { cart, notices, new_token })
}
