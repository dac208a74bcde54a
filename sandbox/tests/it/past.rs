//! A sandbox that starts anew is told what an earlier one took.

use stripe_sandbox::{PastPayment, PastRefund};

use crate::support::{config, get, post_form, receiver};

#[tokio::test]
async fn what_was_paid_yesterday_can_be_refunded_today() {
    let (_receiver, url) = receiver().await;
    let mut config = config();
    config.webhook_url = Some(url);
    let sandbox = stripe_sandbox::Sandbox::new(config);
    let part = PastRefund { amount: 500, metadata: vec![("refund_id".into(), "r-1".into())] };
    let past = PastPayment { intent: "pi_past".into(), amount: 2000, currency: "gbp".into(), refunds: vec![part] };
    let wrong =
        PastPayment { intent: "pi_wrong".into(), currency: "beans".into(), refunds: Vec::new(), ..past.clone() };
    for _ in 0..2 {
        sandbox.remember(&[past.clone(), wrong.clone()]);
    }
    let intent = get(&sandbox, "/v1/payment_intents/pi_past").await;
    assert_eq!(
        (intent.body["status"].as_str(), intent.body["amount_received"].as_i64()),
        (Some("succeeded"), Some(2000))
    );
    let refunds = get(&sandbox, "/v1/refunds?payment_intent=pi_past").await;
    assert_eq!(refunds.body["data"][0]["metadata"]["refund_id"], "r-1");

    let form = |amount| [("payment_intent", "pi_past"), ("amount", amount)];
    assert_eq!(post_form(&sandbox, "/v1/refunds", &form("1501")).await.status, 400);
    assert!(sandbox.deliveries().is_empty(), "no webhook tells of the past");
    assert_eq!(post_form(&sandbox, "/v1/refunds", &form("1500")).await.status, 200);
    let statement = sandbox.statement();
    assert_eq!(statement.charges.len(), 1);
    assert_eq!((statement.charges[0].amount_refunded, statement.refunds.len()), (2000, 2));
}
