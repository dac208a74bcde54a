//! Jobs and events: there if and only if the change is, done at least once, given up visibly.

use shop::accounts::{Permission, System};
use shop::events::{self, AccountEvent, Event};
use shop::id::{OrderId, PaymentId, UserId};
use shop::jobs::{self, Job, JobOptions, JobQuery, JobState};
use shop::testing::{self, TestShop};
use shop::{Act, Clock, Error, Paging, worker};
use std::time::Duration;

async fn waiting(shop: &TestShop) -> i64 {
    jobs::health(shop).await.unwrap().waiting
}

fn job() -> Job {
    Job::SettlePayment { payment: PaymentId::new() }
}

/// In an act of its own.
async fn enqueue(shop: &TestShop, job: &Job, options: JobOptions) {
    let mut act = Act::begin(shop, &System).await.unwrap();
    jobs::enqueue_with(&mut act, job, options).unwrap();
    act.commit(()).await.unwrap();
}

#[tokio::test]
async fn exists_only_if_committed() {
    testing::shop(async |shop| {
        let mut act = Act::begin(shop, &System).await.unwrap();
        jobs::enqueue(&mut act, &job()).unwrap();
        act.write_down().await.unwrap();
        drop(act);
        assert_eq!(waiting(shop).await, 0);
        let mut act = Act::begin(shop, &System).await.unwrap();
        jobs::enqueue(&mut act, &job()).unwrap();
        act.commit(()).await.unwrap();
        assert_eq!(waiting(shop).await, 1);
    })
    .await;
}

#[tokio::test]
async fn one_waits_under_a_key() {
    testing::shop(async |shop| {
        for keep_waiting in [false, true] {
            for _ in 0..2 {
                let options = JobOptions { keep_waiting, ..JobOptions::unique("the key") };
                enqueue(shop, &job(), options).await;
            }
        }
        assert_eq!(waiting(shop).await, 1);
    })
    .await;
}

#[tokio::test]
async fn waits_for_its_time() {
    testing::shop(async |shop| {
        // there is no such order, so it fails when it is tried
        let options =
            JobOptions { run_at: Some(Clock::real().now() + chrono::TimeDelta::hours(1)), ..JobOptions::default() };
        enqueue(shop, &Job::LapseOrder { order: OrderId::new() }, options).await;
        worker::run_pending(shop).await.unwrap();
        assert_eq!(attempts(shop).await, [0]);
        shop.clock.advance(chrono::TimeDelta::days(30));
        worker::run_pending(shop).await.unwrap();
        assert_eq!(attempts(shop).await, [1]);
    })
    .await;
}

async fn attempts(shop: &TestShop) -> Vec<i16> {
    sqlx::query_scalar("select attempts from graphile_worker._private_jobs").fetch_all(&shop.db).await.unwrap()
}

#[tokio::test]
async fn what_is_given_up_is_seen() {
    testing::shop(async |shop| {
        enqueue(shop, &Job::LapseOrder { order: OrderId::new() }, JobOptions::default()).await;
        for _ in 0..30 {
            worker::run_pending(shop).await.unwrap();
            worker::hurry(shop).await.unwrap();
        }
        let health = jobs::health(shop).await.unwrap();
        assert_eq!((health.waiting, health.running, health.dead), (0, 0, 1));
        let dead = jobs::dead(shop).await.unwrap();
        assert!(dead[0].last_error.as_deref().is_some_and(|e| e.contains("Not found")), "{dead:?}");
        assert_eq!(jobs::retry_all_at_terminal(shop).await.unwrap(), 1);
        assert_eq!(shop.count("select count(*) from audit_logs where action = 'job.retry_all'").await, 1);
        assert_eq!(waiting(shop).await, 1);
    })
    .await;
}

/// A worker dies over a job, and before anybody notices, the same job is added again: only the second one is done.
/// Fails when jobs that were replaced count as given up, and when the sweep leaves them.
#[tokio::test]
async fn a_job_that_was_replaced_is_not_given_up() {
    testing::shop(async |shop| {
        enqueue(shop, &Job::SealAudit, JobOptions::unique("the key")).await;
        let dies = "update graphile_worker._private_jobs set attempts = 1, locked_by = 'dead', locked_at = now()";
        sqlx::query(dies).execute(&shop.db).await.unwrap();
        enqueue(shop, &Job::SealAudit, JobOptions::unique("the key")).await;
        let noticed = "select graphile_worker.recover_dead_worker_jobs(array['dead'])";
        sqlx::query(noticed).execute(&shop.db).await.unwrap();
        worker::run_pending(shop).await.unwrap();
        assert_eq!(attempts(shop).await, [25], "the first one is still there");
        let health = jobs::health(shop).await.unwrap();
        assert_eq!((health.waiting, health.running, health.dead), (0, 0, 0));
        assert!(jobs::dead(shop).await.unwrap().is_empty());
        assert_eq!(jobs::retry_all_at_terminal(shop).await.unwrap(), 0);
        enqueue(shop, &Job::SweepExpired, JobOptions::default()).await;
        worker::run_pending(shop).await.unwrap();
        assert!(attempts(shop).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worker_works_and_stops() {
    testing::shop(async |shop| {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let worker = tokio::spawn(worker::run((**shop).clone(), async move {
            stopped.await.ok();
        }));
        let mut act = Act::begin(shop, &System).await.unwrap();
        jobs::enqueue(&mut act, &Job::ReconcilePayments).unwrap();
        events::record(&mut act, &happened(Event::AccountClosed)).unwrap();
        act.commit(()).await.unwrap();
        let mut left = (1, 1);
        for _ in 0..100 {
            let events = "select count(*) from outbox_events where status = 'pending'";
            let events: i64 = sqlx::query_scalar(events).fetch_one(&shop.db).await.unwrap();
            left = (waiting(shop).await, events);
            if left == (0, 0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(left, (0, 0));
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(5), worker).await.expect("stops").unwrap().unwrap();
    })
    .await;
}

fn happened(event: fn(AccountEvent) -> Event) -> Event {
    event(AccountEvent { account_id: UserId::new() })
}

#[tokio::test]
async fn staff_see_the_queue_and_mend_it() {
    testing::shop(async |shop| {
        let [reader, keeper] = [
            shop.staff(&[Permission::JobsRead]).await,
            shop.staff(&[Permission::JobsRead, Permission::JobsWrite]).await,
        ];
        for _ in 0..4 {
            enqueue(shop, &job(), JobOptions::default()).await;
        }
        let sql = "update graphile_worker._private_jobs set attempts = 25, last_error = 'the gateway is <away>' \
                   where id in (select id from graphile_worker._private_jobs order by id limit 2)";
        sqlx::query(sql).execute(&shop.db).await.unwrap();
        let all = |state, search: &str| JobQuery { state, search: search.into(), paging: Paging::new(1, 50) };
        let (page, counts) = jobs::list(shop, &reader, &all(None, "")).await.unwrap();
        assert_eq!((page.total, counts), (4, [2, 0, 0, 2]));
        let [first, second] = [&page.items[0], &page.items[1]];
        assert_eq!((first.state, first.kind.as_str()), (JobState::Dead, "settle_payment"), "those come first");
        assert_eq!(jobs::list(shop, &reader, &all(Some(JobState::Dead), "AWAY gateway")).await.unwrap().0.total, 2);
        assert_eq!(jobs::list(shop, &reader, &all(None, "%")).await.unwrap().0.total, 0);

        assert!(matches!(jobs::retry(shop, &reader, first.id).await, Err(Error::Forbidden)));
        assert!(matches!(jobs::delete(shop, &reader, first.id).await, Err(Error::Forbidden)));
        jobs::retry(shop, &keeper, first.id).await.unwrap();
        assert_eq!(jobs::get(shop, &reader, first.id).await.unwrap().state, JobState::Waiting);
        jobs::delete(shop, &keeper, second.id).await.unwrap();
        assert!(matches!(jobs::delete(shop, &keeper, second.id).await, Err(Error::NotFound)));
        let running =
            "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w', attempts = 1 where id = $1";
        sqlx::query(running).bind(first.id).execute(&shop.db).await.unwrap();
        for refused in [jobs::retry(shop, &keeper, first.id).await, jobs::delete(shop, &keeper, first.id).await] {
            assert_eq!(refused.unwrap_err().conflict_code(), Some("job_running"));
        }
        assert_eq!(jobs::list(shop, &reader, &all(None, "")).await.unwrap().1, [2, 1, 0, 0]);
        let written: Vec<String> =
            sqlx::query_scalar("select action from audit_logs order by id").fetch_all(&shop.db).await.unwrap();
        assert_eq!(written, ["job.retry", "job.delete"]);
    })
    .await;
}

#[tokio::test]
async fn all_that_was_given_up_is_tried_again() {
    testing::shop(async |shop| {
        let keeper = shop.staff(&[Permission::JobsRead, Permission::JobsWrite]).await;
        for _ in 0..3 {
            enqueue(shop, &job(), JobOptions::default()).await;
        }
        sqlx::query("update graphile_worker._private_jobs set attempts = max_attempts")
            .execute(&shop.db)
            .await
            .unwrap();
        let clerk = shop.staff(&[Permission::JobsRead]).await;
        assert!(matches!(jobs::retry_all_dead(shop, &clerk).await, Err(Error::Forbidden)));
        assert_eq!(jobs::retry_all_dead(shop, &keeper).await.unwrap(), 3);
        assert_eq!(jobs::health(shop).await.unwrap().dead, 0);
        let rounds = worker::rounds(shop, &clerk).await.unwrap();
        assert!(rounds.iter().all(|round| round.next.is_some_and(|next| next > shop.clock.now())), "{rounds:?}");
        assert!(rounds.iter().any(|round| round.kind == "reconcile_payments" && round.last.is_none()));
    })
    .await;
}
