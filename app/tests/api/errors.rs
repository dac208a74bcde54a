//! Every error has the one body, whoever refused the request.

use super::support::app;
use super::support::till::till;
use super::{Answered, Machine, key, machine};
use reqwest::Method;
use serde_json::json;
use shop::accounts::Permission::{OrdersRead, OrdersRefund};

fn is_an_error(answer: &Answered, status: u16, name: &str, path: &str) {
    let body = &answer.body;
    assert_eq!(answer.status, status, "{path}: {body}");
    assert_eq!(answer.header("content-type"), "application/json", "{path}");
    assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names.contains(&"code"), status == 409, "conflicts have a code, for programs: {body}");
    names.retain(|name| *name != "code");
    names.sort_unstable();
    let all = ["details", "error", "message", "path", "requestId", "status", "statusCode", "timestamp"];
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
                is_an_error(&able.get(&at(path)).await, 404, "NotFound", &at(path));
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
    let mut app = super::support::TestApp::start(shop::testing::TestShop::open().await).await;
    let able = Machine::at(&app.root, &key(&app, &[OrdersRead]).await);
    app.db.close().await;
    is_an_error(&able.get("/api/orders").await, 503, "ServiceUnavailable", "/api/orders");
    app.shop.db = shop::db::connect(app.options().await, 2).await.unwrap();
    app.finish().await;
}

/// Another body under a key that was used, and nothing left to give: 422 and 409.
#[tokio::test]
async fn conflicts_and_keys_used_again_have_it_too() {
    till(async |till| {
        let (number, able) = (super::sold(till).await, machine(till, &[OrdersRefund]).await);
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
