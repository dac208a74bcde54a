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
    let Some(cart) = cart::find(&shop.db, &owner).await? else { return Ok(()) };
    let kept = cart::seal_draft(&shop.encryption_keys, cart, &fields)?;
    sqlx::query!(
        "insert into checkout_drafts (cart_id, fields, sealed, updated_at)
         select id, $2, $3, $4
         from carts
         where id = $1 and ordered_at is null
         on conflict (cart_id) do update
         set fields = excluded.fields, sealed = excluded.sealed, updated_at = excluded.updated_at",
        cart as _,
        kept.fields,
        kept.sealed,
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
    let draft = cart::draft_of(&shop.db, &shop.encryption_keys, cart).await?;
    // one that was written by an older program and cannot be read is no loss
    Ok(draft.and_then(|draft| serde_json::from_value(draft.fields).ok()))
}

/// The draft of an order's cart goes on with the cart that the order's lines went back to, unless something newer was
/// typed there.
pub(super) async fn take_back(act: &mut Act<'_>, order: OrderId, cart: CartId) -> Result<()> {
    let keys = &act.shop.encryption_keys;
    let former = sqlx::query_scalar!(r#"select cart_id as "cart: CartId" from orders where id = $1"#, order as _)
        .fetch_one(&mut **act)
        .await?;
    let Some(former) = former else { return Ok(()) };
    let Some(draft) = cart::draft_of(&mut **act, keys, former).await? else { return Ok(()) };
    let kept = cart::seal_draft(keys, cart, &draft.fields)?;
    let now = act.now;
    sqlx::query!(
        "insert into checkout_drafts (cart_id, fields, sealed, updated_at)
         values ($1, $2, $3, $4)
         on conflict (cart_id) do nothing",
        cart as _,
        kept.fields,
        kept.sealed,
        now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}
