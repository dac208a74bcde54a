//! Carts that were left with something in them.

use super::open::{CUSTOMER_DAYS, GUEST_DAYS};
use crate::actors::System;
use crate::address::Email;
use crate::events::{self, CartEvent, CartEventLine, Event};
use crate::id::{CartId, UserId, VariantId};
use crate::{Act, Currency, Money, Result, Shop, settings};
use chrono::{DateTime, TimeDelta, Utc};

/// How many are told of in one act.
const BATCH: i64 = 100;
/// After so many batches the rest waits for the next round.
const BATCHES: usize = 20;
/// What lies longer is old: nobody is told of all carts of a year on the day on which telling begins.
const TOLD_FOR: TimeDelta = TimeDelta::days(7);

/// A cart that is told of, and whose it is.
struct Left {
    id: CartId,
    user: Option<UserId>,
    /// As it was typed at the checkout.
    email: Option<String>,
    currency: String,
    used_at: DateTime<Utc>,
}

/// Tells of carts that nobody used for as many hours as the settings say, and whose owner can be reached: by account,
/// or by the address that a guest typed at the checkout. Each is told of once, and again when it was used since. May
/// run twice, and in several workers at once. Answers how many were told of.
pub async fn tell_abandoned(shop: &Shop) -> Result<usize> {
    let hours = settings::load(shop).await?.cart_abandoned_hours;
    if hours <= 0 {
        return Ok(0);
    }
    let mut told = 0;
    for _ in 0..BATCHES {
        let (taken, of_these) = act!(shop, &System, "cart.abandon", |act| {
            let left = take(&mut act, TimeDelta::hours(hours.into())).await?;
            let events = describe(&mut act, &left).await?;
            for event in &events {
                events::record(&mut act, event)?;
            }
            act.commit((left.len(), events.len())).await
        })?;
        told += of_these;
        if taken < BATCH as usize {
            break;
        }
    }
    Ok(told)
}

/// Marks what is told of from here on. When a cart expires says when it was used last, and is in an index.
async fn take(act: &mut Act<'_>, after: TimeDelta) -> Result<Vec<Left>> {
    let now = act.now;
    let (first, last) = (now - after - TOLD_FOR, now - after);
    let (guest, customer) = (TimeDelta::days(GUEST_DAYS), TimeDelta::days(CUSTOMER_DAYS));
    let left = sqlx::query_as!(
        Left,
        r#"with due as (
            select c.id, d.fields ->> 'email' as email, greatest(c.updated_at, d.updated_at) as used_at
            from carts c
            left join checkout_drafts d on d.cart_id = c.id
            where c.ordered_at is null
              and (c.user_id is null and c.expires_at between $3 and $4
                   or c.user_id is not null and c.expires_at between $5 and $6)
              and greatest(c.updated_at, d.updated_at) <= $2
              and (c.abandoned_at is null or c.abandoned_at < greatest(c.updated_at, d.updated_at))
              and (c.user_id is not null or d.fields ->> 'email' <> '')
              and exists (select from cart_items i where i.cart_id = c.id)
            order by c.id
            limit $7
            for update of c skip locked
        )
        update carts c
        set abandoned_at = $1
        from due
        where c.id = due.id
        returning c.id as "id: CartId", c.user_id as "user: UserId", due.email, c.currency, due.used_at as "used_at!""#,
        now,
        last,
        first + guest,
        last + guest,
        first + customer,
        last + customer,
        BATCH,
    )
    .fetch_all(&mut **act)
    .await?;
    Ok(left)
}

/// What is told of them. A guest whose address is none cannot be reached, and is left out.
async fn describe(act: &mut Act<'_>, left: &[Left]) -> Result<Vec<Event>> {
    let ids: Vec<_> = left.iter().map(|cart| cart.id.0).collect();
    let rows = sqlx::query!(
        r#"select cart_id as "cart: CartId", variant_id as "variant: VariantId", quantity, price_seen
           from cart_items
           where cart_id = any($1)
           order by cart_id, created_at, id"#,
        &ids,
    )
    .fetch_all(&mut **act)
    .await?;
    let mut events = Vec::new();
    for cart in left {
        let email = cart.email.as_deref().and_then(|typed| Email::parse(typed).ok());
        if cart.user.is_none() && email.is_none() {
            continue;
        }
        let currency = Currency::stored(&cart.currency)?;
        let (mut lines, mut subtotal) = (Vec::new(), Money::zero(currency));
        for row in rows.iter().filter(|row| row.cart == cart.id) {
            let price = Money::new(row.price_seen, currency);
            subtotal = subtotal.plus(price.times(row.quantity.into())?)?;
            lines.push(CartEventLine { variant_id: row.variant, quantity: row.quantity, unit_price: price.into() });
        }
        events.push(Event::CartAbandoned(CartEvent {
            cart_id: cart.id,
            account_id: cart.user,
            // an account has its own
            email: email.filter(|_| cart.user.is_none()).map(|email| email.to_string()),
            used_at: cart.used_at,
            lines,
            subtotal: subtotal.into(),
            currency,
        }));
    }
    Ok(events)
}
