//! Kept cards: one customer at the provider for one of ours, whatever is lost on the way, and nobody else's cards ever.

use serde_json::Value;
use shop::accounts::{Customer, Visitor};
use shop::checkout::Placed;
use shop::payments::{self, Begun, Settled, ShownIn, Wish, cards};
use shop::testing::stripe::{PUBLISHABLE_KEY, StripeShop, session_of, stripe_shop};
use shop::{Error, worker};
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

const CUSTOMERS: &str = "/v1/customers";

/// A customer's order of one rasp.
async fn order_of(shop: &StripeShop, customer: &Customer) -> Placed {
    let rasp = shop.product("Rasp").stock(50).await;
    let visitor = Visitor { customer: Some(customer.clone()), ..Visitor::default() };
    shop.placed(&shop.with_in_cart(visitor, rasp.variant, 1).await).await
}

async fn customers(shop: &StripeShop) -> usize {
    shop.stripe.asked("/v1/customers?limit=100").await["data"].as_array().unwrap().len()
}

/// A page of the offline Stripe, as the shopper sees it.
async fn page_of(url: &str) -> String {
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

/// Adds a card on the page for it.
async fn keep(shop: &StripeShop, customer: &Customer) {
    let page = cards::add(shop, customer, "/account/cards").await.unwrap();
    shop.stripe.pay(&session_of(page.as_str()), Way::Pay).unwrap();
}

#[tokio::test]
async fn a_card_is_added_shown_and_removed() {
    stripe_shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        assert_eq!(cards::list(shop, &ada).await.unwrap(), []);
        assert_eq!(customers(shop).await, 0, "looking makes nobody a customer");
        keep(shop, &ada).await;
        let kept = cards::list(shop, &ada).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].brand.as_str(), kept[0].last4.as_str()), ("visa", "4242"));
        assert_eq!((kept[0].exp_month, kept[0].exp_year), (12, 2040));
        cards::remove(shop, &ada, &kept[0].id).await.unwrap();
        assert_eq!(cards::list(shop, &ada).await.unwrap(), []);
        assert!(matches!(cards::remove(shop, &ada, &kept[0].id).await, Err(Error::NotFound)));
        assert_eq!(shop.count("select count(*) from audit_logs where action = 'card.remove'").await, 1);
        assert_eq!(shop.stripe.statement().charges.len(), 0);
    })
    .await;
}

/// Fails when `remove` does not ask whose the card is.
#[tokio::test]
async fn nobody_sees_or_removes_anothers_card() {
    stripe_shop(async |shop| {
        let (ada, eve) = (shop.customer("ada@example.org").await, shop.customer("eve@example.org").await);
        keep(shop, &ada).await;
        keep(shop, &eve).await;
        let of_ada = cards::list(shop, &ada).await.unwrap();
        assert_eq!(of_ada.len(), 1);
        for id in [of_ada[0].id.as_str(), "pm_no_such", "", "../refunds", "pm_1/../../customers"] {
            assert!(matches!(cards::remove(shop, &eve, id).await, Err(Error::NotFound)), "{id:?}");
        }
        assert_eq!(cards::list(shop, &ada).await.unwrap(), of_ada);
    })
    .await;
}

/// Fails when the key of the request is drawn anew each time instead of being stored.
#[tokio::test]
async fn many_requests_at_once_make_one_customer() {
    stripe_shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let pages = futures::future::join_all((0..6).map(|_| cards::add(shop, &ada, "/account/cards"))).await;
        assert!(pages.iter().any(Result::is_ok), "{pages:?}");
        assert_eq!(customers(shop).await, 1);
        keep(shop, &ada).await;
        assert_eq!(customers(shop).await, 1);
    })
    .await;
}

/// Fails with a key of its own for each request.
#[tokio::test]
async fn a_lost_answer_makes_no_second_customer() {
    stripe_shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let rule = ApiRule::new(ApiFault::LoseAnswer).times(2).only("POST", CUSTOMERS);
        shop.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
        keep(shop, &ada).await;
        assert_eq!(customers(shop).await, 1);
        // of an error that the provider keeps for the key, the next request has another
        let eve = shop.customer("eve@example.org").await;
        let rule = ApiRule::new(ApiFault::ErrorBefore).times(1).only("POST", CUSTOMERS);
        shop.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
        assert!(matches!(cards::add(shop, &eve, "/account/cards").await, Err(Error::Unavailable(_))));
        keep(shop, &eve).await;
        assert_eq!(cards::list(shop, &eve).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn guests_are_no_customers_and_find_no_cards() {
    stripe_shop(async |shop| {
        let (_, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        let page = shop.stripe.asked(&format!("/v1/checkout/sessions/{session}")).await;
        assert_eq!(page["customer"], Value::Null);
        assert_eq!(page["customer_email"], "ada@example.org");
        assert_eq!(customers(shop).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_customer_keeps_a_card_while_paying_and_pays_with_it_next_time() {
    stripe_shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let placed = order_of(shop, &ada).await;
        let url = payments::begin(shop, placed.payment, &Wish::page(Some(&ada))).await.and_then(Begun::page).unwrap();
        let session = session_of(url.as_str());
        let page = shop.stripe.asked(&format!("/v1/checkout/sessions/{session}")).await;
        assert_eq!(page["saved_payment_method_options"]["payment_method_save"], "enabled");
        shop.stripe.keep_card(&session);
        shop.stripe.pay(&session, Way::Pay).unwrap();
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::Paid);
        let kept = cards::list(shop, &ada).await.unwrap();
        assert_eq!(kept.len(), 1);

        let next = order_of(shop, &ada).await;
        let url = payments::begin(shop, next.payment, &Wish::page(Some(&ada))).await.and_then(Begun::page).unwrap();
        assert!(page_of(url.as_str()).await.contains("visa ending in 4242"));
        shop.stripe.pay_with(&session_of(url.as_str()), &kept[0].id).unwrap();
        assert_eq!(payments::settle(shop, next.payment).await.unwrap(), Settled::Paid);
        assert_eq!(customers(shop).await, 1);
        shop.books_agree().await;
    })
    .await;
}

/// The link to an order is enough to pay it, but not with its owner's cards. Fails when `open_attempt` does not ask who
/// pays.
#[tokio::test]
async fn who_has_the_link_to_an_order_does_not_find_its_owners_cards() {
    stripe_shop(async |shop| {
        let (ada, eve) = (shop.customer("ada@example.org").await, shop.customer("eve@example.org").await);
        keep(shop, &ada).await;
        let placed = order_of(shop, &ada).await;
        let own = payments::begin(shop, placed.payment, &Wish::page(Some(&ada))).await.and_then(Begun::page).unwrap();
        assert_eq!(
            payments::pay_again(shop, placed.order, &Wish::page(Some(&ada))).await.and_then(Begun::page).unwrap(),
            own
        );
        for other in [None, Some(&eve)] {
            let url = payments::pay_again(shop, placed.order, &Wish::page(other)).await.and_then(Begun::page).unwrap();
            assert_ne!(url, own);
            let html = page_of(url.as_str()).await;
            assert!(html.contains("Pay £") && !html.contains("ending in 4242"), "{html}");
            // the page with the cards is closed
            shop.stripe.pay(&session_of(own.as_str()), Way::Pay).unwrap_err();
            let wish = Wish { keep_card: true, ..Wish::form(other, ShownIn::App) };
            let begun = payments::pay_again(shop, placed.order, &wish).await.and_then(Begun::intent).unwrap();
            assert_eq!(begun.customer, None);
        }
    })
    .await;
}

/// What the payment sheet of an app is given. <https://docs.stripe.com/payments/accept-a-payment?platform=ios>
#[tokio::test]
async fn an_app_is_given_all_that_its_payment_sheet_wants() {
    stripe_shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let placed = order_of(shop, &ada).await;
        let wish = Wish { keep_card: true, ..Wish::form(Some(&ada), ShownIn::App) };
        let begun = payments::pay_again(shop, placed.order, &wish).await.and_then(Begun::intent).unwrap();
        assert!(begun.client_secret.starts_with(&format!("{}_secret_", begun.intent)));
        assert_eq!(begun.publishable_key.as_deref(), Some(PUBLISHABLE_KEY));
        let customer = begun.customer.clone().unwrap();
        assert!(customer.session_secret.starts_with("cuss_secret_"));
        let intent = shop.stripe.asked(&format!("/v1/payment_intents/{}", begun.intent)).await;
        assert_eq!(intent["customer"], customer.id.as_str());
        assert_eq!(intent["setup_future_usage"], "on_session");

        // asked again, it is the same intent, with a new right to the cards
        let again = payments::pay_again(shop, placed.order, &wish).await.and_then(Begun::intent).unwrap();
        assert_eq!((&again.intent, &again.client_secret), (&begun.intent, &begun.client_secret));
        assert_ne!(again.customer.unwrap().session_secret, customer.session_secret);

        shop.stripe.confirm(&begun.intent, "pm_card_visa").await;
        assert_eq!(payments::settle(shop, begun.payment).await.unwrap(), Settled::Paid);
        assert_eq!(cards::list(shop, &ada).await.unwrap().len(), 1);
        // who does not want it kept, keeps none
        let next = order_of(shop, &ada).await;
        let wish = Wish { keep_card: false, ..wish };
        let begun = payments::pay_again(shop, next.order, &wish).await.and_then(Begun::intent).unwrap();
        let intent = shop.stripe.asked(&format!("/v1/payment_intents/{}", begun.intent)).await;
        assert_eq!(intent["setup_future_usage"], Value::Null);
        shop.books_agree().await;
    })
    .await;
}

/// That cards can be kept must not stand in the way of paying. Fails when `CardOptions::of` hands the error on.
#[tokio::test]
async fn without_a_customer_one_can_still_pay() {
    stripe_shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        let rule = ApiRule::new(ApiFault::Unavailable).only("POST", CUSTOMERS);
        shop.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
        let placed = order_of(shop, &ada).await;
        let url = payments::begin(shop, placed.payment, &Wish::page(Some(&ada))).await.and_then(Begun::page).unwrap();
        shop.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::Paid);
    })
    .await;
}

/// Somebody deleted the customer in Stripe's dashboard, or the keys are another account's.
#[tokio::test]
async fn a_customer_who_is_gone_over_there_pays_and_keeps_cards_again() {
    stripe_shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        keep(shop, &ada).await;
        let gone = |shop: &StripeShop| {
            let db = shop.db.clone();
            async move {
                sqlx::query("update provider_customers set provider_customer = 'cus_gone'").execute(&db).await.unwrap();
            }
        };
        gone(shop).await;
        let placed = order_of(shop, &ada).await;
        let url = payments::begin(shop, placed.payment, &Wish::page(Some(&ada))).await.and_then(Begun::page).unwrap();
        shop.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
        assert!(matches!(
            payments::pay_again(shop, placed.order, &Wish::page(Some(&ada))).await,
            Err(Error::Conflict { .. })
        ));
        assert_eq!(shop.status(placed.order).await.0, "paid");

        keep(shop, &ada).await;
        gone(shop).await;
        assert_eq!(cards::list(shop, &ada).await.unwrap(), []);
        keep(shop, &ada).await;
        gone(shop).await;
        keep(shop, &ada).await;
        assert_eq!(cards::list(shop, &ada).await.unwrap().len(), 1);
        shop.books_agree().await;
    })
    .await;
}

#[tokio::test]
async fn a_new_address_follows_and_a_deactivated_account_keeps_nothing_more() {
    stripe_shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        keep(shop, &ada).await;
        sqlx::query("update users set email = 'countess@example.org'").execute(&shop.db).await.unwrap();
        keep(shop, &ada).await;
        let all = shop.stripe.asked("/v1/customers").await;
        assert_eq!(all["data"][0]["email"], "countess@example.org");
        assert_eq!(all["data"].as_array().unwrap().len(), 1);
        sqlx::query("update users set is_active = false").execute(&shop.db).await.unwrap();
        assert!(matches!(cards::add(shop, &ada, "/account/cards").await, Err(Error::NotFound)));
    })
    .await;
}

/// Its webhook is about no payment, and is not waited for. Fails when `apply` takes it for a payment's.
#[tokio::test]
async fn the_news_of_a_kept_card_is_taken_in_at_once() {
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        let ada = shop.customer("ada@example.org").await;
        keep(shop, &ada).await;
        shop.message("checkout.session.completed").await;
        worker::run_pending(shop).await.unwrap();
        assert_eq!(shop.count("select count(*) from stripe_events where applied_at is null").await, 0);
        assert_eq!(
            shop.count("select count(*) from stripe_events where outcome = 'not for us'").await,
            shop.count("select count(*) from stripe_events").await
        );
    })
    .await;
}

#[tokio::test]
async fn without_an_answer_cards_are_not_shown_and_none_is_lost() {
    stripe_shop(async |shop| {
        let ada = shop.customer("ada@example.org").await;
        keep(shop, &ada).await;
        let kept = cards::list(shop, &ada).await.unwrap();
        shop.stripe.set_faults(Faults { api: vec![ApiRule::new(ApiFault::Unavailable)], ..Faults::default() });
        assert!(matches!(cards::list(shop, &ada).await, Err(Error::Unavailable(_))));
        assert!(matches!(cards::remove(shop, &ada, &kept[0].id).await, Err(Error::Unavailable(_))));
        // removed, and the answer got lost: it is seen that it is gone
        let rule = ApiRule::new(ApiFault::LoseAnswer).only("POST", "/v1/payment_methods");
        shop.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
        cards::remove(shop, &ada, &kept[0].id).await.unwrap();
        assert_eq!(cards::list(shop, &ada).await.unwrap(), []);
    })
    .await;
}
