//! Signing in over HTTP: what the door adds to `tests/it/accounts.rs`.

use super::{Answered, Machine};
use crate::support::{TestApp, app};
use chrono::TimeDelta;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use shop::accounts::{SignIn, TokenKeys, tokens};
use shop::input::Raw;
use shop::testing::PASSWORD;
use shop::{Shop, accounts::Visitor, worker};
use sqlx::AssertSqlSafe;

const PHONE: &str = "Anvil/1.0 (iPhone; iOS 18)";

/// An app that calls itself the same all the time.
fn phone(app: &TestApp) -> Machine {
    calling_itself(app, PHONE)
}

fn calling_itself(app: &TestApp, agent: &'static str) -> Machine {
    let headers = HeaderMap::from_iter([("user-agent".parse().unwrap(), HeaderValue::from_static(agent))]);
    let client = reqwest::Client::builder().default_headers(headers).build().unwrap();
    Machine { client, ..Machine::nobody(&app.root) }
}

async fn post(who: &Machine, path: &str, body: &Value) -> Answered {
    who.send(Method::POST, path, body).await
}

/// Signs a phone of Ada's in: what was answered.
async fn enter(app: &TestApp) -> Value {
    let who = json!({ "email": "ada@example.org", "password": PASSWORD });
    let answer = post(&phone(app), "/api/auth/login", &who).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["data"].clone()
}

fn bearing(machine: &Machine, tokens: &Value) -> Machine {
    let token = tokens["accessToken"].as_str().unwrap();
    Machine { proof: Some(("authorization", format!("Bearer {token}"))), ..machine.clone() }
}

async fn is_in(app: &TestApp, tokens: &Value) -> bool {
    match bearing(&phone(app), tokens).get("/api/users/me").await.status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

async fn refresh(who: &Machine, tokens: &Value) -> Answered {
    post(who, "/api/auth/refresh", &json!({ "refreshToken": tokens["refreshToken"] })).await
}

async fn link_mailed(app: &TestApp) -> String {
    worker::run_pending(app).await.unwrap();
    let mail = app.mailer.kept().pop().expect("a mail was sent");
    let (_, rest) = mail.text.split_once("token=").expect("with a link");
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

#[tokio::test]
async fn somebody_registers_verifies_the_address_and_signs_in() {
    app(async |app| {
        let phone = phone(app);
        let new =
            json!({ "firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.org", "password": PASSWORD });
        let first = post(&phone, "/api/auth/register", &new).await;
        assert_eq!((first.status, &first.body["data"]["email"]), (202, &json!("ada@example.org")), "{}", first.body);
        assert!(first.body["data"]["confirmUntil"].is_string() && first.body["data"]["accessToken"].is_null());
        let who = json!({ "email": "ADA@example.org", "password": PASSWORD });
        let early = post(&phone, "/api/auth/login", &who).await;
        assert_eq!((early.status, &early.body["code"]), (401, &json!("wrong_credentials")));

        let token = link_mailed(app).await;
        assert_eq!(post(&phone, "/api/auth/verify-email", &json!({ "token": "x" })).await.status, 410);
        assert_eq!(post(&phone, "/api/auth/verify-email", &json!({ "token": token })).await.status, 200);
        assert_eq!(post(&phone, "/api/auth/verify-email", &json!({ "token": token })).await.status, 410);
        let data = &post(&phone, "/api/auth/login", &who).await.body["data"];
        assert_eq!((&data["tokenType"], &data["expiresIn"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(data["cartNotices"], json!([]));
        let me = bearing(&phone, data).get("/api/users/me").await;
        assert_eq!((&me.body["data"]["emailVerified"], &me.body["data"]["role"]), (&json!(true), &json!("customer")));

        // of an address that has an account the answer is the same
        let again = post(&phone, "/api/users/register", &new).await;
        assert_eq!((again.status, &again.body["data"]), (202, &first.body["data"]));
        shop::worker::run_pending(&app.shop).await.unwrap();
        let told = app.mailer.kept().pop().unwrap();
        assert!(told.to == "ada@example.org" && told.subject.contains("tried to register"), "{}", told.subject);

        // a wrong address, a wrong password: one answer, and it is about who asks, not about a form
        for (email, password) in [("ada@example.org", "wrong password"), ("nobody@example.org", PASSWORD)] {
            for path in ["/api/auth/login", "/api/users/login"] {
                let refused = post(&phone, path, &json!({ "email": email, "password": password })).await;
                assert_eq!((refused.status, &refused.body["details"]), (401, &json!([])), "{}", refused.body);
                assert_eq!(refused.body["message"], shop::accounts::refusal().to_string());
            }
        }
        assert_eq!(post(&phone, "/api/auth/login", &json!({})).await.status, 400);
        let again =
            post(&phone, "/api/v1/users/login", &json!({ "email": "ADA@example.org", "password": PASSWORD })).await;
        assert_eq!((again.status, &again.body["data"]["user"]["id"]), (200, &data["user"]["id"]));
    })
    .await;
}

/// Fails without the cart's token among what a visitor has.
#[tokio::test]
async fn a_guests_cart_goes_along() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let rasp = app.product("Rasp").stock(3).await;
        for (quantity, path, body, status) in [
            (2, "/api/auth/login", json!({ "email": "ada@example.org", "password": PASSWORD }), 200),
            (2, "/api/auth/login", json!({ "email": "ada@example.org", "password": PASSWORD }), 200),
        ] {
            let guest = app.guest_with(&[(&rasp, quantity)]).await;
            let request = phone(app).request(Method::POST, path).header("x-cart-token", guest.cart_token.unwrap());
            let entered = Answered::from(request.json(&body)).await;
            assert_eq!(entered.status, status, "{}", entered.body);
            let notice = &entered.body["data"]["cartNotices"][0];
            match (status, notice["kind"].as_str()) {
                (200, Some("added")) => assert_eq!(notice["quantity"], 2),
                (200, Some("capped")) => assert_eq!((&notice["wanted"], &notice["quantity"]), (&json!(4), &json!(3))),
                other => panic!("{other:?} {notice}"),
            }
        }
        let left: i64 =
            sqlx::query_scalar("select count(*) from carts where user_id is null").fetch_one(&app.db).await.unwrap();
        assert_eq!(left, 0);
    })
    .await;
}

#[tokio::test]
async fn ten_refreshes_at_once_are_one_branch_and_sign_nobody_out() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let (first, phone) = (enter(app).await, phone(app));
        let answers = futures::future::join_all((0..10).map(|_| refresh(&phone, &first))).await;
        for answer in &answers {
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!(answer.body["data"]["refreshToken"], answers[0].body["data"]["refreshToken"]);
            assert!(is_in(app, &answer.body["data"]).await);
        }
        app.clock.advance(TimeDelta::milliseconds(9_999));
        assert_eq!(refresh(&phone, &first).await.body["data"]["refreshToken"], answers[0].body["data"]["refreshToken"]);
        // a key has no say in this: what finds thieves must not be answered from memory
        let keyed = phone.request(Method::POST, "/api/auth/refresh").header("idempotency-key", "k");
        let keyed = keyed.json(&json!({ "refreshToken": answers[0].body["data"]["refreshToken"] }));
        let next = Answered::from(keyed).await;
        assert_eq!(next.status, 200);
        let kept: i64 = sqlx::query_scalar("select count(*) from idempotency_keys").fetch_one(&app.db).await.unwrap();
        assert_eq!(kept, 0);
    })
    .await;
}

#[tokio::test]
async fn a_token_used_again_later_ends_the_device_at_once() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let (first, tablet, phone) = (enter(app).await, enter(app).await, phone(app));
        let second = refresh(&phone, &first).await.body["data"].clone();
        app.clock.advance(TimeDelta::seconds(10));
        let reused = refresh(&phone, &first).await;
        assert_eq!(reused.status, 401);
        assert!(!is_in(app, &second).await && is_in(app, &tablet).await);
        assert_eq!(refresh(&phone, &second).await.status, 401);
        let noted: Vec<String> = sqlx::query_scalar(
            "select action || ' ' || coalesce(request_id, '') from audit_logs where action like 'session.%'",
        )
        .fetch_all(&app.db)
        .await
        .unwrap();
        assert_eq!(noted, [format!("session.token_reused {}", reused.header("x-request-id"))]);
        worker::run_pending(app).await.unwrap();
        let mails = app.mailer.kept();
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, "ada@example.org"));

        // within ten seconds, but from a program that calls itself another
        let third = refresh(&phone, &tablet).await.body["data"].clone();
        assert_eq!(refresh(&calling_itself(app, "curl/8.0"), &tablet).await.status, 401);
        assert!(!is_in(app, &third).await);
    })
    .await;
}

/// Fails when a session is looked up by its id alone.
#[tokio::test]
async fn devices_are_listed_and_signed_out_by_their_owner() {
    app(async |app| {
        app.customer("ada@example.org").await;
        app.customer("eve@example.org").await;
        let (one, two) = (enter(app).await, enter(app).await);
        let here = bearing(&phone(app), &one);
        let devices = here.get("/api/auth/sessions").await.body["data"].clone();
        let devices = devices.as_array().unwrap();
        assert_eq!(devices.len(), 2);
        assert!(devices.iter().all(|device| device["device"] == "iPhone" && device["ip"] == "127.0.0.1"));
        let other = devices.iter().find(|device| device["isCurrent"] == false).unwrap()["id"].as_str().unwrap();
        let session = format!("/api/auth/sessions/{other}");
        let eve = Machine::of(app, "eve@example.org").await;
        assert_eq!(eve.send(Method::DELETE, &session, &json!(null)).await.status, 404);
        assert_eq!(here.send(Method::DELETE, "/api/auth/sessions/x", &json!(null)).await.status, 404);
        assert!(is_in(app, &two).await);
        let ended = here.send(Method::DELETE, &session, &json!(null)).await;
        assert_eq!((ended.status, &ended.body["data"]), (200, &Value::Null));
        assert_eq!((is_in(app, &two).await, refresh(&phone(app), &two).await.status), (false, 401));
        assert_eq!(here.send(Method::DELETE, &session, &json!(null)).await.status, 404);
        assert!(is_in(app, &one).await);
    })
    .await;
}

#[tokio::test]
async fn an_app_signs_out_by_either_token() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let (one, two, phone) = (enter(app).await, enter(app).await, phone(app));
        for _ in 0..2 {
            let out = post(&phone, "/api/auth/logout", &json!({ "refreshToken": one["refreshToken"] })).await;
            assert_eq!(out.status, 200, "again changes nothing");
            assert!(!is_in(app, &one).await);
        }
        assert_eq!(refresh(&phone, &one).await.status, 401);
        // nothing in the body: the token that it comes with
        let out = Answered::from(bearing(&phone, &two).request(Method::POST, "/api/auth/logout")).await;
        assert_eq!((out.status, is_in(app, &two).await), (200, false));
        assert_eq!(Answered::from(phone.request(Method::POST, "/api/auth/logout")).await.status, 401);
        for wrong in [json!("x"), one["accessToken"].clone()] {
            assert_eq!(post(&phone, "/api/auth/logout", &json!({ "refreshToken": wrong })).await.status, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_and_signs_out_everywhere() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let (tokens, phone) = (enter(app).await, phone(app));
        let unknown = post(&phone, "/api/auth/forgot-password", &json!({ "email": "nobody@example.org" })).await;
        let known = post(&phone, "/api/auth/forgot-password", &json!({ "email": "ada@example.org" })).await;
        assert_eq!((unknown.status, &unknown.body), (200, &known.body));
        let token = link_mailed(app).await;
        let reset = async |password: &str| {
            post(&phone, "/api/auth/reset-password", &json!({ "token": token, "password": password })).await
        };
        assert!(!reset("short").await.fault("password").is_empty());
        assert_eq!(reset("lantern kettle spade").await.status, 200);
        assert_eq!(reset("lantern kettle spade").await.status, 410);
        assert_eq!((is_in(app, &tokens).await, refresh(&phone, &tokens).await.status), (false, 401));
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_and_another_role_count_at_the_next_request() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let tokens = enter(app).await;
        let phone = bearing(&phone(app), &tokens);
        let become_ = async |what: &'static str| {
            sqlx::query(AssertSqlSafe(format!("update users set {what}"))).execute(&app.db).await.unwrap();
        };
        // what only staff may look for, and is not there
        let looks = async || phone.get("/api/users/0190a2c4-7b1e-7000-8000-000000000000").await.status;
        assert_eq!(looks().await, 403);
        become_("role = 'admin'").await;
        assert_eq!(looks().await, 404);
        become_("role = 'customer'").await;
        assert_eq!(looks().await, 403);
        become_("is_active = false").await;
        assert_eq!((phone.get("/api/users/me").await.status, refresh(&phone, &tokens).await.status), (401, 401));
    })
    .await;
}

/// All get one and the same answer, where a token is needed and where none is.
#[tokio::test]
async fn no_hostile_token_is_let_in() {
    app(async |app| {
        app.customer("ada@example.org").await;
        let good = enter(app).await;
        let access = good["accessToken"].as_str().unwrap();
        let (body, signature) = access.rsplit_once('.').unwrap();
        let payload = body.split('.').nth(1).unwrap();
        // signed by another shop, though for the same family of tokens
        let signed_by = async |shop: Shop| {
            let who = SignIn { email: "ada@example.org".into(), password: PASSWORD.into() };
            tokens::sign_in(&shop, &Visitor::default(), who, &Raw::default()).await.unwrap().tokens.access_token
        };
        let of_ours = Shop::clone(app);
        let other_key = TokenKeys::new(["a secret that is not ours, but as long".into()]).unwrap();
        let key = super::key(app, &[shop::accounts::Permission::OrdersRead]).await;
        let bearer = |token: &str| vec![("authorization", format!("Bearer {token}"))];
        let hostile: Vec<(&str, Vec<(&str, String)>)> = vec![
            ("nothing", vec![("authorization", String::new())]),
            ("only the word", vec![("authorization", "Bearer".into())]),
            ("only the word and a space", bearer("")),
            ("no word", vec![("authorization", access.into())]),
            ("another word", vec![("authorization", format!("Basic {access}"))]),
            ("a password", vec![("authorization", "Basic YWRhQGV4YW1wbGUub3JnOmhhbW1lcg==".into())]),
            ("two words", bearer(&format!("{access} {access}"))),
            ("garbage", bearer("%%%.🔨.'; drop table users; --")),
            ("dots", bearer("..")),
            ("none for an algorithm", bearer(&format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."))),
            ("the same, signed", bearer(&format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.{signature}"))),
            ("no signature", bearer(&format!("{body}."))),
            ("another key", bearer(&signed_by(Shop { token_keys: other_key, ..of_ours.clone() }).await)),
            (
                "another audience",
                bearer(&signed_by(Shop { public_url: "https://shop.example/".parse().unwrap(), ..of_ours }).await),
            ),
            ("a refresh token", bearer(good["refreshToken"].as_str().unwrap())),
            ("huge", bearer(&"a.".repeat(30_000))),
            ("a key for a token", bearer(&key)),
            ("two tokens", [bearer(access), bearer(access)].concat()),
            ("a token and a key", [bearer(access), vec![("x-api-key", key.clone())]].concat()),
        ];
        let mut said = Vec::new();
        for (what, headers) in &hostile {
            for (method, path) in
                [(Method::GET, "/api/users/me"), (Method::GET, "/api/orders"), (Method::POST, "/api/auth/login")]
            {
                let with = |request: RequestBuilder, (name, value): &(&str, String)| {
                    request.header(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
                };
                let request = headers.iter().fold(Machine::nobody(&app.root).request(method, path), with);
                let answer = Answered::from(request).await;
                assert_eq!(answer.status, 401, "{what}: {}", answer.body);
                assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 2, "{what}");
                let mut body = answer.body;
                for own in ["timestamp", "requestId", "path"] {
                    body.as_object_mut().unwrap().remove(own);
                }
                said.push(body);
            }
        }
        said.dedup();
        assert_eq!(said.len(), 1, "{said:#?}");
        assert!(is_in(app, &good).await, "and none of them did any harm");
        app.clock.advance(TimeDelta::minutes(15));
        assert!(!is_in(app, &good).await, "expired");
        let refused = refresh(&phone(app), &json!({ "refreshToken": access })).await;
        assert_eq!(refused.status, 401, "nor is an access token exchanged");
    })
    .await;
}
