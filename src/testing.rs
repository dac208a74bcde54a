//! For tests: a shop on a database of its own, a clock that stands still, and builders that read like sentences; and
//! the offline Stripe, where money moves.
//!
//! ```text
//! #[tokio::test]
//! async fn sells_the_last_hammer() {
//!     testing::shop(async |shop| { … }).await;
//! }
//! ```

#![expect(clippy::expect_used, reason = "a test that cannot begin fails, and says why")]

mod accounts;
pub mod browser;
mod catalog;
pub mod dump;
pub mod pictures;
pub mod receiver;
mod sales;
mod secrets;
pub mod stripe;
pub mod words;

pub use accounts::{PASSWORD, weak_hash};
pub use catalog::{CategoryBuilder, ProductBuilder, TestCategory, TestProduct};

use crate::announce::{Announcements, PostgresBus};
use crate::cache::Cache;
use crate::db::embedded::Embedded;
use crate::email::Mailer;
use crate::files::Files;
use crate::keys::{EncryptionKeys, TokenKeys};
use crate::payments::{Gateway, GatewayConfig};
use crate::words::Locale;
use crate::{Clock, Currency, Shop, db, invariants, outbound, worker};
use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::net::TcpListener;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use tokio::sync::OnceCell;

/// Signs the tokens of tests.
pub const TOKEN_SECRET: &str = "tests sign their tokens with this one";

/// Encrypts what tests keep.
pub const ENCRYPTION_SECRET: &str = "tests encrypt what they keep with this one";

/// A shop on a fresh database, dropped when `finish` is called.
pub struct TestShop {
    shop: Shop,
    database: String,
}

impl Deref for TestShop {
    type Target = Shop;
    fn deref(&self) -> &Shop {
        &self.shop
    }
}

/// To set up a shop in another way before a test uses it.
impl DerefMut for TestShop {
    fn deref_mut(&mut self) -> &mut Shop {
        &mut self.shop
    }
}

/// Runs a test on a shop of its own, then checks that nothing happened which must never happen.
pub async fn shop<T>(test: impl AsyncFnOnce(&TestShop) -> T) -> T {
    let shop = TestShop::open().await;
    let answer = test(&shop).await;
    shop.finish().await;
    answer
}

/// The moment at which the clock of tests stands: Saturday, 14 November 2026, noon.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_794_657_600, 0).unwrap_or_default()
}

impl TestShop {
    pub async fn open() -> Self {
        Self::open_with(Clock::standing_at(noon()), 10).await
    }

    /// With another clock, or fewer connections.
    pub async fn open_with(clock: Clock, max_connections: u32) -> Self {
        let database = fresh_database().await;
        let options = cluster().await.clone().database(&database);
        let db = db::connect(options, max_connections).await.expect("connects to the test's database");
        let bus = Arc::new(PostgresBus::new(db.clone()));
        let shop = Shop {
            locale: Locale::default(),
            db,
            clock,
            currency: Currency::GBP,
            public_url: url::Url::parse("http://localhost:3000").expect("a valid address"),
            files: Files::in_memory(),
            mailer: Mailer::in_memory(),
            gateway: Gateway::new(GatewayConfig {
                secret_key: secrets::SECRET_KEY.into(),
                publishable_key: None,
                webhook_secrets: vec![secrets::WEBHOOK_SECRET.into()],
                api_base: None,
            }),
            // what tests ask stands on this machine
            outbound: outbound::Client::new(outbound::Reach::Local).expect("has certificates"),
            encryption_keys: EncryptionKeys::new([ENCRYPTION_SECRET.into()]).expect("is long enough"),
            token_keys: TokenKeys::new([TOKEN_SECRET.into()]).expect("is long enough"),
            // crowds of tests order from one address; tests of the bounds set them
            unpaid: None,
            announcements: Announcements::default(),
            bus,
            cache: Cache::default(),
        };
        Self { shop, database }
    }

    /// The owner has said that the shop goes by this zone's clock.
    pub async fn goes_by_the_clock_of(&self, zone: &str) {
        sqlx::query(
            "insert into settings (key, value) values ('timeZone', to_jsonb($1::text))
             on conflict (key) do update set value = excluded.value",
        )
        .bind(zone)
        .execute(&self.db)
        .await
        .expect("keeps the time zone");
    }

    /// Moves the clock on to a moment, such as `2027-03-14T05:00:00Z`.
    pub fn wait_until(&self, moment: &str) {
        let moment: DateTime<Utc> = moment.parse().expect("a moment");
        self.clock.advance(moment - self.clock.now());
    }

    /// Does what is waiting to be done, and what follows from it.
    pub async fn work(&self) {
        worker::run_pending(self).await.expect("works");
    }

    /// Waits until all notifications can be read. Transactions of other tests hold them back, too: they run on the
    /// same server.
    pub async fn notifications_settle(&self) {
        for _ in 0..1_000 {
            let waiting = "select count(*) from notifications where xid >= pg_snapshot_xmin(pg_current_snapshot())";
            if self.count(waiting).await == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("some transaction does not end");
    }

    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.db).await.expect(query)
    }

    /// The subjects of the mails that left.
    pub fn subjects(&self) -> Vec<String> {
        self.mailer.kept().into_iter().map(|mail| mail.subject).collect()
    }

    /// How another pool, or another process, reaches this shop's database.
    pub async fn options(&self) -> PgConnectOptions {
        cluster().await.clone().database(&self.database)
    }

    /// Drops the database, after checking that nothing happened which must never happen.
    pub async fn finish(self) {
        self.finish_after(&[]).await;
    }

    /// For a test that makes something happen which must never happen: exactly these rules are broken in the end.
    pub async fn finish_after(self, broken: &[&str]) {
        let violations = invariants::check(&self.shop).await.expect("checks what must never happen");
        let mut names: Vec<_> = violations.iter().map(|v| v.name).collect();
        names.dedup();
        assert_eq!(names, broken, "{violations:#?}");
        self.shop.db.close().await;
        drop_database(&self.database).await;
    }
}

/// A port for a program that a test starts. Not one of those that the system hands out by itself: nobody takes it
/// before the program does, or while it is dead.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 500) as u16 * 20;
    let mut ports = (0..200).map(|_| first + NEXT.fetch_add(1, Ordering::Relaxed));
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

/// The server for a run: `TEST_DATABASE_URL`, or an embedded one for all tests on this machine.
async fn cluster() -> &'static PgConnectOptions {
    static CLUSTER: OnceCell<(PgConnectOptions, Option<Embedded>)> = OnceCell::const_new();
    let start = async || match std::env::var("TEST_DATABASE_URL") {
        Ok(url) => (url.parse().expect("TEST_DATABASE_URL is a PostgreSQL address"), None),
        Err(_) => {
            let dir = std::env::temp_dir().join("ironmonger-tests");
            let server = Embedded::start(&dir, "ironmonger", false).await.expect("PostgreSQL starts");
            (server.options(), Some(server))
        }
    };
    &CLUSTER.get_or_init(start).await.0
}

/// By force, because a test may have left connections; without it, when autovacuum happens to look at the database:
/// that worker is the superuser's, and only a plain drop may end it.
async fn drop_database(name: &str) {
    let mut conn = PgConnection::connect_with(cluster().await).await.expect("connects to the test server");
    let mut dropped = Ok(());
    for how in [" with (force)", "", " with (force)"] {
        let sql = format!("drop database if exists {name}{how}");
        dropped = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.map(drop);
        if dropped.is_ok() {
            break;
        }
    }
    dropped.expect("drops the test's database");
    conn.close().await.expect("closes");
}

/// A copy of the template, which has every migration applied.
async fn fresh_database() -> String {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let template = TEMPLATE.get_or_init(template).await;
    let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut conn = PgConnection::connect_with(cluster().await).await.expect("connects to the test server");
    let sql = format!("drop database if exists {name} with (force)");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("drops what an earlier run left");
    // without writing each page into the log
    let sql = format!("create database {name} template {template} strategy file_copy");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("creates the test's database");
    conn.close().await.expect("closes");
    name
}

async fn template() -> String {
    let name = format!("template_{}", db::schema_fingerprint());
    let mut conn = PgConnection::connect_with(cluster().await).await.expect("connects to the test server");
    // several test programs may start at once
    sqlx::query("select pg_advisory_lock(815)").execute(&mut conn).await.expect("locks");
    let exists: bool = sqlx::query_scalar("select exists(select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut conn)
        .await
        .expect("asks for the template");
    if !exists {
        let making = format!("{name}_making");
        for sql in [format!("drop database if exists {making} with (force)"), format!("create database {making}")] {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("creates the template");
        }
        let pool = db::connect(cluster().await.clone().database(&making), 2).await.expect("connects");
        let keys = EncryptionKeys::new([ENCRYPTION_SECRET.into()]).expect("is long enough");
        crate::migrate(&pool, &keys).await.expect("migrates the template");
        pool.close().await;
        let sql = format!("alter database {making} rename to {name}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await.expect("names the template");
    }
    conn.close().await.expect("closes");
    name
}
