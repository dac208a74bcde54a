//! Carts that were left.

use chrono::TimeDelta;
use serde_json::{Value, json};
use shop::accounts::Permission;
use shop::cart;
use shop::checkout::{self, PlaceOrder};
use shop::settings::{self, SettingsInput};
use shop::testing::{self, TestShop};

async fn told(shop: &TestShop) -> Vec<Value> {
    sqlx::query_scalar("select payload from outbox_events where topic = 'cart.abandoned' order by id")
        .fetch_all(&shop.db)
        .await
        .unwrap()
}

async fn after_hours(shop: &TestShop, hours: &str) {
    let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
    let now = settings::for_staff(shop, &owner).await.unwrap();
    let input = SettingsInput { cart_abandoned_hours: hours.into(), ..SettingsInput::from(&now) };
    settings::save(shop, &owner, input).await.unwrap();
}

fn typed(email: &str) -> PlaceOrder {
    PlaceOrder { email: email.into(), ..PlaceOrder::default() }
}

#[tokio::test]
async fn a_cart_that_was_left_is_told_of_once() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").priced(18_50).stock(50).await;
        let guest = shop.guest_with(&[(&hammer, 2)]).await;
        checkout::keep_draft(shop, &guest, &typed("ada@example.org")).await.unwrap();
        let account = shop.customer("bob@example.org").await;
        let customer = shop.with_in_cart(shop.visitor_of(&account), hammer.variant, 1).await;
        // nobody can reach these, or they hold nothing, or they were ordered
        shop.guest_with(&[(&hammer, 1)]).await;
        let unreadable = shop.guest_with(&[(&hammer, 1)]).await;
        checkout::keep_draft(shop, &unreadable, &typed("ada@")).await.unwrap();
        let empty = shop.guest_with(&[(&hammer, 1)]).await;
        checkout::keep_draft(shop, &empty, &typed("eve@example.org")).await.unwrap();
        cart::clear(shop, &empty).await.unwrap();
        let ordered = shop.guest_with(&[(&hammer, 1)]).await;
        checkout::keep_draft(shop, &ordered, &typed("fay@example.org")).await.unwrap();
        let order = shop.placed(&ordered).await.order;
        shop.take_money(order).await;

        shop.clock.advance(TimeDelta::hours(24) - TimeDelta::minutes(1));
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 0, "a minute early");
        shop.clock.advance(TimeDelta::minutes(1));
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 2);
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 0, "once");
        let all = told(shop).await;
        let of_guest = all.iter().find(|of| of["email"] == "ada@example.org").unwrap();
        let lines = json!([{ "variantId": hammer.variant, "quantity": 2, "unitPrice": "18.50" }]);
        assert_eq!((&of_guest["lines"], &of_guest["subtotal"]), (&lines, &json!("37.00")));
        assert!(of_guest.get("accountId").is_none(), "{of_guest}");
        let of_customer = all.iter().find(|of| of["accountId"] == json!(account.id())).unwrap();
        assert!(of_customer.get("email").is_none(), "an id does: {of_customer}");

        // used again, and left again; the other one stays as it lies
        shop.clock.advance(TimeDelta::hours(2));
        shop.with_in_cart(customer, hammer.variant, 1).await;
        shop.clock.advance(TimeDelta::hours(24));
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 1);
        let sequences: Vec<i64> = sqlx::query_scalar(
            "select sequence from outbox_events where topic = 'cart.abandoned' and payload ? 'accountId' order by 1",
        )
        .fetch_all(&shop.db)
        .await
        .unwrap();
        assert_eq!(sequences, [1, 2]);
    })
    .await;
}

/// Typing at the checkout is using the cart.
#[tokio::test]
async fn who_types_has_not_left() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(50).await;
        let guest = shop.guest_with(&[(&hammer, 2)]).await;
        shop.clock.advance(TimeDelta::hours(20));
        checkout::keep_draft(shop, &guest, &typed("ada@example.org")).await.unwrap();
        shop.clock.advance(TimeDelta::hours(20));
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 0);
        shop.clock.advance(TimeDelta::hours(4));
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 1);
    })
    .await;
}

/// The owner decides after how many hours, and whether at all. On the day on which it begins, old carts stay where they
/// lie.
#[tokio::test]
async fn the_owner_decides_when_a_cart_is_abandoned() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(50).await;
        let account = shop.customer("bob@example.org").await;
        let visitor = shop.with_in_cart(shop.visitor_of(&account), hammer.variant, 1).await;
        after_hours(shop, "0").await;
        shop.clock.advance(TimeDelta::days(9));
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 0, "never");
        after_hours(shop, "3").await;
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 0, "nine days ago is long ago");
        shop.with_in_cart(visitor, hammer.variant, 1).await;
        shop.clock.advance(TimeDelta::hours(3));
        assert_eq!(cart::tell_abandoned(shop).await.unwrap(), 1);
    })
    .await;
}

/// Fails without `for update skip locked`, or without the mark: several workers tell of a cart twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_workers_tell_of_each_cart_once() {
    testing::shop(async |shop| {
        let hammer = shop.product("Claw hammer").stock(500).await;
        for n in 0..10 {
            let account = shop.customer(&format!("c{n}@example.org")).await;
            shop.with_in_cart(shop.visitor_of(&account), hammer.variant, 1).await;
        }
        shop.clock.advance(TimeDelta::hours(24));
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let shop = (**shop).clone();
            racing.spawn(async move { cart::tell_abandoned(&shop).await.unwrap() });
        }
        assert_eq!(racing.join_all().await.iter().sum::<usize>(), 10);
        assert_eq!(told(shop).await.len(), 10);
    })
    .await;
}
