//! Money goes back: never more than came, once for each action, and in the end both books say the same.

use shop::accounts::{Permission, Staff};
use shop::id::{OrderId, OrderItemId};
use shop::orders::{self, CancelOrder, MoveOrder, OrderStatus, Step};
use shop::payments::{self, RefundInput, RefundLine, RefundState};
use shop::testing::stripe::{StripeShop, stripe_shop, stripe_shop_in};
use shop::words::Locale;
use shop::{Currency, Error, inventory, worker};
use stripe_sandbox::{ApiFault, ApiRule, Faults};

fn amount(text: &str) -> RefundInput {
    RefundInput { amount: text.into(), reason: "A scratch".into(), ..RefundInput::default() }
}

#[tokio::test]
async fn part_by_part_and_never_too_much() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        let staff = shop.staff(&[Permission::OrdersRefund]).await;
        assert_eq!(placed.total.minor, 70_00);
        payments::refund(shop, &staff, placed.order, amount("20"), "a").await.unwrap();
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "partially_refunded".into()));
        let too_much = payments::refund(shop, &staff, placed.order, amount("50.01"), "b").await;
        assert!(matches!(too_much, Err(Error::Invalid(_))), "{too_much:?}");
        payments::refund(shop, &staff, placed.order, amount("50"), "c").await.unwrap();
        assert_eq!(shop.status(placed.order).await, ("refunded".into(), "refunded".into()));
        let nothing = payments::refund(shop, &staff, placed.order, amount("0.01"), "d").await;
        assert_eq!(nothing.unwrap_err().conflict_code(), Some("nothing_to_refund"));
        shop.work().await;
        let mut subjects = shop.subjects();
        subjects.retain(|s| s.contains("back for order"));
        assert_eq!(subjects.len(), 2);
        let refunds = payments::refunds_of(&shop.db, placed.order).await.unwrap();
        assert!(refunds.iter().all(|r| r.status == RefundState::Succeeded && r.reference.is_some()));
    })
    .await;
}

#[tokio::test]
async fn the_same_action_twice_is_one_refund() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        let staff = shop.staff(&[Permission::OrdersRefund]).await;
        let first = payments::refund(shop, &staff, placed.order, amount("10"), "a").await.unwrap();
        assert_eq!(payments::refund(shop, &staff, placed.order, amount("10"), "a").await.unwrap(), first);
        let other = payments::refund(shop, &staff, placed.order, amount("11"), "a").await;
        assert!(matches!(other, Err(Error::KeyReused)));
        // another action of the same amount is another refund
        payments::refund(shop, &staff, placed.order, amount("10"), "b").await.unwrap();
        assert_eq!(shop.stripe.statement().refunds.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn who_may() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").await, 1).await;
        let staff = shop.staff(&[Permission::OrdersWrite]).await;
        let refused = payments::refund(shop, &staff, placed.order, amount("1"), "a").await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        for bad in ["", "0", "-1", "x"] {
            let staff = shop.admin().await;
            let refused = payments::refund(shop, &staff, placed.order, amount(bad), "a").await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{bad}");
        }
    })
    .await;
}

/// Fails without both the check in `write` and the constraint `payments_refund_within_captured`: more than was captured
/// is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_stay_within_what_was_captured() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        let staff = shop.admin().await;
        let mut racing = tokio::task::JoinSet::new();
        for i in 0..12 {
            let (shop, staff, order) = ((**shop).clone(), staff.clone(), placed.order);
            racing.spawn(async move { payments::refund(&shop, &staff, order, amount("15"), &i.to_string()).await });
        }
        let done = racing.join_all().await;
        assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 4);
        assert_eq!(shop.stripe.statement().charges[0].amount_refunded, 60_00);
    })
    .await;
}

#[tokio::test]
async fn by_line_with_the_goods_back_in_stock() {
    stripe_shop(async |shop| {
        let plane = shop.product("Plane").priced(10_00).stock(10).await;
        let placed = shop.paid_order(&plane, 3).await;
        let staff = shop.admin().await;
        let item: uuid::Uuid = sqlx::query_scalar("select id from order_items").fetch_one(&shop.db).await.unwrap();
        let input = RefundInput {
            restock: "on".into(),
            lines: vec![RefundLine { item: item.to_string().into(), quantity: "2".into(), ..RefundLine::default() }],
            ..RefundInput::default()
        };
        assert_eq!(inventory::available(&shop.db, plane.variant).await.unwrap(), 7);
        payments::refund(shop, &staff, placed.order, input, "a").await.unwrap();
        assert_eq!(shop.stripe.statement().charges[0].amount_refunded, 20_00);
        assert_eq!(inventory::available(&shop.db, plane.variant).await.unwrap(), 9);
        let input = RefundInput {
            lines: vec![RefundLine { item: item.to_string().into(), quantity: "4".into(), ..RefundLine::default() }],
            ..RefundInput::default()
        };
        let refused = payments::refund(shop, &staff, placed.order, input, "b").await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn an_unclear_answer_makes_no_second_refund() {
    for fault in [
        ApiFault::LoseAnswer,
        ApiFault::GarbledAnswer,
        ApiFault::ErrorAfter,
        ApiFault::ErrorBefore,
        ApiFault::RateLimit,
    ] {
        stripe_shop(async |shop| {
            let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
            let rule = ApiRule::new(fault).times(1).only("POST", "/v1/refunds");
            shop.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
            payments::refund(shop, &shop.admin().await, placed.order, amount("20"), "a").await.unwrap();
            for _ in 0..3 {
                shop.wait(1);
                payments::reconcile(shop).await.unwrap();
                worker::hurry(shop).await.unwrap();
                shop.work().await;
            }
            assert_eq!(shop.stripe.statement().refunds.len(), 1, "{fault:?}");
            assert_eq!(shop.status(placed.order).await.1, "partially_refunded", "{fault:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_refund_made_at_stripe_is_written_down() {
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        let charge = shop.stripe.statement().charges[0].id.clone();
        shop.stripe.refund(&charge, Some(5_00)).unwrap();
        shop.message("charge.refunded").await;
        shop.work().await;
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "partially_refunded".into()));
        let refunds = payments::refunds_of(&shop.db, placed.order).await.unwrap();
        assert_eq!((refunds.len(), refunds[0].amount.minor), (1, 5_00));
    })
    .await;
}

/// A paid order that never saw the gateway: accepted, and the cash was in the shop.
async fn paid_in_cash(shop: &StripeShop, staff: &Staff) -> OrderId {
    let placed = shop.order_of(&shop.product("Plane").priced(70_00).await, 1).await;
    orders::accept_offline(shop, staff, placed.order, MoveOrder::default()).await.unwrap();
    orders::record_offline_payment(shop, staff, placed.order).await.unwrap();
    placed.order
}

/// Nothing says that money went back before staff said so. Fails when `send` counts a refund of offline money as done.
#[tokio::test]
async fn cash_goes_back_by_hand() {
    stripe_shop(async |shop| {
        let staff = shop.admin().await;
        let order = paid_in_cash(shop, &staff).await;
        let view = async || orders::for_staff(shop, &staff, &order.to_string()).await.unwrap();
        assert_eq!(view().await.refundable_by_hand().minor, 70_00);
        let why = CancelOrder { reason: "Changed their mind".into() };
        orders::cancel(shop, &staff, order, why).await.unwrap();
        shop.wait(2);
        assert_eq!(payments::reconcile(shop).await.unwrap().refunds, 0);
        shop.work().await;
        assert_eq!(shop.status(order).await, ("cancelled".into(), "paid".into()));
        let waiting = view().await.refunds;
        assert!(waiting.len() == 1 && waiting[0].waits_for_hand() && view().await.refundable().is_zero());

        let clerk = shop.staff(&[Permission::OrdersWrite]).await;
        assert!(matches!(payments::handed_back(shop, &clerk, waiting[0].id).await, Err(Error::Forbidden)));
        payments::handed_back(shop, &staff, waiting[0].id).await.unwrap();
        assert_eq!(shop.status(order).await, ("cancelled".into(), "refunded".into()));
        let again = payments::handed_back(shop, &staff, waiting[0].id).await.unwrap_err();
        assert_eq!(again.conflict_code(), Some("not_by_hand"));
        let told = view().await.timeline.pop().unwrap();
        assert_eq!(
            (told.what.say(Locale::English).as_ref(), told.actor_name.as_str()),
            ("£70.00 was given back", staff.name())
        );
        assert_eq!(shop.count("select count(*) from audit_logs where action = 'order.hand_back'").await, 1);
        assert_eq!(shop.stripe.statement().refunds.len(), 0);
    })
    .await;
}

/// Fails without the check that the payment was offline.
#[tokio::test]
async fn what_stripe_sends_is_not_handed_over() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        let staff = shop.admin().await;
        let rule = ApiRule::new(ApiFault::RateLimit).times(1).only("POST", "/v1/refunds");
        shop.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
        let refund = payments::refund(shop, &staff, placed.order, amount("20"), "a").await.unwrap();
        let refused = payments::handed_back(shop, &staff, refund).await.unwrap_err();
        assert_eq!(refused.conflict_code(), Some("not_by_hand"));
        let unknown = payments::handed_back(shop, &staff, shop::id::RefundId::new()).await;
        assert!(matches!(unknown, Err(Error::NotFound)));
        worker::hurry(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.1, "partially_refunded");
    })
    .await;
}

/// The page says why before anybody tries; the command refuses all the same.
#[tokio::test]
async fn who_cancels_a_paid_order_gives_money_back() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").await, 1).await;
        let unpaid = shop.order_of(&shop.product("Vice").await, 1).await;
        let clerk = shop.staff(&[Permission::OrdersRead, Permission::OrdersWrite]).await;
        let why = async |number: &str| {
            orders::for_staff(shop, &clerk, number)
                .await
                .unwrap()
                .refused(Step::To(OrderStatus::Cancelled), &clerk)
                .is_some()
        };
        assert_eq!((why(&placed.number).await, why(&unpaid.number).await), (true, false));
        let refused = orders::cancel(shop, &clerk, placed.order, CancelOrder { reason: "x".into() }).await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        orders::cancel(shop, &clerk, unpaid.order, CancelOrder { reason: "x".into() }).await.unwrap();
    })
    .await;
}

/// An offline Stripe that starts anew is told what the books say, so that yesterday's payment can be refunded today.
#[tokio::test]
async fn a_sandbox_that_starts_anew_knows_the_past() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
        payments::refund(shop, &shop.admin().await, placed.order, amount("20"), "a").await.unwrap();
        let taken = payments::captured(&shop.db).await.unwrap();
        let refunds = payments::refunds_of(&shop.db, placed.order).await.unwrap();
        assert_eq!((taken.len(), taken[0].amount, taken[0].currency.as_str()), (1, 70_00, "gbp"));
        assert_eq!(taken[0].given_back, [(refunds[0].id, 20_00)]);
    })
    .await;
}

/// Fails when separators are thrown away: £1.20 goes back, and staff are told that all is well.
#[tokio::test]
async fn an_amount_is_what_it_says() {
    stripe_shop(async |shop| {
        let placed = shop.paid_order(&shop.product("Lathe").priced(200_000).await, 1).await;
        let staff = shop.staff(&[Permission::OrdersRefund]).await;
        let id = payments::refund(shop, &staff, placed.order, amount("1.200,00"), "a").await.unwrap();
        let made = payments::refunds_of(&shop.db, placed.order).await.unwrap();
        assert_eq!(made.iter().find(|r| r.id == id).map(|r| r.amount.minor), Some(120_000));
        for (typed, why) in [
            ("1,2345", "reads as 1.2345, but GBP has two decimals"),
            ("0,125", "reads as 0.125, but GBP has two decimals"),
        ] {
            let Err(Error::Invalid(faults)) = payments::refund(shop, &staff, placed.order, amount(typed), typed).await
            else {
                panic!("{typed} was taken")
            };
            assert_eq!((faults.0[0].field.as_ref(), faults.0[0].message.to_string().as_str()), ("amount", why));
        }
    })
    .await;
}

/// Fails without the steps: Stripe refuses the refund after it was answered with success.
#[tokio::test]
async fn refunds_are_in_steps_of_the_currency() {
    stripe_shop_in(Currency::KWD, async |shop| {
        let placed = shop.paid_order(&shop.product("Plane").priced(12_340).await, 3).await;
        let staff = shop.staff(&[Permission::OrdersRefund]).await;
        for bad in ["0.005", "1.235", "0,005"] {
            let refused = payments::refund(shop, &staff, placed.order, amount(bad), bad).await;
            let Err(Error::Invalid(faults)) = refused else { panic!("{bad}: {refused:?}") };
            assert!(faults.0[0].message.to_string().starts_with("must be a multiple of 0.010"), "{faults:?}");
        }
        payments::refund(shop, &staff, placed.order, amount("0,500"), "a").await.unwrap();
        let items: Vec<OrderItemId> =
            sqlx::query_scalar("select id from order_items").fetch_all(&shop.db).await.unwrap();
        let piece = RefundLine { item: items[0].to_string().into(), quantity: "1".into(), ..RefundLine::default() };
        let by_line = RefundInput { lines: vec![piece], ..RefundInput::default() };
        payments::refund(shop, &staff, placed.order, by_line, "b").await.unwrap();
        let rest = RefundInput { what: "all".into(), ..RefundInput::default() };
        payments::refund(shop, &staff, placed.order, rest, "c").await.unwrap();
        let made = payments::refunds_of(&shop.db, placed.order).await.unwrap();
        assert!(made.iter().all(|r| r.status == RefundState::Succeeded), "{made:?}");
        assert_eq!(made.iter().map(|r| r.amount.minor).sum::<i64>(), placed.total.minor);
    })
    .await;
}
