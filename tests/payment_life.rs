//! The life of a payment as staff and shoppers are told it: attempts, declines, fees, disputes, money that came too late;
//! and the stock of a page that nobody paid on.

mod till;

use shop::accounts::Visitor;
use shop::payments::{self, Settled};
use shop::{inventory, orders};
use stripe_sandbox::Way;
use till::{Till, till};

/// The notes of the timeline, as staff read it or the shopper.
async fn notes(till: &Till, order: shop::id::OrderId) -> Vec<String> {
    let order = orders::for_staff(till, &till.admin().await, &order.to_string()).await.unwrap();
    order.timeline.into_iter().map(|row| row.note).filter(|note| !note.is_empty()).collect()
}

/// Two cards are declined before anybody looks: both are told, each once. Fails when only Stripe's object is asked, which
/// remembers the last one.
#[tokio::test]
async fn each_decline_is_told_once() {
    till(async |till| {
        till.webhooks_arrive();
        let (placed, session) = till.at_the_page(&till.product("Rasp").await, 1).await;
        till.stripe.pay(&session, Way::Decline).unwrap_err();
        till.stripe.pay(&session, Way::InsufficientFunds).unwrap_err();
        till.message("payment_intent.payment_failed").await;
        for _ in 0..500 {
            if till.count("select count(*) from stripe_events where type = 'payment_intent.payment_failed'").await == 2
            {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        till.work().await;
        payments::settle(till, placed.payment).await.unwrap();
        let mut declines = notes(till, placed.order).await;
        declines.retain(|note| note.starts_with("Declined"));
        declines.sort();
        assert_eq!(declines, ["Declined: Your card has insufficient funds.", "Declined: Your card was declined."]);
        // the shopper reads the same, and pays with the third card
        let seen = orders::by_key(till, &placed.number, &placed.access_key).await.unwrap();
        assert_eq!(seen.timeline.iter().filter(|row| row.note.starts_with("Declined")).count(), 2);
        assert!(
            seen.timeline.iter().all(|row| !row.note.starts_with("Attempt")),
            "what staff read is not the shopper's"
        );
        till.stripe.pay(&session, Way::Pay).unwrap();
        assert_eq!(payments::settle(till, placed.payment).await.unwrap(), Settled::Paid);
    })
    .await;
}

#[tokio::test]
async fn staff_read_of_attempts_and_of_what_stripe_keeps() {
    till(async |till| {
        let (placed, session) = till.at_the_page(&till.product("Plane").priced(70_00).await, 1).await;
        till.wait(1);
        till.stripe.pay(&session, Way::Decline).unwrap_err();
        payments::settle(till, placed.payment).await.unwrap();
        till.wait(1);
        till.stripe.pay(&session, Way::Pay).unwrap();
        payments::settle(till, placed.payment).await.unwrap();
        let before = notes(till, placed.order).await;
        let told = [
            "Attempt 1 to pay £70.00 was begun, on Stripe’s page",
            "Declined: Your card was declined.",
            "£70.00 came in",
        ];
        assert_eq!(before, told, "Stripe has not said yet what it keeps");
        // its ledger does, a moment later
        till.wait(5);
        payments::compare(till).await.unwrap();
        let after = notes(till, placed.order).await;
        assert_eq!(after[3..], ["Stripe keeps £2.33 of £70.00: £67.67 stays"]);
    })
    .await;
}

#[tokio::test]
async fn disputes_are_told_in_words() {
    for won in [true, false] {
        till(async |till| {
            till.webhooks_arrive();
            let placed = till.paid_order(&till.product("Plane").priced(70_00).await, 1).await;
            let charge = till.stripe.ledger().charges[0].id.clone();
            let dispute = till.stripe.dispute(&charge, "product_not_received").unwrap();
            till.message("charge.dispute.funds_withdrawn").await;
            till.stripe.decide_dispute(&dispute, won).unwrap();
            till.message(if won { "charge.dispute.funds_reinstated" } else { "charge.dispute.closed" }).await;
            till.work().await;
            let notes = notes(till, placed.order).await.join("\n");
            let opened = "The cardholder’s bank disputes £70.00 (“It did not arrive”). Answer it at Stripe by ";
            let ended = match won {
                true => "The dispute over £70.00 was won: the money is ours.",
                false => "The dispute over £70.00 was lost: the money stays with the cardholder.",
            };
            for part in [opened, "£70.00 was taken from us until the dispute is decided.", ended] {
                assert!(notes.contains(part), "{part}: {notes}");
            }
            assert_eq!(notes.contains("£70.00 came back to us."), won);
        })
        .await;
    }
}

/// A cancelled order stays cancelled: who cancelled it counts on that, and may have ordered again. What came goes back, and
/// one mail says so. Fails without the mail of its own, and when the notice of the refund is sent beside it.
#[tokio::test]
async fn money_for_a_cancelled_order_goes_back_with_a_mail() {
    till(async |till| {
        let plane = till.product("Plane").priced(70_00).stock(3).await;
        let (placed, session) = till.at_the_page(&plane, 1).await;
        till.stripe.pay(&session, Way::Pay).unwrap();
        orders::cancel_own(till, &Visitor::default(), &placed.number, Some(&placed.access_key)).await.unwrap();
        till.work().await;
        assert_eq!(till.status(placed.order).await, ("cancelled".into(), "refunded".into()));
        assert_eq!(till.stripe.ledger().charges[0].amount_refunded, 70_00);
        assert_eq!(inventory::available(&till.db, plane.variant).await.unwrap(), 3);
        assert_eq!(till.subjects(), [format!("Your payment for order {} came too late", placed.number)]);
        let mail = till.mailer.kept().pop().unwrap();
        for part in ["£70.00 came after order", "(Cancelled by the customer)", "stays cancelled", "All of it goes back"]
        {
            assert!(mail.text.contains(part), "{part}: {}", mail.text);
        }
        assert!(mail.html.contains("Your payment came too late") && mail.html.contains("£70.00"));
        // asked again, nothing more
        payments::settle(till, placed.payment).await.unwrap();
        till.work().await;
        assert_eq!((till.subjects().len(), till.stripe.ledger().refunds.len()), (1, 1));
    })
    .await;
}

/// The page expires at Stripe and the news of it is lost: the reconciler's next round, a minute later at most, has the goods
/// on sale again. Fails when `reconcile` leaves open payments to their webhooks.
#[tokio::test]
async fn an_expired_page_returns_the_stock_within_a_minute() {
    till(async |till| {
        let plane = till.product("Plane").stock(3).await;
        let (placed, _) = till.at_the_page(&plane, 2).await;
        let left = async || inventory::available(&till.db, plane.variant).await.unwrap();
        let expires: chrono::DateTime<chrono::Utc> =
            sqlx::query_scalar("select expires_at from payments").fetch_one(&till.db).await.unwrap();
        // a round each minute, as the worker does it
        let round = async || {
            till.wait(1);
            payments::reconcile(till).await.unwrap();
            till.work().await;
        };
        while till.clock.now() + chrono::TimeDelta::minutes(1) < expires {
            round().await;
            assert_eq!(left().await, 1, "held while the page is open");
        }
        while left().await == 1 {
            round().await;
            assert!(till.clock.now() <= expires + chrono::TimeDelta::minutes(1));
        }
        assert_eq!(till.status(placed.order).await.0, "cancelled");
        let told = notes(till, placed.order).await;
        assert_eq!(told[1..], ["Attempt 1 ended: its page closed unpaid", "The payment did not come in time"]);
    })
    .await;
}
