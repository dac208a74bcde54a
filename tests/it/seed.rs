//! The sample shop and the big one.

use shop::Paging;
use shop::accounts::Permission;
use shop::id::OrderId;
use shop::orders::{self, Fulfilment, OrderQuery, OrderStatus};
use shop::seed::{self, Pictures};
use shop::testing::{self, TestShop};
use std::collections::BTreeMap;
use tokio::sync::Notify;

async fn sample(shop: &TestShop) -> seed::Report {
    seed::sample_with(shop, Pictures::Swatches, &mut |_| {}).await.expect("seeds")
}

/// What people see of the sample, in one hash. Rows are counted, since a transaction that was lost leaves a gap in
/// numbers.
async fn checksum(shop: &TestShop) -> String {
    let sql = "select md5(string_agg(line, E'\\n' order by line)) from (
                   select p.id || p.name || v.id || v.sku || v.price || l.on_hand || l.reserved as line
                   from products p
                   join variants v on v.product_id = p.id
                   join stock_levels l on l.variant_id = v.id
                   union all
                   select row_number() over (order by number) || email || status || total || payment_status || created_at
                   from orders
                   union all
                   select row_number() over (order by seq) || kind || note || created_at from order_events
                   union all
                   select row_number() over (order by seq) || kind || on_hand_after || created_at from inventory_movements
               ) lines";
    sqlx::query_scalar(sql).fetch_one(&shop.db).await.expect(sql)
}

#[tokio::test]
async fn fills_the_shelves() {
    testing::shop(async |shop| {
        let report = sample(shop).await;
        assert!(report.products >= 150 && report.categories >= 15, "{report:?}");
        assert_eq!(shop.count("select count(*) from products").await, report.products as i64);
        let bare = "select count(*) from products p where status = 'published'
                    and (not exists (select from product_images i where i.product_id = p.id)
                         or not exists (select from variants v where v.product_id = p.id and v.price > 0))";
        assert_eq!(shop.count(bare).await, 0, "published products without a picture or a price");
        let plenty = "select count(*) from stock_levels where on_hand - reserved > 5";
        let low = "select count(*) from stock_levels where on_hand - reserved between 1 and 5";
        let none = "select count(*) from stock_levels where on_hand = reserved";
        for stock in [plenty, low, none] {
            assert!(shop.count(stock).await > 10, "{stock}");
        }
        // fails unless the shelves open with what is sold later
        let written = written_stock();
        assert_eq!(written.len(), report.variants);
        for (sku, available) in levels(shop).await {
            assert_eq!(Some(&available), written.get(&sku), "{sku}");
        }
        let back = "select count(*) from (
                        select created_at, lag(created_at) over (partition by variant_id order by seq) as before
                        from inventory_movements
                    ) m
                    where created_at < before";
        assert_eq!(shop.count(back).await, 0, "movements of stock run with time");
    })
    .await;
}

/// How many can be bought, by SKU.
async fn levels(shop: &TestShop) -> Vec<(String, i64)> {
    let sql =
        "select v.sku, (l.on_hand - l.reserved)::bigint from variants v join stock_levels l on l.variant_id = v.id";
    sqlx::query_as(sql).fetch_all(&shop.db).await.expect(sql)
}

/// The same as the catalogue has it.
fn written_stock() -> BTreeMap<String, i64> {
    let mut written = BTreeMap::new();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/seed/catalogue")).unwrap() {
        let read: toml::Table = std::fs::read_to_string(file.unwrap().path()).unwrap().parse().unwrap();
        for product in read.get("product").and_then(|p| p.as_array()).into_iter().flatten() {
            for variant in product["variant"].as_array().unwrap() {
                let stock = variant["stock"].as_integer().unwrap();
                written.insert(variant["sku"].as_str().unwrap().to_owned(), stock);
            }
        }
    }
    written
}

#[tokio::test]
async fn tells_sixty_orders_of_every_kind() {
    testing::shop(async |shop| {
        sample(shop).await;
        assert_eq!(shop.count("select count(*) from orders").await, 60);
        let of = async |column: &str, word: &str| -> i64 {
            let sql = format!("select count(*) from orders where {column} = '{word}'");
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&shop.db).await.unwrap()
        };
        for status in OrderStatus::ALL {
            assert!(of("status", status.word()).await > 0, "no order is {}", status.word());
        }
        for status in shop::orders::PaymentStatus::ALL {
            assert!(of("payment_status", status.word()).await > 0, "no payment is {}", status.word());
        }
        for fulfilment in Fulfilment::ALL {
            assert!(of("fulfilment", fulfilment.word()).await > 0, "no order is {}", fulfilment.word());
        }
        let clerk = shop.staff(&[Permission::OrdersRead]).await;
        let all = OrderQuery { paging: Paging::new(1, 100), ..OrderQuery::default() };
        for order in orders::list(shop, &clerk, &all).await.unwrap().items {
            assert_ne!(order.payment().to_string(), order.fulfilment.to_string(), "{}", order.number);
        }
        let guests = shop.count("select count(*) from orders where user_id is null").await;
        assert!((10..=40).contains(&guests), "{guests} of guests");
        let none = [
            // numbers run with time, and nothing happens in the future
            "select count(*) from (select created_at, lag(created_at) over (order by number) as before from orders) o
             where created_at < before",
            "select count(*) from orders where updated_at > '2026-11-14 12:00Z' or created_at < '2026-08-15 12:00Z'",
            // an order holds what its status says
            "select count(*) from order_items i join orders o on o.id = i.order_id
             where (o.status in ('pending', 'paid')) <> (i.reserved_quantity = i.quantity) and o.status <> 'processing'",
            "select count(*) from stock_levels l
             where reserved <> (select coalesce(sum(reserved_quantity), 0) from order_items i where i.variant_id = l.variant_id)",
            "select count(*) from order_items where snapshot->'picture'->>'hash' is null",
        ];
        for sql in none {
            assert_eq!(shop.count(sql).await, 0, "{sql}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_story_ends_as_it_was_thought_up_and_nobody_is_written_to() {
    testing::shop(async |shop| {
        sample(shop).await;
        let counts = [
            (6, "orders where status = 'cancelled'"),
            (2, "orders where cancel_cause = 'not_paid_in_time'"),
            (2, "orders where cancel_cause = 'payment_failed'"),
            (2, "orders where cancel_reason = 'Ordered twice by mistake'"),
            (4, "orders where status = 'pending' and reserved_until > '2026-11-14 12:00Z'"),
            (2, "orders where status = 'pending' and reserved_until = '2026-11-18 12:00Z'"),
            (1, "orders where fulfilment = 'partially_shipped'"),
            (3, "orders where status = 'completed' and shipping_method = 'collect'"),
            (2, "payments where status = 'failed'"),
            (2, "payments where status = 'expired'"),
            (2, "payments where provider = 'offline'"),
            (1, "payments where provider = 'offline' and status = 'pending'"),
            (8, "refunds where status = 'succeeded'"),
            (8, "refunds"),
            (2, "refunds where restock"),
            (2, "order_events where kind = 'note' and not is_public and actor_name = 'Bronwen Pugh'"),
            (4, "order_events where data->>'what' = 'payment_declined'"),
            // what somebody did is in the audit log, in their name
            (2, "audit_logs where action = 'order.cancelled' and actor_name = 'Bronwen Pugh'"),
        ];
        for (expected, rows) in counts {
            let sql = sqlx::AssertSqlSafe(format!("select count(*) from {rows}"));
            let count: i64 = sqlx::query_scalar(sql).fetch_one(&shop.db).await.unwrap();
            assert_eq!(count, expected, "{rows}");
        }
        // fails without the clock that stands back: then ninety days of mails wait for the first worker
        assert_eq!(shop.count("select count(*) from graphile_worker._private_jobs").await, 0);
    })
    .await;
}

/// Seeds until so many things were done after the catalogue was there, and then dies.
async fn die_after(shop: &TestShop, events: usize) {
    let dies = Notify::new();
    let mut progress = |p: seed::Progress| {
        if p.step == seed::Phase::Orders && p.done == events {
            dies.notify_one();
        }
    };
    tokio::select! {
        biased;
        () = dies.notified() => {}
        report = seed::sample_with(shop, Pictures::Swatches, &mut progress) => panic!("was too fast: {report:?}"),
    }
}

/// Fails when a run forgets from which moment the first one looked back, or lives anything twice.
#[tokio::test]
async fn a_run_that_died_is_taken_up() {
    let (one, other) = tokio::join!(TestShop::open(), TestShop::open());
    sample(&one).await;
    let whole = checksum(&one).await;

    for events in [0, 1, 90, 300] {
        die_after(&other, events).await;
        let orders = other.count("select count(*) from orders").await;
        assert!(orders < 60 && (orders > 0 || events < 300), "{orders} orders after {events} events");
        assert_eq!(other.count("select count(*) from audit_logs where action = 'sample.seed'").await, 0);
        other.clock.advance(chrono::TimeDelta::minutes(2));
    }
    let report = sample(&other).await;
    assert!(!report.unchanged && report.orders == 60, "{report:?}");
    assert_eq!(whole, checksum(&other).await);
    assert!(sample(&other).await.unchanged);
    one.finish().await;
    other.finish().await;
}

/// What somebody did with an order between two runs stays, and all others are lived to their ends. Fails when a run
/// takes every conflict for its own mistake.
#[tokio::test]
async fn what_others_did_between_two_runs_stays() {
    testing::shop(async |shop| {
        die_after(shop, 200).await;
        let clerk = shop.staff(&[Permission::OrdersRead, Permission::OrdersWrite]).await;
        let sql = "select id from orders where status = 'delivered' order by number limit 1";
        let order: OrderId = sqlx::query_scalar(sql).fetch_one(&shop.db).await.expect("an order is delivered");
        shop.clock.advance(chrono::TimeDelta::minutes(1));
        let note = orders::MoveOrder { note: "Rang: all is well".into() };
        orders::complete(shop, &clerk, order, note).await.expect("is completed");

        assert!(!sample(shop).await.unchanged);
        assert_eq!(shop.count("select count(*) from orders").await, 60);
        assert_eq!(shop.count("select count(*) from order_events where note = 'Rang: all is well'").await, 1);
        assert!(sample(shop).await.unchanged);
    })
    .await;
}

#[tokio::test]
async fn is_the_same_in_every_shop_and_is_written_once() {
    let (one, other) = tokio::join!(TestShop::open(), TestShop::open());
    let (report, _) = tokio::join!(sample(&one), sample(&other));
    let seeded = checksum(&one).await;
    assert_eq!(seeded, checksum(&other).await);

    let again = sample(&one).await;
    assert!(again.unchanged && !report.unchanged);
    assert_eq!(seeded, checksum(&one).await);
    one.finish().await;
    other.finish().await;
}

#[tokio::test]
async fn everybody_can_sign_in() {
    testing::shop(async |shop| {
        sample(shop).await;
        let logins = seed::logins();
        assert_eq!(logins.len(), 13);
        let sign_in = |email: &str| shop::accounts::SignIn { email: email.into(), password: seed::PASSWORD.into() };
        let admin = shop::accounts::sign_in_staff(shop, &shop.guest(), sign_in("admin@ironmonger.example")).await;
        assert!(admin.expect("signs in").is_staff);
        let ada = shop::accounts::sign_in(shop, &shop.guest(), sign_in("ada@example.org")).await;
        assert!(!ada.expect("signs in").is_staff);
        let roles = "select count(distinct role_id) from user_roles";
        assert_eq!(shop.count(roles).await, shop.count("select count(*) from roles").await);
        assert!(shop.count("select count(*) from addresses").await >= 16);
    })
    .await;
}

#[tokio::test]
async fn leaves_another_shop_alone() {
    testing::shop(async |shop| {
        shop.product("Somebody's hammer").await;
        let refused = seed::sample_with(shop, Pictures::Swatches, &mut |_| {}).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("not_empty"));
        assert_eq!(shop.count("select count(*) from products").await, 1);
    })
    .await;
}

#[tokio::test]
async fn makes_up_a_big_shop_and_goes_on_where_it_was() {
    testing::shop(async |shop| {
        let big = async |products| {
            seed::big_with(shop, products, Pictures::Swatches, &mut |_| {}).await.expect("makes up products")
        };
        let products = async || shop.count("select count(*) from products").await;
        let first = big(900).await;
        assert_eq!((first.products + first.made_up, products().await), (900, 900));
        let second = big(2_000).await;
        assert_eq!((second.made_up, products().await), (1_100, 2_000));
        assert!(big(2_000).await.unchanged);
        assert!(sample(shop).await.unchanged);

        assert_eq!(shop.count("select count(*) from product_index").await, 2_000, "in the index");
        for stock in 0..=2 {
            let sql = format!("select count(*) from product_index where shown and stock = {stock}");
            let in_index: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&shop.db).await.unwrap();
            assert!(in_index > 10, "stock {stock}: {in_index}");
        }
        let none = [
            "select count(*) from products p where not exists (select from product_images i where i.product_id = p.id)",
            "select count(*) from stock_levels l where (on_hand, reserved) is distinct from
                 (select (sum(delta_on_hand)::int, sum(delta_reserved)::int) from inventory_movements m
                  where m.variant_id = l.variant_id) and on_hand > 0",
            "select count(*) from (select name from products group by name having count(*) > 1) twice",
            "select count(*) from products where created_at > '2026-11-14 12:00Z' or updated_at > '2026-11-14 12:00Z'",
        ];
        for sql in none {
            assert_eq!(shop.count(sql).await, 0, "{sql}");
        }
    })
    .await;
}
