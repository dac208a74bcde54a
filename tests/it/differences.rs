//! Stripe's statement against our books: each kind of difference is found once, repaired with one click, and gone.

use shop::Error;
use shop::accounts::Permission;
use shop::checkout::Placed;
use shop::payments::{
    self, Compared, Difference, DifferenceKind, DifferenceQuery, DifferenceStatus, DismissDifference, EntryState,
    Repair, Repaired,
};
use shop::testing::stripe::{StripeShop, stripe_shop};
use stripe_sandbox::{ApiFault, ApiRule, Faults, Way};

const DESK: &[Permission] = &[Permission::PaymentsRead, Permission::OrdersRefund];

/// Two rounds, so far apart that nothing is too young any more.
async fn rounds(shop: &StripeShop) -> Compared {
    let first = payments::compare(shop).await.unwrap();
    shop.wait(5);
    let second = payments::compare(shop).await.unwrap();
    Compared { opened: first.opened + second.opened, closed: first.closed + second.closed }
}

async fn all(shop: &StripeShop, query: DifferenceQuery) -> Vec<Difference> {
    payments::differences(shop, &shop.staff(DESK).await, &query).await.unwrap().items
}

/// The one difference that is open, which another two rounds do not find a second time.
async fn the_one(shop: &StripeShop, kind: DifferenceKind) -> Difference {
    let found = rounds(shop).await;
    assert_eq!(found, Compared { opened: 1, closed: 0 }, "{kind}");
    assert_eq!(rounds(shop).await, Compared::default(), "{kind} is one row");
    let query = DifferenceQuery { status: Some(DifferenceStatus::Open), kind: Some(kind), ..Default::default() };
    let mut open = all(shop, query).await;
    assert_eq!(open.len(), 1, "{kind}");
    open.remove(0)
}

/// Repaired by two people at once and a third time afterwards: done once, written down once, and not found again.
async fn repaired(shop: &StripeShop, difference: &Difference, how: Repair) {
    repaired_after(shop, difference, how, 0).await;
}

/// The same after so many tries that failed, each of which stands in the audit log.
async fn repaired_after(shop: &StripeShop, difference: &Difference, how: Repair, failed: i64) {
    assert_eq!(difference.repairs().first(), Some(&how));
    let (one, other) = (shop.staff(DESK).await, shop.staff(DESK).await);
    let (a, b) = tokio::join!(
        payments::repair(shop, &one, difference.id, how),
        payments::repair(shop, &other, difference.id, how)
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(a != b && (a == Repaired::Before || b == Repaired::Before), "{a:?} {b:?}");
    assert_eq!(payments::repair(shop, &one, difference.id, how).await.unwrap(), Repaired::Before);
    shop.work().await;
    shop.wait(5);
    shop.work().await;
    assert_eq!(rounds(shop).await.opened, 0, "{:?} is gone", difference.kind);
    assert_eq!(payments::open_differences(shop).await.unwrap(), 0);
    let row: (String, Option<String>) = sqlx::query_as("select status, repair from payment_differences where id = $1")
        .bind(difference.id)
        .fetch_one(&shop.db)
        .await
        .unwrap();
    assert_eq!(row, ("resolved".to_owned(), Some(how.word().to_owned())));
    let audited: i64 =
        sqlx::query_scalar("select count(*) from audit_logs where action = 'payment.repair' and entity_id = $1")
            .bind(difference.id.to_string())
            .fetch_one(&shop.db)
            .await
            .unwrap();
    assert_eq!(audited, 1 + failed);
}

async fn run(shop: &StripeShop, sql: &'static str) {
    sqlx::query(sql).execute(&shop.db).await.unwrap();
}

async fn paid(shop: &StripeShop) -> Placed {
    let product = shop.product("Plane").priced(70_00).await;
    let placed = shop.paid_order(&product, 1).await;
    shop.work().await;
    placed
}

fn charge(shop: &StripeShop) -> String {
    shop.stripe.statement().charges[0].id.clone()
}

fn refunded(shop: &StripeShop) -> i64 {
    shop.stripe.statement().charges.iter().map(|charge| charge.amount_refunded).sum()
}

#[tokio::test]
async fn books_that_agree_have_no_differences() {
    stripe_shop(async |shop| {
        let placed = paid(shop).await;
        let staff = shop.admin().await;
        let part = payments::RefundInput { amount: "20".into(), ..Default::default() };
        payments::refund(shop, &staff, placed.order, part, "a").await.unwrap();
        let (_, open) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&open, Way::Decline).unwrap_err();
        assert_eq!(rounds(shop).await, Compared::default());
        let summary = payments::comparison_summary(shop, &staff).await.unwrap();
        assert!(summary.progress.is_complete && summary.progress.failure.is_none());
        assert_eq!((summary.open, summary.foreign, summary.resolved), (0, 0, 0));
    })
    .await;
}

/// The webhook is lost and the reconciler did not run: an open attempt that was paid.
#[tokio::test]
async fn paid_at_stripe_and_open_in_our_books() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Plane").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        let difference = the_one(shop, DifferenceKind::UnbookedPayment).await;
        assert_eq!((difference.payment, difference.order), (Some(placed.payment), Some(placed.order)));
        assert_eq!((difference.theirs, difference.ours), (Some(placed.total.minor), None));
        repaired(shop, &difference, Repair::Settle).await;
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "paid".into()));
    })
    .await;
}

/// Fails without the time that a payment may take before it counts (`TOO_YOUNG`): it is opened while its webhook is on
/// the way.
#[tokio::test]
async fn what_is_late_closes_by_itself() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Plane").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        assert_eq!(payments::compare(shop).await.unwrap(), Compared::default(), "only just paid");
        shop.wait(2);
        assert_eq!(payments::compare(shop).await.unwrap(), Compared::default(), "still too young");
        shop.wait(2);
        assert_eq!(payments::compare(shop).await.unwrap(), Compared { opened: 1, closed: 0 });
        assert_eq!(payments::open_differences(shop).await.unwrap(), 1);
        // the webhook arrives
        payments::settle(shop, placed.payment).await.unwrap();
        assert_eq!(payments::compare(shop).await.unwrap(), Compared { opened: 0, closed: 1 });
        let resolved = all(shop, DifferenceQuery::default()).await;
        assert_eq!(resolved.len(), 1);
        assert_eq!((resolved[0].status, resolved[0].repair), (DifferenceStatus::Resolved, None));
        let late = payments::repair(shop, &shop.staff(DESK).await, resolved[0].id, Repair::Settle).await;
        assert_eq!(late.unwrap(), Repaired::Before);
    })
    .await;
}

/// Our payment's row is gone; the order counts as paid.
#[tokio::test]
async fn paid_at_stripe_and_the_payment_is_gone() {
    stripe_shop(async |shop| {
        let placed = paid(shop).await;
        run(shop, "delete from payments").await;
        let difference = the_one(shop, DifferenceKind::UnbookedPayment).await;
        assert_eq!((difference.payment, difference.order), (None, Some(placed.order)));
        repaired(shop, &difference, Repair::Take).await;
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "paid".into()));
        assert_eq!(refunded(shop), 0, "the order wants its money");
    })
    .await;
}

/// The same of an order that waits for its money, and of one that was cancelled meanwhile: there it goes back.
#[tokio::test]
async fn a_payment_that_is_gone_is_taken_or_goes_back() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Plane").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        run(shop, "delete from payments").await;
        let difference = the_one(shop, DifferenceKind::UnbookedPayment).await;
        repaired(shop, &difference, Repair::Take).await;
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "paid".into()));
    })
    .await;
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Plane").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        run(shop, "delete from payments").await;
        shop.wait(60);
        payments::reconcile(shop).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await.0, "cancelled");
        let difference = the_one(shop, DifferenceKind::UnbookedPayment).await;
        repaired(shop, &difference, Repair::Take).await;
        assert_eq!(shop.status(placed.order).await.0, "cancelled");
        assert_eq!(refunded(shop), placed.total.minor, "nobody keeps the money of a cancelled order");
    })
    .await;
}

/// Fails without the turn that `begin` gives to one of several: both people are told that they did it, and both stand
/// in the audit log.
#[tokio::test]
async fn money_that_has_no_order_goes_back() {
    let shop = StripeShop::open().await;
    let (placed, session) = shop.at_the_page(&shop.product("Plane").priced(70_00).stock(5).await, 1).await;
    shop.stripe.pay(&session, Way::Pay).unwrap();
    for table in ["payments", "order_events", "order_items", "inventory_movements", "orders"] {
        let sql = format!(
            "alter table {table} disable trigger user; delete from {table}; alter table {table} enable trigger user"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&shop.db).await.unwrap();
    }
    let difference = the_one(&shop, DifferenceKind::UnbookedPayment).await;
    assert_eq!((difference.payment, &difference.number), (None, &None));
    repaired(&shop, &difference, Repair::GiveBack).await;
    assert_eq!(refunded(&shop), placed.total.minor);
    assert_eq!(shop.stripe.statement().refunds.len(), 1);
}

#[tokio::test]
async fn a_payment_that_stripe_does_not_have_is_written_off() {
    stripe_shop(async |shop| {
        let rasp = shop.product("Rasp").stock(5).await;
        let placed = shop.order_of(&rasp, 2).await;
        shop.take_money(placed.order).await;
        run(shop, "update payments set provider_intent = 'pi_of_nobody'").await;
        let difference = the_one(shop, DifferenceKind::PaymentNotAtStripe).await;
        assert_eq!((difference.theirs, difference.ours), (None, Some(placed.total.minor)));
        assert_eq!(difference.their_status, Some(EntryState::Missing));
        repaired(shop, &difference, Repair::WriteOff).await;
        assert_eq!(shop.status(placed.order).await, ("cancelled".into(), "failed".into()));
        assert_eq!(shop::inventory::available(&shop.db, rasp.variant).await.unwrap(), 5);
    })
    .await;
}

#[tokio::test]
async fn an_order_that_counts_as_paid_without_any_payment() {
    stripe_shop(async |shop| {
        let placed = shop.order_of(&shop.product("Rasp").stock(5).await, 2).await;
        shop.take_money(placed.order).await;
        run(shop, "delete from payments").await;
        let difference = the_one(shop, DifferenceKind::OrderWithoutPayment).await;
        repaired(shop, &difference, Repair::WriteOff).await;
        assert_eq!(shop.status(placed.order).await.0, "cancelled");
    })
    .await;
}

/// Goods that have left cannot be called back: that is for people to decide.
#[tokio::test]
async fn what_has_left_is_not_cancelled() {
    stripe_shop(async |shop| {
        let placed = shop.order_of(&shop.product("Rasp").stock(5).await, 1).await;
        shop.take_money(placed.order).await;
        let admin = shop.admin().await;
        shop::orders::process(shop, &admin, placed.order, Default::default()).await.unwrap();
        shop::orders::complete(shop, &admin, placed.order, Default::default()).await.unwrap();
        run(shop, "update payments set provider_intent = 'pi_of_nobody'").await;
        let difference = the_one(shop, DifferenceKind::PaymentNotAtStripe).await;
        let refused = payments::repair(shop, &admin, difference.id, Repair::WriteOff).await;
        assert_eq!(refused.unwrap_err().conflict_code(), Some("has_left"));
        assert_eq!(shop.status(placed.order).await, ("completed".into(), "paid".into()), "nothing half done");
        dismissed(shop, &difference).await;
        // so that both books agree in the end
        run(shop, "update payments set provider = 'offline', method = 'offline'").await;
    })
    .await;
}

#[tokio::test]
async fn another_amount_in_our_books_is_corrected() {
    stripe_shop(async |shop| {
        paid(shop).await;
        run(shop, "update payments set amount_captured = 6000").await;
        let difference = the_one(shop, DifferenceKind::CapturedDiffers).await;
        assert_eq!((difference.theirs, difference.ours), (Some(70_00), Some(60_00)));
        repaired(shop, &difference, Repair::Adopt).await;
        assert_eq!(shop.count("select amount_captured from payments").await, 70_00);
    })
    .await;
}

/// Stripe took another amount than the order's, and both books say so: the order was not moved, the money goes back.
#[tokio::test]
async fn another_amount_than_the_orders_goes_back() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Plane").priced(70_00).await, 1).await;
        run(shop, "update order_items set unit_price = 6000, line_total = 6000").await;
        run(shop, "update orders set subtotal = 6000, total = 6000").await;
        run(shop, "update payments set amount = 6000").await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), payments::Settled::Differs);
        let difference = the_one(shop, DifferenceKind::OrderTotalDiffers).await;
        assert_eq!((difference.theirs, difference.ours), (Some(70_00), Some(60_00)));
        repaired(shop, &difference, Repair::GiveBack).await;
        assert_eq!(refunded(shop), 70_00);
    })
    .await;
}

#[tokio::test]
async fn a_refund_made_at_stripe_is_written_down() {
    stripe_shop(async |shop| {
        let placed = paid(shop).await;
        shop.stripe.refund(&charge(shop), Some(15_00)).unwrap();
        let difference = the_one(shop, DifferenceKind::UnbookedRefund).await;
        assert_eq!((difference.theirs, difference.ours), (Some(15_00), None));
        repaired(shop, &difference, Repair::Adopt).await;
        assert_eq!(shop.status(placed.order).await, ("paid".into(), "partially_refunded".into()));
    })
    .await;
}

/// A refund made there comes back to us before anybody looks: nothing is left to write down.
#[tokio::test]
async fn a_refund_made_at_stripe_that_fails_closes_by_itself() {
    stripe_shop(async |shop| {
        paid(shop).await;
        let refund = shop.stripe.refund(&charge(shop), Some(15_00)).unwrap();
        let difference = the_one(shop, DifferenceKind::UnbookedRefund).await;
        // so long ago that the statement's new end does not show it any more
        shop.wait(180);
        shop.stripe.settle_refund(&refund, false).unwrap();
        assert_eq!(payments::compare(shop).await.unwrap(), Compared { opened: 0, closed: 1 });
        let staff = shop.staff(DESK).await;
        let late = payments::repair(shop, &staff, difference.id, Repair::Adopt).await;
        assert_eq!(late.unwrap(), Repaired::Before);
    })
    .await;
}

/// One of which Stripe knows nothing.
const LOST_REFUND: &str =
    "insert into refunds (id, payment_id, order_id, idempotency_key, provider_refund, amount, currency, goods,
                          shipping, tax, tax_included, status, actor_type, actor_name, created_at, updated_at)
     select gen_random_uuid(), id, order_id, 'lost', 're_lost', 1500, currency, 1500, 0, 0, 250, 'succeeded', 'system',
            'System', updated_at, updated_at
     from payments";

#[tokio::test]
async fn a_refund_that_stripe_does_not_have_is_sent_again() {
    stripe_shop(async |shop| {
        let placed = paid(shop).await;
        run(shop, LOST_REFUND).await;
        let difference = the_one(shop, DifferenceKind::RefundNotAtStripe).await;
        assert_eq!((difference.theirs, difference.ours), (None, Some(15_00)));
        assert_eq!(difference.repairs(), [Repair::SendAgain, Repair::Adopt]);
        repaired(shop, &difference, Repair::SendAgain).await;
        assert_eq!(refunded(shop), 15_00);
        assert_eq!(shop.status(placed.order).await.1, "partially_refunded");
    })
    .await;
}

/// Or it is taken out of our books: the customer did not get it.
#[tokio::test]
async fn a_refund_that_stripe_does_not_have_is_struck() {
    stripe_shop(async |shop| {
        let placed = paid(shop).await;
        shop.stripe.refund(&charge(shop), Some(15_00)).unwrap();
        payments::compare(shop).await.unwrap();
        let staff = shop.staff(DESK).await;
        let difference = the_one(shop, DifferenceKind::UnbookedRefund).await;
        payments::repair(shop, &staff, difference.id, Repair::Adopt).await.unwrap();
        shop.wait(5);
        // it comes back to us, and no webhook says so
        let refund = shop.stripe.statement().refunds[0].id.clone();
        shop.stripe.settle_refund(&refund, false).unwrap();
        let difference = the_one(shop, DifferenceKind::RefundNotAtStripe).await;
        assert_eq!(difference.repairs(), [Repair::Adopt]);
        payments::repair(shop, &staff, difference.id, Repair::Adopt).await.unwrap();
        assert_eq!(shop.status(placed.order).await.1, "paid");
        assert_eq!(payments::open_differences(shop).await.unwrap(), 0);
    })
    .await;
}

/// Fails when the world is told that it failed, and not why.
#[tokio::test]
async fn a_refund_that_never_was_is_told_of_with_its_fault() {
    stripe_shop(async |shop| {
        paid(shop).await;
        run(shop, LOST_REFUND).await;
        let difference = the_one(shop, DifferenceKind::RefundNotAtStripe).await;
        payments::repair(shop, &shop.staff(DESK).await, difference.id, Repair::Adopt).await.unwrap();
        let told: (Option<String>, Option<String>) = sqlx::query_as(
            "select payload ->> 'fault', payload ->> 'failure' from outbox_events where topic = 'refund.failed'",
        )
        .fetch_one(&shop.db)
        .await
        .unwrap();
        assert_eq!(told, (Some("no_such_refund".to_owned()), None));
    })
    .await;
}

#[tokio::test]
async fn a_refund_of_another_amount_is_corrected() {
    stripe_shop(async |shop| {
        let placed = paid(shop).await;
        let staff = shop.admin().await;
        let part = payments::RefundInput { amount: "20".into(), ..Default::default() };
        payments::refund(shop, &staff, placed.order, part, "a").await.unwrap();
        run(shop, "update refunds set amount = 2500, goods = 2500").await;
        let difference = the_one(shop, DifferenceKind::RefundDiffers).await;
        assert_eq!((difference.theirs, difference.ours), (Some(20_00), Some(25_00)));
        repaired(shop, &difference, Repair::Adopt).await;
        assert_eq!(shop.count("select amount from refunds").await, 20_00);
        // its parts come to it again
        assert_eq!(shop.count("select goods from refunds").await, 20_00);
    })
    .await;
}

async fn dismissed(shop: &StripeShop, difference: &Difference) {
    let staff = shop.staff(DESK).await;
    let nothing = payments::dismiss(shop, &staff, difference.id, DismissDifference::default()).await;
    assert!(matches!(nothing, Err(Error::Invalid(_))));
    for _ in 0..2 {
        let why = DismissDifference { reason: "Settled with the customer".into() };
        payments::dismiss(shop, &staff, difference.id, why).await.unwrap();
    }
    assert_eq!(rounds(shop).await, Compared::default());
    assert_eq!(payments::open_differences(shop).await.unwrap(), 0);
    assert_eq!(shop.count("select count(*) from audit_logs where action = 'payment.dismiss'").await, 1);
}

/// Another program takes money with the same account: listed apart, never counted, never moved by us.
#[tokio::test]
async fn what_is_not_of_this_shop_is_shown_apart() {
    let shop = StripeShop::open().await;
    paid(&shop).await;
    shop.stripe.somebody_else_takes(12_34).await;
    let difference = the_one(&shop, DifferenceKind::ForeignPayment).await;
    assert_eq!(difference.theirs, Some(12_34));
    assert!(difference.repairs().is_empty());
    assert_eq!(payments::open_differences(&shop).await.unwrap(), 0, "not counted");
    assert!(all(&shop, DifferenceQuery::default()).await.is_empty(), "listed when asked for");
    let staff = shop.staff(DESK).await;
    for how in Repair::ALL {
        let refused = payments::repair(&shop, &staff, difference.id, how).await;
        assert_eq!(refused.unwrap_err().conflict_code(), Some("no_such_repair"));
    }
    dismissed(&shop, &difference).await;
    shop.finish().await;
}

#[tokio::test]
async fn who_may() {
    stripe_shop(async |shop| {
        let (_, session) = shop.at_the_page(&shop.product("Plane").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        let difference = the_one(shop, DifferenceKind::UnbookedPayment).await;
        let looker = shop.staff(&[Permission::PaymentsRead]).await;
        let why = DismissDifference { reason: "x".into() };
        assert!(matches!(payments::dismiss(shop, &looker, difference.id, why).await, Err(Error::Forbidden)));
        assert!(matches!(payments::repair(shop, &looker, difference.id, Repair::Settle).await, Err(Error::Forbidden)));
        let other = shop.staff(&[Permission::OrdersRead]).await;
        assert!(matches!(payments::differences(shop, &other, &Default::default()).await, Err(Error::Forbidden)));
        assert!(matches!(payments::comparison_summary(shop, &other).await, Err(Error::Forbidden)));
        payments::repair(shop, &shop.admin().await, difference.id, Repair::Settle).await.unwrap();
    })
    .await;
}

/// A dismissed difference is another matter when its figures change.
#[tokio::test]
async fn a_dismissed_difference_comes_back_when_it_changes() {
    stripe_shop(async |shop| {
        paid(shop).await;
        run(shop, "update payments set amount_captured = 6000").await;
        let difference = the_one(shop, DifferenceKind::CapturedDiffers).await;
        dismissed(shop, &difference).await;
        run(shop, "update payments set amount_captured = 6500").await;
        payments::compare(shop).await.unwrap();
        assert_eq!(payments::open_differences(shop).await.unwrap(), 1);
        let admin = shop.admin().await;
        assert_eq!(payments::repair(shop, &admin, difference.id, Repair::Adopt).await.unwrap(), Repaired::Done);
    })
    .await;
}

/// Stripe does not answer: the round says so, concludes nothing, and the next one goes on. A repair is not begun for
/// good.
#[tokio::test]
async fn while_stripe_is_down_nothing_is_concluded() {
    stripe_shop(async |shop| {
        paid(shop).await;
        rounds(shop).await;
        let staff = shop.staff(DESK).await;
        let before = payments::comparison_summary(shop, &staff).await.unwrap().progress;
        shop.order_of(&shop.product("Rasp").await, 1).await;
        let (_, session) = shop.at_the_page(&shop.product("Saw").await, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        let difference = the_one(shop, DifferenceKind::UnbookedPayment).await;
        let down = Faults { api: vec![ApiRule::new(ApiFault::ErrorBefore)], ..Faults::default() };
        shop.stripe.set_faults(down);
        let refused = payments::repair(shop, &staff, difference.id, Repair::Settle).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        assert_eq!(rounds(shop).await, Compared::default());
        let progress = payments::comparison_summary(shop, &staff).await.unwrap().progress;
        assert!(
            progress.failure.is_some() && progress.read_at > before.read_at && progress.is_complete,
            "{progress:?}"
        );
        let stopped_at = progress.read_at;
        shop.stripe.set_faults(Faults::default());
        rounds(shop).await;
        let progress = payments::comparison_summary(shop, &staff).await.unwrap().progress;
        assert!(progress.failure.is_none() && progress.read_at > stopped_at, "{progress:?}");
        repaired_after(shop, &difference, Repair::Settle, 1).await;
    })
    .await;
}

/// Fails when a round does not keep the place where it stopped: each one reads the first page again.
#[tokio::test]
async fn a_long_statement_is_read_page_by_page_and_on_where_it_stopped() {
    let shop = StripeShop::open().await;
    for _ in 0..230 {
        shop.stripe.somebody_else_takes(1_00).await;
    }
    // one page comes, then nothing; and once more
    for read in [100, 200] {
        let one_page = ApiRule::new(ApiFault::Slow).times(1).hold(std::time::Duration::ZERO);
        shop.stripe
            .set_faults(Faults { api: vec![one_page, ApiRule::new(ApiFault::ErrorBefore)], ..Faults::default() });
        payments::compare(&shop).await.unwrap();
        assert_eq!(shop.count("select count(*) from ledger_payments").await, read);
    }
    shop.stripe.set_faults(Faults::default());
    shop.wait(5);
    payments::compare(&shop).await.unwrap();
    assert_eq!(shop.count("select count(*) from ledger_payments").await, 230);
    rounds(&shop).await;
    assert_eq!(shop.count("select count(*) from payment_differences where kind = 'foreign_payment'").await, 230);
    shop.finish().await;
}
