//! Two carts become one: at sign-in, and when an order that was not paid goes back to the cart.

use super::change::{MOST_LINES, MOST_PIECES};
use super::drafts;
use super::line::{Notice, full_name};
use super::open::{Owner, lock, open_for, touch};
use crate::id::{CartId, CartItemId, UserId, VariantId};
use crate::{Clock, Currency, Result, token_hash};
use sqlx::PgConnection;

/// The guest's cart goes into the account's: quantities add, capped by stock, and the shopper is told what changed. Part
/// of the transaction that signs somebody in.
pub async fn merge_at_sign_in(
    conn: &mut PgConnection,
    clock: &Clock,
    currency: Currency,
    token: &str,
    user: UserId,
) -> Result<Vec<Notice>> {
    // the guest's cart first: two sign-ins with one token queue here
    let Some(guest) = lock(conn, &Owner::Guest(token_hash(token))).await? else { return Ok(Vec::new()) };
    let lines = sqlx::query!(
        r#"select variant_id as "variant: VariantId", quantity, price_seen
           from cart_items
           where cart_id = $1
           order by created_at, id"#,
        guest as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut notices = Vec::new();
    if !lines.is_empty() {
        let owner = Owner::User(user);
        let cart = open_for(conn, clock, &owner, currency).await?;
        for line in lines {
            let put =
                PutIn { variant: line.variant, quantity: line.quantity, price_seen: line.price_seen, again: false };
            notices.extend(put_in(conn, clock, cart, put).await?);
        }
        drafts::merge(conn, guest, cart).await?;
        touch(conn, clock, cart, &owner).await?;
    }
    sqlx::query!("delete from carts where id = $1", guest as _).execute(conn).await?;
    Ok(notices)
}

pub(crate) struct PutIn {
    pub variant: VariantId,
    pub quantity: i32,
    pub price_seen: i64,
    /// Perhaps it was put in before: there shall be so many, not so many more.
    pub again: bool,
}

/// Puts lines of an order back into a cart that the caller locked.
pub(crate) async fn put_back(
    conn: &mut PgConnection,
    clock: &Clock,
    cart: CartId,
    lines: Vec<PutIn>,
) -> Result<Vec<Notice>> {
    let mut notices = Vec::new();
    for line in lines {
        let notice = put_in(conn, clock, cart, line).await?;
        notices.extend(notice.filter(|n| !matches!(n, Notice::Added { .. } | Notice::Combined { .. })));
    }
    Ok(notices)
}

async fn put_in(conn: &mut PgConnection, clock: &Clock, cart: CartId, line: PutIn) -> Result<Option<Notice>> {
    let row = sqlx::query!(
        r#"select p.name, concat_ws(' / ', v.option1, v.option2, v.option3) as "variant_name!",
                  coalesce(l.available, 0) as "available!",
                  i.quantity as "there?",
                  (select count(*) from cart_items where cart_id = $2) as "lines!"
           from variants v
           join products p on p.id = v.product_id
           left join sellable_stock l on l.variant_id = v.id
           left join cart_items i on i.cart_id = $2 and i.variant_id = v.id
           where v.id = $1"#,
        line.variant as _,
        cart as _,
    )
    .fetch_one(&mut *conn)
    .await?;
    let name = full_name(&row.name, &row.variant_name);
    let there = row.there.unwrap_or(0);
    if row.there.is_none() && row.lines >= MOST_LINES {
        return Ok(Some(Notice::LeftOut { name }));
    }
    let wanted = if line.again { there.max(line.quantity) } else { there + line.quantity }.min(MOST_PIECES);
    let (quantity, notice) = match row.available {
        // nothing is lost: the line stays, marked, until the shopper removes it
        0 => (there.max(line.quantity), Some(Notice::SoldOut { name })),
        left if left < wanted => (left, Some(Notice::Capped { name, wanted, quantity: left })),
        _ if there > 0 && wanted > there => (wanted, Some(Notice::Combined { name, quantity: wanted })),
        _ if there > 0 => (wanted, None),
        _ => (wanted, Some(Notice::Added { name, quantity: wanted })),
    };
    sqlx::query!(
        "insert into cart_items (id, cart_id, variant_id, quantity, price_seen, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (cart_id, variant_id)
         do update set quantity = excluded.quantity, price_seen = excluded.price_seen",
        CartItemId::new() as _,
        cart as _,
        line.variant as _,
        quantity,
        line.price_seen,
        clock.now(),
    )
    .execute(conn)
    .await?;
    Ok(notice)
}
