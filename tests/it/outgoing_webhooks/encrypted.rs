//! Messages that only their receiver can read.

use super::{happens, keeper, webhook};
use crate::support::sendable;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shop::accounts::Permission;
use shop::checkout::{self, PlaceOrder};
use shop::events::Event;
use shop::settings::{self, SettingsInput};
use shop::testing::receiver::Receiver;
use shop::testing::{self, TestShop};
use shop::webhooks::{self, KeyInput};
use shop::{Error, Result, cart};

/// A receiver, who reads messages by hand.
struct Reader {
    private: ring::agreement::EphemeralPrivateKey,
    jwk: Value,
}

impl Reader {
    fn new(kid: &str) -> Self {
        let random = ring::rand::SystemRandom::new();
        let private = ring::agreement::EphemeralPrivateKey::generate(&ring::agreement::ECDH_P256, &random).unwrap();
        let public = private.compute_public_key().unwrap();
        let part = |from: usize, to: usize| BASE64_URL_SAFE_NO_PAD.encode(&public.as_ref()[from..to]);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": part(1, 33), "y": part(33, 65), "kid": kid });
        Self { private, jwk }
    }

    /// Reads one message; the library lets a private key be used once.
    fn read(self, jwe: &str) -> Value {
        let parts: Vec<&str> = jwe.split('.').collect();
        let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap();
        let header: Value = serde_json::from_slice(&bytes(parts[0])).unwrap();
        assert_eq!(header["kid"], self.jwk["kid"]);
        let mut point = vec![4];
        point.extend(bytes(header["epk"]["x"].as_str().unwrap()));
        point.extend(bytes(header["epk"]["y"].as_str().unwrap()));
        let peer = ring::agreement::UnparsedPublicKey::new(&ring::agreement::ECDH_P256, point);
        let key = ring::agreement::agree_ephemeral(self.private, &peer, |shared| {
            let mut hash = Sha256::new();
            for piece in [&[0, 0, 0, 1], shared, &[0, 0, 0, 7], &b"A256GCM"[..], &[0; 8], &[0, 0, 1, 0]] {
                hash.update(piece);
            }
            hash.finalize()
        })
        .unwrap();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
        let mut text = [bytes(parts[3]), bytes(parts[4])].concat();
        let nonce = Nonce::try_assume_unique_for_key(&bytes(parts[2])).unwrap();
        serde_json::from_slice(key.open_in_place(nonce, Aad::from(parts[0].as_bytes()), &mut text).unwrap()).unwrap()
    }
}

fn key(jwk: &Value, is_active: bool) -> KeyInput {
    KeyInput { jwk: jwk.to_string().into(), is_active: if is_active { "on" } else { "" }.into() }
}

async fn send(shop: &TestShop) {
    sendable(webhooks::send_due(shop)).await.unwrap();
}

#[tokio::test]
async fn only_the_owner_of_the_key_can_read_them() {
    testing::shop(async |shop| {
        let receiver = Receiver::start().await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        let staff = keeper(shop).await;
        let (first, second) = (Reader::new("first"), Reader::new("second"));
        let first_id = sendable(webhooks::add_key(shop, &staff, id, key(&first.jwk, true))).await.unwrap();
        let account = happens(shop, Event::AccountRegistered).await;
        send(shop).await;
        let one = receiver.received().remove(0);
        assert_eq!(one.headers["content-type"], "application/jose");
        assert!(!one.body.contains(&account.to_string()));
        let read = first.read(&one.body);
        assert_eq!((&read["type"], &read["data"]["accountId"]), (&json!("account.registered"), &json!(account)));

        // the next key is there before it is used
        let second_id = sendable(webhooks::add_key(shop, &staff, id, key(&second.jwk, false))).await.unwrap();
        sendable(webhooks::activate_key(shop, &staff, second_id)).await.unwrap();
        sendable(webhooks::remove_key(shop, &staff, first_id)).await.unwrap();
        assert!(webhooks::endpoint(shop, &staff, id).await.unwrap().is_encrypted);
        happens(shop, Event::AccountClosed).await;
        send(shop).await;
        assert_eq!(second.read(&receiver.received()[1].body)["type"], "account.closed");

        sendable(webhooks::deactivate_key(shop, &staff, second_id)).await.unwrap();
        happens(shop, Event::AccountReopened).await;
        send(shop).await;
        assert_eq!(receiver.bodies()[2]["type"], "account.reopened");
        let log: Vec<bool> = sqlx::query_scalar("select is_encrypted from webhook_attempts order by id")
            .fetch_all(&shop.db)
            .await
            .unwrap();
        assert_eq!(log, [true, true, false]);
    })
    .await;
}

/// Where the owner wants it so, personal data waits for a key. Fails when it is sent as it is.
#[tokio::test]
async fn personal_data_leaves_only_encrypted() {
    testing::shop(async |shop| {
        let receiver = Receiver::start().await;
        let id = webhook(shop, receiver.url.as_str(), &["*"]).await;
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let now = settings::for_staff(shop, &owner).await.unwrap();
        let input = SettingsInput { encrypt_personal_events: "on".into(), ..SettingsInput::from(&now) };
        settings::save(shop, &owner, input).await.unwrap();
        let hammer = shop.product("Claw hammer").stock(50).await;
        let guest = shop.guest_with(&[(&hammer, 2)]).await;
        let typed = PlaceOrder { email: "ada@example.org".into(), ..PlaceOrder::default() };
        checkout::keep_draft(shop, &guest, &typed).await.unwrap();
        shop.clock.advance(TimeDelta::hours(24));
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 1);
        send(shop).await;
        let topics = |bodies: Vec<Value>| bodies.iter().any(|body| body["type"] == "cart.abandoned");
        assert!(!topics(receiver.bodies()) && receiver.bodies().iter().any(|body| body["type"] == "settings.changed"));
        let staff = keeper(shop).await;
        let reader = Reader::new("mine");
        sendable(webhooks::add_key(shop, &staff, id, key(&reader.jwk, true))).await.unwrap();
        shop.clock.advance(TimeDelta::minutes(1));
        send(shop).await;
        let last = receiver.received().pop().unwrap();
        assert_eq!(reader.read(&last.body)["data"]["email"], "ada@example.org");
    })
    .await;
}

#[tokio::test]
async fn keys_are_public_ones_and_have_names_of_their_own() {
    testing::shop(async |shop| {
        let id = webhook(shop, "https://hooks.example/in", &["*"]).await;
        let staff = keeper(shop).await;
        let good = Reader::new("mine").jwk;
        let fault = |answer: Result<_>| match answer.map(drop) {
            Err(Error::Invalid(faults)) => (faults.0[0].field.to_string(), faults.0[0].message.to_string()),
            other => panic!("{other:?}"),
        };
        let mut private = good.clone();
        private["d"] = json!("x");
        for (jwk, part) in [
            (KeyInput::default(), "required"),
            (KeyInput { jwk: "{".into(), ..KeyInput::default() }, "not JSON"),
            (KeyInput { jwk: "x".repeat(5000).into(), ..KeyInput::default() }, "too long"),
            (key(&private, false), "private"),
            (key(&json!({ "kty": "RSA" }), false), "P-256"),
        ] {
            let (field, message) = fault(sendable(webhooks::add_key(shop, &staff, id, jwk)).await);
            assert!(field == "jwk" && (message.contains(part) || part == "required"), "{message}");
        }
        let first = sendable(webhooks::add_key(shop, &staff, id, key(&good, true))).await.unwrap();
        let again = Reader::new("mine").jwk;
        assert_eq!(fault(sendable(webhooks::add_key(shop, &staff, id, key(&again, false))).await).0, "jwk");
        let used = sendable(webhooks::remove_key(shop, &staff, first)).await;
        assert!(matches!(used, Err(Error::Conflict { code: "key_in_use", .. })));
        let list = webhooks::keys(shop, &staff, id).await.unwrap();
        assert_eq!(
            (list.len(), list[0].kid.as_str(), list[0].curve.as_str(), list[0].is_active),
            (1, "mine", "P-256", true)
        );
        assert!(list[0].jwk.get("d").is_none());
        for n in 0..9 {
            sendable(webhooks::add_key(shop, &staff, id, key(&Reader::new(&n.to_string()).jwk, false))).await.unwrap();
        }
        let full = sendable(webhooks::add_key(shop, &staff, id, key(&Reader::new("more").jwk, false))).await;
        assert!(matches!(full, Err(Error::Conflict { code: "too_many_keys", .. })));
    })
    .await;
}
