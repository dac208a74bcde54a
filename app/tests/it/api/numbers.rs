//! Numbers as they are written, through every door of the API; and totals that can be charged.

use super::{Answered, Machine, machine, sold};
use crate::support::stripe::{StripeApp, stripe_app, stripe_app_in};
use reqwest::Method;
use serde_json::{Value, json};
use shop::Currency;
use shop::accounts::Permission::{
    CatalogRead, CatalogWrite, InventoryRead, InventoryWrite, OrdersRefund, SettingsRead, SettingsWrite,
};
use shop::testing::TestProduct;

fn named(price: Value) -> Value {
    json!({ "name": "Anvil", "price": price })
}

/// Fails when separators are thrown away: `1.200,00` is sold for 1.20 then.
#[tokio::test]
async fn a_price_is_what_it_says() {
    stripe_app(async |app| {
        let clerk = machine(app, &[CatalogRead, CatalogWrite]).await;
        for (sent, price) in [
            (json!("1.200,00"), "1200.00"),
            (json!("12.500,00"), "12500.00"),
            (json!("1 299,50"), "1299.50"),
            (json!("1,000"), "1000.00"),
            (json!("1.000"), "1.00"),
            (json!(12.5), "12.50"),
            (json!(1e3), "1000.00"),
            (json!(1.0), "1.00"),
            (json!(1200), "1200.00"),
        ] {
            let made = clerk.send(Method::POST, "/api/products", &named(sent.clone())).await;
            assert_eq!(made.status, 201, "{sent}: {}", made.body);
            assert_eq!(made.body["data"]["price"], price, "{sent}");
        }
        for (sent, why) in [
            (json!("0,125"), "reads as 0.125, but GBP has two decimals"),
            (json!("1,2345"), "reads as 1.2345, but GBP has two decimals"),
            (json!(1.2345), "reads as 1.2345, but GBP has two decimals"),
            (json!("1e3"), "must be an amount such as 49.99; “1e3” is not a number"),
            (json!("€5"), "names another currency than GBP"),
        ] {
            let refused = clerk.send(Method::POST, "/api/products", &named(sent.clone())).await;
            assert_eq!((refused.status, refused.fault("price")), (400, why), "{sent}");
        }
        let weighed = json!({ "name": "Anvil", "price": "5", "weightGrams": "12,5" });
        let refused = clerk.send(Method::POST, "/api/products", &weighed).await;
        assert_eq!(refused.fault("weightGrams"), "reads as 12.5, which is not a whole number");
    })
    .await;
}

#[tokio::test]
async fn pieces_are_whole() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").stock(100).await;
        let clerk = machine(app, &[InventoryRead, InventoryWrite]).await;
        let path = format!("/api/inventory/{}", rasp.variant);
        let adjusted = |field: &'static str, typed: &'static str| {
            let (clerk, path) = (clerk.clone(), format!("{path}/adjust"));
            async move { clerk.send(Method::POST, &path, &json!({ field: typed, "reason": "Counted" })).await }
        };
        for (field, typed) in [("change", "+1,5"), ("change", "1,5"), ("counted", "3,5,7"), ("counted", "1 0")] {
            let refused = adjusted(field, typed).await;
            assert_eq!((refused.status, refused.fault(field).is_empty()), (400, false), "{typed}");
        }
        assert_eq!(adjusted("change", "+1,5").await.fault("change"), "reads as 1.5, which is not a whole number");
        assert_eq!(adjusted("change", "+1,500").await.status, 200);
        assert_eq!(app.count("select on_hand::bigint from stock_levels").await, 1_600);

        let nobody = Machine::nobody(&app.root);
        for typed in [json!("1,5"), json!("1 0"), json!(1.5), json!("1e1")] {
            let wanted = json!({ "variantId": rasp.variant, "quantity": typed });
            let refused = nobody.send(Method::POST, "/api/cart/items", &wanted).await;
            assert_eq!((refused.status, refused.fault("quantity").is_empty()), (400, false), "{typed}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_refund_and_a_setting_are_what_they_say() {
    stripe_app(async |app| {
        let number = sold(app).await;
        let robot = machine(app, &[OrdersRefund, SettingsRead, SettingsWrite]).await;
        let refused = robot.refund(&number, "a", &json!({ "amount": "1.200,00" })).await;
        assert_eq!(refused.fault("amount"), "is more than the £78.50 that is left");
        let given = robot.refund(&number, "b", &json!({ "amount": "1,20" })).await;
        assert_eq!(given.body["data"]["amount"], "1.20");

        let rates = json!({ "defaultTaxRate": "9,975", "taxRates": [{ "country": "US", "rate": 8.875 }] });
        let saved = robot.send(Method::PATCH, "/api/settings", &rates).await;
        assert_eq!(saved.status, 200, "{}", saved.body);
        let data = &saved.body["data"];
        assert_eq!((&data["defaultTaxRate"], &data["taxRates"][0]["rate"]), (&json!("9.975"), &json!("8.875")));
    })
    .await;
}

/// A guest with so many in the cart.
async fn guest_with(app: &StripeApp, product: &TestProduct, quantity: i32) -> Machine {
    let nobody = Machine::nobody(&app.root);
    let wanted = json!({ "variantId": product.variant, "quantity": quantity });
    let added = nobody.send(Method::POST, "/api/cart/items", &wanted).await;
    Machine { proof: Some(("x-cart-token", added.header("x-cart-token").to_owned())), ..nobody }
}

/// Orders what is in the cart, to be collected.
async fn collected(who: &Machine, key: &str, method: &str) -> Answered {
    let order = json!({
        "email": "ada@example.org", "shippingMethod": "collect", "paymentMethod": method,
        "shippingAddress": {
            "firstName": "Ada", "lastName": "Byron", "line1": "12 St James's Square", "city": "London",
            "postalCode": "SW1Y 4JH", "country": "GB",
        },
    });
    Answered::from(who.request(Method::POST, "/api/orders").header("idempotency-key", key).json(&order)).await
}

#[tokio::test]
async fn what_cannot_be_charged_is_not_ordered() {
    stripe_app(async |app| {
        for (price, code, field, bound) in
            [(20, "total_too_small", "least", "0.30"), (100_000_000, "total_too_large", "most", "999999.99")]
        {
            let guest = guest_with(app, &app.product("Washer").priced(price).await, 1).await;
            let refused = collected(&guest, &format!("k{price}"), "").await;
            assert_eq!((refused.status, &refused.body["code"]), (409, &json!(code)), "{}", refused.body);
            assert_eq!(refused.fault(field), bound);
            assert_eq!(guest.get("/api/cart").await.body["data"]["pieces"], 1, "the cart is as it was");
        }
        assert_eq!(app.count("select count(*) from orders").await, 0);
    })
    .await;
}

/// By either way to pay: there is nothing to pay with, and the order is paid.
#[tokio::test]
async fn an_order_of_nothing_is_paid_at_once() {
    stripe_app(async |app| {
        for method in ["checkout", "intent"] {
            let guest = guest_with(app, &app.product("Sample").priced(0).await, 1).await;
            let placed = collected(&guest, method, method).await;
            let data = &placed.body["data"];
            assert_eq!((placed.status, &data["paymentStatus"]), (201, &json!("paid")), "{}", placed.body);
            assert_eq!(
                (&data["status"], &data["total"], &data["taxRate"]),
                (&json!("paid"), &json!("0.00"), &json!("20"))
            );
            for way in ["checkoutUrl", "clientSecret", "problem"] {
                assert!(data["payment"].get(way).is_none(), "{way}: {}", data["payment"]);
            }
        }
        app.work().await;
        assert_eq!(app.mails("Your order"), 2);
        assert!(app.stripe.statement().sessions.is_empty());
    })
    .await;
}

#[tokio::test]
async fn three_decimals_come_in_steps_of_ten() {
    stripe_app_in(Currency::KWD, async |app| {
        let clerk = machine(app, &[CatalogRead, CatalogWrite]).await;
        let refused = clerk.send(Method::POST, "/api/products", &named(json!("1.234"))).await;
        assert_eq!(refused.fault("price"), "must be a multiple of 0.010, such as 1.230 or 1.240");
        for (sent, price) in [(json!("0,500"), "0.500"), (json!("1.230"), "1.230"), (json!(1.23), "1.230")] {
            let made = clerk.send(Method::POST, "/api/products", &named(sent.clone())).await;
            assert_eq!(made.body["data"]["price"], price, "{sent}: {}", made.body);
        }
        let two = clerk.send(Method::POST, "/api/products", &named(json!("1,500"))).await;
        assert_eq!(two.fault("price"), "can mean KD 1.500 or KD 1,500.000: write 1.500 or 1500.000");

        let guest = guest_with(app, &app.product("Plane").priced(1_230).await, 3).await;
        let placed = collected(&guest, "k", "").await;
        let page = placed.body["data"]["payment"]["checkoutUrl"].as_str().unwrap_or_default();
        assert!(page.contains("/pay/cs_"), "{}", placed.body);
    })
    .await;
}
