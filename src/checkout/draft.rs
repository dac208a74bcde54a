//! What was typed at the checkout, kept with the cart: shown again after a look into the cart, or when the shopper
//! comes back from the payment page. It goes with the cart, and is forgotten once the order is paid; keys and totals
//! are never part of it.

use super::PlaceOrder;
use super::input::asked_cart;
use crate::actors::Visitor;
use crate::cart::{self, Owner};
use crate::id::{CartId, OrderId};
use crate::input::Raw;
use crate::{Act, Result, Shop};
use serde_json::Value;

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
    let fields: Value = serde_json::from_str(&text)?;
    // nearly always the form says which cart it is
    if let Ok(Some(named)) = asked_cart(typed)
        && write(shop, &owner, named, &fields).await?
    {
        return Ok(());
    }
    if let Some(cart) = cart::find(&shop.db, &owner).await? {
        write(shop, &owner, cart, &fields).await?;
    }
    Ok(())
}

/// Writes the draft of a cart, if it is open and the visitor's.
async fn write(shop: &Shop, owner: &Owner, cart: CartId, fields: &Value) -> Result<bool> {
    let kept = cart::seal_draft(&shop.encryption_keys, cart, fields)?;
    let written = sqlx::query!(
        "insert into checkout_drafts (cart_id, fields, sealed, updated_at)
         select id, $4, $5, $6
         from carts
         where id = $1 and ordered_at is null and (user_id = $2 or token_hash = $3)
         on conflict (cart_id) do update
         set fields = excluded.fields, sealed = excluded.sealed, updated_at = excluded.updated_at",
        cart as _,
        owner.user() as _,
        owner.token_hash(),
        kept.fields,
        kept.sealed,
        shop.clock.now(),
    )
    .execute(&shop.db)
    .await?;
    Ok(written.rows_affected() > 0)
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
