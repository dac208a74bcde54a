//! The timeline of an order holds values, not sentences; and what programs of before have written as sentences becomes
//! values.

use shop::id::OrderId;
use shop::lifecycle::{
    CancelCause, Happening, HappeningKind, PaymentFailure, PaymentFault, RefundFault, RefundOccasion,
};
use shop::orders::{self, OrderView};
use shop::testing::TestShop;
use shop::words::Locale;

/// The migration that takes sentences apart, as a database goes through it.
const BACKFILL: &str = include_str!("../../migrations/20261130175400_sentences_become_values.sql");

/// All sentences that programs have ever written by themselves, but for those of `UNKNOWN`: kind, the status that the
/// order came to, who wrote it, and the sentence.
const KNOWN: &[(&str, &str, &str, &str)] = &[
    ("corrected", "", "customer", "Corrected: delivery address, address of the invoice, note"),
    ("corrected", "", "visitor", "Corrected before it was paid: e-mail address, delivery, way to pay"),
    ("moved", "cancelled", "system", "The payment did not come in time"),
    ("moved", "cancelled", "system", "The payment failed"),
    ("moved", "cancelled", "visitor", "Cancelled by the customer"),
    ("moved", "cancelled", "customer", "Back to the cart"),
    ("moved", "cancelled", "staff", "No payment came for it"),
    (
        "moved",
        "cancelled",
        "system",
        "The payment came after the reservation had lapsed: Rasp (M / Blue) is sold out; Only 2 of File left",
    ),
    ("moved", "cancelled", "staff", "Ordered twice by mistake"),
    ("moved", "paid", "system", ""),
    ("moved", "processing", "staff", "Pays on Friday"),
    ("moved", "delivered", "api_client", ""),
    ("moved", "completed", "system", "By itself, a day after the delivery"),
    ("moved", "completed", "system", "By itself, 14 days after the delivery"),
    ("moved", "completed", "staff", "Picked up"),
    ("note", "", "staff", "Declined: she wants another colour"),
    ("shipment", "", "staff", "A part of it was shipped."),
    ("payment", "", "staff", "Payment received"),
    ("payment", "", "system", "Declined: Your card was declined."),
    ("payment", "", "system", "The payment provider refused the payment: Amount must be at least £0.30 gbp"),
    ("payment", "", "system", "The payment provider made no page to pay on"),
    ("payment", "", "system", "£1,070.01 came in, and the order is over £70.00. It was not moved; please look at it."),
    ("payment", "", "staff", "The payment was corrected to £69.00, as Stripe has it"),
    ("payment", "", "staff", "A payment was found at Stripe and written down"),
    ("refund", "", "staff", "£23.45 goes back (£18.50 for goods, £4.95 for delivery)"),
    (
        "refund",
        "",
        "staff",
        "£1,023.45 goes back (£1,018.50 for goods, £4.95 for delivery, including £3.91 of tax): Damaged or faulty: The shaft was split",
    ),
    ("refund", "", "staff", "£21.44 goes back (£18.50 for goods, £2.94 of tax): Sent back"),
    ("refund", "", "staff", "£18.50 goes back (£18.50 for goods): Ordered twice by mistake"),
    ("refund", "", "system", "£18.50 goes back (£18.50 for goods): The order had been paid before"),
    (
        "refund",
        "",
        "system",
        "£18.50 goes back (£18.50 for goods): The payment came after the order had been cancelled",
    ),
    ("refund", "", "system", "£18.50 goes back (£18.50 for goods): The goods were sold before the payment came"),
    ("refund", "", "staff", "£18.50 goes back (£18.50 for goods): Another amount came than the order’s"),
    ("refund", "", "system", "£1,299.00 was given back"),
    ("refund", "", "system", "£18.50 could not be given back: expired_or_canceled_card"),
    ("refund", "", "system", "£18.50 could not be given back: without a reason"),
    ("refund", "", "staff", "£18.50 could not be given back: Stripe has no such refund"),
    ("refund", "", "system", "The refund was refused: There is no payment to refund"),
    ("refund", "", "system", "The refund was refused: Charge ch_1 has already been refunded."),
    ("refund", "", "staff", "A refund was corrected to £15.00, as Stripe has it"),
    (
        "dispute",
        "",
        "system",
        "The cardholder’s bank asks about £70.00 (no reason given). No money was taken. Answer it at Stripe by 3 February 2026.",
    ),
    ("dispute", "", "system", "The cardholder’s bank disputes £70.00 (“It did not arrive”). Answer it at Stripe."),
    ("dispute", "", "system", "The cardholder’s bank disputes the payment (bank cannot process). Answer it at Stripe."),
    ("dispute", "", "system", "£70.00 was taken from us until the dispute is decided."),
    ("dispute", "", "system", "£70.00 came back to us."),
    ("dispute", "", "system", "The dispute over £70.00 was won: the money is ours."),
    ("dispute", "", "system", "The dispute over £70.00 was lost: the money stays with the cardholder."),
    ("dispute", "", "system", "The bank’s questions about £70.00 ended; no money was taken."),
    ("dispute", "", "system", "The bank looks at our answer in the dispute over £70.00."),
    ("dispute", "", "system", "The dispute over £70.00 waits for our answer by 30 November 2026."),
    ("dispute", "", "system", "The dispute over £70.00 changed (updated, prevented)."),
    ("reservation", "", "system", "The goods are no longer held; the payment is still not known"),
];

/// What nobody takes apart: amounts that are not written as this currency is, sentences without all values, and others.
const UNKNOWN: &[(&str, &str, &str, &str)] = &[
    ("dispute", "", "system", "The cardholder's bank disputes the payment (fraudulent). created: needs_response"),
    ("refund", "", "staff", "£18.50 goes back: The shaft was split"),
    ("refund", "", "system", "$18.50 was given back"),
    ("payment", "", "system", "€70.00 came in, and the order is over £70.00. It was not moved; please look at it."),
    ("corrected", "", "staff", "Corrected: delivery address, moon"),
    ("moved", "cancelled", "system", "The moon was full"),
    ("moved", "shipped", "staff", "By another parcel than the one that is there"),
];

async fn old_row(shop: &TestShop, order: OrderId, (kind, to, actor, note): (&str, &str, &str, &str)) {
    sqlx::query(
        "insert into order_events (id, order_id, kind, from_status, to_status, actor_type, actor_name, note, data, created_at)
         values (gen_random_uuid(), $1, $2, case when $3 <> '' then 'pending' end, nullif($3, ''), $4, 'Ruth', $5,
                 case $2 when 'dispute' then '{\"dispute\": \"dp_1\", \"isOver\": true}'
                         when 'payment' then '{\"mark\": \"ch_1\"}' else '{}' end::jsonb, $6)",
    )
    .bind(order)
    .bind(kind)
    .bind(to)
    .bind(actor)
    .bind(note)
    .bind(shop.clock.now())
    .execute(&shop.db)
    .await
    .unwrap();
}

async fn seen(shop: &TestShop, order: OrderId) -> OrderView {
    let clerk = shop.staff(&[shop::accounts::Permission::OrdersRead]).await;
    orders::for_staff(shop, &clerk, &order.to_string()).await.unwrap()
}

/// The rows of the timeline that the tests here have written.
async fn kept(shop: &TestShop, order: OrderId) -> Vec<orders::TimelineRow> {
    let mut rows = seen(shop, order).await.timeline;
    rows.retain(|row| !matches!(row.what, Happening::Placed | Happening::AttemptBegun { .. }));
    rows
}

async fn take_apart(shop: &TestShop) {
    sqlx::raw_sql(BACKFILL).execute(&mut *shop.db.acquire().await.unwrap()).await.unwrap();
}

async fn all(shop: &TestShop) -> Vec<String> {
    let rows = "select e::text from order_events e union all select o::text from orders o union all
                select r::text from refunds r union all select p::text from payments p order by 1";
    sqlx::query_scalar(rows).fetch_all(&shop.db).await.unwrap()
}

/// Fails when a sentence is not taken apart, or not said again word for word; when one that nobody understands is
/// changed; when what was kept beside it is lost; and when the second run changes anything.
#[tokio::test]
async fn sentences_of_before_become_values_and_are_said_again_word_for_word() {
    let shop = TestShop::open().await;
    let placed = shop.order_of(&shop.product("Rasp").await, 1).await;
    for row in KNOWN.iter().chain(UNKNOWN) {
        old_row(&shop, placed.order, *row).await;
    }
    // what was sent is read from the parcel
    sqlx::query(
        "with parcel as (
            insert into shipments (id, order_id, carrier, tracking, created_at)
            values (gen_random_uuid(), $1, 'Royal Mail', 'AB 123', $2)
            returning id
         )
         insert into shipment_items (shipment_id, order_item_id, quantity)
         select parcel.id, i.id, i.quantity from parcel, order_items i where i.order_id = $1",
    )
    .bind(placed.order)
    .bind(shop.clock.now())
    .execute(&shop.db)
    .await
    .unwrap();
    old_row(&shop, placed.order, ("moved", "shipped", "staff", "Royal Mail AB 123")).await;
    old_row(&shop, placed.order, ("shipment", "", "staff", "A part of it was shipped. Royal Mail AB 123")).await;
    let before = kept(&shop, placed.order).await;
    assert!(before.iter().all(|row| matches!(row.what, Happening::Told { .. })), "as a program of before wrote them");
    take_apart(&shop).await;
    let after = kept(&shop, placed.order).await;
    let said = |row: &orders::TimelineRow| {
        let what = &row.what;
        (what.kind(), what.from(), what.to(), what.say(Locale::English).into_owned(), row.actor_name.clone())
    };
    assert_eq!(after.iter().map(said).collect::<Vec<_>>(), before.iter().map(said).collect::<Vec<_>>());
    let told: Vec<_> = after.iter().filter(|row| matches!(row.what, Happening::Told { .. })).map(said).collect();
    let unknown: Vec<_> = UNKNOWN.iter().map(|(.., note)| *note).collect();
    assert_eq!(told.iter().map(|row| row.3.as_str()).collect::<Vec<_>>(), unknown);
    // nothing typed is lost, and nothing of the program's is left as text
    let notes: Vec<String> =
        sqlx::query_scalar("select note from order_events where note <> '' and data ? 'what' order by seq")
            .fetch_all(&shop.db)
            .await
            .unwrap();
    let typed = [
        "Ordered twice by mistake",
        "Pays on Friday",
        "Picked up",
        "Declined: she wants another colour",
        "The shaft was split",
        "Ordered twice by mistake",
    ];
    assert_eq!(notes, typed);
    assert_eq!(
        shop.count("select count(*) from order_events where data->>'dispute' = 'dp_1' and data->>'isOver' = 'true'")
            .await,
        KNOWN.iter().chain(UNKNOWN).filter(|row| row.0 == "dispute").count() as i64
    );
    // a declined card is one by its kind, whatever staff note
    assert_eq!(after.iter().filter(|row| matches!(row.what, Happening::PaymentDeclined { .. })).count(), 1);
    let once = all(&shop).await;
    take_apart(&shop).await;
    assert_eq!(all(&shop).await, once, "the second run has nothing to do");
    // and rows are as they were: they can be added, never changed
    sqlx::query("update order_events set note = 'x'").execute(&shop.db).await.unwrap_err();
    shop.finish_after(&[
        "an order does not know when it was delivered",
        "a status history has a skipped or backward step",
        "an order's status is not where its history ends",
    ])
    .await;
}

/// Orders, refunds and payments of before: the words of the program become words, those of staff stay.
#[tokio::test]
async fn reasons_of_before_become_words() {
    let shop = TestShop::open().await;
    let rasp = shop.product("Rasp").stock(50).await;
    let late = "The payment came after the reservation had lapsed: Rasp is sold out";
    let mut orders = Vec::new();
    for (actor, reason) in [
        ("system", "The payment did not come in time"),
        ("system", late),
        ("staff", "Back to the cart"),
        ("visitor", "Back to the cart"),
    ] {
        let order = shop.order_of(&rasp, 1).await.order;
        sqlx::query("update orders set status = 'cancelled', cancel_reason = $2 where id = $1")
            .bind(order)
            .bind(reason)
            .execute(&shop.db)
            .await
            .unwrap();
        old_row(&shop, order, ("moved", "cancelled", actor, reason)).await;
        orders.push((order, reason));
    }
    let paid = shop.order_of(&rasp, 1).await.order;
    shop.take_money(paid).await;
    shop.give_money_back(paid).await;
    sqlx::query(
        "update refunds set reason = 'The order had been paid before', failure_message = 'Stripe has no such refund'",
    )
    .execute(&shop.db)
    .await
    .unwrap();
    sqlx::query("update payments set failure_message = 'Stripe has no such payment' where order_id = $1")
        .bind(paid)
        .execute(&shop.db)
        .await
        .unwrap();
    take_apart(&shop).await;
    let mut causes = Vec::new();
    for (order, reason) in orders {
        let cancelled = seen(&shop, order).await.cancel_reason.unwrap();
        assert_eq!(cancelled.say(Locale::English), reason);
        causes.push(cancelled.cause());
    }
    let (not_in_time, sold_out) = (Some(CancelCause::NotPaidInTime), Some(CancelCause::SoldOut));
    assert_eq!(causes, [not_in_time, sold_out, None, Some(CancelCause::BackToCart)], "staff may say what they like");
    assert_eq!(shop.count("select count(*) from orders where cancel_reason is not null").await, 1);
    let paid = seen(&shop, paid).await;
    assert_eq!(paid.refunds[0].reason.occasion, Some(RefundOccasion::PaidBefore));
    assert_eq!(paid.refunds[0].reason.say(Locale::English), "The order had been paid before");
    assert_eq!(paid.refunds[0].failure.as_ref().unwrap().fault, Some(RefundFault::NoSuchRefund));
    assert_eq!(paid.payments[0].failure, Some(PaymentFailure::Fault(PaymentFault::NotAtProvider)));
    let typed = "select count(*) from refunds where reason <> '' or failure_message is not null";
    assert_eq!(shop.count(typed).await, 0);
    shop.finish_after(&["an order that is over still holds stock"]).await;
}

/// Fails when a word is added to an enum and not to the constraint of its column, or the other way round.
#[tokio::test]
async fn the_database_takes_the_words_that_there_are() {
    shop::testing::shop(async |shop| {
        for (constraint, mut words) in [
            ("order_events_kind", HappeningKind::ALL.map(HappeningKind::word).to_vec()),
            ("orders_cancel_cause", CancelCause::ALL.map(CancelCause::word).to_vec()),
            ("refunds_occasion", RefundOccasion::ALL.map(RefundOccasion::word).to_vec()),
            ("refunds_failure_fault", RefundFault::ALL.map(RefundFault::word).to_vec()),
            ("payments_failure_fault", PaymentFault::ALL.map(PaymentFault::word).to_vec()),
            ("refunds_cause_check", orders::RefundCause::ALL.map(orders::RefundCause::word).to_vec()),
        ] {
            let known: String =
                sqlx::query_scalar("select pg_get_constraintdef(oid) from pg_constraint where conname = $1")
                    .bind(constraint)
                    .fetch_one(&shop.db)
                    .await
                    .unwrap();
            let mut known: Vec<&str> = known.split('\'').skip(1).step_by(2).collect();
            known.sort_unstable();
            words.sort_unstable();
            assert_eq!(known, words, "{constraint}");
        }
    })
    .await;
}
