//! What arrives: the body, and the signatures.

use super::{happens, keeper, webhook};
use crate::support::sendable;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::json;
use shop::Paging;
use shop::events::Event;
use shop::testing::receiver::{Received, Receiver};
use shop::testing::{self, TestShop};
use shop::webhooks::{self, RotateInput, SecretKind};
use standardwebhooks::Webhook;

/// Checks a message as the reference library for Rust does, but for its age, which it counts by the real clock.
fn verifies(secret: &str, one: &Received) -> bool {
    let [id, timestamp, signature] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| one.headers[name].clone());
    let verifier = Webhook::new(secret).unwrap();
    let expected = verifier.sign(&id, timestamp.parse().unwrap(), one.body.as_bytes()).unwrap();
    signature.split(' ').any(|part| part == expected)
}

/// Checks the signature of `v1a` with the public key that staff see.
async fn verifies_by_key(shop: &TestShop, webhook: shop::id::WebhookId, one: &Received) -> bool {
    let staff = keeper(shop).await;
    let keys = webhooks::signing_keys(shop, &staff, webhook).await.unwrap();
    let content = format!("{}.{}.{}", one.headers["webhook-id"], one.headers["webhook-timestamp"], one.body);
    let signatures: Vec<Vec<u8>> = one.headers["webhook-signature"]
        .split(' ')
        .filter_map(|part| BASE64_STANDARD.decode(part.strip_prefix("v1a,")?).ok())
        .collect();
    let keys = keys.iter().filter_map(|key| key.public_key.as_deref()?.strip_prefix("whpk_"));
    keys.map(|key| BASE64_STANDARD.decode(key).unwrap()).any(|key| {
        let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key);
        signatures.iter().any(|signature| key.verify(content.as_bytes(), signature).is_ok())
    })
}

#[tokio::test]
async fn what_happened_arrives_signed() {
    testing::shop(async |shop| {
        let receiver = Receiver::start().await;
        let staff = keeper(shop).await;
        let made = super::input(receiver.url.as_str(), &["account.registered"]);
        let made = sendable(webhooks::create(shop, &staff, made)).await.unwrap();
        let account = happens(shop, Event::AccountRegistered).await;
        happens(shop, Event::AccountClosed).await;
        assert_eq!(sendable(webhooks::send_due(shop)).await.unwrap(), 1, "only what it wants");
        let [one] = &receiver.received()[..] else { panic!("{:?}", receiver.received()) };
        assert_eq!((one.path.as_str(), one.headers["content-type"].as_str()), ("/hooks", "application/json"));
        assert_eq!(one.headers["webhook-timestamp"], shop.clock.now().timestamp().to_string());
        let body = json!({
            "type": "account.registered", "timestamp": "2026-11-14T12:00:00.000000Z", "version": "2026-12-01",
            "sequence": 1, "data": { "accountId": account },
        });
        assert_eq!(receiver.bodies(), [body]);
        assert!(one.body.starts_with(r#"{"type":"account.registered","timestamp":"#), "{}", one.body);
        assert!(verifies(made.secret.expose_secret(), one));
        assert!(verifies_by_key(shop, made.id, one).await);
        // another body, or another id, is not what was signed
        let changed = Received { body: one.body.replace("registered", "verified"), ..one.clone() };
        assert!(!verifies(made.secret.expose_secret(), &changed));
        assert!(!verifies_by_key(shop, made.id, &changed).await);
        assert_eq!(sendable(webhooks::send_due(shop)).await.unwrap(), 0, "once");
    })
    .await;
}

#[tokio::test]
async fn all_that_an_order_does_arrives_in_its_numbers() {
    testing::shop(async |shop| {
        let receiver = Receiver::start().await;
        webhook(shop, receiver.url.as_str(), &["*"]).await;
        let hammer = shop.product("Claw hammer").priced(18_50).stock(5).await;
        let guest = shop.guest_with(&[(&hammer, 1)]).await;
        let order = shop.placed(&guest).await.order;
        shop.take_money(order).await;
        sendable(webhooks::send_due(shop)).await.unwrap();
        let of_order: Vec<_> = receiver
            .bodies()
            .into_iter()
            .filter(|body| body["type"].as_str().unwrap().starts_with("order."))
            .map(|body| (body["type"].as_str().unwrap().to_owned(), body["sequence"].as_i64().unwrap()))
            .collect();
        assert!(of_order.contains(&("order.placed".to_owned(), 1)), "{of_order:?}");
        assert!(of_order.iter().any(|(topic, n)| topic == "order.paid" && *n > 1), "{of_order:?}");
    })
    .await;
}

/// Fails when the former secret ends at once, or never.
#[tokio::test]
async fn a_secret_that_was_replaced_signs_for_a_while() {
    testing::shop(async |shop| {
        let receiver = Receiver::start().await;
        let staff = keeper(shop).await;
        let made = super::input(receiver.url.as_str(), &["*"]);
        let made = sendable(webhooks::create(shop, &staff, made)).await.unwrap();
        let rotate = async |kind: SecretKind, hours: &str| {
            let input = RotateInput { kind: kind.word().into(), overlap_hours: hours.into() };
            sendable(webhooks::rotate_secret(shop, &staff, made.id, input)).await.unwrap()
        };
        let new = rotate(SecretKind::V1, "").await.unwrap();
        let old = made.secret.expose_secret();
        let last = async || {
            happens(shop, Event::AccountRegistered).await;
            sendable(webhooks::send_due(shop)).await.unwrap();
            receiver.received().pop().unwrap()
        };
        let both = last().await;
        assert!(verifies(old, &both) && verifies(new.expose_secret(), &both));
        shop.clock.advance(TimeDelta::hours(24));
        let one = last().await;
        assert!(!verifies(old, &one) && verifies(new.expose_secret(), &one));
        assert!(verifies_by_key(shop, made.id, &one).await);
        // at once, when it may be known to somebody
        let newest = rotate(SecretKind::V1, "0").await.unwrap();
        assert!(rotate(SecretKind::V1a, "0").await.is_none(), "there is no secret to tell");
        let one = last().await;
        assert!(!verifies(new.expose_secret(), &one) && verifies(newest.expose_secret(), &one));
        assert!(verifies_by_key(shop, made.id, &one).await);
        webhooks::sweep(shop).await.unwrap();
        assert_eq!(shop.count("select count(*) from webhook_secrets").await, 2);
        let list = webhooks::EndpointQuery { search: String::new(), state: None, paging: Paging::new(1, 10) };
        assert_eq!(webhooks::endpoints(shop, &staff, &list).await.unwrap().items[0].health.delivered, 2);
    })
    .await;
}
