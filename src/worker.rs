//! The worker: takes jobs that are due and does them.

use crate::accounts::{self, recovery, staff, tokens};
use crate::catalog::{images, import};
use crate::jobs::{Job, SCHEMA, TASK};
use crate::{
    Result, Shop, audit, cart, conversations, email, files, invariants, notifications, orders, payments, watches,
    webhooks,
};
use anyhow::Context;
use futures::FutureExt;
use graphile_worker::{
    IntoTaskHandlerResult, LocalQueueConfig, RefetchDelayConfig, TaskHandler, Worker, WorkerContext, WorkerOptions,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

mod schedule;

pub use schedule::{Round, rounds};

/// Few, because a job holds at most one connection and the shoppers' requests share the pool.
const AT_ONCE: usize = 4;
/// How long running jobs may go on after the signal to stop; longer than a request to the gateway may take.
const GRACE: Duration = Duration::from_secs(15);
/// How often the queue is looked at: for what becomes due, and for what nobody told of.
const POLL_EVERY: Duration = Duration::from_secs(3);
/// How many jobs are taken from the queue with one question. Few: what a worker that dies had taken waits until its
/// silence is noticed.
const TAKEN_AT_ONCE: usize = 2 * AT_ONCE;

/// The one place that says what each job does.
async fn perform(shop: &Shop, job: Job) -> Result<()> {
    match job {
        Job::SendOrderConfirmation { order } => email::order_confirmation(shop, order).await,
        Job::SendShipped { shipment } => email::order_shipped(shop, shipment).await,
        Job::SendOrderCancelled { order } => email::order_cancelled(shop, order).await,
        Job::SendRefundNotice { refund } => email::refund_notice(shop, refund).await,
        Job::SendLatePayment { payment } => email::late_payment(shop, payment).await,

        Job::SendVerifyEmail { link, user } => recovery::send_verification(shop, link, user).await,
        Job::SendRegistration { registration } => accounts::send_registration(shop, registration).await,
        Job::SendPasswordReset { link, email } => recovery::send_reset(shop, link, &email).await,
        Job::SendPasswordChanged { notice, user } => recovery::send_password_changed(shop, notice, user).await,
        Job::SendStaffInvitation { link, user } => staff::invitations::send(shop, link, user).await,
        Job::SendEmailChanged { notice, user, former } => {
            recovery::send_email_changed(shop, notice, user, &former).await
        }
        Job::SendWebhookFailing { webhook } => email::webhook_failing(shop, webhook).await,
        Job::SendWebhookPaused { webhook } => email::webhook_paused(shop, webhook).await,
        Job::SendNotifications { mail } => email::notifications(shop, mail).await,
        Job::SendTokenReused { notice, user, device } => tokens::send_reused(shop, notice, user, &device).await,

        Job::SendWatchConfirmation { link, watch } => watches::send_confirmation(shop, link, watch).await,
        Job::SendBackInStock { watch } => watches::send_back_in_stock(shop, watch).await,
        Job::SendPriceDrop { watch } => watches::send_price_drop(shop, watch).await,

        Job::SettlePayment { payment } => payments::settle(shop, payment).await.map(drop),
        Job::LapseOrder { order } => payments::lapse(shop, order).await,
        Job::ApplyStripeEvent { event } => payments::webhook::apply(shop, &event).await,
        Job::SendRefund { refund } => payments::send_refund(shop, refund).await,

        Job::FetchImage { fetch } => images::fetch(shop, fetch).await,
        Job::RunImport { import } => import::desk::run(shop, import).await,

        Job::SweepFiles => files::sweep(shop).await.map(drop),
        Job::ReconcilePayments => payments::reconcile(shop).await.map(drop),
        Job::CompleteDelivered => orders::complete_delivered(shop).await.map(drop),
        Job::TellAbandonedCarts => cart::tell_abandoned(shop).await.map(drop),
        Job::MailNotifications => {
            notifications::tell_dead_jobs(shop).await?;
            notifications::make_mails(shop).await.map(drop)
        }
        Job::TellWatchers => watches::tell(shop).await.map(drop),
        Job::WakeConversations => conversations::wake(shop).await.map(drop),
        Job::ComparePayments => payments::compare(shop).await.map(drop),
        Job::SweepExpired => schedule::sweep(shop).await,
        Job::SealAudit => audit::seal(shop).await.map(drop),
        Job::CheckInvariants => invariants::require(shop).await,
    }
}

/// Works until `shutdown` is done, then lets running jobs finish. Several processes may work at once.
pub async fn run(shop: Shop, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    let shutdown = shutdown.boxed().shared();
    let posting = tokio::spawn(webhooks::run(shop.clone(), shutdown.clone()));
    loop {
        let stop = shutdown.clone();
        let worked = async {
            let worker = options(&shop)
                .with_crons(schedule::crontabs()?)
                .local_queue(taken_at_once())
                // a worker that died is noticed by its silence, and its jobs go on within a minute
                .heartbeat_interval(Duration::from_secs(10))
                .sweep_interval(Duration::from_secs(15))
                .sweep_threshold(Duration::from_secs(35))
                .recovery_delay(Duration::from_secs(1))
                .shutdown_signal(stop)
                .shutdown_grace_period(GRACE)
                .shutdown_interrupted_job_retry_delay(Duration::from_secs(1))
                .init()
                .await?;
            worker.run().await.context("working")
        };
        match worked.await {
            Ok(()) => break,
            // such as a database that is restarting
            Err(e) => tracing::error!("the worker stopped and starts again: {e:#}"),
        }
        tokio::select! {
            () = shutdown.clone() => break,
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
        }
    }
    posting.await.context("posting to webhooks").map_err(crate::Error::Internal)
}

/// Does what is due by the shop's clock, and what comes of it, until nothing is left. What fails is left for later.
pub async fn run_pending(shop: &Shop) -> Result<()> {
    let worker = options(shop).init().await.context("preparing the worker").map_err(crate::Error::Internal)?;
    // a job may lead to others, but not for ever
    for _ in 0..100 {
        let due: Option<i64> = sqlx::query_scalar(
            "with due as (
                update graphile_worker._private_jobs
                set run_at = now()
                where is_available and attempts = 0 and run_at > now() and run_at <= $1
             )
             select count(*) from graphile_worker._private_jobs
             where is_available and (run_at <= now() or (attempts = 0 and run_at <= $1))",
        )
        .bind(shop.clock.now())
        .fetch_one(&shop.db)
        .await?;
        if due.unwrap_or(0) == 0 {
            break;
        }
        worker.run_once().await.context("working").map_err(crate::Error::Internal)?;
    }
    Ok(())
}

/// Makes all that waits due at once, that which failed before too: for tests, whose clock does not run.
#[cfg(feature = "testing")]
pub async fn hurry(shop: &Shop) -> Result<()> {
    sqlx::query("update graphile_worker._private_jobs set run_at = now() where is_available and run_at > now()")
        .execute(&shop.db)
        .await?;
    Ok(())
}

/// One question for several jobs, again and again while there are any. Without a delay after an empty answer the
/// library asks without a pause; a notification ends the delay.
fn taken_at_once() -> LocalQueueConfig {
    let delay = RefetchDelayConfig::builder().duration(POLL_EVERY).threshold(0).max_abort_threshold(1).build();
    LocalQueueConfig::builder().size(TAKEN_AT_ONCE).refetch_delay(delay).build()
}

fn options(shop: &Shop) -> WorkerOptions {
    Worker::options()
        .pg_pool(shop.db.queue().clone())
        .schema(SCHEMA)
        .concurrency(AT_ONCE)
        .poll_interval(POLL_EVERY)
        .listen_os_shutdown_signals(false)
        .add_extension(ShopContext(shop.clone()))
        .define_job::<Task>()
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Task(Job);

impl TaskHandler for Task {
    const IDENTIFIER: &'static str = TASK;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(ShopContext(shop)) = ctx.get_ext::<ShopContext>() else {
            return Err(Failed(anyhow::anyhow!("the worker was started without a shop")));
        };
        perform(shop, self.0).await.map_err(|e| Failed(e.into()))
    }
}

/// What the worker hands to each job.
#[derive(Clone)]
struct ShopContext(Shop);

impl fmt::Debug for ShopContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shop")
    }
}

/// The worker stores the `Debug` of an error: the whole chain, on one line.
struct Failed(anyhow::Error);

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}
