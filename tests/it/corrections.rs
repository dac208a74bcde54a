//! A cart that was ordered is ordered again with other wishes: the order is corrected while nobody pays it, and else
//! stays.

use shop::accounts::{System, Visitor};
use shop::cart;
use shop::checkout::{self, PlaceOrder, Placed};
use shop::id::CartId;
use shop::orders;
use shop::payments::{Begun, ShownIn, Wish};
use shop::testing::stripe::{session_of, stripe_shop};
use shop::testing::{self, TestProduct, TestShop};
use shop::words::Locale;
use shop::{Act, Error, inventory, payments};
use std::time::Duration;
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

/// A guest with two of a product in a cart, and the cart's id.
async fn guest_with(shop: &TestShop, product: &TestProduct) -> (Visitor, CartId) {
    let guest = shop.guest_with(&[(product, 2)]).await;
    let cart = cart::of(shop, &guest).await.unwrap().id.unwrap();
    (guest, cart)
}

fn form_for(shop: &TestShop, cart: CartId) -> PlaceOrder {
    PlaceOrder { cart_id: cart.to_string().into(), ..shop.order_form() }
}

/// The same order to another place, sooner.
fn corrected(shop: &TestShop, cart: CartId) -> PlaceOrder {
    let mut form = form_for(shop, cart);
    form.shipping_address.city = "Leeds".into();
    form.shipping_address.postal_code = "LS1 4AP".into();
    form.shipping_method = "express".into();
    form.email = "byron@example.org".into();
    form
}

fn is_ordered_already(answer: Result<Placed, Error>, number: &str) {
    match answer.expect_err("it stays") {
        Error::Conflict { code: "already_ordered", details, .. } => {
            assert!(details.iter().any(|d| d.field == "number" && d.message.to_string() == number), "{details:?}");
        }
        e => panic!("{e:?}"),
    }
}

/// Fails when `correct` takes whatever order the cart became for what was asked for: the goods go to the old address.
/// And without either look at the sum that is expected: whoever corrects, and whoever repeats, is then charged unseen.
#[tokio::test]
async fn other_wishes_are_written_into_the_order() {
    testing::shop(async |shop| {
        let vice = shop.product("Vice").priced(18_50).stock(5).await;
        let (guest, cart) = guest_with(shop, &vice).await;
        let first = PlaceOrder { expected_total: "41.95".into(), ..form_for(shop, cart) };
        let placed = checkout::place_order(shop, &guest, first.clone()).await.unwrap();

        let saw = PlaceOrder { expected_total: "41.95".into(), ..corrected(shop, cart) };
        let refused = checkout::place_order(shop, &guest, saw).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("total_changed"), "the sum of now is 46.95");
        let second = PlaceOrder { expected_total: "46.95".into(), ..corrected(shop, cart) };
        let again = checkout::place_order(shop, &guest, second.clone()).await.unwrap();
        assert_eq!((again.order, &again.number, &again.access_key), (placed.order, &placed.number, &placed.access_key));
        assert_eq!((again.total.minor, again.replayed), (46_95, false));
        assert_ne!(again.payment, placed.payment, "whoever goes on with the first pays nothing");

        let view = orders::for_visitor(shop, &guest, &placed.number, None).await.unwrap();
        assert_eq!(view.email, "byron@example.org");
        assert_eq!((view.shipping_address.city.as_str(), view.billing_address.city.as_str()), ("Leeds", "Leeds"));
        assert_eq!((view.shipping_method.as_str(), view.totals.total.minor), ("express", 46_95));
        let paying: Vec<_> = view.payments.iter().map(|p| (p.status.word(), p.amount.minor)).collect();
        assert_eq!(paying, [("cancelled", 41_95), ("created", 46_95)]);
        assert!(
            view.timeline.iter().any(|row| row.what.say(Locale::English).contains("delivery address")),
            "{:?}",
            view.timeline
        );
        assert_eq!(inventory::available(&shop.db, vice.variant).await.unwrap(), 3, "held once");

        // the second request again is the same; the first one, late, undoes nothing, and is told that the sum is
        // another
        let twice = checkout::place_order(shop, &guest, second.clone()).await.unwrap();
        assert_eq!((twice.payment, twice.replayed), (again.payment, true));
        let late = checkout::place_order(shop, &guest, first).await.unwrap_err();
        assert_eq!(late.conflict_code(), Some("total_changed"));
        // nothing to correct, but another sum than the shopper saw
        let old_sum = PlaceOrder { expected_total: "41.95".into(), ..corrected(shop, cart) };
        let refused = checkout::place_order(shop, &guest, old_sum).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("total_changed"));
        let other = PlaceOrder { note: "Ring twice".into(), ..second };
        assert!(matches!(checkout::place_order(shop, &guest, other).await, Err(Error::KeyReused)));
        let count: i64 = sqlx::query_scalar("select count(*) from orders").fetch_one(&shop.db).await.unwrap();
        assert_eq!(count, 1);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    testing::shop(async |shop| {
        let (guest, cart) = guest_with(shop, &shop.product("Vice").await).await;
        let placed = checkout::place_order(shop, &guest, form_for(shop, cart)).await.unwrap();
        let mut wrong = corrected(shop, cart);
        wrong.shipping_address.country = "FR".into();
        wrong.shipping_address.postal_code = "75001".into();
        assert!(matches!(checkout::place_order(shop, &guest, wrong).await, Err(Error::Invalid(_))));
        let stranger = shop.guest_with(&[(&shop.product("Rasp").await, 1)]).await;
        assert!(matches!(checkout::place_order(shop, &stranger, corrected(shop, cart)).await, Err(Error::NotFound)));
        let view = orders::for_visitor(shop, &guest, &placed.number, None).await.unwrap();
        assert_eq!((view.shipping_address.city.as_str(), view.payments.len()), ("London", 1));
    })
    .await;
}

/// Goods whose hold had lapsed are held again, if they are there.
#[tokio::test]
async fn a_correction_holds_the_goods_anew() {
    testing::shop(async |shop| {
        let vice = shop.product("Vice").stock(2).await;
        let (guest, cart) = guest_with(shop, &vice).await;
        let placed = checkout::place_order(shop, &guest, form_for(shop, cart)).await.unwrap();
        shop.clock.advance(chrono::TimeDelta::minutes(36));
        let mut act = Act::begin(shop, &System).await.unwrap();
        assert!(shop::lifecycle::lapse_reservation(&mut act, placed.order).await.unwrap());
        act.commit(()).await.unwrap();
        let quick = shop.guest_with(&[(&vice, 1)]).await;
        let theirs = shop.placed(&quick).await;
        let refused = checkout::place_order(shop, &guest, corrected(shop, cart)).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("sold_out"));
        orders::cancel_own(shop, &quick, &theirs.number, None).await.unwrap();
        checkout::place_order(shop, &guest, corrected(shop, cart)).await.unwrap();
        assert_eq!(inventory::available(&shop.db, vice.variant).await.unwrap(), 0);
    })
    .await;
}

/// Fails when `correct` does not end what was begun: the old page takes the old sum for the new order.
#[tokio::test]
async fn an_open_page_is_ended_first() {
    stripe_shop(async |shop| {
        let vice = shop.product("Vice").priced(18_50).stock(9).await;
        let (guest, cart) = guest_with(shop, &vice).await;
        let placed = checkout::place_order(shop, &guest, form_for(shop, cart)).await.unwrap();
        let old = session_of(
            payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap().as_str(),
        );
        let again = checkout::place_order(shop, &guest, corrected(shop, cart)).await.unwrap();
        assert!(shop.stripe.pay(&old, Way::Pay).is_err(), "nobody can pay on the old page");
        let url = payments::begin(shop, again.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        assert_ne!(session_of(url.as_str()), old);
        shop.pay(&again).await;
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "paid".into()));
        is_ordered_already(checkout::place_order(shop, &guest, corrected_again(shop, cart)).await, &placed.number);
        shop.nothing_differs().await;
    })
    .await;
}

fn corrected_again(shop: &TestShop, cart: CartId) -> PlaceOrder {
    PlaceOrder { note: "Ring twice".into(), ..corrected(shop, cart) }
}

#[tokio::test]
async fn an_intent_is_ended_too() {
    stripe_shop(async |shop| {
        let (guest, cart) = guest_with(shop, &shop.product("Vice").stock(9).await).await;
        let intent = || PlaceOrder { payment_method: "intent".into(), ..form_for(shop, cart) };
        let placed = checkout::place_order(shop, &guest, intent()).await.unwrap();
        let begun = payments::begin(shop, placed.payment, &Wish::form(None, ShownIn::App))
            .await
            .and_then(Begun::intent)
            .unwrap();
        let to_leeds = PlaceOrder { payment_method: "intent".into(), ..corrected(shop, cart) };
        let again = checkout::place_order(shop, &guest, to_leeds).await.unwrap();
        assert!(!shop.stripe.confirm(&begun.intent, "pm_card_visa").await, "the old intent takes no money");
        let begun = payments::begin(shop, again.payment, &Wish::form(None, ShownIn::App))
            .await
            .and_then(Begun::intent)
            .unwrap();
        assert!(shop.stripe.confirm(&begun.intent, "pm_card_visa").await);
        payments::settle(shop, again.payment).await.unwrap();
        assert_eq!(shop.status(placed.order).await.0, "paid");
    })
    .await;
}

/// Paid a moment ago, or the bank takes its time: the order is paid and stays. Once that is known, Stripe is not asked
/// again: fails without `is_on_its_way`, as Stripe does not answer then.
#[tokio::test]
async fn what_somebody_pays_stays() {
    stripe_shop(async |shop| {
        let vice = shop.product("Vice").stock(9).await;
        for way in [Way::Pay, Way::PayLater] {
            let (guest, cart) = guest_with(shop, &vice).await;
            let placed = checkout::place_order(shop, &guest, form_for(shop, cart)).await.unwrap();
            let page = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap();
            shop.stripe.pay(&session_of(page.as_str()), way).unwrap();
            is_ordered_already(checkout::place_order(shop, &guest, corrected(shop, cart)).await, &placed.number);
            shop.stripe.set_faults(Faults { api: vec![ApiRule::new(ApiFault::Unavailable)], ..Faults::default() });
            is_ordered_already(checkout::place_order(shop, &guest, corrected(shop, cart)).await, &placed.number);
            shop.stripe.set_faults(Faults::default());
            let view = orders::for_visitor(shop, &guest, &placed.number, None).await.unwrap();
            assert_eq!((view.shipping_address.city.as_str(), view.payments.len()), ("London", 1));
        }
    })
    .await;
}

/// Fails when an answer that is missing counts as "nobody pays".
#[tokio::test]
async fn without_a_clear_answer_nothing_is_corrected() {
    stripe_shop(async |shop| {
        let (guest, cart) = guest_with(shop, &shop.product("Vice").stock(9).await).await;
        let placed = checkout::place_order(shop, &guest, form_for(shop, cart)).await.unwrap();
        let page = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap();
        shop.stripe.set_faults(Faults { api: vec![ApiRule::new(ApiFault::Unavailable)], ..Faults::default() });
        let unclear = checkout::place_order(shop, &guest, corrected(shop, cart)).await;
        assert!(matches!(unclear, Err(Error::Unavailable(_))), "{unclear:?}");
        let view = orders::for_visitor(shop, &guest, &placed.number, None).await.unwrap();
        assert_eq!((view.status.word(), view.shipping_address.city.as_str()), ("pending", "London"));
        shop.stripe.set_faults(Faults::default());
        let again = checkout::place_order(shop, &guest, corrected(shop, cart)).await.unwrap();
        assert!(shop.stripe.pay(&session_of(page.as_str()), Way::Pay).is_err());
        shop.pay(&again).await;
    })
    .await;
}

/// Two forms with other wishes at once, while the first page is open: the order is wholly what one of them wanted, one
/// payment is open, and of the two pages that they are led to at most one takes money, for the sum that its shopper
/// saw.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_corrections_at_once_one_stands() {
    stripe_shop(async |shop| {
        let vice = shop.product("Vice").priced(18_50).stock(90).await;
        for _ in 0..6 {
            let (guest, cart) = guest_with(shop, &vice).await;
            let placed = checkout::place_order(shop, &guest, form_for(shop, cart)).await.unwrap();
            payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap();
            let mut to_york = form_for(shop, cart);
            to_york.shipping_address.city = "York".into();
            to_york.shipping_method = "collect".into();
            let goes_through = async |form: PlaceOrder| {
                let placed = checkout::place_order(shop, &guest, form).await?;
                let page = payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page)?;
                Ok::<_, Error>((placed.total, session_of(page.as_str())))
            };
            let both = futures::future::join(goes_through(corrected(shop, cart)), goes_through(to_york)).await;
            let view = orders::for_visitor(shop, &guest, &placed.number, None).await.unwrap();
            let stands = (view.shipping_address.city.as_str(), view.shipping_method.as_str(), view.totals.total.minor);
            assert!([("Leeds", "express", 46_95), ("York", "collect", 37_00)].contains(&stands), "{stands:?}");
            let open = view.payments.iter().filter(|p| p.status.is_open()).count();
            assert_eq!(open, 1, "{:?}", view.payments);
            let mut paid = 0;
            for (total, session) in [both.0, both.1].into_iter().flatten() {
                if shop.stripe.pay(&session, Way::Pay).is_ok() {
                    assert_eq!(total, view.totals.total);
                    paid += 1;
                }
            }
            assert!(paid <= 1);
            for payment in &view.payments {
                payments::settle(shop, payment.id).await.unwrap();
            }
            shop.work().await;
        }
    })
    .await;
}

/// The shopper pays in one tab and sends other wishes in another, at the same moment, with the webhook on its way:
/// either the order is paid as it was, or it is corrected and the old page takes nothing. Fails when `correct` does not
/// end what was begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn paying_and_correcting_at_once_comes_to_one_of_the_two() {
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        let vice = shop.product("Vice").priced(18_50).stock(90).await;
        let (mut paid, mut changed) = (0, 0);
        for n in 0..12_u64 {
            let (guest, cart) = guest_with(shop, &vice).await;
            let placed = checkout::place_order(shop, &guest, form_for(shop, cart)).await.unwrap();
            let session = session_of(
                payments::begin(shop, placed.payment, &Wish::page(None)).await.and_then(Begun::page).unwrap().as_str(),
            );
            let pays = async {
                tokio::time::sleep(Duration::from_millis(n * 3)).await;
                let paid = shop.stripe.pay(&session, Way::Pay).is_ok();
                payments::settle(shop, placed.payment).await.unwrap();
                paid
            };
            let (is_paid, answer) =
                futures::future::join(pays, checkout::place_order(shop, &guest, corrected(shop, cart))).await;
            shop.work().await;
            let view = orders::for_visitor(shop, &guest, &placed.number, None).await.unwrap();
            let city = view.shipping_address.city.as_str();
            match is_paid {
                true => {
                    is_ordered_already(answer, &placed.number);
                    assert_eq!((city, view.status.word()), ("London", "paid"));
                    paid += 1;
                }
                false => {
                    answer.unwrap();
                    assert_eq!((city, view.status.word()), ("Leeds", "pending"));
                    changed += 1;
                }
            }
        }
        assert_eq!(paid + changed, 12);
    })
    .await;
}
