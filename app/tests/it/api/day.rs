//! The day of an app, over HTTP and nothing else: it looks round, fills a cart, makes an account, orders, pays with the
//! card in the app, follows the order, stays signed in, and signs out.

use super::{Answered, Machine};
use crate::support::stripe::{StripeApp, stripe_app};
use reqwest::Method;
use serde_json::{Value, json};
use shop::testing::PASSWORD;

/// What Stripe's software in the app does when the shopper presses the button: with the publishable key only.
async fn confirms(app: &StripeApp, intent: &Value, card: &str) -> Value {
    let id = intent["paymentIntentId"].as_str().unwrap();
    let form = [
        ("client_secret", intent["clientSecret"].as_str().unwrap()),
        ("payment_method", card),
        ("return_url", "https://app.example/paid"),
    ];
    let request =
        reqwest::Client::new().post(app.stripe.api.join(&format!("/v1/payment_intents/{id}/confirm")).unwrap());
    let request = request.bearer_auth(intent["publishableKey"].as_str().unwrap()).form(&form);
    Answered::from(request).await.body
}

#[tokio::test]
async fn an_app_lives_through_a_day() {
    stripe_app(async |app| {
        app.webhooks_arrive();
        let plane = app.product("Jack plane").priced(35_00).stock(5).await;
        let rasp = app.product("Rasp").priced(8_50).stock(5).await;
        let post = Method::POST;

        // looks round as nobody
        let phone = Machine::nobody(&app.root);
        let list = phone.get("/api/v1/products?search=plane").await;
        assert_eq!(list.body["pagination"]["total"], 1, "{}", list.body);
        let slug = list.body["data"][0]["slug"].as_str().unwrap().to_owned();
        let product = phone.get(&format!("/api/v1/products/{slug}")).await;
        let variant = product.body["data"]["variants"][0]["id"].clone();
        assert_eq!(variant, json!(plane.variant));

        // fills a guest's cart
        let added = phone.send(post.clone(), "/api/v1/cart/items", &json!({ "variantId": variant })).await;
        let guest = Machine { proof: Some(("x-cart-token", added.header("x-cart-token").to_owned())), ..phone.clone() };
        guest.send(post.clone(), "/api/v1/cart/items", &json!({ "variantId": rasp.variant, "quantity": 2 })).await;

        // makes an account, and finds the cart in it
        let account =
            json!({ "email": "ada@example.org", "password": PASSWORD, "firstName": "Ada", "lastName": "Byron" });
        let registered = guest.send(post.clone(), "/api/v1/auth/register", &account).await;
        assert_eq!(registered.status, 202, "{}", registered.body);
        shop::worker::run_pending(app).await.unwrap();
        let mail = app.mailer.kept().pop().unwrap();
        let token: String =
            mail.text.split("token=").nth(1).unwrap().chars().take_while(char::is_ascii_hexdigit).collect();
        let confirmed = guest.send(post.clone(), "/api/v1/auth/verify-email", &json!({ "token": token })).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.body);
        let proof = json!({ "email": "ada@example.org", "password": PASSWORD, "device": "Ada’s phone" });
        let mut tokens = guest.send(post.clone(), "/api/v1/auth/login", &proof).await.body["data"].clone();
        let as_ada = |tokens: &Value| Machine::bearing(&app.root, tokens["accessToken"].as_str().unwrap());
        let ada = as_ada(&tokens);
        assert_eq!(ada.get("/api/v1/cart").await.body["data"]["pieces"], 3);
        assert_eq!(guest.get("/api/v1/cart").await.body["data"]["pieces"], 0, "the guest's is no more");

        // an address, a quote, the order
        let address = json!({
            "firstName": "Ada", "lastName": "Byron", "line1": "12 St James's Square", "city": "London",
            "postalCode": "SW1Y 4JH", "country": "GB",
        });
        let saved = ada.send(post.clone(), "/api/v1/users/me/addresses", &address).await;
        assert_eq!(saved.status, 201, "{}", saved.body);
        let quote = ada.get("/api/v1/cart/quote?country=GB").await;
        let total = quote.body["data"]["totals"]["total"].clone();
        let order = json!({
            "shippingAddressId": saved.body["data"]["id"], "expectedTotal": total, "paymentMethod": "intent",
        });
        let place = async |who: &Machine| {
            let request = who.request(Method::POST, "/api/v1/orders").header("idempotency-key", "today");
            Answered::from(request.json(&order)).await
        };
        let placed = place(&ada).await;
        assert_eq!((placed.status, &placed.body["data"]["total"]), (201, &total), "{}", placed.body);
        let number = placed.body["data"]["number"].as_str().unwrap().to_owned();
        assert_eq!(place(&ada).await.body["data"]["number"], number, "sent again, for the answer was slow");

        // the first card is declined, the second one pays
        let intent = placed.body["data"]["payment"].clone();
        let declined = confirms(app, &intent, "pm_card_visa_chargeDeclined").await;
        assert_eq!(declined["error"]["code"], "card_declined", "{declined}");
        assert_eq!(confirms(app, &intent, "pm_card_visa").await["status"], "succeeded");

        // follows the order: Stripe's news came by itself
        let own = format!("/api/v1/orders/{number}");
        for _ in 0..200 {
            app.work().await;
            if ada.get(&own).await.body["data"]["paymentStatus"] == "paid" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        let paid = ada.get(&own).await;
        assert_eq!(
            (&paid.body["data"]["status"], &paid.body["data"]["paymentStatus"]),
            (&json!("paid"), &json!("paid"))
        );
        assert_eq!(ada.get("/api/v1/orders").await.body["pagination"]["total"], 1);
        // the access token is over meanwhile; the app refreshes it and goes on
        app.clock.advance(chrono::TimeDelta::minutes(16));
        assert_eq!(ada.get("/api/v1/users/me").await.status, 401);
        let refresh = json!({ "refreshToken": tokens["refreshToken"] });
        let refreshed = phone.send(post.clone(), "/api/v1/auth/refresh", &refresh).await;
        assert_eq!(refreshed.status, 200, "{}", refreshed.body);
        tokens = refreshed.body["data"].clone();
        let ada = as_ada(&tokens);

        let late = ada.send(Method::PATCH, &format!("{own}/cancel"), &json!({})).await;
        assert_eq!((late.status, &late.body["code"]), (409, &json!("order_status")), "{}", late.body);

        // sees the device, and signs out
        let devices = ada.get("/api/v1/auth/sessions").await;
        assert_eq!(devices.body["data"][0]["device"], "Ada’s phone", "{}", devices.body);
        let out =
            ada.send(post.clone(), "/api/v1/auth/logout", &json!({ "refreshToken": tokens["refreshToken"] })).await;
        assert!(matches!(out.status, 200 | 204), "{}", out.body);
        assert_eq!(ada.get("/api/v1/users/me").await.status, 401);
        let gone = json!({ "refreshToken": tokens["refreshToken"] });
        assert_eq!(phone.send(post, "/api/v1/auth/refresh", &gone).await.status, 401);

        let statement = app.stripe.statement();
        assert_eq!(statement.charges.iter().filter(|charge| charge.status == "succeeded").count(), 1, "one payment");
    })
    .await;
}
