//! Finding an order within what somebody may see. Another's order is not found, the same as a missing one.

use crate::actors::{May, Permission, Visitor};
use crate::cart::Owner;
use crate::id::{OrderId, UserId};
use crate::{Error, Result, Shop, token_hash};
use sqlx::PgExecutor;

/// The order that a visitor may see: a customer's own; a guest's by the secret of the link, or by the cart that it was.
/// `reference` is its number or its id.
pub async fn find_own(
    db: impl PgExecutor<'_>,
    visitor: &Visitor,
    reference: &str,
    key: Option<&str>,
) -> Result<OrderId> {
    let row = sqlx::query!(
        r#"select o.id as "id: OrderId", o.user_id as "user: UserId", o.access_key, o.access_hash, c.token_hash as "cart_token?"
           from orders o
           left join carts c on c.id = o.cart_id
           where o.id = coalesce($2, (select id from orders where number = $1))"#,
        number(reference),
        id(reference) as _,
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound)?;
    let own = row.user.is_some() && row.user == visitor.customer.as_ref().map(|c| c.id());
    let by_key = key.is_some_and(|key| is_key(key, row.access_hash.as_deref(), row.access_key.as_deref()));
    let by_cart = match (&visitor.cart_token, &row.cart_token) {
        (Some(token), Some(hash)) => row.user.is_none() && token_hash(token)[..] == hash[..],
        _ => false,
    };
    if own || by_key || by_cart { Ok(row.id) } else { Err(Error::NotFound) }
}

/// The order of the visitor's last cart, if it waits for its money.
pub async fn waiting_of(shop: &Shop, visitor: &Visitor) -> Result<Option<String>> {
    let Some(owner) = Owner::of(visitor) else { return Ok(None) };
    let number = sqlx::query_scalar!(
        "select o.number
         from carts c
         join orders o on o.cart_id = c.id
         where c.ordered_at is not null and (c.user_id = $1 or c.token_hash = $2) and o.status = 'pending'
         order by c.ordered_at desc
         limit 1",
        owner.user() as _,
        owner.token_hash(),
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(number)
}

/// Any order, if the permission is there. `reference` is its number or its id.
pub async fn find(db: impl PgExecutor<'_>, who: &dyn May, permission: Permission, reference: &str) -> Result<OrderId> {
    who.may(permission)?;
    sqlx::query_scalar!(
        r#"select id as "id: OrderId" from orders where id = coalesce($2, (select id from orders where number = $1))"#,
        number(reference),
        id(reference) as _,
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound)
}

fn number(reference: &str) -> String {
    reference.trim().replace('\0', "").to_ascii_uppercase()
}

fn id(reference: &str) -> Option<OrderId> {
    reference.trim().parse().ok()
}

/// Whether this is the secret of an order's link, of which the hash is kept, or by an earlier program the secret
/// itself. Hashes are compared: how long it takes says nothing about the secret.
pub(crate) fn is_key(given: &str, hash: Option<&[u8]>, plain: Option<&str>) -> bool {
    match (hash, plain) {
        (Some(hash), _) => token_hash(given)[..] == *hash,
        (None, Some(plain)) => token_hash(given) == token_hash(plain),
        (None, None) => false,
    }
}
