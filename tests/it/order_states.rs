//! How an order stands: the two words that people read of it, and orders that are completed by themselves.

use crate::support::order_status;
use chrono::TimeDelta;
use shop::accounts::{Permission, Staff, System};
use shop::id::OrderId;
use shop::lifecycle::{Dispute, DisputeNews, Happening};
use shop::orders::{
    self, CancelOrder, Fulfilment, MoveOrder, OrderQuery, OrderStatus, PaymentFilter, PaymentWord, ShipItem, ShipOrder,
};
use shop::testing::{self, TestProduct, TestShop};
use shop::words::Locale;
use shop::{Act, Paging, settings};
use sqlx::PgConnection;
use std::collections::BTreeSet;

const DESK: &[Permission] = &[
    Permission::OrdersRead,
    Permission::OrdersWrite,
    Permission::OrdersRefund,
    Permission::SettingsRead,
    Permission::SettingsWrite,
];

#[derive(Clone, Copy)]
enum Action {
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
use Action::*;

async fn go(shop: &TestShop, clerk: &Staff, order: OrderId, step: Action) {
    let plain = MoveOrder::default;
    match step {
        Pay => {
            shop.take_money(order).await;
        }
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
        RefundSome => refund_of_a_pound(&mut shop.db.acquire().await.unwrap(), order, "succeeded").await,
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
async fn went(shop: &TestShop, clerk: &Staff, product: &TestProduct, way: &[Action]) -> OrderId {
    let order = shop.order_of(product, 2).await.order;
    for step in way {
        go(shop, clerk, order, *step).await;
    }
    order
}

/// Every way that an order can go, and how people read it then.
const WAYS: &[(&[Action], PaymentWord, Fulfilment)] = &[
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

/// The page, the list, its filters and its counts agree on every way. Fails without either trigger of migration 0038
/// (an order in preparation does not come to be partly shipped), and when `PaymentWord::sql` and `PaymentWord::of`
/// differ.
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

const DELIVERED: &[Action] = &[Pay, Process, Ship, Deliver];

async fn after_days(shop: &TestShop, clerk: &Staff, days: &str) {
    let now = settings::for_staff(shop, clerk).await.unwrap();
    let input = settings::SettingsInput { complete_after_days: days.into(), ..settings::SettingsInput::from(&now) };
    settings::save(shop, clerk, input).await.unwrap();
}

#[tokio::test]
async fn completed_by_itself_on_the_day_and_once() {
    testing::shop(async |shop| {
        let clerk = shop.staff(DESK).await;
        let hammer = shop.product("Claw hammer").priced(20_00).stock(50).await;
        let order = went(shop, &clerk, &hammer, DELIVERED).await;
        let shipped = went(shop, &clerk, &hammer, &[Pay, Process, Ship]).await;
        shop.clock.advance(TimeDelta::days(14) - TimeDelta::minutes(1));
        assert_eq!(orders::complete_delivered(shop).await.unwrap(), 0, "a minute early");
        shop.clock.advance(TimeDelta::minutes(1));
        assert_eq!(orders::complete_delivered(shop).await.unwrap(), 1);
        assert_eq!(
            (order_status(shop, order).await, order_status(shop, shipped).await),
            (OrderStatus::Completed, OrderStatus::Shipped)
        );
        assert_eq!(orders::complete_delivered(shop).await.unwrap(), 0, "nothing is done twice");
        let view = orders::for_staff(shop, &clerk, &order.to_string()).await.unwrap();
        let last = view.timeline.iter().filter(|row| row.what.to() == Some(OrderStatus::Completed)).collect::<Vec<_>>();
        assert_eq!(last.len(), 1);
        assert!(
            last[0].is_public && last[0].what.say(Locale::English) == "By itself, 14 days after the delivery",
            "{:?}",
            last[0]
        );
        let audited: (String, serde_json::Value) =
            sqlx::query_as("select actor_type, after from audit_logs where action = 'order.completed'")
                .fetch_one(&shop.db)
                .await
                .unwrap();
        assert_eq!((audited.0.as_str(), &audited.1["status"]), ("system", &"completed".into()));
        assert_eq!(shop.count("select count(*) from outbox_events where topic = 'order.completed'").await, 1);
    })
    .await;
}

/// The setting says after how many days, and whether at all.
#[tokio::test]
async fn the_owner_decides_after_how_many_days() {
    testing::shop(async |shop| {
        let clerk = shop.staff(DESK).await;
        let hammer = shop.product("Claw hammer").priced(20_00).stock(50).await;
        let order = went(shop, &clerk, &hammer, DELIVERED).await;
        for off in ["0", ""] {
            after_days(shop, &clerk, off).await;
            assert_eq!(settings::for_staff(shop, &clerk).await.unwrap().complete_after_days, 0);
            shop.clock.advance(TimeDelta::days(200));
            assert_eq!(orders::complete_delivered(shop).await.unwrap(), 0, "by hand only");
        }
        let now = settings::for_staff(shop, &clerk).await.unwrap();
        for wrong in ["-1", "366", "soon"] {
            let input = settings::SettingsInput { complete_after_days: wrong.into(), ..(&now).into() };
            assert!(settings::save(shop, &clerk, input).await.is_err(), "{wrong}");
        }
        after_days(shop, &clerk, "1").await;
        assert_eq!(orders::complete_delivered(shop).await.unwrap(), 1);
        let view = orders::for_staff(shop, &clerk, &order.to_string()).await.unwrap();
        assert!(view.timeline.iter().any(|row| row.what.say(Locale::English) == "By itself, a day after the delivery"));
    })
    .await;
}

/// Fails without any of the three conditions of `due` on the money: that order is completed while its money is in
/// motion.
#[tokio::test]
async fn not_while_money_is_in_motion() {
    testing::shop(async |shop| {
        let clerk = shop.staff(DESK).await;
        let hammer = shop.product("Claw hammer").priced(20_00).stock(50).await;
        let unpaid = went(shop, &clerk, &hammer, &[Accept, Ship, Deliver]).await;
        let refunding = went(shop, &clerk, &hammer, DELIVERED).await;
        refund_of_a_pound(&mut shop.db.acquire().await.unwrap(), refunding, "pending").await;
        let disputed = went(shop, &clerk, &hammer, DELIVERED).await;
        let noted = async |dispute: &str, is_over: bool| {
            let mut act = Act::begin(shop, &System).await.unwrap();
            let step = Dispute {
                id: dispute.to_owned(),
                is_over,
                news: DisputeNews::Changed,
                amount: None,
                reason: String::new(),
                due: None,
                step: "updated".to_owned(),
                status: "told".to_owned(),
            };
            shop::lifecycle::note_down(&mut act, disputed, &Happening::Disputed(step)).unwrap();
            act.commit(()).await.unwrap();
        };
        noted("dp_1", false).await;
        noted("dp_2", true).await;
        let refunded = went(shop, &clerk, &hammer, &[Pay, Process, Ship, Deliver, Refund]).await;
        let cancelled = went(shop, &clerk, &hammer, &[Pay]).await;
        shop.give_money_back(cancelled).await;
        let partly = went(shop, &clerk, &hammer, &[Pay, Process, Ship, Deliver, RefundSome]).await;
        shop.clock.advance(TimeDelta::days(15));
        assert_eq!(orders::complete_delivered(shop).await.unwrap(), 1, "the one that was partly refunded");
        assert_eq!(order_status(shop, partly).await, OrderStatus::Completed);
        for (order, stays) in [
            (unpaid, OrderStatus::Delivered),
            (refunding, OrderStatus::Delivered),
            (disputed, OrderStatus::Delivered),
            (refunded, OrderStatus::Refunded),
            (cancelled, OrderStatus::Refunded),
        ] {
            assert_eq!(order_status(shop, order).await, stays);
        }
        orders::record_offline_payment(shop, &clerk, unpaid).await.unwrap();
        let over = "update refunds set status = 'cancelled' where status = 'pending'";
        sqlx::query(over).execute(&shop.db).await.unwrap();
        noted("dp_1", true).await;
        assert_eq!(orders::complete_delivered(shop).await.unwrap(), 3);
        for order in [unpaid, refunding, disputed] {
            assert_eq!(order_status(shop, order).await, OrderStatus::Completed);
        }
    })
    .await;
}

/// Fails without the second look in `complete_if_due`: the order is completed though a refund was asked for while the
/// worker waited for its row.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn looked_at_again_under_its_lock() {
    testing::shop(async |shop| {
        let clerk = shop.staff(DESK).await;
        let hammer = shop.product("Claw hammer").priced(20_00).stock(50).await;
        let order = went(shop, &clerk, &hammer, DELIVERED).await;
        shop.clock.advance(TimeDelta::days(15));
        let mut held = shop.db.begin().await.unwrap();
        shop::lifecycle::lock(&mut held, order).await.unwrap();
        let worker = tokio::spawn({
            let shop = (**shop).clone();
            async move { orders::complete_delivered(&shop).await }
        });
        let waits = "select count(*) from pg_stat_activity
                     where datname = current_database() and wait_event_type = 'Lock'";
        for _ in 0..500 {
            if shop.count(waits).await > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        refund_of_a_pound(&mut held, order, "pending").await;
        held.commit().await.unwrap();
        assert_eq!(worker.await.unwrap().unwrap(), 0);
        assert_eq!(order_status(shop, order).await, OrderStatus::Delivered);
    })
    .await;
}

/// Fails without the lock on the order's row together with the second look: an order has two events.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_workers_at_once_complete_each_order_once() {
    testing::shop(async |shop| {
        let clerk = shop.staff(DESK).await;
        let hammer = shop.product("Claw hammer").priced(20_00).stock(50).await;
        for _ in 0..8 {
            went(shop, &clerk, &hammer, DELIVERED).await;
        }
        shop.clock.advance(TimeDelta::days(15));
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let shop = (**shop).clone();
            workers.spawn(async move { orders::complete_delivered(&shop).await.unwrap() });
        }
        assert_eq!(workers.join_all().await.iter().sum::<usize>(), 8);
        assert_eq!(shop.count("select count(*) from orders where status = 'completed'").await, 8);
        for once in [
            "select count(*) from order_events where to_status = 'completed'",
            "select count(*) from outbox_events where topic = 'order.completed'",
            "select count(*) from audit_logs where action = 'order.completed'",
        ] {
            assert_eq!(shop.count(once).await, 8, "{once}");
        }
    })
    .await;
}
