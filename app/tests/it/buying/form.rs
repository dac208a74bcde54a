//! The checkout form and the cart before it.

use super::*;

#[tokio::test]
async fn a_changed_price_is_consented_to() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").priced(10_00).stock(5).await;
        let shopper = app.shopper_with(&[(&rasp, 2)]).await;
        let form = shopper.checkout().await;
        let raise = "update variants set price = 1250";
        sqlx::query(raise).execute(&app.db).await.unwrap();
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        let html = shopper.page("/checkout").await;
        assert!(html.contains("from £10.00 to £12.50") && html.contains("Accept £12.50"), "{html}");
        assert_eq!(app.count("select count(*) from orders").await, 0);
        let cart = shopper.page("/cart").await;
        assert!(cart.contains("It was £10.00 when you chose it, and is £12.50 now."), "{cart}");
        let line = value_of(&cart, "line");

        // a consent to another price than the one it has now is none
        let accept = |price: &str| vec![("accept", format!("{line}:{price}"))];
        assert_eq!(location(&shopper.send("/checkout", SETTLE, &accept("11.00")).await), "/checkout");
        assert!(shopper.page("/checkout").await.contains("Accept £12.50"));
        // the button stands in the checkout's form: what was typed comes along and stays
        let mut pressed = form.clone();
        pressed.push(("accept".to_owned(), format!("{line}:12.50")));
        assert_eq!(location(&shopper.send("/checkout", SETTLE, &pressed).await), "/checkout");
        let html = shopper.page("/checkout").await;
        assert!(!html.contains("Accept £") && html.contains("value=\"ada@example.org\""), "{html}");
        assert_eq!(value_of(&html, "expectedTotal"), "29.95");
        assert_eq!(value_of(&html, "idempotencyKey"), value_in(&form, "idempotencyKey"), "the key is kept");
        shopper.order().await;
        assert_eq!(app.count("select total from orders").await, 29_95);
    })
    .await;
}

fn value_in(form: &[(String, String)], name: &str) -> String {
    form.iter().find(|(n, _)| n == name).unwrap().1.clone()
}

/// Fails when `place_order` does not look at the expected total.
#[tokio::test]
async fn another_delivery_is_another_total() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").priced(10_00).await, 1)]).await;
        let mut form = shopper.checkout().await;
        set(&mut form, "shippingMethod", "express");
        // without "Update": nothing is charged that was not shown
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        let html = shopper.page("/checkout").await;
        assert!(html.contains("The total changed: it is £19.95 now") && html.contains("Pay £19.95"), "{html}");
        assert_eq!(app.count("select count(*) from orders").await, 0);
        // with it
        set(&mut form, "shippingMethod", "collect");
        assert_eq!(location(&shopper.send("/checkout", UPDATE, &form).await), "/checkout#delivery");
        let html = shopper.page("/checkout").await;
        assert_eq!(value_of(&html, "expectedTotal"), "10.00");
        assert!(html.contains("value=\"ada@example.org\""), "{html}");
        set(&mut form, "expectedTotal", "10.00");
        assert!(location(&shopper.place(&form).await).contains("/pay/cs_"));
    })
    .await;
}

#[tokio::test]
async fn faults_are_shown_beside_what_was_typed() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").await, 1)]).await;
        let mut form = shopper.checkout().await;
        set(&mut form, "email", "ada@");
        set(&mut form, "shippingAddress[postalCode]", "<nonsense>");
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        let html = shopper.page("/checkout").await;
        assert!(html.contains("value=\"ada@\"") && html.contains("&lt;nonsense"), "{html}");
        assert!(html.contains("id=\"f-shippingAddress-postalCode-error\""), "{html}");
        assert!(html.contains("href=\"#f-shippingAddress-postalCode\""), "{html}");
        assert_eq!(app.count("select count(*) from orders").await, 0);
    })
    .await;
}

#[tokio::test]
async fn lines_that_cannot_be_bought_block_the_checkout() {
    stripe_app(async |app| {
        let (rasp, saw) = (app.product("Rasp").stock(5).await, app.product("Bow saw").stock(5).await);
        let shopper = app.shopper_with(&[(&rasp, 4), (&saw, 1)]).await;
        let form = shopper.checkout().await;
        app.order_of(&rasp, 3).await;
        sqlx::query("update products set status = 'archived' where id = $1")
            .bind(saw.id)
            .execute(&app.db)
            .await
            .unwrap();
        let cart = shopper.page("/cart").await;
        assert!(cart.contains("Only 2 left") && cart.contains("Take 2") && cart.contains("No longer sold"), "{cart}");
        assert!(!cart.contains("href=\"/checkout\""), "{cart}");
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        assert_eq!(app.count("select count(*) from orders").await, 1);
        // settled from the checkout
        let html = shopper.page("/checkout").await;
        let (take, remove) = (value_of(&html, "take"), html.rsplit("name=\"remove\"").next().unwrap().to_owned());
        assert!(take.ends_with(":2"), "{take}");
        let answer = shopper.send("/checkout", SETTLE, &[("take", take)]).await;
        assert_eq!(location(&answer), "/checkout");
        let gone = remove.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        shopper.send("/checkout", SETTLE, &[("remove", gone)]).await;
        let open =
            "select sum(i.quantity) from cart_items i join carts c on c.id = i.cart_id where c.ordered_at is null";
        assert_eq!(app.count(open).await, 2);
        shopper.order().await;
    })
    .await;
}

#[tokio::test]
async fn a_cart_line_is_changed_and_removed() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").stock(5).await;
        let shopper = app.shopper_with(&[(&rasp, 2)]).await;
        let line = value_of(&shopper.page("/cart").await, "line");
        let set = async |quantity: &str| {
            let action = "/do/ironmonger/storefront/cart/set";
            shopper.post("/cart", action, &[("form", &line), ("line", &line), ("quantity", quantity)]).await
        };
        assert_eq!(location(&set("9").await), "/cart");
        let html = shopper.page("/cart").await;
        assert!(html.contains("Only 5 of Rasp left"), "{html}");
        assert_eq!(value_of(&html, "quantity"), "5");
        set("several").await;
        let html = shopper.page("/cart").await;
        assert!(html.contains("must be a whole number") && html.contains("value=\"several\""), "{html}");
        set("0").await;
        assert!(shopper.page("/cart").await.contains("Your cart is empty"));
        // sold out: told on the page where it was chosen
        app.order_of(&rasp, 5).await;
        let page = format!("/products/{}", rasp.slug);
        let answer = shopper.post(&page, ADD, &[("variantId", &rasp.variant.to_string())]).await;
        assert_eq!(location(&answer), page);
        assert!(shopper.page(&page).await.contains("Rasp is sold out"));
    })
    .await;
}
