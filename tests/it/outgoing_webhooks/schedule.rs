//! When messages are sent, sent again and given up; pausing and resuming.

use super::{happens, happens_to, keeper, standing, webhook};
use crate::support::sendable;
use chrono::TimeDelta;
use shop::events::Event;
use shop::id::UserId;
use shop::testing::receiver::{Receiver, Reply};
use shop::testing::{self, TestShop};
use shop::webhooks::{self, ATTEMPTS, EndpointInput, EndpointState, PauseReason};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

/// A receiver whose answer a test changes.
async fn moody(status: u16) -> (Receiver, Arc<AtomicU16>) {
    let mood = Arc::new(AtomicU16::new(status));
    let answer = mood.clone();
    (Receiver::answering(move |_| Reply::Status(answer.load(Ordering::SeqCst))).await, mood)
}

async fn send(shop: &TestShop) -> usize {
    sendable(webhooks::send_due(shop)).await.unwrap()
}

/// Waits as long as the schedule may ask for, at most.
async fn send_later(shop: &TestShop, wait: TimeDelta) -> usize {
    shop.clock.advance(wait * 6 / 5);
    send(shop).await
}

/// Fails when a message that did not arrive is dropped, sent under another id, or in another shape.
#[tokio::test]
async fn what_does_not_arrive_is_sent_again_as_it_was() {
    testing::shop(async |shop| {
        let (receiver, mood) = moody(500).await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        happens(shop, Event::AccountRegistered).await;
        assert_eq!(send(shop).await, 1);
        assert_eq!(send(shop).await, 0, "not at once");
        assert_eq!(send_later(shop, TimeDelta::seconds(5)).await, 1);
        mood.store(200, Ordering::SeqCst);
        assert_eq!(send_later(shop, TimeDelta::minutes(5)).await, 1);
        assert_eq!(standing(shop, id).await, [("account.registered".to_owned(), "delivered", 3)]);
        let received = receiver.received();
        assert_eq!(received.len(), 3);
        for one in &received {
            assert_eq!(
                (&one.body, &one.headers["webhook-id"]),
                (&received[0].body, &received[0].headers["webhook-id"])
            );
        }
        let mut moments = receiver.headers("webhook-timestamp");
        moments.dedup();
        assert_eq!(moments.len(), 3, "the moment is that of the attempt");
    })
    .await;
}

/// Some three days, then it is dead and stays visible.
#[tokio::test]
async fn a_message_that_never_arrives_is_dead() {
    testing::shop(async |shop| {
        let (receiver, mood) = moody(500).await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        happens(shop, Event::AccountRegistered).await;
        let mut attempts = send(shop).await;
        for _ in 0..40 {
            attempts += send_later(shop, TimeDelta::hours(2)).await;
        }
        // nothing arrived for more than a day, so its maker was told
        for _ in 0..30 {
            attempts += send_later(shop, TimeDelta::hours(2)).await;
        }
        assert_eq!(attempts, ATTEMPTS);
        assert_eq!(standing(shop, id).await, [("account.registered".to_owned(), "dead", 10)]);
        assert_eq!(shop.count("select count(*) from webhook_attempts").await, 10);
        // by hand it goes from the beginning
        mood.store(204, Ordering::SeqCst);
        let staff = keeper(shop).await;
        let delivery: shop::id::DeliveryId =
            sqlx::query_scalar("select id from webhook_deliveries").fetch_one(&shop.db).await.unwrap();
        sendable(webhooks::redeliver(shop, &staff, delivery)).await.unwrap();
        assert_eq!(send(shop).await, 1);
        assert_eq!(standing(shop, id).await, [("account.registered".to_owned(), "delivered", 1)]);
        assert_eq!(shop.count("select count(*) from webhook_attempts").await, 11, "the log keeps what was before");
    })
    .await;
}

#[tokio::test]
async fn the_receiver_says_when_and_whether() {
    testing::shop(async |shop| {
        let later =
            Receiver::answering(|_| Reply::With(503, vec![("retry-after", "7200".into())], "busy".into())).await;
        let no =
            Receiver::answering(|_| Reply::With(400, vec![("webhook-delivery", "abort-message".into())], "".into()));
        let no = no.await;
        let (slow, rude) =
            (webhook(shop, later.url.as_str(), &["*"]).await, webhook(shop, no.url.as_str(), &["*"]).await);
        happens(shop, Event::AccountRegistered).await;
        assert_eq!(send(shop).await, 2);
        assert_eq!(standing(shop, rude).await, [("account.registered".to_owned(), "dead", 1)]);
        shop.clock.advance(TimeDelta::minutes(119));
        assert_eq!(send(shop).await, 0, "it asked for two hours");
        shop.clock.advance(TimeDelta::minutes(1));
        assert_eq!(send(shop).await, 1);
        assert_eq!(standing(shop, slow).await, [("account.registered".to_owned(), "pending", 2)]);
    })
    .await;
}

/// 410, and the header of the standard, stop it at once; what happens meanwhile waits, and all of it is sent when it is
/// resumed.
#[tokio::test]
async fn who_wants_no_more_is_paused_and_loses_nothing() {
    for (reply, reason) in [
        (Reply::Status(410), PauseReason::Gone),
        (Reply::With(200, vec![("webhook-delivery", "disable".into())], String::new()), PauseReason::Asked),
    ] {
        testing::shop(async |shop| {
            let mood = Arc::new(AtomicU16::new(0));
            let answer = mood.clone();
            let first = reply.clone();
            let receiver = Receiver::answering(move |_| match answer.load(Ordering::SeqCst) {
                0 => first.clone(),
                status => Reply::Status(status),
            })
            .await;
            let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
            happens(shop, Event::AccountRegistered).await;
            assert_eq!(send(shop).await, 1);
            let staff = keeper(shop).await;
            let now = webhooks::endpoint(shop, &staff, id).await.unwrap();
            assert_eq!((now.state, now.pause_reason), (EndpointState::Paused, Some(reason)));
            happens(shop, Event::AccountClosed).await;
            assert_eq!(send_later(shop, TimeDelta::days(2)).await, 0);
            shop.work().await;
            assert_eq!(shop.subjects(), ["The webhook Accounting is paused"]);

            mood.store(200, Ordering::SeqCst);
            sendable(webhooks::resume(shop, &staff, id)).await.unwrap();
            send(shop).await;
            let all: Vec<_> = standing(shop, id).await.into_iter().map(|(topic, status, _)| (topic, status)).collect();
            assert_eq!(
                all,
                [("account.registered".to_owned(), "delivered"), ("account.closed".to_owned(), "delivered"),]
            );
            assert_eq!(webhooks::endpoint(shop, &staff, id).await.unwrap().state, EndpointState::Active);
        })
        .await;
    }
}

/// After a day its maker is told, once; after five days it is paused. One that arrives begins the count anew. Resumed,
/// what died meanwhile is sent as well.
#[tokio::test]
async fn nothing_but_failures_pauses_after_five_days() {
    testing::shop(async |shop| {
        let (receiver, mood) = moody(500).await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        let staff = keeper(shop).await;
        let state = async || webhooks::endpoint(shop, &staff, id).await.unwrap().state;
        let hours = async |n: i64| {
            for _ in 0..n {
                happens(shop, Event::AccountRegistered).await;
                send(shop).await;
                shop.clock.advance(TimeDelta::hours(1));
            }
            shop.work().await;
        };
        hours(23).await;
        assert_eq!((state().await, shop.subjects().len()), (EndpointState::Failing, 0));
        hours(3).await;
        assert_eq!(shop.subjects(), ["Nothing arrives at the webhook Accounting"]);
        mood.store(200, Ordering::SeqCst);
        hours(1).await;
        assert_eq!(state().await, EndpointState::Active);
        mood.store(500, Ordering::SeqCst);
        hours(119).await;
        assert_eq!((state().await, shop.subjects().len()), (EndpointState::Failing, 2), "told once for each time");
        hours(3).await;
        assert_eq!(state().await, EndpointState::Paused);
        assert_eq!(shop.subjects()[2], "The webhook Accounting is paused");
        assert!(shop.count("select count(*) from webhook_deliveries where status = 'dead'").await > 0);

        mood.store(200, Ordering::SeqCst);
        sendable(webhooks::resume(shop, &staff, id)).await.unwrap();
        send(shop).await;
        assert_eq!(shop.count("select count(*) from webhook_deliveries where status <> 'delivered'").await, 0);
    })
    .await;
}

/// Fails when a later message overtakes one that waits to be tried again.
#[tokio::test]
async fn ordered_messages_wait_for_those_before_them() {
    testing::shop(async |shop| {
        let (receiver, mood) = moody(500).await;
        let staff = keeper(shop).await;
        let input = EndpointInput { is_ordered: "on".into(), ..super::input(receiver.url.as_str(), &["*"]) };
        let id = sendable(webhooks::create(shop, &staff, input)).await.unwrap().id;
        let account = UserId::new();
        for event in [Event::AccountRegistered, Event::AccountVerified, Event::AccountClosed] {
            happens_to(shop, account, event).await;
        }
        assert_eq!(send(shop).await, 1);
        assert_eq!(send_later(shop, TimeDelta::seconds(5)).await, 1);
        mood.store(200, Ordering::SeqCst);
        assert_eq!(send(shop).await, 0, "the first in line waits, and all behind it");
        assert_eq!(send_later(shop, TimeDelta::minutes(5)).await, 3);
        let all: Vec<i64> = receiver.bodies().iter().map(|body| body["sequence"].as_i64().unwrap()).collect();
        assert_eq!(all, [1, 1, 1, 2, 3]);
        assert!(standing(shop, id).await.iter().all(|(_, status, _)| *status == "delivered"));
        // one that is given up blocks nobody any more
        mood.store(400, Ordering::SeqCst);
        happens_to(shop, account, Event::AccountReopened).await;
        send(shop).await;
        happens_to(shop, account, Event::AccountClosed).await;
        for _ in 0..90 {
            send_later(shop, TimeDelta::hours(1)).await;
        }
        mood.store(200, Ordering::SeqCst);
        for _ in 0..30 {
            send_later(shop, TimeDelta::hours(1)).await;
        }
        let last: Vec<_> = standing(shop, id).await.into_iter().skip(3).map(|(_, status, _)| status).collect();
        assert_eq!(last, ["dead", "delivered"]);
    })
    .await;
}

/// By hand, and what waits then is sent when it is resumed.
#[tokio::test]
async fn a_pause_keeps_what_happens() {
    testing::shop(async |shop| {
        let (receiver, _) = moody(200).await;
        let id = webhook(shop, receiver.url.as_str(), &["account.closed"]).await;
        let staff = keeper(shop).await;
        sendable(webhooks::pause(shop, &staff, id)).await.unwrap();
        sendable(webhooks::pause(shop, &staff, id)).await.unwrap();
        for _ in 0..3 {
            happens(shop, Event::AccountClosed).await;
        }
        assert_eq!(send_later(shop, TimeDelta::days(20)).await, 0);
        let health = webhooks::endpoint(shop, &staff, id).await.unwrap().health;
        assert_eq!((health.pending, health.delivered, health.dead), (3, 0, 0));
        sendable(webhooks::resume(shop, &staff, id)).await.unwrap();
        assert_eq!(send(shop).await, 3);
        shop.work().await;
        assert!(shop.subjects().is_empty(), "nobody is told of what they did themselves");
        let acts: Vec<String> =
            sqlx::query_scalar("select action from audit_logs where entity_type = 'webhook' order by created_at, id")
                .fetch_all(&shop.db)
                .await
                .unwrap();
        assert_eq!(acts, ["webhook.create", "webhook.pause", "webhook.resume"]);
    })
    .await;
}
