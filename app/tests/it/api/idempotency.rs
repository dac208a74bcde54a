//! `Idempotency-Key`: the same request again is answered alike, and done once.

use super::{Answered, Machine};
use crate::support::{TestApp, app};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};
use shop::Act;
use shop::accounts::Permission::{CatalogRead, CatalogWrite, InventoryWrite, WebhooksWrite};
use shop::accounts::System;
use shop::jobs::{self, Job};
use shop::testing::PASSWORD;
use shop::worker;

const ADDRESSES: &str = "/api/users/me/addresses";

async fn adds(who: &Machine, key: &str, body: &Value) -> Answered {
    Answered::from(who.request(Method::POST, ADDRESSES).header("idempotency-key", key).json(body)).await
}

async fn is_posted(who: &Machine, path: &str, key: &str, body: &Value) -> Answered {
    Answered::from(who.request(Method::POST, path).header("idempotency-key", key).json(body)).await
}

fn address(app: &TestApp) -> Value {
    serde_json::to_value(app.address_form()).unwrap()
}

async fn ada(app: &TestApp) -> Machine {
    app.customer("ada@example.org").await;
    Machine::of(app, "ada@example.org").await
}

async fn count(app: &TestApp) -> i64 {
    sqlx::query_scalar("select count(*) from addresses").fetch_one(&app.db).await.unwrap()
}

/// Fails without the middleware, with twenty addresses; and when `take` writes over whatever is there.
#[tokio::test]
async fn of_twenty_at_once_one_is_done_and_all_others_hear_of_it() {
    app(async |app| {
        let (ada, home) = (ada(app).await, address(app));
        let all = futures::future::join_all((0..20).map(|_| adds(&ada, "home", &home))).await;
        let first = all.iter().find(|answer| answer.status == 201).expect("one is done");
        for answer in &all {
            match answer.status {
                201 => assert_eq!(answer.body, first.body),
                _ => {
                    assert_eq!(
                        (answer.status, &answer.body["code"]),
                        (409, &json!("still_running")),
                        "{}",
                        answer.body
                    );
                    assert_eq!(answer.header("retry-after"), "1");
                }
            }
        }
        let done = all.iter().filter(|a| a.status == 201 && a.header("idempotent-replayed").is_empty()).count();
        assert_eq!((done, count(app).await), (1, 1));

        let again = adds(&ada, "home", &home).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
        assert_eq!(
            (again.body, again.headers["location"].clone()),
            (first.body.clone(), first.headers["location"].clone())
        );
        assert_eq!(again.headers["content-type"], first.headers["content-type"]);
        // the other name of the same address
        let v1 = is_posted(&ada, "/api/v1/users/me/addresses", "home", &home).await;
        assert_eq!((v1.status, v1.header("idempotent-replayed")), (201, "true"));
        // without a key each is a request of its own
        assert_eq!(ada.send(Method::POST, ADDRESSES, &home).await.status, 201);
        assert_eq!(count(app).await, 2);
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_while_it_runs_is_told_to_wait() {
    app(async |app| {
        let (ada, home) = (ada(app).await, address(app));
        let mut other = app.db.begin().await.unwrap();
        sqlx::query("select from users for update").execute(&mut *other).await.unwrap();
        let asks = async {
            // until the first one has its turn; it waits for the account's row
            while sqlx::query_scalar::<_, i64>("select count(*) from idempotency_keys")
                .fetch_one(&app.db)
                .await
                .unwrap()
                == 0
            {
                tokio::task::yield_now().await;
            }
            let second = adds(&ada, "home", &home).await;
            other.rollback().await.unwrap();
            second
        };
        let (first, second) = tokio::join!(adds(&ada, "home", &home), asks);
        assert_eq!((first.status, second.status, second.header("retry-after")), (201, 409, "1"));
        assert_eq!(adds(&ada, "home", &home).await.body, first.body);
    })
    .await;
}

/// Fails without the body among what is claimed, and without the principal.
#[tokio::test]
async fn a_key_is_for_one_request_of_one_principal() {
    app(async |app| {
        let (ada, home) = (ada(app).await, address(app));
        app.customer("eve@example.org").await;
        let eve = Machine::of(app, "eve@example.org").await;
        let first = adds(&ada, "home", &home).await;
        let mut moved = home.clone();
        moved["line1"] = json!("13 Anvil Yard");
        let other_body = adds(&ada, "home", &moved).await;
        assert_eq!((other_body.status, &other_body.body["error"]), (422, &json!("UnprocessableEntity")));
        assert_eq!(adds(&ada, "home", &home).await.header("idempotent-replayed"), "true", "it is good still");
        // her own key, which happens to be the same
        let hers = adds(&eve, "home", &home).await;
        assert_eq!((hers.status, hers.header("idempotent-replayed")), (201, ""));
        assert_ne!(hers.body["data"]["id"], first.body["data"]["id"]);
        // and who is nobody learns nothing
        assert_eq!(adds(&Machine::nobody(&app.root), "home", &home).await.status, 401);
        let other_address = is_posted(&ada, "/api/auth/forgot-password", "home", &home).await;
        assert_eq!(other_address.status, 422);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_repeated_too_and_a_key_lasts_a_day() {
    app(async |app| {
        let (ada, home) = (ada(app).await, address(app));
        let wrong = json!({ "line1": "nowhere" });
        let refused = adds(&ada, "a", &wrong).await;
        let again = adds(&ada, "a", &wrong).await;
        assert_eq!((refused.status, again.status, again.header("idempotent-replayed")), (400, 400, "true"));
        assert_eq!(
            (&refused.body["details"], &refused.body["message"]),
            (&again.body["details"], &again.body["message"])
        );
        // of this request, not of the first one
        assert_eq!(again.body["requestId"], again.header("x-request-id"));

        adds(&ada, "b", &home).await;
        app.clock.advance(TimeDelta::hours(24));
        let ada = Machine::of(app, "ada@example.org").await;
        let next_day = adds(&ada, "b", &home).await;
        assert_eq!((next_day.status, next_day.header("idempotent-replayed"), count(app).await), (201, "", 2));
        app.clock.advance(TimeDelta::hours(24));
        let mut act = Act::begin(app, &System).await.unwrap();
        jobs::enqueue(&mut act, &Job::SweepExpired).unwrap();
        act.commit(()).await.unwrap();
        worker::run_pending(app).await.unwrap();
        let kept: i64 = sqlx::query_scalar("select count(*) from idempotency_keys").fetch_one(&app.db).await.unwrap();
        assert_eq!(kept, 0);
    })
    .await;
}

/// Fails when `is_final` lets faults of ours and pauses through.
#[tokio::test]
async fn what_says_come_again_is_not_kept() {
    app(async |app| {
        let (ada, home) = (ada(app).await, address(app));
        sqlx::query("alter table addresses rename to away").execute(&app.db).await.unwrap();
        assert_eq!(adds(&ada, "home", &home).await.status, 500);
        sqlx::query("alter table away rename to addresses").execute(&app.db).await.unwrap();
        assert_eq!((adds(&ada, "home", &home).await.status, count(app).await), (201, 1));

        let nobody = Machine::nobody(&app.root);
        for n in 0..10 {
            let wrong = json!({ "email": "ada@example.org", "password": format!("wrong password {n}") });
            assert_eq!(nobody.send(Method::POST, "/api/auth/login", &wrong).await.status, 401);
        }
        let right = json!({ "email": "ada@example.org", "password": PASSWORD });
        let pause = is_posted(&nobody, "/api/auth/login", "in", &right).await;
        assert_eq!((pause.status, pause.header("retry-after").is_empty()), (429, false));
        app.clock.advance(TimeDelta::minutes(15));
        let entered = is_posted(&nobody, "/api/auth/login", "in", &right).await;
        assert_eq!((entered.status, entered.header("idempotent-replayed")), (200, ""));
        // a guest without a cart has no keys of their own: once more is one device more
        assert_eq!(is_posted(&nobody, "/api/auth/login", "in", &right).await.status, 200);
    })
    .await;
}

/// Two guests behind one address, with one app and one key, each get a cart of their own. Fails where guests are known
/// by their address: the second is answered the first one's cart, and its secret.
#[tokio::test]
async fn guests_share_no_keys() {
    app(async |app| {
        let (rasp, guest) = (app.product("Rasp").stock(5).await, Machine::nobody(&app.root));
        let wanted = json!({ "variantId": rasp.variant });
        let mut tokens = Vec::new();
        for _ in 0..2 {
            let answer = is_posted(&guest, "/api/cart/items", "first", &wanted).await;
            assert_eq!((answer.status, answer.header("idempotent-replayed")), (200, ""));
            tokens.push(answer.header("x-cart-token").to_owned());
        }
        assert!(tokens[0] != tokens[1] && tokens.iter().all(|token| token.len() == 64), "{tokens:?}");
        // with a cart the key is the cart's
        let with = async |token: &str| {
            let request = guest.request(Method::POST, "/api/cart/items").header("idempotency-key", "second");
            Answered::from(request.header("x-cart-token", token).json(&wanted)).await
        };
        assert_eq!(with(&tokens[0]).await.body["data"]["pieces"], 2);
        let again = with(&tokens[0]).await;
        assert_eq!((again.header("idempotent-replayed"), &again.body["data"]["pieces"]), ("true", &json!(2)));
        let other = with(&tokens[1]).await;
        assert_eq!((other.header("idempotent-replayed"), &other.body["data"]["pieces"]), ("", &json!(2)));
    })
    .await;
}

#[tokio::test]
async fn a_key_is_one_word_of_ascii() {
    app(async |app| {
        let (ada, home) = (ada(app).await, address(app));
        for bad in ["", " ", "a b", &"k".repeat(256)] {
            assert!(!adds(&ada, bad, &home).await.fault("Idempotency-Key").is_empty(), "{bad}");
        }
        let twice = ada.request(Method::POST, ADDRESSES).header("idempotency-key", "a").header("idempotency-key", "b");
        assert_eq!(Answered::from(twice.json(&home)).await.fault("Idempotency-Key"), "must be given once");
        let odd = reqwest::header::HeaderValue::from_bytes(b"\xffkey").unwrap();
        let odd = ada.request(Method::POST, ADDRESSES).header("idempotency-key", odd).json(&home);
        assert_eq!(Answered::from(odd).await.status, 400);
        assert_eq!(count(app).await, 0);
        let long = "k".repeat(1 << 20);
        assert_eq!(adds(&ada, "k", &json!({ "line1": long })).await.status, 413);
    })
    .await;
}

/// Every POST of the API's document is in one of the two lists. What is done by those of the first says in its
/// transaction that it was done; without that, a crash could have it done twice. Those of the second come to the same
/// when done again.
#[tokio::test]
async fn what_is_done_says_so_in_its_own_transaction() {
    app(async |app| {
        let (ada, nobody) = (ada(app).await, Machine::nobody(&app.root));
        let robot =
            Machine::at(&app.root, &super::key(app, &[CatalogRead, CatalogWrite, InventoryWrite, WebhooksWrite]).await);
        let webhook = || json!({ "name": "Robot", "url": "https://hooks.example/in", "topics": ["order.paid"] });
        let own = robot.send(Method::POST, "/api/webhooks", &webhook()).await.body["data"]["id"].clone();
        let own = own.as_str().unwrap();
        let rasp = app.product("Rasp").stock(3).await;
        let of_rasp = |act: &str| format!("/api/inventory/{}/{act}", rasp.variant);
        let admin = Machine::of(app, app.admin().await.email()).await;
        let staff = json!({ "firstName": "Eve", "lastName": "Adams", "email": "eve@example.org", "role": "staff" });
        let about = json!({ "title": "A handle", "productId": rasp.id });
        let talk = ada.send(Method::POST, "/api/sessions", &about).await.body["data"]["id"].clone();
        let written = json!({ "sessionId": talk, "text": "Does it have one?" });
        let watched = json!({ "kind": "price_drop", "variantId": rasp.variant });
        let done = [
            (&ada, "/api/users/me/addresses", ADDRESSES.to_owned(), address(app), "address"),
            (&ada, "/api/cart/items", "/api/cart/items".to_owned(), json!({ "variantId": rasp.variant }), "cart"),
            (&ada, "/api/sessions", "/api/sessions".to_owned(), json!({ "title": "A question" }), "conversation"),
            (&ada, "/api/messages", "/api/messages".to_owned(), written, "message"),
            (&ada, "/api/watches", "/api/watches".to_owned(), watched, "watch"),
            (&admin, "/api/users", "/api/users".to_owned(), staff, "user"),
            (&robot, "/api/categories", "/api/categories".to_owned(), json!({ "name": "Saws" }), "category"),
            (&robot, "/api/products", "/api/products".to_owned(), json!({ "name": "Anvil" }), "product"),
            (&robot, "/api/inventory/{variant}/receive", of_rasp("receive"), json!({ "quantity": 2 }), "variant"),
            (&robot, "/api/webhooks", "/api/webhooks".to_owned(), webhook(), "webhook"),
            (&robot, "/api/webhooks/{webhook}/test", format!("/api/webhooks/{own}/test"), json!({}), "webhook"),
            (
                &robot,
                "/api/webhooks/{webhook}/rotate-secret",
                format!("/api/webhooks/{own}/rotate-secret"),
                json!({ "kind": "v1a" }),
                "webhook",
            ),
            (
                &robot,
                "/api/webhooks/{webhook}/keys",
                format!("/api/webhooks/{own}/keys"),
                json!({ "jwk": r#"{"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}"# }),
                "webhook",
            ),
            (
                &robot,
                "/api/inventory/{variant}/adjust",
                of_rasp("adjust"),
                json!({ "change": 1, "reason": "Found" }),
                "variant",
            ),
        ];
        let again_is_the_same = [
            // keys of their own
            "/api/orders",
            "/api/orders/{order}/refund",
            "/api/payments",
            "/api/imports",
            "/api/stripe/create-payment-intent",
            "/api/stripe/webhook",
            // a second sign-in is no harm; a second mail is throttled; links work once; a used token is noticed
            "/api/auth/login",
            "/api/users/login",
            "/api/auth/register",
            "/api/users/register",
            "/api/auth/refresh",
            "/api/auth/logout",
            "/api/auth/forgot-password",
            "/api/auth/reset-password",
            "/api/auth/verify-email",
            // nothing is kept of them
            "/api/live/tickets",
            // they set a state
            "/api/cart/items/{item}/accept-price",
            "/api/products/{product}/publish",
            "/api/products/{product}/unpublish",
            "/api/products/{product}/archive",
            // they set a state, too
            "/api/sessions/{session}/close",
            "/api/sessions/{session}/reopen",
            "/api/sessions/{session}/assign",
            "/api/sessions/{session}/snooze",
            "/api/sessions/{session}/read",
            // what is read stays read
            "/api/notifications/read",
            "/api/notifications/{notification}/read",
            // they set a state, too
            "/api/webhooks/{webhook}/pause",
            "/api/webhooks/{webhook}/resume",
            "/api/webhook-keys/{key}/activate",
            "/api/webhook-keys/{key}/deactivate",
            // what is sent again has the same id
            "/api/webhooks/{webhook}/replay",
            "/api/webhook-deliveries/{delivery}/redeliver",
            // kept under the hash of the content
            "/api/upload/single",
            "/api/upload/products",
        ];
        let document = nobody.get("/api/openapi.json").await.body;
        for (path, item) in document["paths"].as_object().unwrap() {
            let known = done.iter().any(|case| case.1 == path) || again_is_the_same.contains(&path.as_str());
            assert!(known || item["post"].is_null(), "{path}: is it done twice after a crash?");
        }
        for (who, path, address, body, entity) in done {
            let answer = is_posted(who, &address, path, &body).await;
            assert!(answer.status < 300, "{path}: {}", answer.body);
            let said: Option<String> = sqlx::query_scalar(
                "select entity_type from idempotency_keys where key_hash = $1 and acted_at is not null",
            )
            .bind(shop::token_hash(path).to_vec())
            .fetch_optional(&app.db)
            .await
            .unwrap();
            assert_eq!(said.as_deref(), Some(entity), "{path}");
        }
    })
    .await;
}
