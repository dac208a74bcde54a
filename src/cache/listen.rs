//! Listening to the database.

use super::Cache;
use crate::Shop;
use futures::FutureExt;
use sqlx::Executor;
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::convert::Infallible;
use std::time::Duration;

/// A connection that says nothing for so long is asked whether it lives; a dead one would leave us serving old pages.
const SILENCE: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Keeps the cache in step with the database until `shutdown` is done. One for each process that serves.
pub async fn listen(shop: Shop, shutdown: impl Future<Output = ()> + Send) {
    let mut shutdown = std::pin::pin!(shutdown.fuse());
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            lost = heed(&shop) => {
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

async fn heed(shop: &Shop) -> Result<Infallible, sqlx::Error> {
    // A connection of its own: it must not be one that a buyer waits for.
    let pool = PgPoolOptions::new().max_connections(1).connect_with(shop.db.options().clone()).await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    // Reconnecting is ours to do, so that nothing is kept from before.
    listener.eager_reconnect(false);
    listener.listen("catalog").await?;
    let listening = Listening::start(&shop.cache);
    loop {
        match tokio::time::timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(message))) => listening.0.heard(message.payload()),
            Ok(Ok(None)) => return Err(sqlx::Error::PoolClosed),
            Ok(Err(error)) => return Err(error),
            Err(_) => match tokio::time::timeout(ANSWER_WITHIN, listener.execute("select 1")).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(error),
                Err(_) => return Err(sqlx::Error::PoolTimedOut),
            },
        }
    }
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
