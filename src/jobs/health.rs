//! How the queue is doing: for `doctor` and the dashboard.

use crate::{Result, Shop};
use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

/// What waits, runs and has been given up.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Health {
    pub waiting: i64,
    pub running: i64,
    /// Failed too often; nobody will try again unless told to.
    pub dead: i64,
    /// Since when the oldest job that is due has been waiting.
    pub oldest_due: Option<DateTime<Utc>>,
}

/// A job that was given up.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeadJob {
    pub id: i64,
    pub payload: serde_json::Value,
    pub attempts: i16,
    pub last_error: Option<String>,
    pub updated_at: DateTime<Utc>,
}

// Not checked macros: the schema is the worker's own. A job whose place another one took while it ran, and whose worker
// then died, stands as exhausted without having failed: it is left out, until the next sweep clears it away.

pub async fn health(shop: &Shop) -> Result<Health> {
    let health = sqlx::query_as(
        "select count(*) filter (where locked_at is null and attempts < max_attempts) as waiting,
                count(*) filter (where locked_at is not null) as running,
                count(*) filter (where locked_at is null and attempts >= max_attempts) as dead,
                min(run_at) filter (where locked_at is null and attempts < max_attempts and run_at <= now()) as oldest_due
         from graphile_worker._private_jobs
         where locked_at is not null or id not in (select id from graphile_worker._private_job_retirements)",
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(health)
}

/// The jobs that were given up, the latest first.
pub async fn dead(shop: &Shop) -> Result<Vec<DeadJob>> {
    let jobs = sqlx::query_as(
        "select id, payload::jsonb as payload, attempts, last_error, updated_at
         from graphile_worker._private_jobs
         where locked_at is null and attempts >= max_attempts
           and id not in (select id from graphile_worker._private_job_retirements)
         order by updated_at desc
         limit 100",
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(jobs)
}

/// Gives every job that was given up another round of attempts, and says how many.
pub(super) async fn retry_dead(db: impl PgExecutor<'_>) -> Result<u64> {
    let done = sqlx::query(
        "update graphile_worker._private_jobs
         set attempts = 0, run_at = now()
         where locked_at is null and attempts >= max_attempts
           and id not in (select id from graphile_worker._private_job_retirements)",
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Clears away the jobs whose place others took and whose worker died, and says how many.
pub(crate) async fn sweep(shop: &Shop) -> Result<u64> {
    let done = sqlx::query(
        "delete from graphile_worker._private_jobs
         where locked_at is null and id in (select id from graphile_worker._private_job_retirements)",
    )
    .execute(&shop.db)
    .await?;
    Ok(done.rows_affected())
}
