//! A till: a shop whose money goes through the offline Stripe, over loopback, with its webhooks.
#![allow(dead_code)]

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use shop::checkout::Placed;
use shop::id::{OrderId, PaymentId};
use shop::payments::{self, Gateway, GatewayConfig, Settled, webhook};
use shop::testing::{TestProduct, TestShop};
use shop::{Clock, Currency, Shop, jobs};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use stripe_sandbox::{Config, Sandbox, Way};
use tokio::net::TcpListener;

pub const KEY: &str = "sk_test_till";
pub const SECRET: &str = "whsec_till";

pub struct Till {
    pub shop: TestShop,
    pub stripe: Sandbox,
    pub inbox: Arc<Inbox>,
    base: url::Url,
}

impl Deref for Till {
    type Target = TestShop;
    fn deref(&self) -> &TestShop {
        &self.shop
    }
}

fn settings(base: &url::Url, secrets: &[&str]) -> GatewayConfig {
    GatewayConfig {
        secret_key: KEY.into(),
        publishable_key: Some("pk_test_till".into()),
        webhook_secrets: secrets.iter().map(ToString::to_string).collect(),
        api_base: Some(base.clone()),
    }
}

/// What the offline Stripe posted.
#[derive(Default)]
pub struct Inbox {
    pub messages: Mutex<Vec<Message>>,
    /// Handed on to the shop at once; otherwise by hand.
    live: AtomicBool,
    shop: Mutex<Option<Shop>>,
}

#[derive(Debug, Clone)]
pub struct Message {
    pub body: Vec<u8>,
    pub signature: String,
    pub kind: String,
}

async fn receive(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("stripe-signature").and_then(|h| h.to_str().ok()).unwrap_or_default().to_owned();
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let kind = json["type"].as_str().unwrap_or_default().to_owned();
    let message = Message { body: body.to_vec(), signature, kind };
    inbox.messages.lock().unwrap().push(message.clone());
    let shop = inbox.shop.lock().unwrap().clone();
    match shop {
        Some(shop) if inbox.live.load(Ordering::SeqCst) => {
            match webhook::receive(&shop, &message.body, &message.signature).await {
                Ok(()) => StatusCode::OK,
                Err(_) => StatusCode::BAD_REQUEST,
            }
        }
        _ => StatusCode::OK,
    }
}

/// Runs a test at a till of its own, then checks the books, and that nothing happened which must never happen.
pub async fn till<T>(test: impl AsyncFnOnce(&Till) -> T) -> T {
    till_with(&[], test).await
}

/// For a test that makes something happen which must never happen: these rules are broken in the end.
pub async fn till_with<T>(broken: &[&str], test: impl AsyncFnOnce(&Till) -> T) -> T {
    let till = Till::open().await;
    let answer = test(&till).await;
    till.books_agree().await;
    till.shop.finish_after(broken).await;
    answer
}

/// At the till of a shop that trades in another currency.
pub async fn till_in<T>(currency: Currency, test: impl AsyncFnOnce(&Till) -> T) -> T {
    let mut till = Till::open().await;
    till.shop.currency = currency;
    *till.inbox.shop.lock().unwrap() = Some((*till.shop).clone());
    let answer = test(&till).await;
    till.books_agree().await;
    till.shop.finish().await;
    answer
}

impl Till {
    /// The clock stands at the present, beside that of the offline Stripe.
    pub async fn open() -> Self {
        let mut shop = TestShop::open_with(Clock::standing_at(Clock::real().now()), 10).await;
        let inbox = Arc::new(Inbox::default());
        let hook = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook_url = format!("http://{}/hook", hook.local_addr().unwrap());
        let router = Router::new().route("/hook", post(receive)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(hook, router).await });

        let mut config = Config::new(KEY, SECRET);
        config.webhook_url = Some(hook_url.parse().unwrap());
        config.pay_later_after = Duration::from_secs(3600);
        // both clocks are moved together
        config.signs_by_own_clock = true;
        let stripe = Sandbox::new(config);
        let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", api.local_addr().unwrap());
        let served = stripe.clone();
        tokio::spawn(async move { served.serve(api, std::future::pending()).await });
        let base: url::Url = base.parse().unwrap();
        shop.gateway = Gateway::new(settings(&base, &[SECRET]));
        *inbox.shop.lock().unwrap() = Some((*shop).clone());
        Self { shop, stripe, inbox, base }
    }

    /// The shop with these signing secrets, newest first.
    pub fn with_secrets(&self, secrets: &[&str]) -> Shop {
        Shop { gateway: Gateway::new(settings(&self.base, secrets)), ..(*self.shop).clone() }
    }

    /// Where the offline Stripe answers.
    pub fn base(&self) -> url::Url {
        self.base.clone()
    }

    /// Another program takes money with the same account.
    pub async fn somebody_else_takes(&self, amount: i64) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let form = [
            ("amount", amount.to_string()),
            ("currency", "gbp".into()),
            ("payment_method", "pm_card_visa".into()),
            ("confirm", "true".into()),
            ("automatic_payment_methods[enabled]", "true".into()),
            ("automatic_payment_methods[allow_redirects]", "never".into()),
        ];
        let address = self.base.join("v1/payment_intents").unwrap();
        let request = reqwest::Client::new().post(address).bearer_auth(KEY).form(&form);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// From now on a request to the gateway may take so long, and not ten seconds.
    pub fn waits_at_most(&mut self, patience: Duration) {
        self.shop.gateway = Gateway::with_patience(settings(&self.base, &[SECRET]), patience).unwrap();
        *self.inbox.shop.lock().unwrap() = Some((*self.shop).clone());
    }

    /// Webhooks reach the shop by themselves from now on.
    pub fn webhooks_arrive(&self) {
        self.inbox.live.store(true, Ordering::SeqCst);
    }

    /// A guest's order of so many, with its page open: the session's id.
    pub async fn at_the_page(&self, product: &TestProduct, quantity: i32) -> (Placed, String) {
        let placed = self.order_of(product, quantity).await;
        let url = payments::begin(self, placed.payment).await.expect("a page");
        let session = session_of(url.as_str());
        (placed, session)
    }

    pub async fn paid_order(&self, product: &TestProduct, quantity: i32) -> Placed {
        let placed = self.order_of(product, quantity).await;
        self.pay(&placed).await;
        placed
    }

    /// What the offline Stripe answers to a question of ours.
    pub async fn asks(&self, path: &str) -> serde_json::Value {
        let url = self.base.join(path).unwrap();
        let answer = reqwest::Client::new().get(url).bearer_auth(KEY).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// A page of the offline Stripe, as the shopper sees it.
    pub async fn page_of(&self, url: &str) -> String {
        reqwest::get(url).await.unwrap().text().await.unwrap()
    }

    /// Pays an intent as an app does. True unless the card was declined.
    pub async fn confirm(&self, intent: &str, method: &str) -> bool {
        let url = self.base.join(&format!("/v1/payment_intents/{intent}/confirm")).unwrap();
        let form = format!("payment_method={method}&return_url=http%3A%2F%2Fapp.test%2Fback");
        let request = reqwest::Client::new().post(url).bearer_auth(KEY).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.send().await.unwrap().status().is_success()
    }

    /// Pays on the page and comes back.
    pub async fn pay(&self, placed: &Placed) {
        let url = payments::begin(self, placed.payment).await.expect("a page");
        self.stripe.pay(&session_of(url.as_str()), Way::Pay).expect("pays");
        assert_eq!(payments::settle(self, placed.payment).await.unwrap(), Settled::Paid);
    }

    /// Lets time pass, here and there.
    pub fn wait(&self, minutes: i64) {
        self.clock.advance(chrono::TimeDelta::minutes(minutes));
        self.stripe.advance(Duration::from_secs(minutes.unsigned_abs() * 60));
    }

    pub async fn work(&self) {
        jobs::run_pending(self).await.expect("works");
    }

    /// Waits for a message of this kind.
    pub async fn message(&self, kind: &str) -> Message {
        for _ in 0..500 {
            let found = self.inbox.messages.lock().unwrap().iter().find(|m| m.kind == kind).cloned();
            if let Some(message) = found {
                return message;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no {kind} came");
    }

    pub async fn status(&self, order: OrderId) -> (String, String) {
        sqlx::query_as("select status, payment_status from orders where id = $1")
            .bind(order)
            .fetch_one(&self.db)
            .await
            .unwrap()
    }

    pub async fn state(&self, payment: PaymentId) -> String {
        sqlx::query_scalar("select status from payments where id = $1").bind(payment).fetch_one(&self.db).await.unwrap()
    }

    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.db).await.unwrap()
    }

    pub fn subjects(&self) -> Vec<String> {
        self.mailer.kept().into_iter().map(|mail| mail.subject).collect()
    }

    /// What the shop itself finds when it holds Stripe's ledger against its books: nothing.
    pub async fn nothing_differs(&self) {
        for _ in 0..2 {
            payments::compare(self).await.unwrap();
            self.wait(5);
        }
        let seen: i64 = self.count("select count(*) from ledger_payments where status = 'succeeded'").await;
        assert!(seen > 0, "the ledger was read");
        let differing: Vec<String> =
            sqlx::query_scalar("select concat_ws(' ', kind, subject) from payment_differences")
                .fetch_all(&self.db)
                .await
                .unwrap();
        assert!(differing.is_empty(), "{differing:?}");
    }

    /// All that Stripe took has a payment of ours of the same amount, and all that it gave back a refund; and the other
    /// way round.
    pub async fn books_agree(&self) {
        let ledger = self.stripe.ledger();
        let mut theirs: Vec<(String, i64, i64)> = ledger
            .charges
            .iter()
            .filter(|c| c.status == "succeeded")
            .map(|c| (c.payment_intent.clone(), c.amount_captured, c.amount_refunded))
            .collect();
        let mut ours: Vec<(String, i64, i64)> = sqlx::query_as(
            "select p.provider_intent, p.amount_captured,
                    (select coalesce(sum(r.amount), 0)::bigint from refunds r
                     where r.payment_id = p.id and r.status = 'succeeded')
             from payments p
             where p.status = 'succeeded' and p.provider = 'stripe'",
        )
        .fetch_all(&self.db)
        .await
        .unwrap();
        theirs.sort();
        ours.sort();
        assert_eq!(theirs, ours, "Stripe's ledger (left) and ours");
    }
}

pub fn session_of(url: &str) -> String {
    let id = url.rsplit('/').next().unwrap_or_default();
    id.split(['?', '#']).next().unwrap_or_default().to_owned()
}
