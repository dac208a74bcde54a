//! Back to the cart: an order that was not paid gives its lines back.

use super::draft;
use crate::actors::Visitor;
use crate::cart::{self, CartView, Changed, PutIn};
use crate::id::{OrderId, VariantId};
use crate::lifecycle::{self, CancelReason, OrderStatus};
use crate::{Act, Result, Shop, payments};

/// Cancels a pending order that was not paid and puts its lines back into the visitor's cart, beside what is in there.
/// Of an order that is cancelled already the lines are put back once. Whoever calls settled the payment first; should
/// money come all the same, `payments::settle` gives it back.
///
/// `reference` and `key` are what the shopper's address holds: number, and a guest's secret.
pub async fn reopen(shop: &Shop, visitor: &Visitor, reference: &str, key: Option<&str>) -> Result<Changed> {
    let order = lifecycle::find_own(&shop.db, visitor, reference, key).await?;
    act!(shop, visitor, "order.reopen", |act| { back(act, visitor, order).await })
}

async fn back(mut act: Act<'_>, visitor: &Visitor, order: OrderId) -> Result<Changed> {
    // the cart first, then the order, then stock: as everywhere
    let (cart, new_token) = cart::open(&mut act, visitor).await?;
    let cancelled = lifecycle::cancel_unpaid(&mut act, order, CancelReason::BackToCart).await?;
    if !cancelled {
        let order = lifecycle::lock(&mut act, order).await?;
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
    .fetch_all(&mut *act)
    .await?;
    let lines = lines.into_iter().map(|line| PutIn {
        variant: line.variant,
        quantity: line.quantity,
        price_seen: line.unit_price,
        again: !cancelled,
    });
    let notices = cart::put_back(&mut act, cart, lines.collect()).await?;
    draft::take_back(&mut act, order, cart).await?;
    if cancelled {
        payments::settle_open_payments(&mut act, order).await?;
    }
    let cart = CartView::read_in(&mut act, cart).await?;
    act.commit(Changed { cart, notices, new_token }).await
}
