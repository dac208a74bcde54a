//! From cart to order: one order per cart and per key, never more than there is, never another sum than was seen.

use shop::accounts::Visitor;
use shop::checkout::{self, PlaceOrder};
use shop::testing::{self, TestShop, noon};
use shop::{Clock, Error, inventory};
use std::sync::Arc;

async fn orders(shop: &TestShop) -> i64 {
    sqlx::query_scalar("select count(*) from orders").fetch_one(&shop.db).await.unwrap()
}

fn fields(error: Error) -> Vec<String> {
    let Error::Invalid(faults) = error else { panic!("{error:?} is not about fields") };
    faults.0.into_iter().map(|f| f.field.into_owned()).collect()
}

#[tokio::test]
async fn a_guest_orders() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(18_50).stock(5).await;
        let guest = shop.guest_with(&[(&hammer, 2)]).await;
        let quote = checkout::quote(shop, &guest, Default::default()).await.unwrap();
        assert_eq!(quote.totals.total.minor, 41_95);
        let form = PlaceOrder { expected_total: "41.95".into(), ..shop.order_form() };
        let placed = checkout::place_order(shop, &guest, form).await.unwrap();
        assert_eq!((placed.total.minor, placed.replayed), (41_95, false));
        assert!(placed.number.starts_with("IM-"));
        assert_eq!(inventory::available(&shop.db, hammer.variant).await.unwrap(), 3);
        assert_eq!(shop::cart::count(shop, &guest).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn all_faults_are_named_at_once() {
    testing::shop(async |shop| {
        let guest = shop.guest_with(&[(&shop.product("Rasp").await, 1)]).await;
        let mut form = shop.order_form();
        form.email = "ada@".into();
        form.shipping_address.line1 = " ".into();
        form.shipping_address.postal_code = "12345".into();
        form.billing_address.city = "Paris".into();
        form.billing_address.country = "QQ".into();
        form.expected_total = "much".into();
        let faults = fields(checkout::place_order(shop, &guest, form).await.unwrap_err());
        for field in ["email", "shippingAddress.line1", "shippingAddress.postalCode", "expectedTotal"] {
            assert!(faults.iter().any(|f| f == field), "{field} in {faults:?}");
        }
        for field in ["billingAddress.country", "billingAddress.firstName", "billingAddress.postalCode"] {
            assert!(faults.iter().any(|f| f == field), "{field} in {faults:?}");
        }
        let mut form = shop.order_form();
        form.shipping_address.country = "FR".into();
        assert_eq!(fields(checkout::place_order(shop, &guest, form).await.unwrap_err()), ["shippingAddress.country"]);
        let form = PlaceOrder { shipping_method: "zeppelin".into(), ..shop.order_form() };
        assert_eq!(fields(checkout::place_order(shop, &guest, form).await.unwrap_err()), ["shippingMethod"]);
        assert_eq!(orders(shop).await, 0);
    })
    .await;
}

/// Fails with more than five orders when the condition `reserved + $4 <= on_hand + $3` of the ledger (and the check
/// constraint of the same meaning) is removed.
#[tokio::test]
async fn fifty_buyers_of_five_hammers() {
    let shop = Arc::new(TestShop::open_with(Clock::standing_at(noon()), 2).await);
    let hammer = shop.product("Claw hammer").stock(5).await;
    let mut guests = Vec::new();
    for _ in 0..50 {
        guests.push(shop.guest_with(&[(&hammer, 1)]).await);
    }
    let buyers = guests.into_iter().map(|guest| {
        let shop = shop.clone();
        tokio::spawn(async move { checkout::place_order(&shop, &guest, shop.order_form()).await })
    });
    let mut bought = 0;
    for answer in futures::future::join_all(buyers).await {
        match answer.unwrap() {
            Ok(_) => bought += 1,
            Err(e) => assert_eq!(e.conflict_code(), Some("sold_out"), "{e:?}"),
        }
    }
    assert_eq!((bought, orders(&shop).await), (5, 5));
    assert_eq!(inventory::available(&shop.db, hammer.variant).await.unwrap(), 0);
    Arc::into_inner(shop).unwrap().finish().await;
}

/// Without the ascending order in the ledger, buyers lock levels crosswise; deadlocks then outlast the three tries.
#[tokio::test]
async fn crossing_carts_reach_no_buyer_as_a_deadlock() {
    let shop = Arc::new(TestShop::open_with(Clock::standing_at(noon()), 4).await);
    let mut products = Vec::new();
    for name in ["Hinge", "Latch", "Bolt", "Hasp"] {
        products.push(shop.product(name).stock(30).await);
    }
    let mut guests = Vec::new();
    for n in 0_usize..40 {
        let mut lines: Vec<_> = products.iter().map(|p| (p, 1)).collect();
        lines.rotate_left(n % 4);
        if n % 2 == 1 {
            lines.reverse();
        }
        lines.truncate(2 + n % 3);
        guests.push(shop.guest_with(&lines).await);
    }
    let buyers = guests.into_iter().map(|guest| {
        let shop = shop.clone();
        tokio::spawn(async move { checkout::place_order(&shop, &guest, shop.order_form()).await })
    });
    for answer in futures::future::join_all(buyers).await {
        if let Err(e) = answer.unwrap() {
            assert_eq!(e.conflict_code(), Some("sold_out"), "{e:?}");
        }
    }
    Arc::into_inner(shop).unwrap().finish().await;
}

async fn twenty_times(shop: &Arc<TestShop>, guest: &Visitor, form: impl Fn() -> PlaceOrder) -> Vec<bool> {
    let sends = (0..20).map(|_| {
        let (shop, guest, form) = (shop.clone(), guest.clone(), form());
        tokio::spawn(async move { checkout::place_order(&shop, &guest, form).await })
    });
    let answers: Vec<_> = futures::future::join_all(sends).await.into_iter().map(|a| a.unwrap().unwrap()).collect();
    assert!(answers.iter().all(|a| a.number == answers[0].number && a.payment == answers[0].payment));
    answers.into_iter().map(|a| a.replayed).collect()
}

#[tokio::test]
async fn one_form_sent_twenty_times_is_one_order() {
    let shop = Arc::new(TestShop::open_with(Clock::standing_at(noon()), 4).await);
    let guest = shop.guest_with(&[(&shop.product("Vice").stock(9).await, 3)]).await;
    let form = shop.order_form();
    let replayed = twenty_times(&shop, &guest, || form.clone()).await;
    assert_eq!(replayed.iter().filter(|r| !**r).count(), 1);
    assert_eq!(orders(&shop).await, 1);
    Arc::into_inner(shop).unwrap().finish().await;
}

#[tokio::test]
async fn twenty_tabs_of_one_cart_are_one_order() {
    let shop = Arc::new(TestShop::open_with(Clock::standing_at(noon()), 4).await);
    let guest = shop.guest_with(&[(&shop.product("Vice").stock(9).await, 3)]).await;
    let cart = shop::cart::of(&shop, &guest).await.unwrap().id.unwrap();
    twenty_times(&shop, &guest, || PlaceOrder { cart_id: cart.to_string().into(), ..shop.order_form() }).await;
    assert_eq!(orders(&shop).await, 1);
    Arc::into_inner(shop).unwrap().finish().await;
}
