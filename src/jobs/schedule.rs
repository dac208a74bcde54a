//! What happens by the clock, in UTC. Several processes share one schedule: each round is enqueued once.

use super::{Job, TASK, health};
use crate::{Result, Shop, accounts, cart, events, idempotency};
use anyhow::Context;
use graphile_worker::{Crontab, parse_crontab};

/// When, and what.
const ROUNDS: &[(&str, &str, Job)] = &[
    ("* * * * *", "reconcile", Job::ReconcilePayments),
    ("* * * * *", "seal", Job::SealAudit),
    ("*/5 * * * *", "compare", Job::ComparePayments),
    ("*/10 * * * *", "sweep", Job::SweepExpired),
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

/// Removes what has expired and what nobody needs any more.
pub(super) async fn sweep(shop: &Shop) -> Result<()> {
    let carts = cart::sweep(shop).await?;
    let logins = accounts::sweep(shop).await?;
    let events = events::sweep(shop).await?;
    let replaced = health::sweep(shop).await?;
    let keys = idempotency::sweep(shop).await?;
    tracing::debug!(carts, logins, events, replaced, keys, "swept");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schedule_reads() {
        assert_eq!(super::crontabs().unwrap().len(), super::ROUNDS.len());
    }
}
