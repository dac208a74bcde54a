//! How requests are refused, and what they may hold.

use axum::body::Body;
use axum::http::Request;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Sandbox};
use tower::ServiceExt;

use crate::support::{HAMMERS, INTENT, ask, config, get, post_form};

/// <https://docs.stripe.com/api/errors>
#[tokio::test]
async fn an_error_has_type_code_param_message_and_a_page() {
    let sandbox = Sandbox::new(config());
    let answer = post_form(&sandbox, "/v1/payment_intents", &[("currency", "usd")]).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.error("type"), "invalid_request_error");
    assert_eq!(answer.error("code"), "parameter_missing");
    assert_eq!(answer.error("param"), "amount");
    assert_eq!(answer.error("message"), "Missing required param: amount.");
    assert_eq!(answer.error("doc_url"), "https://stripe.com/docs/error-codes/parameter-missing");
    // <https://docs.stripe.com/api/request_ids>
    assert!(answer.header("request-id").unwrap().starts_with("req_"));
}

/// <https://docs.stripe.com/error-codes#parameter-unknown>
#[tokio::test]
async fn unknown_parameters_are_refused_at_every_depth() {
    let sandbox = Sandbox::new(config());
    for unknown in [
        "colour",
        "line_items[0][colour]",
        "line_items[0][price_data][product_data][colour]",
        "payment_intent_data[colour]",
    ] {
        let mut form = HAMMERS.to_vec();
        form.push((unknown, "red"));
        let answer = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
        assert_eq!(answer.status, 400, "{unknown}");
        assert_eq!(answer.error("code"), "parameter_unknown");
        assert_eq!(answer.error("param"), unknown);
        assert_eq!(answer.error("message"), format!("Received unknown parameter: {unknown}"));
    }
    assert!(sandbox.statement().sessions.is_empty());
    let answer = get(&sandbox, "/v1/refunds?colour=red").await;
    assert_eq!(answer.error("code"), "parameter_unknown");
}

/// <https://docs.stripe.com/error-codes#resource-missing>
#[tokio::test]
async fn what_is_not_there_is_a_404() {
    let sandbox = Sandbox::new(config());
    for path in ["payment_intents/pi_1", "charges/ch_1", "refunds/re_1", "customers/cus_1"] {
        let answer = get(&sandbox, &format!("/v1/{path}")).await;
        assert_eq!((answer.status, answer.error("code")), (404, "resource_missing"), "{path}");
    }
    let answer = get(&sandbox, "/v1/hammers").await;
    assert_eq!(answer.status, 404);
    assert!(answer.error("message").starts_with("Unrecognized request URL (GET: /v1/hammers)"));
}

/// <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>
#[tokio::test]
async fn amounts_have_a_floor_and_a_ceiling() {
    let sandbox = Sandbox::new(config());
    for (amount, currency, code) in [
        ("49", "usd", "amount_too_small"),
        ("29", "gbp", "amount_too_small"),
        ("100000000", "usd", "amount_too_large"),
        ("0", "usd", "parameter_invalid_integer"),
        ("12.50", "usd", "parameter_invalid_integer"),
    ] {
        let form = [("amount", amount), ("currency", currency)];
        let answer = post_form(&sandbox, "/v1/payment_intents", &form).await;
        assert_eq!((answer.status, answer.error("code")), (400, code), "{amount} {currency}");
    }
    // <https://docs.stripe.com/currencies#three-decimal>
    let form = [("amount", "12345"), ("currency", "kwd")];
    assert_eq!(post_form(&sandbox, "/v1/payment_intents", &form).await.status, 400);
    let form = [("amount", "12340"), ("currency", "kwd")];
    assert_eq!(post_form(&sandbox, "/v1/payment_intents", &form).await.status, 200);
}

/// <https://docs.stripe.com/api/metadata>
#[tokio::test]
async fn metadata_has_limits_and_is_merged() {
    let sandbox = Sandbox::new(config());
    let long = "k".repeat(41);
    let value = "v".repeat(501);
    for (name, value) in [(format!("metadata[{long}]"), "v"), ("metadata[k]".into(), &value)] {
        let mut form = INTENT.to_vec();
        form.push((&name, value));
        assert_eq!(post_form(&sandbox, "/v1/payment_intents", &form).await.status, 400);
    }
    let mut form = INTENT.to_vec();
    form.extend([("metadata[a]", "1"), ("metadata[b]", "2")]);
    let intent = post_form(&sandbox, "/v1/payment_intents", &form).await;
    let path = format!("/v1/payment_intents/{}", intent.id());
    let form = [("metadata[a]", ""), ("metadata[c]", "3")];
    let intent = post_form(&sandbox, &path, &form).await;
    assert_eq!(intent.body["metadata"], serde_json::json!({ "b": "2", "c": "3" }));
    let intent = post_form(&sandbox, &path, &[("metadata", "")]).await;
    assert_eq!(intent.body["metadata"], serde_json::json!({}));
}

/// <https://docs.stripe.com/api>: requests are form-encoded.
#[tokio::test]
async fn a_body_of_json_is_refused() {
    let sandbox = Sandbox::new(config());
    let request = Request::post("/v1/payment_intents")
        .header("authorization", format!("Bearer {}", crate::support::KEY))
        .header("content-type", "application/json")
        .body(Body::from(r#"{"amount": 2000, "currency": "usd"}"#))
        .unwrap();
    assert_eq!(sandbox.router().oneshot(request).await.unwrap().status(), 400);
    assert!(sandbox.statement().intents.is_empty());
}

/// <https://docs.stripe.com/rate-limits#object-lock-timeouts>: a 429 of its own, which says nothing and is safe to
/// repeat.
#[tokio::test]
async fn a_locked_object_is_a_429_and_nothing_happens() {
    let sandbox = Sandbox::new(config());
    sandbox.set_faults(Faults { api: vec![ApiRule::new(ApiFault::LockTimeout).times(1)], ..Faults::default() });
    let key = [("idempotency-key", "k")];
    let form = [("amount", "2000"), ("currency", "usd")];
    let locked = ask(&sandbox, "POST", "/v1/payment_intents", &form, &key).await;
    assert_eq!((locked.status, locked.error("code")), (429, "lock_timeout"));
    let again = ask(&sandbox, "POST", "/v1/payment_intents", &form, &key).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, None));
}
