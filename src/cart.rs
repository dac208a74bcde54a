//! The cart: what a visitor means to buy. It holds no stock.
//!
//! A customer's cart belongs to the account; a guest's is found by a secret of which only the hash is kept. A visitor
//! has one open cart; an ordered one stays as the proof that it became exactly one order. Each line remembers the price
//! that the shopper saw: when the product's price differs, the cart shows both and asks ([`accept_price`]), and only
//! the accepted price is ever charged. Quantities are capped by stock, and the shopper is told.
//!
//! Each change locks the cart's row first, so two of them at once happen one after the other.

mod abandoned;
mod commands;
mod drafts;
mod line;
mod merge;
mod open;

pub use abandoned::tell_abandoned;
pub use commands::{
    AcceptPrice, AddToCart, Changed, SetQuantity, accept_price, add, clear, remove, set_quantity, sweep,
};
pub(crate) use drafts::{SEALED, draft_of, forget_draft, seal_draft, seal_some_drafts};
pub use line::{CartLine, CartView, Notice, Problem};
pub use merge::merge_at_sign_in;
pub(crate) use merge::{PutIn, put_back};
pub(crate) use open::{Owner, find, open};

use crate::actors::Visitor;
use crate::id::UserId;
use crate::{Result, Shop};

/// The visitor's cart as it stands, priced and checked against stock now.
pub async fn of(shop: &Shop, visitor: &Visitor) -> Result<CartView> {
    of_owner(shop, Owner::of(visitor)).await
}

pub(crate) async fn of_user(shop: &Shop, user: UserId) -> Result<CartView> {
    of_owner(shop, Some(Owner::User(user))).await
}

async fn of_owner(shop: &Shop, owner: Option<Owner>) -> Result<CartView> {
    let cart = match owner {
        Some(owner) => find(&shop.db, &owner).await?,
        None => None,
    };
    match cart {
        Some(cart) => CartView::read(shop, cart).await,
        None => CartView::new(None, Vec::new(), shop.currency),
    }
}

/// How many pieces are in the cart, for the header.
pub async fn count(shop: &Shop, visitor: &Visitor) -> Result<i64> {
    let Some(owner) = Owner::of(visitor) else { return Ok(0) };
    let pieces = sqlx::query_scalar!(
        r#"select coalesce(sum(i.quantity), 0)::bigint as "pieces!"
           from carts c
           join cart_items i on i.cart_id = c.id
           where c.ordered_at is null and (c.user_id = $1 or c.token_hash = $2)"#,
        owner.user() as _,
        owner.token_hash(),
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(pieces)
}
