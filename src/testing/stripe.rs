//! The offline Stripe for tests: it answers on loopback, beside a shop whose money goes through it.
//!
//! ```text
//! #[tokio::test]
//! async fn is_paid_once() {
//!     stripe_shop(async |shop| { shop.paid_order(&shop.product("Claw hammer").await, 1).await; … }).await;
//! }
//! ```

mod inbox;
mod shop;

pub use self::inbox::{Inbox, Message};
pub use self::shop::{StripeShop, stripe_shop, stripe_shop_breaking, stripe_shop_in};

pub use super::secrets::{SECRET_KEY, WEBHOOK_SECRET};

use super::TestShop;
use crate::payments::{Gateway, GatewayConfig};
use crate::{Clock, Currency};
use serde_json::Value;
use std::ops::Deref;
use std::time::Duration;
use stripe_sandbox::{Config, Sandbox};
use tokio::net::TcpListener;
use url::Url;

pub const PUBLISHABLE_KEY: &str = "pk_test_tests";

/// An offline Stripe that answers while the test runs. It tells nobody what happens before somebody is added who hears
/// it.
#[derive(Clone)]
pub struct OfflineStripe {
    sandbox: Sandbox,
    /// Where it answers.
    pub api: Url,
}

impl Deref for OfflineStripe {
    type Target = Sandbox;
    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl OfflineStripe {
    pub async fn start() -> Self {
        // clients of tests bring no cryptography of their own
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = Config::new(SECRET_KEY, WEBHOOK_SECRET);
        config.publishable_key = Some(PUBLISHABLE_KEY.into());
        config.pay_later_after = Duration::from_secs(3600);
        // the shop's clock and this one are moved together
        config.signs_by_own_clock = true;
        let sandbox = Sandbox::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let served = sandbox.clone();
        tokio::spawn(async move { served.serve(listener, std::future::pending()).await });
        Self { sandbox, api: format!("http://{address}").parse().expect("a valid address") }
    }

    /// How a shop comes to it.
    pub fn gateway(&self) -> Gateway {
        Gateway::new(self.gateway_config(&[WEBHOOK_SECRET]))
    }

    /// The same for a shop that believes messages signed with any of these.
    pub fn gateway_config(&self, webhook_secrets: &[&str]) -> GatewayConfig {
        GatewayConfig {
            secret_key: SECRET_KEY.into(),
            publishable_key: Some(PUBLISHABLE_KEY.into()),
            webhook_secrets: webhook_secrets.iter().map(ToString::to_string).collect(),
            api_base: Some(self.api.clone()),
        }
    }

    /// A shop whose money goes through it. The shop's clock stands at the present, beside Stripe's.
    pub async fn open_shop(&self, currency: Currency, max_connections: u32) -> TestShop {
        let mut shop = TestShop::open_with(Clock::standing_at(Clock::real().now()), max_connections).await;
        shop.currency = currency;
        shop.gateway = self.gateway();
        shop
    }

    /// What it answers to the holder of the secret key.
    pub async fn asked(&self, path: &str) -> Value {
        let request = reqwest::Client::new().get(self.at(path)).bearer_auth(SECRET_KEY);
        request.send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Pays an intent as an app does. True unless the card was declined.
    pub async fn confirm(&self, intent: &str, method: &str) -> bool {
        let form = [("payment_method", method), ("return_url", "http://app.test/back")];
        let path = format!("/v1/payment_intents/{intent}/confirm");
        let request = reqwest::Client::new().post(self.at(&path)).bearer_auth(SECRET_KEY).form(&form);
        request.send().await.expect("an answer").status().is_success()
    }

    /// Another program takes money with the same account.
    pub async fn somebody_else_takes(&self, amount: i64) {
        let form = [
            ("amount", amount.to_string()),
            ("currency", "gbp".into()),
            ("payment_method", "pm_card_visa".into()),
            ("confirm", "true".into()),
            ("automatic_payment_methods[enabled]", "true".into()),
            ("automatic_payment_methods[allow_redirects]", "never".into()),
        ];
        let request = reqwest::Client::new().post(self.at("/v1/payment_intents")).bearer_auth(SECRET_KEY).form(&form);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    fn at(&self, path: &str) -> Url {
        self.api.join(path).expect("a valid address")
    }

    /// What was captured and given back, for each intent that was paid; sorted.
    pub fn taken(&self) -> Vec<(String, i64, i64)> {
        let charges = self.statement().charges.into_iter().filter(|charge| charge.status == "succeeded");
        let mut taken: Vec<_> = charges.map(|c| (c.payment_intent, c.amount_captured, c.amount_refunded)).collect();
        taken.sort();
        taken
    }
}

/// The session of a payment page, from the page's address.
pub fn session_of(url: &str) -> String {
    let id = url.rsplit('/').next().unwrap_or_default();
    id.split(['?', '#']).next().unwrap_or_default().to_owned()
}
