//! Stripe's statement, copied beside our books so that the two can be held against each other.
//!
//! It is read in ranges, page by page, each kept with the place to go on from: a round that ends early, because it has
//! read enough or Stripe does not answer, is taken up by the next one. What is new is read every few minutes with an
//! overlap, so that what came late is seen; the last month is read once a day, for what changed long after it was made.

mod state;
mod store;

pub use state::EntryState;

pub(super) use store::{no_refund, payment_missing, payment_seen, refund_missing, refund_seen};

use super::gateway::{GatewayError, IntentEntry, RefundEntry, StatementPage, StatementRange};
use crate::actors::System;
use crate::{Error, Result, Shop};
use chrono::{DateTime, TimeDelta, Utc};

/// So far back is read again each time: for what was made before but appeared later.
const OVERLAP: TimeDelta = TimeDelta::hours(2);
/// How far back the long reading goes, and how often it begins.
const LONG: TimeDelta = TimeDelta::days(30);
const LONG_EVERY: TimeDelta = TimeDelta::days(1);
/// Pages of a hundred that a round reads of each stream.
const PAGES: usize = 10;

words! {
    enum Stream {
        Payments = "payments",
        Refunds = "refunds",
        AllPayments = "all_payments",
        AllRefunds = "all_refunds",
    }
}

impl Stream {
    fn is_long(self) -> bool {
        matches!(self, Self::AllPayments | Self::AllRefunds)
    }
}

/// Reads on in all streams. `Unavailable` when Stripe did not answer; what was read until then is kept.
pub(super) async fn read(shop: &Shop) -> Result<()> {
    for stream in Stream::ALL {
        if let Err(e) = read_on(shop, stream).await {
            note_failure(shop, stream, &e).await?;
            return Err(e);
        }
    }
    Ok(())
}

async fn read_on(shop: &Shop, stream: Stream) -> Result<()> {
    let Some((mut range, begun)) = begin(shop, stream).await? else { return Ok(()) };
    for _ in 0..PAGES {
        let page = fetch(shop, stream, &range).await;
        match keep(shop, stream, &range, begun, page).await? {
            Some(after) => range.after = Some(after),
            None => break,
        }
    }
    Ok(())
}

enum StatementRow {
    Payment(IntentEntry),
    Refund(RefundEntry),
}

async fn fetch(
    shop: &Shop,
    stream: Stream,
    range: &StatementRange,
) -> Result<StatementPage<StatementRow>, GatewayError> {
    match stream {
        Stream::Payments | Stream::AllPayments => {
            let StatementPage { rows, after } = shop.gateway.list_intents(range).await?;
            Ok(StatementPage { rows: rows.into_iter().map(StatementRow::Payment).collect(), after })
        }
        Stream::Refunds | Stream::AllRefunds => {
            let StatementPage { rows, after } = shop.gateway.list_refunds(range).await?;
            Ok(StatementPage { rows: rows.into_iter().map(StatementRow::Refund).collect(), after })
        }
    }
}

/// The range under way, or a new one, and when it was begun; `None` when none is due.
async fn begin(shop: &Shop, stream: Stream) -> Result<Option<(StatementRange, DateTime<Utc>)>> {
    let now = shop.clock.now();
    sqlx::query!(
        "insert into ledger_readings (stream, since, mark) values ($1, $2, $3) on conflict (stream) do nothing",
        stream.word(),
        now - LONG,
        now,
    )
    .execute(&shop.db)
    .await?;
    let row = sqlx::query!(
        "select mark, from_at, begun_at, cursor, read_at from ledger_readings where stream = $1",
        stream.word()
    )
    .fetch_one(&shop.db)
    .await?;
    if let (Some(from), Some(until)) = (row.from_at, row.begun_at) {
        return Ok(Some((StatementRange { from, after: row.cursor }, until)));
    }
    if stream.is_long() && row.read_at.is_some_and(|at| at > now - LONG_EVERY) {
        return Ok(None);
    }
    let from = if stream.is_long() { now - LONG } else { row.mark - OVERLAP };
    sqlx::query!(
        "update ledger_readings set from_at = $2, begun_at = $3, cursor = null where stream = $1 and from_at is null",
        stream.word(),
        from,
        now,
    )
    .execute(&shop.db)
    .await?;
    Ok(Some((StatementRange { from, after: None }, now)))
}

/// Keeps what stands on a page, and where the next one begins, in one transaction. Answers where that is.
async fn keep(
    shop: &Shop,
    stream: Stream,
    range: &StatementRange,
    begun: DateTime<Utc>,
    page: Result<StatementPage<StatementRow>, GatewayError>,
) -> Result<Option<String>> {
    let page = match page {
        // the row that we would go on from is not there (any more): from the beginning
        Err(e) if e.is_missing() && range.after.is_some() => {
            restart(shop, stream).await?;
            return Err(e.into());
        }
        page => page?,
    };
    act!(shop, &System, "statement.keep", |act| {
        for row in &page.rows {
            match row {
                StatementRow::Payment(entry) => payment_seen(&mut act, entry).await?,
                StatementRow::Refund(entry) => refund_seen(&mut act, entry).await?,
            }
        }
        let is_last = page.after.is_none();
        // somebody else may be reading too, and may have come further
        sqlx::query!(
            "update ledger_readings
             set cursor = $3,
                 mark = case when $4 then greatest(mark, begun_at) else mark end,
                 read_at = case when $4 then $5::timestamptz else read_at end,
                 from_at = case when $4 then null else from_at end,
                 begun_at = case when $4 then null else begun_at end,
                 tried_at = $5, failure = null
             where stream = $1 and begun_at = $2",
            stream.word(),
            begun,
            page.after,
            is_last,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        act.commit(()).await
    })?;
    Ok(page.after)
}

async fn restart(shop: &Shop, stream: Stream) -> Result<()> {
    sqlx::query!("update ledger_readings set cursor = null where stream = $1", stream.word()).execute(&shop.db).await?;
    Ok(())
}

async fn note_failure(shop: &Shop, stream: Stream, error: &Error) -> Result<()> {
    let why: String = match error {
        Error::Unavailable(cause) => format!("{cause:#}"),
        other => other.to_string(),
    };
    tracing::warn!(stream = stream.word(), "Stripe's statement cannot be read: {why}");
    let why: String = why.chars().take(300).collect();
    sqlx::query!(
        "update ledger_readings set tried_at = $2, failure = $3 where stream = $1",
        stream.word(),
        shop.clock.now(),
        why,
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

/// How far the statement is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementProgress {
    /// When all that is new was last read; never, at first.
    pub read_at: Option<DateTime<Utc>>,
    /// Why it could not be read since.
    pub failure: Option<String>,
    /// The last month has been read through at least once.
    pub is_complete: bool,
}

pub async fn progress(shop: &Shop) -> Result<StatementProgress> {
    let row = sqlx::query!(
        r#"select min(read_at) filter (where stream in ('payments', 'refunds')) as read_at,
                  count(*) filter (where read_at is not null) as "streams!",
                  max(failure) as failure
           from ledger_readings"#
    )
    .fetch_one(&shop.db)
    .await?;
    let is_complete = row.streams == Stream::ALL.len() as i64;
    Ok(StatementProgress { read_at: row.read_at, failure: row.failure, is_complete })
}
