//! Many at once, twice, and crosswise.

use super::*;
use futures::stream::{self, StreamExt};
use std::collections::BTreeSet;

/// How many browsers are busy at the same moment, where many come.
const AT_ONCE: usize = 16;

#[tokio::test]
async fn one_form_sent_twenty_times_is_one_order() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").stock(50).await, 1)]).await;
        let form = shopper.checkout().await;
        let answers = futures::future::join_all((0..20).map(|_| shopper.place(&form))).await;
        let pages: BTreeSet<_> = answers.iter().map(|a| location(a).to_owned()).collect();
        assert_eq!(pages.len(), 1, "{pages:?}");
        assert!(pages.first().unwrap().contains("/pay/cs_"));
        assert_eq!(app.count("select count(*) from orders").await, 1);
        assert_eq!(app.stripe.statement().sessions.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_reload_and_a_second_tab_are_the_same_order() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").stock(50).await, 1)]).await;
        let (one, other) = (shopper.checkout().await, shopper.checkout().await);
        assert_ne!(one, other, "each page draws its own key");
        let first = location(&shopper.place(&one).await).to_owned();
        assert_eq!(location(&shopper.place(&other).await), first);
        assert_eq!(location(&shopper.place(&one).await), first);
        assert_eq!(app.count("select count(*) from orders").await, 1);
        // the first form again, changed: the order is corrected, and paid on another page
        let mut changed = one.clone();
        set(&mut changed, "shippingAddress[city]", "Leeds");
        let corrected = location(&shopper.place(&changed).await).to_owned();
        assert!(corrected.contains("/pay/cs_") && corrected != first, "{corrected}");
        assert!(app.stripe.pay(&session_of(&first), Way::Pay).is_err(), "the first page is closed");
        let (number, _, _) = on_order(app).await;
        let html = shopper.page(&format!("/orders/{number}")).await;
        assert!(html.contains("Leeds") && html.contains("Corrected before it was paid"), "{html}");
        // and when it is paid, the second tab leads to it
        app.stripe.pay(&session_of(&corrected), Way::Pay).unwrap();
        come_back(app, &shopper, false).await;
        assert!(location(&shopper.place(&other).await).starts_with("/orders/IM-"));
        assert_eq!(app.count("select count(*) from orders").await, 1);
    })
    .await;
}

/// Fails when `inventory` takes the condition out of the statement that reserves: buyers are told of a fault of ours.
#[tokio::test]
async fn two_hundred_buyers_on_a_stock_of_twenty() {
    stripe_app(async |app| {
        let lantern = app.product("Lantern").stock(20).await;
        // all of them have it in the cart and look at the checkout before the first one orders
        let ready: Vec<_> = stream::iter(0..200)
            .map(async |_| {
                let buyer = app.shopper_with(&[(&lantern, 1)]).await;
                let form = buyer.checkout().await;
                (buyer, form)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let outcomes: Vec<bool> = stream::iter(&ready)
            .map(async |(buyer, form)| {
                let answer = buyer.place(form).await;
                let to = location(&answer).to_owned();
                if to.contains("/pay/cs_") {
                    return true;
                }
                assert_eq!(to, "/checkout");
                let html = buyer.page(&to).await;
                assert!(html.contains("Lantern is sold out") || html.contains("Lantern: Sold out"), "{html}");
                false
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        assert_eq!(outcomes.iter().filter(|bought| **bought).count(), 20);
        assert_eq!(app.count("select count(*) from orders").await, 20);
        let kept = "select count(*) from checkout_drafts where fields->>'email' <> '' and sealed is not null";
        assert_eq!(app.count(kept).await, 200, "what was typed stays");
        assert_eq!(left_of(app, &lantern).await, 0);
    })
    .await;
}

/// Fails when `inventory::reserve` goes through the lines in the cart's order instead of the variants'.
#[tokio::test]
async fn carts_in_any_order_do_not_stop_each_other() {
    stripe_app(async |app| {
        let mut shelf = Vec::new();
        for name in ["Adze", "Bodkin", "Cramp", "Drawknife", "Edger"] {
            shelf.push(app.product(name).stock(500).await);
        }
        let buyers: Vec<_> = stream::iter(0..60_usize)
            .map(|n| {
                // 2 to 4 lines, from another end of the shelf each time
                let mut lines: Vec<_> = (0..2 + n % 3).map(|i| (&shelf[(n * 7 + i * (1 + n % 4)) % 5], 1)).collect();
                if n % 2 == 0 {
                    lines.reverse();
                }
                async move {
                    let buyer = app.shopper_with(&lines).await;
                    let form = buyer.checkout().await;
                    (buyer, form)
                }
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let pages: Vec<String> = stream::iter(&buyers)
            .map(async |(buyer, form)| location(&buyer.place(form).await).to_owned())
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for page in &pages {
            assert!(page.contains("/pay/cs_"), "{page}");
        }
        assert_eq!(app.count("select count(*) from orders").await, 60);
    })
    .await;
}
