//! An app gets what it needs to pay a guest's order.

use super::Answered;
use super::support::till::{PUBLISHABLE_KEY, Till, till};
use serde_json::{Value, json};

async fn asks(till: &Till, body: &Value) -> Answered {
    let client = reqwest::Client::new();
    Answered::from(client.post(format!("{}/api/stripe/create-payment-intent", till.root)).json(body)).await
}

/// Fails without the key in `orders::find_own`.
#[tokio::test]
async fn the_orders_key_opens_the_payment_and_nothing_else_does() {
    till(async |till| {
        let placed = till.order_of(&till.product("Rasp").await, 1).await;
        let other = till.order_of(&till.product("Vice").await, 1).await;
        let wanted = json!({ "orderId": placed.number, "key": placed.access_key });
        for key in ["x", &other.access_key, &placed.access_key[1..]] {
            assert_eq!(asks(till, &json!({ "orderId": placed.number, "key": key })).await.status, 404);
        }
        assert_eq!(asks(till, &json!({ "orderId": placed.number })).await.status, 400);
        assert_eq!(till.stripe.ledger().intents.len(), 0);

        let begun = asks(till, &wanted).await;
        let data = &begun.body["data"];
        assert_eq!((begun.status, &data["publishableKey"]), (200, &json!(PUBLISHABLE_KEY)), "{}", begun.body);
        assert_eq!(begun.header("cache-control"), "no-store");
        assert!(data["clientSecret"].as_str().unwrap().starts_with(data["paymentIntentId"].as_str().unwrap()));
        assert_eq!(&asks(till, &wanted).await.body["data"], data, "asked again, the same");
        assert_eq!(till.stripe.ledger().intents.len(), 1);

        shop::orders::cancel_own(till, &till.guest(), &placed.number, Some(&placed.access_key)).await.unwrap();
        let over = asks(till, &wanted).await;
        assert_eq!((over.status, over.body["message"].as_str()), (409, Some("This order was cancelled")));
    })
    .await;
}
