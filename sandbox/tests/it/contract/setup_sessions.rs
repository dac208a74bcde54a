//! Checkout Sessions that keep a card and take no money. <https://docs.stripe.com/payments/save-and-reuse>

use std::time::Duration;

use stripe_sandbox::{Sandbox, Way};

use crate::support::{Answer, config, get, post_form};

const KEEPING: &[(&str, &str)] = &[
    ("mode", "setup"),
    ("currency", "gbp"),
    ("success_url", "http://shop.test/account/cards?session={CHECKOUT_SESSION_ID}"),
    ("cancel_url", "http://shop.test/account/cards"),
];

async fn keeping(sandbox: &Sandbox, customer: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = KEEPING.to_vec();
    form.push(("customer", customer));
    form.extend_from_slice(more);
    post_form(sandbox, "/v1/checkout/sessions", &form).await
}

async fn customer(sandbox: &Sandbox) -> String {
    post_form(sandbox, "/v1/customers", &[]).await.id().to_owned()
}

async fn kept(sandbox: &Sandbox, customer: &str) -> Vec<serde_json::Value> {
    let list = get(sandbox, &format!("/v1/customers/{customer}/payment_methods")).await;
    list.body["data"].as_array().expect("a list").clone()
}

/// <https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-mode>: no amount, no payment, a
/// SetupIntent from the start.
#[tokio::test]
async fn it_has_a_setup_intent_and_no_amount() {
    let sandbox = Sandbox::new(config());
    let ada = customer(&sandbox).await;
    let session = keeping(&sandbox, &ada, &[]).await;
    assert_eq!(session.status, 200, "{}", session.text);
    assert_eq!(session.body["mode"], "setup");
    assert_eq!(session.body["payment_status"], "no_payment_required");
    for nothing in ["amount_total", "amount_subtotal", "payment_intent"] {
        assert!(session.body[nothing].is_null(), "{nothing}");
    }
    let setup = session.body["setup_intent"].as_str().expect("a setup intent").to_owned();
    assert_eq!(get(&sandbox, &format!("/v1/setup_intents/{setup}")).await.body["status"], "requires_payment_method");
    // it is confirmed on its page, and ends with the session
    for act in ["confirm", "cancel"] {
        let form: &[_] = if act == "confirm" { &[("payment_method", "pm_card_visa")] } else { &[] };
        assert_eq!(post_form(&sandbox, &format!("/v1/setup_intents/{setup}/{act}"), form).await.status, 400, "{act}");
    }
    sandbox.advance(Duration::from_secs(24 * 60 * 60 + 1));
    assert_eq!(get(&sandbox, &format!("/v1/setup_intents/{setup}")).await.body["status"], "canceled");
}

/// <https://docs.stripe.com/payments/save-and-reuse#checkout>: which methods are offered follows from the currency,
/// unless they are named; what belongs to a payment is refused.
#[tokio::test]
async fn it_wants_a_currency_or_kinds_of_methods_and_nothing_of_a_payment() {
    let sandbox = Sandbox::new(config());
    let ada = customer(&sandbox).await;
    let mut form: Vec<_> = KEEPING.iter().copied().filter(|(name, _)| *name != "currency").collect();
    form.push(("customer", &ada));
    let answer = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
    assert_eq!((answer.status, answer.error("param")), (400, "currency"));
    form.push(("payment_method_types[]", "card"));
    assert_eq!(post_form(&sandbox, "/v1/checkout/sessions", &form).await.status, 200);
    for (name, value) in [
        ("line_items[0][quantity]", "1"),
        ("payment_intent_data[description]", "x"),
        ("saved_payment_method_options[payment_method_save]", "enabled"),
        ("setup_intent_data[colour]", "red"),
    ] {
        let answer = keeping(&sandbox, &ada, &[(name, value)]).await;
        assert_eq!(answer.status, 400, "{name}");
    }
    assert_eq!(keeping(&sandbox, "cus_nobody", &[]).await.error("code"), "resource_missing");
}

/// <https://docs.stripe.com/api/payment_methods/object#payment_method_object-allow_redisplay>
#[tokio::test]
async fn a_kept_card_belongs_to_the_customer_and_says_who_may_see_it_again() {
    for (more, redisplay) in
        [(&[][..], "limited"), (&[("payment_method_data[allow_redisplay]", "always")][..], "always")]
    {
        let sandbox = Sandbox::new(config());
        let ada = customer(&sandbox).await;
        let session = keeping(&sandbox, &ada, more).await;
        sandbox.pay(session.id(), Way::Pay).unwrap();
        let session = get(&sandbox, &format!("/v1/checkout/sessions/{}?expand[]=setup_intent", session.id())).await;
        assert_eq!(session.body["status"], "complete");
        assert_eq!(session.body["setup_intent"]["status"], "succeeded");
        let cards = kept(&sandbox, &ada).await;
        assert_eq!(cards[0]["id"], session.body["setup_intent"]["payment_method"]);
        assert_eq!(cards[0]["allow_redisplay"], redisplay);
        let events = get(&sandbox, "/v1/events?type=checkout.session.completed").await;
        assert_eq!(events.body["data"][0]["data"]["object"]["mode"], "setup");
        assert_eq!(sandbox.statement().charges.len(), 0);
    }
}

/// The page has every way out, and never a card field.
#[tokio::test]
async fn the_page_refuses_asks_and_leads_back() {
    let sandbox = Sandbox::new(config());
    let ada = customer(&sandbox).await;
    let session = keeping(&sandbox, &ada, &[]).await;
    let path = format!("/pay/{}", session.id());
    let page = get(&sandbox, &path).await;
    assert!(page.text.contains("Keep a card with Ironmonger") && !page.text.contains("<input"), "{}", page.text);
    post_form(&sandbox, &path, &[("way", "decline")]).await;
    assert!(get(&sandbox, &path).await.text.contains("Your card was declined."));
    assert!(kept(&sandbox, &ada).await.is_empty());
    let bank = post_form(&sandbox, &path, &[("way", "needs_authentication")]).await;
    let bank = bank.header("location").unwrap().to_owned();
    assert!(bank.starts_with("/authenticate/seti_"), "{bank}");
    let failed = post_form(&sandbox, &bank, &[("answer", "fail")]).await;
    assert_eq!(failed.header("location").unwrap(), path);
    post_form(&sandbox, &path, &[("way", "needs_authentication")]).await;
    let back = post_form(&sandbox, &bank, &[("answer", "complete")]).await;
    assert_eq!(back.header("location").unwrap(), format!("http://shop.test/account/cards?session={}", session.id()));
    assert_eq!(kept(&sandbox, &ada).await.len(), 1);
    assert!(get(&sandbox, &path).await.text.contains("The card is kept"));
}
