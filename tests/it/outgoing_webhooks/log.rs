//! The log of what was sent and answered, tests, and sending again.

use super::{happens, keeper, standing, webhook};
use crate::support::sendable;
use chrono::TimeDelta;
use shop::accounts::Permission;
use shop::events::Event;
use shop::id::EventId;
use shop::testing::receiver::{Receiver, Reply};
use shop::testing::{self, TestShop};
use shop::webhooks::{self, Delivery, DeliveryQuery, DeliveryStatus, ReplayInput};
use shop::{Error, Paging};

async fn send(shop: &TestShop) -> usize {
    sendable(webhooks::send_due(shop)).await.unwrap()
}

fn all() -> DeliveryQuery {
    DeliveryQuery { status: None, topic: None, event: None, paging: Paging::new(1, 20) }
}

#[tokio::test]
async fn what_was_sent_and_answered_is_kept() {
    testing::shop(async |shop| {
        let long = "x".repeat(5000);
        let receiver = Receiver::answering(move |_| Reply::With(422, vec![("x-trace", "7".into())], long.clone()));
        let receiver = receiver.await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        happens(shop, Event::AccountRegistered).await;
        send(shop).await;
        let (staff, reader) = (keeper(shop).await, shop.staff(&[Permission::WebhooksRead]).await);
        let one: Delivery = webhooks::deliveries(shop, &reader, id, &all()).await.unwrap().items.remove(0);
        assert_eq!((one.status, one.http_status, one.attempts), (DeliveryStatus::Pending, Some(422), 1));
        assert_eq!(one.error.as_deref(), Some("the receiver answered 422 Unprocessable Entity"));
        let (again, body) = webhooks::delivery(shop, &staff, one.id).await.unwrap();
        assert_eq!((again, body), (one.clone(), Some(receiver.received()[0].body.clone())));
        let attempts = webhooks::attempts(shop, &staff, one.id).await.unwrap();
        let exchange = attempts[0].exchange.clone().unwrap();
        assert_eq!(exchange.answer.unwrap(), "x".repeat(2048), "the beginning of it");
        assert_eq!(exchange.answer_headers.unwrap()["x-trace"], "7");
        assert_eq!(exchange.request_headers["webhook-id"], one.event.to_string());
        // what of persons may be in it is for those who may read it
        assert_eq!(webhooks::delivery(shop, &reader, one.id).await.unwrap().1, None);
        assert_eq!(webhooks::attempts(shop, &reader, one.id).await.unwrap()[0].exchange, None);
        let other = shop.staff(&[Permission::OrdersRead]).await;
        assert!(matches!(webhooks::deliveries(shop, &other, id, &all()).await, Err(Error::Forbidden)));
        assert!(matches!(webhooks::attempts(shop, &other, one.id).await, Err(Error::Forbidden)));
    })
    .await;
}

#[tokio::test]
async fn the_log_is_filtered_and_forgets_after_thirty_days() {
    testing::shop(async |shop| {
        let receiver = Receiver::answering(|one| match one.body.contains("account.closed") {
            true => Reply::Status(500),
            false => Reply::Status(200),
        })
        .await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        for event in [Event::AccountRegistered, Event::AccountClosed, Event::AccountRegistered] {
            happens(shop, event).await;
        }
        send(shop).await;
        let staff = keeper(shop).await;
        let count = async |query: DeliveryQuery| webhooks::deliveries(shop, &staff, id, &query).await.unwrap().total;
        assert_eq!(count(all()).await, 3);
        assert_eq!(count(DeliveryQuery { status: Some(DeliveryStatus::Delivered), ..all() }).await, 2);
        assert_eq!(count(DeliveryQuery { topic: Some("account.closed".into()), ..all() }).await, 1);
        let event: EventId = receiver.headers("webhook-id")[0].parse().unwrap();
        assert_eq!(count(DeliveryQuery { event: Some(event), ..all() }).await, 1);
        assert_eq!(count(DeliveryQuery { event: Some(EventId::new()), ..all() }).await, 0);
        shop.clock.advance(TimeDelta::days(30));
        shop::events::sweep(shop).await.unwrap();
        assert_eq!(count(all()).await, 3, "to the day");
        shop.clock.advance(TimeDelta::seconds(1));
        shop::events::sweep(shop).await.unwrap();
        assert_eq!(count(all()).await, 0);
        assert_eq!(shop.count("select count(*) from webhook_attempts").await, 0);
    })
    .await;
}

/// A test goes to the webhook that it is for, though that wants something else, and to no other.
#[tokio::test]
async fn a_test_goes_to_one_webhook() {
    testing::shop(async |shop| {
        let (receiver, other) = (Receiver::start().await, Receiver::start().await);
        let id = webhook(shop, receiver.url.as_str(), &["order.paid"]).await;
        webhook(shop, other.url.as_str(), &["*"]).await;
        let staff = keeper(shop).await;
        sendable(webhooks::send_test(shop, &staff, id)).await.unwrap();
        send(shop).await;
        assert_eq!(receiver.bodies()[0]["type"], "webhook.tested");
        assert_eq!(receiver.bodies()[0]["data"]["name"], "Accounting");
        assert!(other.received().is_empty());
    })
    .await;
}

/// Within the thirty days what happened can be sent to whoever has missed it, even from before it was made.
#[tokio::test]
async fn what_happened_within_some_time_is_sent_again() {
    testing::shop(async |shop| {
        let receiver = Receiver::start().await;
        let early = happens(shop, Event::AccountRegistered).await;
        send(shop).await;
        shop.clock.advance(TimeDelta::hours(1));
        let id = webhook(shop, receiver.url.as_str(), &["account.registered", "account.closed"]).await;
        happens(shop, Event::AccountRegistered).await;
        happens(shop, Event::AccountVerified).await;
        happens(shop, Event::AccountClosed).await;
        assert_eq!(send(shop).await, 2);
        let staff = keeper(shop).await;
        let replay = async |from: &str, to: &str, topics: &[&str], undelivered: &str| {
            let topics = topics.iter().map(|topic| (*topic).into()).collect();
            let input = ReplayInput { from: from.into(), to: to.into(), topics, undelivered: undelivered.into() };
            sendable(webhooks::replay(shop, &staff, id, input)).await
        };
        shop.clock.advance(TimeDelta::hours(1));
        assert_eq!(replay("2026-11-14T00:00:00Z", "", &[], "on").await.unwrap(), 1, "the one that it never got");
        assert_eq!(send(shop).await, 1);
        assert_eq!(receiver.bodies()[2]["data"]["accountId"], early.to_string());
        assert_eq!(replay("2026-11-14T12:30:00Z", "2026-11-14T13:30:00Z", &["account.closed"], "").await.unwrap(), 1);
        assert_eq!(send(shop).await, 1);
        let ids = receiver.headers("webhook-id");
        assert_eq!((receiver.bodies()[3]["type"].as_str(), &ids[3]), (Some("account.closed"), &ids[1]));
        assert_eq!(replay("2026-11-14T00:00:00Z", "", &["*"], "").await.unwrap(), 4, "another topic, if it is named");
        assert_eq!(send(shop).await, 4);
        assert!(standing(shop, id).await.iter().all(|(_, status, attempts)| (*status, *attempts) == ("delivered", 1)));
        for (from, to, topic, field) in [
            ("", "", "*", "from"),
            ("yesterday", "", "*", "from"),
            ("2026-11-14T00:00:00Z", "2026-11-13T00:00:00Z", "*", "to"),
            ("2026-11-14T00:00:00Z", "later", "*", "to"),
            ("2026-11-14T00:00:00Z", "", "order.eaten", "topics.0"),
        ] {
            match replay(from, to, &[topic], "").await {
                Err(Error::Invalid(faults)) => assert_eq!(faults.0[0].field, field),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}
