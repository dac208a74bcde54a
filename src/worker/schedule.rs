//! What happens by the clock, in UTC. Several processes share one schedule: each round is enqueued once.

use crate::actors::{May, Permission};
use crate::jobs::{self, Job, TASK};
use crate::migrate::at_rest;
use crate::{
    Error, Result, Shop, accounts, cache, cart, events, idempotency, kept_forms, notifications, watches, webhooks,
};
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use graphile_worker::{Crontab, parse_crontab};

/// When, and what.
const ROUNDS: &[(&str, &str, Job)] = &[
    ("* * * * *", "reconcile", Job::ReconcilePayments),
    ("* * * * *", "seal", Job::SealAudit),
    ("* * * * *", "notify", Job::MailNotifications),
    ("*/5 * * * *", "compare", Job::ComparePayments),
    ("*/5 * * * *", "watches", Job::TellWatchers),
    ("*/5 * * * *", "conversations", Job::WakeConversations),
    ("*/10 * * * *", "sweep", Job::SweepExpired),
    ("25 * * * *", "complete", Job::CompleteDelivered),
    ("5,20,35,50 * * * *", "abandoned", Job::TellAbandonedCarts),
    ("30 3 * * *", "invariants", Job::CheckInvariants),
    ("10 4 * * *", "files", Job::SweepFiles),
];

pub(super) fn crontabs() -> anyhow::Result<Vec<Crontab>> {
    let mut lines = String::new();
    for (when, name, job) in ROUNDS {
        let payload = serde_json::to_string(job)?;
        // one key each: a round that could not run yet is not joined by a second one
        lines.push_str(&format!("{when} {TASK} ?id={name}&job_key=round:{name}&max=3 {payload}\n"));
    }
    parse_crontab(&lines).context("reading the schedule")
}

/// Something that happens by the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    pub kind: String,
    /// In words of cron, in UTC.
    pub when: &'static str,
    /// When it was put into the queue last; `None` when it never was.
    pub last: Option<DateTime<Utc>>,
    pub next: Option<DateTime<Utc>>,
}

/// What happens by the clock, with its last and its next time. The worker notes when it put each round into the queue.
pub async fn rounds(shop: &Shop, who: &dyn May) -> Result<Vec<Round>> {
    who.may(Permission::JobsRead)?;
    let known: Vec<(String, Option<DateTime<Utc>>)> =
        sqlx::query_as("select identifier, last_execution from graphile_worker._private_known_crontabs")
            .fetch_all(&shop.db)
            .await?;
    let now = shop.clock.now();
    let rounds = ROUNDS.iter().zip(crontabs().map_err(Error::Internal)?).map(|((when, name, job), crontab)| {
        let kind = serde_json::to_value(job)?["job"].as_str().unwrap_or(name).to_owned();
        let last = known.iter().find(|(identifier, _)| identifier == name).and_then(|(_, last)| *last);
        Ok(Round { kind, when, last, next: next(&crontab, now) })
    });
    rounds.collect()
}

/// The first minute after `now` in which a round is due; none within a year is none.
fn next(crontab: &Crontab, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let minute = now.with_second(0)?.with_nanosecond(0)?;
    let minutes = (1..=366 * 24 * 60).map(|n| minute + TimeDelta::minutes(n));
    minutes.into_iter().find(|at| crontab.should_run_at(&at.naive_utc()))
}

/// Removes what has expired and what nobody needs any more.
pub(super) async fn sweep(shop: &Shop) -> Result<()> {
    let carts = cart::sweep(shop).await?;
    let logins = accounts::sweep(shop).await?;
    let events = events::sweep(shop).await?;
    let replaced = jobs::sweep(shop).await?;
    let keys = idempotency::sweep(shop).await?;
    let forms = kept_forms::sweep(shop).await?;
    let changes = cache::sweep(shop).await?;
    let secrets = webhooks::sweep(shop).await?;
    let notifications = notifications::sweep(shop).await?;
    let watches = watches::sweep(shop).await?;
    // processes of the version before may run for a while yet
    at_rest::encrypt(&shop.db, &shop.encryption_keys).await?;
    tracing::debug!(carts, logins, events, replaced, keys, forms, changes, secrets, notifications, watches, "swept");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schedule_reads() {
        assert_eq!(super::crontabs().unwrap().len(), super::ROUNDS.len());
    }

    #[test]
    fn the_next_round_is_the_first_minute_that_fits() {
        let crontabs = super::crontabs().unwrap();
        let next = |name: &str, now: &str| {
            let at = super::ROUNDS.iter().position(|round| round.1 == name).unwrap();
            super::next(&crontabs[at], now.parse().unwrap()).unwrap().to_rfc3339()
        };
        assert_eq!(next("reconcile", "2026-11-14T12:00:30Z"), "2026-11-14T12:01:00+00:00");
        assert_eq!(next("compare", "2026-11-14T12:05:00Z"), "2026-11-14T12:10:00+00:00");
        assert_eq!(next("invariants", "2026-12-31T03:30:00Z"), "2027-01-01T03:30:00+00:00");
    }
}
