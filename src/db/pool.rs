//! The pool of connections, and how long one request may wait for them.
//!
//! A request takes connections one after the other, and each wait alone is bounded by the pool. Under load they would
//! add up, so [`wait_in_all`] gives a request one bound for all its waits together.
//!
//! A connection comes back into the pool as it is when it is known to be in step: a statement was answered, a
//! transaction ended. That costs no round trip. One of which that is not known (its future was dropped, a statement
//! failed) is rolled back first, in a task of its own. sqlx 0.9.0 needs that: when the future that sent `BEGIN` is
//! dropped, the connection stands in an open transaction and does not know it; the next borrower's writes would be
//! acknowledged and lost.

use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::postgres::{
    PgConnectOptions, PgPoolOptions, PgQueryResult, PgRow, PgStatement, PgTransactionManager, PgTypeInfo,
};
use sqlx::{Connection as _, Describe, Either, Execute, Executor, PgConnection, PgPool, Postgres, SqlSafeStr, SqlStr};
use sqlx_core::transaction::TransactionManager;
use std::io::ErrorKind;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout};

/// How long somebody waits for a connection: once, or within [`wait_in_all`] all times together.
pub const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that answered a moment ago is not asked again whether it lives.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// Older connections are replaced, so that what a server keeps for each does not grow for ever.
const OLDEST: Duration = Duration::from_secs(30 * 60);
/// A server that is starting up is asked again after so long.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);
/// How long [`Db::close`] waits for connections that are in use.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);
/// What the queue's machinery uses at once: a listener, and few statements.
const QUEUE_CONNECTIONS: u32 = 4;
/// Each takes a core of the database's for some ten milliseconds.
const HEAVY_READS_AT_ONCE: usize = 4;

tokio::task_local! {
    /// How long the request may still wait.
    static LEFT: Arc<Mutex<Duration>>;
}

/// All waits for a connection within `work` together take no longer than [`ACQUIRE_TIMEOUT`]. Then the database counts
/// as unavailable. Does not reach into tasks that `work` spawns; these wait as long again.
pub async fn wait_in_all<T>(work: impl Future<Output = T>) -> T {
    LEFT.scope(Arc::new(Mutex::new(ACQUIRE_TIMEOUT)), work).await
}

/// The database. Queries run on it as on a pool, each on a connection of its own.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Pool<Connections>,
    /// The queue's library brings its own machinery, which wants a pool of sqlx. Opened when it is used first.
    queue: PgPool,
    heavy_reads: Arc<Semaphore>,
}

/// How many connections there are, and how many of them nobody uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connected {
    pub all: usize,
    pub idle: usize,
}

impl Db {
    pub(super) fn new(options: PgConnectOptions, max_connections: u32) -> Self {
        // What a crash of the server takes from the queue's own notes (that a job was begun, or done) is done again:
        // each job may run twice. Jobs are added by acts, on connections of the pool.
        let queue = PgPoolOptions::new()
            .max_connections(QUEUE_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .connect_lazy_with(options.clone().options([("synchronous_commit", "off")]));
        // the one used last has its plans ready, and its tables in the cache of its core
        let pool = Pool::builder(Connections { options })
            .max_size(max_connections as usize)
            .queue_mode(QueueMode::Lifo)
            .build();
        // building fails only where timeouts are set without a runtime, and none are
        let pool = pool.unwrap_or_else(|_| unreachable!("no timeouts are set"));
        Self { pool, queue, heavy_reads: Arc::new(Semaphore::new(HEAVY_READS_AT_ONCE)) }
    }

    /// A connection, to be given back by dropping it, or sooner by [`Connection::release`].
    ///
    /// # Errors
    /// `PoolTimedOut` when none came free in time.
    pub async fn acquire(&self) -> sqlx::Result<Connection> {
        let left = LEFT.try_with(Arc::clone).ok();
        let bound = |left: &Mutex<Duration>| *left.lock().unwrap_or_else(PoisonError::into_inner);
        let at_most = left.as_deref().map_or(ACQUIRE_TIMEOUT, bound);
        let since = Instant::now();
        let object = timeout(at_most, self.pool.get()).await;
        if let Some(left) = left {
            let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
            *left = left.saturating_sub(since.elapsed());
        }
        match object {
            Ok(Ok(object)) => Ok(Connection { object: Some(object), in_step: false }),
            Ok(Err(PoolError::Backend(error))) => Err(error),
            Ok(Err(PoolError::Closed)) => Err(sqlx::Error::PoolClosed),
            Ok(Err(_)) | Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }

    /// A transaction, rolled back unless it is committed.
    ///
    /// # Errors
    /// `PoolTimedOut` when no connection came free in time.
    pub async fn begin(&self) -> sqlx::Result<Transaction> {
        self.begin_by(None).await
    }

    /// A transaction of another kind: `statement` begins it.
    ///
    /// # Errors
    /// As [`Db::begin`].
    pub async fn begin_with(&self, statement: &'static str) -> sqlx::Result<Transaction> {
        self.begin_by(Some(statement.into_sql_str())).await
    }

    async fn begin_by(&self, statement: Option<SqlStr>) -> sqlx::Result<Transaction> {
        let mut conn = self.acquire().await?;
        PgTransactionManager::begin(&mut conn, statement).await?;
        Ok(Transaction(conn))
    }

    /// A turn at reading what takes the database long: few at a time, so that it is left to those who buy. `None` when
    /// none came free within `at_most`.
    pub(crate) async fn heavy_read(&self, at_most: Duration) -> Option<SemaphorePermit<'_>> {
        timeout(at_most, self.heavy_reads.acquire()).await.ok()?.ok()
    }

    /// Closes all connections, and waits until they are, though not for ever.
    pub async fn close(&self) {
        let idle = self.pool.retain(|_, _| false).removed;
        self.pool.close();
        for conn in idle {
            let _ = conn.close().await;
        }
        self.queue.close().await;
        let end = Instant::now() + CLOSE_WITHIN;
        while self.pool.status().size > 0 && Instant::now() < end {
            sleep(Duration::from_millis(5)).await;
        }
    }

    pub fn connected(&self) -> Connected {
        let status = self.pool.status();
        Connected { all: status.size, idle: status.available }
    }

    /// For connections outside of the pool.
    pub(crate) fn options(&self) -> &PgConnectOptions {
        &self.pool.manager().options
    }

    /// For the machinery of the queue.
    pub(crate) fn queue(&self) -> &PgPool {
        &self.queue
    }
}

/// Makes connections, and looks whether they still live.
#[derive(Debug)]
struct Connections {
    options: PgConnectOptions,
}

impl Manager for Connections {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<PgConnection> {
        loop {
            match PgConnection::connect_with(&self.options).await {
                // the caller's timeout ends this loop
                Err(error) if is_starting(&error) => sleep(TRY_AGAIN_AFTER).await,
                answer => return answer,
            }
        }
    }

    async fn recycle(&self, conn: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > OLDEST {
            return Err(RecycleError::message("it is old"));
        }
        if metrics.last_used() > TRUSTED_FOR {
            conn.ping().await?;
        }
        Ok(())
    }
}

/// The server is not there yet, or has no room yet.
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(e) => {
            matches!(e.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
        }
        // `cannot_connect_now`, `too_many_connections`
        sqlx::Error::Database(e) => matches!(e.code().as_deref(), Some("57P03" | "53300")),
        _ => false,
    }
}

/// A connection of the pool's.
#[derive(Debug)]
pub struct Connection {
    /// There until it is given back.
    object: Option<Object<Connections>>,
    /// Whether nothing is under way on it, so that the next one can have it as it is.
    in_step: bool,
}

impl Connection {
    /// Gives it back as it is: nothing is under way on it, and it is in no transaction.
    pub fn release(mut self) {
        self.in_step = true;
    }

    fn release_after<T>(mut self, answer: &sqlx::Result<T>) {
        // what failed may have ended in the middle
        self.in_step = matches!(answer, Ok(_) | Err(sqlx::Error::RowNotFound));
    }

    /// Takes it out of the pool for good.
    pub(crate) fn detach(mut self) -> sqlx::Result<PgConnection> {
        self.object.take().map(Object::take).ok_or(sqlx::Error::PoolClosed)
    }
}

impl Deref for Connection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match &self.object {
            Some(object) => object,
            None => unreachable!("it is given back only by what consumes it"),
        }
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match &mut self.object {
            Some(object) => object,
            None => unreachable!("it is given back only by what consumes it"),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(object) = self.object.take().filter(|_| !self.in_step) else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(bring_into_step(object))),
            // nobody is there to ask it
            Err(_) => drop(Object::take(object)),
        }
    }
}

/// Ends whatever is under way on a connection, or the connection.
async fn bring_into_step(mut object: Object<Connections>) {
    async fn roll_back(conn: &mut PgConnection) -> sqlx::Result<()> {
        while PgTransactionManager::get_transaction_depth(conn) > 0 {
            PgTransactionManager::rollback(conn).await?;
        }
        // sqlx may not know of the transaction; without one PostgreSQL answers with a warning, no more
        conn.execute("rollback").await.map(drop)
    }
    if roll_back(&mut object).await.is_err() {
        drop(Object::take(object));
    }
}

/// A transaction: rolled back unless it is committed.
#[derive(Debug)]
pub struct Transaction(Connection);

impl Transaction {
    /// # Errors
    /// When the answer did not come: whether it was committed is not known then.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        PgTransactionManager::commit(&mut self.0).await?;
        self.0.release();
        Ok(())
    }

    /// Undoes what it did, and waits until that is done.
    ///
    /// # Errors
    /// When the answer did not come: then the connection is ended, and the transaction with it.
    pub async fn rollback(mut self) -> sqlx::Result<()> {
        PgTransactionManager::rollback(&mut self.0).await?;
        self.0.release();
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}

/// Rows of a query on the pool are read to the last one before the first is handed on, so that its connection is soon
/// free again. For more rows than memory should hold, [`Db::acquire`] a connection and read from that.
impl<'p> Executor<'p> for &'p Db {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, sqlx::Result<Either<PgQueryResult, PgRow>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        let read = async move {
            let mut conn = self.acquire().await?;
            let rows: sqlx::Result<Vec<_>> = conn.fetch_many(query).try_collect().await;
            conn.release_after(&rows);
            Ok::<_, sqlx::Error>(stream::iter(rows?.into_iter().map(Ok)))
        };
        stream::once(read).try_flatten().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        Box::pin(async move {
            let mut conn = self.acquire().await?;
            let row = conn.fetch_optional(query).await;
            conn.release_after(&row);
            row
        })
    }

    fn prepare_with<'e>(self, sql: SqlStr, parameters: &'e [PgTypeInfo]) -> BoxFuture<'e, sqlx::Result<PgStatement>>
    where
        'p: 'e,
    {
        Box::pin(async move {
            let mut conn = self.acquire().await?;
            let statement = conn.prepare_with(sql, parameters).await;
            conn.release_after(&statement);
            statement
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Postgres>>>
    where
        'p: 'e,
    {
        Box::pin(async move {
            let mut conn = self.acquire().await?;
            let described = conn.describe(sql).await;
            conn.release_after(&described);
            described
        })
    }
}
