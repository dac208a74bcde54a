//! What Stripe documents of money after it was taken: the balance, holds, inquiries and disputes.

use std::time::Duration;

use crate::support::{Answer, config, get, pay_intent, post_form};
use serde_json::Value;
use stripe_sandbox::Sandbox;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn charge(sandbox: &Sandbox, method: &str, more: &[(&str, &str)]) -> Answer {
    let intent = pay_intent(sandbox, method, more).await;
    let id = intent.body["latest_charge"].as_str().expect("a charge").to_owned();
    get(sandbox, &format!("/v1/charges/{id}?expand[]=balance_transaction")).await
}

async fn kinds(sandbox: &Sandbox) -> Vec<String> {
    let events = get(sandbox, "/v1/events?limit=100").await;
    let events = events.body["data"].as_array().expect("events").clone();
    events.iter().rev().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
}

/// <https://docs.stripe.com/api/balance_transactions/object>
#[tokio::test]
async fn a_charge_shows_what_stripe_keeps() {
    let sandbox = Sandbox::new(config());
    let charge = charge(&sandbox, "pm_card_visa", &[("capture_method", "automatic")]).await;
    let entry = &charge.body["balance_transaction"];
    assert_eq!(
        (entry["amount"].as_i64(), entry["fee"].as_i64(), entry["net"].as_i64()),
        (Some(2000), Some(88), Some(1912))
    );
    assert_eq!((&entry["type"], &entry["status"]), (&"charge".into(), &"pending".into()));
    assert_eq!(entry["fee_details"][0]["type"], "stripe_fee");
    assert_eq!(entry["source"], charge.id());
    sandbox.advance(DAY * 3);
    let id = entry["id"].as_str().unwrap();
    assert_eq!(get(&sandbox, &format!("/v1/balance_transactions/{id}")).await.body["status"], "available");
    assert_eq!(get(&sandbox, "/v1/balance").await.body["available"][0]["amount"], 1912);
}

/// <https://docs.stripe.com/payments/payment-intents/asynchronous-capture>: the default, and the entry comes later.
#[tokio::test]
async fn asynchronous_capture_leaves_the_entry_for_later() {
    let sandbox = Sandbox::new(config());
    let early = charge(&sandbox, "pm_card_visa", &[]).await;
    assert_eq!((&early.body["captured"], &early.body["balance_transaction"]), (&true.into(), &Value::Null));
    sandbox.advance(SECOND);
    let later = get(&sandbox, &format!("/v1/charges/{}?expand[]=balance_transaction", early.id())).await;
    assert_eq!(later.body["balance_transaction"]["net"], 1912);
    assert_eq!(kinds(&sandbox).await.last().map(String::as_str), Some("charge.updated"));
}

/// <https://docs.stripe.com/refunds>: what Stripe kept of the charge does not come back with a refund.
#[tokio::test]
async fn a_refund_gives_back_the_amount_and_not_the_fee() {
    let sandbox = Sandbox::new(config());
    let charge = charge(&sandbox, "pm_card_visa", &[("capture_method", "automatic")]).await;
    let form = [("charge", charge.id()), ("expand[]", "balance_transaction")];
    let refund = post_form(&sandbox, "/v1/refunds", &form).await;
    let entry = &refund.body["balance_transaction"];
    assert_eq!((entry["amount"].as_i64(), entry["fee"].as_i64()), (Some(-2000), Some(0)), "{}", refund.text);
    let sum: i64 = sandbox.statement().entries.iter().map(|entry| entry.amount - entry.fee).sum();
    assert_eq!(sum, -88);
    let list = get(&sandbox, "/v1/balance_transactions?type=refund").await;
    assert_eq!(list.body["data"].as_array().unwrap().len(), 1);
}

/// <https://docs.stripe.com/refunds#failed-refunds>
#[tokio::test]
async fn a_failed_refund_comes_back_to_the_balance() {
    let sandbox = Sandbox::new(config());
    let charge = charge(&sandbox, "pm_card_refundFail", &[("capture_method", "automatic")]).await;
    let refund = post_form(&sandbox, "/v1/refunds", &[("charge", charge.id())]).await;
    sandbox.settle_refund(refund.id(), false).unwrap();
    let refund = get(&sandbox, &format!("/v1/refunds/{}", refund.id())).await;
    assert!(refund.body["failure_balance_transaction"].as_str().unwrap().starts_with("txn_"));
    let kinds: Vec<_> = sandbox.statement().entries.iter().map(|entry| (entry.kind, entry.amount)).collect();
    assert_eq!(kinds, [("charge", 2000), ("refund", -2000), ("refund_failure", 2000)]);
}

/// <https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>: seven days, then the intent is over.
#[tokio::test]
async fn a_hold_that_nobody_captures_lapses() {
    let sandbox = Sandbox::new(config());
    let held =
        pay_intent(&sandbox, "pm_card_visa", &[("capture_method", "manual"), ("expand[]", "latest_charge")]).await;
    let charge = &held.body["latest_charge"];
    let until = charge["payment_method_details"]["card"]["capture_before"].as_i64().unwrap();
    assert_eq!(until - charge["created"].as_i64().unwrap(), 7 * 24 * 60 * 60);
    assert_eq!(charge["balance_transaction"], Value::Null);
    sandbox.advance(DAY * 7 + SECOND);
    let intent = get(&sandbox, &format!("/v1/payment_intents/{}", held.id())).await;
    assert_eq!((&intent.body["status"], &intent.body["cancellation_reason"]), (&"canceled".into(), &"expired".into()));
    let kinds = kinds(&sandbox).await;
    assert!(kinds.contains(&"charge.expired".to_owned()) && kinds.contains(&"payment_intent.canceled".to_owned()));
    assert!(sandbox.statement().entries.is_empty());
    let late = post_form(&sandbox, &format!("/v1/payment_intents/{}/capture", held.id()), &[]).await;
    assert_eq!(late.error("code"), "payment_intent_unexpected_state");
}

/// The same page: only part of what is held is taken, once, unless the account may capture several times.
#[tokio::test]
async fn part_of_a_hold_reaches_the_balance_once() {
    let sandbox = Sandbox::new(config());
    let held = pay_intent(&sandbox, "pm_card_visa", &[("capture_method", "manual")]).await;
    let path = format!("/v1/payment_intents/{}/capture", held.id());
    let several = [("amount_to_capture", "500"), ("final_capture", "false")];
    assert_eq!(post_form(&sandbox, &path, &several).await.status, 400);
    post_form(&sandbox, &path, &[("amount_to_capture", "500")]).await;
    sandbox.advance(DAY * 8);
    let entries: Vec<_> = sandbox.statement().entries.iter().map(|entry| (entry.kind, entry.amount)).collect();
    assert_eq!(entries, [("charge", 500)]);
}

/// <https://docs.stripe.com/disputes/how-disputes-work> and <https://docs.stripe.com/testing#disputes>
#[tokio::test]
async fn a_dispute_takes_the_amount_and_a_fee_and_winning_gives_the_amount_back() {
    for (evidence, status, sum) in
        [("winning_evidence", "won", 2000 - 88 - 1500), ("losing_evidence", "lost", -88 - 1500)]
    {
        let sandbox = Sandbox::new(config());
        let charge = charge(&sandbox, "pm_card_createDispute", &[("capture_method", "automatic")]).await;
        assert_eq!(charge.body["disputed"], true);
        let dispute = sandbox.statement().disputes[0].clone();
        assert_eq!((dispute.status, dispute.amount), ("needs_response", 2000));
        let form = [("evidence[uncategorized_text]", evidence)];
        let decided = post_form(&sandbox, &format!("/v1/disputes/{}", dispute.id), &form).await;
        assert_eq!(decided.body["status"], status);
        let entries = decided.body["balance_transactions"].as_array().unwrap().len();
        assert_eq!(entries, if status == "won" { 2 } else { 1 });
        let total: i64 = sandbox.statement().entries.iter().map(|entry| entry.amount - entry.fee).sum();
        assert_eq!(total, sum);
        let kinds = kinds(&sandbox).await;
        let back = kinds.contains(&"charge.dispute.funds_reinstated".to_owned());
        assert_eq!(back, status == "won");
    }
}

/// <https://docs.stripe.com/disputes/how-disputes-work#inquiries> and <https://docs.stripe.com/testing#disputes>
#[tokio::test]
async fn an_inquiry_takes_no_money_unless_it_escalates() {
    let sandbox = Sandbox::new(config());
    let first = charge(&sandbox, "pm_card_createDisputeInquiry", &[("capture_method", "automatic")]).await;
    let inquiry = sandbox.statement().disputes[0].clone();
    assert_eq!(inquiry.status, "warning_needs_response");
    assert_eq!(sandbox.statement().entries.len(), 1, "only the charge's own");
    let path = format!("/v1/disputes/{}", inquiry.id);
    assert_eq!(get(&sandbox, &path).await.body["is_charge_refundable"], true);
    assert_eq!(post_form(&sandbox, "/v1/refunds", &[("charge", first.id()), ("amount", "100")]).await.status, 200);
    let escalated = post_form(&sandbox, &path, &[("evidence[uncategorized_text]", "escalate_inquiry_evidence")]).await;
    assert_eq!(escalated.body["status"], "needs_response", "{}", escalated.text);
    let refused = post_form(&sandbox, "/v1/refunds", &[("charge", first.id())]).await;
    assert_eq!(refused.error("code"), "charge_disputed");

    let second = charge(&sandbox, "pm_card_createDisputeInquiry", &[]).await;
    let inquiry = sandbox.statement().disputes[1].clone();
    assert_eq!(inquiry.charge, second.id());
    let closed = post_form(&sandbox, &format!("/v1/disputes/{}/close", inquiry.id), &[]).await;
    assert_eq!(closed.body["status"], "warning_closed");
}

/// <https://docs.stripe.com/search#query-fields-for-charges> and …#query-fields-for-customers
#[tokio::test]
async fn charges_and_customers_are_searched() {
    let sandbox = Sandbox::new(config());
    pay_intent(&sandbox, "pm_card_visa", &[("metadata[order_id]", "17")]).await;
    post_form(&sandbox, "/v1/customers", &[("email", "ada@example.com")]).await;
    for (path, query, count) in [
        ("charges", "metadata[\"order_id\"]:\"17\" AND refunded:\"false\"", 1),
        ("charges", "status:'failed'", 0),
        ("customers", "email:'ada@example.com'", 1),
        ("customers", "email~'example'", 1),
    ] {
        let found = crate::support::ask(&sandbox, "GET", &format!("/v1/{path}/search"), &[("query", query)], &[]).await;
        assert_eq!(found.body["data"].as_array().map(Vec::len), Some(count), "{query}: {}", found.text);
    }
}
