//! Buying over HTTP, with the offline Stripe beside: from the cart to the confirmation, and what happens when many come
//! at once, twice, or to what is not theirs.

mod bounds;
mod cards;
mod crowd;
mod drafts;
mod form;
mod hidden;
mod in_place;
mod strangers;

use crate::support::stripe::{ADD, StripeApp, stripe_app};
use crate::support::{Browser, location};
use shop::testing::TestProduct;
use shop::testing::browser::{set, value_of};
use shop::testing::stripe::session_of;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

const PAY: &str = "/do/ironmonger/storefront/payment/pay";
const BACK_TO_CART: &str = "/do/ironmonger/storefront/payment/back_to_cart";
const CANCEL: &str = "/do/ironmonger/storefront/payment/cancel";
const SETTLE: &str = "/do/ironmonger/storefront/checkout/settle";
const UPDATE: &str = "/do/ironmonger/storefront/checkout/update";

/// Where the payment page of an order sends its shopper back to.
async fn way_back(app: &StripeApp, left: bool) -> String {
    let (payment, number): (uuid::Uuid, String) = sqlx::query_as(
        "select p.id, o.number from payments p join orders o on o.id = p.order_id order by p.id desc limit 1",
    )
    .fetch_one(&app.db)
    .await
    .unwrap();
    let key = app.access_key(&number).await;
    format!("/checkout/return?payment={payment}&key={key}{}", if left { "&left=1" } else { "" })
}

/// Comes back from the payment page: the order's page, and its address.
async fn come_back(app: &StripeApp, shopper: &Browser, left: bool) -> (String, String) {
    let back = shopper.get(&way_back(app, left).await).await;
    let path = location(&back).to_owned();
    (shopper.page(&path).await, path)
}

async fn on_order(app: &StripeApp) -> (String, String, String) {
    let (number, status): (String, String) =
        sqlx::query_as("select number, status from orders order by id desc limit 1").fetch_one(&app.db).await.unwrap();
    let key = app.access_key(&number).await;
    (number, status, key)
}

async fn left_of(app: &StripeApp, product: &TestProduct) -> i32 {
    shop::inventory::available(&app.db, product.variant).await.unwrap()
}

fn at(number: &str, key: &str) -> Vec<(&'static str, String)> {
    vec![("number", number.to_owned()), ("key", key.to_owned())]
}

#[tokio::test]
async fn a_guest_buys() {
    stripe_app(async |app| {
        app.webhooks_arrive();
        let hammer = app.product("Claw hammer").priced(18_50).stock(5).await;
        let shopper = app.browser();
        let added = shopper.add(&hammer, 2).await;
        assert_eq!(location(&added), "/");
        let cart = shopper.page("/cart").await;
        assert!(cart.contains("Claw hammer") && cart.contains("£37.00"), "{cart}");
        assert!(cart.contains("£23.00") && cart.contains("delivery is free"), "how far to free delivery: {cart}");

        let form = shopper.checkout().await;
        assert!(form.contains(&("expectedTotal".to_owned(), "41.95".to_owned())), "{form:?}");
        let placed = shopper.place(&form).await;
        assert_eq!(placed.status(), 303);
        let page = location(&placed).to_owned();
        assert_eq!(left_of(app, &hammer).await, 3);
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        let (html, path) = come_back(app, &shopper, false).await;
        assert!(html.contains("Thank you, Ada") && html.contains("ada@example.org"), "{html}");
        // the key in the address does not travel on
        assert_eq!(shopper.get(&path).await.headers()["referrer-policy"], "same-origin");
        app.taken_in(1).await;
        app.work().await;
        let (number, status, _) = on_order(app).await;
        assert_eq!(status, "paid");
        assert_eq!(app.mails(&number), 1);
        assert!(shopper.page("/cart").await.contains("Your cart is empty"));
    })
    .await;
}

#[tokio::test]
async fn declined_then_paid() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").await, 1)]).await;
        let page = shopper.order().await;
        app.stripe.pay(&session_of(&page), Way::Decline).unwrap_err();
        let (html, path) = come_back(app, &shopper, true).await;
        assert!(html.contains("The payment did not go through") && html.contains("Pay now"), "{html}");
        assert!(html.contains("Your card was declined."), "in Stripe's words: {html}");
        let (number, _, key) = on_order(app).await;
        let again = shopper.send(&path, PAY, &at(&number, &key)).await;
        assert_eq!(location(&again), page, "the page that is open");
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        assert!(come_back(app, &shopper, false).await.0.contains("Thank you"));
        app.work().await;
        assert_eq!(app.mails(&number), 1);
        // there is nothing more to pay
        let more = shopper.send(&path, PAY, &at(&number, &key)).await;
        assert!(location(&more).starts_with("/orders/"));
    })
    .await;
}

/// The cart is not lost with the card, and the page says what was wrong with it.
#[tokio::test]
async fn declined_and_back_to_the_cart() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").await, 2)]).await;
        let page = shopper.order().await;
        app.stripe.pay(&session_of(&page), Way::InsufficientFunds).unwrap_err();
        let (_, path) = come_back(app, &shopper, true).await;
        let (number, _, key) = on_order(app).await;
        let cart = shopper.send(&path, BACK_TO_CART, &at(&number, &key)).await;
        let html = shopper.page(location(&cart)).await;
        assert!(html.contains("The payment did not go through: Your card has insufficient funds."), "{html}");
        assert_eq!(value_of(&html, "quantity"), "2");
        assert!(shopper.order().await.contains("/pay/cs_"), "another try");
    })
    .await;
}

#[tokio::test]
async fn who_leaves_the_payment_page_has_the_cart_again() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").stock(3).await;
        let shopper = app.shopper_with(&[(&rasp, 2)]).await;
        shopper.order().await;
        let (html, path) = come_back(app, &shopper, true).await;
        assert!(html.contains("This order is awaiting payment") && html.contains("Back to the cart"), "{html}");
        let (number, _, key) = on_order(app).await;
        let answer = shopper.send(&path, BACK_TO_CART, &at(&number, &key)).await;
        assert_eq!(location(&answer), "/cart");
        assert_eq!(value_of(&shopper.page("/cart").await, "quantity"), "2");
        assert_eq!(left_of(app, &rasp).await, 3);
        assert!(shopper.page(&path).await.contains("This order was cancelled"));
        // and buys after all
        let page = shopper.order().await;
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        assert!(come_back(app, &shopper, false).await.0.contains("Thank you"));
        app.work().await;
        assert_eq!(app.count("select count(*) from orders where status = 'cancelled'").await, 1);
        assert_eq!(app.count("select count(*) from orders where status = 'paid'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_pending_order_can_be_cancelled_but_a_paid_one_not() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").stock(3).await;
        let shopper = app.shopper_with(&[(&rasp, 1)]).await;
        shopper.order().await;
        let (number, _, key) = on_order(app).await;
        let answer = shopper.send("/", CANCEL, &at(&number, &key)).await;
        assert!(shopper.page(location(&answer)).await.contains("The order is cancelled"));
        assert_eq!(left_of(app, &rasp).await, 3);

        let shopper = app.shopper_with(&[(&rasp, 1)]).await;
        let page = shopper.order().await;
        // paid in another tab, and nobody knows of it yet
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        let (number, _, key) = on_order(app).await;
        for action in [CANCEL, BACK_TO_CART] {
            let answer = shopper.send("/", action, &at(&number, &key)).await;
            assert!(location(&answer).starts_with("/orders/"), "{}", location(&answer));
        }
        assert_eq!(on_order(app).await.1, "paid");
        app.work().await;
    })
    .await;
}

#[tokio::test]
async fn the_webhook_may_come_before_after_and_beside_the_return() {
    stripe_app(async |app| {
        app.webhooks_arrive();
        let rasp = app.product("Rasp").stock(9).await;
        for (round, when) in ["before", "after", "beside"].into_iter().enumerate() {
            let shopper = app.shopper_with(&[(&rasp, 1)]).await;
            let page = shopper.order().await;
            if when == "after" {
                // held back: nobody works on the inbox before the return
                app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
                assert!(come_back(app, &shopper, false).await.0.contains("Thank you"));
                app.work().await;
            } else if when == "before" {
                app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
                app.taken_in(1).await;
                app.work().await;
                assert_eq!(on_order(app).await.1, "paid");
                assert!(come_back(app, &shopper, false).await.0.contains("Thank you"));
            } else {
                app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
                let (back, ()) = tokio::join!(come_back(app, &shopper, false), app.work());
                assert!(back.0.contains("Thank you"));
            }
            app.taken_in(round as i64 + 1).await;
            app.work().await;
            let (number, status, _) = on_order(app).await;
            assert_eq!((status.as_str(), app.mails(&number)), ("paid", 1), "{when}");
        }
        assert_eq!(app.count("select count(*) from order_events where to_status = 'paid'").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_takes_its_time_is_waited_for() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").await, 1)]).await;
        let page = shopper.order().await;
        app.stripe.pay(&session_of(&page), Way::PayLater).unwrap();
        let (html, path) = come_back(app, &shopper, false).await;
        assert!(path.ends_with("&wait=1"), "{path}");
        assert!(html.contains("We are waiting for the payment"), "{html}");
        assert!(html.contains("http-equiv=\"refresh\"") && html.contains("/checkout/return?payment="), "{html}");
        // it looks again a few times, not for ever
        let last = path.replace("wait=1", "wait=9");
        assert!(!shopper.page(&last).await.contains("http-equiv"));
        app.stripe.settle(&session_of(&page), true).unwrap();
        assert!(come_back(app, &shopper, false).await.0.contains("Thank you"));
        app.work().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_payment_page_the_order_waits() {
    stripe_app(async |app| {
        let shopper = app.shopper_with(&[(&app.product("Rasp").await, 1)]).await;
        let down = ApiRule::new(ApiFault::Unavailable).only("POST", "/v1/checkout/sessions");
        app.stripe.set_faults(Faults { api: vec![down], ..Faults::default() });
        let form = shopper.checkout().await;
        let answer = shopper.place(&form).await;
        let path = location(&answer).to_owned();
        assert!(path.starts_with("/orders/IM-"), "{path}");
        let html = shopper.page(&path).await;
        assert!(html.contains("the payment page does not answer") && html.contains("Pay now"), "{html}");
        app.stripe.set_faults(Faults::default());
        let (number, _, key) = on_order(app).await;
        let page = location(&shopper.send(&path, PAY, &at(&number, &key)).await).to_owned();
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        assert!(come_back(app, &shopper, false).await.0.contains("Thank you"));
        app.work().await;
    })
    .await;
}
