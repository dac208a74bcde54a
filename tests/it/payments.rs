//! Payments against the offline Stripe: whatever fails, whenever, one order for what was paid and no charge without
//! one.

use shop::checkout::{PlaceOrder, place_order, place_to_pay};
use shop::lifecycle::PaymentFailure;
use shop::payments::{self, Begun, PaymentState, Settled, ShownIn, Wish};
use shop::testing::stripe::{StripeShop, session_of, stripe_shop, stripe_shop_breaking, stripe_shop_in};
use shop::{Currency, Error, inventory, worker};
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

fn api(rules: Vec<ApiRule>) -> Faults {
    Faults { api: rules, ..Faults::default() }
}

const SESSIONS: &str = "/v1/checkout/sessions";

async fn available(shop: &StripeShop, product: &shop::testing::TestProduct) -> i32 {
    inventory::available(&shop.db, product.variant).await.unwrap()
}

#[tokio::test]
async fn pays_on_the_page() {
    stripe_shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(18_50).stock(5).await;
        let (placed, session) = shop.at_the_page(&hammer, 2).await;
        assert_eq!(shop.state(placed.payment).await, "pending");
        // the page is about the order's total, to the penny
        let seen = shop.stripe.statement().sessions;
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].amount_total, placed.total.minor);
        assert_eq!(seen[0].client_reference_id.as_deref(), Some(placed.order.to_string().as_str()));

        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::Open { declined: None });
        shop.stripe.pay(&session, Way::Pay).unwrap();
        let back = payments::came_back(shop, placed.payment, &placed.access_key).await.unwrap();
        assert_eq!((back.settled, back.number), (Settled::Paid, placed.number.clone()));
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "paid".into()));
        assert_eq!(shop.count("select count(*) from orders where reserved_until is not null").await, 0);
        shop.work().await;
        assert_eq!(shop.subjects(), [format!("Your order {}", placed.number)]);
        assert_eq!(available(shop, &hammer).await, 3);
    })
    .await;
}

#[tokio::test]
async fn the_return_needs_the_orders_key() {
    stripe_shop(async |shop| {
        let (placed, _) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        let wrong = payments::came_back(shop, placed.payment, "not the key").await;
        assert!(matches!(wrong, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_declined_card_leaves_the_page_open() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&session, Way::InsufficientFunds).unwrap_err();
        for _ in 0..2 {
            let Settled::Open { declined: Some(words) } = payments::settle(shop, placed.payment).await.unwrap() else {
                panic!("is not open with words");
            };
            assert!(words.contains("insufficient funds"), "{words}");
        }
        assert_eq!(shop.count("select count(*) from order_events where data->>'what' = 'payment_declined'").await, 1);
        shop.stripe.pay(&session, Way::Pay).unwrap();
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::Paid);
        assert_eq!(shop.status(placed.order).await.0, "paid");
    })
    .await;
}

#[tokio::test]
async fn beginning_again_is_the_same_page() {
    stripe_shop(async |shop| {
        let placed = shop.order_of(&shop.product("Rasp").await, 1).await;
        let first = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        assert_eq!(
            payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap(),
            first
        );
        assert_eq!(
            payments::pay_again(shop, placed.order, &Wish::page(None)).await.and_then(Begun::page).unwrap(),
            first
        );
        assert_eq!(shop.stripe.statement().sessions.len(), 1);
    })
    .await;
}

/// What is fixed with a guest's order is to the letter what is read of it later: under the same key Stripe refuses any
/// other request.
#[tokio::test]
async fn a_page_that_was_prepared_is_the_page_asked_for_again() {
    stripe_shop(async |shop| {
        let mug = shop.product("Mug & saucer").option("Size", &["S", "L"]).priced(18_50).await;
        let guest = shop.guest_with(&[(&mug, 2), (&shop.product("Rasp").priced(3_33).await, 3)]).await;
        let (placed, written) = place_to_pay(shop, &guest, shop.order_form()).await.unwrap();
        let written = written.expect("a guest's");
        let begun = payments::begin_prepared(shop, placed.payment, Some(written.prepared), &Wish::page(None)).await;
        let first = begun.and_then(Begun::page).unwrap();
        // so is the order itself
        let order = shop::orders::with_payments(shop, written.order).await.unwrap();
        let read = shop::orders::own(shop, placed.order).await.unwrap();
        assert_eq!(serde_json::to_value(&order).unwrap(), serde_json::to_value(&read).unwrap());
        assert_eq!((order.user_id, order.currency), (read.user_id, read.currency), "what is not written");
        // as if the program had died before it kept the answer
        sqlx::query(
            "update payments set provider_session = null, provider_intent = null, checkout_url = null, status = 'created'",
        )
        .execute(&shop.db)
        .await
        .unwrap();
        let again = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        assert_eq!(again, first);
        assert_eq!(shop.stripe.statement().sessions.len(), 1);
        let short = "select count(*) from orders o join payments p on p.order_id = o.id
                     where o.reserved_until < p.expires_at + interval '2 minutes'";
        assert_eq!(shop.count(short).await, 0, "the goods are held for as long as one can pay");
        // whose kept cards are offered is asked of the gateway first
        let customer = shop.visitor_of(&shop.customer("ada@example.org").await);
        let customer = shop.with_in_cart(customer, mug.variant, 1).await;
        let (_, written) = place_to_pay(shop, &customer, shop.order_form()).await.unwrap();
        assert!(written.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_session() {
    stripe_shop(async |shop| {
        let placed = shop.order_of(&shop.product("Rasp").await, 1).await;
        // fails with RequestStrategy::Once in the gateway: two sessions
        shop.stripe.set_faults(api(vec![ApiRule::new(ApiFault::LoseAnswer).times(2).only("POST", SESSIONS)]));
        let url = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        assert_eq!(shop.stripe.statement().sessions.len(), 1);
        shop.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::Paid);
    })
    .await;
}

#[tokio::test]
async fn without_an_answer_the_shopper_may_try_again() {
    stripe_shop(async |shop| {
        let placed = shop.order_of(&shop.product("Rasp").await, 1).await;
        for (fault, sessions) in [(ApiFault::Unavailable, 0), (ApiFault::RateLimit, 0), (ApiFault::GarbledAnswer, 1)] {
            shop.stripe.set_faults(api(vec![ApiRule::new(fault).only("POST", SESSIONS)]));
            let gone = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page);
            assert!(matches!(gone, Err(Error::Unavailable(_))), "{gone:?}");
            assert_eq!(shop.status(placed.order).await.0, "pending");
            assert_eq!(shop.stripe.statement().sessions.len(), sessions);
        }
        shop.stripe.set_faults(Faults::default());
        let url = payments::pay_again(shop, placed.order, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        shop.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
        shop.wait(2);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "paid");
        assert_eq!(shop.stripe.statement().charges.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_key_with_an_error_of_its_own_is_given_up() {
    stripe_shop(async |shop| {
        let placed = shop.order_of(&shop.product("Rasp").await, 1).await;
        // Stripe keeps a 500 for the key: asking with it again can never work
        shop.stripe.set_faults(api(vec![ApiRule::new(ApiFault::ErrorAfter).times(1).only("POST", SESSIONS)]));
        assert!(payments::begin(shop, placed.payment, &Wish::page(None)).await.is_err());
        let url = payments::pay_again(shop, placed.order, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        assert_eq!(shop.state(placed.payment).await, "failed");
        shop.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
        shop.wait(2);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "paid".into()));
    })
    .await;
}

#[tokio::test]
async fn an_unpaid_order_gives_its_stock_back() {
    stripe_shop(async |shop| {
        let rasp = shop.product("Rasp").stock(3).await;
        let (placed, session) = shop.at_the_page(&rasp, 2).await;
        assert_eq!(available(shop, &rasp).await, 1);
        shop.wait(30);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "pending");
        shop.wait(6);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await, ("cancelled".into(), "failed".into()));
        assert_eq!(available(shop, &rasp).await, 3);
        shop.stripe.pay(&session, Way::Pay).unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_order_closes_its_page() {
    stripe_shop(async |shop| {
        let rasp = shop.product("Rasp").stock(3).await;
        let guest = shop.guest_with(&[(&rasp, 1)]).await;
        let placed = shop.placed(&guest).await;
        let session = session_of(
            payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap().as_str(),
        );
        shop::checkout::reopen(shop, &guest, &placed.number, Some(&placed.access_key)).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "cancelled");
        shop.stripe.pay(&session, Way::Pay).unwrap_err();
        assert_eq!(shop.count("select count(*) from payments where settled_at is null").await, 0);
    })
    .await;
}

#[tokio::test]
async fn money_for_a_cancelled_order_goes_back() {
    stripe_shop(async |shop| {
        let rasp = shop.product("Rasp").stock(3).await;
        let guest = shop.guest_with(&[(&rasp, 1)]).await;
        let placed = shop.placed(&guest).await;
        let session = session_of(
            payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap().as_str(),
        );
        shop::checkout::reopen(shop, &guest, &placed.number, Some(&placed.access_key)).await.unwrap();
        // before the page could be closed
        shop.stripe.pay(&session, Way::Pay).unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await, ("cancelled".into(), "refunded".into()));
        assert_eq!(shop.stripe.statement().charges[0].amount_refunded, placed.total.minor);
        assert_eq!(available(shop, &rasp).await, 3);
        assert_eq!(shop.subjects(), [format!("Your payment for order {} came too late", placed.number)]);
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::GoesBack);
    })
    .await;
}

/// The gateway is out of reach when the reservation ends: the goods go back on sale, the order waits. Then it turns out
/// that it was paid.
async fn paid_in_the_dark(shop: &StripeShop, meanwhile: i32) -> (shop::checkout::Placed, shop::testing::TestProduct) {
    let rasp = shop.product("Rasp").stock(3).await;
    let (placed, session) = shop.at_the_page(&rasp, 2).await;
    shop.stripe.pay(&session, Way::Pay).unwrap();
    shop.stripe.set_faults(api(vec![ApiRule::new(ApiFault::Unavailable)]));
    shop.wait(36);
    payments::reconcile(shop).await.unwrap();
    shop.work().await;
    assert_eq!(shop.status(placed.order).await.0, "pending", "nothing is concluded from a missing answer");
    assert_eq!(available(shop, &rasp).await, 3);
    if meanwhile > 0 {
        shop.order_of(&rasp, meanwhile).await;
    }
    shop.stripe.set_faults(Faults::default());
    shop.wait(2);
    payments::reconcile(shop).await.unwrap();
    shop.work().await;
    (placed, rasp)
}

#[tokio::test]
async fn a_late_payment_takes_the_goods_again() {
    stripe_shop(async |shop| {
        let (placed, rasp) = paid_in_the_dark(shop, 1).await;
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "paid".into()));
        assert_eq!(available(shop, &rasp).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_late_payment_for_sold_goods_goes_back() {
    stripe_shop(async |shop| {
        let (placed, rasp) = paid_in_the_dark(shop, 2).await;
        assert_eq!(shop.status(placed.order).await, ("cancelled".into(), "refunded".into()));
        assert_eq!(available(shop, &rasp).await, 1);
        assert_eq!(shop.subjects(), [format!("Order {} was cancelled", placed.number)]);
        assert!(shop.mailer.kept()[0].text.contains(&format!("We are giving you back {}", placed.total)));
    })
    .await;
}

#[tokio::test]
async fn pay_later_holds_the_goods_until_the_money_came() {
    stripe_shop(async |shop| {
        let rasp = shop.product("Rasp").stock(3).await;
        let (placed, session) = shop.at_the_page(&rasp, 2).await;
        shop.stripe.pay(&session, Way::PayLater).unwrap();
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::OnItsWay);
        shop.wait(50);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        assert_eq!((shop.status(placed.order).await.0.as_str(), available(shop, &rasp).await), ("pending", 1));
        shop.stripe.settle(&session, true).unwrap();
        shop.wait(20);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "paid");
    })
    .await;
}

#[tokio::test]
async fn pay_later_that_never_comes_cancels() {
    stripe_shop(async |shop| {
        let rasp = shop.product("Rasp").stock(3).await;
        let (placed, session) = shop.at_the_page(&rasp, 2).await;
        shop.stripe.pay(&session, Way::FailLater).unwrap();
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::OnItsWay);
        shop.stripe.settle(&session, false).unwrap();
        assert!(matches!(payments::settle(shop, placed.payment).await.unwrap(), Settled::Over { .. }));
        assert_eq!(shop.status(placed.order).await.0, "cancelled");
        assert_eq!(available(shop, &rasp).await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_new_attempt_closes_the_old_page_first() {
    stripe_shop(async |shop| {
        let (placed, old) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        // too little time left on the old page
        shop.wait(32);
        let url = payments::pay_again(shop, placed.order, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        assert_ne!(session_of(url.as_str()), old);
        shop.stripe.pay(&old, Way::Pay).unwrap_err();
        shop.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
        shop.work().await;
        shop.wait(1);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "paid");
        assert_eq!(shop.count("select count(*) from payments where status = 'succeeded'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_app_pays_with_an_intent() {
    stripe_shop(async |shop| {
        let guest = shop.guest_with(&[(&shop.product("Rasp").await, 1)]).await;
        let form = shop::checkout::PlaceOrder { payment_method: "intent".into(), ..shop.order_form() };
        let placed = shop::checkout::place_order(shop, &guest, form).await.unwrap();
        let begun = payments::begin(shop, placed.payment, &Wish::form(None, ShownIn::App))
            .await
            .and_then(Begun::intent)
            .unwrap();
        assert!(begun.client_secret.starts_with(&begun.intent));
        assert_eq!(
            payments::begin(shop, placed.payment, &Wish::form(None, ShownIn::App))
                .await
                .and_then(Begun::intent)
                .unwrap(),
            begun
        );
        // a change of mind: the intent is closed before there is a page
        let url = payments::pay_again(shop, placed.order, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        assert_eq!(shop.stripe.statement().intents[0].status, "canceled");
        shop.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
        shop.work().await;
        shop.wait(1);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "paid");
    })
    .await;
}

#[tokio::test]
async fn a_differing_amount_is_never_silent() {
    stripe_shop_breaking(&["a payment asks for another sum than its order"], async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        // as if the page had been made for another sum
        sqlx::query("update payments set amount = amount + 1").execute(&shop.db).await.unwrap();
        shop.stripe.pay(&session, Way::Pay).unwrap();
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::Differs);
        assert_eq!(shop.status(placed.order).await, ("pending".into(), "paid".into()));
        assert_eq!(shop.count("select count(*) from outbox_events where topic = 'payment.amount_differs'").await, 1);
        assert_eq!(shop.count("select count(*) from order_events where data->>'what' = 'amount_differs'").await, 1);
        // staff give it back
        let staff = shop.admin().await;
        let input = payments::RefundInput { amount: placed.total.decimal().into(), ..Default::default() };
        payments::refund(shop, &staff, placed.order, input, "back").await.unwrap();
        assert_eq!(shop.status(placed.order).await.1, "refunded");
    })
    .await;
}

/// Fails without the lock on the order's row in `apply`: two confirmations, or two orders paid events.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn webhook_return_and_reconciler_at_once() {
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        let rasp = shop.product("Rasp").stock(50).await;
        for _ in 0..20 {
            let (placed, session) = shop.at_the_page(&rasp, 1).await;
            shop.stripe.pay(&session, Way::Pay).unwrap();
            let mut racing = tokio::task::JoinSet::new();
            for i in 0..6 {
                let shop = (**shop).clone();
                let (payment, key) = (placed.payment, placed.access_key.clone());
                racing.spawn(async move {
                    match i % 3 {
                        0 => payments::came_back(&shop, payment, &key).await.map(drop),
                        1 => payments::settle(&shop, payment).await.map(drop),
                        _ => worker::run_pending(&shop).await,
                    }
                });
            }
            while let Some(done) = racing.join_next().await {
                done.unwrap().unwrap();
            }
            assert_eq!(shop.status(placed.order).await.0, "paid");
        }
        for _ in 0..3 {
            shop.message("payment_intent.succeeded").await;
            shop.work().await;
        }
        assert_eq!(shop.count("select count(*) from outbox_events where topic = 'order.paid'").await, 20);
        assert_eq!(shop.count("select count(*) from order_events where to_status = 'paid'").await, 20);
        let mut subjects = shop.subjects();
        assert_eq!(subjects.len(), 20, "{subjects:?}");
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), 20);
    })
    .await;
}

/// A fifth of the answers are lost, a tenth each are 500s and 429s. What is left over is settled by the reconciler.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn checkouts_in_bad_weather() {
    stripe_shop(async |shop| {
        let rasp = shop.product("Rasp").stock(100).await;
        shop.stripe.set_faults(api(vec![
            ApiRule::new(ApiFault::LoseAnswer).percent(20),
            ApiRule::new(ApiFault::ErrorAfter).percent(10),
            ApiRule::new(ApiFault::RateLimit).percent(10),
        ]));
        let mut orders = Vec::new();
        for _ in 0..40 {
            let placed = shop.order_of(&rasp, 1).await;
            let mut url = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page);
            for _ in 0..5 {
                if url.is_err() {
                    url = payments::pay_again(shop, placed.order, &Wish::page(None)).await.and_then(Begun::page);
                }
            }
            if let Ok(url) = url {
                shop.stripe.pay(&session_of(url.as_str()), Way::Pay).unwrap();
                payments::settle(shop, placed.payment).await.unwrap();
            }
            orders.push(placed.order);
        }
        for _ in 0..6 {
            shop.wait(10);
            payments::reconcile(shop).await.unwrap();
            shop.work().await;
        }
        shop.stripe.set_faults(Faults::default());
        shop.wait(10);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        let open = shop.count("select count(*) from payments where settled_at is null").await;
        assert_eq!(open, 0);
        let mut paid = 0;
        for order in orders {
            match shop.status(order).await.0.as_str() {
                "paid" => paid += 1,
                "cancelled" => {}
                other => panic!("an order is {other}"),
            }
        }
        assert_eq!(shop.stripe.statement().charges.len(), paid);
        assert!(paid >= 35, "{paid}");
    })
    .await;
}

/// Fails when a refusal is `Unavailable`: "busy, please try again" then, for ever.
#[tokio::test]
async fn a_definite_refusal_is_told_and_ends_the_attempt() {
    stripe_shop(async |shop| {
        let placed = shop.order_of(&shop.product("Rasp").await, 1).await;
        // an order from before there were bounds
        for statement in [
            "update order_items set unit_price = 20, line_total = 20",
            "update orders set subtotal = 20, shipping = 0, total = 20",
            "update payments set amount = 20",
        ] {
            sqlx::query(statement).execute(&shop.db).await.unwrap();
        }
        let said = "The payment provider refuses this: Amount must be at least £0.30 gbp";
        for payment in [placed.payment] {
            let refused = payments::begin(shop, payment, &Wish::page(None)).await.unwrap_err();
            assert_eq!((refused.conflict_code(), refused.to_string().as_str()), (Some("payment_refused"), said));
            assert_eq!(shop.state(payment).await, "failed");
        }
        let refused = payments::pay_again(shop, placed.order, &Wish::page(None)).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("payment_refused"));
        let refused = payments::pay_again(shop, placed.order, &Wish::form(None, ShownIn::App)).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("payment_refused"));
        let order = shop::orders::own(shop, placed.order).await.unwrap();
        assert_eq!(order.payments.len(), 3);
        for payment in &order.payments {
            let words = PaymentFailure::Words("Amount must be at least £0.30 gbp".to_owned());
            assert_eq!((payment.status, &payment.failure), (PaymentState::Failed, &Some(words)));
        }
        // nothing is left open, so the shopper can have the cart again
        shop::orders::cancel_own(shop, &shop.guest(), &placed.number, Some(&placed.access_key)).await.unwrap();
        assert_eq!(shop.status(placed.order).await.0, "cancelled");
    })
    .await;
}

/// Of what Stripe says about our key nothing follows for the payment.
#[tokio::test]
async fn a_refusal_of_our_key_ends_nothing() {
    stripe_shop(async |shop| {
        let placed = shop.order_of(&shop.product("Rasp").await, 1).await;
        let gateway = shop::payments::Gateway::new(shop::payments::GatewayConfig {
            secret_key: "sk_test_of_somebody_else".into(),
            publishable_key: None,
            webhook_secrets: vec!["whsec_tests".into()],
            api_base: Some(shop.stripe.api.clone()),
        });
        let stranger = shop::Shop { gateway, ..(**shop).clone() };
        let refused = payments::begin(&stranger, placed.payment, &Wish::page(None)).await.unwrap_err();
        assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
        assert_eq!(shop.state(placed.payment).await, "created");
        shop.pay(&placed).await;
    })
    .await;
}

/// Stripe takes what the shop lets through, at both ends, in every currency.
#[tokio::test]
async fn what_the_checkout_lets_through_can_be_paid() {
    for currency in [Currency::GBP, Currency::JPY, Currency::KWD] {
        stripe_shop_in(currency, async |shop| {
            for total in [currency.least(), currency.most()] {
                let product = shop.product("Rasp").priced(total.minor).await;
                let guest = shop.guest_with(&[(&product, 1)]).await;
                let form = PlaceOrder { shipping_method: "collect".into(), ..shop.order_form() };
                let placed = place_order(shop, &guest, form).await.unwrap();
                assert_eq!(placed.total, total);
                shop.pay(&placed).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_total_of_nothing_asks_for_no_payment() {
    stripe_shop(async |shop| {
        let guest = shop.guest_with(&[(&shop.product("Sample card").priced(0).await, 1)]).await;
        let form = PlaceOrder { shipping_method: "collect".into(), ..shop.order_form() };
        let placed = place_order(shop, &guest, form).await.unwrap();
        let back = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        assert_eq!(back.path(), "/checkout/return", "there is no page to pay on");
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::Paid);
        let again = payments::pay_again(shop, placed.order, &Wish::page(None)).await.unwrap_err();
        assert_eq!(again.conflict_code(), Some("order_paid"));
        let staff = shop.admin().await;
        let nothing = payments::refund(shop, &staff, placed.order, Default::default(), "a").await;
        assert!(nothing.is_err());
        payments::reconcile(shop).await.unwrap();
        shop.wait(60);
        shop.work().await;
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "paid".into()));
        assert!(shop.stripe.statement().sessions.is_empty());
    })
    .await;
}
