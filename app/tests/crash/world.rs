//! A shop whose program may die: the database and Stripe live on, and their books are held against each other.

use crate::program::{Program, TIMEOUT};
use shop::accounts::System;
use shop::jobs::{self, Job, JobOptions};
use shop::testing::stripe::{OfflineStripe, SECRET_KEY, WEBHOOK_SECRET};
use shop::testing::{ENCRYPTION_SECRET, TestShop};
use shop::{Act, Clock};
use sqlx::{ConnectOptions, raw_sql};
use std::fs;
use std::time::{Duration, Instant};
use stripe_sandbox::Way;
use tokio::sync::{Semaphore, SemaphorePermit};

/// So many programs at once: more of them do not answer in time.
static PROGRAMS: Semaphore = Semaphore::const_new(4);

pub struct World {
    pub theirs: TestShop,
    pub stripe: OfflineStripe,
    pub program: Program,
    _turn: SemaphorePermit<'static>,
}

impl World {
    /// With the program running, to die at this point; at none when it is empty.
    pub async fn open(point: &str) -> Self {
        let turn = PROGRAMS.acquire().await.unwrap();
        let mut program = Program::new();
        let stripe = OfflineStripe::start().await;
        stripe.add_webhook(&format!("{}/api/stripe/webhook", program.root).parse().unwrap(), WEBHOOK_SECRET);
        let theirs = TestShop::open_with(Clock::real(), 4).await;
        program.set("DATABASE_URL", theirs.options().await.to_url_lossy().into());
        program.set("DATABASE_CONNECTIONS", "8".to_owned());
        program.set("ENCRYPTION_KEY", ENCRYPTION_SECRET.to_owned());
        // all shoppers come from one address
        program.set("FORM_RATE_ADDRESS", "off".to_owned());
        program.set("UNPAID_ORDERS", "off".to_owned());
        program.set("STRIPE_SECRET_KEY", SECRET_KEY.to_owned());
        program.set("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned());
        program.set("STRIPE_API_BASE", stripe.api.to_string());
        program.start(point).await;
        Self { theirs, stripe, program, _turn: turn }
    }

    /// Waits for the program's death, and starts it again with nothing armed.
    pub async fn dies_and_starts_again(&mut self) {
        self.program.dies().await;
        self.minutes_pass().await;
        self.program.start("").await;
    }

    /// Instead of waiting three minutes: whatever is compared with the time now is so much older, and the round that
    /// comes every minute is due.
    pub async fn minutes_pass(&self) {
        let older = "
            update graphile_worker._private_workers set last_heartbeat_at = last_heartbeat_at - interval '3 minutes';
            update graphile_worker._private_jobs
            set run_at = run_at - interval '3 minutes', locked_at = locked_at - interval '3 minutes';
            update payments
            set created_at = created_at - interval '3 minutes', checked_at = checked_at - interval '3 minutes';
            update refunds
            set created_at = created_at - interval '3 minutes', checked_at = checked_at - interval '3 minutes';
            update idempotency_keys set locked_until = locked_until - interval '3 minutes';
            update stripe_events set received_at = received_at - interval '3 minutes';
            update webhook_deliveries set leased_until = leased_until - interval '3 minutes';
            update emails set claimed_at = claimed_at - interval '3 minutes' where claimed_at > '-infinity'";
        raw_sql(older).execute(&self.theirs.db).await.unwrap();
        let mut act = Act::begin(&self.theirs, &System).await.unwrap();
        jobs::enqueue_with(&mut act, &Job::ReconcilePayments, JobOptions::unique("round:reconcile")).unwrap();
        act.commit(()).await.unwrap();
    }

    /// Waits until nothing is left to do, and our books are those of Stripe.
    pub async fn comes_to_rest(&mut self) {
        let end = Instant::now() + TIMEOUT;
        loop {
            let (ours, theirs, left) = (self.books().await, self.stripe.taken(), self.left_to_do().await);
            if ours == theirs && left.is_empty() {
                return;
            }
            let state = format!("Stripe's statement {theirs:?}\nour books {ours:?}\nto do {left:?}");
            assert!(Instant::now() < end && !self.program.is_dead(), "{state}\n{}", self.program.said());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// What was paid and given back, for each payment.
    async fn books(&self) -> Vec<(String, i64, i64)> {
        let mut books: Vec<_> = sqlx::query_as(
            "select coalesce(p.provider_intent, ''), p.amount_captured,
                    (select coalesce(sum(r.amount), 0)::bigint from refunds r
                     where r.payment_id = p.id and r.status = 'succeeded')
             from payments p
             where p.status = 'succeeded'",
        )
        .fetch_all(&self.theirs.db)
        .await
        .unwrap();
        books.sort();
        books
    }

    /// Jobs that are due or failed, unless another one took their place; messages, orders, refunds and mails that are
    /// under way. The rounds by the clock never end.
    async fn left_to_do(&self) -> Vec<String> {
        sqlx::query_scalar(
            "select payload::text || coalesce(last_error, '') from graphile_worker._private_jobs j
             where (key is null or key not like 'round:%') and (run_at <= now() or attempts > 0)
               and id not in (select id from graphile_worker._private_job_retirements)
             union all select 'message ' || type from stripe_events where applied_at is null
             union all select 'order ' || number from orders where status = 'pending'
             union all select 'refund ' || id from refunds where status = 'pending'
             union all select 'mail ' || key from emails where sent_at is null",
        )
        .fetch_all(&self.theirs.db)
        .await
        .unwrap()
    }

    pub fn pays(&self, session: &str) {
        self.stripe.pay(session, Way::Pay).unwrap();
    }

    pub async fn count(&self, query: &'static str) -> i64 {
        self.theirs.count(query).await
    }

    /// How many pictures have files.
    pub fn pictures(&self) -> usize {
        fs::read_dir(self.program.folder.join("files/pictures")).map_or(0, Iterator::count)
    }

    /// The Message-ID of each confirmation that left.
    pub fn confirmations(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.program.folder.join("mail")) else { return Vec::new() };
        let texts = entries.filter_map(|entry| {
            let path = entry.unwrap().path();
            path.extension().is_some_and(|e| e == "eml").then(|| fs::read_to_string(path).unwrap())
        });
        let line = |text: &str, name: &str| text.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        let confirming = texts.filter(|text| line(text, "Subject: ").is_some_and(|s| s.starts_with("Your order")));
        confirming.map(|text| line(&text, "Message-ID: ").unwrap()).collect()
    }

    /// Checks that so many confirmations left, all of them the same message, and that nothing happened which must never
    /// happen.
    pub async fn close(self, mails: usize) {
        let mut confirmed = self.confirmations();
        assert_eq!(confirmed.len(), mails, "{confirmed:?}\n{}", self.program.said());
        confirmed.dedup();
        assert!(confirmed.len() <= 1, "{confirmed:?}");
        self.finish().await;
    }

    /// Ends the program, and checks that nothing happened which must never happen.
    pub async fn finish(mut self) {
        self.program.kill();
        self.theirs.finish().await;
    }
}
