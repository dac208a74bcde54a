//! From cart to order: one order per cart and per key, never more than there is, never another sum than was seen.

use shop::accounts::Visitor;
use shop::cart::{self, AcceptPrice, Problem};
use shop::checkout::{self, PlaceOrder};
use shop::orders::{self, OrderStatus};
use shop::testing::{self, TestShop, noon};
use shop::{Clock, Currency, Error, inventory, worker};
use std::sync::Arc;

async fn order_count(shop: &TestShop) -> i64 {
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
        assert_eq!(quote.totals.unwrap().total.minor, 41_95);
        let form = PlaceOrder { expected_total: "41.95".into(), ..shop.order_form() };
        let placed = checkout::place_order(shop, &guest, form).await.unwrap();
        assert_eq!((placed.total.minor, placed.replayed), (41_95, false));
        assert!(placed.number.starts_with("IM-"));
        assert_eq!(inventory::available(&shop.db, hammer.variant).await.unwrap(), 3);
        assert_eq!(cart::count(shop, &guest).await.unwrap(), 0);
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
        for field in ["billingAddress.country", "billingAddress.firstName", "billingAddress.line1"] {
            assert!(faults.iter().any(|f| f == field), "{field} in {faults:?}");
        }
        let mut form = shop.order_form();
        form.shipping_address.country = "FR".into();
        form.shipping_address.postal_code = "75001".into();
        assert_eq!(fields(checkout::place_order(shop, &guest, form).await.unwrap_err()), ["shippingAddress.country"]);
        let form = PlaceOrder { shipping_method: "zeppelin".into(), ..shop.order_form() };
        assert_eq!(fields(checkout::place_order(shop, &guest, form).await.unwrap_err()), ["shippingMethod"]);
        assert_eq!(order_count(shop).await, 0);
    })
    .await;
}

/// Fails with more than five orders when the condition `reserved + $4 <= on_hand + $3` in `inventory::movements` (and
/// the check constraint of the same meaning) is removed.
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
    assert_eq!((bought, order_count(&shop).await), (5, 5));
    assert_eq!(inventory::available(&shop.db, hammer.variant).await.unwrap(), 0);
    Arc::into_inner(shop).unwrap().finish().await;
}

/// Without the ascending order in `movements`, buyers lock levels crosswise; deadlocks then outlast the three tries.
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
    assert_eq!(order_count(&shop).await, 1);
    Arc::into_inner(shop).unwrap().finish().await;
}

#[tokio::test]
async fn twenty_tabs_of_one_cart_are_one_order() {
    let shop = Arc::new(TestShop::open_with(Clock::standing_at(noon()), 4).await);
    let guest = shop.guest_with(&[(&shop.product("Vice").stock(9).await, 3)]).await;
    let cart = cart::of(&shop, &guest).await.unwrap().id.unwrap();
    twenty_times(&shop, &guest, || PlaceOrder { cart_id: cart.to_string().into(), ..shop.order_form() }).await;
    assert_eq!(order_count(&shop).await, 1);
    Arc::into_inner(shop).unwrap().finish().await;
}

#[tokio::test]
async fn a_key_is_for_one_order_only() {
    testing::shop(async |shop| {
        let guest = shop.guest_with(&[(&shop.product("Vice").await, 1)]).await;
        let form = shop.order_form();
        let placed = checkout::place_order(shop, &guest, form.clone()).await.unwrap();
        let other = PlaceOrder { note: "Please ring".into(), ..form.clone() };
        assert!(matches!(checkout::place_order(shop, &guest, other).await, Err(Error::KeyReused)));
        // the key is the shopper's own: another's order under the same key is another order
        let neighbour = shop.guest_with(&[(&shop.product("Rasp").await, 1)]).await;
        let theirs = checkout::place_order(shop, &neighbour, form.clone()).await.unwrap();
        assert_ne!(theirs.order, placed.order);
        // and it still replays when a new cart has been begun
        let guest = shop.with_in_cart(guest, shop.product("Saw").await.variant, 1).await;
        let again = checkout::place_order(shop, &guest, form).await.unwrap();
        assert_eq!((again.order, again.replayed), (placed.order, true));
    })
    .await;
}

#[tokio::test]
async fn a_cart_is_ordered_once() {
    testing::shop(async |shop| {
        let guest = shop.guest_with(&[(&shop.product("Vice").await, 1)]).await;
        let cart = cart::of(shop, &guest).await.unwrap().id.unwrap();
        let placed = shop.placed(&guest).await;
        // a second tab, while the order is not paid
        let form = || PlaceOrder { cart_id: cart.to_string().into(), ..shop.order_form() };
        let again = checkout::place_order(shop, &guest, form()).await.unwrap();
        assert_eq!((again.order, again.payment, again.replayed), (placed.order, placed.payment, true));
        // which says what it saw, as always
        let saw = PlaceOrder { expected_total: "1.00".into(), ..form() };
        let refused = checkout::place_order(shop, &guest, saw).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("total_changed"));
        // one that names no cart means the open one, and there is none
        let refused = checkout::place_order(shop, &guest, shop.order_form()).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("cart_empty"));
        shop.take_money(placed.order).await;
        let refused = checkout::place_order(shop, &guest, form()).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("already_ordered"));
        let refused = checkout::place_order(shop, &guest, shop.order_form()).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("cart_empty"));
        // somebody else's cart
        let stranger = shop.guest_with(&[(&shop.product("Rasp").await, 1)]).await;
        assert!(matches!(checkout::place_order(shop, &stranger, form()).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn another_sum_than_was_seen_is_refused() {
    testing::shop(async |shop| {
        let guest = shop.guest_with(&[(&shop.product("Vice").priced(70_00).await, 1)]).await;
        let form = PlaceOrder { expected_total: "74.95".into(), ..shop.order_form() };
        let Err(Error::Conflict { code: "total_changed", details, .. }) =
            checkout::place_order(shop, &guest, form).await
        else {
            panic!("was not refused");
        };
        assert!(details.iter().any(|d| d.field == "total" && d.message == "70.00".into()), "{details:?}");
        assert_eq!(order_count(shop).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_changed_price_asks_for_consent() {
    testing::shop(async |shop| {
        let vice = shop.product("Vice").priced(20_00).await;
        let guest = shop.guest_with(&[(&vice, 2)]).await;
        let reprice = async |minor: i64| {
            sqlx::query("update variants set price = $2 where id = $1")
                .bind(vice.variant)
                .bind(minor)
                .execute(&shop.db)
                .await
                .unwrap();
        };
        reprice(25_00).await;
        let cart = cart::of(shop, &guest).await.unwrap();
        let line = &cart.lines[0];
        assert!(line.price_changed && !cart.can_check_out);
        assert_eq!(line.problem.unwrap().to_string(), "The price changed from £20.00 to £25.00");
        let refused = checkout::place_order(shop, &guest, shop.order_form()).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("price_changed"));
        // it changes again while the shopper reads
        reprice(30_00).await;
        let shown = AcceptPrice { price: "25.00".into() };
        let refused = cart::accept_price(shop, &guest, line.id, shown).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("price_changed"));
        let shown = AcceptPrice { price: "30.00".into() };
        assert!(cart::accept_price(shop, &guest, line.id, shown).await.unwrap().cart.can_check_out);
        assert_eq!(shop.placed(&guest).await.total.minor, 60_00);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_longer_sold_blocks_until_removed() {
    testing::shop(async |shop| {
        let (vice, rasp) = (shop.product("Vice").await, shop.product("Rasp").await);
        let guest = shop.guest_with(&[(&vice, 1), (&rasp, 1)]).await;
        sqlx::query("update products set status = 'archived' where id = $1")
            .bind(vice.id)
            .execute(&shop.db)
            .await
            .unwrap();
        let view = cart::of(shop, &guest).await.unwrap();
        assert_eq!((view.lines[0].problem, view.subtotal.minor), (Some(Problem::NoLongerSold), 10_00));
        let refused = checkout::place_order(shop, &guest, shop.order_form()).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("no_longer_sold"));
        cart::remove(shop, &guest, view.lines[0].id).await.unwrap();
        shop.placed(&guest).await;
    })
    .await;
}

#[tokio::test]
async fn saved_addresses_are_the_customers_own() {
    testing::shop(async |shop| {
        let ada = shop.visitor_of(&shop.customer("ada@example.org").await);
        let bob = shop.visitor_of(&shop.customer("bob@example.org").await);
        let (vice, rasp) = (shop.product("Vice").await, shop.product("Rasp").await);
        shop.with_in_cart(ada.clone(), vice.variant, 1).await;
        let form = PlaceOrder { save_address: "on".into(), email: "".into(), ..shop.order_form() };
        let placed = checkout::place_order(shop, &ada, form).await.unwrap();
        let view = orders::for_visitor(shop, &ada, &placed.number, None).await.unwrap();
        assert_eq!((view.email.as_str(), view.shipping_address.postal_code.as_str()), ("ada@example.org", "SW1Y 4JH"));
        let saved: uuid::Uuid = sqlx::query_scalar("select id from addresses").fetch_one(&shop.db).await.unwrap();
        let form = || PlaceOrder {
            shipping_address_id: saved.to_string().into(),
            shipping_address: Default::default(),
            ..shop.order_form()
        };
        shop.with_in_cart(bob.clone(), rasp.variant, 1).await;
        assert_eq!(fields(checkout::place_order(shop, &bob, form()).await.unwrap_err()), ["shippingAddressId"]);
        shop.with_in_cart(ada.clone(), rasp.variant, 1).await;
        checkout::place_order(shop, &ada, form()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn back_to_the_cart_gives_the_lines_back_once() {
    testing::shop(async |shop| {
        let (vice, rasp) = (shop.product("Vice").stock(5).await, shop.product("Rasp").await);
        let guest = shop.guest_with(&[(&vice, 2)]).await;
        let placed = shop.placed(&guest).await;
        let guest = shop.with_in_cart(guest, rasp.variant, 1).await;
        let stranger = shop.guest_with(&[(&rasp, 1)]).await;
        assert!(matches!(checkout::reopen(shop, &stranger, &placed.number, None).await, Err(Error::NotFound)));
        for _ in 0..2 {
            let back = checkout::reopen(shop, &guest, &placed.number, None).await.unwrap().cart;
            let quantities: Vec<_> = back.lines.iter().map(|l| (l.name.as_str(), l.quantity)).collect();
            assert_eq!(quantities, [("Rasp", 1), ("Vice", 2)]);
        }
        assert_eq!(inventory::available(&shop.db, vice.variant).await.unwrap(), 5);
        let second = shop.placed(&guest).await;
        shop.take_money(second.order).await;
        let refused = checkout::reopen(shop, &guest, &second.number, None).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("order_status"));
    })
    .await;
}

#[tokio::test]
async fn what_costs_nothing_is_paid_at_once() {
    testing::shop(async |shop| {
        let guest = shop.guest_with(&[(&shop.product("Catalogue").priced(0).await, 1)]).await;
        let form = PlaceOrder { shipping_method: "collect".into(), ..shop.order_form() };
        let placed = checkout::place_order(shop, &guest, form).await.unwrap();
        let view = orders::for_visitor(shop, &shop.guest(), &placed.number, Some(&placed.access_key)).await.unwrap();
        assert_eq!((view.status, view.totals.total.minor), (OrderStatus::Paid, 0));
    })
    .await;
}

/// A guest's order of one product at this price, collected in the shop, which costs nothing.
async fn collected(shop: &TestShop, price: i64, quantity: i32) -> shop::Result<checkout::Placed> {
    let product = shop.product("Rasp").priced(price).stock(100).await;
    let guest = shop.guest_with(&[(&product, quantity)]).await;
    let form = PlaceOrder { shipping_method: "collect".into(), ..shop.order_form() };
    checkout::place_order(shop, &guest, form).await
}

/// Fails without `Totals::payable`: the order stands, holds its stock, and can never be paid.
#[tokio::test]
async fn no_order_is_placed_that_cannot_be_paid() {
    testing::shop(async |shop| {
        for (price, code, bound) in [
            (1, "total_too_small", ("least", "0.30")),
            (20, "total_too_small", ("least", "0.30")),
            (29, "total_too_small", ("least", "0.30")),
            (100_000_000, "total_too_large", ("most", "999999.99")),
        ] {
            let refused = collected(shop, price, 1).await.unwrap_err();
            let Error::Conflict { code: said, message, details } = refused else { panic!("{refused:?}") };
            assert_eq!(
                (said, details[1].field.as_ref(), details[1].message.to_string().as_str()),
                (code, bound.0, bound.1)
            );
            assert!(message.to_string().contains("can be paid"), "{message}");
        }
        assert_eq!(order_count(shop).await, 0);
        let held: i64 =
            sqlx::query_scalar("select sum(reserved)::bigint from stock_levels").fetch_one(&shop.db).await.unwrap();
        assert_eq!(held, 0);
        for price in [30, 99_999_999] {
            assert_eq!(collected(shop, price, 1).await.unwrap().total.minor, price);
        }
    })
    .await;
}

/// Fails with tax rounded to the smallest unit (3.875 is refused by the payment provider), and without the discount of
/// `Totals::of` for the price of before.
#[tokio::test]
async fn totals_are_in_steps_of_the_currency() {
    let mut shop = TestShop::open().await;
    shop.currency = Currency::KWD;
    sqlx::query(
        r#"insert into settings (key, value, updated_at)
           values ('pricesIncludeTax', 'false', now()), ('taxRates', '[{"country": "GB", "rate": "5"}]', now())"#,
    )
    .execute(&shop.db)
    .await
    .unwrap();
    assert_eq!(collected(&shop, 1_230, 3).await.unwrap().total.minor, 3_870);
    let placed = collected(&shop, 1_234, 1).await.unwrap();
    assert_eq!(placed.total.minor, 1_290, "1.230 and 5 %");
    let discount: i64 = sqlx::query_scalar("select discount from orders where id = $1")
        .bind(placed.order)
        .fetch_one(&shop.db)
        .await
        .unwrap();
    assert_eq!(discount, 4);
    shop.finish().await;
}

/// Fails without `payments::order_paid` in `write::paid_by_itself`: the order waits for a payment that nobody can make.
#[tokio::test]
async fn an_order_of_nothing_is_paid_at_once() {
    testing::shop(async |shop| {
        let gift = shop.product("Sample card").priced(0).stock(3).await;
        let guest = shop.guest_with(&[(&gift, 2)]).await;
        let form = PlaceOrder {
            shipping_method: "collect".into(),
            payment_method: "intent".into(),
            expected_total: "0".into(),
            ..shop.order_form()
        };
        let placed = checkout::place_order(shop, &guest, form.clone()).await.unwrap();
        assert!(placed.total.is_zero() && !placed.replayed);
        let order = orders::for_visitor(shop, &shop.guest(), &placed.number, Some(&placed.access_key)).await.unwrap();
        assert_eq!((order.status, order.payment_status), (OrderStatus::Paid, orders::PaymentStatus::Paid));
        assert!(order.paid_at.is_some() && order.reserved_until.is_none());
        assert_eq!(inventory::available(&shop.db, gift.variant).await.unwrap(), 1, "its goods are held");
        let topics: Vec<String> =
            sqlx::query_scalar("select topic from outbox_events order by topic").fetch_all(&shop.db).await.unwrap();
        assert!(["order.paid", "order.placed"].iter().all(|t| topics.iter().any(|topic| topic == t)), "{topics:?}");
        let again = checkout::place_order(shop, &guest, form).await.unwrap();
        assert_eq!((again.order, again.replayed), (placed.order, true));
        worker::run_pending(shop).await.unwrap();
        let subjects: Vec<_> = shop.mailer.kept().into_iter().map(|mail| mail.subject).collect();
        assert_eq!(subjects, [format!("Your order {}", placed.number)]);

        // it goes on as any other, and nothing is given back when it is cancelled
        let staff = shop.admin().await;
        orders::process(shop, &staff, placed.order, Default::default()).await.unwrap();
        let cancel = orders::CancelOrder { reason: "Out of cards".into() };
        orders::cancel(shop, &staff, placed.order, cancel).await.unwrap();
        assert_eq!(inventory::available(&shop.db, gift.variant).await.unwrap(), 3);
        worker::run_pending(shop).await.unwrap();
    })
    .await;
}
