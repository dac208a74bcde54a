//! The hosted payment page, as a browser without script meets it.

use serde_json::json;
use stripe_sandbox::{Sandbox, Way};

use crate::support::{HAMMERS, ask, config, get, hammers, post_form};

#[tokio::test]
async fn the_page_shows_what_is_bought_and_has_every_way_out() {
    let sandbox = Sandbox::new(config());
    let id = hammers(&sandbox).await;
    let page = get(&sandbox, &format!("/pay/{id}")).await;
    assert_eq!(page.status, 200);
    for text in [
        "Test payments. No money moves.",
        "Claw hammer",
        "2 × $18.50",
        "$37.00",
        "ada@example.com",
        "value=\"pay\"",
        "value=\"decline\"",
        "value=\"insufficient_funds\"",
        "value=\"needs_authentication\"",
        "value=\"pay_later\"",
        "value=\"fail_later\"",
        "href=\"http://shop.test/checkout\"",
    ] {
        assert!(page.text.contains(text), "{text}");
    }
    // No card field, nothing to type, no script.
    assert!(!page.text.contains("<input"));
    assert!(!page.text.contains("<script"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'"));
    // Browsers hold this against the redirect back to the shop, too.
    assert!(policy.contains("form-action 'self' http://shop.test"), "{policy}");
}

#[tokio::test]
async fn paying_leads_back_to_the_shop() {
    let sandbox = Sandbox::new(config());
    let id = hammers(&sandbox).await;
    let path = format!("/pay/{id}");
    let back = post_form(&sandbox, &path, &[("way", "pay")]).await;
    assert_eq!(back.status, 303);
    let success = format!("http://shop.test/orders/17?session={id}");
    assert_eq!(back.header("location"), Some(success.as_str()));
    // A second press, in another tab, pays nothing more.
    let again = post_form(&sandbox, &path, &[("way", "pay")]).await;
    assert_eq!(again.header("location"), Some(success.as_str()));
    assert_eq!(sandbox.statement().charges.len(), 1);
    let page = get(&sandbox, &path).await;
    assert!(page.text.contains("This payment is complete"));
}

#[tokio::test]
async fn a_refused_card_is_told_in_words_and_can_be_tried_again() {
    let sandbox = Sandbox::new(config());
    let id = hammers(&sandbox).await;
    let path = format!("/pay/{id}");
    let back = post_form(&sandbox, &path, &[("way", "insufficient_funds")]).await;
    assert_eq!(back.header("location"), Some(path.as_str()));
    let page = get(&sandbox, &path).await;
    assert!(page.text.contains("Your card has insufficient funds."), "{}", page.text);
    assert!(page.text.contains("role=\"alert\""));
    post_form(&sandbox, &path, &[("way", "pay")]).await;
    let statement = sandbox.statement();
    assert_eq!(statement.sessions[0].payment_status, "paid");
    assert_eq!(statement.intents.len(), 1);
    let statuses: Vec<_> = statement.charges.iter().map(|charge| charge.status).collect();
    assert_eq!(statuses, ["failed", "succeeded"]);
}

#[tokio::test]
async fn authentication_is_a_page_of_its_own() {
    for (answer, status) in [("complete", "paid"), ("fail", "unpaid")] {
        let sandbox = Sandbox::new(config());
        let id = hammers(&sandbox).await;
        let path = format!("/pay/{id}");
        let bank = post_form(&sandbox, &path, &[("way", "needs_authentication")]).await;
        let bank = bank.header("location").unwrap().to_owned();
        assert!(bank.starts_with("/authenticate/pi_"));
        assert!(get(&sandbox, &bank).await.text.contains("$37.00"));
        let back = post_form(&sandbox, &bank, &[("answer", answer)]).await;
        let to_shop = back.header("location").unwrap().starts_with("http://shop.test/");
        assert_eq!(to_shop, answer == "complete");
        assert_eq!(sandbox.statement().sessions[0].payment_status, status);
        if answer == "fail" {
            assert!(get(&sandbox, &path).await.text.contains("failed authentication"));
        }
    }
}

#[tokio::test]
async fn an_expired_or_unknown_page_says_so() {
    let sandbox = Sandbox::new(config());
    let id = hammers(&sandbox).await;
    sandbox.expire(&id).unwrap();
    let page = get(&sandbox, &format!("/pay/{id}")).await;
    assert_eq!(page.status, 410);
    assert!(page.text.contains("No money was taken"));
    assert_eq!(get(&sandbox, "/pay/cs_test_none").await.status, 404);
}

#[tokio::test]
async fn what_the_shop_sends_is_shown_as_text() {
    let sandbox = Sandbox::new(config());
    let mut form = HAMMERS.to_vec();
    form[4].1 = "<script>alert(1)</script>";
    let session = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
    let page = get(&sandbox, &format!("/pay/{}", session.id())).await;
    assert!(page.text.contains("&lt;script&gt;"));
    assert!(!page.text.contains("<script"));
}

#[tokio::test]
async fn a_signed_in_shopper_keeps_a_card_and_pays_with_it() {
    let sandbox = Sandbox::new(config());
    let customer = post_form(&sandbox, "/v1/customers", &[]).await;
    let mut form: Vec<_> = HAMMERS.iter().copied().filter(|(name, _)| *name != "customer_email").collect();
    form.push(("customer", customer.id()));
    form.push(("saved_payment_method_options[payment_method_save]", "enabled"));
    let first = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
    let path = format!("/pay/{}", first.id());
    assert!(get(&sandbox, &path).await.text.contains("Keep this card"));
    post_form(&sandbox, &path, &[("way", "pay"), ("keep", "yes")]).await;

    let second = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
    let path = format!("/pay/{}", second.id());
    let page = get(&sandbox, &path).await;
    assert!(page.text.contains("visa ending in 4242"));
    let at = page.text.find("value=\"pm_").unwrap() + 7;
    let saved = page.text[at..].split('"').next().unwrap().to_owned();
    post_form(&sandbox, &path, &[("saved", &saved)]).await;
    assert_eq!(sandbox.statement().sessions[1].payment_status, "paid");

    // Somebody else's session does not take it.
    let other = hammers(&sandbox).await;
    post_form(&sandbox, &format!("/pay/{other}"), &[("saved", &saved)]).await;
    assert_eq!(sandbox.statement().sessions[2].payment_status, "unpaid");
}

#[tokio::test]
async fn tests_in_another_process_press_the_buttons_by_control_route() {
    let sandbox = Sandbox::new(config());
    let id = hammers(&sandbox).await;
    let path = format!("/_sandbox/sessions/{id}");
    assert_eq!(ask(&sandbox, "POST", &format!("{path}/decline"), &[], &[]).await.status, 409);
    assert_eq!(ask(&sandbox, "POST", &format!("{path}/pay"), &[], &[]).await.status, 204);
    assert_eq!(ask(&sandbox, "POST", &format!("{path}/dance"), &[], &[]).await.status, 404);
    let statement = get(&sandbox, "/_sandbox/ledger").await;
    assert_eq!(statement.body["sessions"][0]["payment_status"], "paid");
    assert_eq!(statement.body["sessions"][0]["metadata"], json!({ "order_id": "17" }));
    assert_eq!(statement.body["charges"][1]["amount_captured"], 3700);
    let charge = statement.body["charges"][1]["id"].as_str().unwrap();
    let path = format!("/_sandbox/charges/{charge}/refund?amount=500");
    assert_eq!(ask(&sandbox, "POST", &path, &[], &[]).await.status, 204);
    assert_eq!(sandbox.statement().refunds[0].amount, 500);
    assert!(sandbox.pay(&id, Way::Pay).is_err());
}
