//! An app gets what it needs to pay a guest's order.

use super::{Answered, Machine};
use crate::support::stripe::{StripeApp, stripe_app};
use reqwest::Method;
use serde_json::{Value, json};
use shop::testing::stripe::PUBLISHABLE_KEY;

async fn asks(app: &StripeApp, body: &Value) -> Answered {
    let client = reqwest::Client::new();
    Answered::from(client.post(format!("{}/api/stripe/create-payment-intent", app.root)).json(body)).await
}

/// Fails without the key in `orders::find_own`.
#[tokio::test]
async fn the_orders_key_opens_the_payment_and_nothing_else_does() {
    stripe_app(async |app| {
        let placed = app.order_of(&app.product("Rasp").await, 1).await;
        let other = app.order_of(&app.product("Vice").await, 1).await;
        let wanted = json!({ "orderId": placed.number, "key": placed.access_key });
        for key in ["x", &other.access_key, &placed.access_key[1..]] {
            assert_eq!(asks(app, &json!({ "orderId": placed.number, "key": key })).await.status, 404);
        }
        assert_eq!(asks(app, &json!({ "orderId": placed.number })).await.status, 404);
        assert_eq!(app.stripe.statement().intents.len(), 0);

        let begun = asks(app, &wanted).await;
        let data = &begun.body["data"];
        assert_eq!((begun.status, &data["publishableKey"]), (200, &json!(PUBLISHABLE_KEY)), "{}", begun.body);
        assert_eq!(begun.header("cache-control"), "no-store");
        assert!(data["clientSecret"].as_str().unwrap().starts_with(data["paymentIntentId"].as_str().unwrap()));
        assert_eq!(&asks(app, &wanted).await.body["data"], data, "asked again, the same");
        assert_eq!(app.stripe.statement().intents.len(), 1);

        shop::orders::cancel_own(app, &app.guest(), &placed.number, Some(&placed.access_key)).await.unwrap();
        let over = asks(app, &wanted).await;
        assert_eq!((over.status, over.body["message"].as_str()), (409, Some("This order was cancelled")));
    })
    .await;
}

/// Fails without the payer in `create_intent`, and without `orders::find_own`.
#[tokio::test]
async fn a_customer_pays_with_kept_cards() {
    stripe_app(async |app| {
        let ada = app.customer("ada@example.org").await;
        let visitor = app.with_in_cart(app.visitor_of(&ada), app.product("Rasp").await.variant, 1).await;
        let number = app.placed(&visitor).await.number;
        app.customer("eve@example.org").await;
        let wanted = json!({ "orderId": number, "saveCard": true });
        let ask = async |who: &Machine| who.send(Method::POST, "/api/v1/stripe/create-payment-intent", &wanted).await;

        let eve = Machine::of(app, "eve@example.org").await;
        assert_eq!((ask(&eve).await.status, app.stripe.statement().intents.len()), (404, 0));

        let phone = Machine::of(app, "ada@example.org").await;
        let begun = ask(&phone).await;
        let data = &begun.body["data"];
        assert_eq!((begun.status, &data["publishableKey"]), (200, &json!(PUBLISHABLE_KEY)), "{}", begun.body);
        assert!(data["clientSecret"].as_str().unwrap().starts_with(data["paymentIntentId"].as_str().unwrap()));
        assert!(data["customer"].as_str().unwrap().starts_with("cus_"), "{data}");
        assert!(data["customerSessionClientSecret"].as_str().is_some_and(|secret| !secret.is_empty()));
        let again = ask(&phone).await;
        assert_eq!(again.body["data"]["paymentIntentId"], data["paymentIntentId"]);
        let intents = app.stripe.statement().intents;
        assert_eq!((intents.len(), intents[0].customer.as_deref()), (1, data["customer"].as_str()));
    })
    .await;
}

/// Whoever is signed in with a token that is no more is told so, and pays for nothing as somebody else.
#[tokio::test]
async fn a_token_that_is_over_is_refused_where_none_is_needed_too() {
    stripe_app(async |app| {
        let placed = app.order_of(&app.product("Rasp").await, 1).await;
        let wanted = json!({ "orderId": placed.number, "key": placed.access_key });
        let ada = app.customer("ada@example.org").await;
        let phone = Machine::of(app, "ada@example.org").await;
        shop::accounts::devices::end_others(app, &ada).await.unwrap();
        let refused = phone.send(Method::POST, "/api/stripe/create-payment-intent", &wanted).await;
        assert_eq!((refused.status, app.stripe.statement().intents.len()), (401, 0), "{}", refused.body);
    })
    .await;
}
