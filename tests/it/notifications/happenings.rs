//! What is told, and that it is told once.

use super::{kinds, seen};
use shop::accounts::{Permission, System};
use shop::catalog::import::{ImportInput, desk};
use shop::inventory::{self, AdjustStock, Item, MovementCause, ReceiveStock};
use shop::jobs::{self, Job};
use shop::notifications::{self, Happened, NotificationKind};
use shop::orders::{self, MoveOrder};
use shop::payments;
use shop::testing::stripe::stripe_shop;
use shop::testing::{self, TestProduct, TestShop};
use shop::webhooks::{self, EndpointInput};
use shop::{Act, Error};
use stripe_sandbox::Way;

/// Not when it is placed: most attempts come to nothing. Fails when it is told in `checkout`.
#[tokio::test]
async fn an_order_is_told_once_it_counts() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[Permission::OrdersRead, Permission::OrdersWrite]).await;
        let rasp = shop.product("Rasp").stock(50).await;
        let (paid, offline, left) =
            (shop.order_of(&rasp, 1).await, shop.order_of(&rasp, 1).await, shop.order_of(&rasp, 1).await);
        assert!(seen(shop, &clerk).await.is_empty());
        shop.take_money(paid.order).await;
        shop.take_money(paid.order).await;
        orders::accept_offline(shop, &clerk, offline.order, MoveOrder::default()).await.unwrap();
        orders::record_offline_payment(shop, &clerk, offline.order).await.unwrap();
        let told: Vec<_> = seen(shop, &clerk).await.into_iter().map(|one| one.what.message().to_string()).collect();
        let wanted = [
            format!("New order {} over £14.95", paid.number),
            format!("New order {} over £14.95, to be paid offline", offline.number),
        ];
        assert_eq!(told, wanted, "{} was left", left.number);
    })
    .await;
}

#[tokio::test]
async fn declines_disputes_and_differences() {
    stripe_shop(async |shop| {
        let clerk = shop.staff(&[Permission::PaymentsRead]).await;
        shop.webhooks_arrive();
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&session, Way::Decline).unwrap_err();
        shop.message("payment_intent.payment_failed").await;
        shop.work().await;
        payments::settle(shop, placed.payment).await.unwrap();
        let [declined] = &seen(shop, &clerk).await[..] else { panic!("one") };
        let text = format!("A payment for order {} was declined: Your card was declined.", placed.number);
        assert_eq!(declined.what.message().to_string(), text);

        shop.stripe.pay(&session, Way::Pay).unwrap();
        payments::settle(shop, placed.payment).await.unwrap();
        let charge =
            shop.stripe.statement().charges.iter().find(|charge| charge.amount_captured > 0).unwrap().id.clone();
        shop.stripe.dispute(&charge, "product_not_received").unwrap();
        shop.message("charge.dispute.funds_withdrawn").await;
        shop.work().await;
        let of =
            |kind: NotificationKind, all: Vec<NotificationKind>| all.into_iter().filter(|one| *one == kind).count();
        assert!(of(NotificationKind::PaymentDisputed, kinds(shop, &clerk).await) >= 1);
    })
    .await;
    stripe_shop(async |shop| {
        let clerk = shop.staff(&[Permission::PaymentsRead]).await;
        let (placed, session) = shop.at_the_page(&shop.product("Plane").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        for _ in 0..3 {
            payments::compare(shop).await.unwrap();
            shop.wait(5);
        }
        let [found] = &seen(shop, &clerk).await[..] else { panic!("one, however often it is compared") };
        let Happened::DifferenceFound { difference, number } = &found.what else { panic!("{found:?}") };
        assert_eq!(number.as_deref(), Some(placed.number.as_str()));
        let shown = payments::difference(shop, &clerk, *difference).await.unwrap();
        assert_eq!(shown.order, Some(placed.order));
        payments::settle(shop, placed.payment).await.unwrap();
    })
    .await;
}

async fn reserve(shop: &TestShop, of: &TestProduct, quantity: i32) -> shop::Result<()> {
    let order = shop.order_of(&shop.product("Nail").stock(100).await, 1).await.order;
    act(shop, of, quantity, order).await
}

async fn act(shop: &TestShop, of: &TestProduct, quantity: i32, order: shop::id::OrderId) -> shop::Result<()> {
    let mut act = Act::begin(shop, &System).await?;
    let item = Item { variant: of.variant, quantity };
    inventory::reserve(&mut act, &[item], MovementCause::order(order)).await?;
    act.commit(()).await
}

async fn scarce(shop: &TestShop, who: &shop::accounts::Staff) -> Vec<String> {
    seen(shop, who).await.into_iter().map(|one| one.what.message().to_string()).collect()
}

/// Fails when each sale below the threshold tells, and when a threshold of a variant does not count.
#[tokio::test]
async fn stock_that_runs_low_is_told_when_it_does() {
    testing::shop(async |shop| {
        let keeper = shop.staff(&[Permission::InventoryRead, Permission::InventoryWrite]).await;
        let adze = shop.product("Adze").sku("ADZE").stock(8).await;
        let adjust = async |counted: &str| {
            let input = AdjustStock { counted: counted.into(), reason: "Count".into(), ..AdjustStock::default() };
            inventory::adjust_level(shop, &keeper, adze.variant, input).await.unwrap();
        };
        // the settings say five
        for counted in ["6", "5", "4"] {
            adjust(counted).await;
        }
        assert_eq!(scarce(shop, &keeper).await, ["Only 5 left of Adze (ADZE)"]);
        adjust("0").await;
        assert_eq!(scarce(shop, &keeper).await[1..], ["Adze (ADZE) is sold out"]);
        // a few come: still low, and no news
        let three = ReceiveStock { quantity: "3".into(), ..ReceiveStock::default() };
        inventory::receive_goods(shop, &keeper, adze.variant, three).await.unwrap();
        assert_eq!(scarce(shop, &keeper).await.len(), 2);
        // it was above, and falls again
        adjust("20").await;
        adjust("2").await;
        assert_eq!(scarce(shop, &keeper).await[2..], ["Only 2 left of Adze (ADZE)"]);

        // its own threshold, on sale and off it
        adjust("20").await;
        let own = "update variants set low_stock_at = $2 where id = $1";
        sqlx::query(own).bind(adze.variant).bind(10).execute(&shop.db).await.unwrap();
        adjust("10").await;
        assert_eq!(scarce(shop, &keeper).await[3..], ["Only 10 left of Adze (ADZE)"]);
        let levels = inventory::levels(shop, &keeper, &Default::default()).await.unwrap();
        assert!(levels.items.iter().any(|row| row.sku == "ADZE" && row.is_low), "the list goes by it");
        sqlx::query(own).bind(adze.variant).bind(0).execute(&shop.db).await.unwrap();
        adjust("1").await;
        assert_eq!(scarce(shop, &keeper).await.len(), 4, "zero: only when it is sold out");
        adjust("20").await;
        sqlx::query("update products set status = 'draft' where id = $1")
            .bind(adze.id)
            .execute(&shop.db)
            .await
            .unwrap();
        adjust("0").await;
        assert_eq!(scarce(shop, &keeper).await.len(), 4, "nobody waits for a draft");
    })
    .await;
}

/// Twenty at once buy the last ones: one of them crosses each threshold. Fails when the level is not the locked one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_sales_tell_once() {
    testing::shop(async |shop| {
        let keeper = shop.staff(&[Permission::InventoryRead]).await;
        let adze = shop.product("Adze").sku("ADZE").stock(12).await;
        let order = shop.order_of(&shop.product("Nail").stock(100).await, 1).await.order;
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let shop = (**shop).clone();
            let item = Item { variant: adze.variant, quantity: 1 };
            racing.spawn(async move {
                let mut act = Act::begin(&shop, &System).await?;
                inventory::reserve(&mut act, &[item], MovementCause::order(order)).await?;
                act.commit(()).await
            });
        }
        let done = racing.join_all().await;
        let sold = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(sold, 12, "{done:?}");
        // in the order in which their transactions began
        let mut told = scarce(shop, &keeper).await;
        told.sort();
        assert_eq!(told, ["Adze (ADZE) is sold out", "Only 5 left of Adze (ADZE)"]);
        // of what was rolled back nobody is told
        let refused = reserve(shop, &adze, 1).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })), "{refused:?}");
        assert_eq!(scarce(shop, &keeper).await.len(), 2);
        // the order has none of them
        let mut act = Act::begin(shop, &System).await.unwrap();
        let all = [Item { variant: adze.variant, quantity: 12 }];
        inventory::release(&mut act, &all, MovementCause::order(order)).await.unwrap();
        act.commit(()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn imports_webhooks_and_dead_jobs() {
    testing::shop(async |shop| {
        let owner = shop.admin().await;
        let csv = b"Handle,Title,Variant Price\nadze,Adze,12\n";
        let mut upload = desk::begin(shop, &owner, "spring.csv", &ImportInput::default()).await.unwrap();
        upload.write(shop, csv).await.unwrap();
        let import = upload.finish(shop, &owner, None).await.unwrap().id;
        shop.work().await;
        let [finished] = &seen(shop, &owner).await[..] else { panic!("one") };
        let Happened::ImportFinished { import: told, file, is_done, .. } = &finished.what else {
            panic!("{finished:?}")
        };
        assert_eq!((told, file.as_str(), *is_done), (&import, "spring.csv", true));

        let input = EndpointInput {
            name: "Accounting".into(),
            url: "https://hooks.example/in".into(),
            topics: vec!["order.paid".into()],
            ..EndpointInput::default()
        };
        let webhook = webhooks::create(shop, &owner, input).await.unwrap().id;
        for _ in 0..2 {
            webhooks::pause(shop, &owner, webhook).await.unwrap();
        }
        let told: Vec<_> =
            seen(shop, &owner).await.into_iter().skip(1).map(|one| one.what.message().to_string()).collect();
        assert_eq!(told, ["The webhook Accounting is paused"]);

        let mut act = Act::begin(shop, &System).await.unwrap();
        jobs::enqueue(&mut act, &Job::LapseOrder { order: shop::id::OrderId::new() }).unwrap();
        act.commit(()).await.unwrap();
        let dies = "update graphile_worker._private_jobs set attempts = max_attempts, updated_at = now()";
        sqlx::query(dies).execute(&shop.db).await.unwrap();
        for _ in 0..2 {
            assert_eq!(notifications::tell_dead_jobs(shop).await.unwrap(), 1);
        }
        let dead = |all: Vec<_>| all.into_iter().filter(|kind| *kind == NotificationKind::JobDead).count();
        assert_eq!(dead(kinds(shop, &owner).await), 1, "once");
        // tried again, and given up again
        sqlx::query(dies).execute(&shop.db).await.unwrap();
        notifications::tell_dead_jobs(shop).await.unwrap();
        assert_eq!(dead(kinds(shop, &owner).await), 2);
        let last = seen(shop, &owner).await.pop().unwrap();
        assert_eq!(last.what.message().to_string(), "A job failed too often and was given up: lapse order");
    })
    .await;
}
