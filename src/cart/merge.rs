//! Two carts become one: at sign-in, and when an order that was not paid goes back to the cart.

use super::commands::{MOST_LINES, MOST_PIECES};
use super::drafts;
use super::line::{Notice, full_name};
use super::open::{Owner, lock, open_for};
use crate::id::{CartId, CartItemId, UserId, VariantId};
use crate::{Act, Error, Result, token_hash};

/// The guest's cart goes into the account's: quantities add, capped by stock, and the shopper is told what changed.
/// Part of the act that signs somebody in.
pub async fn merge_at_sign_in(act: &mut Act<'_>, token: &str, user: UserId) -> Result<Vec<Notice>> {
    // the guest's cart first: two sign-ins with one token queue here
    let Some(guest) = lock(act, &Owner::Guest(token_hash(token))).await? else { return Ok(Vec::new()) };
    let lines = sqlx::query!(
        r#"select variant_id as "variant: VariantId", quantity, price_seen
           from cart_items
           where cart_id = $1
           order by created_at, id"#,
        guest as _,
    )
    .fetch_all(&mut **act)
    .await?;
    let mut notices = Vec::new();
    if !lines.is_empty() {
        let cart = open_for(act, &Owner::User(user)).await?;
        let lines = lines.into_iter().map(|line| PutIn {
            variant: line.variant,
            quantity: line.quantity,
            price_seen: line.price_seen,
            again: false,
        });
        notices = put_in(act, cart, lines.collect()).await?;
        drafts::merge(act, guest, cart).await?;
    }
    sqlx::query!("delete from carts where id = $1", guest as _).execute(&mut **act).await?;
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
pub(crate) async fn put_back(act: &mut Act<'_>, cart: CartId, lines: Vec<PutIn>) -> Result<Vec<Notice>> {
    let mut notices = put_in(act, cart, lines).await?;
    notices.retain(|notice| !matches!(notice, Notice::Added { .. } | Notice::Combined { .. }));
    Ok(notices)
}

/// Puts lines into a locked cart, each of another variant.
async fn put_in(act: &mut Act<'_>, cart: CartId, lines: Vec<PutIn>) -> Result<Vec<Notice>> {
    let variants: Vec<_> = lines.iter().map(|line| line.variant.0).collect();
    let rows = sqlx::query!(
        r#"select v.id as "variant: VariantId", p.name,
                  concat_ws(' / ', v.option1, v.option2, v.option3) as "variant_name!",
                  coalesce(l.available, 0) as "available!",
                  i.quantity as "there?",
                  (select count(*) from cart_items where cart_id = $2) as "lines!"
           from variants v
           join products p on p.id = v.product_id
           left join sellable_stock l on l.variant_id = v.id
           left join cart_items i on i.cart_id = $2 and i.variant_id = v.id
           where v.id = any($1)"#,
        &variants,
        cart as _,
    )
    .fetch_all(&mut **act)
    .await?;
    let mut count = rows.first().map_or(0, |row| row.lines);
    let mut notices = Vec::new();
    let mut put: Vec<PutIn> = Vec::new();
    for line in lines {
        let row = rows.iter().find(|row| row.variant == line.variant).ok_or(Error::NotFound)?;
        let name = full_name(&row.name, &row.variant_name);
        let there = row.there.unwrap_or(0);
        if row.there.is_none() {
            if count >= MOST_LINES {
                notices.push(Notice::LeftOut { name });
                continue;
            }
            count += 1;
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
        notices.extend(notice);
        put.push(PutIn { quantity, ..line });
    }
    write(act, cart, &put).await?;
    Ok(notices)
}

async fn write(act: &mut Act<'_>, cart: CartId, lines: &[PutIn]) -> Result<()> {
    let ids: Vec<_> = lines.iter().map(|_| CartItemId::new().0).collect();
    let variants: Vec<_> = lines.iter().map(|line| line.variant.0).collect();
    let quantities: Vec<_> = lines.iter().map(|line| line.quantity).collect();
    let prices: Vec<_> = lines.iter().map(|line| line.price_seen).collect();
    let now = act.now;
    sqlx::query!(
        "insert into cart_items (id, cart_id, variant_id, quantity, price_seen, created_at)
         select line.id, $1, line.variant_id, line.quantity, line.price_seen, $2
         from unnest($3::uuid[], $4::uuid[], $5::int[], $6::bigint[]) as line (id, variant_id, quantity, price_seen)
         on conflict (cart_id, variant_id)
         do update set quantity = excluded.quantity, price_seen = excluded.price_seen",
        cart as _,
        now,
        &ids,
        &variants,
        &quantities,
        &prices,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}
