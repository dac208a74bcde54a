//! Following the changes of the catalogue that the database keeps.

use super::Cache;
use crate::{Shop, announce};
use futures::FutureExt;
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::convert::Infallible;
use std::time::Duration;

/// So often changes are looked for, whether anybody was told of them or not.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Keeps the cache in step with the database until `shutdown` is done. One for each process that serves.
pub async fn listen(shop: Shop, shutdown: impl Future<Output = ()> + Send) {
    let mut shutdown = std::pin::pin!(shutdown.fuse());
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            lost = follow_changes(&shop) => {
                let Err(error) = lost;
                tracing::warn!(%error, "not listening to catalogue changes; pages are read anew meanwhile");
            }
        }
        tokio::select! {
            () = &mut shutdown => return,
            () = tokio::time::sleep(TRY_AGAIN_AFTER) => {}
        }
    }
}

async fn follow_changes(shop: &Shop) -> Result<Infallible, sqlx::Error> {
    // A connection of its own: it must not be one that a buyer waits for.
    let pool = PgPoolOptions::new().max_connections(1).connect_with(shop.db.options().clone()).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    // Reconnecting is ours to do, so that nothing is kept from before.
    listener.eager_reconnect(false);
    listener.listen(announce::CATALOG).await?;
    // what commits from here on is found, and what was read before is not kept
    let mut seen = within(sqlx::query_scalar("select pg_current_snapshot()::text").fetch_one(&mut listener)).await?;
    let listening = Listening::start(&shop.cache);
    loop {
        match tokio::time::timeout(LOOK_EVERY, listener.try_recv()).await {
            Ok(Ok(Some(_))) | Err(_) => {}
            Ok(Ok(None)) => return Err(sqlx::Error::PoolClosed),
            Ok(Err(error)) => return Err(error),
        }
        let changes: Changes;
        (seen, changes) = within(look(&mut listener, seen)).await?;
        for change in changes {
            listening.0.on_change(&change);
        }
    }
}

type Changes = Vec<String>;

/// The changes that are to be seen now and were not in the snapshot before, whatever the order in which their
/// transactions began; and the snapshot of now.
async fn look(listener: &mut PgListener, seen: String) -> Result<(String, Changes), sqlx::Error> {
    sqlx::query_as(
        "select pg_current_snapshot()::text,
                array(
                    select distinct case what when 'all' then '' else what || ' ' || product_id end
                    from catalog_changes
                    where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
                )",
    )
    .bind(seen)
    .fetch_one(listener)
    .await
}

/// A dead connection would leave us serving old pages.
async fn within<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(ANSWER_WITHIN, answer).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Clears away changes that every process has seen: those that were to be seen when this was done before.
pub(crate) async fn sweep(shop: &Shop) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!(
        "with before as (
            select seen from catalog_changes_cleared for update
         ),
         now as (
            update catalog_changes_cleared set seen = pg_current_snapshot()
         )
         delete from catalog_changes
         where pg_visible_in_snapshot(xid, (select seen from before))"
    )
    .execute(&shop.db)
    .await?;
    Ok(gone.rows_affected())
}

/// However the listening ends, by an error, a shutdown or a dropped task, nothing is served from memory after it.
struct Listening<'a>(&'a Cache);

impl<'a> Listening<'a> {
    fn start(cache: &'a Cache) -> Self {
        cache.start_listening();
        Self(cache)
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.stop_listening();
    }
}
