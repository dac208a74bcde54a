//! Webhooks: signed, sent again, and every way for them to go wrong.

use std::collections::HashMap;

use stripe_sandbox::{Faults, Forgery, Sandbox, Way, WebhookFaults};
use stripe_webhook::Webhook;

use crate::support::{self, Receiver, SECRET, config, hammers, post_form, receiver};

async fn start(webhooks: WebhookFaults) -> (Sandbox, Receiver) {
    let (receiver, url) = receiver().await;
    let mut config = config();
    config.webhook_url = Some(url);
    config.faults = Faults { webhooks, ..Faults::default() };
    (Sandbox::new(config), receiver)
}

async fn pay(sandbox: &Sandbox) {
    let session = hammers(sandbox).await;
    sandbox.pay(&session, Way::Pay).unwrap();
}

/// <https://docs.stripe.com/webhooks#retries>
#[tokio::test]
async fn an_event_that_is_not_accepted_comes_again() {
    let (sandbox, receiver) = start(WebhookFaults::default()).await;
    receiver.answers.lock().unwrap().extend([500, 302]);
    post_form(&sandbox, "/v1/customers", &[]).await;
    let all = receiver.wait(|all| all.len() == 3).await;
    assert!(all.iter().all(|one| one.body.contains("customer.created") && one.believed()));
    receiver.wait(|_| sandbox.deliveries().len() == 3).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(receiver.all().len(), 3);
    let statuses: Vec<_> = sandbox.deliveries().iter().map(|one| one.status).collect();
    assert_eq!(statuses, [Some(302), Some(500), Some(200)]);
}

/// <https://docs.stripe.com/webhooks#roll-endpoint-secrets>
#[tokio::test]
async fn while_a_secret_is_rolled_both_sign() {
    let (sandbox, receiver) = start(WebhookFaults::default()).await;
    sandbox.roll_webhook_secret("whsec_new");
    post_form(&sandbox, "/v1/customers", &[]).await;
    let one = receiver.wait_for("customer.created").await;
    assert_eq!(one.signature.matches("v1=").count(), 2);
    for secret in [SECRET, "whsec_new"] {
        Webhook::construct_event(&one.body, &one.signature, secret).unwrap();
    }
}

/// <https://docs.stripe.com/api/webhook_endpoints/create>
#[tokio::test]
async fn endpoints_are_made_by_api_and_get_what_they_asked_for() {
    let (receiver, url) = receiver().await;
    let sandbox = Sandbox::new(config());
    let form = [("url", url.as_str()), ("enabled_events[]", "payment_intent.succeeded")];
    let endpoint = post_form(&sandbox, "/v1/webhook_endpoints", &form).await;
    let secret = endpoint.body["secret"].as_str().unwrap().to_owned();
    pay(&sandbox).await;
    let one = receiver.wait_for("payment_intent.succeeded").await;
    Webhook::construct_event(&one.body, &one.signature, &secret).unwrap();
    assert_eq!(receiver.kinds(), ["payment_intent.succeeded"]);
    let path = format!("/v1/webhook_endpoints/{}", endpoint.id());
    assert!(support::get(&sandbox, &path).await.body["secret"].is_null());
    assert_eq!(support::ask(&sandbox, "DELETE", &path, &[], &[]).await.body["deleted"], true);
    pay(&sandbox).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(receiver.all().len(), 1);
}

#[tokio::test]
async fn repeated_and_shuffled_events_all_come() {
    let faults = WebhookFaults { repeat: 100, shuffle: 100, shuffle_within_ms: 200, ..Default::default() };
    let (sandbox, receiver) = start(faults).await;
    pay(&sandbox).await;
    let all = receiver
        .wait(|all| {
            let mut times: HashMap<&str, u32> = HashMap::new();
            for one in all {
                *times.entry(one.body.as_str()).or_default() += 1;
            }
            let kinds: Vec<String> = all.iter().map(support::Received::kind).collect();
            kinds.contains(&"checkout.session.completed".to_owned())
                && kinds.contains(&"payment_intent.created".to_owned())
                && all.len() >= 8
        })
        .await;
    assert!(all.iter().all(support::Received::believed));
}

#[tokio::test]
async fn dropped_events_stand_in_the_list_of_events() {
    let (sandbox, receiver) = start(WebhookFaults { drop: 100, ..Default::default() }).await;
    pay(&sandbox).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(receiver.all().is_empty());
    let events = support::get(&sandbox, "/v1/events?delivery_success=false").await;
    // the asynchronous capture may have ended, or not yet
    assert!(events.body["data"].as_array().unwrap().len() >= 4);
}

#[tokio::test]
async fn a_webhook_can_come_before_the_api_answers() {
    let (sandbox, receiver) = start(WebhookFaults { before_answer: true, ..Default::default() }).await;
    post_form(&sandbox, "/v1/customers", &[]).await;
    assert_eq!(receiver.kinds(), ["customer.created"]);
}

/// The client refuses each forgery but the one of the other mode, which is rightly signed and which
/// the shop itself must refuse; the genuine event comes beside it.
#[tokio::test]
async fn forged_events_come_beside_the_genuine() {
    for forgery in Forgery::ALL {
        let faults = WebhookFaults { forge: 100, forgeries: vec![forgery], ..Default::default() };
        let (sandbox, receiver) = start(faults).await;
        post_form(&sandbox, "/v1/customers", &[]).await;
        let all = receiver.wait(|all| all.len() == 2).await;
        let believed: Vec<bool> = all.iter().map(support::Received::believed).collect();
        assert_eq!(believed, [forgery == Forgery::OtherMode, true], "{forgery:?}");
        assert_eq!(all[0].body.contains("\"livemode\":true"), forgery == Forgery::OtherMode);
        // noted down when the receiver's answer is in, a moment after it got the event
        receiver.wait(|_| sandbox.deliveries().len() == 2).await;
        let deliveries = sandbox.deliveries();
        assert_eq!(deliveries[0].forgery, Some(forgery));
        assert_eq!(deliveries[1].forgery, None);
    }
}
