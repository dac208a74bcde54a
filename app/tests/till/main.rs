//! Buying over HTTP, with the offline Stripe beside: from the cart to the confirmation, and what happens when many come at
//! once, twice, or to what is not theirs.

mod support;

use futures::stream::{self, StreamExt};
use shop::testing::TestProduct;
use std::collections::BTreeSet;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};
use support::till::{ADD, Till, session_of, set, till, value_of};
use support::{Browser, location};

const PAY: &str = "/do/ironmonger/storefront/payment/pay";
const BACK_TO_CART: &str = "/do/ironmonger/storefront/payment/back_to_cart";
const CANCEL: &str = "/do/ironmonger/storefront/payment/cancel";
const SETTLE: &str = "/do/ironmonger/storefront/checkout/settle";
const UPDATE: &str = "/do/ironmonger/storefront/checkout/update";

/// How many browsers are busy at the same moment, where many come.
const AT_ONCE: usize = 16;

/// Where the payment page of an order sends its shopper back to.
async fn way_back(till: &Till, left: bool) -> String {
    let (payment, key): (uuid::Uuid, String) = sqlx::query_as(
        "select p.id, o.access_key from payments p join orders o on o.id = p.order_id order by p.id desc limit 1",
    )
    .fetch_one(&till.db)
    .await
    .unwrap();
    format!("/checkout/return?payment={payment}&key={key}{}", if left { "&left=1" } else { "" })
}

/// Comes back from the payment page: the order's page, and its address.
async fn come_back(till: &Till, shopper: &Browser, left: bool) -> (String, String) {
    let back = shopper.get(&way_back(till, left).await).await;
    let path = location(&back).to_owned();
    (shopper.page(&path).await, path)
}

async fn on_order(till: &Till) -> (String, String, String) {
    sqlx::query_as("select number, status, access_key from orders order by id desc limit 1")
        .fetch_one(&till.db)
        .await
        .unwrap()
}

async fn left_of(till: &Till, product: &TestProduct) -> i32 {
    shop::inventory::available(&till.db, product.variant).await.unwrap()
}

fn at(number: &str, key: &str) -> Vec<(&'static str, String)> {
    vec![("number", number.to_owned()), ("key", key.to_owned())]
}

#[tokio::test]
async fn a_guest_buys() {
    till(async |till| {
        till.webhooks_arrive();
        let hammer = till.product("Claw hammer").priced(18_50).stock(5).await;
        let shopper = till.browser();
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
        assert_eq!(left_of(till, &hammer).await, 3);
        till.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        let (html, path) = come_back(till, &shopper, false).await;
        assert!(html.contains("Thank you, Ada") && html.contains("ada@example.org"), "{html}");
        // the key in the address does not travel on
        assert_eq!(shopper.get(&path).await.headers()["referrer-policy"], "same-origin");
        till.taken_in(1).await;
        till.work().await;
        let (number, status, _) = on_order(till).await;
        assert_eq!(status, "paid");
        assert_eq!(till.mails(&number), 1);
        assert!(shopper.page("/cart").await.contains("Your cart is empty"));
    })
    .await;
}

#[tokio::test]
async fn one_form_sent_twenty_times_is_one_order() {
    till(async |till| {
        let shopper = till.shopper_with(&[(&till.product("Rasp").stock(50).await, 1)]).await;
        let form = shopper.checkout().await;
        let answers = futures::future::join_all((0..20).map(|_| shopper.place(&form))).await;
        let pages: BTreeSet<_> = answers.iter().map(|a| location(a).to_owned()).collect();
        assert_eq!(pages.len(), 1, "{pages:?}");
        assert!(pages.first().unwrap().contains("/pay/cs_"));
        assert_eq!(till.count("select count(*) from orders").await, 1);
        assert_eq!(till.stripe.ledger().sessions.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_reload_and_a_second_tab_are_the_same_order() {
    till(async |till| {
        let shopper = till.shopper_with(&[(&till.product("Rasp").stock(50).await, 1)]).await;
        let (one, other) = (shopper.checkout().await, shopper.checkout().await);
        assert_ne!(one, other, "each page draws its own key");
        let first = location(&shopper.place(&one).await).to_owned();
        assert_eq!(location(&shopper.place(&other).await), first);
        assert_eq!(location(&shopper.place(&one).await), first);
        assert_eq!(till.count("select count(*) from orders").await, 1);
        // the first form again, changed: the order stands as it was
        let mut changed = one.clone();
        set(&mut changed, "shippingAddress[city]", "Leeds");
        let answer = shopper.place(&changed).await;
        assert!(location(&answer).starts_with("/orders/IM-"), "{}", location(&answer));
        let html = shopper.page(location(&answer)).await;
        assert!(html.contains("stands as it was") && html.contains("London") && !html.contains("Leeds"), "{html}");
        // and when it is paid, the second tab leads to it
        till.stripe.pay(&session_of(&first), Way::Pay).unwrap();
        come_back(till, &shopper, false).await;
        assert!(location(&shopper.place(&other).await).starts_with("/orders/IM-"));
        assert_eq!(till.count("select count(*) from orders").await, 1);
    })
    .await;
}

#[tokio::test]
async fn declined_then_paid() {
    till(async |till| {
        let shopper = till.shopper_with(&[(&till.product("Rasp").await, 1)]).await;
        let page = shopper.order().await;
        till.stripe.pay(&session_of(&page), Way::Decline).unwrap_err();
        let (html, path) = come_back(till, &shopper, true).await;
        assert!(html.contains("The payment did not go through") && html.contains("Pay now"), "{html}");
        let (number, _, key) = on_order(till).await;
        let again = shopper.send(&path, PAY, &at(&number, &key)).await;
        assert_eq!(location(&again), page, "the page that is open");
        till.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        assert!(come_back(till, &shopper, false).await.0.contains("Thank you"));
        till.work().await;
        assert_eq!(till.mails(&number), 1);
        // there is nothing more to pay
        let more = shopper.send(&path, PAY, &at(&number, &key)).await;
        assert!(location(&more).starts_with("/orders/"));
    })
    .await;
}

#[tokio::test]
async fn who_leaves_the_payment_page_has_the_cart_again() {
    till(async |till| {
        let rasp = till.product("Rasp").stock(3).await;
        let shopper = till.shopper_with(&[(&rasp, 2)]).await;
        shopper.order().await;
        let (html, path) = come_back(till, &shopper, true).await;
        assert!(html.contains("Not paid yet") && html.contains("Back to the cart"), "{html}");
        let (number, _, key) = on_order(till).await;
        let answer = shopper.send(&path, BACK_TO_CART, &at(&number, &key)).await;
        assert_eq!(location(&answer), "/cart");
        assert_eq!(value_of(&shopper.page("/cart").await, "quantity"), "2");
        assert_eq!(left_of(till, &rasp).await, 3);
        assert!(shopper.page(&path).await.contains("This order was cancelled"));
        // and buys after all
        let page = shopper.order().await;
        till.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        assert!(come_back(till, &shopper, false).await.0.contains("Thank you"));
        till.work().await;
        assert_eq!(till.count("select count(*) from orders where status = 'cancelled'").await, 1);
        assert_eq!(till.count("select count(*) from orders where status = 'paid'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_pending_order_can_be_cancelled_but_a_paid_one_not() {
    till(async |till| {
        let rasp = till.product("Rasp").stock(3).await;
        let shopper = till.shopper_with(&[(&rasp, 1)]).await;
        shopper.order().await;
        let (number, _, key) = on_order(till).await;
        let answer = shopper.send("/", CANCEL, &at(&number, &key)).await;
        assert!(shopper.page(location(&answer)).await.contains("The order is cancelled"));
        assert_eq!(left_of(till, &rasp).await, 3);

        let shopper = till.shopper_with(&[(&rasp, 1)]).await;
        let page = shopper.order().await;
        // paid in another tab, and nobody knows of it yet
        till.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        let (number, _, key) = on_order(till).await;
        for action in [CANCEL, BACK_TO_CART] {
            let answer = shopper.send("/", action, &at(&number, &key)).await;
            assert!(location(&answer).starts_with("/orders/"), "{}", location(&answer));
        }
        assert_eq!(on_order(till).await.1, "paid");
        till.work().await;
    })
    .await;
}

/// Fails when `inventory` takes the condition out of the statement that reserves: buyers are told of a fault of ours.
#[tokio::test]
async fn two_hundred_buyers_on_a_stock_of_twenty() {
    till(async |till| {
        let lantern = till.product("Lantern").stock(20).await;
        // all of them have it in the cart and look at the checkout before the first one orders
        let ready: Vec<_> = stream::iter(0..200)
            .map(async |_| {
                let buyer = till.shopper_with(&[(&lantern, 1)]).await;
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
                assert!(html.contains("value=\"12 St James"), "what was typed stays: {html}");
                false
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        assert_eq!(outcomes.iter().filter(|bought| **bought).count(), 20);
        assert_eq!(till.count("select count(*) from orders").await, 20);
        assert_eq!(left_of(till, &lantern).await, 0);
    })
    .await;
}

/// Fails when `inventory::reserve` goes through the lines in the cart's order instead of the variants'.
#[tokio::test]
async fn carts_in_any_order_do_not_stop_each_other() {
    till(async |till| {
        let mut shelf = Vec::new();
        for name in ["Adze", "Bodkin", "Cramp", "Drawknife", "Edger"] {
            shelf.push(till.product(name).stock(500).await);
        }
        let buyers: Vec<_> = stream::iter(0..60_usize)
            .map(|n| {
                // 2 to 4 lines, from another end of the shelf each time
                let mut lines: Vec<_> = (0..2 + n % 3).map(|i| (&shelf[(n * 7 + i * (1 + n % 4)) % 5], 1)).collect();
                if n % 2 == 0 {
                    lines.reverse();
                }
                async move {
                    let buyer = till.shopper_with(&lines).await;
                    let form = buyer.checkout().await;
                    (buyer, form)
                }
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let pages: Vec<String> = stream::iter(&buyers)
            .map(async |(buyer, form)| location(&buyer.place(form).await).to_owned())
            .buffer_unordered(32)
            .collect()
            .await;
        for page in &pages {
            assert!(page.contains("/pay/cs_"), "{page}");
        }
        assert_eq!(till.count("select count(*) from orders").await, 60);
    })
    .await;
}

#[tokio::test]
async fn the_webhook_may_come_before_after_and_beside_the_return() {
    till(async |till| {
        till.webhooks_arrive();
        let rasp = till.product("Rasp").stock(9).await;
        for (round, when) in ["before", "after", "beside"].into_iter().enumerate() {
            let shopper = till.shopper_with(&[(&rasp, 1)]).await;
            let page = shopper.order().await;
            if when == "after" {
                // held back: nobody works on the inbox before the return
                till.stripe.pay(&session_of(&page), Way::Pay).unwrap();
                assert!(come_back(till, &shopper, false).await.0.contains("Thank you"));
                till.work().await;
            } else if when == "before" {
                till.stripe.pay(&session_of(&page), Way::Pay).unwrap();
                till.taken_in(1).await;
                till.work().await;
                assert_eq!(on_order(till).await.1, "paid");
                assert!(come_back(till, &shopper, false).await.0.contains("Thank you"));
            } else {
                till.stripe.pay(&session_of(&page), Way::Pay).unwrap();
                let (back, ()) = tokio::join!(come_back(till, &shopper, false), till.work());
                assert!(back.0.contains("Thank you"));
            }
            till.taken_in(round as i64 + 1).await;
            till.work().await;
            let (number, status, _) = on_order(till).await;
            assert_eq!((status.as_str(), till.mails(&number)), ("paid", 1), "{when}");
        }
        assert_eq!(till.count("select count(*) from order_events where to_status = 'paid'").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_takes_its_time_is_waited_for() {
    till(async |till| {
        let shopper = till.shopper_with(&[(&till.product("Rasp").await, 1)]).await;
        let page = shopper.order().await;
        till.stripe.pay(&session_of(&page), Way::PayLater).unwrap();
        let (html, path) = come_back(till, &shopper, false).await;
        assert!(path.ends_with("&wait=1"), "{path}");
        assert!(html.contains("We are waiting for the payment"), "{html}");
        assert!(html.contains("http-equiv=\"refresh\"") && html.contains("/checkout/return?payment="), "{html}");
        // it looks again a few times, not for ever
        let last = path.replace("wait=1", "wait=9");
        assert!(!shopper.page(&last).await.contains("http-equiv"));
        till.stripe.settle(&session_of(&page), true).unwrap();
        assert!(come_back(till, &shopper, false).await.0.contains("Thank you"));
        till.work().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_payment_page_the_order_waits() {
    till(async |till| {
        let shopper = till.shopper_with(&[(&till.product("Rasp").await, 1)]).await;
        let down = ApiRule::new(ApiFault::Unavailable).only("POST", "/v1/checkout/sessions");
        till.stripe.set_faults(Faults { api: vec![down], ..Faults::default() });
        let form = shopper.checkout().await;
        let answer = shopper.place(&form).await;
        let path = location(&answer).to_owned();
        assert!(path.starts_with("/orders/IM-"), "{path}");
        let html = shopper.page(&path).await;
        assert!(html.contains("the payment page does not answer") && html.contains("Pay now"), "{html}");
        till.stripe.set_faults(Faults::default());
        let (number, _, key) = on_order(till).await;
        let page = location(&shopper.send(&path, PAY, &at(&number, &key)).await).to_owned();
        till.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        assert!(come_back(till, &shopper, false).await.0.contains("Thank you"));
        till.work().await;
    })
    .await;
}

#[tokio::test]
async fn a_changed_price_is_consented_to() {
    till(async |till| {
        let rasp = till.product("Rasp").priced(10_00).stock(5).await;
        let shopper = till.shopper_with(&[(&rasp, 2)]).await;
        let form = shopper.checkout().await;
        let raise = "update variants set price = 1250";
        sqlx::query(raise).execute(&till.db).await.unwrap();
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        let html = shopper.page("/checkout").await;
        assert!(html.contains("from £10.00 to £12.50") && html.contains("Accept £12.50"), "{html}");
        assert_eq!(till.count("select count(*) from orders").await, 0);
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
        assert_eq!(till.count("select total from orders").await, 29_95);
    })
    .await;
}

fn value_in(form: &[(String, String)], name: &str) -> String {
    form.iter().find(|(n, _)| n == name).unwrap().1.clone()
}

/// Fails when `place_order` does not look at the expected total.
#[tokio::test]
async fn another_delivery_is_another_total() {
    till(async |till| {
        let shopper = till.shopper_with(&[(&till.product("Rasp").priced(10_00).await, 1)]).await;
        let mut form = shopper.checkout().await;
        set(&mut form, "shippingMethod", "express");
        // without "Update": nothing is charged that was not shown
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        let html = shopper.page("/checkout").await;
        assert!(html.contains("The total changed: it is £19.95 now") && html.contains("Pay £19.95"), "{html}");
        assert_eq!(till.count("select count(*) from orders").await, 0);
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
    till(async |till| {
        let shopper = till.shopper_with(&[(&till.product("Rasp").await, 1)]).await;
        let mut form = shopper.checkout().await;
        set(&mut form, "email", "ada@");
        set(&mut form, "shippingAddress[postalCode]", "<nonsense>");
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        let html = shopper.page("/checkout").await;
        assert!(html.contains("value=\"ada@\"") && html.contains("&lt;nonsense"), "{html}");
        assert!(html.contains("id=\"f-shippingAddress-postalCode-error\""), "{html}");
        assert!(html.contains("href=\"#f-shippingAddress-postalCode\""), "{html}");
        assert_eq!(till.count("select count(*) from orders").await, 0);
    })
    .await;
}

#[tokio::test]
async fn lines_that_cannot_be_bought_block_the_checkout() {
    till(async |till| {
        let (rasp, saw) = (till.product("Rasp").stock(5).await, till.product("Bow saw").stock(5).await);
        let shopper = till.shopper_with(&[(&rasp, 4), (&saw, 1)]).await;
        let form = shopper.checkout().await;
        till.order_of(&rasp, 3).await;
        sqlx::query("update products set status = 'archived' where id = $1")
            .bind(saw.id)
            .execute(&till.db)
            .await
            .unwrap();
        let cart = shopper.page("/cart").await;
        assert!(cart.contains("Only 2 left") && cart.contains("Take 2") && cart.contains("No longer sold"), "{cart}");
        assert!(!cart.contains("href=\"/checkout\""), "{cart}");
        assert_eq!(location(&shopper.place(&form).await), "/checkout");
        assert_eq!(till.count("select count(*) from orders").await, 1);
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
        assert_eq!(till.count(open).await, 2);
        shopper.order().await;
    })
    .await;
}

/// A page without what differs from one answer to the next.
fn plain(html: &str) -> String {
    let mut parts = html.split("nonce=\"");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |page, part| page + part.split_once('"').map_or(part, |(_, rest)| rest))
}

/// Fails when `orders::find_own` lets everybody in.
#[tokio::test]
async fn what_is_anothers_is_not_there() {
    till(async |till| {
        let rasp = till.product("Rasp").stock(50).await;
        let (ada, eve) = (till.signed_in("ada@example.org").await, till.signed_in("eve@example.org").await);
        ada.add(&rasp, 1).await;
        ada.order().await;
        let (number, _, key) = on_order(till).await;
        assert!(ada.page(&format!("/orders/{number}")).await.contains(&number));

        let missing = plain(&eve.get("/orders/IM-999999").await.text().await.unwrap());
        for path in
            [format!("/orders/{number}"), format!("/orders/{number}?key=wrong"), format!("/orders/{number}?key=")]
        {
            for browser in [&eve, &till.browser()] {
                let answer = browser.get(&path).await;
                assert_eq!(answer.status(), 404, "{path}");
                let html = plain(&answer.text().await.unwrap());
                assert!(!html.contains(&number), "{html}");
            }
            let html = plain(&eve.get(&path).await.text().await.unwrap());
            assert_eq!(html, missing, "another's order and a missing one are told apart");
        }
        for action in [PAY, BACK_TO_CART, CANCEL] {
            assert_eq!(eve.send("/", action, &at(&number, "wrong")).await.status(), 404, "{action}");
        }
        let (payment,): (uuid::Uuid,) = sqlx::query_as("select id from payments").fetch_one(&till.db).await.unwrap();
        assert_eq!(eve.get(&format!("/checkout/return?payment={payment}&key=wrong")).await.status(), 404);
        assert_eq!(eve.get("/checkout/return").await.status(), 404);
        assert_eq!(on_order(till).await.1, "pending");
        // whoever has the link is let in
        assert!(till.browser().page(&format!("/orders/{number}?key={key}")).await.contains(&number));

        // the cart's lines
        ada.add(&rasp, 3).await;
        eve.add(&rasp, 1).await;
        let line = value_of(&ada.page("/cart").await, "line");
        for (action, value) in [("set", Some("9")), ("remove", None), ("accept", None)] {
            let mut fields = vec![("line", line.clone())];
            fields.extend(value.map(|v| ("quantity", v.to_owned())));
            let action = format!("/do/ironmonger/storefront/cart/{action}");
            assert_eq!(eve.send("/cart", &action, &fields).await.status(), 404, "{action}");
        }
        assert_eq!(value_of(&ada.page("/cart").await, "quantity"), "3");

        // the address book
        let add = "/do/ironmonger/storefront/account/address_book/add";
        let home: Vec<(&str, String)> = [
            ("firstName", "Ada"),
            ("lastName", "Byron"),
            ("line1", "12 St James's Square"),
            ("city", "London"),
            ("postalCode", "SW1Y 4JH"),
            ("country", "GB"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec();
        assert_eq!(location(&ada.send("/account/addresses/new", add, &home).await), "/account/addresses");
        let (id,): (uuid::Uuid,) = sqlx::query_as("select id from addresses").fetch_one(&till.db).await.unwrap();
        assert!(ada.page(&format!("/account/addresses/{id}")).await.contains("St James"));
        assert_eq!(eve.get(&format!("/account/addresses/{id}")).await.status(), 404);
        for action in ["edit", "remove", "make_default"] {
            let mut fields = home.clone();
            fields.push(("id", id.to_string()));
            let action = format!("/do/ironmonger/storefront/account/address_book/{action}");
            assert_eq!(eve.send("/account/addresses", &action, &fields).await.status(), 404, "{action}");
        }
        // nor can an order be sent there
        let mut form = eve.checkout().await;
        form.push(("shippingAddressId".to_owned(), id.to_string()));
        assert_eq!(location(&eve.place(&form).await), "/checkout");
        assert!(eve.page("/checkout").await.contains("is not one of your addresses"));
        assert_eq!(till.count("select count(*) from addresses where first_name = 'Ada'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_account_asks_who_is_there() {
    till(async |till| {
        let guest = till.browser();
        for path in ["/account", "/account/orders", "/account/addresses", "/account/profile", "/account/devices"] {
            let answer = guest.get(path).await;
            assert!(location(&answer).starts_with("/login"), "{path}");
        }
        let ada = till.signed_in("ada@example.org").await;
        for path in ["/account", "/account/orders", "/account/orders?page=7", "/account/addresses", "/account/devices"]
        {
            ada.page(path).await;
        }
        assert_eq!(ada.get("/dev/mail").await.status(), 404, "there is no folder of mail");
        let profile = "/do/ironmonger/storefront/account/profile/save";
        let name = [("firstName", "Augusta"), ("lastName", "King"), ("phone", "020 7946 0000")];
        assert_eq!(location(&ada.post("/account/profile", profile, &name).await), "/account/profile");
        assert!(ada.page("/account").await.contains("Hello, Augusta"));
        let password = "/do/ironmonger/storefront/account/profile/change_password";
        let wrong = [("currentPassword", "not this one"), ("newPassword", "another four plain words")];
        assert_eq!(location(&ada.post("/account/profile", password, &wrong).await), "/account/profile");
        let html = ada.page("/account/profile").await;
        assert!(html.contains("is not your password") && !html.contains("not this one"), "{html}");
        // another device, ended from here
        let there = till.browser();
        let who = [("email", "ada@example.org"), ("password", shop::testing::PASSWORD)];
        there.post("/login", support::till::ENTER, &who).await;
        let id = value_of(&ada.page("/account/devices").await, "id");
        let end = "/do/ironmonger/storefront/account/devices/end";
        assert_eq!(location(&ada.post("/account/devices", end, &[("id", &id)]).await), "/account/devices");
        assert!(there.get("/account").await.status().is_redirection());
    })
    .await;
}

#[tokio::test]
async fn a_cart_line_is_changed_and_removed() {
    till(async |till| {
        let rasp = till.product("Rasp").stock(5).await;
        let shopper = till.shopper_with(&[(&rasp, 2)]).await;
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
        till.order_of(&rasp, 5).await;
        let page = format!("/products/{}", rasp.slug);
        let answer = shopper.post(&page, ADD, &[("variantId", &rasp.variant.to_string())]).await;
        assert_eq!(location(&answer), page);
        assert!(shopper.page(&page).await.contains("Rasp is sold out"));
    })
    .await;
}
