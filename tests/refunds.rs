//! Money goes back: never more than came, once for each action, and in the end both books say the same.

mod till;

use shop::accounts::Permission;
use shop::payments::{self, RefundInput, RefundLine};
use shop::{Error, inventory, jobs};
use stripe_sandbox::{ApiFault, ApiRule, Faults};
use till::till;

fn amount(text: &str) -> RefundInput {
    RefundInput { amount: text.into(), reason: "A scratch".into(), ..RefundInput::default() }
}

#[tokio::test]
async fn part_by_part_and_never_too_much() {
    till(async |till| {
        let placed = till.paid_order(&till.product("Plane").priced(70_00).await, 1).await;
        let staff = till.staff(&[Permission::OrdersRefund]).await;
        assert_eq!(placed.total.minor, 70_00);
        payments::refund(till, &staff, placed.order, amount("20"), "a").await.unwrap();
        assert_eq!(till.status(placed.order).await, ("paid".into(), "partially_refunded".into()));
        let too_much = payments::refund(till, &staff, placed.order, amount("50.01"), "b").await;
        assert!(matches!(too_much, Err(Error::Invalid(_))), "{too_much:?}");
        payments::refund(till, &staff, placed.order, amount("50"), "c").await.unwrap();
        assert_eq!(till.status(placed.order).await, ("refunded".into(), "refunded".into()));
        let nothing = payments::refund(till, &staff, placed.order, amount("0.01"), "d").await;
        assert_eq!(nothing.unwrap_err().conflict_code(), Some("nothing_to_refund"));
        till.work().await;
        let mut subjects = till.subjects();
        subjects.retain(|s| s.contains("back for order"));
        assert_eq!(subjects.len(), 2);
        let refunds = payments::refunds_of(&till.db, placed.order).await.unwrap();
        assert!(refunds.iter().all(|r| r.status == "succeeded" && r.reference.is_some()));
    })
    .await;
}

#[tokio::test]
async fn the_same_action_twice_is_one_refund() {
    till(async |till| {
        let placed = till.paid_order(&till.product("Plane").priced(70_00).await, 1).await;
        let staff = till.staff(&[Permission::OrdersRefund]).await;
        let first = payments::refund(till, &staff, placed.order, amount("10"), "a").await.unwrap();
        assert_eq!(payments::refund(till, &staff, placed.order, amount("10"), "a").await.unwrap(), first);
        let other = payments::refund(till, &staff, placed.order, amount("11"), "a").await;
        assert!(matches!(other, Err(Error::KeyReused)));
        // another action of the same amount is another refund
        payments::refund(till, &staff, placed.order, amount("10"), "b").await.unwrap();
        assert_eq!(till.stripe.ledger().refunds.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn who_may() {
    till(async |till| {
        let placed = till.paid_order(&till.product("Plane").await, 1).await;
        let staff = till.staff(&[Permission::OrdersWrite]).await;
        let refused = payments::refund(till, &staff, placed.order, amount("1"), "a").await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        for bad in ["", "0", "-1", "x"] {
            let staff = till.admin().await;
            let refused = payments::refund(till, &staff, placed.order, amount(bad), "a").await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{bad}");
        }
    })
    .await;
}

/// Fails without both the check in `write` and the constraint `payments_refund_within_captured`: more than was captured is
/// asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_stay_within_what_was_captured() {
    till(async |till| {
        let placed = till.paid_order(&till.product("Plane").priced(70_00).await, 1).await;
        let staff = till.admin().await;
        let mut racing = tokio::task::JoinSet::new();
        for i in 0..12 {
            let (shop, staff, order) = ((**till).clone(), staff.clone(), placed.order);
            racing.spawn(async move { payments::refund(&shop, &staff, order, amount("15"), &i.to_string()).await });
        }
        let done = racing.join_all().await;
        assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 4);
        assert_eq!(till.stripe.ledger().charges[0].amount_refunded, 60_00);
    })
    .await;
}

#[tokio::test]
async fn by_line_with_the_goods_back_in_stock() {
    till(async |till| {
        let plane = till.product("Plane").priced(10_00).stock(10).await;
        let placed = till.paid_order(&plane, 3).await;
        let staff = till.admin().await;
        let item: uuid::Uuid = sqlx::query_scalar("select id from order_items").fetch_one(&till.db).await.unwrap();
        let input = RefundInput {
            restock: "on".into(),
            lines: vec![RefundLine { item: item.to_string().into(), quantity: "2".into() }],
            ..RefundInput::default()
        };
        assert_eq!(inventory::available(&till.db, plane.variant).await.unwrap(), 7);
        payments::refund(till, &staff, placed.order, input, "a").await.unwrap();
        assert_eq!(till.stripe.ledger().charges[0].amount_refunded, 20_00);
        assert_eq!(inventory::available(&till.db, plane.variant).await.unwrap(), 9);
        let input = RefundInput {
            lines: vec![RefundLine { item: item.to_string().into(), quantity: "4".into() }],
            ..RefundInput::default()
        };
        let refused = payments::refund(till, &staff, placed.order, input, "b").await;
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
        till(async |till| {
            let placed = till.paid_order(&till.product("Plane").priced(70_00).await, 1).await;
            let rule = ApiRule::new(fault).times(1).only("POST", "/v1/refunds");
            till.stripe.set_faults(Faults { api: vec![rule], ..Faults::default() });
            payments::refund(till, &till.admin().await, placed.order, amount("20"), "a").await.unwrap();
            for _ in 0..3 {
                till.wait(1);
                payments::reconcile(till).await.unwrap();
                jobs::hurry(till).await.unwrap();
                till.work().await;
            }
            assert_eq!(till.stripe.ledger().refunds.len(), 1, "{fault:?}");
            assert_eq!(till.status(placed.order).await.1, "partially_refunded", "{fault:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_refund_made_at_stripe_is_written_down() {
    till(async |till| {
        till.webhooks_arrive();
        let placed = till.paid_order(&till.product("Plane").priced(70_00).await, 1).await;
        let charge = till.stripe.ledger().charges[0].id.clone();
        till.stripe.refund(&charge, Some(5_00)).unwrap();
        till.message("charge.refunded").await;
        till.work().await;
        assert_eq!(till.status(placed.order).await, ("paid".into(), "partially_refunded".into()));
        let refunds = payments::refunds_of(&till.db, placed.order).await.unwrap();
        assert_eq!((refunds.len(), refunds[0].amount.minor), (1, 5_00));
    })
    .await;
}
