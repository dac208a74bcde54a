//! What may be held without being paid. Fails without `unpaid::check`: one guest, or one network, holds whole shelves.

use shop::Clock;
use shop::Error;
use shop::accounts::Visitor;
use shop::checkout::{self, PlaceOrder, Placed, UnpaidBounds};
use shop::inventory;
use shop::orders;
use shop::testing::{TestProduct, TestShop, noon};
use std::sync::Arc;

async fn bounded() -> TestShop {
    let mut shop = TestShop::open_with(Clock::standing_at(noon()), 6).await;
    shop.unpaid = Some(UnpaidBounds::of(10));
    shop
}

fn from(mut visitor: Visitor, ip: &str) -> Visitor {
    visitor.origin.ip = Some(ip.to_owned());
    visitor
}

/// Somebody at this address orders so many, as a guest with this e-mail address.
async fn orders(shop: &TestShop, ip: &str, email: &str, product: &TestProduct, quantity: i32) -> Result<Placed, Error> {
    let guest = from(shop.guest_with(&[(product, quantity)]).await, ip);
    checkout::place_order(shop, &guest, PlaceOrder { email: email.into(), ..shop.order_form() }).await
}

fn is_too_many(answer: Result<Placed, Error>) -> String {
    match answer.expect_err("is refused") {
        Error::Conflict { code: "too_many_unpaid", message, .. } => message.to_string(),
        e => panic!("{e:?}"),
    }
}

#[tokio::test]
async fn ten_orders_of_one_address_wait_for_money_and_no_eleventh() {
    let shop = bounded().await;
    let rasp = shop.product("Rasp").stock(500).await;
    let mut first = None;
    for n in 0..10 {
        let placed = orders(&shop, &format!("192.0.2.{n}"), "eve@example.org", &rasp, 1).await.unwrap();
        first.get_or_insert(placed);
    }
    is_too_many(orders(&shop, "192.0.2.99", "Eve@example.org", &rasp, 1).await);
    orders(&shop, "192.0.2.99", "ada@example.org", &rasp, 1).await.unwrap();
    // paid, it does not count
    shop.take_money(first.unwrap().order).await;
    orders(&shop, "192.0.2.99", "eve@example.org", &rasp, 1).await.unwrap();
    let kept: i64 = sqlx::query_scalar("select count(placed_from) from orders where status <> 'pending'")
        .fetch_one(&shop.db)
        .await
        .unwrap();
    assert_eq!(kept, 0, "where a paid order came from is forgotten");
    shop.finish().await;
}

#[tokio::test]
async fn a_network_has_twenty_whatever_names_it_makes_up() {
    let shop = bounded().await;
    let rasp = shop.product("Rasp").stock(500).await;
    for n in 0..20 {
        // one network: what lies behind the first 64 bits is anybody's own choice
        orders(&shop, &format!("2001:db8::{n}"), &format!("eve{n}@example.org"), &rasp, 1).await.unwrap();
    }
    is_too_many(orders(&shop, "2001:db8::1:2:3", "new@example.org", &rasp, 1).await);
    orders(&shop, "2001:db8:0:1::1", "new@example.org", &rasp, 1).await.unwrap();
    shop.finish().await;
}

/// Of 100, one network or one e-mail address holds 50 at most, in however many orders; of 8 all, for that is a handful.
#[tokio::test]
async fn half_of_the_shelf_is_left_for_others() {
    let shop = bounded().await;
    let (bolt, vice) = (shop.product("Bolt").stock(100).await, shop.product("Vice").stock(8).await);
    let words = is_too_many(orders(&shop, "192.0.2.1", "eve@example.org", &bolt, 100).await);
    assert!(words.contains("no more than 50"), "{words}");
    orders(&shop, "192.0.2.1", "eve@example.org", &bolt, 30).await.unwrap();
    let words = is_too_many(orders(&shop, "192.0.2.1", "other@example.org", &bolt, 21).await);
    assert!(words.contains("no more than 20"), "{words}");
    let words = is_too_many(orders(&shop, "192.0.2.2", "eve@example.org", &bolt, 21).await);
    assert!(words.contains("no more than 20"), "{words}");
    let second = orders(&shop, "192.0.2.1", "other@example.org", &bolt, 20).await.unwrap();
    is_too_many(orders(&shop, "192.0.2.1", "third@example.org", &bolt, 1).await);
    orders(&shop, "192.0.2.9", "ada@example.org", &bolt, 25).await.unwrap();
    assert_eq!(inventory::available(&shop.db, bolt.variant).await.unwrap(), 25);
    orders(&shop, "192.0.2.1", "eve@example.org", &vice, 8).await.unwrap();
    // what is paid is not counted any more, neither as held nor as there
    shop.take_money(second.order).await;
    orders(&shop, "192.0.2.7", "third@example.org", &bolt, 1).await.unwrap();
    shop.finish().await;
}

/// A business that has bought here orders the whole shelf.
#[tokio::test]
async fn a_customer_who_paid_before_orders_all_there_is() {
    let shop = bounded().await;
    let bolt = shop.product("Bolt").stock(100).await;
    let ada = from(shop.visitor_of(&shop.customer("ada@example.org").await), "192.0.2.1");
    let all = async |n: i32| {
        shop.with_in_cart(ada.clone(), bolt.variant, n).await;
        checkout::place_order(&shop, &ada, shop.order_form()).await
    };
    is_too_many(all(99).await);
    shop::cart::clear(&shop, &ada).await.unwrap();
    let placed = all(10).await.unwrap();
    shop.take_money(placed.order).await;
    let placed = all(90).await.unwrap();
    assert_eq!(inventory::available(&shop.db, bolt.variant).await.unwrap(), 0);
    orders::cancel_own(&shop, &ada, &placed.number, None).await.unwrap();
    shop.finish().await;
}

/// Thirty at once from one network are twenty orders. Fails without the lock in `unpaid::queue`: more slip through.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_do_not_slip_through() {
    let shop = Arc::new(bounded().await);
    let rasp = shop.product("Rasp").stock(500).await;
    let mut guests = Vec::new();
    for _ in 0..30 {
        guests.push(from(shop.guest_with(&[(&rasp, 1)]).await, "192.0.2.1"));
    }
    let all = guests.into_iter().enumerate().map(|(n, guest)| {
        let shop = shop.clone();
        tokio::spawn(async move {
            let form = PlaceOrder { email: format!("eve{n}@example.org").into(), ..shop.order_form() };
            checkout::place_order(&shop, &guest, form).await
        })
    });
    let mut placed = 0;
    for answer in futures::future::join_all(all).await {
        match answer.unwrap() {
            Ok(_) => placed += 1,
            refused => drop(is_too_many(refused)),
        }
    }
    assert_eq!(placed, 20);
    Arc::into_inner(shop).unwrap().finish().await;
}
