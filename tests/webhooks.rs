//! What Stripe posts: believed only when signed, kept once, applied once, in whatever order it comes.

mod till;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use shop::payments::{self, webhook};
use shop::{Error, jobs};
use stripe_sandbox::{Faults, Forgery, Way, WebhookFaults};
use till::{SECRET, Till, till};

fn sign(till: &Till, body: &[u8], secret: &str) -> String {
    let time = till.clock.now().timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    format!("t={time},v1={}", hex::encode(mac.finalize().into_bytes()))
}

async fn post(till: &Till, body: &serde_json::Value) -> shop::Result<()> {
    let body = serde_json::to_vec(body).unwrap();
    webhook::receive(till, &body, &sign(till, &body, SECRET)).await
}

const EVENTS: &str = "select count(*) from stripe_events";
const UNAPPLIED: &str = "select count(*) from stripe_events where applied_at is null";

#[tokio::test]
async fn a_webhook_alone_pays_the_order() {
    till(async |till| {
        till.webhooks_arrive();
        let (placed, session) = till.at_the_page(&till.product("Rasp").await, 1).await;
        till.stripe.pay(&session, Way::Pay).unwrap();
        till.message("checkout.session.completed").await;
        till.work().await;
        assert_eq!(till.status(placed.order).await.0, "paid");
        till.message("payment_intent.succeeded").await;
        till.work().await;
        assert_eq!(till.subjects().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn repeated_and_reordered_is_applied_once() {
    till(async |till| {
        let (placed, session) = till.at_the_page(&till.product("Rasp").await, 1).await;
        till.stripe.pay(&session, Way::Decline).unwrap_err();
        till.message("payment_intent.payment_failed").await;
        till.stripe.pay(&session, Way::Pay).unwrap();
        till.message("checkout.session.completed").await;
        till.message("charge.succeeded").await;
        // the last first, each three times, the decline last of all
        let mut messages = till.inbox.messages.lock().unwrap().clone();
        messages.reverse();
        for _ in 0..3 {
            for message in &messages {
                webhook::receive(till, &message.body, &message.signature).await.unwrap();
                till.work().await;
            }
        }
        assert_eq!(till.count(EVENTS).await, i64::try_from(messages.len()).unwrap());
        assert_eq!(till.count(UNAPPLIED).await, 0);
        assert_eq!(till.status(placed.order).await, ("paid".into(), "paid".into()));
        assert_eq!(till.count("select count(*) from order_events where to_status = 'paid'").await, 1);
        assert_eq!(till.subjects().len(), 1);
    })
    .await;
}

/// Fails when `signature::fits` is not asked: rows are written.
#[tokio::test]
async fn what_is_forged_leaves_no_row() {
    till(async |till| {
        let body = serde_json::to_vec(&json!({
            "id": "evt_1", "type": "checkout.session.completed", "livemode": false, "data": { "object": { "id": "cs_1" } },
        }))
        .unwrap();
        let good = sign(till, &body, SECRET);
        let stale = {
            till.clock.advance(chrono::TimeDelta::minutes(-6));
            let stale = sign(till, &body, SECRET);
            till.clock.advance(chrono::TimeDelta::minutes(6));
            stale
        };
        let mut altered = body.clone();
        altered[10] ^= 1;
        let cases: [(&[u8], String); 7] = [
            (&body, sign(till, &body, "whsec_other")),
            (&body, stale),
            (&altered, good.clone()),
            (&body[..body.len() - 1], good.clone()),
            (&body, String::new()),
            (&body, "t=,v1=".into()),
            (&body, good.replace("v1=", "v0=")),
        ];
        for (bytes, signature) in cases {
            let answer = webhook::receive(till, bytes, &signature).await;
            assert!(matches!(answer, Err(Error::Forbidden)), "{signature}");
        }
        assert!(matches!(post(till, &json!({ "id": "evt_2", "livemode": true })).await, Err(Error::Forbidden)));
        assert_eq!(till.count(EVENTS).await, 0);
        webhook::receive(till, &body, &good).await.unwrap();
        assert_eq!(till.count(EVENTS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_signed_is_kept_whatever_it_is() {
    till(async |till| {
        for body in [b"not json".as_slice(), b"{}", b"[1,2]", b"{\"id\":\"a\\u0000b\",\"type\":7}", b"\xff\xfe"] {
            webhook::receive(till, body, &sign(till, body, SECRET)).await.unwrap();
        }
        post(till, &json!({ "id": "evt_1", "type": "invoice.paid", "livemode": false, "data": {} })).await.unwrap();
        till.work().await;
        assert_eq!(till.count(EVENTS).await, 6);
        assert_eq!(till.count(UNAPPLIED).await, 0);
    })
    .await;
}

#[tokio::test]
async fn two_secrets_while_one_is_rolled() {
    till(async |till| {
        till.webhooks_arrive();
        till.stripe.roll_webhook_secret("whsec_next");
        let (placed, session) = till.at_the_page(&till.product("Rasp").await, 1).await;
        till.stripe.pay(&session, Way::Pay).unwrap();
        let message = till.message("checkout.session.completed").await;
        assert_eq!(message.signature.matches("v1=").count(), 2);
        till.work().await;
        assert_eq!(till.status(placed.order).await.0, "paid");
    })
    .await;
}

/// The answer that holds the session's id is lost, and its payment succeeds all the same: the event names the payment.
#[tokio::test]
async fn an_event_before_the_reference_is_stored() {
    till(async |till| {
        let (placed, session) = till.at_the_page(&till.product("Rasp").await, 1).await;
        sqlx::query("update payments set provider_session = null, checkout_url = null, status = 'created'")
            .execute(&till.db)
            .await
            .unwrap();
        till.stripe.pay(&session, Way::Pay).unwrap();
        let message = till.message("checkout.session.completed").await;
        webhook::receive(till, &message.body, &message.signature).await.unwrap();
        till.work().await;
        assert_eq!(till.status(placed.order).await.0, "paid");
    })
    .await;
}

#[tokio::test]
async fn an_event_before_its_payment_waits() {
    till(async |till| {
        let (placed, session) = till.at_the_page(&till.product("Rasp").await, 1).await;
        till.stripe.pay(&session, Way::Pay).unwrap();
        let message = till.message("checkout.session.completed").await;
        // as a replica that lags would see it
        sqlx::raw_sql("create table aside as select * from payments; delete from payments")
            .execute(&till.db)
            .await
            .unwrap();
        webhook::receive(till, &message.body, &message.signature).await.unwrap();
        till.work().await;
        assert_eq!(till.count(UNAPPLIED).await, 1);
        sqlx::raw_sql("insert into payments select * from aside; drop table aside").execute(&till.db).await.unwrap();
        jobs::hurry(till).await.unwrap();
        till.work().await;
        assert_eq!(till.count(UNAPPLIED).await, 0);
        assert_eq!(till.status(placed.order).await.0, "paid");
    })
    .await;
}

#[tokio::test]
async fn another_programs_payments_are_left_alone() {
    till(async |till| {
        let object = json!({ "id": "pi_other", "metadata": {} });
        let event = json!({
            "id": "evt_1", "type": "payment_intent.succeeded", "livemode": false, "data": { "object": object },
        });
        post(till, &event).await.unwrap();
        till.work().await;
        till.wait(3 * 24 * 60 + 1);
        jobs::hurry(till).await.unwrap();
        till.work().await;
        let outcome: String =
            sqlx::query_scalar("select outcome from stripe_events").fetch_one(&till.db).await.unwrap();
        assert_eq!(outcome, "about a payment that is not ours");
    })
    .await;
}

#[tokio::test]
async fn a_dispute_is_noted_once() {
    till(async |till| {
        let placed = till.paid_order(&till.product("Rasp").await, 1).await;
        let charge = till.stripe.ledger().charges[0].id.clone();
        till.stripe.dispute(&charge, "fraudulent").unwrap();
        let message = till.message("charge.dispute.created").await;
        for _ in 0..2 {
            webhook::receive(till, &message.body, &message.signature).await.unwrap();
            till.work().await;
        }
        assert_eq!(till.count("select count(*) from order_events where note like '%disputes%'").await, 1);
        assert_eq!(till.count("select count(*) from outbox_events where topic = 'payment.disputed'").await, 1);
        assert_eq!(till.status(placed.order).await.0, "paid");
    })
    .await;
}

#[tokio::test]
async fn a_lost_job_is_found_again() {
    till(async |till| {
        let (placed, session) = till.at_the_page(&till.product("Rasp").await, 1).await;
        till.stripe.pay(&session, Way::Pay).unwrap();
        let message = till.message("checkout.session.completed").await;
        webhook::receive(till, &message.body, &message.signature).await.unwrap();
        sqlx::query("delete from graphile_worker._private_jobs").execute(&till.db).await.unwrap();
        till.wait(3);
        assert_eq!(payments::reconcile(till).await.unwrap().events, 1);
        till.work().await;
        assert_eq!(till.count(UNAPPLIED).await, 0);
        assert_eq!(till.status(placed.order).await.0, "paid");
    })
    .await;
}

/// Events repeated, shuffled, delayed and forged, while shoppers come back: the same books as in fair weather.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn webhooks_in_bad_weather() {
    till(async |till| {
        till.webhooks_arrive();
        till.stripe.set_faults(Faults {
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
        let rasp = till.product("Rasp").stock(100).await;
        for i in 0..30 {
            let (placed, session) = till.at_the_page(&rasp, 1).await;
            till.stripe.pay(&session, if i % 10 == 9 { Way::Decline } else { Way::Pay }).ok();
            if i % 3 == 0 {
                payments::came_back(till, placed.payment, &placed.access_key).await.unwrap();
            }
            till.work().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        till.work().await;
        till.wait(40);
        payments::reconcile(till).await.unwrap();
        till.work().await;
        assert_eq!(till.count("select count(*) from orders where status = 'paid'").await, 27);
        assert_eq!(till.count("select count(*) from orders where status = 'cancelled'").await, 3);
        assert_eq!(till.count(UNAPPLIED).await, 0);
        assert_eq!(till.subjects().len(), 27);
        let forged: Vec<_> = till.stripe.deliveries().into_iter().filter(|d| d.forgery.is_some()).collect();
        assert!(forged.len() > 50, "{}", forged.len());
        for delivery in forged {
            assert_eq!(delivery.status, Some(400), "{delivery:?} was believed");
        }
    })
    .await;
}
