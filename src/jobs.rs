//! Work that happens later: the queue. [`crate::worker`] does what is in it.
//!
//! A job is enqueued on the transaction's own connection, so it exists if and only if the change committed. Jobs run at
//! least once: each may safely run twice. One that fails is tried again, later and later, 25 times over some days; what
//! then still fails stays in the queue as dead, and [`health()`] counts it.

mod health;
mod queue;

pub(crate) use health::sweep;
pub use health::{DeadJob, Health, dead, health};
pub use queue::{
    Counts, JobQuery, JobState, Queued, delete, get, list, retry, retry_all_at_terminal, retry_all_dead,
    retry_at_terminal,
};

use crate::act::{Act, DeferredRows};
use crate::db::Db;
use crate::id::{
    FetchId, ImportId, LinkId, NotificationMailId, OrderId, PaymentId, RefundId, ShipmentId, UserId, WatchId, WebhookId,
};
use crate::{Error, Result};
use anyhow::Context;
use chrono::{DateTime, Utc};
use graphile_worker::WorkerUtils;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub(crate) const SCHEMA: &str = "graphile_worker";
pub(crate) const TASK: &str = "shop";

/// A job whose place another one took while it ran, and whose worker then died, stands as exhausted without having
/// failed: it is left out, until the next sweep clears it away.
const RETIRED: &str = "(locked_at is not null or id not in (select id from graphile_worker._private_job_retirements))";

/// Everything that can be done later. Payloads hold ids, never secrets: the queue is logged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    // mail
    SendOrderConfirmation {
        order: OrderId,
    },
    SendShipped {
        shipment: ShipmentId,
    },
    SendOrderCancelled {
        order: OrderId,
    },
    SendRefundNotice {
        refund: RefundId,
    },
    /// Money came for an order that had been cancelled, and goes back.
    SendLatePayment {
        payment: PaymentId,
    },

    // mail about accounts; the address itself for a reset, because whether it has an account is not to be told
    SendVerifyEmail {
        link: LinkId,
        user: UserId,
    },
    /// An account was asked for: to confirm it, or to tell the owner of the one there is.
    SendRegistration {
        registration: LinkId,
    },
    SendPasswordReset {
        link: LinkId,
        email: String,
    },
    SendPasswordChanged {
        notice: LinkId,
        user: UserId,
    },
    /// The link with which somebody who was invited to work here chooses a password.
    SendStaffInvitation {
        link: LinkId,
        user: UserId,
    },
    /// Tells the former address that another one took its place.
    SendEmailChanged {
        notice: LinkId,
        user: UserId,
        former: String,
    },
    /// A replaced refresh token was used again, and the device was signed out.
    SendTokenReused {
        notice: LinkId,
        user: UserId,
        device: String,
    },

    // mail about webhooks, to whoever made them
    SendWebhookFailing {
        webhook: WebhookId,
    },
    SendWebhookPaused {
        webhook: WebhookId,
    },

    /// What staff are told, to one of them: `notifications::make_mails` made it.
    SendNotifications {
        mail: NotificationMailId,
    },
    // mail to those who wait for something
    /// Asks an address whether it wants to be told.
    SendWatchConfirmation {
        link: LinkId,
        watch: WatchId,
    },
    SendBackInStock {
        watch: WatchId,
    },
    SendPriceDrop {
        watch: WatchId,
    },

    // payments
    SettlePayment {
        payment: PaymentId,
    },
    /// Releases an order that nobody paid in time.
    LapseOrder {
        order: OrderId,
    },
    ApplyStripeEvent {
        event: String,
    },
    /// Asks the gateway to give money back.
    SendRefund {
        refund: RefundId,
    },

    // the catalogue
    /// Fetches a picture that an import named by its address: `catalog::images::fetch`.
    FetchImage {
        fetch: FetchId,
    },
    /// Reads a file of products that was sent from the admin: `catalog::import::desk::run`.
    RunImport {
        import: ImportId,
    },

    // by the clock
    /// Clears away pictures that nobody owns: `files::sweep`.
    SweepFiles,
    ReconcilePayments,
    /// Completes what was delivered some days ago: `orders::complete_delivered`.
    CompleteDelivered,
    /// Tells of carts that were left: `cart::tell_abandoned`.
    TellAbandonedCarts,
    /// Tells staff of jobs that were given up, and makes the mails that are due: `notifications::make_mails`.
    MailNotifications,
    /// Tells of what is back in stock and of prices that fell: `watches::tell`.
    TellWatchers,
    /// Takes up conversations that were put aside until now: `conversations::wake`.
    WakeConversations,
    /// Holds Stripe's statement against our books.
    ComparePayments,
    SweepExpired,
    SealAudit,
    CheckInvariants,
}

/// When and how a job runs.
#[derive(Debug, Clone, Default)]
pub struct JobOptions {
    /// Not before; at once when `None`.
    pub run_at: Option<DateTime<Utc>>,
    /// A second job with the same key replaces the first one while that waits.
    pub key: Option<String>,
    /// With a key: the first one stays as it is, its time and its attempts with it.
    pub keep_waiting: bool,
}

impl JobOptions {
    /// Only one such job waits at a time.
    pub fn unique(key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..Self::default() }
    }
}

/// Adds a job to an act.
pub fn enqueue(act: &mut Act<'_>, job: &Job) -> Result<()> {
    enqueue_with(act, job, JobOptions::default())
}

/// Adds a job to an act, to run later or only once under a key. What is lived through afterwards, by a clock that
/// stands back, enqueues only what is still to come: nobody is written to about an order of last spring.
pub fn enqueue_with(act: &mut Act<'_>, job: &Job, options: JobOptions) -> Result<()> {
    if act.shop.clock.is_over(options.run_at.unwrap_or(act.now)) {
        return Ok(());
    }
    if options.run_at.is_none_or(|at| at <= act.now) {
        act.wake_workers();
    }
    let takes_a_place = options.key.is_some() && !options.keep_waiting;
    let row = json!({
        "task": TASK,
        "payload": serde_json::to_value(job)?,
        "run_at": options.run_at,
        "key": options.key,
    });
    act.later(if takes_a_place { &REPLACING_ROWS } else { &ROWS }, &row)
}

/// Jobs that take nobody's place. The library's function takes the database 0.85 ms for one, since it sees to the place
/// first; this takes 0.2 ms, and writes the same row.
static ROWS: DeferredRows = DeferredRows {
    before: None,
    sql: "insert into graphile_worker._private_jobs (task_id, payload, run_at, key)
          select (select id from graphile_worker._private_tasks t where t.identifier = r.task),
                 r.payload, coalesce(r.run_at, now()), r.key
          from jsonb_to_recordset({rows}) as r (task text, payload json, run_at timestamptz, key text)
          on conflict (key) do nothing
          returning 1",
    missing: None,
    complete: None,
};

/// Jobs that take the place of one that waits under the same key.
static REPLACING_ROWS: DeferredRows = DeferredRows {
    before: None,
    sql: "select graphile_worker.add_job(task, payload, run_at => run_at, job_key => key)
          from jsonb_to_recordset({rows}) as r (task text, payload json, run_at timestamptz, key text)",
    missing: None,
    complete: None,
};

/// Creates or updates the worker's own tables.
pub(crate) async fn migrate(db: &Db) -> Result<()> {
    WorkerUtils::new(db.queue().clone(), SCHEMA)
        .migrate()
        .await
        .context("migrating the job queue")
        .map_err(Error::Internal)?;
    // a worker does this too when it starts; jobs may be added before the first one did
    sqlx::query("insert into graphile_worker._private_tasks (identifier) values ($1) on conflict do nothing")
        .bind(TASK)
        .execute(db)
        .await?;
    Ok(())
}
