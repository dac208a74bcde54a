//! From a cart to a paid order, as an app does it: a guest with a token, a customer who is signed in.

use super::support::till::{Till, till};
use super::{Answered, Machine};
use reqwest::Method;
use serde_json::{Value, json};
use shop::testing::TestProduct;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

/// A guest of the API with so many of a product in a cart.
async fn guest_with(till: &Till, product: &TestProduct, quantity: i32) -> Machine {
    let nobody = Machine::nobody(&till.root);
    let added = nobody.send(Method::POST, "/api/cart/items", &wanted(product, quantity)).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let token = added.header("x-cart-token").to_owned();
    assert_eq!(added.body["data"]["cartToken"], token);
    Machine { proof: Some(("x-cart-token", token)), ..nobody }
}

fn wanted(product: &TestProduct, quantity: i32) -> Value {
    json!({ "variantId": product.variant, "quantity": quantity })
}

fn order() -> Value {
    json!({
        "email": "ada@example.org", "shippingMethod": "standard",
        "shippingAddress": {
            "firstName": "Ada", "lastName": "Byron", "line1": "12 St James's Square", "city": "London",
            "postalCode": "SW1Y 4JH", "country": "GB",
        },
    })
}

async fn place(who: &Machine, key: &str, body: &Value) -> Answered {
    Answered::from(who.request(Method::POST, "/api/orders").header("idempotency-key", key).json(body)).await
}

#[tokio::test]
async fn a_guests_cart_is_filled_changed_and_emptied() {
    till(async |till| {
        let plane = till.product("Plane").priced(35_00).stock(3).await;
        let empty = Machine::nobody(&till.root).get("/api/cart").await;
        assert_eq!((empty.status, &empty.body["data"]["lines"]), (200, &json!([])));
        assert!(!empty.headers.contains_key("x-cart-token"), "looking opens no cart");

        let guest = guest_with(till, &plane, 2).await;
        let cart = &guest.get("/api/cart").await.body["data"];
        assert_eq!(
            (&cart["subtotal"], &cart["currency"], &cart["pieces"]),
            (&json!("70.00"), &json!("GBP"), &json!(2))
        );
        let item = format!("/api/v1/cart/items/{}", cart["lines"][0]["id"].as_str().unwrap());

        let capped = guest.send(Method::POST, "/api/cart/items", &wanted(&plane, 5)).await;
        assert_eq!(capped.body["data"]["notices"][0]["kind"], "capped");
        assert_eq!(capped.body["data"]["pieces"], 3);
        let fewer = guest.send(Method::PATCH, &item, &json!({ "quantity": 1 })).await;
        assert_eq!(fewer.body["data"]["pieces"], 1);

        // nobody else's cart is reached, by whatever name its line is called
        let eve = guest_with(till, &plane, 1).await;
        for (method, body) in [(Method::PATCH, json!({ "quantity": 3 })), (Method::DELETE, json!({}))] {
            assert_eq!(eve.send(method, &item, &body).await.status, 404);
        }
        assert_eq!(guest.get("/api/cart").await.body["data"]["pieces"], 1);
        // and a token that we never gave opens none
        let planted = Machine { proof: Some(("x-cart-token", "planted".into())), ..eve.clone() };
        let given = planted.send(Method::POST, "/api/cart/items", &wanted(&plane, 1)).await;
        assert!(given.header("x-cart-token").len() > 20, "{}", given.body);

        assert_eq!(guest.send(Method::DELETE, &item, &json!({})).await.body["data"]["lines"], json!([]));
        assert_eq!(eve.send(Method::DELETE, "/api/cart", &json!({})).await.body["data"]["pieces"], 0);
        let wrong =
            eve.send(Method::POST, "/api/cart/items", &json!({ "variantId": plane.variant, "quantity": 0 })).await;
        assert_eq!((wrong.status, wrong.fault("quantity").is_empty()), (400, false));
    })
    .await;
}

#[tokio::test]
async fn a_guest_orders_pays_on_stripes_page_and_follows_the_order() {
    till(async |till| {
        let plane = till.product("Plane").priced(35_00).stock(3).await;
        let guest = guest_with(till, &plane, 2).await;
        let quote = guest.get("/api/cart/quote?country=GB&shippingMethod=standard").await;
        let total = quote.body["data"]["totals"]["total"].as_str().unwrap().to_owned();

        let mut body = order();
        body["expectedTotal"] = "1.00".into();
        let differs = place(&guest, "k1", &body).await;
        assert_eq!((differs.status, &differs.body["code"]), (409, &json!("total_changed")), "{}", differs.body);
        assert_eq!(differs.fault("total"), total);

        body["expectedTotal"] = total.clone().into();
        let placed = place(&guest, "k2", &body).await;
        let data = &placed.body["data"];
        assert_eq!(
            (placed.status, &data["status"], &data["total"]),
            (201, &json!("pending"), &json!(total)),
            "{}",
            placed.body
        );
        let page = data["payment"]["checkoutUrl"].as_str().unwrap();
        assert!(page.contains("/pay/cs_"), "{page}");

        // the same again is the same order and the same page; another under that key is refused
        let again = place(&guest, "k2", &body).await;
        assert_eq!((&again.body["data"]["id"], again.header("idempotent-replayed")), (&data["id"], "true"));
        assert_eq!(again.body["data"]["payment"]["checkoutUrl"], page);
        body["note"] = "Ring twice".into();
        assert_eq!(place(&guest, "k2", &body).await.status, 422);
        assert_eq!(till.count("select count(*) from orders").await, 1);

        // whoever has the key or the cart sees it, and nobody else
        let (number, key) = (data["number"].as_str().unwrap(), data["accessKey"].as_str().unwrap());
        let nobody = Machine::nobody(&till.root);
        assert_eq!(nobody.get(&format!("/api/orders/{number}")).await.status, 404);
        let seen = nobody.get(&format!("/api/orders/{number}?key={key}")).await;
        assert_eq!((seen.status, &seen.body["data"]["items"][0]["quantity"]), (200, &json!(2)), "{}", seen.body);
        assert!(seen.body["data"].get("refundable").is_none(), "for staff only");
        assert!(seen.body["data"]["items"][0].get("picture").is_some());
        assert_eq!(guest.get(&format!("/api/orders/{number}")).await.status, 200);
        assert_eq!(nobody.get("/api/orders").await.status, 401);

        till.stripe.pay(&super::session_of(page), Way::Pay).unwrap();
        let late = guest.send(Method::PATCH, &format!("/api/orders/{number}/cancel"), &json!({})).await;
        assert_eq!((late.status, &late.body["code"]), (409, &json!("order_paid")), "{}", late.body);
        let seen = nobody.get(&format!("/api/orders/{number}?key={key}")).await;
        assert_eq!(seen.body["data"]["paymentStatus"], "paid");
    })
    .await;
}

#[tokio::test]
async fn a_customer_orders_for_an_app_and_gives_up() {
    till(async |till| {
        let rasp = till.product("Rasp").priced(8_50).stock(1).await;
        till.customer("ada@example.org").await;
        till.customer("eve@example.org").await;
        let (ada, eve) = (Machine::of(till, "ada@example.org").await, Machine::of(till, "eve@example.org").await);
        assert_eq!(ada.send(Method::POST, "/api/cart/items", &wanted(&rasp, 1)).await.status, 200);
        let mut body = order();
        body["paymentMethod"] = "intent".into();
        let placed = place(&ada, "k", &body).await;
        let data = &placed.body["data"];
        assert!(data["payment"]["clientSecret"].is_string(), "{}", placed.body);
        assert!(data["payment"]["customerSessionClientSecret"].is_string());
        let own = format!("/api/orders/{}", data["number"].as_str().unwrap());

        assert_eq!(ada.get("/api/orders").await.body["pagination"]["total"], 1);
        assert_eq!(eve.get("/api/orders").await.body["pagination"]["total"], 0);
        for (method, path) in
            [(Method::GET, own.clone()), (Method::PATCH, format!("{own}/cancel")), (Method::DELETE, own.clone())]
        {
            assert_eq!(eve.send(method, &path, &json!({})).await.status, 404);
        }
        let to_pay = json!({ "orderId": data["number"] });
        assert_eq!(eve.send(Method::POST, "/api/payments", &to_pay).await.status, 404);
        // now rather on Stripe's page; the intent is closed, and asked again it is the same page
        let page = ada.send(Method::POST, "/api/payments", &to_pay).await;
        assert_eq!(page.status, 201, "{}", page.body);
        assert!(page.body["data"]["checkoutUrl"].as_str().unwrap().contains("/pay/cs_"));
        let again = ada.send(Method::POST, "/api/payments", &to_pay).await;
        assert_eq!(again.body["data"], page.body["data"]);

        let cancelled = ada.send(Method::PATCH, &format!("{own}/cancel"), &json!({})).await;
        assert_eq!(
            (cancelled.status, &cancelled.body["data"]["status"]),
            (200, &json!("cancelled")),
            "{}",
            cancelled.body
        );
        assert_eq!(ada.send(Method::DELETE, &own, &json!({})).await.status, 409);
        assert_eq!(ada.send(Method::POST, "/api/cart/items", &wanted(&rasp, 1)).await.body["data"]["pieces"], 1);
    })
    .await;
}

/// An order is placed whatever becomes of Stripe, and can be paid when it is back.
#[tokio::test]
async fn without_stripe_the_order_stands() {
    till(async |till| {
        let rasp = till.product("Rasp").priced(8_50).stock(1).await;
        let guest = guest_with(till, &rasp, 1).await;
        let down = ApiRule::new(ApiFault::Unavailable);
        till.stripe.set_faults(Faults { api: vec![down], ..Faults::default() });
        let placed = place(&guest, "k", &order()).await;
        assert_eq!(placed.status, 201, "{}", placed.body);
        let data = &placed.body["data"];
        assert!(data["payment"].get("checkoutUrl").is_none() && data["payment"]["problem"].is_string(), "{data}");
        till.stripe.set_faults(Faults::default());
        let page = guest.send(Method::POST, "/api/payments", &json!({ "orderId": data["id"] })).await;
        assert_eq!((page.status, page.body["data"]["checkoutUrl"].is_string()), (201, true), "{}", page.body);
    })
    .await;
}
