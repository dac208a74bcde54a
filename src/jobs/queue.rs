//! The queue as staff see it: what waits, what failed and why, and what is done about it.

use super::RETIRED;
use super::health::retry_dead;
use crate::actors::{AsActor, May, Permission, System};
use crate::{Error, Page, Paging, Result, Shop, audit};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgExecutor, Postgres, QueryBuilder};

words! {
    /// How a job stands.
    pub enum JobState {
        /// For its time, or for a worker.
        Waiting = "waiting" => "Waiting",
        Running = "running" => "Running",
        /// Failed, and is tried again.
        Retrying = "retrying" => "Failed, tried again",
        /// Failed too often; nobody tries again unless told to.
        Dead = "dead" => "Given up",
    }
}

/// A job in the queue.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Queued {
    pub id: i64,
    /// What it does, such as `send_shipped`.
    pub kind: String,
    /// Of what: ids, and for mail perhaps an address.
    pub payload: Value,
    pub state: JobState,
    pub attempts: i16,
    pub max_attempts: i16,
    /// When it is due.
    pub run_at: DateTime<Utc>,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Which jobs to list.
#[derive(Debug, Clone)]
pub struct JobQuery {
    pub state: Option<JobState>,
    /// In what it does, of what, or the reason why it failed.
    pub search: String,
    pub paging: Paging,
}

/// How many there are of each state, in the order of [`JobState::ALL`].
pub type Counts = [i64; 4];

// Not checked macros: the schema is the worker's own.
const JOBS: &str = "(select id, coalesce(payload->>'job', '?') as kind, payload::jsonb - 'job' as payload, attempts, \
     max_attempts, run_at, last_error, created_at, updated_at, \
     case when locked_at is not null then 'running' when attempts >= max_attempts then 'dead' \
          when attempts > 0 then 'retrying' else 'waiting' end as state \
     from graphile_worker._private_jobs where ";

fn from_jobs(what: &str) -> QueryBuilder<Postgres> {
    QueryBuilder::new(format!("select {what} from {JOBS}{RETIRED}) jobs where true"))
}

/// One page of the queue: what failed first, then what is due first. And how many there are of each state.
pub async fn list(shop: &Shop, who: &dyn May, wanted: &JobQuery) -> Result<(Page<Queued>, Counts)> {
    who.may(Permission::JobsRead)?;
    let mut count = from_jobs("state, count(*)");
    narrow(&mut count, &wanted.search, None);
    count.push(" group by state");
    let counted: Vec<(JobState, i64)> = count.build_query_as().fetch_all(&shop.db).await?;
    let of = |state| counted.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let counts = JobState::ALL.map(of);
    let total = wanted.state.map_or_else(|| counts.iter().sum(), of);
    let mut query = from_jobs("*");
    narrow(&mut query, &wanted.search, wanted.state);
    query.push(" order by state = 'dead' desc, case when state = 'dead' then updated_at end desc, run_at, id limit ");
    query.push_bind(i64::from(wanted.paging.limit())).push(" offset ").push_bind(wanted.paging.offset());
    let items = query.build_query_as().fetch_all(&shop.db).await?;
    Ok((Page::new(items, total, wanted.paging), counts))
}

fn narrow(query: &mut QueryBuilder<Postgres>, search: &str, state: Option<JobState>) {
    for word in search.split_whitespace() {
        query.push(" and kind || ' ' || payload::text || ' ' || coalesce(last_error, '') ilike ");
        query.push_bind(crate::input::like_pattern(word));
    }
    if let Some(state) = state {
        query.push(" and state = ").push_bind(state.word());
    }
}

pub async fn get(shop: &Shop, who: &dyn May, id: i64) -> Result<Queued> {
    who.may(Permission::JobsRead)?;
    find(&shop.db, id).await
}

async fn find(db: impl PgExecutor<'_>, id: i64) -> Result<Queued> {
    let mut query = from_jobs("*");
    query.push(" and id = ").push_bind(id);
    query.build_query_as().fetch_optional(db).await?.ok_or(Error::NotFound)
}

/// Tries one job again at once, with a new round of attempts. `Conflict` (`job_running`) for one that runs.
pub async fn retry(shop: &Shop, who: &dyn May, id: i64) -> Result<()> {
    who.may(Permission::JobsWrite)?;
    change_job(shop, who, id, "job.retry", "update graphile_worker._private_jobs set attempts = 0, run_at = now()")
        .await
}

/// Takes one job out of the queue: what it was for does not happen. `Conflict` (`job_running`) for one that runs.
pub async fn delete(shop: &Shop, who: &dyn May, id: i64) -> Result<()> {
    who.may(Permission::JobsWrite)?;
    change_job(shop, who, id, "job.delete", "delete from graphile_worker._private_jobs").await
}

/// As [`retry`], at the terminal of the machine that the shop runs on.
pub async fn retry_at_terminal(shop: &Shop, id: i64) -> Result<()> {
    change_job(shop, &System, id, "job.retry", "update graphile_worker._private_jobs set attempts = 0, run_at = now()")
        .await
}

async fn change_job(shop: &Shop, who: &dyn AsActor, id: i64, action: &'static str, sql: &'static str) -> Result<()> {
    act!(shop, who, action, |act| {
        let job = find(&mut *act, id).await?;
        // a worker may take it in between: then it is the worker's
        let sql = AssertSqlSafe(format!("{sql} where id = $1 and locked_at is null"));
        if sqlx::query(sql).bind(id).execute(&mut *act).await?.rows_affected() == 0 {
            return Err(Error::conflict("job_running", "This job runs just now; look again in a moment"));
        }
        let entry = audit::Entry { action, entity_type: audit::Entity::Job, entity_id: id.to_string() };
        let before = json!({ "kind": job.kind, "of": job.payload, "state": job.state, "reason": job.last_error });
        audit::record(&mut act, entry, &before, &())?;
        act.commit(()).await
    })
}

/// Tries every job again that was given up, and says how many.
pub async fn retry_all_dead(shop: &Shop, who: &dyn May) -> Result<u64> {
    who.may(Permission::JobsWrite)?;
    retry_all(shop, who).await
}

/// The same at the terminal of the machine that the shop runs on.
pub async fn retry_all_at_terminal(shop: &Shop) -> Result<u64> {
    retry_all(shop, &System).await
}

async fn retry_all(shop: &Shop, who: &dyn AsActor) -> Result<u64> {
    act!(shop, who, "job.retry_all", |act| {
        let retried = retry_dead(&mut *act).await?;
        let entry = audit::Entry { action: "job.retry_all", entity_type: audit::Entity::Job, entity_id: "dead".into() };
        audit::record(&mut act, entry, &(), &json!({ "retried": retried }))?;
        act.commit(retried).await
    })
}
