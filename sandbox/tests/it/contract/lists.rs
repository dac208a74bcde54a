//! Pages, expanded objects, and search.

use std::time::Duration;

use stripe_sandbox::{Faults, Sandbox};

use crate::support::{INTENT, ask, config, get, pay_intent, post_form};

/// <https://docs.stripe.com/api/pagination>
#[tokio::test]
async fn pages_follow_their_cursors_newest_first() {
    let sandbox = Sandbox::new(config());
    let mut made = Vec::new();
    for _ in 0..5 {
        let intent = post_form(&sandbox, "/v1/payment_intents", INTENT).await;
        made.push(intent.id().to_owned());
    }
    made.reverse();
    let mut seen = Vec::new();
    let mut path = "/v1/payment_intents?limit=2".to_owned();
    loop {
        let page = get(&sandbox, &path).await;
        assert_eq!(page.body["object"], "list");
        for intent in page.body["data"].as_array().unwrap() {
            seen.push(intent["id"].as_str().unwrap().to_owned());
        }
        if page.body["has_more"] == false {
            break;
        }
        path = format!("/v1/payment_intents?limit=2&starting_after={}", seen.last().unwrap());
    }
    assert_eq!(seen, made);
    let before = format!("/v1/payment_intents?limit=2&ending_before={}", made[3]);
    let page = get(&sandbox, &before).await;
    assert_eq!(page.body["data"][0]["id"], made[1].as_str());
    assert_eq!(get(&sandbox, "/v1/payment_intents?limit=101").await.status, 400);
}

/// <https://docs.stripe.com/api/expanding_objects>
#[tokio::test]
async fn fields_are_expanded_or_refused_before_anything_is_done() {
    let sandbox = Sandbox::new(config());
    let intent = pay_intent(&sandbox, "pm_card_visa", &[("expand[]", "latest_charge")]).await;
    assert_eq!(intent.body["latest_charge"]["object"], "charge");
    let list = get(&sandbox, "/v1/charges?expand[]=data.payment_intent").await;
    assert_eq!(list.body["data"][0]["payment_intent"]["object"], "payment_intent");
    let answer = pay_intent(&sandbox, "pm_card_visa", &[("expand[]", "colour")]).await;
    assert_eq!(answer.error("message"), "This property cannot be expanded (colour).");
    assert_eq!(sandbox.statement().charges.len(), 1);
}

/// <https://docs.stripe.com/search#search-query-language>
#[tokio::test]
async fn intents_are_searched_by_metadata_and_status() {
    let sandbox = Sandbox::new(config());
    for order in ["17", "18"] {
        pay_intent(&sandbox, "pm_card_visa", &[("metadata[order_id]", order)]).await;
    }
    for (query, count) in [
        ("metadata['order_id']:'17'", 1),
        ("metadata['order_id']:'17' AND status:'succeeded'", 1),
        ("metadata['order_id']:'17' OR metadata['order_id']:'18'", 2),
        ("-metadata['order_id']:'17'", 1),
        ("amount>1999 AND currency:'usd'", 2),
        ("status:'canceled'", 0),
    ] {
        let form = [("query", query)];
        let found = ask(&sandbox, "GET", "/v1/payment_intents/search", &form, &[]).await;
        assert_eq!(found.body["object"], "search_result", "{}", found.text);
        assert_eq!(found.body["data"].as_array().unwrap().len(), count, "{query}");
    }
    let form = [("query", "colour:'red'")];
    let answer = ask(&sandbox, "GET", "/v1/payment_intents/search", &form, &[]).await;
    assert_eq!(answer.status, 400);
}

/// <https://docs.stripe.com/search#data-freshness>: what was just made is not found yet; it is for nothing that must
/// see its own writes.
#[tokio::test]
async fn search_lags_behind_if_told_to() {
    let sandbox = Sandbox::new(config());
    sandbox.set_faults(Faults { search_lag_ms: 60_000, ..Faults::default() });
    let mut form = INTENT.to_vec();
    form.push(("metadata[order_id]", "17"));
    post_form(&sandbox, "/v1/payment_intents", &form).await;
    let found = async || {
        let path = "/v1/payment_intents/search?query=metadata%5B%27order_id%27%5D%3A%2717%27";
        get(&sandbox, path).await.body["data"].as_array().unwrap().len()
    };
    assert_eq!(found().await, 0);
    sandbox.advance(Duration::from_secs(61));
    assert_eq!(found().await, 1);
}
