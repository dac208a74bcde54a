//! The connection pool and the schema.

pub mod embedded;
mod pool;

pub use pool::{ACQUIRE_TIMEOUT, Connected, Connection, Db, Transaction, wait_in_all};

use crate::{Error, Result};
use anyhow::Context;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, Executor};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Opens the pool. Nothing waits for ever: 3 s for a connection, 10 s for a statement, 3 s for a lock.
///
/// # Errors
/// When the server cannot be reached.
pub async fn connect(options: PgConnectOptions, max_connections: u32) -> Result<Db> {
    // more statements than the shop has, so that each is prepared once for each connection
    let options = options.application_name("ironmonger").statement_cache_capacity(1_000).options([
        ("statement_timeout", "10s"),
        ("lock_timeout", "3s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("timezone", "UTC"),
        // every question here is shorter than compiling it
        ("jit", "off"),
        // what is notified inside of a transaction goes nowhere: `crate::announce` does it after the commit
        ("search_path", "quiet,pg_catalog,\"$user\",public"),
        // no "there is no transaction in progress" when a connection is rolled back before it goes back into the pool
        ("client_min_messages", "error"),
    ]);
    let db = Db::new(options, max_connections);
    db.acquire().await?.release();
    Ok(db)
}

/// Brings the tables up to date: a part of [`crate::migrate()`].
pub(crate) async fn migrate(db: &Db) -> Result<()> {
    let mut conn = db.acquire().await?.detach()?;
    // tables are made in the first schema of the path
    conn.execute("set statement_timeout = 0; set lock_timeout = '60s'; set search_path = \"$user\", public").await?;
    let done = MIGRATIONS.run(&mut conn).await.context("migrating the schema").map_err(Error::Internal);
    conn.close().await?;
    done
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
