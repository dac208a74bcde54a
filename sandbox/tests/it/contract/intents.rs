//! PaymentIntents: declines, authentication, holds.

use stripe_sandbox::Sandbox;

use crate::support::{HAMMERS, INTENT, config, get, pay_intent, post_form, with_key};

/// <https://docs.stripe.com/testing#declined-payments> and <https://docs.stripe.com/declines/codes>
#[tokio::test]
async fn declined_cards_say_why() {
    let sandbox = Sandbox::new(config());
    for (method, code, decline) in [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", ""),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", ""),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", ""),
    ] {
        let answer = pay_intent(&sandbox, method, &[]).await;
        assert_eq!((answer.status, answer.error("type")), (402, "card_error"), "{method}");
        assert_eq!((answer.error("code"), answer.error("decline_code")), (code, decline));
        let error = &answer.body["error"];
        assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
        assert_eq!(error["payment_intent"]["last_payment_error"]["code"], code);
        assert!(error["charge"].as_str().unwrap().starts_with("ch_"));
    }
    assert!(sandbox.statement().charges.iter().all(|charge| charge.status == "failed"));
}

/// <https://docs.stripe.com/payments/paymentintents/lifecycle>
#[tokio::test]
async fn a_declined_intent_is_confirmed_again_and_pays_once() {
    let sandbox = Sandbox::new(config());
    let declined = pay_intent(&sandbox, "pm_card_chargeDeclined", &[]).await;
    let id = declined.body["error"]["payment_intent"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/payment_intents/{id}/confirm");
    let form = [("payment_method", "pm_card_visa")];
    assert_eq!(post_form(&sandbox, &path, &form).await.body["status"], "succeeded");
    let answer = post_form(&sandbox, &path, &form).await;
    assert_eq!(answer.error("code"), "payment_intent_unexpected_state");
    let paid = sandbox.statement().charges.iter().filter(|c| c.status == "succeeded").count();
    assert_eq!(paid, 1);
}

/// <https://docs.stripe.com/payments/3d-secure/authentication-flow>
#[tokio::test]
async fn authentication_sends_the_shopper_away_and_back() {
    let sandbox = Sandbox::new(config());
    for (answer, status, redirect, to) in [
        ("complete", "succeeded", "succeeded", "http://shop.test/back?order=17"),
        ("fail", "requires_payment_method", "failed", "http://shop.test/back?order=17"),
        ("complete", "succeeded", "succeeded", "shop.test.app://back?order=17"),
    ] {
        let more = [("return_url", to)];
        let intent = pay_intent(&sandbox, "pm_card_threeDSecure2Required", &more).await;
        assert_eq!(intent.body["status"], "requires_action");
        let url = intent.body["next_action"]["redirect_to_url"]["url"].as_str().unwrap();
        let path = url.strip_prefix("http://sandbox.test").unwrap();
        let back = post_form(&sandbox, path, &[("answer", answer)]).await;
        assert_eq!(back.status, 303);
        let location = back.header("location").unwrap();
        assert!(location.starts_with(&format!("{to}&payment_intent=pi_")), "{location}");
        assert!(location.ends_with(&format!("redirect_status={redirect}")), "{location}");
        let intent = get(&sandbox, &format!("/v1/payment_intents/{}", intent.id())).await;
        assert_eq!(intent.body["status"], status);
    }
}

/// <https://docs.stripe.com/api/payment_intents/confirm#confirm_payment_intent-return_url>
#[tokio::test]
async fn the_way_back_is_an_address_of_a_page_or_an_app() {
    let sandbox = Sandbox::new(config());
    for to in ["back", "//shop.test/back", "javascript:alert(1)", "data:text/html,paid"] {
        let answer = pay_intent(&sandbox, "pm_card_visa", &[("return_url", to)]).await;
        assert_eq!(
            (answer.status, answer.error("code"), answer.error("param")),
            (400, "url_invalid", "return_url"),
            "{to}"
        );
    }
}

/// <https://docs.stripe.com/payments/save-during-payment#charge-saved-payment-method>
#[tokio::test]
async fn off_session_a_card_that_wants_authentication_is_declined() {
    let sandbox = Sandbox::new(config());
    let more = [("off_session", "true")];
    let answer = pay_intent(&sandbox, "pm_card_authenticationRequired", &more).await;
    assert_eq!((answer.status, answer.error("code")), (402, "authentication_required"));
}

/// <https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>
#[tokio::test]
async fn a_hold_is_captured_once_and_never_for_more() {
    let sandbox = Sandbox::new(config());
    let hold = pay_intent(&sandbox, "pm_card_visa", &[("capture_method", "manual")]).await;
    assert_eq!(hold.body["status"], "requires_capture");
    assert_eq!(hold.body["amount_received"], 0);
    let path = format!("/v1/payment_intents/{}/capture", hold.id());
    let more = post_form(&sandbox, &path, &[("amount_to_capture", "2001")]).await;
    assert_eq!(more.status, 400);
    let part = post_form(&sandbox, &path, &[("amount_to_capture", "1500")]).await;
    assert_eq!(part.body["amount_received"], 1500);
    assert_eq!(post_form(&sandbox, &path, &[]).await.status, 400);
    let charge = sandbox.statement().charges[0].id.clone();
    let answer = post_form(&sandbox, "/v1/refunds", &[("charge", &charge), ("amount", "1501")]).await;
    assert_eq!(answer.status, 400);
}

/// <https://docs.stripe.com/api/payment_intents/cancel>
#[tokio::test]
async fn a_finished_intent_cannot_be_cancelled() {
    let sandbox = Sandbox::new(config());
    let paid = pay_intent(&sandbox, "pm_card_visa", &[]).await;
    let answer = post_form(&sandbox, &format!("/v1/payment_intents/{}/cancel", paid.id()), &[]).await;
    assert_eq!(answer.error("code"), "payment_intent_unexpected_state");
}

/// <https://docs.stripe.com/api/payment_intents/confirm#confirm_payment_intent-return_url>
#[tokio::test]
async fn methods_that_may_redirect_need_a_return_url() {
    let sandbox = Sandbox::new(config());
    let mut form = INTENT.to_vec();
    form.extend([("confirm", "true"), ("payment_method", "pm_card_visa")]);
    let answer = post_form(&sandbox, "/v1/payment_intents", &form).await;
    assert_eq!(answer.status, 400);
    assert!(answer.error("message").contains("`return_url`"));
    form.extend([
        ("automatic_payment_methods[enabled]", "true"),
        ("automatic_payment_methods[allow_redirects]", "never"),
    ]);
    assert_eq!(post_form(&sandbox, "/v1/payment_intents", &form).await.status, 200);
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

/// <https://docs.stripe.com/api/payment_intents/object#payment_intent_object-confirmation_method>: every attempt is the
/// server's, also the one after the shopper authenticated.
#[tokio::test]
async fn a_manual_confirmation_is_the_servers() {
    let mut config = config();
    config.publishable_key = Some("pk_test_shop".into());
    let sandbox = Sandbox::new(config);
    let mut form = INTENT.to_vec();
    form.extend([("confirmation_method", "manual"), ("payment_method_types[]", "card")]);
    let intent = post_form(&sandbox, "/v1/payment_intents", &form).await;
    let path = format!("/v1/payment_intents/{}/confirm", intent.id());
    let secret = intent.body["client_secret"].as_str().unwrap();
    let method = ("payment_method", "pm_card_authenticationRequired");
    let by_client = with_key(&sandbox, "POST", &path, &[method, ("client_secret", secret)], "pk_test_shop").await;
    assert_eq!(by_client.status, 400, "{}", by_client.text);
    let asked = post_form(&sandbox, &path, &[method]).await;
    assert_eq!(asked.body["status"], "requires_action");
    post_form(&sandbox, &format!("/authenticate/{}", intent.id()), &[("answer", "complete")]).await;
    let waiting = get(&sandbox, &format!("/v1/payment_intents/{}", intent.id())).await;
    assert_eq!(waiting.body["status"], "requires_confirmation");
    assert_eq!(sandbox.statement().charges.len(), 0);
    let paid = post_form(&sandbox, &path, &[]).await;
    assert_eq!(paid.body["status"], "succeeded", "{}", paid.text);
    assert_eq!(sandbox.statement().charges.len(), 1);
}
