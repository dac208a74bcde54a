//! Telling other processes what a commit brought about, after the commit.
//!
//! `NOTIFY` inside of a transaction that writes would make all writers of the server commit one after the other. So an
//! act only says here that it changed the catalogue, or that a job is due; [`run`] tells all processes some 20 ms
//! later, once for all acts of that time, in a transaction that writes nothing. Nothing hangs on it: caches look for
//! changes every second (`cache::listen`), workers for jobs, and live updates look at everything every half a minute.

mod bus;

pub use bus::{Bus, Heard, Listening, PostgresBus};

use crate::db::Db;
use crate::live_topic::LiveTopic;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// What acts of so long are told together.
const TOGETHER: Duration = Duration::from_millis(20);
pub(crate) const CATALOG: &str = "catalog";
/// The channel of the queue's library.
const JOBS: &str = "jobs:insert";

/// What is to be told. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Announcements(Arc<Pending>);

#[derive(Debug, Default)]
struct Pending {
    catalog: AtomicBool,
    jobs: AtomicU32,
    topics: Mutex<BTreeSet<LiveTopic>>,
    wake: Notify,
    webhooks: Notify,
}

/// More topics than this at once, and all are told to look at everything.
const TOPICS: usize = 4_000;

impl Announcements {
    /// Something of the catalogue was changed.
    pub fn catalog_changed(&self) {
        self.0.catalog.store(true, Ordering::SeqCst);
        self.0.wake.notify_one();
    }

    /// So many jobs are due.
    pub(crate) fn jobs_added(&self, count: u32) {
        self.0.jobs.fetch_add(count, Ordering::SeqCst);
        self.0.wake.notify_one();
    }

    /// These changed, for whoever follows them.
    pub(crate) fn changed(&self, topics: impl IntoIterator<Item = LiveTopic>) {
        let mut all = self.0.topics.lock().unwrap_or_else(PoisonError::into_inner);
        // one more says that there are too many
        let room = (TOPICS + 1).saturating_sub(all.len());
        all.extend(topics.into_iter().take(room));
        drop(all);
        self.0.wake.notify_one();
    }

    /// There is something to post to webhooks. Only those are woken who do so in this process; others look for
    /// themselves.
    pub(crate) fn webhooks_due(&self) {
        self.0.webhooks.notify_one();
    }

    /// Done when something is to be posted to webhooks.
    pub(crate) async fn until_webhooks_due(&self) {
        self.0.webhooks.notified().await;
    }
}

/// Tells what was announced until `shutdown` is done. One for each process that stays.
pub async fn run(db: Db, bus: Arc<dyn Bus>, announcements: Announcements, shutdown: impl Future<Output = ()> + Send) {
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return,
            () = announcements.0.wake.notified() => {}
        }
        tokio::time::sleep(TOGETHER).await;
        // those who wait look for themselves
        if let Err(error) = tell(&db, &announcements.0).await {
            tracing::debug!(%error, "nobody was told of what changed");
        }
        if let Err(error) = tell_followers(&*bus, &announcements.0).await {
            tracing::debug!(%error, "nobody who follows was told of what changed");
        }
    }
}

async fn tell(db: &Db, pending: &Pending) -> sqlx::Result<()> {
    let mut told = Vec::new();
    if pending.catalog.swap(false, Ordering::SeqCst) {
        told.push((CATALOG, String::new()));
    }
    match pending.jobs.swap(0, Ordering::SeqCst) {
        0 => {}
        count => told.push((JOBS, format!(r#"{{"count":{count}}}"#))),
    }
    if told.is_empty() {
        return Ok(());
    }
    let (channels, payloads): (Vec<_>, Vec<_>) = told.into_iter().unzip();
    // by its full name: `quiet` shadows it
    sqlx::query(
        "select pg_catalog.pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as told (channel, payload)",
    )
    .bind(channels)
    .bind(payloads)
    .execute(db)
    .await
    .map(drop)
}

async fn tell_followers(bus: &dyn Bus, pending: &Pending) -> crate::Result<()> {
    let topics = std::mem::take(&mut *pending.topics.lock().unwrap_or_else(PoisonError::into_inner));
    match topics.len() {
        0 => Ok(()),
        n if n > TOPICS => bus.publish(&Heard::Everything).await,
        _ => bus.publish(&Heard::Topics(topics.into_iter().collect())).await,
    }
}
