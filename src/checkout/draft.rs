//! What was typed at the checkout, kept with the cart: shown again after a look into the cart, or when the shopper
//! comes back from the payment page. It goes with the cart, and is forgotten once the order is paid; keys and totals
//! are never part of it.

use super::PlaceOrder;
use crate::actors::Visitor;
use crate::cart::{self, Owner};
use crate::id::{CartId, OrderId};
use crate::input::Raw;
use crate::{Act, Result, Shop};

/// More than a checkout holds; what is larger is not kept.
const LARGEST: usize = 16 << 10;

/// Keeps what was typed with the visitor's open cart. Without one nothing is kept.
pub async fn keep_draft(shop: &Shop, visitor: &Visitor, typed: &PlaceOrder) -> Result<()> {
    let Some(owner) = Owner::of(visitor) else { return Ok(()) };
    let draft = PlaceOrder {
        cart_id: Raw::default(),
        idempotency_key: Raw::default(),
        expected_total: Raw::default(),
        payment_method: Raw::default(),
        ..typed.clone()
    };
    // PostgreSQL keeps no zero characters
    let text = serde_json::to_string(&draft)?.replace("\\u0000", "");
    if text.len() > LARGEST || draft == PlaceOrder::default() {
        return Ok(());
    }
    let fields: serde_json::Value = serde_json::from_str(&text)?;
    sqlx::query!(
        "insert into checkout_drafts (cart_id, fields, updated_at)
         select id, $3, $4
         from carts
         where ordered_at is null and (user_id = $1 or token_hash = $2)
         on conflict (cart_id) do update set fields = excluded.fields, updated_at = excluded.updated_at",
        owner.user() as _,
        owner.token_hash(),
        fields,
        shop.clock.now(),
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

/// What was typed before with the visitor's open cart.
pub async fn draft(shop: &Shop, visitor: &Visitor) -> Result<Option<PlaceOrder>> {
    let cart = match Owner::of(visitor) {
        Some(owner) => cart::find(&shop.db, &owner).await?,
        None => None,
    };
    let Some(cart) = cart else { return Ok(None) };
    let fields = sqlx::query_scalar!("select fields from checkout_drafts where cart_id = $1", cart as _)
        .fetch_optional(&shop.db)
        .await?;
    // one that was written by an older program and cannot be read is no loss
    Ok(fields.and_then(|fields| serde_json::from_value(fields).ok()))
}

/// The draft of an order's cart goes on with the cart that the order's lines went back to, unless something newer was
/// typed there.
pub(super) async fn take_back(act: &mut Act<'_>, order: OrderId, cart: CartId) -> Result<()> {
    let now = act.now;
    sqlx::query!(
        "insert into checkout_drafts as newer (cart_id, fields, updated_at)
         select $2, d.fields, $3
         from orders o
         join checkout_drafts d on d.cart_id = o.cart_id
         where o.id = $1
         on conflict (cart_id) do nothing",
        order as _,
        cart as _,
        now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}
