//! The same order asked for again: by its key, or from a cart that was ordered already.

use super::{PlaceOrder, Placed};
use crate::cart::Owner;
use crate::id::{CartId, OrderId, PaymentId};
use crate::orders::{OrderStatus, currency};
use crate::payments::Method;
use crate::{Error, FieldError, Money, Result};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

/// What was asked for, without the key under which it was.
pub(super) fn request_hash(input: &PlaceOrder) -> Result<[u8; 32]> {
    let body = PlaceOrder { idempotency_key: Default::default(), ..input.clone() };
    Ok(Sha256::digest(serde_json::to_vec(&body)?).into())
}

/// The order that was placed under this key. `KeyReused` when it was for something else.
pub(super) async fn by_key(
    conn: &mut PgConnection,
    owner: &Owner,
    key: &str,
    hash: &[u8; 32],
) -> Result<Option<Placed>> {
    let before = sqlx::query!(
        r#"select id as "id: OrderId", request_hash from orders where idempotency_scope = $1 and idempotency_key = $2"#,
        owner.scope(),
        key,
    )
    .fetch_optional(&mut *conn)
    .await?;
    match before {
        Some(order) if order.request_hash == hash => Ok(Some(load(conn, order.id).await?.0)),
        Some(_) => Err(Error::KeyReused),
        None => Ok(None),
    }
}

/// The one order of a cart that is not open any more: a second tab.
pub(super) async fn of_cart(conn: &mut PgConnection, owner: &Owner, cart: CartId) -> Result<Placed> {
    let order = sqlx::query_scalar!(
        r#"select o.id as "id: OrderId"
           from carts c
           join orders o on o.cart_id = c.id
           where c.id = $1 and (c.user_id = $2 or c.token_hash = $3)"#,
        cart as _,
        owner.user() as _,
        owner.token_hash(),
    )
    .fetch_optional(&mut *conn)
    .await?
    .ok_or(Error::NotFound)?;
    let (placed, status) = load(conn, order).await?;
    if status == OrderStatus::Pending {
        return Ok(placed);
    }
    let details = vec![FieldError { field: "number".into(), message: placed.number.clone() }];
    let message = format!("This cart was ordered already: {} is {}", placed.number, status.word());
    Err(Error::Conflict { code: "already_ordered", message, details })
}

/// The pending order of the cart that was ordered last, when no cart is open.
pub(super) async fn of_last_cart(conn: &mut PgConnection, owner: &Owner) -> Result<Option<Placed>> {
    let cart = sqlx::query_scalar!(
        r#"select id as "id: CartId"
           from carts
           where ordered_at is not null and (user_id = $1 or token_hash = $2)
           order by ordered_at desc
           limit 1"#,
        owner.user() as _,
        owner.token_hash(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(cart) = cart else { return Ok(None) };
    match of_cart(conn, owner, cart).await {
        Ok(placed) => Ok(Some(placed)),
        Err(Error::Conflict { .. } | Error::NotFound) => Ok(None),
        Err(e) => Err(e),
    }
}

async fn load(conn: &mut PgConnection, order: OrderId) -> Result<(Placed, OrderStatus)> {
    let row = sqlx::query!(
        r#"select o.number, o.access_key, o.status as "status: OrderStatus", o.total, o.currency,
                  p.id as "payment: PaymentId", p.method as "payment_method: Method"
           from orders o
           join lateral (
                select id, method from payments where order_id = o.id order by created_at desc, id desc limit 1
           ) p on true
           where o.id = $1"#,
        order as _,
    )
    .fetch_one(conn)
    .await?;
    let total = Money::new(row.total, currency(&row.currency)?);
    let (number, access_key, payment, payment_method) = (row.number, row.access_key, row.payment, row.payment_method);
    Ok((Placed { order, number, access_key, payment, payment_method, total, replayed: true }, row.status))
}
