//! Refunds and disputed charges.

use std::time::Duration;
use stripe_sandbox::Sandbox;

use crate::support::{config, get, pay_intent, post_form};

/// <https://docs.stripe.com/api/refunds/create>
#[tokio::test]
async fn refunds_never_exceed_the_charge() {
    let sandbox = Sandbox::new(config());
    let intent = pay_intent(&sandbox, "pm_card_visa", &[]).await;
    let refund = |amount: &'static str| {
        let sandbox = sandbox.clone();
        let id = intent.id().to_owned();
        async move {
            let form = [("payment_intent", id.as_str()), ("amount", amount)];
            post_form(&sandbox, "/v1/refunds", &form).await
        }
    };
    assert_eq!(refund("1200").await.status, 200);
    assert_eq!(refund("801").await.status, 400);
    assert_eq!(refund("800").await.status, 200);
    let answer = refund("1").await;
    assert_eq!(answer.error("code"), "charge_already_refunded");
    assert_eq!(sandbox.statement().charges[0].amount_refunded, 2000);
}

/// <https://docs.stripe.com/testing#refunds>
#[tokio::test]
async fn a_refund_may_be_pending_or_fail_afterwards() {
    let sandbox = Sandbox::new(config());
    for (method, at_once, later, kind) in [
        ("pm_card_pendingRefund", "pending", "succeeded", "refund.updated"),
        ("pm_card_refundFail", "succeeded", "failed", "refund.failed"),
    ] {
        let intent = pay_intent(&sandbox, method, &[]).await;
        let form = [("payment_intent", intent.id())];
        let refund = post_form(&sandbox, "/v1/refunds", &form).await;
        assert_eq!(refund.body["status"], at_once);
        sandbox.advance(Duration::from_secs(30));
        let refund = get(&sandbox, &format!("/v1/refunds/{}", refund.id())).await;
        assert_eq!(refund.body["status"], later);
        let events = get(&sandbox, &format!("/v1/events?type={kind}")).await;
        assert_eq!(events.body["data"][0]["data"]["object"]["id"], refund.id());
    }
    // The money of the failed one is the merchant's again.
    assert_eq!(sandbox.statement().charges[1].amount_refunded, 0);
}

/// <https://docs.stripe.com/error-codes#charge-disputed> and <https://docs.stripe.com/testing#disputes>
#[tokio::test]
async fn a_disputed_charge_is_not_refunded() {
    let sandbox = Sandbox::new(config());
    let intent = pay_intent(&sandbox, "pm_card_createDispute", &[]).await;
    let answer = post_form(&sandbox, "/v1/refunds", &[("payment_intent", intent.id())]).await;
    assert_eq!(answer.error("code"), "charge_disputed");
    let disputes = get(&sandbox, "/v1/disputes").await;
    let dispute = disputes.body["data"][0]["id"].as_str().unwrap();
    let form = [("evidence[uncategorized_text]", "winning_evidence")];
    let won = post_form(&sandbox, &format!("/v1/disputes/{dispute}"), &form).await;
    assert_eq!(won.body["status"], "won");
    let answer = post_form(&sandbox, &format!("/v1/disputes/{dispute}/close"), &[]).await;
    assert_eq!(answer.status, 400);
}
