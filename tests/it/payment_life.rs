//! The life of a payment as staff and shoppers are told it: attempts, declines, fees, disputes, money that came too
//! late; and the stock of a page that nobody paid on.

use shop::accounts::Visitor;
use shop::payments::{self, Settled};
use shop::testing::stripe::{StripeShop, stripe_shop};
use shop::words::Locale;
use shop::{inventory, orders};
use stripe_sandbox::Way;

/// The notes of the timeline, as staff read it or the shopper.
async fn notes(shop: &StripeShop, order: shop::id::OrderId) -> Vec<String> {
    let order = orders::for_staff(shop, &shop.admin().await, &order.to_string()).await.unwrap();
    order
        .timeline
        .iter()
        .map(|row| row.what.say(Locale::English).into_owned())
        .filter(|note| !note.is_empty())
        .collect()
}

/// Two cards are declined before anybody looks: both are told, each once. Fails when only Stripe's object is asked,
/// which remembers the last one.
#[tokio::test]
async fn each_decline_is_told_once() {
    stripe_shop(async |shop| {
        shop.webhooks_arrive();
        let (placed, session) = shop.at_the_page(&shop.product("Rasp").await, 1).await;
        shop.stripe.pay(&session, Way::Decline).unwrap_err();
        shop.stripe.pay(&session, Way::InsufficientFunds).unwrap_err();
        shop.message("payment_intent.payment_failed").await;
        for _ in 0..500 {
            if shop.count("select count(*) from stripe_events where type = 'payment_intent.payment_failed'").await == 2
            {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        shop.work().await;
        payments::settle(shop, placed.payment).await.unwrap();
        let mut declines = notes(shop, placed.order).await;
        declines.retain(|note| note.starts_with("Declined"));
        declines.sort();
        assert_eq!(declines, ["Declined: Your card has insufficient funds.", "Declined: Your card was declined."]);
        // the shopper reads the same, and pays with the third card
        let seen = orders::for_visitor(shop, &shop.guest(), &placed.number, Some(&placed.access_key)).await.unwrap();
        assert_eq!(seen.timeline.iter().filter(|row| row.what.say(Locale::English).starts_with("Declined")).count(), 2);
        assert!(
            seen.timeline.iter().all(|row| !row.what.say(Locale::English).starts_with("Attempt")),
            "what staff read is not the shopper's"
        );
        shop.stripe.pay(&session, Way::Pay).unwrap();
        assert_eq!(payments::settle(shop, placed.payment).await.unwrap(), Settled::Paid);
    })
    .await;
}

#[tokio::test]
async fn staff_read_of_attempts_and_of_what_stripe_keeps() {
    stripe_shop(async |shop| {
        let (placed, session) = shop.at_the_page(&shop.product("Plane").priced(70_00).await, 1).await;
        shop.wait(1);
        shop.stripe.pay(&session, Way::Decline).unwrap_err();
        payments::settle(shop, placed.payment).await.unwrap();
        shop.wait(1);
        shop.stripe.pay(&session, Way::Pay).unwrap();
        payments::settle(shop, placed.payment).await.unwrap();
        let before = notes(shop, placed.order).await;
        let told = [
            "Attempt 1 to pay £70.00 was begun, on Stripe’s page",
            "Declined: Your card was declined.",
            "£70.00 came in",
        ];
        assert_eq!(before, told, "Stripe has not said yet what it keeps");
        // its statement does, a moment later
        shop.wait(5);
        payments::compare(shop).await.unwrap();
        let after = notes(shop, placed.order).await;
        assert_eq!(after[3..], ["Stripe keeps £2.33 of £70.00: £67.67 stays"]);
    })
    .await;
}

#[tokio::test]
async fn disputes_are_told_in_words() {
    for won in [true, false] {
        stripe_shop(async |shop| {
            shop.webhooks_arrive();
            let placed = shop.paid_order(&shop.product("Plane").priced(70_00).await, 1).await;
            let charge = shop.stripe.statement().charges[0].id.clone();
            let dispute = shop.stripe.dispute(&charge, "product_not_received").unwrap();
            shop.message("charge.dispute.funds_withdrawn").await;
            shop.stripe.decide_dispute(&dispute, won).unwrap();
            shop.message(if won { "charge.dispute.funds_reinstated" } else { "charge.dispute.closed" }).await;
            shop.work().await;
            let notes = notes(shop, placed.order).await.join("\n");
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

/// A cancelled order stays cancelled: who cancelled it counts on that, and may have ordered again. What came goes back,
/// and one mail says so. Fails without the mail of its own, and when the notice of the refund is sent beside it.
#[tokio::test]
async fn money_for_a_cancelled_order_goes_back_with_a_mail() {
    stripe_shop(async |shop| {
        let plane = shop.product("Plane").priced(70_00).stock(3).await;
        let (placed, session) = shop.at_the_page(&plane, 1).await;
        shop.stripe.pay(&session, Way::Pay).unwrap();
        orders::cancel_own(shop, &Visitor::default(), &placed.number, Some(&placed.access_key)).await.unwrap();
        shop.work().await;
        assert_eq!(shop.status(placed.order).await, ("cancelled".into(), "refunded".into()));
        assert_eq!(shop.stripe.statement().charges[0].amount_refunded, 70_00);
        assert_eq!(inventory::available(&shop.db, plane.variant).await.unwrap(), 3);
        assert_eq!(shop.subjects(), [format!("Your payment for order {} came too late", placed.number)]);
        let mail = shop.mailer.kept().pop().unwrap();
        for part in ["£70.00 came after order", "(Cancelled by the customer)", "stays cancelled", "All of it goes back"]
        {
            assert!(mail.text.contains(part), "{part}: {}", mail.text);
        }
        assert!(mail.html.contains("Your payment came too late") && mail.html.contains("£70.00"));
        // asked again, nothing more
        payments::settle(shop, placed.payment).await.unwrap();
        shop.work().await;
        assert_eq!((shop.subjects().len(), shop.stripe.statement().refunds.len()), (1, 1));
    })
    .await;
}

/// The page expires at Stripe and the news of it is lost: the reconciler's next round, a minute later at most, has the
/// goods on sale again. Fails when `reconcile` leaves open payments to their webhooks.
#[tokio::test]
async fn an_expired_page_returns_the_stock_within_a_minute() {
    stripe_shop(async |shop| {
        let plane = shop.product("Plane").stock(3).await;
        let (placed, _) = shop.at_the_page(&plane, 2).await;
        let left = async || inventory::available(&shop.db, plane.variant).await.unwrap();
        let expires: chrono::DateTime<chrono::Utc> =
            sqlx::query_scalar("select expires_at from payments").fetch_one(&shop.db).await.unwrap();
        // a round each minute, as the worker does it
        let round = async || {
            shop.wait(1);
            payments::reconcile(shop).await.unwrap();
            shop.work().await;
        };
        while shop.clock.now() + chrono::TimeDelta::minutes(1) < expires {
            round().await;
            assert_eq!(left().await, 1, "held while the page is open");
        }
        while left().await == 1 {
            round().await;
            assert!(shop.clock.now() <= expires + chrono::TimeDelta::minutes(1));
        }
        assert_eq!(shop.status(placed.order).await.0, "cancelled");
        let told = notes(shop, placed.order).await;
        assert_eq!(told[1..], ["Attempt 1 ended: its page closed unpaid", "The payment did not come in time"]);
    })
    .await;
}
