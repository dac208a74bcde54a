//! The pool of connections, and how long one request may wait for them.
//!
//! A request takes connections one after the other, and each wait alone is bounded by the pool. Under load they would add
//! up, so [`wait_in_all`] gives a request one bound for all its waits together.

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Describe, Either, Execute, Executor, PgPool, PgTransaction, Postgres, SqlSafeStr, SqlStr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long somebody waits for a connection: once, or within [`wait_in_all`] all times together.
pub const PATIENCE: Duration = Duration::from_secs(3);

tokio::task_local! {
    /// What is left of a request's patience.
    static LEFT: Arc<Mutex<Duration>>;
}

/// All waits for a connection within `work` together take no longer than [`PATIENCE`]. Then the database counts as
/// unavailable. Does not reach into tasks that `work` spawns; these wait as long again.
pub async fn wait_in_all<T>(work: impl Future<Output = T>) -> T {
    LEFT.scope(Arc::new(Mutex::new(PATIENCE)), work).await
}

/// The database. Queries run on it as on a pool, each on a connection of its own.
#[derive(Clone, Debug)]
pub struct Db(PgPool);

type Connection = PoolConnection<Postgres>;

impl Db {
    pub(super) fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    /// A connection, to be given back by dropping it.
    ///
    /// # Errors
    /// `PoolTimedOut` when none came free in time.
    pub async fn acquire(&self) -> sqlx::Result<Connection> {
        let Ok(left) = LEFT.try_with(Arc::clone) else { return self.0.acquire().await };
        let patience = *left.lock().unwrap_or_else(PoisonError::into_inner);
        let since = Instant::now();
        let acquired = timeout(patience, self.0.acquire()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_sub(since.elapsed());
        acquired
    }

    /// A transaction, rolled back unless it is committed.
    ///
    /// # Errors
    /// `PoolTimedOut` when no connection came free in time.
    pub async fn begin(&self) -> sqlx::Result<PgTransaction<'static>> {
        self.begin_by(None).await
    }

    /// A transaction of another kind: `statement` begins it.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn begin_with(&self, statement: &'static str) -> sqlx::Result<PgTransaction<'static>> {
        self.begin_by(Some(statement.into_sql_str())).await
    }

    async fn begin_by(&self, statement: Option<SqlStr>) -> sqlx::Result<PgTransaction<'static>> {
        // only the wait for the connection is cut off, never a `begin` that is under way
        let conn = self.acquire().await?;
        PgTransaction::begin(conn, statement).await
    }

    /// Closes all connections, and waits until they are.
    pub async fn close(&self) {
        self.0.close().await;
    }

    /// For machinery that keeps its own connections: no bound on all waits together.
    pub fn pool(&self) -> &PgPool {
        &self.0
    }
}

/// Rows of a query on the pool are read to the last one before the first is handed on, so that its connection is soon free
/// again. For more rows than memory should hold, [`Db::acquire`] a connection and read from that.
impl<'p> Executor<'p> for &'p Db {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, sqlx::Result<Either<PgQueryResult, PgRow>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let read = async move {
            let mut conn = self.acquire().await?;
            let rows: Vec<_> = conn.fetch_many(query).try_collect().await?;
            Ok::<_, sqlx::Error>(stream::iter(rows.into_iter().map(Ok)))
        };
        stream::once(read).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        Box::pin(async move { self.acquire().await?.fetch_optional(query).await })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, sqlx::Result<PgStatement>>
    where
        'p: 'e,
    {
        Box::pin(async move { self.acquire().await?.prepare_with(sql, parameters).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Postgres>>>
    where
        'p: 'e,
    {
        Box::pin(async move { self.acquire().await?.describe(sql).await })
    }
}
