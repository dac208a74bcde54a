//! Every error has the one body, whoever refused the request.

use super::{Answered, Machine, key, machine};
use crate::support::app;
use crate::support::stripe::stripe_app;
use ironmonger::api::codes::CODES;
use reqwest::Method;
use serde_json::json;
use shop::accounts::Permission::{OrdersRead, OrdersRefund};

fn is_an_error(answer: &Answered, status: u16, name: &str, path: &str) {
    let body = &answer.body;
    assert_eq!(answer.status, status, "{path}: {body}");
    assert_eq!(answer.header("content-type"), "application/json", "{path}");
    assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let code = body["code"].as_str().unwrap();
    assert!(CODES.iter().any(|(word, ..)| *word == code), "{path}: {body}");
    // in development only
    names.retain(|name| *name != "causes");
    names.sort_unstable();
    let all = ["code", "details", "error", "message", "path", "requestId", "status", "statusCode", "timestamp"];
    assert_eq!(names, all, "{path}: {body}");
    assert_eq!((&body["status"], &body["statusCode"], &body["error"]), (&json!("error"), &json!(status), &json!(name)));
    assert_eq!(body["path"], path);
    assert_eq!(body["requestId"], answer.header("x-request-id"));
    assert!(body["message"].as_str().is_some_and(|m| !m.is_empty()), "{body}");
    assert!(body["timestamp"].as_str().is_some_and(|t| t.starts_with("2026-") && t.ends_with('Z')), "{body}");
    assert_eq!(answer.headers.contains_key("retry-after"), matches!(status, 429 | 503), "{path}");
}

/// Fails without `fault::write_out`: pages of HTML, plain text and empty bodies.
#[tokio::test]
async fn each_error_has_the_body() {
    app(async |app| {
        let able = Machine::at(&app.root, &key(app, &[OrdersRead, OrdersRefund]).await);
        let weak = Machine::at(&app.root, &key(app, &[shop::accounts::Permission::CatalogRead]).await);
        for version in ["/api", "/api/v1"] {
            let at = |path: &str| format!("{version}{path}");
            for path in [
                "",
                "/",
                "/nowhere",
                "/orders/",
                "/orders/IM-404",
                "/orders/%FF",
                "/orders/a%2F..%2Fb",
                "/v1/x",
                "/v1/v1/orders",
            ] {
                let answer = able.get(&at(path)).await;
                is_an_error(&answer, 404, "NotFound", &at(path));
                let is_thing = path.starts_with("/orders/") && path.len() > "/orders/".len();
                let (code, words) = match is_thing {
                    true => ("not_found", "No such order"),
                    false => ("no_such_route", "There is nothing at this address"),
                };
                assert_eq!((&answer.body["code"], &answer.body["message"]), (&json!(code), &json!(words)), "{path}");
            }
            let wrong = able.request(Method::PATCH, &at("/orders/x/refund"));
            let wrong = Answered::from(wrong).await;
            is_an_error(&wrong, 405, "MethodNotAllowed", &at("/orders/x/refund"));
            assert_eq!(wrong.header("allow"), "POST");

            let nobody = Answered::from(able.client.get(format!("{}{}", app.root, at("/orders")))).await;
            is_an_error(&nobody, 401, "Unauthorized", &at("/orders"));
            let ways: Vec<_> = nobody.headers.get_all("www-authenticate").iter().map(|v| v.to_str().unwrap()).collect();
            assert_eq!(ways, ["Bearer realm=\"shop\"", "ApiKey realm=\"shop\", header=\"X-API-Key\""]);
            is_an_error(&weak.get(&at("/orders")).await, 403, "Forbidden", &at("/orders"));

            let wrong = able.get(&at("/orders?page=0&limit=101&status=gone&from=x&sort=price")).await;
            is_an_error(&wrong, 400, "BadRequest", &at("/orders"));
            assert_eq!(wrong.body["message"], "Validation failed");
            for field in ["page", "limit", "status", "from", "sort"] {
                assert!(!wrong.fault(field).is_empty());
            }
            is_an_error(&able.get(&at("/orders?page=1&page=2")).await, 400, "BadRequest", &at("/orders"));
            is_an_error(&able.get(&at("/orders?search=%00")).await, 400, "BadRequest", &at("/orders"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_says_so() {
    app(async |app| {
        let able = Machine::at(&app.root, &key(app, &[OrdersRefund]).await);
        let path = "/api/stripe/create-payment-intent";
        let send = async |kind: &str, body: String| {
            let request = able.request(Method::POST, path).header("content-type", kind).body(body);
            Answered::from(request).await
        };
        for body in
            ["", "{", "[1", "{\"orderId\": {}}", "{\"orderId\": 1e999}", "nonsense", "3", "{\"orderId\":\"\\u0000\"}"]
        {
            is_an_error(&send("application/json", body.to_owned()).await, 400, "BadRequest", path);
        }
        let bare = send("application/json", "{}".to_owned()).await;
        assert_eq!(bare.fault("orderId"), "is required");
        for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
            is_an_error(&send(kind, "{}".to_owned()).await, 415, "UnsupportedMediaType", path);
        }
        let large = format!("{{\"key\":\"{}\"}}", "x".repeat(2 << 20));
        is_an_error(&send("application/json", large).await, 413, "PayloadTooLarge", path);
        // and a request from another site that is none of the API's is refused with a page, as ever
        let page = able.client.post(format!("{}/apis", app.root)).send().await.unwrap();
        assert_eq!(
            (page.status().as_u16(), page.headers()["content-type"].to_str().unwrap()),
            (403, "text/html; charset=utf-8")
        );
    })
    .await;
}

#[tokio::test]
async fn without_a_database_the_api_asks_to_come_again() {
    let mut app = crate::support::TestApp::start(shop::testing::TestShop::open().await).await;
    let able = Machine::at(&app.root, &key(&app, &[OrdersRead]).await);
    app.db.close().await;
    let busy = able.get("/api/orders").await;
    is_an_error(&busy, 503, "ServiceUnavailable", "/api/orders");
    // what led to it is for those who write programs, and so for development alone: the next test
    assert!(!busy.body["causes"].as_array().unwrap().is_empty(), "{}", busy.body);
    app.shop.db = shop::db::connect(app.options().await, 2).await.unwrap();
    app.finish().await;
}

/// What production needs to start.
pub const PRODUCTION: &[(&str, &str)] = &[
    ("APP_ENV", "production"),
    ("DATABASE_URL", "postgres://not-used-by-tests"),
    ("STRIPE_SECRET_KEY", "sk_live_x"),
    ("STRIPE_WEBHOOK_SECRET", "whsec_x"),
    ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
    ("ENCRYPTION_KEY", "fedcba9876543210fedcba9876543210"),
];

/// Fails where `write_out` or the pages show causes to everybody.
#[tokio::test]
async fn in_production_nobody_learns_what_led_to_an_error() {
    let mut app = crate::support::TestApp::start_with(shop::testing::TestShop::open().await, PRODUCTION).await;
    let able = Machine::at(&app.root, &key(&app, &[OrdersRead]).await);
    app.db.close().await;
    let busy = able.get("/api/orders").await;
    is_an_error(&busy, 503, "ServiceUnavailable", "/api/orders");
    assert!(busy.body["causes"].is_null(), "{}", busy.body);
    let page = reqwest::get(format!("{}/products/none", app.root)).await.unwrap().text().await.unwrap();
    assert!(page.contains("Very busy just now") && !page.contains("What led to it"), "{page}");
    app.shop.db = shop::db::connect(app.options().await, 2).await.unwrap();
    app.finish().await;
}

#[tokio::test]
async fn in_development_pages_say_what_led_to_an_error() {
    let mut app = crate::support::TestApp::start(shop::testing::TestShop::open().await).await;
    app.db.close().await;
    let browser = app.browser();
    let page = browser.get("/products/none").await.text().await.unwrap();
    assert!(page.contains("What led to it") && page.contains("pool"), "{page}");
    app.shop.db = shop::db::connect(app.options().await, 2).await.unwrap();
    app.finish().await;
}

/// Another body under a key that was used, and nothing left to give: 422 and 409.
#[tokio::test]
async fn conflicts_and_keys_used_again_have_it_too() {
    stripe_app(async |app| {
        let (number, able) = (super::sold(app).await, machine(app, &[OrdersRefund]).await);
        let path = format!("/api/orders/{number}/refund");
        assert_eq!(able.refund(&number, "a", &json!({ "what": "all" })).await.status, 201);
        let other = able.refund(&number, "a", &json!({ "amount": "1" })).await;
        is_an_error(&other, 422, "UnprocessableEntity", &path);
        let nothing = able.refund(&number, "b", &json!({ "amount": "1" })).await;
        is_an_error(&nothing, 409, "Conflict", &path);
        assert_eq!(nothing.body["message"], "There is no money to give back");
    })
    .await;
}
