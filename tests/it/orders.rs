//! The life of an order: every move that there is, every move that there is not, and who may see it.

use crate::support::order_status;
use shop::accounts::{Permission, System};
use shop::id::OrderId;
use shop::lifecycle::CancelReason;
use shop::orders::{self, CancelOrder, MoveOrder, OrderQuery, OrderSort, OrderStatus, Paid, ShipItem, ShipOrder};
use shop::payments::{self, PaymentQuery};
use shop::testing::{self, TestShop};
use shop::{Act, Error, Paging, Result, inventory};
use sqlx::AssertSqlSafe;

const ORDERS: &[Permission] = &[Permission::OrdersRead, Permission::OrdersWrite, Permission::OrdersRefund];

/// The commands that move an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Accept,
    Pay,
    Process,
    Ship,
    Deliver,
    Complete,
    Cancel,
    Refund,
}

use Command::*;
use OrderStatus::*;

const COMMANDS: [Command; 8] = [Accept, Pay, Process, Ship, Deliver, Complete, Cancel, Refund];

/// From where a command leads to where. Everything else is refused, or (for what the money does) changes nothing.
const TABLE: &[(OrderStatus, Command, OrderStatus)] = &[
    (Pending, Accept, Processing),
    (Pending, Pay, Paid),
    (Pending, Cancel, Cancelled),
    (Paid, Process, Processing),
    (Paid, Cancel, Cancelled),
    (Paid, Refund, Refunded),
    (Processing, Ship, Shipped),
    (Processing, Complete, Completed),
    (Processing, Cancel, Cancelled),
    (Processing, Refund, Refunded),
    (Shipped, Deliver, Delivered),
    (Delivered, Complete, Completed),
    (Delivered, Refund, Refunded),
    (Completed, Refund, Refunded),
];

/// How an order comes to a status.
fn way_to(status: OrderStatus) -> &'static [Command] {
    match status {
        Pending => &[],
        Paid => &[Pay],
        Processing => &[Pay, Process],
        Shipped => &[Pay, Process, Ship],
        Delivered => &[Pay, Process, Ship, Deliver],
        Completed => &[Pay, Process, Complete],
        Cancelled => &[Cancel],
        Refunded => &[Pay, Refund],
    }
}

async fn run(shop: &TestShop, order: OrderId, command: Command) -> Result<()> {
    let clerk = shop.staff(ORDERS).await;
    let plain = MoveOrder::default();
    match command {
        Accept => orders::accept_offline(shop, &clerk, order, plain).await,
        Process => orders::process(shop, &clerk, order, plain).await,
        Ship => orders::ship(shop, &clerk, order, ShipOrder::default()).await.map(drop),
        Deliver => orders::deliver(shop, &clerk, order, plain).await,
        Complete => orders::complete(shop, &clerk, order, plain).await,
        Cancel => orders::cancel(shop, &clerk, order, CancelOrder { reason: "Changed my mind".into() }).await,
        Pay => {
            // money that comes too late goes back
            if let Paid::Cancelled | Paid::SoldOut = shop.take_money(order).await {
                shop.give_money_back(order).await;
            }
            Ok(())
        }
        Refund => {
            shop.give_money_back(order).await;
            Ok(())
        }
    }
}

#[tokio::test]
async fn every_move_and_every_refusal() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(500).await;
        for from in OrderStatus::ALL {
            for command in COMMANDS {
                let order = shop.order_of(&hammer, 2).await.order;
                for step in way_to(from) {
                    run(shop, order, *step).await.unwrap();
                }
                assert_eq!(order_status(shop, order).await, from);
                let answer = run(shop, order, command).await;
                let told = TABLE.iter().find(|(at, by, _)| (*at, *by) == (from, command)).map(|(_, _, to)| *to);
                assert_eq!(order_status(shop, order).await, told.unwrap_or(from), "{command:?} when {from:?}");
                if told.is_none() && !matches!(command, Pay | Refund) {
                    let refused = answer.unwrap_err();
                    assert!(matches!(refused.conflict_code(), Some("order_status" | "unpaid")), "{refused:?}");
                    if refused.conflict_code() == Some("order_status") {
                        assert!(refused.to_string().contains(&from.to_string()), "{refused}");
                    }
                } else {
                    answer.unwrap();
                }
            }
        }
        for (from, _, to) in TABLE {
            assert!(from.can_become(*to));
        }
        let moves: usize = OrderStatus::ALL.iter().map(|s| s.next().len()).sum();
        assert_eq!(moves, TABLE.len(), "each move is made by some command");
    })
    .await;
}

#[tokio::test]
async fn stock_follows_the_order() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[Permission::InventoryRead]).await;
        let hammer = shop.product("Claw hammer").stock(10).await;
        let level = async || {
            let history = inventory::movements_of(shop, &clerk, hammer.variant, Paging::new(1, 1)).await.unwrap();
            (history.level.on_hand, history.level.reserved)
        };
        let order = shop.order_of(&hammer, 4).await.order;
        assert_eq!(level().await, (10, 4));
        run(shop, order, Pay).await.unwrap();
        run(shop, order, Process).await.unwrap();
        assert_eq!(level().await, (10, 4));
        run(shop, order, Ship).await.unwrap();
        assert_eq!(level().await, (6, 0));
        let order = shop.order_of(&hammer, 6).await.order;
        run(shop, order, Cancel).await.unwrap();
        assert_eq!(level().await, (6, 0));
        let order = shop.order_of(&hammer, 1).await.order;
        for step in [Accept, Complete] {
            run(shop, order, step).await.unwrap();
        }
        assert_eq!(level().await, (5, 0));
    })
    .await;
}

#[tokio::test]
async fn a_parcel_may_hold_a_part() {
    testing::shop(async |shop| {
        let clerk = shop.staff(ORDERS).await;
        let (hammer, saw) = (shop.product("Claw hammer").await, shop.product("Saw").await);
        let placed = shop.placed(&shop.guest_with(&[(&hammer, 3), (&saw, 1)]).await).await;
        run(shop, placed.order, Pay).await.unwrap();
        run(shop, placed.order, Process).await.unwrap();
        let view = orders::for_staff(shop, &clerk, &placed.number).await.unwrap();
        let item = |i: usize, n: &str| ShipItem { item_id: view.items[i].id.to_string().into(), quantity: n.into() };
        let parcel =
            |items| ShipOrder { carrier: "Royal Mail".into(), tracking: "RM1".into(), items, ..Default::default() };
        let too_many = orders::ship(shop, &clerk, placed.order, parcel(vec![item(0, "4")])).await.unwrap_err();
        assert!(matches!(too_many, Error::Invalid(_)), "{too_many:?}");
        orders::ship(shop, &clerk, placed.order, parcel(vec![item(0, "2"), item(1, "0")])).await.unwrap();
        assert_eq!(order_status(shop, placed.order).await, Processing);
        let refused = orders::cancel(shop, &clerk, placed.order, CancelOrder { reason: "x".into() }).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("partly_shipped"));
        orders::ship(shop, &clerk, placed.order, parcel(vec![])).await.unwrap();
        let view = orders::for_visitor(shop, &shop.guest(), &placed.number, Some(&placed.access_key)).await.unwrap();
        assert_eq!((view.status, view.shipments.len()), (Shipped, 2));
        assert_eq!(view.items.iter().map(|i| (i.to_ship, i.shipped)).collect::<Vec<_>>(), [(0, 3), (0, 1)]);
        assert!(view.timeline.iter().all(|row| row.is_public && row.actor_name != clerk.name()));
        let script = ShipOrder { tracking_url: "javascript:alert(1)".into(), ..ShipOrder::default() };
        assert!(matches!(orders::ship(shop, &clerk, placed.order, script).await, Err(Error::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn money_after_the_reservation_lapsed() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(2).await;
        let lucky = shop.order_of(&hammer, 1).await;
        let unlucky = shop.order_of(&hammer, 1).await;
        shop.clock.advance(chrono::TimeDelta::minutes(36));
        for order in [lucky.order, unlucky.order] {
            let mut act = Act::begin(shop, &System).await.unwrap();
            assert!(shop::lifecycle::lapse_reservation(&mut act, order).await.unwrap());
            assert!(!shop::lifecycle::lapse_reservation(&mut act, order).await.unwrap());
            act.commit(()).await.unwrap();
        }
        assert_eq!(inventory::available(&shop.db, hammer.variant).await.unwrap(), 2);
        assert_eq!(shop.take_money(lucky.order).await, Paid::Now);
        shop.order_of(&hammer, 1).await;
        assert!(matches!(shop.take_money(unlucky.order).await, Paid::SoldOut));
        assert_eq!(order_status(shop, unlucky.order).await, Cancelled);
        shop.give_money_back(unlucky.order).await;
        // nothing is done twice
        let mut act = Act::begin(shop, &System).await.unwrap();
        assert_eq!(shop::payments::order_paid(&mut act, lucky.order).await.unwrap(), Paid::Already);
        let cancelled =
            shop::lifecycle::cancel_unpaid(&mut act, lucky.order, CancelReason::NotPaidInTime).await.unwrap();
        assert!(!cancelled, "a paid order is never cancelled as unpaid");
    })
    .await;
}

#[tokio::test]
async fn an_order_paid_at_the_counter() {
    testing::shop(async |shop| {
        let clerk = shop.staff(ORDERS).await;
        let placed = shop.order_of(&shop.product("Vice").await, 1).await;
        run(shop, placed.order, Accept).await.unwrap();
        let view = orders::for_staff(shop, &clerk, &placed.number).await.unwrap();
        use orders::{OfflineStep, OrderStatus, Step};
        let moves = [OrderStatus::Shipped, OrderStatus::Completed, OrderStatus::Cancelled].map(Step::To);
        let steps: Vec<_> = [Step::Offline(OfflineStep::Receive)].into_iter().chain(moves).collect();
        assert_eq!((view.payment_status, view.steps()), (orders::PaymentStatus::Pending, steps));
        orders::record_offline_payment(shop, &clerk, placed.order).await.unwrap();
        let again = orders::record_offline_payment(shop, &clerk, placed.order).await.unwrap_err();
        assert_eq!(again.conflict_code(), Some("no_offline_payment"));
        let view = orders::for_staff(shop, &clerk, &placed.number).await.unwrap();
        assert_eq!((view.status, view.payment_status), (Processing, orders::PaymentStatus::Paid));
    })
    .await;
}

/// Fails when `find_own` does not compare owner and key.
#[tokio::test]
async fn anothers_order_is_not_found() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").await;
        let (ada, eve) = (shop.customer("ada@example.org").await, shop.customer("eve@example.org").await);
        let adas = shop.with_in_cart(shop.visitor_of(&ada), hammer.variant, 1).await;
        let placed = shop.placed(&adas).await;
        let guests = shop.order_of(&hammer, 1).await;
        for reference in [placed.number.clone(), placed.order.to_string(), placed.number.to_lowercase()] {
            assert_eq!(orders::of(shop, &ada, &reference).await.unwrap().id, placed.order);
            assert!(matches!(orders::of(shop, &eve, &reference).await, Err(Error::NotFound)));
            let cancel = orders::cancel_own(shop, &shop.visitor_of(&eve), &reference, Some("0")).await;
            assert!(matches!(cancel, Err(Error::NotFound)));
        }
        assert_eq!(
            orders::for_visitor(shop, &shop.guest(), &guests.number, Some(&guests.access_key)).await.unwrap().id,
            guests.order
        );
        for key in ["", "x", &placed.access_key] {
            assert!(matches!(
                orders::for_visitor(shop, &shop.guest(), &guests.number, Some(key)).await,
                Err(Error::NotFound)
            ));
        }
        assert!(matches!(orders::of(shop, &ada, "IM-0\0").await, Err(Error::NotFound)));
        let clerk = shop.staff(&[Permission::CatalogRead]).await;
        assert!(matches!(orders::for_staff(shop, &clerk, &placed.number).await, Err(Error::Forbidden)));
        assert_eq!(orders::list_of(shop, &ada, Paging::new(1, 20)).await.unwrap().total, 1);
        assert_eq!(orders::list_of(shop, &eve, Paging::new(1, 20)).await.unwrap().total, 0);
        orders::cancel_own(shop, &shop.visitor_of(&ada), &placed.number, None).await.unwrap();
        let again = orders::cancel_own(shop, &shop.visitor_of(&ada), &placed.number, None).await.unwrap_err();
        assert_eq!(again.conflict_code(), Some("order_status"));
    })
    .await;
}

#[tokio::test]
async fn staff_find_orders_and_see_the_figures() {
    testing::shop(async |shop| {
        let clerk = shop.staff(ORDERS).await;
        let hammer = shop.product("Claw hammer").priced(70_00).stock(50).await;
        let old = shop.order_of(&hammer, 2).await;
        run(shop, old.order, Pay).await.unwrap();
        shop.clock.advance(chrono::TimeDelta::days(3));
        let zoe = shop.guest_with(&[(&hammer, 1)]).await;
        let mut form = shop.order_form();
        form.shipping_address.first_name = "Zoë".into();
        form.email = "zoe@example.net".into();
        let new = shop::checkout::place_order(shop, &zoe, form).await.unwrap();
        let ask = async |query: OrderQuery| -> Vec<OrderId> {
            let page = orders::list(shop, &clerk, &query).await.unwrap();
            assert_eq!(page.total, page.items.len() as i64);
            page.items.into_iter().map(|row| row.id).collect()
        };
        let all = OrderQuery::default;
        assert_eq!(ask(all()).await, [new.order, old.order]);
        assert_eq!(ask(OrderQuery { sort: OrderSort::Dearest, ..all() }).await, [old.order, new.order]);
        assert_eq!(ask(OrderQuery { status: Some(Paid), ..all() }).await, [old.order]);
        for search in ["zoe love", "EXAMPLE.NET", &new.number.to_lowercase()] {
            assert_eq!(ask(OrderQuery { search: search.into(), ..all() }).await, [new.order], "{search}");
        }
        let today = shop.clock.now().date_naive();
        assert_eq!(ask(OrderQuery { from: Some(today), ..all() }).await, [new.order]);
        assert_eq!(ask(OrderQuery { until: today.pred_opt(), ..all() }).await, [old.order]);
        let figures = orders::figures(shop, &clerk).await.unwrap();
        assert_eq!((figures.days.len(), figures.orders, figures.revenue.minor), (30, 1, 14_000));
        assert_eq!((figures.today.orders, figures.to_process, figures.awaiting_payment), (0, 1, 1));
    })
    .await;
}

/// Fails where a list or a figure counts by days of UTC, or with days of 24 hours.
#[tokio::test]
async fn a_day_is_the_shops_day_for_lists_and_for_figures() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[ORDERS, &[Permission::PaymentsRead]].concat()).await;
        let hammer = shop.product("Claw hammer").priced(70_00).stock(50).await;
        shop.goes_by_the_clock_of("America/New_York").await;
        let sold_at = async |moment: &str| {
            shop.wait_until(moment);
            let placed = shop.order_of(&hammer, 1).await;
            run(shop, placed.order, Pay).await.unwrap();
            placed.order
        };
        let counted = async |day: &str| {
            let day = day.parse().unwrap();
            let (from, until) = (Some(day), Some(day));
            let query = OrderQuery { from, until, ..OrderQuery::default() };
            let listed = orders::list(shop, &clerk, &query).await.unwrap();
            let query = PaymentQuery { from, until, ..PaymentQuery::default() };
            assert_eq!(payments::list(shop, &clerk, &query).await.unwrap().total, listed.total, "{day}");
            let sum = payments::totals(shop, &clerk, &query).await.unwrap().captured;
            let exported = payments::for_export(shop, &clerk, &query, None, 9).await.unwrap();
            assert_eq!(
                (exported.len() as i64, sum.minor),
                (listed.total, exported.iter().map(|p| p.captured.minor).sum::<i64>())
            );
            let figures = orders::figures(shop, &clerk).await.unwrap();
            let figure = figures.days.iter().find(|figure| figure.date == day).unwrap();
            assert_eq!((figure.orders, figure.revenue), (listed.total, sum), "{day}");
            listed.items.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        // 14 March 2027 has 23 hours there: from 05:00 to 04:00 UTC
        let eve = sold_at("2027-03-14T04:59:59Z").await;
        let first = sold_at("2027-03-14T05:00:00Z").await;
        let last = sold_at("2027-03-15T03:59:59Z").await;
        assert_eq!(orders::figures(shop, &clerk).await.unwrap().today.orders, 2);
        let next = sold_at("2027-03-15T04:00:00Z").await;
        assert_eq!(counted("2027-03-13").await, [eve]);
        assert_eq!(counted("2027-03-14").await, [last, first]);
        assert_eq!(counted("2027-03-15").await, [next]);
        // 7 November has 25: from 04:00 to 05:00 UTC
        let first = sold_at("2027-11-07T04:00:00Z").await;
        let last = sold_at("2027-11-08T04:59:59Z").await;
        assert_eq!(counted("2027-11-07").await, [last, first]);
        let figures = orders::figures(shop, &clerk).await.unwrap();
        assert_eq!((figures.today.date.to_string(), figures.today.orders), ("2027-11-07".to_owned(), 2));
        assert_eq!(figures.days.len(), 30);
    })
    .await;
}

/// The text by which staff find an order is written by a trigger: fails when it looks at new orders only.
#[tokio::test]
async fn an_order_is_found_by_what_it_was_corrected_to() {
    testing::shop(async |shop| {
        shop.order_of(&shop.product("Rasp").await, 1).await;
        sqlx::query(
            "update orders
             set email = 'Zoë@example.org', shipping_address = jsonb_set(shipping_address, '{lastName}', '\"Ångström\"')",
        )
        .execute(&shop.db)
        .await
        .unwrap();
        for typed in ["zoe@", "angstrom"] {
            let found = "select count(*) from orders where search_text like fold_like($1)";
            let found: i64 = sqlx::query_scalar(found).bind(typed).fetch_one(&shop.db).await.unwrap();
            assert_eq!(found, 1, "{typed}");
        }
        // plain words take a way of their own
        for last in ["O''Neill `Jo`", "MÜLLER’S", "", "½ dozen"] {
            let rename = format!("update orders set shipping_address = shipping_address || '{{\"lastName\": \"{last}\"}}'");
            sqlx::query(AssertSqlSafe(rename)).execute(&shop.db).await.unwrap();
            let others = "select count(*) from orders where search_text <> fold(
                              number || ' ' || email || ' ' || (shipping_address->>'firstName') || ' '
                              || (shipping_address->>'lastName'))";
            assert_eq!(shop.count(others).await, 0, "{last}");
        }
    })
    .await;
}
