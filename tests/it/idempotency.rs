//! The same request again, under its key: done once, answered alike, known for a day.

use chrono::TimeDelta;
use shop::accounts::addresses::{self, SaveAddress};
use shop::accounts::{self, AddressInput, Origin, TokenKeys, Visitor};
use shop::cart::{self, AddToCart};
use shop::id::{ApiKeyId, UserId};
use shop::idempotency::{self, Claim, Key, Principal, Turn};
use shop::testing::{TestProduct, TestShop, shop};
use shop::{Error, Result, Shop};
use std::sync::Arc;

const BODY: &[&[u8]] = &[b"POST", b"/api/cart/items", b"{}"];

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn guest() -> Visitor {
    Visitor { cart_token: Some("f00d".into()), ..Visitor::default() }
}

async fn ask(shop: &Shop) -> Result<Claim> {
    idempotency::claim(shop, Principal::Cart("f00d"), &key("k"), BODY).await
}

async fn turn(shop: &Shop) -> Turn {
    match ask(shop).await {
        Ok(Claim::Ours(turn)) => turn,
        other => panic!("{other:?}"),
    }
}

fn minutes(n: i64) -> TimeDelta {
    TimeDelta::minutes(n)
}

/// Puts a hammer into the guest's cart, as part of this try.
async fn act(shop: &TestShop, hammer: &TestProduct, turn: &Turn) -> Result<cart::Changed> {
    let origin = Origin { once: Some(turn.once), ..Origin::default() };
    let input = AddToCart { variant_id: hammer.variant.to_string().into(), ..AddToCart::default() };
    cart::add(shop, &Visitor { origin, ..guest() }, input).await
}

async fn pieces(shop: &TestShop) -> i64 {
    sqlx::query_scalar("select coalesce(sum(quantity), 0)::bigint from cart_items").fetch_one(&shop.db).await.unwrap()
}

/// Fails when `take` writes over whatever is there.
#[tokio::test]
async fn one_of_many_gets_its_turn_and_the_others_its_answer() {
    shop(async |shop| {
        let plain = Arc::new((**shop).clone());
        let tries = (0..20).map(|_| {
            let shop = plain.clone();
            tokio::spawn(async move { ask(&shop).await.unwrap() })
        });
        let claims = futures::future::join_all(tries).await.into_iter().map(|claim| claim.unwrap());
        let (ours, others): (Vec<_>, Vec<_>) = claims.partition(|claim| matches!(claim, Claim::Ours(_)));
        assert_eq!(ours.len(), 1);
        assert!(others.iter().all(|claim| matches!(claim, Claim::Running)));
        let Some(Claim::Ours(turn)) = ours.into_iter().next() else { unreachable!() };
        idempotency::keep(shop, &turn, b"done".to_vec()).await.unwrap();
        for _ in 0..2 {
            assert!(matches!(ask(shop).await, Ok(Claim::Answered(answer)) if answer == b"done"));
        }
    })
    .await;
}

/// Fails without `attempt = $2` in `done`: the cart holds two. And in `keep`: the answer is that of the try given up.
#[tokio::test]
async fn a_try_that_was_taken_over_can_do_nothing_more() {
    shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(9).await;
        let slow = turn(shop).await;
        shop.clock.advance(TimeDelta::seconds(59));
        assert!(matches!(ask(shop).await, Ok(Claim::Running)));
        shop.clock.advance(TimeDelta::seconds(1));
        let next = turn(shop).await;
        assert!(matches!(ask(shop).await, Ok(Claim::Running)), "it has a minute again");
        let refused = act(shop, &hammer, &slow).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("taken_over"));
        act(shop, &hammer, &next).await.unwrap();
        assert_eq!(pieces(shop).await, 1);
        idempotency::keep(shop, &next, b"the second".to_vec()).await.unwrap();
        idempotency::keep(shop, &slow, b"the first".to_vec()).await.unwrap();
        assert!(matches!(ask(shop).await, Ok(Claim::Answered(answer)) if answer == b"the second"));
    })
    .await;
}

/// Fails without `acted_at is null` in `take` together with the last arm of `claimed`.
#[tokio::test]
async fn what_was_done_is_not_done_again_though_its_answer_is_lost() {
    shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(9).await;
        let lost = turn(shop).await;
        let cart = act(shop, &hammer, &lost).await.unwrap().cart.id.unwrap();
        assert!(matches!(ask(shop).await, Ok(Claim::Running)), "it may only be slow");
        shop.clock.advance(minutes(1));
        let Err(Error::Conflict { code: "already_done", message, details }) = ask(shop).await else {
            panic!("it was done");
        };
        assert!(message.to_string().contains(&format!("Look up the cart {cart}")), "{message}");
        assert_eq!((details[0].field.as_ref(), details[0].message.to_string()), ("cart", cart.to_string()));
        assert_eq!(pieces(shop).await, 1);
    })
    .await;
}

/// What failed did nothing, though it had come as far as saying so.
#[tokio::test]
async fn what_failed_may_be_tried_again_at_once() {
    shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let asks = async |turn: &Turn, city: &str| {
            let address = AddressInput { city: city.into(), ..shop.address_form() };
            let input = SaveAddress { address, ..SaveAddress::default() };
            let origin = Origin { once: Some(turn.once), ..Origin::default() };
            let ada = accounts::identify(shop, ada.id(), None, &origin).await.unwrap().unwrap().customer;
            addresses::add(shop, &ada, input).await
        };
        let first = turn(shop).await;
        assert!(matches!(asks(&first, "").await, Err(Error::Invalid(_))));
        idempotency::give_back(shop, &first).await.unwrap();
        let kept: i64 = sqlx::query_scalar("select count(*) from idempotency_keys").fetch_one(&shop.db).await.unwrap();
        assert_eq!(kept, 0, "nobody fills the table with what is refused");
        let second = turn(shop).await;
        let address = asks(&second, "London").await.unwrap().id;
        idempotency::give_back(shop, &second).await.unwrap();
        let again = ask(shop).await.unwrap_err();
        assert!(again.to_string().contains(&format!("Look up the address {address}")), "{again}");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_one_principals_and_one_requests() {
    shop(async |shop| {
        turn(shop).await;
        for principal in [Principal::User(UserId::new()), Principal::Machine(ApiKeyId::new()), Principal::Cart("beef")]
        {
            let claim = idempotency::claim(shop, principal, &key("k"), &[b"another"]).await;
            assert!(matches!(claim, Ok(Claim::Ours(_))), "{principal:?}");
        }
        // fails when the parts are hashed without their lengths
        for other in [&[b"POST".as_slice(), b"/api/cart/items{}", b""][..], &[b"POST", b"/api/cart/items", b"{ }"]] {
            let reused = idempotency::claim(shop, Principal::Cart("f00d"), &key("k"), other).await;
            assert!(matches!(reused, Err(Error::KeyReused)));
        }
    })
    .await;
}

/// Fails without `created_at <= now - KNOWN` in `claimed`.
#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    shop(async |shop| {
        let first = turn(shop).await;
        idempotency::keep(shop, &first, b"done".to_vec()).await.unwrap();
        shop.clock.advance(TimeDelta::hours(24) - TimeDelta::microseconds(1));
        assert!(matches!(ask(shop).await, Ok(Claim::Answered(_))));
        assert_eq!(idempotency::sweep(shop).await.unwrap(), 0);
        shop.clock.advance(TimeDelta::microseconds(1));
        let other = idempotency::claim(shop, Principal::Cart("f00d"), &key("k"), &[b"another"]).await;
        assert!(matches!(other, Ok(Claim::Ours(_))), "for whatever comes with it");
        shop.clock.advance(TimeDelta::hours(24));
        assert_eq!(idempotency::sweep(shop).await.unwrap(), 1);
    })
    .await;
}

/// Fails without `close`, and with plain hashes of what was sent.
#[tokio::test]
async fn neither_what_was_sent_nor_answered_can_be_read() {
    shop(async |shop| {
        let sent: &[&[u8]] = &[b"POST", b"/api/auth/login", b"hammer and tongs"];
        let claim = idempotency::claim(shop, Principal::Cart("f00d"), &key("a-key-of-mine"), sent).await;
        let Ok(Claim::Ours(turn)) = claim else { panic!("{claim:?}") };
        idempotency::keep(shop, &turn, b"the refresh token".to_vec()).await.unwrap();
        let kept: (String, Vec<u8>, Vec<u8>, Vec<u8>) =
            sqlx::query_as("select k::text, key_hash, request_hash, answer from idempotency_keys k")
                .fetch_one(&shop.db)
                .await
                .unwrap();
        assert!(!kept.0.contains("a-key-of-mine"));
        assert!(!kept.3.windows(7).any(|part| part == b"refresh"));
        use sha2::{Digest, Sha256};
        assert_ne!(kept.2, Sha256::digest(sent.concat()).to_vec());
        // another shop's secret opens nothing
        let stolen = Shop {
            token_keys: TokenKeys::new(["another secret, as long as it must be".into()]).unwrap(),
            ..(**shop).clone()
        };
        let asked = idempotency::claim(&stolen, Principal::Cart("f00d"), &key("a-key-of-mine"), sent).await;
        assert!(matches!(asked, Err(Error::KeyReused)));
        // and one that is being rotated out still does
        let secrets = ["another secret, as long as it must be", shop::testing::TOKEN_SECRET].map(Into::into);
        let rotated = Shop { token_keys: TokenKeys::new(secrets).unwrap(), ..(**shop).clone() };
        let asked = idempotency::claim(&rotated, Principal::Cart("f00d"), &key("a-key-of-mine"), sent).await;
        assert!(matches!(asked, Ok(Claim::Answered(answer)) if answer == b"the refresh token"));
    })
    .await;
}

#[test]
fn keys_are_visible_ascii() {
    for good in ["k", "ticket-4711", "0190a2c4-7b1e-7000-8000-000000000000", &"k".repeat(255), "~!\"{}"] {
        assert!(Key::parse(good).is_ok(), "{good}");
    }
    for bad in ["", " ", "a b", "a\tb", "ключ", "a\u{7f}", &"k".repeat(256)] {
        assert!(matches!(Key::parse(bad), Err(Error::Invalid(_))), "{bad}");
    }
}
