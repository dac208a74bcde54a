//! An app gets what it needs to pay a guest's order.

use super::support::till::{PUBLISHABLE_KEY, Till, till};
use super::{Answered, Machine};
use reqwest::Method;
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
        assert_eq!(asks(till, &json!({ "orderId": placed.number })).await.status, 404);
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

/// Fails without the payer in `create_intent`, and without `orders::find_own`.
#[tokio::test]
async fn a_customer_pays_with_kept_cards() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        let visitor = till.with_in_cart(till.visitor_of(&ada), till.product("Rasp").await.variant, 1).await;
        let number = till.placed(&visitor).await.number;
        till.customer("eve@example.org").await;
        let wanted = json!({ "orderId": number, "saveCard": true });
        let ask = async |who: &Machine| who.send(Method::POST, "/api/v1/stripe/create-payment-intent", &wanted).await;

        let eve = Machine::of(till, "eve@example.org").await;
        assert_eq!((ask(&eve).await.status, till.stripe.ledger().intents.len()), (404, 0));

        let app = Machine::of(till, "ada@example.org").await;
        let begun = ask(&app).await;
        let data = &begun.body["data"];
        assert_eq!((begun.status, &data["publishableKey"]), (200, &json!(PUBLISHABLE_KEY)), "{}", begun.body);
        assert!(data["clientSecret"].as_str().unwrap().starts_with(data["paymentIntentId"].as_str().unwrap()));
        assert!(data["customer"].as_str().unwrap().starts_with("cus_"), "{data}");
        assert!(data["customerSessionClientSecret"].as_str().is_some_and(|secret| !secret.is_empty()));
        let again = ask(&app).await;
        assert_eq!(again.body["data"]["paymentIntentId"], data["paymentIntentId"]);
        let intents = till.stripe.ledger().intents;
        assert_eq!((intents.len(), intents[0].customer.as_deref()), (1, data["customer"].as_str()));
    })
    .await;
}

/// Whoever is signed in with a token that is no more is told so, and pays for nothing as somebody else.
#[tokio::test]
async fn a_token_that_is_over_is_refused_where_none_is_needed_too() {
    till(async |till| {
        let placed = till.order_of(&till.product("Rasp").await, 1).await;
        let wanted = json!({ "orderId": placed.number, "key": placed.access_key });
        let ada = till.customer("ada@example.org").await;
        let app = Machine::of(till, "ada@example.org").await;
        shop::accounts::devices::end_others(till, &ada).await.unwrap();
        let refused = app.send(Method::POST, "/api/stripe/create-payment-intent", &wanted).await;
        assert_eq!((refused.status, till.stripe.ledger().intents.len()), (401, 0), "{}", refused.body);
    })
    .await;
}
