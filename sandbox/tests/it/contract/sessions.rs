//! Checkout Sessions that take money.

use std::time::Duration;
use stripe_sandbox::{Sandbox, Way};

use crate::support::{HAMMERS, config, get, hammers, post_form};

/// <https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at>
#[tokio::test]
async fn a_session_lives_between_half_an_hour_and_a_day() {
    let sandbox = Sandbox::new(config());
    let id = hammers(&sandbox).await;
    let session = get(&sandbox, &format!("/v1/checkout/sessions/{id}")).await;
    let created = session.body["created"].as_i64().unwrap();
    assert_eq!(session.body["expires_at"].as_i64().unwrap() - created, 24 * 60 * 60);
    for (seconds, status) in [(29 * 60, 400), (31 * 60, 200), (25 * 60 * 60, 400)] {
        let at = (created + seconds).to_string();
        let mut form = HAMMERS.to_vec();
        form.push(("expires_at", &at));
        let answer = post_form(&sandbox, "/v1/checkout/sessions", &form).await;
        assert_eq!(answer.status, status, "{seconds}");
    }
}

/// <https://docs.stripe.com/api/checkout/sessions/expire>
#[tokio::test]
async fn only_an_open_session_is_expired_and_time_expires_it_too() {
    let sandbox = Sandbox::new(config());
    let paid = hammers(&sandbox).await;
    sandbox.pay(&paid, Way::Pay).unwrap();
    let answer = post_form(&sandbox, &format!("/v1/checkout/sessions/{paid}/expire"), &[]).await;
    assert_eq!(answer.status, 400);
    let left = hammers(&sandbox).await;
    sandbox.advance(Duration::from_secs(24 * 60 * 60 + 1));
    let session = get(&sandbox, &format!("/v1/checkout/sessions/{left}")).await;
    assert_eq!(session.body["status"], "expired");
    assert!(sandbox.pay(&left, Way::Pay).is_err());
    let events = get(&sandbox, "/v1/events?type=checkout.session.expired").await;
    assert_eq!(events.body["data"].as_array().unwrap().len(), 1);
}

/// <https://docs.stripe.com/payments/checkout/fulfill-orders#delayed-notification>
#[tokio::test]
async fn a_delayed_payment_completes_first_and_is_paid_later() {
    for (way, succeeds, kind, status) in [
        (Way::PayLater, true, "checkout.session.async_payment_succeeded", "paid"),
        (Way::FailLater, false, "checkout.session.async_payment_failed", "unpaid"),
    ] {
        let sandbox = Sandbox::new(config());
        let id = hammers(&sandbox).await;
        sandbox.pay(&id, way).unwrap();
        let path = format!("/v1/checkout/sessions/{id}?expand[]=payment_intent");
        let session = get(&sandbox, &path).await;
        assert_eq!(session.body["status"], "complete");
        assert_eq!(session.body["payment_status"], "unpaid");
        assert_eq!(session.body["payment_intent"]["status"], "processing");
        sandbox.settle(&id, succeeds).unwrap();
        assert_eq!(get(&sandbox, &path).await.body["payment_status"], status);
        let events = get(&sandbox, &format!("/v1/events?type={kind}")).await;
        assert_eq!(events.body["data"].as_array().unwrap().len(), 1);
    }
}

/// <https://docs.stripe.com/payments/checkout/fulfill-orders#create-payment-event-handler>: by
/// itself, after the time that the sandbox is set to.
#[tokio::test]
async fn a_delayed_payment_arrives_by_itself() {
    let sandbox = Sandbox::new(config());
    let id = hammers(&sandbox).await;
    sandbox.pay(&id, Way::PayLater).unwrap();
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(sandbox.statement().sessions[0].payment_status, "paid");
}

/// <https://docs.stripe.com/api/payment_intents/cancel>
#[tokio::test]
async fn the_intent_of_an_open_session_is_not_cancelled_by_itself() {
    let sandbox = Sandbox::new(config());
    let id = hammers(&sandbox).await;
    sandbox.pay(&id, Way::Decline).unwrap_err();
    let intent = sandbox.statement().intents[0].id.clone();
    let answer = post_form(&sandbox, &format!("/v1/payment_intents/{intent}/cancel"), &[]).await;
    assert_eq!(answer.status, 400);
    sandbox.expire(&id).unwrap();
    assert_eq!(sandbox.statement().intents[0].status, "canceled");
}

/// <https://docs.stripe.com/api/checkout/sessions/line_items>
#[tokio::test]
async fn line_items_are_listed_apart() {
    let sandbox = Sandbox::new(config());
    let id = hammers(&sandbox).await;
    let items = get(&sandbox, &format!("/v1/checkout/sessions/{id}/line_items")).await;
    assert_eq!(items.body["data"][0]["amount_total"], 3700);
    assert_eq!(items.body["data"][0]["price"]["unit_amount"], 1850);
}
