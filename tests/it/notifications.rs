//! What staff are told: who sees it, that nothing is left out, and what is mailed to whom.

mod happenings;
mod mails;

use shop::accounts::{Permission, Staff};
use shop::notifications::{
    self, Cursor, Happened, Notification, NotificationKind, NotificationQuery, PreferenceInput, SavePreferences,
};
use shop::testing::{self, TestShop};
use shop::{Error, Paging};
use std::time::Duration;

/// All that somebody sees, the oldest first.
async fn seen(shop: &TestShop, who: &Staff) -> Vec<Notification> {
    shop.notifications_settle().await;
    notifications::after(&shop.db, who, Cursor::default(), 1_000).await.unwrap()
}

async fn kinds(shop: &TestShop, who: &Staff) -> Vec<NotificationKind> {
    seen(shop, who).await.into_iter().map(|one| one.what.kind()).collect()
}

async fn unread(shop: &TestShop, who: &Staff) -> i64 {
    shop.notifications_settle().await;
    notifications::unread_count(&shop.db, who).await.unwrap()
}

/// An order that counts.
async fn an_order(shop: &TestShop) -> String {
    let placed = shop.order_of(&shop.product("Rasp").stock(100).await, 1).await;
    shop.take_money(placed.order).await;
    placed.number
}

fn choice(kind: NotificationKind, in_bell: bool, mail: &str) -> SavePreferences {
    let in_bell = if in_bell { "true" } else { "" };
    let one = PreferenceInput { kind: kind.word().into(), in_bell: in_bell.into(), mail: mail.into() };
    SavePreferences { preferences: vec![one] }
}

fn all() -> NotificationQuery {
    NotificationQuery { kind: None, only_unread: false, paging: Paging::new(1, 50) }
}

/// Fails without the permission in `kinds` of each question.
#[tokio::test]
async fn each_sees_what_they_may_see_now() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[Permission::OrdersRead]).await;
        let keeper = shop.staff(&[Permission::InventoryRead]).await;
        let number = an_order(shop).await;
        let [only] = &seen(shop, &clerk).await[..] else { panic!("one") };
        assert_eq!(only.what.message().to_string(), format!("New order {number} over £14.95"));
        assert_eq!(only.what.path(), format!("/admin/orders/{number}"));
        assert!(!only.is_read);
        assert!(seen(shop, &keeper).await.is_empty());
        assert_eq!((unread(shop, &clerk).await, unread(shop, &keeper).await), (1, 0));
        assert_eq!(notifications::list(shop, &keeper, &all()).await.unwrap().total, 0);
        let refused = notifications::mark_read(shop, &keeper, only.id).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        // asked for by its kind, it is no more theirs
        let query = NotificationQuery { kind: Some(NotificationKind::NewOrder), ..all() };
        assert_eq!(notifications::list(shop, &keeper, &query).await.unwrap().total, 0);

        // another role counts at once, for what happened before as well
        let gives = "update roles set permissions = '{orders:read}'
                     where id in (select role_id from user_roles where user_id = $1)";
        sqlx::query(gives).bind(keeper.id()).execute(&shop.db).await.unwrap();
        let now = shop.identity(keeper.email()).await.staff.unwrap();
        assert_eq!(unread(shop, &now).await, 1);
    })
    .await;
}

/// Fails without `staff_since` in the questions.
#[tokio::test]
async fn a_new_colleague_sees_what_came_since() {
    testing::shop(async |shop| {
        let first = shop.admin().await;
        an_order(shop).await;
        shop.clock.advance(chrono::TimeDelta::hours(1));
        let second = shop.admin().await;
        let customer = shop.customer("ada@example.org").await;
        an_order(shop).await;
        assert_eq!((unread(shop, &first).await, unread(shop, &second).await), (2, 1));
        assert_eq!((seen(shop, &first).await.len(), seen(shop, &second).await.len()), (2, 1));
        assert_eq!(notifications::list(shop, &second, &all()).await.unwrap().total, 1);

        // who becomes staff later began then, not when the account was made
        shop.clock.advance(chrono::TimeDelta::hours(1));
        sqlx::query("update users set role = 'admin', updated_at = $2 where id = $1")
            .bind(customer.id())
            .bind(shop.clock.now())
            .execute(&shop.db)
            .await
            .unwrap();
        let third = shop.identity("ada@example.org").await.staff.unwrap();
        assert_eq!(unread(shop, &third).await, 0);
        an_order(shop).await;
        assert_eq!(unread(shop, &third).await, 1);
    })
    .await;
}

/// A transaction that began earlier commits later: whoever read meanwhile is told of both, each once. Fails without
/// `pg_snapshot_xmin` in `after`: the later one is read first, and the other one lies before the cursor.
#[tokio::test]
async fn nobody_who_reads_on_misses_one() {
    testing::shop(async |shop| {
        let clerk = shop.admin().await;
        let place = async |db: &mut sqlx::PgConnection, number: &str| {
            let what = Happened::PaymentDisputed { order: shop::id::OrderId::new(), number: number.to_owned() };
            sqlx::query(
                "insert into notifications (id, kind, entity_type, entity_id, data, at)
                 values (gen_random_uuid(), 'payment_disputed', 'order', '', $1, $2)",
            )
            .bind(what.data().unwrap())
            .bind(shop.clock.now())
            .execute(db)
            .await
            .unwrap();
        };
        let mut slow = shop.db.begin().await.unwrap();
        place(&mut slow, "slow").await;
        let mut quick = shop.db.begin().await.unwrap();
        place(&mut quick, "quick").await;
        quick.commit().await.unwrap();

        let (mut cursor, mut told) = (Cursor::default(), Vec::new());
        let read = async |cursor: &mut Cursor, told: &mut Vec<String>| {
            for one in notifications::after(&shop.db, &clerk, *cursor, 10).await.unwrap() {
                *cursor = one.cursor;
                let Happened::PaymentDisputed { number, .. } = one.what else { panic!("{:?}", one.what) };
                told.push(number);
            }
        };
        read(&mut cursor, &mut told).await;
        assert!(told.is_empty(), "it waits for the one that began earlier: {told:?}");
        assert_eq!(notifications::unread_count(&shop.db, &clerk).await.unwrap(), 0, "as the list does");
        slow.commit().await.unwrap();
        for _ in 0..500 {
            read(&mut cursor, &mut told).await;
            if told.len() == 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(told, ["slow", "quick"], "in the order of their transactions");
        read(&mut cursor, &mut told).await;
        assert_eq!(told.len(), 2, "each once");
    })
    .await;
}

#[tokio::test]
async fn the_log_is_read_on_from_a_cursor() {
    testing::shop(async |shop| {
        let clerk = shop.admin().await;
        let mut numbers = Vec::new();
        for _ in 0..5 {
            numbers.push(an_order(shop).await);
        }
        shop.notifications_settle().await;
        let (mut cursor, mut read) = (Cursor::default(), Vec::new());
        loop {
            let some = notifications::after(&shop.db, &clerk, cursor, 2).await.unwrap();
            let Some(last) = some.last() else { break };
            // as it is written down by whoever reads on
            cursor = last.cursor.to_string().parse().unwrap();
            read.extend(some.into_iter().map(|one| match one.what {
                Happened::NewOrder { number, .. } => number,
                other => panic!("{other:?}"),
            }));
        }
        assert_eq!(read, numbers);
    })
    .await;
}

#[tokio::test]
async fn marks_are_each_persons_own() {
    testing::shop(async |shop| {
        let (one, other) = (shop.admin().await, shop.admin().await);
        for _ in 0..3 {
            an_order(shop).await;
        }
        let told = seen(shop, &one).await;
        for _ in 0..2 {
            notifications::mark_read(shop, &one, told[1].id).await.unwrap();
        }
        assert_eq!((unread(shop, &one).await, unread(shop, &other).await), (2, 3));
        let is_read: Vec<_> = seen(shop, &one).await.iter().map(|one| one.is_read).collect();
        assert_eq!(is_read, [false, true, false]);
        let query = NotificationQuery { only_unread: true, ..all() };
        let left = notifications::list(shop, &one, &query).await.unwrap();
        assert_eq!(
            left.items.iter().map(|one| one.id).collect::<Vec<_>>(),
            [told[2].id, told[0].id],
            "the newest first"
        );

        // up to the second: the third came after it was looked at
        notifications::mark_all_read(shop, &one, told[1].cursor).await.unwrap();
        assert_eq!((unread(shop, &one).await, unread(shop, &other).await), (1, 3));
        assert_eq!(shop.count("select count(*) from notification_reads").await, 0, "they are behind the place");
        // never back
        notifications::mark_all_read(shop, &one, told[2].cursor).await.unwrap();
        notifications::mark_all_read(shop, &one, told[0].cursor).await.unwrap();
        assert_eq!(unread(shop, &one).await, 0);

        // what lies ahead cannot be read before it is there
        let ahead: Cursor = format!("{:x}-{}", u64::MAX, uuid::Uuid::max().simple()).parse().unwrap();
        let refused = notifications::mark_all_read(shop, &one, ahead).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        an_order(shop).await;
        assert_eq!(unread(shop, &one).await, 1);

        // with the account go its marks and choices
        notifications::mark_read(shop, &one, seen(shop, &one).await[3].id).await.unwrap();
        let chosen = choice(NotificationKind::NewOrder, true, "never");
        notifications::save_preferences(shop, &one, chosen).await.unwrap();
        sqlx::query("delete from users where id = $1").bind(one.id()).execute(&shop.db).await.unwrap();
        for table in ["notification_reads", "notification_readers", "notification_preferences"] {
            let left = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
            assert_eq!(sqlx::query_scalar::<_, i64>(left).fetch_one(&shop.db).await.unwrap(), 0, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_not_in_the_bell_is_not_counted() {
    testing::shop(async |shop| {
        let clerk = shop.staff(&[Permission::OrdersRead]).await;
        an_order(shop).await;
        let chosen = choice(NotificationKind::NewOrder, false, "never");
        let now = notifications::save_preferences(shop, &clerk, chosen).await.unwrap();
        assert_eq!(now.len(), 1, "one kind is theirs");
        assert_eq!(unread(shop, &clerk).await, 0);
        assert!(seen(shop, &clerk).await.is_empty());
        assert_eq!(notifications::list(shop, &clerk, &all()).await.unwrap().total, 0);
        let acts = "select count(*) from audit_logs where action = 'notification.preferences'";
        assert_eq!(shop.count(acts).await, 1);
        notifications::save_preferences(shop, &clerk, choice(NotificationKind::NewOrder, false, "never"))
            .await
            .unwrap();
        assert_eq!(shop.count(acts).await, 1, "nothing changed");
        notifications::save_preferences(shop, &clerk, choice(NotificationKind::NewOrder, true, "never")).await.unwrap();
        assert_eq!(unread(shop, &clerk).await, 1);

        let twice = |mut input: SavePreferences| {
            input.preferences.extend(input.preferences.clone());
            input
        };
        for (wrong, field) in [
            (choice(NotificationKind::JobDead, true, "never"), "preferences[0].kind"),
            (choice(NotificationKind::NewOrder, true, "hourly"), "preferences[0].mail"),
            (twice(choice(NotificationKind::NewOrder, true, "never")), "preferences[1].kind"),
        ] {
            let Err(Error::Invalid(faults)) = notifications::save_preferences(shop, &clerk, wrong).await else {
                panic!("{field}")
            };
            assert_eq!(faults.0[0].field, field);
        }
    })
    .await;
}

#[tokio::test]
async fn the_bell_counts_no_further_than_it_says() {
    testing::shop(async |shop| {
        let clerk = shop.admin().await;
        sqlx::query(
            "insert into notifications (id, kind, entity_type, entity_id, data, at)
             select gen_random_uuid(), 'job_dead', 'job', '1', '{\"job\": 1, \"what\": \"seal_audit\"}', $1
             from generate_series(1, 250)",
        )
        .bind(shop.clock.now())
        .execute(&shop.db)
        .await
        .unwrap();
        assert_eq!(unread(shop, &clerk).await, notifications::MOST_COUNTED);
        let third = NotificationQuery { paging: Paging::new(3, 100), ..all() };
        let page = notifications::list(shop, &clerk, &third).await.unwrap();
        assert_eq!((page.total, page.items.len()), (250, 50));
    })
    .await;
}

/// After ninety days it is gone, with its marks and mails. A database that was restored counts its transactions anew:
/// fails without the second part of `sweep`, since all lies ahead then.
#[tokio::test]
async fn old_ones_go_and_restored_ones_can_be_read() {
    testing::shop(async |shop| {
        let clerk = shop.admin().await;
        an_order(shop).await;
        notifications::mark_read(shop, &clerk, seen(shop, &clerk).await[0].id).await.unwrap();
        shop.clock.advance(chrono::TimeDelta::days(89));
        let newer = an_order(shop).await;
        shop.clock.advance(chrono::TimeDelta::days(1));
        assert_eq!(notifications::sweep(shop).await.unwrap(), 1);
        assert_eq!(shop.count("select count(*) from notification_reads").await, 0);
        assert_eq!(unread(shop, &clerk).await, 1);

        let ahead = "update notifications set xid = (pg_current_xact_id()::text::numeric + 1000000000)::text::xid8";
        sqlx::query(ahead).execute(&shop.db).await.unwrap();
        assert_eq!(notifications::unread_count(&shop.db, &clerk).await.unwrap(), 0);
        notifications::sweep(shop).await.unwrap();
        let [only] = &seen(shop, &clerk).await[..] else { panic!("one") };
        assert_eq!(only.what.path(), format!("/admin/orders/{newer}"));
        an_order(shop).await;
        assert_eq!(unread(shop, &clerk).await, 2);
    })
    .await;
}
