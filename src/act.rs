//! One act, one frame: a transaction, the moment at which it happens, and in whose name.
//!
//! `act!` begins it, tries it again when another transaction was in its way, and gives it a span in the log.
//! [`Act::commit`] is its last line: it writes what the act only wrote down ([`Act::later`]: the audit log, events,
//! jobs, the timeline of an order) in one statement, and commits. An act that is dropped before is rolled back.
//!
//! ```ignore
//! pub async fn publish(shop: &Shop, who: &dyn May, id: ProductId) -> Result<()> {
//!     who.may(Permission::CatalogWrite)?;
//!     act!(shop, who, "product.publish", |act| {
//!         let product = lock(&mut act, id).await?;
//!         audit::record(&mut act, entry, &before, &after)?;
//!         act.commit(()).await
//!     })
//! }
//! ```

use crate::actors::AsActor;
use crate::db::Transaction;
use crate::entity::Entity;
use crate::live_topic::LiveTopic;
use crate::{Error, Result, Shop};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};
use std::fmt::Write;
use std::ops::{Deref, DerefMut};
use tracing::{Span, field};

/// How often an act is tried when others are in its way.
pub(crate) const TRIES: u32 = 3;

/// An act that is under way. Statements run on it as on a connection.
pub struct Act<'a> {
    pub shop: &'a Shop,
    /// In whose name: the audit log, the movements and the timeline say so.
    pub who: &'a dyn AsActor,
    /// One moment for all that it does.
    pub now: DateTime<Utc>,
    tx: Transaction,
    later: Vec<(&'static DeferredRows, Vec<Value>)>,
    /// Whether it wrote a change of the catalogue, as far as was seen when rows were written down.
    changed_catalog: bool,
    /// How many of its jobs are due at once.
    jobs: u32,
    /// Whether it recorded events.
    tells: bool,
    /// What it changed, for whoever follows it.
    changed: Vec<LiveTopic>,
    /// The first, the second …
    pub(crate) attempt: u32,
}

/// Rows that acts write and do not read again before they commit.
pub struct DeferredRows {
    /// What `sql` stands on, as `name as (…), name as (…)`: PostgreSQL takes what writes at the top of a statement
    /// only. It may wait for other acts, so it comes after all rows that have nothing before them.
    pub before: Option<&'static str>,
    /// Writes the rows of `{rows}`, a JSON array of objects, and gives one row back for each.
    pub sql: &'static str,
    /// What is answered, and everything undone, when fewer rows come back than there are.
    pub missing: Option<fn() -> Error>,
    /// Writes into the rows what follows from all of them together.
    pub complete: Option<fn(&mut [Value])>,
}

/// Does one act: begins it, and does it anew when another transaction was in its way, up to three times in all.
///
/// `act!(shop, who, "order.cancel", |act| { … })` is a `Result`: what the block answers, whose last line is
/// [`Act::commit`](crate::act::Act::commit). The name is for the log. Whatever the block consumes it needs anew at each
/// try, so that it clones what it gives away; `return` and `?` end the try.
///
/// A macro, since a function that takes such a block as a closure makes futures of which the compiler cannot tell that
/// they may be sent to another thread.
///
/// `act!(shop, visitor, "cart.add", unflushed, |act| { … })` is not waited for until it is on the disk: see
/// [`Act::begin_unflushed`](crate::act::Act::begin_unflushed).
macro_rules! act {
    ($shop:expr, $who:expr, $name:expr, |$act:ident| $work:block) => {
        act!(@by begin, $shop, $who, $name, |$act| $work)
    };
    ($shop:expr, $who:expr, $name:expr, unflushed, |$act:ident| $work:block) => {
        act!(@by begin_unflushed, $shop, $who, $name, |$act| $work)
    };
    (@by $begin:ident, $shop:expr, $who:expr, $name:expr, |$act:ident| $work:block) => {{
        let span = tracing::info_span!("act", name = $name, entity = tracing::field::Empty);
        tracing::Instrument::instrument(
            async {
                let mut tries = 1;
                loop {
                    let mut $act = $crate::act::Act::$begin($shop, $who).await?;
                    $act.attempt = tries;
                    match async { $work }.await {
                        Err($crate::Error::Busy) if tries < $crate::act::TRIES => {
                            tries += 1;
                            tokio::task::yield_now().await;
                        }
                        answer => break answer,
                    }
                }
            },
            span,
        )
        .await
    }};
}

impl<'a> Act<'a> {
    /// Begins an act that is not tried again by itself: for tests, and for what is done piece by piece.
    ///
    /// # Errors
    /// `Unavailable` when no connection came free in time.
    pub async fn begin(shop: &'a Shop, who: &'a dyn AsActor) -> Result<Self> {
        Ok(Self::on(shop.db.begin().await?, shop, who))
    }

    /// The same for what may be lost when the database's machine fails within the next second. It is all there or all
    /// gone, and whatever commits after it brings it to the disk: never for money, stock, orders or accounts.
    /// <https://www.postgresql.org/docs/current/wal-async-commit.html>
    ///
    /// # Errors
    /// As [`Act::begin`].
    pub(crate) async fn begin_unflushed(shop: &'a Shop, who: &'a dyn AsActor) -> Result<Self> {
        let tx = shop.db.begin_with("begin; set local synchronous_commit = off").await?;
        Ok(Self::on(tx, shop, who))
    }

    fn on(tx: Transaction, shop: &'a Shop, who: &'a dyn AsActor) -> Self {
        let now = shop.clock.now();
        Self {
            shop,
            who,
            now,
            tx,
            later: Vec::new(),
            changed_catalog: false,
            jobs: 0,
            tells: false,
            changed: Vec::new(),
            attempt: 1,
        }
    }

    /// From here on in the name of somebody else; answers in whose it was. For what follows by itself from what
    /// somebody did.
    pub fn act_as(&mut self, who: &'a dyn AsActor) -> &'a dyn AsActor {
        std::mem::replace(&mut self.who, who)
    }

    /// Says in the log what it is about.
    pub fn about(&self, entity_type: Entity, entity_id: &str) {
        Span::current().record("entity", field::display(format_args!("{} {entity_id}", entity_type.word())));
    }

    /// Writes a row when the act ends, together with all others.
    pub(crate) fn later(&mut self, rows: &'static DeferredRows, row: &impl Serialize) -> Result<()> {
        let row = serde_json::to_value(row)?;
        match self.later.iter_mut().find(|(of, _)| std::ptr::eq(*of, rows)) {
            Some((_, written)) => written.push(row),
            None => self.later.push((rows, vec![row])),
        }
        Ok(())
    }

    /// Whether such rows are to be written already.
    pub(crate) fn will_write(&self, rows: &'static DeferredRows) -> bool {
        self.later.iter().any(|(of, _)| std::ptr::eq(*of, rows))
    }

    /// A job is due when it commits, and workers shall be told.
    pub(crate) fn wake_workers(&mut self) {
        self.jobs += 1;
    }

    /// It recorded an event, and those who hand events on shall look.
    pub(crate) fn will_tell(&mut self) {
        self.tells = true;
    }

    /// Whoever follows this is told once it is done.
    pub(crate) fn changes(&mut self, topic: LiveTopic) {
        if !self.changed.contains(&topic) {
            self.changed.push(topic);
        }
    }

    /// Writes now what was to be written later: for whoever reads it in the same act.
    pub async fn write_down(&mut self) -> Result<()> {
        if self.later.is_empty() {
            return Ok(());
        }
        let mut later = std::mem::take(&mut self.later);
        later.sort_by_key(|(rows, _)| rows.before.is_some());
        let mut sql = "with ".to_owned();
        for (n, (rows, _)) in later.iter().enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            let before = rows.before.map(|before| format!("{before}, ")).unwrap_or_default();
            let these = format!("{before}w{n} as ({})", rows.sql).replace("{rows}", &format!("${}::jsonb", n + 1));
            let _ = write!(sql, "{comma}{these}");
        }
        let counts: Vec<String> = (0..later.len()).map(|n| format!("(select count(*) from w{n})")).collect();
        let _ = write!(
            sql,
            " select array[{}], exists (
                select from catalog_changes where xid = pg_current_xact_id_if_assigned() and what <> 'more'
            )",
            counts.join(", ")
        );
        // made of the sentences in this program alone
        let mut query = sqlx::query_as::<_, (Vec<i64>, bool)>(AssertSqlSafe(sql));
        let kinds: Vec<_> = later.iter().map(|(rows, written)| (rows.missing, written.len())).collect();
        for (rows, mut written) in later {
            if let Some(complete) = rows.complete {
                complete(&mut written);
            }
            query = query.bind(Value::Array(written));
        }
        let (counts, changed_catalog) = query.fetch_one(&mut *self.tx).await?;
        self.changed_catalog |= changed_catalog;
        for ((missing, asked), written) in kinds.into_iter().zip(counts) {
            if let Some(missing) = missing.filter(|_| usize::try_from(written).is_ok_and(|written| written < asked)) {
                return Err(missing());
            }
        }
        Ok(())
    }

    /// Ends the act: all of it is done, and answered with `value`.
    ///
    /// # Errors
    /// What could not be written. When the answer of the commit itself is lost, nobody knows whether it was done.
    pub async fn commit<T>(mut self, value: T) -> Result<T> {
        self.write_down().await?;
        self.tx.commit().await?;
        tracing::debug!(attempt = self.attempt, "done");
        if self.changed_catalog {
            self.shop.announcements.catalog_changed();
        }
        if self.jobs > 0 {
            self.shop.announcements.jobs_added(self.jobs);
        }
        if !self.changed.is_empty() {
            self.shop.announcements.changed(self.changed);
        }
        if self.tells {
            self.shop.announcements.webhooks_due();
        }
        Ok(value)
    }
}

impl Deref for Act<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.tx
    }
}

impl DerefMut for Act<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

/// Reads that belong together: on one connection, and all as of one moment. Writes nothing.
pub struct Reading(Transaction);

impl Reading {
    /// # Errors
    /// `Unavailable` when no connection came free in time.
    pub async fn begin(shop: &Shop) -> Result<Self> {
        Ok(Self(shop.db.begin_with("begin isolation level repeatable read, read only").await?))
    }

    /// Ends it, with what was read. One that is dropped costs a round trip more.
    ///
    /// # Errors
    /// When the connection was lost.
    pub async fn end<T>(self, read: T) -> Result<T> {
        self.0.commit().await?;
        Ok(read)
    }
}

impl Deref for Reading {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.0
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.0
    }
}
