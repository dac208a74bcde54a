//! Cards that a customer keeps, and what an app may do with them.

use std::time::Duration;
use stripe_sandbox::Sandbox;

use crate::support::{HAMMERS, ask, config, get, pay_intent, post_form, with_key};

/// <https://docs.stripe.com/payments/save-and-reuse>
#[tokio::test]
async fn a_card_is_set_up_kept_and_charged_later() {
    let sandbox = Sandbox::new(config());
    let form = [("email", "ada@example.com")];
    let customer = post_form(&sandbox, "/v1/customers", &form).await;
    let form = [
        ("customer", customer.id()),
        ("payment_method", "pm_card_authenticationRequiredOnSetup"),
        ("confirm", "true"),
        ("return_url", "http://shop.test/cards"),
    ];
    let setup = post_form(&sandbox, "/v1/setup_intents", &form).await;
    assert_eq!(setup.body["status"], "requires_action", "{}", setup.text);
    let path = format!("/authenticate/{}", setup.id());
    assert_eq!(get(&sandbox, &path).await.status, 200);
    let back = post_form(&sandbox, &path, &[("answer", "complete")]).await;
    assert!(back.header("location").unwrap().contains("setup_intent="));
    let path = format!("/v1/customers/{}/payment_methods", customer.id());
    let kept = get(&sandbox, &path).await;
    let method = kept.body["data"][0]["id"].as_str().unwrap().to_owned();
    let more = [("customer", customer.id()), ("off_session", "true")];
    let paid = pay_intent(&sandbox, &method, &more).await;
    assert_eq!(paid.body["status"], "succeeded", "{}", paid.text);
    // Another customer, or none, cannot pay with it.
    assert_eq!(pay_intent(&sandbox, &method, &[]).await.status, 400);
    // <https://docs.stripe.com/api/payment_methods/detach>
    post_form(&sandbox, &format!("/v1/payment_methods/{method}/detach"), &[]).await;
    assert_eq!(pay_intent(&sandbox, &method, &more).await.status, 400);
}

/// <https://docs.stripe.com/testing#declined-payments>
#[tokio::test]
async fn a_declined_card_cannot_be_kept() {
    let sandbox = Sandbox::new(config());
    let customer = post_form(&sandbox, "/v1/customers", &[]).await;
    let form = [("customer", customer.id())];
    let path = "/v1/payment_methods/pm_card_chargeDeclined/attach";
    assert_eq!(post_form(&sandbox, path, &form).await.status, 402);
    let path = "/v1/payment_methods/pm_card_chargeCustomerFail/attach";
    let kept = post_form(&sandbox, path, &form).await;
    assert_eq!(kept.status, 200);
    let more = [("customer", customer.id())];
    assert_eq!(pay_intent(&sandbox, kept.id(), &more).await.status, 402);
}

/// <https://docs.stripe.com/api/customer_sessions/create>
#[tokio::test]
async fn a_mobile_app_gets_a_short_lived_right_to_a_customer() {
    let sandbox = Sandbox::new(config());
    let customer = post_form(&sandbox, "/v1/customers", &[]).await;
    let form = [
        ("customer", customer.id()),
        ("components[mobile_payment_element][enabled]", "true"),
        ("components[mobile_payment_element][features][payment_method_save]", "enabled"),
    ];
    let session = post_form(&sandbox, "/v1/customer_sessions", &form).await;
    assert!(session.body["client_secret"].as_str().unwrap().starts_with("cuss_secret_"));
}

/// <https://docs.stripe.com/payments/accept-a-payment?platform=ios>: an app is given a key for its own customer, made
/// for the version of the API that the app speaks. It lasts an hour, and is of no use for anybody else.
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
