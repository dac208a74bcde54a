//! Telling: a round looks who waits for what there is now. Nothing is done when stock moves or a price changes, so a
//! sale costs nothing more, and no way past it is left.

use super::words::WatchKind;
use crate::actors::System;
use crate::id::WatchId;
use crate::jobs::{self, Job};
use crate::{Act, Result, Shop, settings};
use chrono::TimeDelta;

/// How many are told in one act.
const BATCH: i64 = 200;
/// After so many batches the rest waits for the next round.
const BATCHES: usize = 20;
/// For so long pieces are left to those who were told of them, before the next are.
const THEIRS: TimeDelta = TimeDelta::hours(1);
/// A lower price is told to the same watcher at most once in this time.
const PRICES_APART: TimeDelta = TimeDelta::days(1);

/// Tells watchers of what is back in stock, and of prices that fell. What is not for sale or sold out tells nobody, and
/// neither does a kind that the settings turn off. One process does so at a time; a watch is marked and its mail
/// enqueued in one act, so nobody is told twice. Answers how many were told.
pub async fn tell(shop: &Shop) -> Result<usize> {
    let settings = settings::load(shop).await?;
    let mut told = 0;
    for kind in WatchKind::ALL.into_iter().filter(|kind| kind.is_on(&settings)) {
        for _ in 0..BATCHES {
            let batch = batch(shop, kind).await?;
            told += batch;
            if batch < BATCH as usize {
                break;
            }
        }
    }
    Ok(told)
}

async fn batch(shop: &Shop, kind: WatchKind) -> Result<usize> {
    act!(shop, &System, "watches.tell", |act| {
        let told = match (is_mine(&mut act).await?, kind) {
            (false, _) => Vec::new(),
            (true, WatchKind::BackInStock) => back_in_stock(&mut act).await?,
            (true, WatchKind::PriceDrop) => price_drop(&mut act).await?,
        };
        for watch in &told {
            let watch = *watch;
            let job = match kind {
                WatchKind::BackInStock => Job::SendBackInStock { watch },
                WatchKind::PriceDrop => Job::SendPriceDrop { watch },
            };
            jobs::enqueue(&mut act, &job)?;
        }
        act.commit(told.len()).await
    })
}

/// Whether nobody else tells just now: of two who counted the same pieces, each would give them away.
async fn is_mine(act: &mut Act<'_>) -> Result<bool> {
    let mine = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtext('watches')) as "mine!""#);
    Ok(mine.fetch_one(&mut **act).await?)
}

/// Marks those who are told now: of each variant the first who confirmed, and no more of them than there are pieces
/// beside those that were offered to others within the hour.
async fn back_in_stock(act: &mut Act<'_>) -> Result<Vec<WatchId>> {
    let told = sqlx::query_scalar!(
        r#"with watched as (
            select distinct variant_id from watches where kind = 'back_in_stock' and status = 'active'
        ),
        there as (
            select l.variant_id,
                   l.available - (
                       select count(*)
                       from watches o
                       where o.variant_id = l.variant_id and o.kind = 'back_in_stock' and o.told_at > $2
                   ) as pieces
            from watched
            join sellable_stock l on l.variant_id = watched.variant_id and l.available > 0
            join variants_named v on v.variant_id = l.variant_id and v.is_for_sale
        ),
        waiting as (
            select w.id, there.pieces, row_number() over (partition by w.variant_id order by w.confirmed_at, w.id) as nth
            from watches w
            join there on there.variant_id = w.variant_id and there.pieces > 0
            left join users u on u.id = w.user_id
            where w.kind = 'back_in_stock' and w.status = 'active' and u.is_active is not false
        ),
        next as (
            select id from waiting where nth <= pieces order by nth, id limit $3
        )
        update watches w
        set status = 'told', told_at = $1
        from next
        where w.id = next.id and w.status = 'active'
        returning w.id as "id: WatchId""#,
        act.now,
        act.now - THEIRS,
        BATCH,
    )
    .fetch_all(&mut **act)
    .await?;
    Ok(told)
}

/// Marks those for whom the price is lower now than what they saw last.
async fn price_drop(act: &mut Act<'_>) -> Result<Vec<WatchId>> {
    let told = sqlx::query_scalar!(
        r#"with next as (
            select w.id, v.price
            from watches w
            join variants_named v on v.variant_id = w.variant_id and v.is_for_sale and v.price < w.price_seen
            join sellable_stock l on l.variant_id = w.variant_id and l.available > 0
            left join users u on u.id = w.user_id
            where w.kind = 'price_drop' and w.status = 'active' and (w.told_at is null or w.told_at <= $2)
              and u.is_active is not false
            order by w.confirmed_at, w.id
            limit $3
        )
        update watches w
        set price_before = w.price_seen, price_seen = next.price, told_at = $1
        from next
        where w.id = next.id and w.status = 'active'
        returning w.id as "id: WatchId""#,
        act.now,
        act.now - PRICES_APART,
        BATCH,
    )
    .fetch_all(&mut **act)
    .await?;
    Ok(told)
}
