//! Keys, and what each may do.

use stripe_sandbox::{Access, RestrictedKey, Sandbox};

use crate::support::{INTENT, ask, config, post_form};

/// <https://docs.stripe.com/api/authentication>
#[tokio::test]
async fn a_missing_or_wrong_key_is_a_401() {
    let sandbox = Sandbox::new(config());
    for given in ["", "Bearer ", "Bearer sk_test_other", "Bearer sk_live_other", "Basic abc"] {
        let headers = [("authorization", given)];
        let answer = ask(&sandbox, "GET", "/v1/charges", &[], &headers).await;
        assert_eq!(answer.status, 401, "{given}");
        assert_eq!(answer.error("type"), "invalid_request_error");
        assert!(!answer.text.contains("test_other"), "{}", answer.text);
    }
}

/// <https://docs.stripe.com/keys/restricted-api-keys>
#[tokio::test]
async fn a_restricted_key_does_only_what_it_may() {
    let mut config = config();
    config
        .restricted_keys
        .push(RestrictedKey { key: "rk_test_refunds".into(), allows: vec![("refunds".into(), Access::Read)] });
    let sandbox = Sandbox::new(config);
    let headers = [("authorization", "Bearer rk_test_refunds")];
    assert_eq!(ask(&sandbox, "GET", "/v1/refunds", &[], &headers).await.status, 200);
    assert_eq!(ask(&sandbox, "POST", "/v1/refunds", &[], &headers).await.status, 403);
    assert_eq!(ask(&sandbox, "GET", "/v1/charges", &[], &headers).await.status, 403);
}

/// <https://docs.stripe.com/api/payment_intents/retrieve#retrieve_payment_intent-client_secret>
#[tokio::test]
async fn a_publishable_key_needs_the_client_secret() {
    let mut config = config();
    config.publishable_key = Some("pk_test_ironmonger".into());
    let sandbox = Sandbox::new(config);
    let intent = post_form(&sandbox, "/v1/payment_intents", INTENT).await;
    let secret = intent.body["client_secret"].as_str().unwrap();
    let path = format!("/v1/payment_intents/{}", intent.id());
    let headers = [("authorization", "Bearer pk_test_ironmonger")];
    assert_eq!(ask(&sandbox, "GET", &path, &[], &headers).await.status, 400);
    let wrong = [("client_secret", "pi_secret")];
    assert_eq!(ask(&sandbox, "GET", &path, &wrong, &headers).await.status, 404);
    let right = [("client_secret", secret)];
    assert_eq!(ask(&sandbox, "GET", &path, &right, &headers).await.status, 200);
    let answer = ask(&sandbox, "GET", "/v1/charges", &[], &headers).await;
    assert_eq!((answer.status, answer.error("code")), (401, "secret_key_required"));
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
