//! What a refund comes to: by amount, by line, the delivery alone; its split, and two members of staff at once.

use shop::accounts::{Permission, Staff};
use shop::id::OrderId;
use shop::payments::{self, RefundInput, RefundLine, RefundPlan};
use shop::settings::{self, SettingsInput};
use shop::testing::stripe::{StripeShop, stripe_shop};
use shop::{Error, inventory, orders};

/// A form of the admin: all, `amount`, or pieces of the order's lines in their order.
fn all() -> RefundInput {
    RefundInput { what: "all".into(), ..RefundInput::default() }
}

fn amount(text: &str) -> RefundInput {
    RefundInput { what: "amount".into(), amount: text.into(), ..RefundInput::default() }
}

async fn parts(shop: &StripeShop, order: OrderId, pieces: &[&str], delivery: &str) -> RefundInput {
    let items: Vec<uuid::Uuid> = sqlx::query_scalar("select id from order_items where order_id = $1 order by position")
        .bind(order)
        .fetch_all(&shop.db)
        .await
        .unwrap();
    let lines = items.iter().zip(pieces).map(|(item, quantity)| RefundLine {
        item: item.to_string().into(),
        quantity: (*quantity).into(),
        ..RefundLine::default()
    });
    RefundInput { what: "parts".into(), lines: lines.collect(), delivery: delivery.into(), ..RefundInput::default() }
}

async fn plan(shop: &StripeShop, order: OrderId, input: &RefundInput) -> shop::Result<RefundPlan> {
    payments::preview_refund(shop, &shop.admin().await, order, input).await
}

/// Goods, delivery, tax on top, tax contained.
fn in_parts(split: payments::Split) -> [i64; 4] {
    [split.goods.minor, split.shipping.minor, split.tax.minor, split.tax_included.minor]
}

fn fields(refused: shop::Result<impl std::fmt::Debug>) -> Vec<String> {
    match refused {
        Err(Error::Invalid(faults)) => faults.0.into_iter().map(|f| f.field.into_owned()).collect(),
        other => panic!("{other:?}"),
    }
}

/// An order of three screws at £9.99 and a plane at £70.00, with express delivery for £9.95, whose tax is added on top.
async fn taxed_on_top(shop: &StripeShop) -> OrderId {
    let admin = shop.admin().await;
    let now = settings::load(shop).await.unwrap();
    let input = SettingsInput { prices_include_tax: "false".into(), ..SettingsInput::from(&now) };
    settings::save(shop, &admin, input).await.unwrap();
    let (screws, plane) = (shop.product("Screws").priced(9_99).await, shop.product("Plane").priced(70_00).await);
    let guest = shop.guest_with(&[(&screws, 3), (&plane, 1)]).await;
    let form = shop::checkout::PlaceOrder { shipping_method: "express".into(), ..shop.order_form() };
    let placed = shop::checkout::place_order(shop, &guest, form).await.unwrap();
    // in cash, so that Stripe is not asked for each
    orders::accept_offline(shop, &admin, placed.order, orders::MoveOrder::default()).await.unwrap();
    orders::record_offline_payment(shop, &admin, placed.order).await.unwrap();
    placed.order
}

/// The split is that of the order when all has gone back, whatever the parts were. Fails when another one is stored
/// than was shown.
#[tokio::test]
async fn several_parts_come_to_the_whole_order() {
    stripe_shop(async |shop| {
        let order = taxed_on_top(shop).await;
        let staff = shop.admin().await;
        let asked = [
            parts(shop, order, &["1", "0"], "").await,
            amount("0.07"),
            parts(shop, order, &[], "3.33").await,
            parts(shop, order, &["", "1"], "0.01").await,
            amount("11.11"),
            all(),
        ];
        for (i, input) in asked.into_iter().enumerate() {
            let shown = plan(shop, order, &input).await.unwrap();
            payments::refund(shop, &staff, order, input, &i.to_string()).await.unwrap();
            let stored = payments::refunds_of(&shop.db, order).await.unwrap().pop().unwrap();
            assert_eq!((stored.amount, stored.split), (shown.amount, shown.split), "{i}: as it was shown");
        }
        let mut sums = [0; 4];
        for refund in payments::refunds_of(&shop.db, order).await.unwrap() {
            sums.iter_mut().zip(in_parts(refund.split)).for_each(|(sum, part)| *sum += part);
        }
        let (goods, shipping, tax): (i64, i64, i64) =
            sqlx::query_as("select subtotal, shipping, tax from orders").fetch_one(&shop.db).await.unwrap();
        assert_eq!((goods, shipping, tax), (99_97, 9_95, 21_98));
        assert_eq!(sums, [goods, shipping, tax, 0]);
    })
    .await;
}

#[tokio::test]
async fn lines_are_worth_what_was_paid_for_them_and_are_paid_back_once() {
    stripe_shop(async |shop| {
        let hooks = shop.product("Hooks").priced(10_00).stock(9).await;
        let placed = shop.paid_order(&hooks, 3).await;
        let (order, staff) = (placed.order, shop.admin().await);
        let two = parts(shop, order, &["2"], "").await;
        let shown = plan(shop, order, &two).await.unwrap();
        assert_eq!(in_parts(shown.split), [20_00, 0, 0, 3_34]);
        assert_eq!(in_parts(shown.left_after), [10_00, 4_95, 0, 2_49]);
        payments::refund(shop, &staff, order, two.clone(), "a").await.unwrap();
        // fails without the pieces that were paid back before
        assert_eq!(fields(plan(shop, order, &two).await), ["lines[0].quantity"]);
        // £4 more for a scratch: the last piece is not worth its price any more, and the message says what is left
        payments::refund(shop, &staff, order, amount("4"), "b").await.unwrap();
        let one = parts(shop, order, &["1"], "").await;
        let Err(Error::Invalid(faults)) = plan(shop, order, &one).await else { panic!() };
        assert!(faults.to_string().contains("£6.00 of the goods is left"), "{faults}");
        // the delivery alone, and not twice
        let delivery = parts(shop, order, &[], "4.95").await;
        let shown = plan(shop, order, &delivery).await.unwrap();
        assert_eq!(in_parts(shown.split), [0, 4_95, 0, 82]);
        payments::refund(shop, &staff, order, delivery.clone(), "c").await.unwrap();
        assert_eq!(fields(plan(shop, order, &delivery).await), ["delivery"]);
        let rest = plan(shop, order, &all()).await.unwrap();
        assert_eq!(rest.amount.minor, 6_00);
        payments::refund(shop, &staff, order, all(), "d").await.unwrap();
        assert_eq!(shop.status(order).await, ("refunded".into(), "refunded".into()));
    })
    .await;
}

#[tokio::test]
async fn an_amount_says_how_much_of_it_is_for_the_delivery_or_not() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Hooks").priced(10_00).await, 1).await;
        let of = async |text: &str, delivery: &str| {
            let input = RefundInput { amount: text.into(), delivery: delivery.into(), ..RefundInput::default() };
            plan(shop, placed.order, &input).await
        };
        assert_eq!(in_parts(of("12", "").await.unwrap().split)[..2], [10_00, 2_00], "off the goods first");
        assert_eq!(in_parts(of("5", "4.95").await.unwrap().split)[..2], [5, 4_95]);
        for (text, delivery, field) in
            [("5", "5.01", "delivery"), ("3", "4", "delivery"), ("14.95", "1", "delivery"), ("14.96", "", "amount")]
        {
            assert_eq!(fields(of(text, delivery).await), [field], "{text} {delivery}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_fault_has_its_field() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Hooks").priced(10_00).await, 1).await;
        let stranger = shop.paid_order(&shop.product("Plane").await, 1).await;
        let refused = async |input: RefundInput| fields(plan(shop, placed.order, &input).await);
        assert_eq!(refused(RefundInput { what: "half".into(), ..amount("1") }).await, ["what"]);
        assert_eq!(refused(amount("")).await, ["amount"]);
        assert_eq!(refused(amount("ten")).await, ["amount"]);
        assert_eq!(refused(parts(shop, placed.order, &["0"], "0").await).await, ["what"]);
        assert_eq!(refused(parts(shop, placed.order, &["x"], "y").await).await, ["delivery", "lines[0].quantity"]);
        assert_eq!(refused(parts(shop, placed.order, &["2"], "").await).await, ["lines[0].quantity"]);
        assert_eq!(refused(parts(shop, stranger.order, &["1"], "").await).await, ["lines[0].item"]);
        assert_eq!(refused(RefundInput { cause: "bored".into(), ..all() }).await, ["cause"]);
        assert_eq!(refused(RefundInput { cause: "other".into(), ..all() }).await, ["reason"], "in words, then");
        let mut twice = parts(shop, placed.order, &["1"], "").await;
        twice.lines.push(twice.lines[0].clone());
        assert_eq!(refused(twice).await, ["lines[1].item"]);
    })
    .await;
}

/// Goods go back in stock line by line, those of one line and not of the other; or all of them with all the money.
#[tokio::test]
async fn goods_go_back_in_stock_where_it_was_asked() {
    stripe_shop(async |shop| {
        let (rasp, vice) = (shop.product("Rasp").stock(5).await, shop.product("Vice").stock(5).await);
        let guest = shop.guest_with(&[(&rasp, 2), (&vice, 2)]).await;
        let placed = shop.placed(&guest).await;
        shop.pay(&placed).await;
        let (order, staff) = (placed.order, shop.admin().await);
        let left = async || {
            let of = async |p: &shop::testing::TestProduct| inventory::available(&shop.db, p.variant).await.unwrap();
            (of(&rasp).await, of(&vice).await)
        };
        assert_eq!(left().await, (3, 3));
        let mut input = parts(shop, order, &["1", "1"], "").await;
        input.lines[1].restock = "true".into();
        assert!(plan(shop, order, &input).await.unwrap().restocks());
        payments::refund(shop, &staff, order, input, "a").await.unwrap();
        assert_eq!(left().await, (3, 4));
        payments::refund(shop, &staff, order, RefundInput { restock: "true".into(), ..all() }, "b").await.unwrap();
        assert_eq!(left().await, (5, 5));
    })
    .await;
}

/// Two members of staff look at the same order, and both give money back. Fails without `overtaken`: the second gives
/// back what nobody looked at.
#[tokio::test]
async fn the_second_of_two_looks_again() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        let (first, second) = (shop.admin().await, shop.admin().await);
        let seen = |input: RefundInput| RefundInput { expected_left: "70.00".into(), ..input };
        payments::refund(shop, &first, placed.order, seen(amount("50")), "a").await.unwrap();
        let late = payments::refund(shop, &second, placed.order, seen(amount("30")), "a").await.unwrap_err();
        assert_eq!(late.conflict_code(), Some("refund_overtaken"));
        let words = late.to_string();
        assert!(
            words.contains(first.name()) && words.contains("£50.00") && words.contains("£20.00 is left"),
            "{words}"
        );
        // the same action again is no news
        payments::refund(shop, &first, placed.order, seen(amount("50")), "a").await.unwrap();
        assert_eq!(shop.stripe.statement().refunds.len(), 1);
        let again = RefundInput { expected_left: "20.00".into(), ..all() };
        payments::refund(shop, &second, placed.order, again, "b").await.unwrap();
        let late = payments::refund(shop, &first, placed.order, seen(all()), "c").await.unwrap_err();
        assert!(late.to_string().contains("Nothing is left"), "{late}");
    })
    .await;
}

/// At the same moment, with all that is left: one of them, and the other is told. Fails without the lock on the order's
/// row and the constraint behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_at_the_same_moment_are_one() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        let mut racing = tokio::task::JoinSet::new();
        for text in ["50", "40", "30", "60"] {
            let (shop, staff, order) = ((**shop).clone(), shop.admin().await, placed.order);
            let input = RefundInput { expected_left: "70.00".into(), ..amount(text) };
            racing.spawn(async move { payments::refund(&shop, &staff, order, input, "form").await });
        }
        let done = racing.join_all().await;
        let (made, told): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
        assert_eq!(made.len(), 1);
        assert!(told.into_iter().all(|t| t.unwrap_err().conflict_code() == Some("refund_overtaken")));
        assert_eq!(shop.stripe.statement().refunds.len(), 1);
    })
    .await;
}

/// Giving money back and moving orders are two permissions, and neither holds the other.
#[tokio::test]
async fn giving_back_and_moving_are_two_permissions() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        let mover: Staff = shop.staff(&[Permission::OrdersRead, Permission::OrdersWrite]).await;
        let payer: Staff = shop.staff(&[Permission::OrdersRead, Permission::OrdersRefund]).await;
        let no = |refused: Option<Error>| assert!(matches!(refused, Some(Error::Forbidden)), "{refused:?}");
        no(payments::preview_refund(shop, &mover, placed.order, &all()).await.err());
        no(payments::refund(shop, &mover, placed.order, all(), "a").await.err());
        no(payments::refund_of_key(shop, &mover, "a").await.err());
        no(orders::process(shop, &payer, placed.order, orders::MoveOrder::default()).await.err());
        orders::process(shop, &mover, placed.order, orders::MoveOrder::default()).await.unwrap();
        payments::refund(shop, &payer, placed.order, amount("1"), "a").await.unwrap();
        assert!(payments::refund_of_key(shop, &payer, "a").await.unwrap().is_some());
        assert!(payments::refund_of_key(shop, &shop.admin().await, "a").await.unwrap().is_none(), "another's key");
    })
    .await;
}

/// What one refund took is there again when it fails at Stripe.
#[tokio::test]
async fn what_a_failed_refund_took_can_be_given_back_again() {
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        let placed = shop.paid_order(&shop.product("Hooks").priced(10_00).await, 1).await;
        let (order, staff) = (placed.order, shop.admin().await);
        let first = parts(shop, order, &["1"], "2").await;
        payments::refund(shop, &staff, order, first.clone(), "a").await.unwrap();
        assert_eq!(plan(shop, order, &all()).await.unwrap().amount.minor, 2_95);
        let refund = shop.stripe.statement().refunds[0].id.clone();
        shop.stripe.settle_refund(&refund, false).unwrap();
        shop.message("refund.failed").await;
        shop.work().await;
        let shown = plan(shop, order, &first).await.unwrap();
        assert_eq!(in_parts(shown.split), [10_00, 2_00, 0, 2_00]);
        assert_eq!(plan(shop, order, &all()).await.unwrap().amount.minor, 14_95);
    })
    .await;
}
