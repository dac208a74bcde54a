//! What Stripe posts: believed only when signed, kept once, applied once, in whatever order it comes.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use shop::payments::{self, webhook};
use shop::testing::stripe::{StripeShop, WEBHOOK_SECRET, stripe_shop};
use shop::{Error, worker};
use stripe_sandbox::{Faults, Forgery, Way, WebhookFaults};

fn sign(shop: &StripeShop, body: &[u8], secret: &str) -> String {
    let time = shop.clock.now().timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
}

async fn post(shop: &StripeShop, body: &serde_json::Value) -> shop::Result<()> {
    let body = serde_json::to_vec(body).unwrap();
    webhook::receive(shop, &body, &sign(shop, &body, WEBHOOK_SECRET)).await
}

const EVENTS: &str = "select count(*) from stripe_events";
const UNAPPLIED: &str = "select count(*) from stripe_events where applied_at is null";

#[tokio::test]
async fn a_webhook_alone_pays_the_order() {
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        shop.message("checkout.session.completed").await;
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "paid");
        shop.message("payment_intent.succeeded").await;
        shop.work().await;
        assert_eq!(shop.subjects().len(), 1);
    })
    .await;
}

/// Fails when a message that is about nothing of ours waits for a job.
#[tokio::test]
async fn a_message_for_nobody_is_done_when_it_comes() {
    stripe_shop(async |shop| {
        let object = json!({ "id": "ch_1", "object": "charge" });
        let body =
            json!({ "id": "evt_1", "type": "charge.succeeded", "livemode": false, "data": { "object": object } });
        post(shop, &body).await.unwrap();
        post(shop, &body).await.unwrap();
        assert_eq!((shop.count(EVENTS).await, shop.count(UNAPPLIED).await), (1, 0));
        assert_eq!(shop.count("select count(*) from graphile_worker._private_jobs").await, 0);
    })
    .await;
}

#[tokio::test]
async fn repeated_and_reordered_is_applied_once() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&session, Way::Decline).unwrap_err();
        shop.message("payment_intent.payment_failed").await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        shop.message("checkout.session.completed").await;
        shop.message("charge.succeeded").await;
        // the last first, each three times, the decline last of all
        let mut messages = shop.inbox.messages();
        messages.reverse();
        for _ in 0..3 {
            for message in &messages {
                webhook::receive(shop, &message.body, &message.signature).await.unwrap();
                shop.work().await;
            }
        }
        assert_eq!(shop.count(EVENTS).await, i64::try_from(messages.len()).unwrap());
        assert_eq!(shop.count(UNAPPLIED).await, 0);
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "paid".into()));
        assert_eq!(shop.count("select count(*) from order_events where to_status = 'paid'").await, 1);
        assert_eq!(shop.subjects().len(), 1);
    })
    .await;
}

/// Fails when `signature::fits` is not asked: rows are written.
#[tokio::test]
async fn what_is_forged_leaves_no_row() {
    stripe_shop(async |shop| {
        let body = serde_json::to_vec(&json!({
            "id": "evt_1", "type": "checkout.session.completed", "livemode": false, "data": { "object": { "id": "cs_1" } },
        }))
        .unwrap();
        let good = sign(shop, &body, WEBHOOK_SECRET);
        let stale = {
            shop.clock.advance(chrono::TimeDelta::minutes(-6));
            let stale = sign(shop, &body, WEBHOOK_SECRET);
            shop.clock.advance(chrono::TimeDelta::minutes(6));
            stale
        };
        let mut altered = body.clone();
        altered[10] ^= 1;
        let cases: [(&[u8], String); 7] = [
            (&body, sign(shop, &body, "whsec_other")),
            (&body, stale),
            (&altered, good.clone()),
            (&body[..body.len() - 1], good.clone()),
            (&body, String::new()),
            (&body, "t=,v1=".into()),
            (&body, good.replace("v1=", "v0=")),
        ];
        for (bytes, signature) in cases {
            let answer = webhook::receive(shop, bytes, &signature).await;
            assert!(matches!(answer, Err(Error::Forbidden)), "{signature}");
        }
        assert!(matches!(post(shop, &json!({ "id": "evt_2", "livemode": true })).await, Err(Error::Forbidden)));
        assert_eq!(shop.count(EVENTS).await, 0);
        webhook::receive(shop, &body, &good).await.unwrap();
        assert_eq!(shop.count(EVENTS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_signed_is_kept_whatever_it_is() {
    stripe_shop(async |shop| {
        for body in [b"not json".as_slice(), b"{}", b"[1,2]", b"{\"id\":\"a\\u0000b\",\"type\":7}", b"\xff\xfe"] {
            webhook::receive(shop, body, &sign(shop, body, WEBHOOK_SECRET)).await.unwrap();
        }
        post(shop, &json!({ "id": "evt_1", "type": "invoice.paid", "livemode": false, "data": {} })).await.unwrap();
        shop.work().await;
        assert_eq!(shop.count(EVENTS).await, 6);
        assert_eq!(shop.count(UNAPPLIED).await, 0);
    })
    .await;
}

#[tokio::test]
async fn two_secrets_while_one_is_rolled() {
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        shop.stripe.roll_webhook_secret("whsec_next");
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        let message = shop.message("checkout.session.completed").await;
        assert_eq!(message.signature.matches("v1=").count(), 2);
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "paid");
    })
    .await;
}

/// The answer that holds the session's id is lost, and its payment succeeds all the same: the event names the payment.
#[tokio::test]
async fn an_event_before_the_reference_is_stored() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        sqlx::query("update payments set provider_session = null, checkout_url = null, status = 'created'")
            .execute(&shop.db)
            .await
            .unwrap();
        shop.stripe.pay(&session, Way::Pay).unwrap();
        let message = shop.message("checkout.session.completed").await;
        webhook::receive(shop, &message.body, &message.signature).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "paid");
    })
    .await;
}

#[tokio::test]
async fn an_event_before_its_payment_waits() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        let message = shop.message("checkout.session.completed").await;
        // as a replica that lags would see it
        sqlx::raw_sql("create table aside as select * from payments; delete from payments")
            .execute(&shop.db)
            .await
            .unwrap();
        webhook::receive(shop, &message.body, &message.signature).await.unwrap();
        shop.work().await;
        assert_eq!(shop.count(UNAPPLIED).await, 1);
        sqlx::raw_sql("insert into payments select * from aside; drop table aside").execute(&shop.db).await.unwrap();
        worker::hurry(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.count(UNAPPLIED).await, 0);
        assert_eq!(shop.status(placed.order).await.0, "paid");
    })
    .await;
}

#[tokio::test]
async fn another_programs_payments_are_left_alone() {
    stripe_shop(async |shop| {
        let object = json!({ "id": "pi_other", "metadata": {} });
        let event = json!({
            "id": "evt_1", "type": "payment_intent.succeeded", "livemode": false, "data": { "object": object },
        });
        post(shop, &event).await.unwrap();
        shop.work().await;
        shop.wait(3 * 24 * 60 + 1);
        worker::hurry(shop).await.unwrap();
        shop.work().await;
        let outcome: String =
            sqlx::query_scalar("select outcome from stripe_events").fetch_one(&shop.db).await.unwrap();
        assert_eq!(outcome, "about a payment that is not ours");
    })
    .await;
}

#[tokio::test]
async fn a_dispute_is_noted_once() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Rasp").await, 1).await;
        let charge = shop.stripe.statement().charges[0].id.clone();
        shop.stripe.dispute(&charge, "fraudulent").unwrap();
        let message = shop.message("charge.dispute.created").await;
        for _ in 0..2 {
            webhook::receive(shop, &message.body, &message.signature).await.unwrap();
            shop.work().await;
        }
        assert_eq!(shop.count("select count(*) from order_events where data->>'news' = 'opened'").await, 1);
        assert_eq!(shop.count("select count(*) from outbox_events where topic = 'payment.disputed'").await, 1);
        assert_eq!(shop.status(placed.order).await.0, "paid");
    })
    .await;
}

#[tokio::test]
async fn a_lost_job_is_found_again() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        let message = shop.message("checkout.session.completed").await;
        webhook::receive(shop, &message.body, &message.signature).await.unwrap();
        sqlx::query("delete from graphile_worker._private_jobs").execute(&shop.db).await.unwrap();
        shop.wait(3);
        assert_eq!(payments::reconcile(shop).await.unwrap().events, 1);
        shop.work().await;
        assert_eq!(shop.count(UNAPPLIED).await, 0);
        assert_eq!(shop.status(placed.order).await.0, "paid");
    })
    .await;
}

/// Events repeated, shuffled, delayed and forged, while shoppers come back: the same books as in fair weather.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn webhooks_in_bad_weather() {
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        shop.stripe.set_faults(Faults {
            webhooks: WebhookFaults {
                repeat: 50,
                shuffle: 50,
                shuffle_within_ms: 300,
                drop: 10,
                forge: 100,
                forgeries: Forgery::ALL.to_vec(),
                ..WebhookFaults::default()
            },
            ..Faults::default()
        });
        let rasp = shop.product("Rasp").stock(100).await;
        for i in 0..30 {
            let (placed, session) = shop.at_the_page(&rasp, 1).await;
            shop.stripe.pay(&session, if i % 10 == 9 { Way::Decline } else { Way::Pay }).ok();
            if i % 3 == 0 {
                payments::came_back(shop, placed.payment, &placed.access_key).await.unwrap();
            }
            shop.work().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        shop.work().await;
        shop.wait(40);
        payments::reconcile(shop).await.unwrap();
        // what was held back may come just now: until none came for a second
        let mut quiet = 0;
        for _ in 0..100 {
            shop.work().await;
            quiet = if shop.count(UNAPPLIED).await == 0 { quiet + 1 } else { 0 };
            if quiet == 10 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(shop.count("select count(*) from orders where status = 'paid'").await, 27);
        assert_eq!(shop.count("select count(*) from orders where status = 'cancelled'").await, 3);
        assert_eq!(shop.count(UNAPPLIED).await, 0);
        assert_eq!(shop.subjects().len(), 27);
        let forged: Vec<_> = shop.stripe.deliveries().into_iter().filter(|d| d.forgery.is_some()).collect();
        assert!(forged.len() > 50, "{}", forged.len());
        for delivery in forged {
            assert_eq!(delivery.status, Some(400), "{delivery:?} was believed");
        }
    })
    .await;
}
