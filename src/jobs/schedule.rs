//! What happens by the clock, in UTC. Several processes share one schedule: each round is enqueued once.

use super::{Job, TASK};
use crate::{Result, Shop};
use anyhow::Context;
use graphile_worker::{Crontab, parse_crontab};

/// When, and what.
const ROUNDS: &[(&str, &str, Job)] = &[
    ("* * * * *", "reconcile", Job::ReconcilePayments),
    ("* * * * *", "seal", Job::SealAudit),
    ("*/10 * * * *", "sweep", Job::SweepExpired),
    ("30 3 * * *", "invariants", Job::CheckInvariants),
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

/// Removes what has expired and what nobody needs any more. Each statement by itself: none depends on another.
pub(super) async fn sweep(shop: &Shop) -> Result<()> {
    let now = shop.clock.now();
    let week_ago = now - chrono::TimeDelta::days(7);
    let carts =
        sqlx::query!("delete from carts where ordered_at is null and expires_at < $1", now).execute(&shop.db).await?;
    let sessions = sqlx::query!("delete from sessions where expires_at < $1", now).execute(&shop.db).await?;
    let events = sqlx::query!(
        "delete from outbox_events
         where status = 'sent' and sent_at < $1",
        week_ago,
    )
    .execute(&shop.db)
    .await?;
    tracing::debug!(
        carts = carts.rows_affected(),
        sessions = sessions.rows_affected(),
        events = events.rows_affected(),
        "swept"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schedule_reads() {
        assert_eq!(super::crontabs().unwrap().len(), super::ROUNDS.len());
    }
}
