//! The same order asked for again by its key, and the order that a cart became.

use super::input::Placed;
use super::input::{OrderRequest, check_expected};
use crate::cart::Owner;
use crate::id::{CartId, OrderId, PaymentId};
use crate::lifecycle::{KeptKey, OrderStatus};
use crate::payments::Method;
use crate::pricing::Totals;
use crate::{Currency, Error, FieldError, Money, Rate, Result, Shop, said};
use sqlx::PgConnection;

/// The visitor's open cart with its row locked, and the order that was placed, or corrected, under this key before.
/// Whoever sends the same form at the same time waits here, and then finds the order.
pub(super) async fn open_cart(
    conn: &mut PgConnection,
    request: &OrderRequest<'_>,
) -> Result<(Option<CartId>, Option<Placed>)> {
    let row = sqlx::query!(
        r#"with open as (
            select id
            from carts
            where ordered_at is null and (user_id = (select $1::uuid) or token_hash = (select $2::bytea))
            for update
        )
        select (select id from open) as "cart?: CartId",
               before.id as "order?: OrderId", before.request_hash as "request_hash?"
        from (values (true)) as always
        left join (
            select id, request_hash
            from orders
            where idempotency_scope = $3 and idempotency_key = $4
            union all
            select order_id, request_hash
            from order_corrections
            where idempotency_scope = $3 and idempotency_key = $4
        ) before on true"#,
        request.owner.user() as _,
        request.owner.token_hash(),
        request.owner.scope(),
        request.key,
    )
    .fetch_one(&mut *conn)
    .await?;
    let placed = match (row.order, row.request_hash, row.cart) {
        (Some(order), Some(hash), _) => Some(replayed(conn, request, order, &hash).await?),
        // What was committed while this waited for the cart's row, it did not see. An order that was placed meanwhile
        // has ended the cart, though: where one is open, there is none.
        (_, _, None) => by_key(conn, request).await?,
        _ => None,
    };
    Ok((row.cart, placed))
}

/// The order that was placed, or corrected, under this key. `KeyReused` when that was with another request.
pub(super) async fn by_key(conn: &mut PgConnection, request: &OrderRequest<'_>) -> Result<Option<Placed>> {
    let before = sqlx::query!(
        r#"select id as "id!: OrderId", request_hash as "request_hash!"
           from orders
           where idempotency_scope = $1 and idempotency_key = $2
           union all
           select order_id, request_hash
           from order_corrections
           where idempotency_scope = $1 and idempotency_key = $2"#,
        request.owner.scope(),
        request.key,
    )
    .fetch_optional(&mut *conn)
    .await?;
    match before {
        Some(before) => replayed(conn, request, before.id, &before.request_hash).await.map(Some),
        None => Ok(None),
    }
}

async fn replayed(
    conn: &mut PgConnection,
    request: &OrderRequest<'_>,
    order: OrderId,
    request_hash: &[u8],
) -> Result<Placed> {
    if !request.is(request_hash)? {
        return Err(Error::KeyReused);
    }
    let order = Ordered::load(conn, request.shop, order).await?;
    // corrected since, under another key: it is not what this request meant any more
    check_expected(request.expected_total, &order.totals)?;
    Ok(order.placed)
}

/// The order that this cart, which is not open any more, became. Somebody else's is not found.
pub(super) async fn of_cart(conn: &mut PgConnection, owner: &Owner, cart: CartId) -> Result<OrderId> {
    sqlx::query_scalar!(
        r#"select o.id as "id: OrderId"
           from carts c
           join orders o on o.cart_id = c.id
           where c.id = $1 and (c.user_id = $2 or c.token_hash = $3)"#,
        cart as _,
        owner.user() as _,
        owner.token_hash(),
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound)
}

/// An order as it stands, told as if it had been placed now.
pub(super) struct Ordered {
    pub placed: Placed,
    pub status: OrderStatus,
    pub totals: Totals,
}

impl Ordered {
    pub async fn load(conn: &mut PgConnection, shop: &Shop, order: OrderId) -> Result<Self> {
        let row = sqlx::query!(
            r#"select o.number, o.access_key, o.sealed_key, o.status as "status: OrderStatus", o.currency, o.subtotal, o.discount, o.shipping,
                      o.tax, o.tax_included, o.tax_rate as "tax_rate: Rate", o.total,
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
        let currency = Currency::stored(&row.currency)?;
        let money = |minor| Money::new(minor, currency);
        let totals = Totals {
            currency,
            subtotal: money(row.subtotal),
            discount: money(row.discount),
            shipping: money(row.shipping),
            tax: money(row.tax),
            tax_included: money(row.tax_included),
            tax_rate: row.tax_rate,
            total: money(row.total),
        };
        let placed = Placed {
            order,
            number: row.number,
            access_key: KeptKey { plain: row.access_key, sealed: row.sealed_key }.open(&shop.encryption_keys, order)?,
            payment: row.payment,
            payment_method: row.payment_method,
            total: totals.total,
            replayed: true,
        };
        Ok(Self { placed, status: row.status, totals })
    }

    /// The cart became this order, and nothing can be changed about it any more.
    pub fn stays(&self) -> Error {
        let number = self.placed.number.clone();
        let message = match self.status {
            OrderStatus::Pending => said!("refusal-already-ordered-unpaid", number = &number),
            status => said!("refusal-already-ordered", number = &number, status = status.said()),
        };
        let details = vec![FieldError::new("number", number)];
        Error::Conflict { code: "already_ordered", message, details }
    }
}
