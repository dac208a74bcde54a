//! The connection pool and the schema.

pub mod embedded;
mod pool;

pub use pool::{Db, PATIENCE, wait_in_all};

use crate::{Error, Result};
use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor};
use std::time::Duration;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Opens the pool. Nothing waits for ever: 3 s for a connection, 10 s for a statement, 3 s for a lock.
///
/// sqlx 0.9.0 can hand a connection back inside an open transaction when the future that sent `BEGIN` is dropped; the next
/// borrower's writes would be acknowledged and lost. So every connection is rolled back on its way home.
/// (The other half of the guard is in the app: requests that write run to their end in a task of their own.)
pub async fn connect(options: PgConnectOptions, max_connections: u32) -> Result<Db> {
    let options = options.application_name("ironmonger").options([
        ("statement_timeout", "10s"),
        ("lock_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("timezone", "UTC"),
        // every question here is shorter than compiling it
        ("jit", "off"),
        // no "there is no transaction in progress" for the rollback below
        ("client_min_messages", "error"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(PATIENCE)
        // a connection that answered a moment ago is not asked again whether it lives
        .test_before_acquire(false)
        .before_acquire(|conn, about| {
            Box::pin(async move {
                if about.idle_for > Duration::from_secs(1) {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
        .after_release(|conn, _| {
            Box::pin(async move {
                // Without a transaction PostgreSQL answers with a warning, no more.
                conn.execute("rollback").await?;
                Ok(true)
            })
        })
        .connect_with(options)
        .await?;
    Ok(Db::new(pool))
}

/// Brings the schema up to date; several processes may try at once. Forward only.
pub async fn migrate(db: &Db) -> Result<()> {
    let mut conn = db.acquire().await?.detach();
    conn.execute("set statement_timeout = 0; set lock_timeout = '60s'").await?;
    let done = MIGRATIONS.run(&mut conn).await.context("migrating the schema").map_err(Error::Internal);
    conn.close().await?;
    done?;
    crate::accounts::keep_in_ascii(db).await?;
    crate::jobs::migrate(db).await
}

/// The names of migrations that this program holds and the database has not seen.
pub async fn pending_migrations(db: &Db) -> Result<Vec<String>> {
    let known: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(db).await?;
    let applied: Vec<i64> = match known {
        true => sqlx::query_scalar("select version from _sqlx_migrations where success").fetch_all(db).await?,
        false => Vec::new(),
    };
    let pending = MIGRATIONS.iter().filter(|m| !applied.contains(&m.version));
    Ok(pending.map(|m| format!("{:04} {}", m.version, m.description)).collect())
}

/// A hash over all migrations: two programs with the same one share a schema.
#[cfg(feature = "testing")]
pub(crate) fn schema_fingerprint() -> String {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    MIGRATIONS.iter().for_each(|m| hash.update(&m.checksum));
    hex::encode(&hash.finalize()[..6])
}
