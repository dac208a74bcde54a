//! Kept cards over HTTP: the page in the account, and the offers on the payment page.

use super::{come_back, on_order};
use crate::support::stripe::{StripeApp, stripe_app};
use crate::support::{Browser, location};
use shop::testing::TestProduct;
use shop::testing::stripe::session_of;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

const HERE: &str = "/account/cards";
const ADD: &str = "/do/ironmonger/storefront/account/cards/add";
const REMOVE: &str = "/do/ironmonger/storefront/account/cards/remove";
const NOTHING: &[(&str, String)] = &[];

/// Adds a card, on the page at Stripe's that the shop leads to.
async fn keep(app: &StripeApp, shopper: &Browser) {
    let answer = shopper.send(HERE, ADD, NOTHING).await;
    let page = location(&answer).to_owned();
    app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
}

fn card_on(page: &str) -> String {
    let at = page.find("value=\"pm_").expect("a card") + 7;
    page[at..].split('"').next().unwrap_or_default().to_owned()
}

async fn buys(shopper: &Browser, product: &TestProduct) -> String {
    shopper.add(product, 1).await;
    shopper.order().await
}

#[tokio::test]
async fn a_customer_sees_adds_and_removes_cards() {
    stripe_app(async |app| {
        let ada = app.signed_in("ada@example.org").await;
        assert!(ada.page("/account").await.contains("href=\"/account/cards\""));
        assert!(ada.page(HERE).await.contains("No cards kept"));
        keep(app, &ada).await;
        let page = ada.page(HERE).await;
        assert!(page.contains("Visa ending in 4242") && page.contains("12/2040"), "{page}");
        let gone = ada.send(HERE, REMOVE, &[("id", card_on(&page))]).await;
        assert_eq!(location(&gone), HERE);
        let page = ada.page(HERE).await;
        assert!(page.contains("The card is removed") && page.contains("No cards kept"), "{page}");
    })
    .await;
}

/// Fails when the doors do not ask for a customer, or the shop does not ask whose the card is.
#[tokio::test]
async fn strangers_neither_see_nor_remove_cards() {
    stripe_app(async |app| {
        let ada = app.signed_in("ada@example.org").await;
        keep(app, &ada).await;
        let card = card_on(&ada.page(HERE).await);

        let eve = app.signed_in("eve@example.org").await;
        assert!(eve.page(HERE).await.contains("No cards kept"));
        assert_eq!(eve.send(HERE, REMOVE, &[("id", card.clone())]).await.status(), 404);
        // Eve has cards of her own, and is a customer over there
        keep(app, &eve).await;
        assert_eq!(eve.send(HERE, REMOVE, &[("id", card.clone())]).await.status(), 404);

        let guest = app.browser();
        assert!(location(&guest.get(HERE).await).starts_with("/login"));
        for (action, fields) in [(ADD, vec![]), (REMOVE, vec![("id", card.clone())])] {
            let answer = guest.send(HERE, action, &fields).await;
            assert!(location(&answer).starts_with("/login"), "{action}");
        }
        assert_eq!(card_on(&ada.page(HERE).await), card);
    })
    .await;
}

#[tokio::test]
async fn that_stripe_does_not_answer_is_said_on_the_page() {
    stripe_app(async |app| {
        let ada = app.signed_in("ada@example.org").await;
        keep(app, &ada).await;
        let card = card_on(&ada.page(HERE).await);
        app.stripe.set_faults(Faults { api: vec![ApiRule::new(ApiFault::Unavailable)], ..Faults::default() });
        let page = ada.page(HERE).await;
        assert!(page.contains("Your cards cannot be shown just now") && !page.contains("ending in 4242"), "{page}");
        for (action, fields) in [(ADD, vec![]), (REMOVE, vec![("id", card)])] {
            let answer = ada.send(HERE, action, &fields).await;
            assert_eq!(location(&answer), HERE, "{action}");
        }
        app.stripe.set_faults(Faults::default());
        assert!(ada.page(HERE).await.contains("Visa ending in 4242"));
    })
    .await;
}

/// Who got the link to an order may pay it, but finds none of its owner's cards.
#[tokio::test]
async fn only_the_owner_of_an_order_finds_the_cards_on_the_payment_page() {
    stripe_app(async |app| {
        let rasp = app.product("Rasp").await;
        let ada = app.signed_in("ada@example.org").await;
        keep(app, &ada).await;
        let own = buys(&ada, &rasp).await;
        let html = reqwest::get(&own).await.unwrap().text().await.unwrap();
        assert!(html.contains("visa ending in 4242") && html.contains("Keep this card"), "{html}");

        let (number, _, key) = on_order(app).await;
        let fields = [("number", number.clone()), ("key", key.clone())];
        let friend = app.browser();
        let answer = friend.send(&format!("/orders/{number}?key={key}"), super::PAY, &fields).await;
        let page = location(&answer).to_owned();
        assert_ne!(page, own);
        let html = reqwest::get(&page).await.unwrap().text().await.unwrap();
        assert!(html.contains("Pay £") && !html.contains("ending in 4242"), "{html}");
        app.stripe.pay(&session_of(&own), Way::Pay).unwrap_err();
        app.stripe.pay(&session_of(&page), Way::Pay).unwrap();
        assert!(come_back(app, &ada, false).await.0.contains("Thank you"));
        assert_eq!(app.stripe.statement().charges.len(), 1);
    })
    .await;
}
