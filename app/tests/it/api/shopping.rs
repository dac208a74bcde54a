//! From a cart to a paid order, as an app does it: a guest with a token, a customer who is signed in.

use super::{Answered, Machine};
use crate::support::stripe::{StripeApp, stripe_app};
use reqwest::Method;
use serde_json::{Value, json};
use shop::accounts::Permission::{OrdersRead, OrdersWrite, PaymentsRead};
use shop::testing::TestProduct;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

/// A guest of the API with so many of a product in a cart.
async fn guest_with(app: &StripeApp, product: &TestProduct, quantity: i32) -> Machine {
    let nobody = Machine::nobody(&app.root);
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
    stripe_app(async |app| {
        let plane = app.product("Plane").priced(35_00).stock(3).await;
        let empty = Machine::nobody(&app.root).get("/api/cart").await;
        assert_eq!((empty.status, &empty.body["data"]["lines"]), (200, &json!([])));
        assert!(!empty.headers.contains_key("x-cart-token"), "looking opens no cart");

        let guest = guest_with(app, &plane, 2).await;
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
        let eve = guest_with(app, &plane, 1).await;
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
    stripe_app(async |app| {
        let plane = app.product("Plane").priced(35_00).stock(3).await;
        let guest = guest_with(app, &plane, 2).await;
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
        assert_eq!(app.count("select count(*) from orders").await, 1);

        // whoever has the key or the cart sees it, and nobody else
        let (number, key) = (data["number"].as_str().unwrap(), data["accessKey"].as_str().unwrap());
        let nobody = Machine::nobody(&app.root);
        assert_eq!(nobody.get(&format!("/api/orders/{number}")).await.status, 404);
        let seen = nobody.get(&format!("/api/orders/{number}?key={key}")).await;
        assert_eq!((seen.status, &seen.body["data"]["items"][0]["quantity"]), (200, &json!(2)), "{}", seen.body);
        assert!(seen.body["data"].get("refundable").is_none(), "for staff only");
        assert!(seen.body["data"]["items"][0].get("picture").is_some());
        assert_eq!(guest.get(&format!("/api/orders/{number}")).await.status, 200);
        assert_eq!(nobody.get("/api/orders").await.status, 401);

        app.stripe.pay(&super::session_of(page), Way::Pay).unwrap();
        let late = guest.send(Method::PATCH, &format!("/api/orders/{number}/cancel"), &json!({})).await;
        assert_eq!((late.status, &late.body["code"]), (409, &json!("order_paid")), "{}", late.body);
        let seen = nobody.get(&format!("/api/orders/{number}?key={key}")).await;
        assert_eq!(seen.body["data"]["paymentStatus"], "paid");
    })
    .await;
}

#[tokio::test]
async fn a_customer_orders_for_an_app_and_gives_up() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").priced(8_50).stock(1).await;
        app.customer("ada@example.org").await;
        app.customer("eve@example.org").await;
        let (ada, eve) = (Machine::of(app, "ada@example.org").await, Machine::of(app, "eve@example.org").await);
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
    stripe_app(async |app| {
        let rasp = app.product("Rasp").priced(8_50).stock(1).await;
        let guest = guest_with(app, &rasp, 1).await;
        let down = ApiRule::new(ApiFault::Unavailable);
        app.stripe.set_faults(Faults { api: vec![down], ..Faults::default() });
        let placed = place(&guest, "k", &order()).await;
        assert_eq!(placed.status, 201, "{}", placed.body);
        let data = &placed.body["data"];
        assert!(data["payment"].get("checkoutUrl").is_none() && data["payment"]["problem"].is_string(), "{data}");
        app.stripe.set_faults(Faults::default());
        let page = guest.send(Method::POST, "/api/payments", &json!({ "orderId": data["id"] })).await;
        assert_eq!((page.status, page.body["data"]["checkoutUrl"].is_string()), (201, true), "{}", page.body);
    })
    .await;
}

/// An app whose user goes back and corrects the address: another body under another key is never answered with the old
/// order.
#[tokio::test]
async fn a_corrected_order_is_the_corrected_one() {
    stripe_app(async |app| {
        let plane = app.product("Plane").priced(35_00).stock(3).await;
        let guest = guest_with(app, &plane, 1).await;
        let cart = guest.get("/api/cart").await.body["data"]["id"].clone();
        // a cart and an address are enough: the first method that reaches the country
        let mut body =
            json!({ "cartId": cart, "email": "ada@example.org", "shippingAddress": order()["shippingAddress"] });
        let placed = place(&guest, "k1", &body).await;
        assert_eq!(
            (placed.status, &placed.body["data"]["shippingMethod"]),
            (201, &json!("standard")),
            "{}",
            placed.body
        );
        let old = placed.body["data"]["payment"]["checkoutUrl"].as_str().unwrap().to_owned();

        body["shippingAddress"].as_object_mut().unwrap().remove("line1");
        body["shippingAddress"]["addressLine1"] = "1 Park Row".into();
        body["shippingAddress"]["city"] = "Leeds".into();
        body["shippingMethod"] = "express".into();
        body["paymentMethod"] = "intent".into();
        body["expectedTotal"] = "1.00".into();
        let wrong = place(&guest, "k2", &body).await;
        assert_eq!((wrong.status, &wrong.body["code"]), (409, &json!("total_changed")), "{}", wrong.body);
        body["expectedTotal"] = "44.95".into();
        let corrected = place(&guest, "k3", &body).await;
        let data = &corrected.body["data"];
        assert_eq!((corrected.status, corrected.header("idempotent-replayed")), (201, ""), "{}", corrected.body);
        assert_eq!((&data["number"], &data["orderNumber"]), (&placed.body["data"]["number"], &data["number"]));
        assert_eq!((&data["total"], &data["shippingAddress"]["city"]), (&json!("44.95"), &json!("Leeds")));
        assert_eq!(data["shippingAddress"]["addressLine1"], "1 Park Row");
        assert!(data["payment"]["clientSecret"].is_string() && data["paymentIntentId"].is_string(), "{data}");
        assert!(app.stripe.pay(&super::session_of(&old), Way::Pay).is_err(), "the old page is closed");

        // the same again is the same, under whichever key
        for key in ["k3", "k4"] {
            let again = place(&guest, key, &body).await;
            assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"), "{}", again.body);
            assert_eq!(again.body["data"]["id"], data["id"]);
        }
        // no cart is named, and none is open
        body.as_object_mut().unwrap().remove("cartId");
        let empty = place(&guest, "k5", &body).await;
        assert_eq!((empty.status, &empty.body["code"]), (409, &json!("cart_empty")), "{}", empty.body);
        assert_eq!(app.count("select count(*) from orders").await, 1);
    })
    .await;
}

/// Addresses and note are put right before anything leaves: by the shopper until it is paid, then by staff.
#[tokio::test]
async fn an_order_is_put_right_before_it_leaves() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").priced(8_50).stock(5).await;
        let guest = guest_with(app, &rasp, 1).await;
        let placed = place(&guest, "k", &order()).await;
        let data = &placed.body["data"];
        let path = format!("/api/orders/{}", data["number"].as_str().unwrap());
        let mut address = order()["shippingAddress"].clone();
        address["city"] = "Leeds".into();
        let put = async |who: &Machine, body: Value| who.send(Method::PUT, &path, &body).await;

        let right = put(&guest, json!({ "shippingAddress": address, "note": "Ring twice" })).await;
        assert_eq!(right.status, 200, "{}", right.body);
        let shown = &right.body["data"];
        assert_eq!(
            (&shown["shippingAddress"]["city"], &shown["customerNote"]),
            (&json!("Leeds"), &json!("Ring twice"))
        );
        assert_eq!(shown["billingAddress"]["city"], "London");
        assert_ne!(shown["updatedAt"], Value::Null);
        let nobody = Machine::nobody(&app.root);
        assert_eq!(put(&nobody, json!({ "customerNote": "Mine" })).await.status, 404);
        assert_eq!(put(&guest, json!({ "status": "shipped" })).await.status, 401);
        assert_eq!(put(&guest, json!({})).await.status, 400);
        let mut abroad = address.clone();
        abroad["country"] = "FR".into();
        abroad["postalCode"] = "75001".into();
        let refused = put(&guest, json!({ "shippingAddress": abroad })).await;
        assert_eq!((refused.status, refused.fault("shippingAddress.country").is_empty()), (400, false));

        app.stripe.pay(&super::session_of(data["payment"]["checkoutUrl"].as_str().unwrap()), Way::Pay).unwrap();
        let payment = data["payment"]["paymentId"].as_str().unwrap().parse().unwrap();
        shop::payments::settle(app, payment).await.unwrap();
        address["city"] = "York".into();
        let late = put(&guest, json!({ "shippingAddress": address })).await;
        assert_eq!((late.status, &late.body["code"]), (409, &json!("order_status")), "{}", late.body);
        let robot = super::machine(app, &[OrdersRead, OrdersWrite]).await;
        let right = put(&robot, json!({ "shippingAddress": address, "customerNote": "" })).await;
        assert_eq!(
            (right.status, &right.body["data"]["shippingAddress"]["city"]),
            (200, &json!("York")),
            "{}",
            right.body
        );
        assert_eq!(right.body["data"]["customerNote"], "");
        let told =
            right.body["data"]["timeline"].as_array().unwrap().iter().filter(|row| row["kind"] == "corrected").count();
        assert_eq!(told, 2);
        assert_eq!(app.count("select count(*) from audit_logs where action = 'order.correct'").await, 2);
        assert_eq!(put(&robot, json!({ "status": "shipped" })).await.status, 409, "it is not in preparation");
        put(&robot, json!({ "status": "processing" })).await;
        assert_eq!(put(&robot, json!({ "status": "shipped" })).await.status, 200);
        address["city"] = "Hull".into();
        assert_eq!(put(&robot, json!({ "shippingAddress": address })).await.status, 409);
    })
    .await;
}

#[tokio::test]
async fn shoppers_see_their_own_payments() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").priced(8_50).stock(5).await;
        app.customer("ada@example.org").await;
        app.customer("eve@example.org").await;
        let (ada, eve) = (Machine::of(app, "ada@example.org").await, Machine::of(app, "eve@example.org").await);
        ada.send(Method::POST, "/api/cart/items", &wanted(&rasp, 1)).await;
        let placed = place(&ada, "k", &order()).await;
        let payment = placed.body["data"]["payment"]["paymentId"].as_str().unwrap().to_owned();
        let guest = guest_with(app, &rasp, 1).await;
        let theirs = place(&guest, "k", &order()).await;
        let (their_payment, key) = (
            theirs.body["data"]["payment"]["paymentId"].as_str().unwrap().to_owned(),
            theirs.body["data"]["accessKey"].as_str().unwrap().to_owned(),
        );
        let (one, other) = (format!("/api/payments/{payment}"), format!("/api/payments/{their_payment}"));

        let own = ada.get("/api/payments").await;
        assert_eq!((own.status, &own.body["pagination"]["total"]), (200, &json!(1)), "{}", own.body);
        assert_eq!(own.body["data"][0]["orderNumber"], placed.body["data"]["number"]);
        let shown = ada.get(&one).await;
        assert_eq!((shown.status, &shown.body["data"]["amount"]), (200, &json!("13.45")), "{}", shown.body);
        assert_eq!(eve.get("/api/payments").await.body["pagination"]["total"], 0);
        assert_eq!([eve.get(&one).await.status, eve.get(&other).await.status, ada.get(&other).await.status], [404; 3]);
        let nobody = Machine::nobody(&app.root);
        assert_eq!((nobody.get("/api/payments").await.status, nobody.get(&one).await.status), (401, 404));
        assert_eq!(nobody.get(&format!("{other}?key={key}")).await.status, 200);
        assert_eq!(guest.get(&other).await.status, 200, "by the cart that was ordered");
        let robot = super::machine(app, &[PaymentsRead]).await;
        assert_eq!(robot.get("/api/payments?sort=amount:desc").await.body["pagination"]["total"], 2);
        assert_eq!(robot.get(&one).await.status, 200);
        let other_robot = super::machine(app, &[OrdersRead]).await;
        assert_eq!(other_robot.get(&one).await.status, 403);
        assert_eq!(robot.get("/api/payments?status=nonsense").await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn addresses_are_read_under_both_names_and_shown_under_both() {
    stripe_app(async |app| {
        app.customer("ada@example.org").await;
        let ada = Machine::of(app, "ada@example.org").await;
        let body = json!({
            "type": "SHIPPING", "firstName": "Ada", "lastName": "Byron", "addressLine1": "12 St James's Square",
            "addressLine2": "Second floor", "city": "London", "postalCode": "SW1Y 4JH", "country": "GB",
        });
        let added = ada.send(Method::POST, "/api/users/me/addresses", &body).await;
        let data = &added.body["data"];
        assert_eq!((added.status, &data["type"]), (201, &json!("shipping")), "{}", added.body);
        assert_eq!((&data["line1"], &data["addressLine1"]), (&body["addressLine1"], &body["addressLine1"]));
        assert_eq!((&data["line2"], &data["addressLine2"]), (&body["addressLine2"], &body["addressLine2"]));
        let path = format!("/api/users/me/addresses/{}", data["id"].as_str().unwrap());
        let moved = ada.send(Method::PATCH, &path, &json!({ "addressLine1": "1 Park Row" })).await;
        assert_eq!((moved.status, &moved.body["data"]["line1"]), (200, &json!("1 Park Row")), "{}", moved.body);
        let both =
            ada.send(Method::PATCH, &path, &json!({ "line1": "1 Park Row", "addressLine1": "1 Park Row" })).await;
        assert_eq!(both.status, 200);
        // fails when one of two lines silently wins
        let apart =
            ada.send(Method::PATCH, &path, &json!({ "line1": "2 Park Row", "addressLine1": "3 Park Row" })).await;
        assert_eq!(apart.status, 400, "{}", apart.body);
        apart.fault("addressLine1");
    })
    .await;
}
