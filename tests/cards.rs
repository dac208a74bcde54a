//! Kept cards: one customer at the provider for one of ours, whatever is lost on the way, and nobody else's cards ever.

mod till;

use serde_json::Value;
use shop::accounts::{Customer, Visitor};
use shop::checkout::Placed;
use shop::payments::{self, IntentWish, Settled, ShownIn, cards};
use shop::{Error, jobs};
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};
use till::{Till, session_of, till};

const CUSTOMERS: &str = "/v1/customers";

/// A customer's order of one rasp.
async fn order_of(till: &Till, customer: &Customer) -> Placed {
    let rasp = till.product("Rasp").stock(50).await;
    let visitor = Visitor { customer: Some(customer.clone()), ..Visitor::default() };
    till.placed(&till.with_in_cart(visitor, rasp.variant, 1).await).await
}

/// What the offline Stripe answers.
async fn asked(till: &Till, path: &str) -> Value {
    till.asks(path).await
}

async fn customers(till: &Till) -> usize {
    asked(till, "/v1/customers?limit=100").await["data"].as_array().unwrap().len()
}

/// Adds a card on the page for it.
async fn keep(till: &Till, customer: &Customer) {
    let page = cards::add(till, customer, "/account/cards").await.unwrap();
    till.stripe.pay(&session_of(page.as_str()), Way::Pay).unwrap();
}

#[tokio::test]
async fn a_card_is_added_shown_and_removed() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        assert_eq!(cards::list(till, &ada).await.unwrap(), []);
        assert_eq!(customers(till).await, 0, "looking makes nobody a customer");
        keep(till, &ada).await;
        let kept = cards::list(till, &ada).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].brand.as_str(), kept[0].last4.as_str()), ("visa", "4242"));
        assert_eq!((kept[0].exp_month, kept[0].exp_year), (12, 2040));
        cards::remove(till, &ada, &kept[0].id).await.unwrap();
        assert_eq!(cards::list(till, &ada).await.unwrap(), []);
        assert!(matches!(cards::remove(till, &ada, &kept[0].id).await, Err(Error::NotFound)));
        assert_eq!(till.count("select count(*) from audit_logs where action = 'card.remove'").await, 1);
        assert_eq!(till.stripe.ledger().charges.len(), 0);
    })
    .await;
}

/// Fails when `remove` does not ask whose the card is.
#[tokio::test]
async fn nobody_sees_or_removes_anothers_card() {
    till(async |till| {
        let (ada, eve) = (till.customer("ada@example.org").await, till.customer("eve@example.org").await);
        keep(till, &ada).await;
        keep(till, &eve).await;
        let of_ada = cards::list(till, &ada).await.unwrap();
        assert_eq!(of_ada.len(), 1);
        for id in [of_ada[0].id.as_str(), "pm_no_such", "", "../refunds", "pm_1/../../customers"] {
            assert!(matches!(cards::remove(till, &eve, id).await, Err(Error::NotFound)), "{id:?}");
        }
        assert_eq!(cards::list(till, &ada).await.unwrap(), of_ada);
    })
    .await;
}

/// Fails when the key of the request is drawn anew each time instead of being stored.
#[tokio::test]
async fn many_requests_at_once_make_one_customer() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        let pages = futures::future::join_all((0..6).map(|_| cards::add(till, &ada, "/account/cards"))).await;
        assert!(pages.iter().any(Result::is_ok), "{pages:?}");
        assert_eq!(customers(till).await, 1);
        keep(till, &ada).await;
        assert_eq!(customers(till).await, 1);
    })
    .await;
}

/// Fails with a key of its own for each request.
#[tokio::test]
async fn a_lost_answer_makes_no_second_customer() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        let rule = ApiRule::new(ApiFault::LoseAnswer).times(2).only("POST", CUSTOMERS);
        till.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
        keep(till, &ada).await;
        assert_eq!(customers(till).await, 1);
        // of an error that the provider keeps for the key, the next request has another
        let eve = till.customer("eve@example.org").await;
        let rule = ApiRule::new(ApiFault::ErrorBefore).times(1).only("POST", CUSTOMERS);
        till.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
        assert!(matches!(cards::add(till, &eve, "/account/cards").await, Err(Error::Unavailable(_))));
        keep(till, &eve).await;
        assert_eq!(cards::list(till, &eve).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn guests_are_no_customers_and_find_no_cards() {
    till(async |till| {
        let (_, session) = till.at_the_page(&till.product("Rasp").await, 1).await;
        let page = asked(till, &format!("/v1/checkout/sessions/{session}")).await;
        assert_eq!(page["customer"], Value::Null);
        assert_eq!(page["customer_email"], "ada@example.org");
        assert_eq!(customers(till).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_customer_keeps_a_card_while_paying_and_pays_with_it_next_time() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        let placed = order_of(till, &ada).await;
        let url = payments::begin_for(till, Some(&ada), placed.payment).await.unwrap();
        let session = session_of(url.as_str());
        let page = asked(till, &format!("/v1/checkout/sessions/{session}")).await;
        assert_eq!(page["saved_payment_method_options"]["payment_method_save"], "enabled");
        till.stripe.keep_card(&session);
        till.stripe.pay(&session, Way::Pay).unwrap();
        assert_eq!(payments::settle(till, placed.payment).await.unwrap(), Settled::Paid);
        let kept = cards::list(till, &ada).await.unwrap();
        assert_eq!(kept.len(), 1);

        let next = order_of(till, &ada).await;
        let url = payments::begin_for(till, Some(&ada), next.payment).await.unwrap();
        assert!(till.page_of(url.as_str()).await.contains("visa ending in 4242"));
        till.stripe.pay_with(&session_of(url.as_str()), &kept[0].id).unwrap();
        assert_eq!(payments::settle(till, next.payment).await.unwrap(), Settled::Paid);
        assert_eq!(customers(till).await, 1);
        till.books_agree().await;
    })
    .await;
}

/// The link to an order is enough to pay it, but not with its owner's cards. Fails when `open_attempt` does not ask who
/// pays.
#[tokio::test]
async fn who_has_the_link_to_an_order_does_not_find_its_owners_cards() {
    till(async |till| {
        let (ada, eve) = (till.customer("ada@example.org").await, till.customer("eve@example.org").await);
        keep(till, &ada).await;
        let placed = order_of(till, &ada).await;
        let own = payments::begin_for(till, Some(&ada), placed.payment).await.unwrap();
        assert_eq!(payments::try_again_for(till, Some(&ada), placed.order).await.unwrap(), own);
        for other in [None, Some(&eve)] {
            let url = payments::try_again_for(till, other, placed.order).await.unwrap();
            assert_ne!(url, own);
            let html = till.page_of(url.as_str()).await;
            assert!(html.contains("Pay £") && !html.contains("ending in 4242"), "{html}");
            // the page with the cards is closed
            till.stripe.pay(&session_of(own.as_str()), Way::Pay).unwrap_err();
            let wish = IntentWish { payer: other, keep_card: true, shown_in: ShownIn::App };
            let begun = payments::try_again_with_intent_for(till, wish, placed.order).await.unwrap();
            assert_eq!(begun.customer, None);
        }
    })
    .await;
}

/// What the payment sheet of an app is given. <https://docs.stripe.com/payments/accept-a-payment?platform=ios>
#[tokio::test]
async fn an_app_is_given_all_that_its_payment_sheet_wants() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        let placed = order_of(till, &ada).await;
        let wish = IntentWish { payer: Some(&ada), keep_card: true, shown_in: ShownIn::App };
        let begun = payments::try_again_with_intent_for(till, wish, placed.order).await.unwrap();
        assert!(begun.client_secret.starts_with(&format!("{}_secret_", begun.intent)));
        assert_eq!(begun.publishable_key.as_deref(), Some("pk_test_till"));
        let customer = begun.customer.clone().unwrap();
        assert!(customer.session_secret.starts_with("cuss_secret_"));
        let intent = asked(till, &format!("/v1/payment_intents/{}", begun.intent)).await;
        assert_eq!(intent["customer"], customer.id.as_str());
        assert_eq!(intent["setup_future_usage"], "on_session");

        // asked again, it is the same intent, with a new right to the cards
        let again = payments::try_again_with_intent_for(till, wish, placed.order).await.unwrap();
        assert_eq!((&again.intent, &again.client_secret), (&begun.intent, &begun.client_secret));
        assert_ne!(again.customer.unwrap().session_secret, customer.session_secret);

        till.confirm(&begun.intent, "pm_card_visa").await;
        assert_eq!(payments::settle(till, begun.payment).await.unwrap(), Settled::Paid);
        assert_eq!(cards::list(till, &ada).await.unwrap().len(), 1);
        // who does not want it kept, keeps none
        let next = order_of(till, &ada).await;
        let wish = IntentWish { keep_card: false, ..wish };
        let begun = payments::try_again_with_intent_for(till, wish, next.order).await.unwrap();
        let intent = asked(till, &format!("/v1/payment_intents/{}", begun.intent)).await;
        assert_eq!(intent["setup_future_usage"], Value::Null);
        till.books_agree().await;
    })
    .await;
}

/// That cards can be kept must not stand in the way of paying. Fails when `Wallet::of` hands the error on.
#[tokio::test]
async fn without_a_customer_one_can_still_pay() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        let rule = ApiRule::new(ApiFault::Unavailable).only("POST", CUSTOMERS);
        till.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
        let placed = order_of(till, &ada).await;
        let url = payments::begin_for(till, Some(&ada), placed.payment).await.unwrap();
        till.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
        assert_eq!(payments::settle(till, placed.payment).await.unwrap(), Settled::Paid);
    })
    .await;
}

/// Somebody deleted the customer in Stripe's dashboard, or the keys are another account's.
#[tokio::test]
async fn a_customer_who_is_gone_over_there_pays_and_keeps_cards_again() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        keep(till, &ada).await;
        let gone = |till: &Till| {
            let db = till.db.clone();
            async move {
                sqlx::query("update provider_customers set provider_customer = 'cus_gone'").execute(&db).await.unwrap();
            }
        };
        gone(till).await;
        let placed = order_of(till, &ada).await;
        let url = payments::begin_for(till, Some(&ada), placed.payment).await.unwrap();
        till.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
        assert!(matches!(payments::try_again_for(till, Some(&ada), placed.order).await, Err(Error::Conflict { .. })));
        assert_eq!(till.status(placed.order).await.0, "paid");

        keep(till, &ada).await;
        gone(till).await;
        assert_eq!(cards::list(till, &ada).await.unwrap(), []);
        keep(till, &ada).await;
        gone(till).await;
        keep(till, &ada).await;
        assert_eq!(cards::list(till, &ada).await.unwrap().len(), 1);
        till.books_agree().await;
    })
    .await;
}

#[tokio::test]
async fn a_new_address_follows_and_a_deactivated_account_keeps_nothing_more() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        keep(till, &ada).await;
        sqlx::query("update users set email = 'countess@example.org'").execute(&till.db).await.unwrap();
        keep(till, &ada).await;
        let all = asked(till, "/v1/customers").await;
        assert_eq!(all["data"][0]["email"], "countess@example.org");
        assert_eq!(all["data"].as_array().unwrap().len(), 1);
        sqlx::query("update users set is_active = false").execute(&till.db).await.unwrap();
        assert!(matches!(cards::add(till, &ada, "/account/cards").await, Err(Error::NotFound)));
    })
    .await;
}

/// Its webhook is about no payment, and is not waited for. Fails when `apply` takes it for a payment's.
#[tokio::test]
async fn the_news_of_a_kept_card_is_taken_in_at_once() {
    till(async |till| {
        till.webhooks_arrive();
        let ada = till.customer("ada@example.org").await;
        keep(till, &ada).await;
        till.message("checkout.session.completed").await;
        jobs::run_pending(till).await.unwrap();
        assert_eq!(till.count("select count(*) from stripe_events where applied_at is null").await, 0);
        assert_eq!(
            till.count("select count(*) from stripe_events where outcome = 'not for us'").await,
            till.count("select count(*) from stripe_events").await
        );
    })
    .await;
}

#[tokio::test]
async fn without_an_answer_cards_are_not_shown_and_none_is_lost() {
    till(async |till| {
        let ada = till.customer("ada@example.org").await;
        keep(till, &ada).await;
        let kept = cards::list(till, &ada).await.unwrap();
        till.stripe.set_faults(Faults { api: vec![ApiRule::new(ApiFault::Unavailable)], ..Faults::default() });
        assert!(matches!(cards::list(till, &ada).await, Err(Error::Unavailable(_))));
        assert!(matches!(cards::remove(till, &ada, &kept[0].id).await, Err(Error::Unavailable(_))));
        // removed, and the answer got lost: it is seen that it is gone
        let rule = ApiRule::new(ApiFault::LoseAnswer).only("POST", "/v1/payment_methods");
        till.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
        cards::remove(till, &ada, &kept[0].id).await.unwrap();
        assert_eq!(cards::list(till, &ada).await.unwrap(), []);
    })
    .await;
}
