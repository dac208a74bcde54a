//! How processes tell one another what changed: by PostgreSQL's notifications, or by whatever else is a [`Bus`].

use crate::db::Db;
use crate::live_topic::LiveTopic;
use crate::{Error, Result};
use futures::future::BoxFuture;
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::fmt::Write;

const LIVE: &str = "live";
/// PostgreSQL refuses a payload of 8,000 bytes or more.
const PAYLOAD: usize = 7_900;
/// More notifications than this at once, and all are told to look at everything.
const AT_ONCE: usize = 16;
const EVERYTHING: &str = "*";

/// Carries topics from the process that changed something to all processes, itself too. What it loses costs nothing but
/// time: whoever listens looks at everything when it begins to, and every half a minute.
pub trait Bus: Send + Sync + 'static {
    /// Tells all who listen that these changed.
    ///
    /// # Errors
    /// When they could not be told.
    fn publish<'a>(&'a self, heard: &'a Heard) -> BoxFuture<'a, Result<()>>;

    /// Begins to listen. What is published after this is heard.
    ///
    /// # Errors
    /// When there is nobody to listen to.
    fn listen(&self) -> BoxFuture<'_, Result<Box<dyn Listening>>>;
}

/// Somebody who listens to a [`Bus`].
pub trait Listening: Send {
    /// The next that is told.
    ///
    /// # Errors
    /// When the connection is lost, and something may have been missed.
    fn heard(&mut self) -> BoxFuture<'_, Result<Heard>>;
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Topics(Vec<LiveTopic>),
    /// So much that nobody says what.
    Everything,
}

/// By `NOTIFY`, in transactions that write nothing.
#[derive(Debug, Clone)]
pub struct PostgresBus(Db);

impl PostgresBus {
    pub fn new(db: Db) -> Self {
        Self(db)
    }
}

impl Bus for PostgresBus {
    fn publish<'a>(&'a self, heard: &'a Heard) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            // by its full name: `quiet` shadows it
            sqlx::query("select pg_catalog.pg_notify($1, payload) from unnest($2::text[]) as told (payload)")
                .bind(LIVE)
                .bind(payloads(heard))
                .execute(&self.0)
                .await?;
            Ok(())
        })
    }

    fn listen(&self) -> BoxFuture<'_, Result<Box<dyn Listening>>> {
        Box::pin(async move {
            // a connection of its own: it must not be one that a buyer waits for
            let pool = PgPoolOptions::new().max_connections(1).connect_with(self.0.options().clone()).await?;
            let mut listener = PgListener::connect_with(&pool).await?;
            // whoever listens has to know that something may have been missed
            listener.eager_reconnect(false);
            listener.listen(LIVE).await?;
            Ok(Box::new(Notified(listener)) as Box<dyn Listening>)
        })
    }
}

struct Notified(PgListener);

impl Listening for Notified {
    fn heard(&mut self) -> BoxFuture<'_, Result<Heard>> {
        Box::pin(async move {
            match self.0.try_recv().await? {
                Some(notification) => Ok(read(notification.payload())),
                None => Err(Error::Unavailable(anyhow::anyhow!("the connection that listens was lost"))),
            }
        })
    }
}

fn payloads(heard: &Heard) -> Vec<String> {
    let Heard::Topics(topics) = heard else { return vec![EVERYTHING.to_owned()] };
    let mut all: Vec<String> = Vec::new();
    for topic in topics {
        match all.last_mut() {
            Some(last) if last.len() + 64 < PAYLOAD => {
                let _ = write!(last, " {topic}");
            }
            _ => all.push(topic.to_string()),
        }
    }
    if all.len() > AT_ONCE { vec![EVERYTHING.to_owned()] } else { all }
}

/// A topic that this program does not know is one of a newer program.
fn read(payload: &str) -> Heard {
    match payload {
        EVERYTHING => Heard::Everything,
        topics => Heard::Topics(topics.split(' ').filter_map(|topic| topic.parse().ok()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::OrderId;

    #[test]
    fn what_is_too_long_for_one_notification_goes_in_several() {
        let topics: Vec<_> = (0..500).map(|_| LiveTopic::Order(OrderId::new())).collect();
        let told = payloads(&Heard::Topics(topics.clone()));
        assert!(told.len() > 2 && told.iter().all(|payload| payload.len() < 8_000));
        let again: Vec<_> = told.iter().map(|payload| read(payload)).collect();
        let again = again.into_iter().flat_map(|heard| match heard {
            Heard::Topics(topics) => topics,
            Heard::Everything => Vec::new(),
        });
        assert_eq!(again.collect::<Vec<_>>(), topics);
        let far_too_many: Vec<_> = (0..5_000).map(|_| LiveTopic::Order(OrderId::new())).collect();
        assert_eq!(payloads(&Heard::Topics(far_too_many)), ["*"]);
        assert_eq!(read("*"), Heard::Everything);
        assert_eq!(read("admin:orders shelf:1"), Heard::Topics(vec![LiveTopic::AdminOrders]));
    }
}
