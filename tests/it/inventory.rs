//! Stock: received, counted, searched; and movements that explain every number.

use shop::accounts::{Permission, System};
use shop::cart::{self, AddToCart};
use shop::catalog::{self, AdminFilter, Availability, Filter};
use shop::id::VariantId;
use shop::inventory::{
    self, AdjustStock, Item, LevelFilter, LevelQuery, LevelSort, MovementCause, MovementKind, ReceiveStock,
};
use shop::testing::{self, TestProduct, TestShop, noon};
use shop::{Act, Clock, Error, Paging};
use std::collections::BTreeMap;
use std::sync::Arc;

const BOTH: &[Permission] = &[Permission::InventoryRead, Permission::InventoryWrite];

fn counted(n: i32, reason: &str) -> AdjustStock {
    AdjustStock { counted: n.to_string().into(), reason: reason.into(), ..AdjustStock::default() }
}

fn by(n: i32) -> AdjustStock {
    AdjustStock { change: n.to_string().into(), reason: "Broken".into(), ..AdjustStock::default() }
}

#[tokio::test]
async fn why_is_this_seven() {
    testing::shop(async |shop| {
        let clerk = shop.staff(BOTH).await;
        let hammer = shop.product("Claw hammer").stock(0).await;
        let goods = ReceiveStock { quantity: "10".into(), reason: "Delivery note 17".into() };
        let level = inventory::receive_goods(shop, &clerk, hammer.variant, goods).await.unwrap();
        assert_eq!((level.on_hand, level.available()), (10, 10));
        shop.order_of(&hammer, 3).await;
        inventory::adjust_level(shop, &clerk, hammer.variant, counted(8, "Counted")).await.unwrap();
        inventory::adjust_level(shop, &clerk, hammer.variant, by(-1)).await.unwrap();
        let history = inventory::movements_of(shop, &clerk, hammer.variant, Paging::new(1, 50)).await.unwrap();
        let story: Vec<_> =
            history.movements.items.iter().map(|m| (m.kind, m.on_hand_after, m.reserved_after)).collect();
        assert_eq!(
            story,
            [
                (MovementKind::Adjusted, 7, 3),
                (MovementKind::Adjusted, 8, 3),
                (MovementKind::Reserved, 10, 3),
                (MovementKind::Received, 10, 0),
            ]
        );
        assert!(history.movements.items[2].order_number.as_deref().is_some_and(|n| n.starts_with("IM-")));
        let told: Vec<(String, i64)> = sqlx::query_as(
            "select payload ->> 'cause', sequence from outbox_events where topic = 'stock.changed' order by sequence",
        )
        .fetch_all(&shop.db)
        .await
        .unwrap();
        let wanted = [("received", 1), ("reserved", 2), ("adjusted", 3), ("adjusted", 4)];
        assert_eq!(told, wanted.map(|(cause, n)| (cause.to_owned(), n)), "a sale that moves stock says so, too");
        let audited: i64 = sqlx::query_scalar("select count(*) from audit_logs where action like 'inventory.%'")
            .fetch_one(&shop.db)
            .await
            .unwrap();
        assert_eq!(audited, 3);
    })
    .await;
}

#[tokio::test]
async fn a_count_never_takes_what_is_promised() {
    testing::shop(async |shop| {
        let clerk = shop.staff(BOTH).await;
        let hammer = shop.product("Claw hammer").stock(5).await;
        shop.order_of(&hammer, 4).await;
        let refused = inventory::adjust_level(shop, &clerk, hammer.variant, counted(3, "Counted")).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("reserved"));
        assert_eq!(refused.to_string(), "4 are promised to orders; the stock cannot be less");
        for (input, field) in [
            (counted(3, " "), "reason"),
            (by(0), "change"),
            (AdjustStock { reason: "x".into(), ..AdjustStock::default() }, "counted"),
            (AdjustStock { change: "1".into(), ..counted(1, "x") }, "change"),
            (counted(-1, "x"), "counted"),
        ] {
            let error = inventory::adjust_level(shop, &clerk, hammer.variant, input).await.unwrap_err();
            assert!(matches!(&error, Error::Invalid(i) if i.0[0].field == field), "{error:?}");
        }
        let nobody = shop.staff(&[Permission::CatalogWrite]).await;
        assert!(matches!(inventory::adjust_level(shop, &nobody, hammer.variant, by(1)).await, Err(Error::Forbidden)));
        let unknown = shop::id::VariantId::new();
        assert!(matches!(inventory::adjust_level(shop, &clerk, unknown, by(1)).await, Err(Error::NotFound)));
    })
    .await;
}

/// The SQL that reserves is conditional: without its `where`, more than ten are promised (and the database's own
/// check constraint turns that into errors of ours).
#[tokio::test]
async fn promises_never_exceed_the_shelf() {
    let shop = Arc::new(TestShop::open_with(Clock::standing_at(noon()), 8).await);
    let hammer = shop.product("Claw hammer").stock(10).await;
    let mut orders = Vec::new();
    for _ in 0..4 {
        // orders to hang the reservations on
        orders.push(shop.order_of(&shop.product("Nail").await, 1).await.order);
    }
    let takers = (0..40).map(|n| {
        let (shop, order) = (shop.clone(), orders[n % 4]);
        tokio::spawn(async move {
            let mut act = Act::begin(&shop, &System).await?;
            let item = Item { variant: hammer.variant, quantity: 1 };
            inventory::reserve(&mut act, &[item], MovementCause::order(order)).await?;
            act.commit(()).await
        })
    });
    let answers = futures::future::join_all(takers).await;
    assert_eq!(answers.iter().filter(|a| matches!(a, Ok(Ok(())))).count(), 10);
    assert!(answers.iter().all(|a| matches!(a, Ok(Ok(()) | Err(Error::Conflict { code: "sold_out", .. })))));
    assert_eq!(inventory::available(&shop.db, hammer.variant).await.unwrap(), 0);
    // the lines of these orders know nothing of it
    Arc::into_inner(shop).unwrap().finish_after(&["reserved stock is not what orders hold"]).await;
}

#[tokio::test]
async fn levels_are_found_filtered_and_sorted() {
    testing::shop(async |shop| {
        let clerk = shop.staff(BOTH).await;
        shop.product("Claw hammer").sku("HAM-1").stock(40).await;
        shop.product("Épée file").sku("FIL-1").stock(2).await;
        shop.product("Gimlet").sku("GIM-1").stock(0).await;
        let ask = async |query: LevelQuery| -> Vec<String> {
            let page = inventory::levels(shop, &clerk, &query).await.unwrap();
            assert_eq!(page.total, page.items.len() as i64);
            page.items.into_iter().map(|row| row.sku).collect()
        };
        let all = LevelQuery::default;
        assert_eq!(ask(all()).await, ["HAM-1", "FIL-1", "GIM-1"]);
        assert_eq!(ask(LevelQuery { sort: LevelSort::LeastAvailable, ..all() }).await, ["GIM-1", "FIL-1", "HAM-1"]);
        assert_eq!(ask(LevelQuery { filter: LevelFilter::Low, ..all() }).await, ["FIL-1"]);
        assert_eq!(ask(LevelQuery { filter: LevelFilter::Out, ..all() }).await, ["GIM-1"]);
        assert_eq!(ask(LevelQuery { search: "epee".into(), ..all() }).await, ["FIL-1"]);
        assert_eq!(ask(LevelQuery { search: "am-".into(), ..all() }).await, ["HAM-1"]);
        assert!(ask(LevelQuery { search: "100%".into(), ..all() }).await.is_empty());
        let low = inventory::low_stock(shop, &clerk, 5).await.unwrap();
        assert_eq!((low.total, low.items[0].sku.as_str()), (2, "GIM-1"));
    })
    .await;
}

/// What can be sold is what an order can reserve. Fails when the index, a page or a list counts another location too.
#[tokio::test]
async fn another_store_sells_nothing_here() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[Permission::InventoryRead, Permission::CatalogRead]).await;
        let (none, two) = (shop.product("Anvil").stock(0).await, shop.product("Bellows").stock(2).await);
        for product in [&none, &two] {
            stock_elsewhere(shop, product, 40).await;
        }
        for (product, left) in [(&none, 0), (&two, 2)] {
            let page = catalog::product_by_id(shop, product.id).await.unwrap();
            assert_eq!(page.variants[0].available, left);
            assert_eq!(inventory::available(&shop.db, product.variant).await.unwrap(), left);
        }
        let cards = catalog::list(shop, &Filter::default()).await.unwrap();
        let stock: BTreeMap<_, _> = cards.page.items.iter().map(|c| (c.name.as_str(), c.availability)).collect();
        assert_eq!(stock, [("Anvil", Availability::of(0)), ("Bellows", Availability::of(2))].into());
        let all = catalog::admin_list(shop, &clerk, &AdminFilter::default()).await.unwrap();
        let stock: BTreeMap<_, _> = all.page.items.iter().map(|p| (p.name.as_str(), p.available)).collect();
        assert_eq!(stock, [("Anvil", 0), ("Bellows", 2)].into());
        let levels = inventory::levels(shop, &clerk, &LevelQuery::default()).await.unwrap();
        assert_eq!(levels.items.iter().map(|l| l.available).collect::<Vec<_>>(), [0, 2]);

        let add = |variant: VariantId| AddToCart {
            variant_id: variant.to_string().into(),
            quantity: "3".into(),
            ..AddToCart::default()
        };
        let refused = cart::add(shop, &shop.guest(), add(none.variant)).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("sold_out"));
        assert_eq!(cart::add(shop, &shop.guest(), add(two.variant)).await.unwrap().cart.pieces, 2);
        let order = shop.order_of(&two, 1).await.order;
        let mut act = Act::begin(shop, &System).await.unwrap();
        let item = Item { variant: two.variant, quantity: 2 };
        let refused = inventory::reserve(&mut act, &[item], MovementCause::order(order)).await;
        assert_eq!(refused.unwrap_err().to_string(), "Only 1 of Bellows left");
    })
    .await;
}

/// Neither orders nor movements have a foreign key to it: fails without the trigger.
#[tokio::test]
async fn a_location_of_which_the_books_speak_stays() {
    testing::shop(async |shop| {
        let bellows = shop.product("Bellows").stock(1).await;
        stock_elsewhere(shop, &bellows, 3).await;
        let mut tx = shop.db.begin().await.unwrap();
        sqlx::query(
            "delete from stock_levels where location_id = (select id from stock_locations where code = 'BARN')",
        )
        .execute(&mut *tx)
        .await
        .unwrap();
        let gone = sqlx::query("delete from stock_locations where code = 'BARN'").execute(&mut *tx).await;
        assert!(gone.unwrap_err().to_string().contains("the books speak of this stock location"));
        tx.rollback().await.unwrap();
        sqlx::query("insert into stock_locations (id, code, name) values (gen_random_uuid(), 'LOFT', 'The loft')")
            .execute(&shop.db)
            .await
            .unwrap();
        let gone = sqlx::query("delete from stock_locations where code = 'LOFT'").execute(&shop.db).await.unwrap();
        assert_eq!(gone.rows_affected(), 1);
    })
    .await;
}

async fn stock_elsewhere(shop: &TestShop, product: &TestProduct, pieces: i32) {
    sqlx::raw_sql(
        "insert into stock_locations (id, code, name) values (gen_random_uuid(), 'BARN', 'The barn') on conflict do nothing",
    )
    .execute(&shop.db)
    .await
    .unwrap();
    sqlx::query(
        "with level as (
            insert into stock_levels (variant_id, product_id, location_id, on_hand)
            select $1, $2, id, $3 from stock_locations where code = 'BARN'
            returning variant_id, location_id, on_hand
         )
         insert into inventory_movements (id, variant_id, location_id, kind, delta_on_hand, delta_reserved, on_hand_after,
                                          reserved_after, actor_type, actor_name)
         select gen_random_uuid(), variant_id, location_id, 'received', on_hand, 0, on_hand, 0, 'system', 'System' from level",
    )
    .bind(product.variant)
    .bind(product.id)
    .bind(pieces)
    .execute(&shop.db)
    .await
    .unwrap();
}
