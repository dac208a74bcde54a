//! The same request is answered the same. <https://docs.stripe.com/api/idempotent_requests>

use std::time::Duration;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Sandbox};

use crate::support::{INTENT, ask, config, key};

#[tokio::test]
async fn the_same_request_is_answered_the_same() {
    let sandbox = Sandbox::new(config());
    let first = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
    let again = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
    assert_eq!(first.text, again.text);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(sandbox.statement().intents.len(), 1);
}

#[tokio::test]
async fn other_parameters_or_another_endpoint_are_refused() {
    let sandbox = Sandbox::new(config());
    ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
    let other = [("amount", "2001"), ("currency", "usd")];
    let answer = ask(&sandbox, "POST", "/v1/payment_intents", &other, &key("k")).await;
    assert_eq!((answer.status, answer.error("type")), (400, "idempotency_error"));
    let answer = ask(&sandbox, "POST", "/v1/customers", &[], &key("k")).await;
    assert_eq!((answer.status, answer.error("type")), (400, "idempotency_error"));
    assert_eq!(sandbox.statement().intents.len(), 1);
}

#[tokio::test]
async fn failures_are_kept_500s_too() {
    let sandbox = Sandbox::new(config());
    let form = [
        ("amount", "2000"),
        ("currency", "usd"),
        ("payment_method_types[]", "card"),
        ("confirm", "true"),
        ("payment_method", "pm_card_chargeDeclined"),
    ];
    let declined = ask(&sandbox, "POST", "/v1/payment_intents", &form, &key("a")).await;
    assert_eq!(declined.status, 402);
    let again = ask(&sandbox, "POST", "/v1/payment_intents", &form, &key("a")).await;
    assert_eq!(declined.text, again.text);
    assert_eq!(sandbox.statement().charges.len(), 1);

    for (fault, made) in [(ApiFault::ErrorBefore, 1), (ApiFault::ErrorAfter, 2)] {
        let api = vec![ApiRule::new(fault).times(1)];
        sandbox.set_faults(Faults { api, ..Faults::default() });
        let name = format!("{fault:?}");
        for _ in 0..2 {
            let answer = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key(&name)).await;
            assert_eq!((answer.status, answer.error("type")), (500, "api_error"));
        }
        assert_eq!(sandbox.statement().intents.len(), made);
    }
}

#[tokio::test]
async fn what_never_began_to_act_is_not_kept() {
    let sandbox = Sandbox::new(config());
    let wrong = [("amount", "x"), ("currency", "usd")];
    let answer = ask(&sandbox, "POST", "/v1/payment_intents", &wrong, &key("k")).await;
    assert_eq!(answer.status, 400);
    let api = vec![ApiRule::new(ApiFault::RateLimit).times(1)];
    sandbox.set_faults(Faults { api, ..Faults::default() });
    let answer = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
    assert_eq!((answer.status, answer.error("code")), (429, "rate_limit"));
    let answer = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("idempotent-replayed"), None);
}

#[tokio::test]
async fn keys_are_forgotten_after_a_day_and_have_at_most_255_characters() {
    let sandbox = Sandbox::new(config());
    let first = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
    sandbox.advance(Duration::from_secs(25 * 60 * 60));
    let second = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key("k")).await;
    assert_ne!(first.id(), second.id());
    let long = "k".repeat(256);
    let answer = ask(&sandbox, "POST", "/v1/payment_intents", INTENT, &key(&long)).await;
    assert_eq!(answer.status, 400);
}
