//! Three hundred checkouts in the worst weather: answers are lost after the gateway acted, it fails, refuses and hangs.
//! Each order ends paid, with one payment, or cancelled, with none; and our books are the gateway's.

use shop::Shop;
use shop::checkout::Placed;
use shop::payments::{self, Begun, Wish};
use shop::testing::stripe::{StripeShop, session_of};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

const CHECKOUTS: usize = 300;
const SHOPPERS: usize = 24;
/// What stands for the ten seconds that a request may take; what hangs, hangs for longer.
const TIMEOUT: Duration = Duration::from_millis(300);
const HANGS_FOR: Duration = Duration::from_millis(600);

/// A fifth of the answers are lost after acting; a tenth are 500s, before or after acting; a tenth 429s; a twentieth
/// hang, having acted or about to.
fn bad_weather() -> Faults {
    let hang = |fault| ApiRule::new(fault).hold(HANGS_FOR);
    let api = vec![
        ApiRule::new(ApiFault::LoseAnswer).percent(20),
        ApiRule::new(ApiFault::ErrorAfter).percent(5),
        ApiRule::new(ApiFault::ErrorBefore).percent(5),
        ApiRule::new(ApiFault::RateLimit).percent(8),
        ApiRule::new(ApiFault::LockTimeout).percent(2),
        hang(ApiFault::Hang).percent(3),
        hang(ApiFault::HangBefore).percent(2),
    ];
    Faults { api, ..Faults::default() }
}

/// What a shopper does who got as far as the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shopper {
    Pays,
    /// At the second try.
    IsDeclinedFirst,
    PaysLater,
    WalksAway,
}

/// How a checkout ended for the shopper.
#[derive(Debug, Clone)]
struct Visit {
    placed: Placed,
    paid: bool,
}

async fn visit(shop: &Shop, stripe: &stripe_sandbox::Sandbox, placed: Placed, shopper: Shopper) -> Visit {
    // the button "pay now", pressed again when the page says that the payment service does not answer
    let mut page = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page);
    for _ in 0..6 {
        if page.is_ok() {
            break;
        }
        page = payments::pay_again(shop, placed.order, &Wish::page(None)).await.and_then(Begun::page);
    }
    let Ok(url) = page else { return Visit { placed, paid: false } };
    let session = session_of(url.as_str());
    // a page that was closed meanwhile takes no money; then this shopper gives up
    let paid = match shopper {
        Shopper::WalksAway => false,
        Shopper::Pays => stripe.pay(&session, Way::Pay).is_ok(),
        Shopper::IsDeclinedFirst => {
            stripe.pay(&session, Way::Decline).unwrap_err();
            stripe.pay(&session, Way::Pay).is_ok()
        }
        Shopper::PaysLater => stripe.pay(&session, Way::PayLater).is_ok(),
    };
    // of all attempts at this order, the one that the page was for is found by the return too
    payments::came_back(shop, placed.payment, &placed.access_key).await.unwrap();
    Visit { placed, paid }
}

async fn reconcile(shop: &StripeShop) {
    payments::reconcile(shop).await.unwrap();
    shop::worker::hurry(shop).await.unwrap();
    shop.work().await;
}

/// Fails when `settle` takes a missing answer for a payment that did not come: paid orders are cancelled.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_hundred_checkouts_in_the_worst_weather() {
    let mut shop = StripeShop::open().await;
    shop.waits_at_most(TIMEOUT);
    shop.webhooks_arrive();
    let rasp = shop.product("Rasp").stock(1000).await;
    let mut waiting = VecDeque::new();
    for i in 0..CHECKOUTS {
        let shopper = match i % 10 {
            0 => Shopper::WalksAway,
            1 | 2 => Shopper::IsDeclinedFirst,
            3 => Shopper::PaysLater,
            _ => Shopper::Pays,
        };
        waiting.push_back((shop.order_of(&rasp, 1).await, shopper));
    }

    shop.stripe.set_faults(bad_weather());
    let waiting = Arc::new(Mutex::new(waiting));
    let visits = Arc::new(Mutex::new(Vec::new()));
    let mut shoppers = tokio::task::JoinSet::new();
    for _ in 0..SHOPPERS {
        let (shop, stripe) = (Shop::clone(&shop), shop.stripe.clone());
        let (waiting, visits) = (waiting.clone(), visits.clone());
        shoppers.spawn(async move {
            loop {
                let Some((placed, shopper)) = waiting.lock().unwrap().pop_front() else { return };
                let visit = visit(&shop, &stripe, placed, shopper).await;
                visits.lock().unwrap().push(visit);
            }
        });
    }
    while let Some(done) = shoppers.join_next().await {
        done.unwrap();
    }
    let visits = std::mem::take(&mut *visits.lock().unwrap());

    // an hour and a half of it: pages expire, late money arrives, the reconciler finds what it can
    for _ in 0..2 {
        shop.wait(45);
        reconcile(&shop).await;
    }
    shop.stripe.set_faults(Faults::default());
    for _ in 0..10 {
        shop.wait(20);
        reconcile(&shop).await;
        let open = shop.count("select count(*) from payments where settled_at is null").await;
        if open == 0 && shop.count("select count(*) from stripe_events where applied_at is null").await == 0 {
            break;
        }
    }
    assert_eq!(shop.count("select count(*) from payments where settled_at is null").await, 0);

    // what each order's charges and payments came to, there and here
    let statement = shop.stripe.statement();
    let mut charges: BTreeMap<&str, usize> = BTreeMap::new();
    for charge in statement.charges.iter().filter(|charge| charge.status == "succeeded") {
        *charges.entry(charge.metadata["order_id"].as_str()).or_default() += 1;
    }
    let mut paid = 0;
    for visit in &visits {
        let order = visit.placed.order;
        let succeeded: i64 =
            sqlx::query_scalar("select count(*) from payments where order_id = $1 and status = 'succeeded'")
                .bind(order)
                .fetch_one(&shop.db)
                .await
                .unwrap();
        let taken = charges.get(order.to_string().as_str()).copied().unwrap_or(0);
        let status = shop.status(order).await;
        let status = (status.0.as_str(), status.1.as_str());
        match visit.paid {
            true => assert_eq!((status, taken, succeeded), (("paid", "paid"), 1, 1), "{visit:?}"),
            false => assert_eq!((status, taken, succeeded), (("cancelled", "failed"), 0, 0), "{visit:?}"),
        }
        paid += usize::from(visit.paid);
    }
    assert_eq!(visits.len(), CHECKOUTS);
    assert!(paid >= CHECKOUTS * 2 / 3, "{paid} of {CHECKOUTS} shoppers could pay");
    let reserved: i64 = i64::try_from(paid).unwrap();
    assert_eq!(
        shop.count("select sum(reserved)::bigint from stock_levels").await,
        reserved,
        "what is paid is held, no more"
    );
    shop.books_agree().await;
    shop.nothing_differs().await;
    shop.finish().await;
}
