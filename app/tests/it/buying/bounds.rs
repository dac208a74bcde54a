//! Totals that the payment provider would not take, and those for which it is not needed.

use super::*;

/// Fails without `Totals::payable`: the shopper is sent from an order that stands to a page that cannot be had.
#[tokio::test]
async fn a_total_that_cannot_be_paid_is_said_at_the_checkout() {
    stripe_app(async |app| {
        for (price, words) in [
            (20, "The total is £0.20, and the least that can be paid here is £0.30"),
            (100_000_000, "The total is £1,000,000.00, and the most that can be paid at once is £999,999.99"),
        ] {
            let shopper = app.shopper_with(&[(&app.product("Washer").priced(price).await, 1)]).await;
            let mut form = shopper.checkout().await;
            set(&mut form, "shippingMethod", "collect");
            shopper.send("/checkout", UPDATE, &form).await;
            let html = shopper.page("/checkout").await;
            assert!(html.contains(words) && html.contains("value=\"ada@example.org\""), "{html}");
            // an old form, or one without the update
            set(&mut form, "expectedTotal", &value_of(&html, "expectedTotal"));
            assert_eq!(location(&shopper.place(&form).await), "/checkout");
            let html = shopper.page("/checkout").await;
            assert!(html.contains(words) && html.contains("value=\"ada@example.org\""), "{html}");
        }
        assert_eq!(app.count("select count(*) from orders").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_order_of_nothing_ends_in_thanks() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Sample").priced(0).await, 1)]).await;
        let mut form = shopper.checkout().await;
        set(&mut form, "shippingMethod", "collect");
        shopper.send("/checkout", UPDATE, &form).await;
        let html = shopper.page("/checkout").await;
        assert!(html.contains("There is nothing to pay.") && !html.contains("at Stripe"), "{html}");
        set(&mut form, "expectedTotal", &value_of(&html, "expectedTotal"));
        let to = location(&shopper.place(&form).await).to_owned();
        let back = to.strip_prefix(&app.root).or(to.find("/checkout/return").map(|at| &to[at..])).unwrap_or_default();
        let order = location(&shopper.get(back).await).to_owned();
        let html = shopper.page(&order).await;
        assert!(html.contains("Thank you, Ada") && !html.contains("Pay now"), "{html}");
        app.work().await;
        assert_eq!(app.mails("Your order"), 1);
        assert!(app.stripe.statement().sessions.is_empty());
    })
    .await;
}

/// Fails when a refusal is told as "does not answer just now": the shopper tries again and again.
#[tokio::test]
async fn a_refusal_of_stripe_is_told_as_what_it_is() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").priced(10_00).await, 1)]).await;
        shopper.order().await;
        // an order from before there were bounds, whose page is over
        for statement in [
            "update order_items set unit_price = 20, line_total = 20",
            "update orders set subtotal = 20, shipping = 0, total = 20",
            "update payments set amount = 20, status = 'expired', settled_at = now()",
        ] {
            sqlx::query(statement).execute(&app.db).await.unwrap();
        }
        let number: String = sqlx::query_scalar("select number from orders").fetch_one(&app.db).await.unwrap();
        let key = app.access_key(&number).await;
        let page = format!("/orders/{number}?key={key}");
        let fields = [("number", number.clone()), ("key", key.clone())];
        let to = shopper.send(&page, PAY, &fields).await;
        let html = shopper.page(location(&to)).await;
        assert!(html.contains("The payment provider refuses this: Amount must be at least £0.30 gbp"), "{html}");
        assert!(!html.contains("busy"), "{html}");
        let back = shopper.send(&page, BACK_TO_CART, &fields).await;
        assert_eq!(location(&back), "/cart");
    })
    .await;
}
