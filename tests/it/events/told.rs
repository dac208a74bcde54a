//! What a sale, a refund and the owner's settings tell the world.

use serde_json::{Value, json};
use shop::accounts::{Permission, System};
use shop::inventory::{self, Item, MovementCause};
use shop::orders::{self, CancelOrder, ShipOrder};
use shop::payments::{self, RefundInput};
use shop::settings::{self, SettingsInput};
use shop::testing::stripe::stripe_shop;
use shop::testing::{self, TestShop};
use shop::{Act, Error};
use std::collections::BTreeSet;

async fn told(shop: &TestShop, topic: &str) -> Vec<Value> {
    sqlx::query_scalar("select payload from outbox_events where topic = $1 order by occurred_at, id")
        .bind(topic)
        .fetch_all(&shop.db)
        .await
        .unwrap()
}

/// The causes, with what is on hand and promised after each.
async fn moves(shop: &TestShop) -> Vec<(String, i64, i64)> {
    let moves = told(shop, "stock.changed").await;
    let number = |of: &Value, field: &str| of[field].as_i64().unwrap();
    moves
        .iter()
        .map(|of| {
            assert_eq!(number(of, "available"), number(of, "onHand") - number(of, "reserved"), "{of}");
            (of["cause"].as_str().unwrap().to_owned(), number(of, "onHand"), number(of, "reserved"))
        })
        .collect()
}

/// Fails when a sale moves stock without a word.
#[tokio::test]
async fn a_sale_that_moves_stock_says_so() {
    testing::shop(async |shop| {
        let clerk = shop.admin().await;
        let hammer = shop.product("Claw hammer").stock(10).await;
        let before = moves(shop).await.len();
        let kept = shop.order_of(&hammer, 3).await;
        let dropped = shop.order_of(&hammer, 2).await;
        orders::cancel(shop, &clerk, dropped.order, CancelOrder { reason: "Changed her mind".into() }).await.unwrap();
        shop.take_money(kept.order).await;
        orders::process(shop, &clerk, kept.order, Default::default()).await.unwrap();
        let parcel = ShipOrder { carrier: "Post".into(), tracking: "AB 1".into(), ..ShipOrder::default() };
        orders::ship(shop, &clerk, kept.order, parcel).await.unwrap();
        let all = moves(shop).await;
        let wanted = [("reserved", 10, 3), ("reserved", 10, 5), ("released", 10, 3), ("shipped", 7, 0)];
        assert_eq!(all[before..], wanted.map(|(cause, on_hand, reserved)| (cause.to_owned(), on_hand, reserved)));
        let last = told(shop, "stock.changed").await.pop().unwrap();
        assert_eq!(last["orderId"], json!(kept.order));
        assert_eq!(last["variantId"], json!(hammer.variant));
        assert!(last["sku"].as_str().is_some_and(|sku| !sku.is_empty()) && last["locationId"].is_string(), "{last}");
        let shipment = told(shop, "shipment.created").await.pop().unwrap();
        assert_eq!((&shipment["partial"], &shipment["fulfillmentStatus"]), (&json!(false), &json!("shipped")));
    })
    .await;
}

/// Fails when what could not be moved is told: of two goods one is sold out, and neither moves.
#[tokio::test]
async fn what_does_not_move_is_not_told() {
    testing::shop(async |shop| {
        let (hammer, rasp) = (shop.product("Claw hammer").stock(5).await, shop.product("Rasp").stock(1).await);
        let before = moves(shop).await.len();
        let mut act = Act::begin(shop, &System).await.unwrap();
        let items = [Item { variant: hammer.variant, quantity: 2 }, Item { variant: rasp.variant, quantity: 2 }];
        let refused = inventory::reserve(&mut act, &items, MovementCause::reason("Test")).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict { code: "sold_out", .. }), "{refused:?}");
        act.commit(()).await.unwrap();
        assert_eq!(moves(shop).await.len(), before);
    })
    .await;
}

/// Fails without the event beside the move: the money for an order that was accepted offline came in unheard.
#[tokio::test]
async fn money_is_told_of_once_however_it_comes() {
    testing::shop(async |shop| {
        let clerk = shop.admin().await;
        let hammer = shop.product("Claw hammer").stock(10).await;
        let online = shop.order_of(&hammer, 1).await;
        shop.take_money(online.order).await;
        let offline = shop.order_of(&hammer, 1).await;
        orders::accept_offline(shop, &clerk, offline.order, Default::default()).await.unwrap();
        orders::record_offline_payment(shop, &clerk, offline.order).await.unwrap();
        let paid: Vec<_> = told(shop, "order.paid")
            .await
            .into_iter()
            .map(|of| (of["orderId"].clone(), of["status"].clone(), of["paymentStatus"].clone()))
            .collect();
        let wanted = [
            (json!(online.order), json!("paid"), json!("paid")),
            (json!(offline.order), json!("processing"), json!("paid")),
        ];
        assert_eq!(paid, wanted);
    })
    .await;
}

/// Fails when the two ways of failing are told in two shapes: refused when it is asked for, and come back later.
#[tokio::test]
async fn a_refund_that_failed_has_one_shape() {
    let refund =
        |amount: &str| RefundInput { amount: amount.into(), reason: "A scratch".into(), ..RefundInput::default() };
    let mut shapes = Vec::new();
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        let charge = shop.stripe.statement().charges[0].id.clone();
        // all of it goes back over there, and we do not know it yet
        shop.stripe.refund(&charge, None).unwrap();
        shop.message("charge.refunded").await;
        payments::refund(shop, &shop.admin().await, placed.order, refund("20"), "a").await.unwrap();
        shop.work().await;
        shapes.extend(told(shop, "refund.failed").await);
        assert_eq!(told(shop, "refund.created").await.len(), 2, "the one that was made over there is told of, too");
    })
    .await;
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        payments::refund(shop, &shop.admin().await, placed.order, refund("20"), "a").await.unwrap();
        let id = shop.stripe.statement().refunds[0].id.clone();
        shop.stripe.settle_refund(&id, false).unwrap();
        shop.message("refund.failed").await;
        shop.work().await;
        shapes.extend(told(shop, "refund.failed").await);
        let of_all: Vec<String> = sqlx::query_scalar(
            "select payload ->> 'status' from outbox_events where entity_type = 'refund' order by sequence",
        )
        .fetch_all(&shop.db)
        .await
        .unwrap();
        assert_eq!(of_all, ["pending", "succeeded", "failed"]);
    })
    .await;
    let fields = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(shapes.len(), 2);
    assert_eq!(fields(&shapes[0]), fields(&shapes[1]));
    for shape in shapes {
        assert_eq!(
            (&shape["status"], &shape["amount"], &shape["split"]["goods"]),
            (&json!("failed"), &json!("20.00"), &json!("20.00"))
        );
        assert!(shape["failure"].as_str().is_some_and(|why| !why.is_empty()), "{shape}");
    }
}

/// Names, no values: they may be secrets one day.
#[tokio::test]
async fn settings_are_told_by_name() {
    testing::shop(async |shop| {
        let owner = shop.staff(&[Permission::SettingsRead, Permission::SettingsWrite]).await;
        let now = settings::for_staff(shop, &owner).await.unwrap();
        let form = SettingsInput {
            shop_name: "Nails & Sons".into(),
            low_stock_threshold: "9".into(),
            ..SettingsInput::from(&now)
        };
        settings::save(shop, &owner, form.clone()).await.unwrap();
        settings::save(shop, &owner, form).await.unwrap();
        assert_eq!(told(shop, "settings.changed").await, [json!({ "keys": ["lowStockThreshold", "shopName"] })]);
    })
    .await;
}
