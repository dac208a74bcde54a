//! Nothing is lost: crashes, several processes, receivers that hang.

use super::{happens, happens_to, standing, webhook};
use crate::support::sendable;
use chrono::TimeDelta;
use shop::accounts::System;
use shop::events::{self, AccountEvent, Event};
use shop::id::UserId;
use shop::testing::receiver::{Receiver, Reply};
use shop::testing::{self, TestShop};
use shop::webhooks;
use shop::{Act, Clock};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;

/// What was sent and not marked, since the program died in between, is sent again under the same id. Fails when a lease
/// never ends, or when it is no lease.
#[tokio::test]
async fn what_was_sent_and_not_marked_is_sent_again() {
    testing::shop(async |shop| {
        let receiver = Receiver::start().await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        happens(shop, Event::AccountRegistered).await;
        sendable(webhooks::send_due(shop)).await.unwrap();
        // as it stood when the program died
        let before = "update webhook_deliveries
                      set status = 'pending', next_attempt_at = created_at, finished_at = null, leased_until = $1";
        sqlx::query(before).bind(shop.clock.now() + TimeDelta::seconds(60)).execute(&shop.db).await.unwrap();
        assert_eq!(sendable(webhooks::send_due(shop)).await.unwrap(), 0, "somebody is at it");
        shop.clock.advance(TimeDelta::seconds(60));
        assert_eq!(sendable(webhooks::send_due(shop)).await.unwrap(), 1);
        let ids = receiver.headers("webhook-id");
        assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
        assert_eq!(standing(shop, id).await, [("account.registered".to_owned(), "delivered", 2)]);
    })
    .await;
}

/// Fails without the lock: events are handed on twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_hand_on_each_event_once() {
    testing::shop(async |shop| {
        let id = webhook(shop, "https://hooks.example/in", &["*"]).await;
        for _ in 0..40 {
            happens(shop, Event::AccountRegistered).await;
        }
        let start = Arc::new(Barrier::new(4));
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (shop, start) = ((**shop).clone(), start.clone());
            racing.spawn(async move {
                start.wait().await;
                webhooks::fan_out(&shop).await.unwrap()
            });
        }
        assert_eq!(racing.join_all().await.iter().sum::<usize>(), 40);
        assert_eq!(standing(shop, id).await.len(), 40);
        assert_eq!(shop.count("select count(*) from outbox_events where attempts <> 1 or status <> 'sent'").await, 0);
        // and whoever found nothing to do keeps nobody from it
        let held = "select count(*) from pg_locks l join pg_database d on d.oid = l.database
                    where l.locktype = 'advisory' and d.datname = current_database()";
        assert_eq!(shop.count(held).await, 0);
    })
    .await;
}

/// An act that wrote its event down first and committed last comes last. Fails when events are taken by their ids
/// alone.
#[tokio::test]
async fn events_of_one_thing_come_in_the_order_of_their_commits() {
    testing::shop(async |shop| {
        let receiver = Receiver::start().await;
        webhook(shop, receiver.url.as_str(), &["*"]).await;
        let account_id = UserId::new();
        let mut late = Act::begin(shop, &System).await.unwrap();
        events::record(&mut late, &Event::AccountClosed(AccountEvent { account_id })).unwrap();
        happens_to(shop, account_id, Event::AccountRegistered).await;
        late.commit(()).await.unwrap();
        sendable(webhooks::fan_out(shop)).await.unwrap();
        let topics: Vec<String> = sqlx::query_scalar("select topic from webhook_deliveries order by position")
            .fetch_all(&shop.db)
            .await
            .unwrap();
        assert_eq!(topics, ["account.registered", "account.closed"]);
    })
    .await;
}

/// Fails without the lease and `skip locked`: messages go out twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_processes_send_each_message_once() {
    testing::shop(async |shop| {
        let receiver = Receiver::start().await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        for _ in 0..60 {
            happens(shop, Event::AccountRegistered).await;
        }
        let start = Arc::new(Barrier::new(4));
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (shop, start) = ((**shop).clone(), start.clone());
            racing.spawn(async move {
                start.wait().await;
                webhooks::send_due(&shop).await.unwrap()
            });
        }
        racing.join_all().await;
        // one may have looked while the others held the last ones
        sendable(webhooks::send_due(shop)).await.unwrap();
        let mut ids = receiver.headers("webhook-id");
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), receiver.received().len()), (60, 60));
        assert!(standing(shop, id).await.iter().all(|(_, status, attempts)| (*status, *attempts) == ("delivered", 1)));
    })
    .await;
}

/// A receiver that is down now and then, does not answer in time, or cuts the line gets everything in the end.
#[tokio::test]
async fn a_receiver_that_often_fails_gets_everything() {
    testing::shop(async |shop| {
        let mut impatient = (**shop).clone();
        impatient.outbound = shop.outbound.waiting_at_most(Duration::from_millis(300));
        let shop_sends = async || sendable(webhooks::send_due(&impatient)).await.unwrap();
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let receiver =
            Receiver::answering(move |_| match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) % 10 {
                1 | 4 | 7 => Reply::Status(500),
                5 => Reply::Cut,
                8 => Reply::Hang,
                _ => Reply::Status(200),
            })
            .await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        for _ in 0..40 {
            happens(shop, Event::AccountRegistered).await;
        }
        for _ in 0..100 {
            shop_sends().await;
            shop.clock.advance(TimeDelta::hours(1));
        }
        let all = standing(shop, id).await;
        assert_eq!(all.len(), 40);
        assert!(all.iter().all(|(_, status, _)| *status == "delivered"), "{all:?}");
        let mut tries: HashMap<String, usize> = HashMap::new();
        for id in receiver.headers("webhook-id") {
            *tries.entry(id).or_default() += 1;
        }
        assert!(tries.len() == 40 && tries.values().any(|n| *n > 1));
        let ways = "select count(*) filter (where http_status = 500) > 0, count(*) filter (where error like '%answer within%') > 0,
                           count(*) filter (where http_status is null and error not like '%answer within%') > 0
                    from webhook_attempts";
        let ways: (bool, bool, bool) = sqlx::query_as(ways).fetch_one(&shop.db).await.unwrap();
        assert_eq!(ways, (true, true, true), "an error, too late, cut");
    })
    .await;
}

/// The worker sends by itself, to others while one hangs, and stops when it is asked to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_hangs_holds_up_nobody() {
    let shop = TestShop::open_with(Clock::real(), 10).await;
    let (stuck, healthy) = (Receiver::answering(|_| Reply::Hang).await, Receiver::start().await);
    for url in [&stuck.url, &healthy.url] {
        webhook(&shop, url.as_str(), &["*"]).await;
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let sending = tokio::spawn(webhooks::run((*shop).clone(), async move {
        stopped.await.ok();
    }));
    for _ in 0..20 {
        happens(&shop, Event::AccountRegistered).await;
    }
    for _ in 0..100 {
        if healthy.received().len() == 20 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((healthy.received().len(), stuck.received().len()), (20, 4), "four at once, and no more");
    stop.send(()).unwrap();
    drop(stuck);
    tokio::time::timeout(Duration::from_secs(18), sending).await.expect("stops").unwrap();
    shop.finish().await;
}
