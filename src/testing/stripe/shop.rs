//! A shop whose money goes through the offline Stripe, with its webhooks.

use super::{Inbox, Message, OfflineStripe, WEBHOOK_SECRET, session_of};
use crate::checkout::Placed;
use crate::id::{OrderId, PaymentId};
use crate::payments::{self, Begun, Gateway, Settled, Wish};
use crate::testing::{TestProduct, TestShop};
use crate::{Currency, Shop};
use std::ops::Deref;
use std::time::Duration;
use stripe_sandbox::Way;

pub struct StripeShop {
    pub shop: TestShop,
    pub stripe: OfflineStripe,
    pub inbox: Inbox,
}

impl Deref for StripeShop {
    type Target = TestShop;
    fn deref(&self) -> &TestShop {
        &self.shop
    }
}

/// Runs a test at a shop and a Stripe of its own, then checks the books, and that nothing happened which must never
/// happen.
pub async fn stripe_shop<T>(test: impl AsyncFnOnce(&StripeShop) -> T) -> T {
    stripe_shop_breaking(&[], test).await
}

/// For a test that makes something happen which must never happen: exactly these rules are broken in the end.
pub async fn stripe_shop_breaking<T>(rules: &[&str], test: impl AsyncFnOnce(&StripeShop) -> T) -> T {
    let shop = StripeShop::open().await;
    let answer = test(&shop).await;
    shop.books_agree().await;
    shop.shop.finish_after(rules).await;
    answer
}

/// At a shop that trades in another currency.
pub async fn stripe_shop_in<T>(currency: Currency, test: impl AsyncFnOnce(&StripeShop) -> T) -> T {
    let shop = StripeShop::open_in(currency).await;
    let answer = test(&shop).await;
    shop.books_agree().await;
    shop.finish().await;
    answer
}

impl StripeShop {
    pub async fn open() -> Self {
        Self::open_in(Currency::GBP).await
    }

    async fn open_in(currency: Currency) -> Self {
        let stripe = OfflineStripe::start().await;
        let shop = stripe.open_shop(currency, 10).await;
        let inbox = Inbox::open(&stripe).await;
        Self { shop, stripe, inbox }
    }

    /// Ends the shop, after checking that nothing happened which must never happen.
    pub async fn finish(self) {
        self.shop.finish().await;
    }

    /// The shop with these signing secrets, newest first.
    pub fn with_secrets(&self, secrets: &[&str]) -> Shop {
        Shop { gateway: Gateway::new(self.stripe.gateway_config(secrets)), ..(*self.shop).clone() }
    }

    /// From now on a request to the gateway may take so long, and not ten seconds. For a shop that hears no webhooks
    /// yet.
    pub fn waits_at_most(&mut self, at_most: Duration) {
        let config = self.stripe.gateway_config(&[WEBHOOK_SECRET]);
        self.shop.gateway = Gateway::with_timeout(config, at_most).expect("a gateway");
    }

    /// Webhooks reach the shop by themselves from now on.
    pub fn webhooks_arrive(&self) {
        self.inbox.hands_on_to((*self.shop).clone());
    }

    /// A guest's order of so many, with its page open: the session's id.
    pub async fn at_the_page(&self, product: &TestProduct, quantity: i32) -> (Placed, String) {
        let placed = self.order_of(product, quantity).await;
        let url = payments::begin(self, placed.payment, &Wish::page(None)).await.and_then(Begun::page).expect("a page");
        let session = session_of(url.as_str());
        (placed, session)
    }

    pub async fn paid_order(&self, product: &TestProduct, quantity: i32) -> Placed {
        let placed = self.order_of(product, quantity).await;
        self.pay(&placed).await;
        placed
    }

    /// Pays on the page and comes back.
    pub async fn pay(&self, placed: &Placed) {
        let url = payments::begin(self, placed.payment, &Wish::page(None)).await.and_then(Begun::page).expect("a page");
        self.stripe.pay(&session_of(url.as_str()), Way::Pay).expect("pays");
        assert_eq!(payments::settle(self, placed.payment).await.expect("is settled"), Settled::Paid);
    }

    /// Lets time pass, here and there.
    pub fn wait(&self, minutes: i64) {
        self.clock.advance(chrono::TimeDelta::minutes(minutes));
        self.stripe.advance(Duration::from_secs(minutes.unsigned_abs() * 60));
    }

    /// Waits for a message of this kind.
    pub async fn message(&self, kind: &str) -> Message {
        for _ in 0..500 {
            if let Some(message) = self.inbox.messages().into_iter().find(|message| message.kind == kind) {
                return message;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no {kind} came");
    }

    /// How an order and its payment stand.
    pub async fn status(&self, order: OrderId) -> (String, String) {
        sqlx::query_as("select status, payment_status from orders where id = $1")
            .bind(order)
            .fetch_one(&self.db)
            .await
            .expect("reads the order")
    }

    pub async fn state(&self, payment: PaymentId) -> String {
        sqlx::query_scalar("select status from payments where id = $1")
            .bind(payment)
            .fetch_one(&self.db)
            .await
            .expect("reads the payment")
    }

    /// What the shop itself finds when it holds Stripe's statement against its books: nothing.
    pub async fn nothing_differs(&self) {
        for _ in 0..2 {
            payments::compare(self).await.expect("compares");
            self.wait(5);
        }
        let seen: i64 = self.count("select count(*) from ledger_payments where status = 'succeeded'").await;
        assert!(seen > 0, "the statement was read");
        let differing: Vec<String> =
            sqlx::query_scalar("select concat_ws(' ', kind, subject) from payment_differences")
                .fetch_all(&self.db)
                .await
                .expect("reads the differences");
        assert!(differing.is_empty(), "{differing:?}");
    }

    /// All that Stripe took has a payment of ours of the same amount, and all that it gave back a refund; and the other
    /// way round.
    pub async fn books_agree(&self) {
        let mut ours: Vec<(String, i64, i64)> = sqlx::query_as(
            "select p.provider_intent, p.amount_captured,
                    (select coalesce(sum(r.amount), 0)::bigint from refunds r
                     where r.payment_id = p.id and r.status = 'succeeded')
             from payments p
             where p.status = 'succeeded' and p.provider = 'stripe'",
        )
        .fetch_all(&self.db)
        .await
        .expect("reads our books");
        ours.sort();
        assert_eq!(self.stripe.taken(), ours, "Stripe's statement (left) and our books");
    }
}
