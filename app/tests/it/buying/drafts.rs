//! What was typed at the checkout is there again: after a look into the cart, after coming back from the payment page,
//! after signing in; and gone when the order is paid.

use super::*;
use crate::support::stripe::ENTER;

const KEEP: &str = "/do/ironmonger/storefront/checkout/keep";

fn typed(mut form: Vec<(String, String)>) -> Vec<(String, String)> {
    set(&mut form, "shippingAddress[city]", "Hay-on-Wye");
    form.push(("note".to_owned(), "Ring <twice>".to_owned()));
    form
}

fn is_kept(html: &str) {
    for text in ["value=\"ada@example.org\"", "value=\"Hay-on-Wye\"", "Ring &lt;twice"] {
        assert!(html.contains(text), "{text} in {html}");
    }
}

/// Fails when `keep` does not write the draft.
#[tokio::test]
async fn a_look_into_the_cart_loses_nothing() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").stock(9).await, 1)]).await;
        let mut form = typed(shopper.checkout().await);
        let key = value_of(&shopper.page("/checkout").await, "idempotencyKey");
        form.push(("next".to_owned(), "cart".to_owned()));
        assert_eq!(location(&shopper.send("/checkout", KEEP, &form).await), "/cart");
        shopper.page("/cart").await;
        let html = shopper.page("/checkout").await;
        is_kept(&html);
        assert_ne!(value_of(&html, "idempotencyKey"), key, "keys are not kept");
        assert!(value_of(&html, "idempotencyKey").len() > 20);
        // it is the cart's: another visitor sees nothing of it
        let other = app.shopper_with(&[(&app.product("Saw").stock(9).await, 1)]).await;
        assert!(!other.page("/checkout").await.contains("Hay-on-Wye"));
        assert!(location(&shopper.place(&typed(shopper.checkout().await)).await).contains("/pay/cs_"));
    })
    .await;
}

#[tokio::test]
async fn left_at_the_payment_page_and_back() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").stock(9).await, 1)]).await;
        let page = location(&shopper.place(&typed(shopper.checkout().await)).await).to_owned();
        assert!(page.contains("/pay/cs_"), "{page}");
        // the checkout says that there is an order, and where
        let (number, _, key) = on_order(app).await;
        let html = shopper.page("/checkout").await;
        assert!(html.contains("waits for its payment") && html.contains(&format!("/orders/{number}")), "{html}");
        come_back(app, &shopper, true).await;
        assert_eq!(location(&shopper.send("/", BACK_TO_CART, &at(&number, &key)).await), "/cart");
        is_kept(&shopper.page("/checkout").await);
        // paid, it is forgotten
        let form = shopper.checkout().await;
        let page = location(&shopper.place(&form).await).to_owned();
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        come_back(app, &shopper, false).await;
        let left =
            "select count(*) from checkout_drafts d join orders o on o.cart_id = d.cart_id where o.status = 'paid'";
        assert_eq!(app.count(left).await, 0);
    })
    .await;
}

#[tokio::test]
async fn who_signs_in_finds_what_was_typed() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").stock(9).await;
        app.customer("bea@example.org").await;
        let shopper = app.shopper_with(&[(&rasp, 1)]).await;
        let mut form = typed(shopper.checkout().await);
        form.push(("next".to_owned(), "sign-in".to_owned()));
        assert_eq!(location(&shopper.send("/checkout", KEEP, &form).await), "/login?next=/checkout");
        let who = [("email", "bea@example.org"), ("password", shop::testing::PASSWORD)];
        shopper.post("/login", ENTER, &who).await;
        let html = shopper.page("/checkout").await;
        assert!(html.contains("value=\"Hay-on-Wye\"") && html.contains("Ring &lt;twice"), "{html}");
        assert_eq!(app.count("select count(*) from checkout_drafts").await, 1);
        // swept with the cart
        sqlx::query("update carts set expires_at = now() - interval '1 day'").execute(&app.db).await.unwrap();
        shop::cart::sweep(app).await.unwrap();
        assert_eq!(app.count("select count(*) from checkout_drafts").await, 0);
    })
    .await;
}
