//! How an order stands: the two words that people read of it.

use shop::accounts::{Permission, Staff};
use shop::id::OrderId;
use shop::orders::{
    self, CancelOrder, Fulfilment, MoveOrder, OrderQuery, OrderStatus, PaymentFilter, PaymentWord, ShipItem, ShipOrder,
};
use shop::testing::{self, TestProduct, TestShop};
use shop::Paging;
use sqlx::PgConnection;
use std::collections::BTreeSet;

const DESK: &[Permission] = &[
    Permission::OrdersRead,
    Permission::OrdersWrite,
    Permission::OrdersRefund,
];

#[derive(Clone, Copy)]
enum Step {
    Pay,
    Fail,
    Accept,
    Process,
    ShipOne,
    Ship,
    Deliver,
    Complete,
    Cancel,
    Refund,
    RefundSome,
}
use Step::*;

async fn go(shop: &TestShop, clerk: &Staff, order: OrderId, step: Step) {
    let plain = MoveOrder::default;
    match step {
        Pay => drop(shop.take_money(order).await),
        Fail => {
            let failed = "update payments set status = 'expired', settled_at = now() where order_id = $1";
            sqlx::query(failed).bind(order).execute(&shop.db).await.unwrap();
        }
        Accept => orders::accept_offline(shop, clerk, order, plain()).await.unwrap(),
        Process => orders::process(shop, clerk, order, plain()).await.unwrap(),
        ShipOne => {
            let view = orders::for_staff(shop, clerk, &order.to_string()).await.unwrap();
            let item = ShipItem { item_id: view.items[0].id.to_string().into(), quantity: "1".into() };
            orders::ship(shop, clerk, order, ShipOrder { items: vec![item], ..ShipOrder::default() }).await.unwrap();
        }
        Ship => drop(orders::ship(shop, clerk, order, ShipOrder::default()).await.unwrap()),
        Deliver => orders::deliver(shop, clerk, order, plain()).await.unwrap(),
        Complete => orders::complete(shop, clerk, order, plain()).await.unwrap(),
        Cancel => orders::cancel(shop, clerk, order, CancelOrder { reason: "Twice".into() }).await.unwrap(),
        Refund => shop.give_money_back(order).await,
        RefundSome => refund_of_a_pound(&mut *shop.db.acquire().await.unwrap(), order, "succeeded").await,
    }
}

/// As the payments would write it; no gateway is asked.
async fn refund_of_a_pound(conn: &mut PgConnection, order: OrderId, status: &str) {
    sqlx::query(
        "insert into refunds
            (id, payment_id, order_id, idempotency_key, amount, currency, goods, shipping, tax, tax_included, status,
             actor_type, actor_name, created_at, updated_at)
         select gen_random_uuid(), id, order_id, id::text, 100, currency, 100, 0, 0, 0, $2, 'system', 'System', now(), now()
         from payments
         where order_id = $1",
    )
    .bind(order)
    .bind(status)
    .execute(conn)
    .await
    .unwrap();
}

/// An order of two pieces that went this way.
async fn went(shop: &TestShop, clerk: &Staff, product: &TestProduct, way: &[Step]) -> OrderId {
    let order = shop.order_of(product, 2).await.order;
    for step in way {
        go(shop, clerk, order, *step).await;
    }
    order
}

/// Every way that an order can go, and how people read it then.
const WAYS: &[(&[Step], PaymentWord, Fulfilment)] = &[
    (&[], PaymentWord::Awaiting, Fulfilment::Unfulfilled),
    (&[Fail], PaymentWord::Failed, Fulfilment::Unfulfilled),
    (&[Cancel], PaymentWord::NotPaid, Fulfilment::Cancelled),
    (&[Fail, Cancel], PaymentWord::NotPaid, Fulfilment::Cancelled),
    (&[Pay], PaymentWord::Paid, Fulfilment::Unfulfilled),
    (&[Pay, RefundSome], PaymentWord::PartlyRefunded, Fulfilment::Unfulfilled),
    (&[Pay, Refund], PaymentWord::Refunded, Fulfilment::Cancelled),
    (&[Accept], PaymentWord::Awaiting, Fulfilment::InPreparation),
    (&[Accept, Ship], PaymentWord::Awaiting, Fulfilment::Shipped),
    (&[Pay, Process], PaymentWord::Paid, Fulfilment::InPreparation),
    (&[Pay, Process, ShipOne], PaymentWord::Paid, Fulfilment::PartiallyShipped),
    (&[Pay, Process, ShipOne, Refund], PaymentWord::Refunded, Fulfilment::PartiallyShipped),
    (&[Pay, Process, Refund], PaymentWord::Refunded, Fulfilment::Cancelled),
    (&[Pay, Process, ShipOne, ShipOne], PaymentWord::Paid, Fulfilment::Shipped),
    (&[Pay, Process, Ship], PaymentWord::Paid, Fulfilment::Shipped),
    (&[Pay, Process, Ship, Deliver], PaymentWord::Paid, Fulfilment::Delivered),
    (&[Pay, Process, Ship, Deliver, Complete], PaymentWord::Paid, Fulfilment::Completed),
    (&[Pay, Process, Ship, Deliver, Refund], PaymentWord::Refunded, Fulfilment::Completed),
    (&[Pay, Process, Complete], PaymentWord::Paid, Fulfilment::Completed),
    (&[Pay, Process, Complete, Refund], PaymentWord::Refunded, Fulfilment::Completed),
];

/// The page, the list, its filters and its counts agree on every way. Fails without either trigger of migration 0038 (an
/// order in preparation does not come to be partly shipped), and when `PaymentWord::sql` and `PaymentWord::of` differ.
#[tokio::test]
async fn every_way_has_its_two_words() {
    testing::shop(async |shop| {
        let clerk = shop.staff(DESK).await;
        let hammer = shop.product("Claw hammer").priced(20_00).stock(500).await;
        let mut stands = Vec::new();
        for (way, payment, fulfilment) in WAYS {
            let order = went(shop, &clerk, &hammer, way).await;
            let view = orders::for_staff(shop, &clerk, &order.to_string()).await.unwrap();
            assert_eq!(
                (view.payment(), view.fulfilment),
                (*payment, *fulfilment),
                "{} {}",
                view.status,
                view.payment_status.word()
            );
            assert_ne!(view.payment().to_string(), view.fulfilment.to_string());
            stands.push((order, *payment, *fulfilment));
        }
        let everything = || OrderQuery { paging: Paging::new(1, 100), ..OrderQuery::default() };
        let (all, counts) = orders::list_and_count(shop, &clerk, &everything()).await.unwrap();
        assert_eq!((all.total, counts.of(None)), (WAYS.len() as i64, WAYS.len() as i64));
        for row in &all.items {
            let found = stands.iter().find(|(order, ..)| *order == row.id).unwrap();
            assert_eq!((row.payment(), row.fulfilment), (found.1, found.2));
        }
        let ids = |of: &dyn Fn(PaymentWord, Fulfilment) -> bool| -> BTreeSet<OrderId> {
            stands.iter().filter(|(_, payment, fulfilment)| of(*payment, *fulfilment)).map(|(id, ..)| *id).collect()
        };
        for fulfilment in Fulfilment::ALL {
            let wanted = OrderQuery { fulfilment: Some(fulfilment), ..everything() };
            let (page, same_counts) = orders::list_and_count(shop, &clerk, &wanted).await.unwrap();
            let found: BTreeSet<OrderId> = page.items.iter().map(|row| row.id).collect();
            assert_eq!(found, ids(&|_, of| of == fulfilment), "{fulfilment}");
            assert!(!found.is_empty());
            let count = found.len() as i64;
            assert_eq!(
                (page.total, counts.of(Some(fulfilment)), same_counts.of(Some(fulfilment))),
                (count, count, count)
            );
            assert_eq!(same_counts.of(None), counts.of(None), "tabs count what the other tabs hold, too");
        }
        for filter in PaymentFilter::ALL {
            let fits = |payment: PaymentWord| match filter {
                PaymentFilter::Word(word) => payment == word,
                PaymentFilter::Received => matches!(payment, PaymentWord::Paid | PaymentWord::PartlyRefunded),
            };
            let wanted = OrderQuery { payment: Some(filter), ..everything() };
            let (page, counts) = orders::list_and_count(shop, &clerk, &wanted).await.unwrap();
            let found: BTreeSet<OrderId> = page.items.iter().map(|row| row.id).collect();
            assert_eq!(found, ids(&|payment, _| fits(payment)), "{filter}");
            assert!(!found.is_empty());
            assert_eq!((page.total, counts.of(None)), (found.len() as i64, found.len() as i64));
        }
        let figures = orders::figures(shop, &clerk).await.unwrap();
        assert_eq!((figures.to_process, figures.in_preparation, figures.partly_shipped), (2, 2, 1));
    })
    .await;
}

/// An event says how the order stands after it.
#[tokio::test]
async fn events_tell_both_words_to_programs() {
    testing::shop(async |shop| {
        let clerk = shop.staff(DESK).await;
        let hammer = shop.product("Claw hammer").priced(20_00).stock(50).await;
        went(shop, &clerk, &hammer, &[Pay, Process, Ship, Deliver, Complete]).await;
        let told: Vec<(String, serde_json::Value)> = sqlx::query_as(
            "select topic, payload from outbox_events where topic like 'order.%' order by occurred_at, id",
        )
        .fetch_all(&shop.db)
        .await
        .unwrap();
        let told: Vec<_> = told
            .iter()
            .map(|(topic, of)| (topic.as_str(), of["paymentStatus"].as_str(), of["fulfillmentStatus"].as_str()))
            .collect();
        for event in [
            ("order.placed", Some("pending"), Some("unfulfilled")),
            ("order.paid", Some("paid"), Some("unfulfilled")),
            ("order.processing", Some("paid"), Some("in_preparation")),
            ("order.shipped", Some("paid"), Some("shipped")),
            ("order.delivered", Some("paid"), Some("delivered")),
            ("order.completed", Some("paid"), Some("completed")),
        ] {
            assert!(told.contains(&event), "{event:?} {told:?}");
        }
    })
    .await;
}
