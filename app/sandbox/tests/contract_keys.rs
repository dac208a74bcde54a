//! What Stripe documents of keys, of what an app may do with them, and of requests that are refused at the door.

mod support;

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use stripe_sandbox::{Access, ApiFault, ApiRule, Faults, RestrictedKey, Sandbox};
use support::{Answer, HAMMERS, ask, config, get, pay_intent, post_form};
use tower::ServiceExt;

async fn with_key(sandbox: &Sandbox, method: &str, path: &str, form: &[(&str, &str)], key: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    ask(sandbox, method, path, form, &[("authorization", &bearer)]).await
}

/// <https://docs.stripe.com/keys>: each kind of key has its prefix, and live keys never come here.
#[test]
fn keys_are_what_their_prefixes_say() {
    assert!(config().check().is_ok());
    for key in ["", "sk_test_", "sk_live_x", "rk_test_x", "pk_test_x", "secret"] {
        let mut config = config();
        config.secret_key = key.into();
        assert!(config.check().is_err(), "{key}");
    }
    let mut config = config();
    config.publishable_key = Some("sk_test_x".into());
    assert!(config.check().is_err());
    let restricted: RestrictedKey = "rk_test_x:refunds=write,charges=read".parse().unwrap();
    assert_eq!(restricted.allows, [("refunds".to_owned(), Access::Write), ("charges".to_owned(), Access::Read)]);
    assert!("rk_test_x:refunds".parse::<RestrictedKey>().is_err());
}

/// <https://docs.stripe.com/api/authentication>: also as the user name of basic authentication, with no password.
#[tokio::test]
async fn a_key_may_come_as_a_user_name() {
    let sandbox = Sandbox::new(config());
    for (given, status) in [
        ("Basic c2tfdGVzdF9pcm9ubW9uZ2VyOg==", 200),
        // with a password
        ("Basic c2tfdGVzdF9pcm9ubW9uZ2VyOng=", 401),
        ("Basic !", 401),
    ] {
        let headers = [("authorization", given)];
        assert_eq!(ask(&sandbox, "GET", "/v1/charges", &[], &headers).await.status, status, "{given}");
    }
}

/// <https://docs.stripe.com/payments/accept-a-payment?platform=ios>: an app is given a key for its own customer, made for
/// the version of the API that the app speaks. It lasts an hour, and is of no use for anybody else.
#[tokio::test]
async fn an_ephemeral_key_opens_one_customer() {
    let sandbox = Sandbox::new(config());
    let ada = post_form(&sandbox, "/v1/customers", &[]).await;
    let bob = post_form(&sandbox, "/v1/customers", &[]).await;
    let form = [("customer", ada.id())];
    let unversioned = post_form(&sandbox, "/v1/ephemeral_keys", &form).await;
    assert_eq!(unversioned.status, 400);
    let version = [("stripe-version", "2026-09-30.endive")];
    let made = ask(&sandbox, "POST", "/v1/ephemeral_keys", &form, &version).await;
    let key = made.body["secret"].as_str().expect("a secret").to_owned();
    let made_for = &made.body["associated_objects"][0];
    assert_eq!((made_for["type"].as_str(), made_for["id"].as_str()), (Some("customer"), Some(ada.id())));

    let attach = "/v1/payment_methods/pm_card_visa/attach";
    let kept = with_key(&sandbox, "POST", attach, &form, &key).await;
    assert_eq!(kept.status, 200, "{}", kept.text);
    let of = |customer: &str| format!("/v1/payment_methods?customer={customer}&type=card");
    let cards = with_key(&sandbox, "GET", &of(ada.id()), &[], &key).await;
    assert_eq!(cards.body["data"][0]["id"], kept.id());
    assert_eq!(with_key(&sandbox, "GET", &format!("/v1/customers/{}", ada.id()), &[], &key).await.status, 200);

    for (method, path, form) in [
        ("GET", of(bob.id()), vec![]),
        ("GET", "/v1/payment_methods?type=card".to_owned(), vec![]),
        ("GET", format!("/v1/customers/{}", bob.id()), vec![]),
        ("POST", attach.to_owned(), vec![("customer", bob.id())]),
        ("GET", "/v1/charges".to_owned(), vec![]),
        ("POST", "/v1/refunds".to_owned(), vec![]),
    ] {
        assert_eq!(with_key(&sandbox, method, &path, &form, &key).await.status, 403, "{method} {path}");
    }
    let bobs = post_form(&sandbox, attach, &[("customer", bob.id())]).await;
    let detach = format!("/v1/payment_methods/{}/detach", bobs.id());
    assert_eq!(with_key(&sandbox, "POST", &detach, &[], &key).await.status, 403);
    let detach = format!("/v1/payment_methods/{}/detach", kept.id());
    assert_eq!(with_key(&sandbox, "POST", &detach, &[], &key).await.status, 200);

    sandbox.advance(Duration::from_secs(3601));
    let late = with_key(&sandbox, "GET", &of(ada.id()), &[], &key).await;
    assert_eq!((late.status, late.error("code")), (401, "api_key_expired"));
    let another = ask(&sandbox, "POST", "/v1/ephemeral_keys", &form, &version).await;
    ask(&sandbox, "DELETE", &format!("/v1/ephemeral_keys/{}", another.id()), &[], &[]).await;
    let key = another.body["secret"].as_str().expect("a secret");
    assert_eq!(with_key(&sandbox, "GET", &of(ada.id()), &[], key).await.status, 401);
}

/// <https://docs.stripe.com/api>: requests are form-encoded.
#[tokio::test]
async fn a_body_of_json_is_refused() {
    let sandbox = Sandbox::new(config());
    let request = Request::post("/v1/payment_intents")
        .header("authorization", format!("Bearer {}", support::KEY))
        .header("content-type", "application/json")
        .body(Body::from(r#"{"amount": 2000, "currency": "usd"}"#))
        .unwrap();
    assert_eq!(sandbox.router().oneshot(request).await.unwrap().status(), 400);
    assert!(sandbox.ledger().intents.is_empty());
}

/// <https://docs.stripe.com/rate-limits#object-lock-timeouts>: a 429 of its own, which says nothing and is safe to repeat.
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

/// <https://docs.stripe.com/api/payment_intents/create#create_payment_intent-payment_method_types>
#[tokio::test]
async fn only_the_named_kinds_of_methods_pay() {
    let sandbox = Sandbox::new(config());
    let debit = pay_intent(&sandbox, "pm_usBankAccount_success", &[]).await;
    assert_eq!((debit.status, debit.error("param")), (400, "payment_method"));
    let mut form = HAMMERS.to_vec();
    form.push(("payment_method_types[]", "bank_of_nowhere"));
    let unknown = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
    assert_eq!((unknown.status, unknown.error("param")), (400, "payment_method_types"));
}

/// <https://docs.stripe.com/api/events/list>: up to twenty kinds, or one; and thirty days back.
#[tokio::test]
async fn events_are_listed_by_kind_and_for_thirty_days() {
    let sandbox = Sandbox::new(config());
    pay_intent(&sandbox, "pm_card_visa", &[]).await;
    let two = "/v1/events?types[]=charge.succeeded&types[]=payment_intent.succeeded";
    assert_eq!(get(&sandbox, two).await.body["data"].as_array().unwrap().len(), 2);
    assert_eq!(get(&sandbox, &format!("{two}&type=charge.succeeded")).await.status, 400);
    let many: String = (0..21).map(|_| "types[]=charge.succeeded&").collect();
    assert_eq!(get(&sandbox, &format!("/v1/events?{many}")).await.status, 400);
    sandbox.advance(Duration::from_secs(31 * 24 * 60 * 60));
    let recent = get(&sandbox, two).await;
    assert_eq!(recent.body["data"].as_array().unwrap().len(), 0);
}

/// <https://docs.stripe.com/api/webhook_endpoints/create#create_webhook_endpoint-enabled_events>
#[tokio::test]
async fn an_endpoint_asks_for_events_that_exist() {
    let sandbox = Sandbox::new(config());
    for (events, status) in [("*", 200), ("refund.created", 200), ("refund.*", 400), ("hammer.dropped", 400)] {
        let form = [("url", "http://shop.test/hook"), ("enabled_events[]", events)];
        assert_eq!(post_form(&sandbox, "/v1/webhook_endpoints", &form).await.status, status, "{events}");
    }
}

/// <https://docs.stripe.com/payments/checkout/save-during-payment>: a card that the shopper agreed to keep is offered
/// again; one that the shop keeps for its own purposes is not, unless the session asks for it.
#[tokio::test]
async fn checkout_offers_again_what_the_shopper_agreed_to() {
    let sandbox = Sandbox::new(config());
    let customer = post_form(&sandbox, "/v1/customers", &[]).await;
    let kept = post_form(&sandbox, "/v1/payment_methods/pm_card_visa/attach", &[("customer", customer.id())]).await;
    let offers = async |more: &[(&str, &str)]| {
        let mut form: Vec<_> = HAMMERS.iter().copied().filter(|(name, _)| *name != "customer_email").collect();
        form.push(("customer", customer.id()));
        form.extend_from_slice(more);
        let session = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
        get(&sandbox, &format!("/pay/{}", session.id())).await.text.contains("ending in 4242")
    };
    assert!(!offers(&[]).await);
    assert!(offers(&[("saved_payment_method_options[allow_redisplay_filters][]", "unspecified")]).await);
    let path = format!("/v1/payment_methods/{}", kept.id());
    post_form(&sandbox, &path, &[("allow_redisplay", "always")]).await;
    assert!(offers(&[]).await);
}
