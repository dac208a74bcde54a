//! Events, and who asks for them.

use std::time::Duration;
use stripe_sandbox::Sandbox;

use crate::support::{config, get, pay_intent, post_form};

/// <https://docs.stripe.com/api/events/list>: up to twenty kinds, or one; and thirty days back.
#[tokio::test]
async fn events_are_listed_by_kind_and_for_thirty_days() {
    let sandbox = Sandbox::new(config());
    pay_intent(&sandbox, "pm_card_visa", &[]).await;
    let two = "/v1/events?types[]=charge.succeeded&types[]=payment_intent.succeeded";
    assert_eq!(get(&sandbox, two).await.body["data"].as_array().unwrap().len(), 2);
    assert_eq!(get(&sandbox, &format!("{two}&type=charge.succeeded")).await.status, 400);
    let many: String = (0..21).map(|_| "types[]=charge.succeeded&").collect();
    assert_eq!(get(&sandbox, &format!("/v1/events?{many}")).await.status, 400);
    sandbox.advance(Duration::from_secs(31 * 24 * 60 * 60));
    let recent = get(&sandbox, two).await;
    assert_eq!(recent.body["data"].as_array().unwrap().len(), 0);
}

/// <https://docs.stripe.com/api/webhook_endpoints/create#create_webhook_endpoint-enabled_events>
#[tokio::test]
async fn an_endpoint_asks_for_events_that_exist() {
    let sandbox = Sandbox::new(config());
    for (events, status) in [("*", 200), ("refund.created", 200), ("refund.*", 400), ("hammer.dropped", 400)] {
        let form = [("url", "http://shop.test/hook"), ("enabled_events[]", events)];
        assert_eq!(post_form(&sandbox, "/v1/webhook_endpoints", &form).await.status, status, "{events}");
    }
}
