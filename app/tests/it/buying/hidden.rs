//! A category above a product is hidden: no door shows the product, and none sells it.

use super::*;
use serde_json::{Value, json};
use shop::accounts::Permission::{CatalogRead, CatalogWrite};
use shop::catalog;
use shop::worker;

async fn asked(app: &StripeApp, method: reqwest::Method, path: &str, token: &str, body: &Value) -> (u16, Value) {
    let request = reqwest::Client::new().request(method, format!("{}{path}", app.root)).header("x-cart-token", token);
    let answer = request.json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Fails when `variants_named` looks at the product's own category only, and when the cart has a definition of its own.
#[tokio::test]
async fn what_lies_below_a_hidden_category_is_sold_at_no_door() {
    stripe_app(async |app| {
        let tools = app.category("Tools").await;
        let cutting = app.category("Cutting").below(&tools).await;
        let saws = app.category("Saws").below(&cutting).await;
        let saw = app.product("Bow saw").priced(20_00).in_category(&saws).stock(9).await;
        let rasp = app.product("Rasp").priced(5_00).stock(9).await;
        let page = format!("/products/{}", saw.slug);
        let shopper = app.shopper_with(&[(&saw, 1), (&rasp, 1)]).await;
        let form = shopper.checkout().await;
        let line = json!({ "variantId": saw.variant });
        let (_, filled) = asked(app, reqwest::Method::POST, "/api/cart/items", "none", &line).await;
        let token = filled["data"]["cartToken"].as_str().unwrap().to_owned();
        assert!(shopper.page("/search?q=bow+saw").await.contains(&page));
        assert!(shopper.page("/").await.contains(&page), "the card of what is new");
        assert!(shopper.page("/sitemap/products-1.xml").await.contains(&page));

        let staff = app.staff(&[CatalogRead, CatalogWrite]).await;
        catalog::set_category_active(app, &staff, tools.id, false).await.unwrap();
        app.cache.forget();

        assert_eq!(shopper.get(&page).await.status(), 404);
        assert_eq!(shopper.get(&format!("/categories/{}", saws.slug)).await.status(), 404);
        for list in ["/", "/new", "/search?q=bow+saw"] {
            assert!(!shopper.page(list).await.contains(&page), "{list}");
        }
        assert!(!shopper.page("/sitemap/products-1.xml").await.contains(&page));
        let nobody = async |path: &str| asked(app, reqwest::Method::GET, path, "none", &json!({})).await;
        assert_eq!(nobody(&format!("/api/products/{}", saw.id)).await.0, 404);
        assert_eq!(nobody("/api/products?search=bow+saw").await.1["pagination"]["total"], 0);

        // in the cart: by variant, by product, on the page
        for wanted in [line, json!({ "productId": saw.id })] {
            assert_eq!(asked(app, reqwest::Method::POST, "/api/cart/items", &token, &wanted).await.0, 404);
        }
        assert_eq!(shopper.add(&saw, 1).await.status(), 404);
        // what lies in a cart already is marked, counts for nothing and blocks
        let cart = asked(app, reqwest::Method::GET, "/api/cart", &token, &json!({})).await.1["data"].clone();
        assert_eq!(
            (&cart["lines"][0]["problem"]["kind"], &cart["canCheckOut"]),
            (&json!("no_longer_sold"), &json!(false))
        );
        assert_eq!(cart["subtotal"], "0.00");
        let html = shopper.page("/cart").await;
        assert!(html.contains("No longer sold") && !html.contains("href=\"/checkout\""), "{html}");
        // an old form
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        let order = json!({ "email": "ada@example.org", "shippingAddress": app.address_form() });
        let (status, refused) = asked(app, reqwest::Method::POST, "/api/orders", &token, &order).await;
        assert_eq!((status, &refused["code"]), (409, &json!("no_longer_sold")), "{refused}");
        assert_eq!(app.count("select count(*) from orders").await, 0);

        catalog::set_category_active(app, &staff, tools.id, true).await.unwrap();
        app.cache.forget();
        assert_eq!(shopper.get(&page).await.status(), 200);
        assert!(location(&shopper.place(&form).await).contains("/pay/cs_"));
        worker::run_pending(app).await.unwrap();
    })
    .await;
}

/// A cart of which nothing can be bought has no sums, no delivery and no nudge to buy more; it says what to do.
#[tokio::test]
async fn a_cart_that_can_buy_nothing_shows_no_sums() {
    stripe_app(async |app| {
        let (saw, rasp) = (app.product("Bow saw").stock(1).await, app.product("Rasp").priced(5_00).stock(2).await);
        let shopper = app.shopper_with(&[(&saw, 1), (&rasp, 1)]).await;
        let (_, filled) =
            asked(app, reqwest::Method::POST, "/api/cart/items", "none", &json!({ "variantId": rasp.variant })).await;
        let token = filled["data"]["cartToken"].as_str().unwrap().to_owned();
        let quoted =
            async || asked(app, reqwest::Method::GET, "/api/cart/quote", &token, &json!({})).await.1["data"].clone();
        assert_eq!(quoted().await["totals"]["total"], "9.95");
        let html = shopper.page("/cart").await;
        assert!(html.contains("Delivery, Standard") && html.contains("more, and delivery is free"), "{html}");

        // one is sold out, one is no longer sold
        app.order_of(&saw, 1).await;
        sqlx::query("update products set status = 'archived' where id = $1")
            .bind(rasp.id)
            .execute(&app.db)
            .await
            .unwrap();
        let html = shopper.page("/cart").await;
        for sum in ["Delivery, ", "Total", "Including tax", "is free", "href=\"/checkout\""] {
            assert!(!html.contains(sum), "{sum} in {html}");
        }
        assert!(html.contains("Nothing to buy yet") && html.contains("remove what is marked"), "{html}");
        let html = shopper.page("/checkout").await;
        assert!(html.contains("Nothing to order yet") && !html.contains("Pay £"), "{html}");
        let quote = quoted().await;
        assert_eq!((&quote["totals"], &quote["methods"]), (&Value::Null, &json!([])), "{quote}");
        assert_eq!(quote["advice"], "Nothing in this cart is sold any more: remove it, and choose something else");
        // an empty one quotes alike
        let (_, empty) = asked(app, reqwest::Method::GET, "/api/cart/quote", "none", &json!({})).await;
        assert_eq!(empty["data"]["totals"], Value::Null);
    })
    .await;
}
