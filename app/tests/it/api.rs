//! The JSON API over HTTP: keys and their scopes, the one body of all errors, money that goes back.

mod auth;
mod back_office;
mod brand;
mod categories;
mod conversations;
mod day;
mod document;
mod errors;
mod idempotency;
mod imports;
mod keys;
mod limits;
mod metrics;
mod moves;
mod notifications;
mod numbers;
mod orders;
mod pay;
mod product_fields;
mod products;
mod reads;
mod refunds;
mod shopping;
mod sizes;
mod unknown;
mod uploads;
mod users;
mod watches;
mod webhooks;

use crate::support::TestApp;
use crate::support::stripe::{StripeApp, sold};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use shop::accounts::{Permission, SignIn, System, api_keys, tokens};
use shop::input::Raw;
use shop::testing::stripe::session_of;
use shop::testing::{PASSWORD, TestShop};

/// An app or another machine: with a key, signed in, or nobody.
#[derive(Clone)]
struct Machine {
    client: reqwest::Client,
    root: String,
    /// The header that says who it is.
    proof: Option<(&'static str, String)>,
}

struct Answered {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answered {
    async fn from(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{status} {e}: {text}"));
        Self { status, headers, body }
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    /// What was found wrong with which field.
    fn fault(&self, field: &str) -> &str {
        let details = self.body["details"].as_array().unwrap();
        let fault = details.iter().find(|detail| detail["field"] == field);
        fault.unwrap_or_else(|| panic!("nothing about {field}: {}", self.body))["message"].as_str().unwrap()
    }
}

impl Machine {
    fn nobody(root: &str) -> Self {
        Self { client: reqwest::Client::new(), root: root.to_owned(), proof: None }
    }

    fn at(root: &str, key: &str) -> Self {
        Self { proof: Some(("x-api-key", key.to_owned())), ..Self::nobody(root) }
    }

    /// The app of somebody who has an account with the password of all tests.
    async fn of(app: &TestApp, email: &str) -> Self {
        let input = SignIn { email: email.into(), password: PASSWORD.into() };
        let entered = tokens::sign_in(app, &app.guest(), input, &Raw::default()).await.unwrap();
        Self::bearing(&app.root, &entered.tokens.access_token)
    }

    fn bearing(root: &str, token: &str) -> Self {
        Self { proof: Some(("authorization", format!("Bearer {token}"))), ..Self::nobody(root) }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.root));
        match &self.proof {
            Some((name, value)) => request.header(*name, value),
            None => request,
        }
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Answered {
        Answered::from(self.request(method, path).json(body)).await
    }

    async fn get(&self, path: &str) -> Answered {
        Answered::from(self.request(Method::GET, path)).await
    }

    async fn refund(&self, order: &str, key: &str, body: &Value) -> Answered {
        let request = self.request(Method::POST, &format!("/api/orders/{order}/refund"));
        Answered::from(request.header("idempotency-key", key).json(body)).await
    }
}

/// A new key with these scopes.
async fn key(shop: &TestShop, scopes: &[Permission]) -> String {
    let input = api_keys::CreateApiKey {
        name: "Warehouse robot".into(),
        scopes: scopes.iter().map(|scope| scope.word().into()).collect(),
        ..Default::default()
    };
    api_keys::create_at_terminal(shop, System, input).await.unwrap().secret.expose().to_owned()
}

async fn machine(app: &StripeApp, scopes: &[Permission]) -> Machine {
    Machine::at(&app.root, &key(app, scopes).await)
}
