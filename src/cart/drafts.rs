//! The checkout's draft of a cart (`checkout::draft`), where carts merge, are paid and are swept.

use crate::id::{CartId, OrderId};
use crate::{Result, Shop};
use chrono::TimeDelta;
use sqlx::PgConnection;

/// An ordered cart stays for ever, what was typed with it does not: unpaid orders are given up within a day or so, and
/// can be put back into the cart for as long as somebody may remember them.
const KEPT_FOR: TimeDelta = TimeDelta::days(7);

/// At sign-in: what was typed last stays.
pub(super) async fn merge(conn: &mut PgConnection, from: CartId, into: CartId) -> Result<()> {
    sqlx::query!(
        "insert into checkout_drafts as there (cart_id, fields, updated_at)
         select $2, fields, updated_at
         from checkout_drafts
         where cart_id = $1
         on conflict (cart_id) do update
         set fields = excluded.fields, updated_at = excluded.updated_at
         where excluded.updated_at > there.updated_at",
        from as _,
        into as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The order of the cart is paid, or accepted to be: it holds all that was typed.
pub(crate) async fn forget_draft(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    sqlx::query!("delete from checkout_drafts where cart_id = (select cart_id from orders where id = $1)", order as _)
        .execute(conn)
        .await?;
    Ok(())
}

/// Of carts that were ordered; those of open carts go with them.
pub(super) async fn sweep(shop: &Shop) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from checkout_drafts d
         using carts c
         where c.id = d.cart_id and c.ordered_at is not null and d.updated_at < $1",
        shop.clock.now() - KEPT_FOR,
    )
    .execute(&shop.db)
    .await?;
    Ok(gone.rows_affected())
}
