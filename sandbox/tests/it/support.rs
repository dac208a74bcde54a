//! A sandbox on a loopback port, a receiver of its webhooks, and clients for both.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::post;
use serde_json::Value;
use stripe_sandbox::{Config, Sandbox};
use tokio::net::TcpListener;
use tower::ServiceExt;
use url::Url;

pub const KEY: &str = "sk_test_ironmonger";
pub const SECRET: &str = "whsec_ironmonger";

/// A webhook as it came in.
#[derive(Debug, Clone)]
pub struct Received {
    pub signature: String,
    pub body: String,
}

impl Received {
    pub fn kind(&self) -> String {
        let event: Value = serde_json::from_str(&self.body).unwrap_or_default();
        event["type"].as_str().unwrap_or_default().to_owned()
    }

    /// Whether the client the shop uses believes it.
    pub fn believed(&self) -> bool {
        stripe_webhook::Webhook::construct_event(&self.body, &self.signature, SECRET).is_ok()
    }
}

/// A receiver that answers with the statuses it is told to, and 200 afterwards.
#[derive(Clone, Default)]
pub struct Receiver {
    pub received: Arc<Mutex<Vec<Received>>>,
    pub answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    pub fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub fn kinds(&self) -> Vec<String> {
        self.all().iter().map(Received::kind).collect()
    }

    /// Waits until `enough` holds, for at most five seconds.
    pub async fn wait(&self, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        for _ in 0..500 {
            let all = self.all();
            if enough(&all) {
                return all;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("webhooks did not come; these did: {:?}", self.kinds());
    }

    pub async fn wait_for(&self, kind: &str) -> Received {
        let all = self.wait(|all| all.iter().any(|one| one.kind() == kind)).await;
        all.into_iter().find(|one| one.kind() == kind).unwrap()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let signature = signature.unwrap_or_default().to_owned();
    receiver.received.lock().unwrap().push(Received { signature, body });
    let answer = receiver.answers.lock().unwrap().pop();
    answer.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK)
}

pub async fn receiver() -> (Receiver, Url) {
    let receiver = Receiver::default();
    let router = Router::new().route("/hook", post(receive)).with_state(receiver.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (receiver, Url::parse(&url).unwrap())
}

pub fn config() -> Config {
    let mut config = Config::new(KEY, SECRET);
    config.seed = Some(7);
    config.webhook_retry.first = Duration::from_millis(20);
    config
}

/// The sandbox on a port, and the shop's client for it.
pub async fn serve(config: Config) -> (Sandbox, stripe::Client, String) {
    let sandbox = Sandbox::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let served = sandbox.clone();
    tokio::spawn(async move { served.serve(listener, std::future::pending()).await });
    let client = stripe::ClientBuilder::new(KEY).url(&base).timeout(Duration::from_secs(5)).build().unwrap();
    (sandbox, client, base)
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn error(&self, field: &str) -> &str {
        self.body["error"][field].as_str().unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        self.body["id"].as_str().unwrap_or_default()
    }
}

/// Asks the router without a network. Extra headers as `("name", "value")`.
pub async fn ask(
    sandbox: &Sandbox,
    method: &str,
    path: &str,
    form: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> Answer {
    let encoded = serde_urlencoded::to_string(form).unwrap();
    let (uri, body) = match method {
        "POST" => (path.to_owned(), encoded),
        _ if form.is_empty() => (path.to_owned(), String::new()),
        _ => (format!("{path}?{encoded}"), String::new()),
    };
    let mut request = Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "sandbox.test")
        .header("content-type", "application/x-www-form-urlencoded");
    if !headers.iter().any(|(name, _)| *name == "authorization") {
        request = request.header("authorization", format!("Bearer {KEY}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body)).unwrap();
    let response = sandbox.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: serde_json::from_str(&text).unwrap_or_default(),
        text,
    }
}

pub async fn post_form(sandbox: &Sandbox, path: &str, form: &[(&str, &str)]) -> Answer {
    ask(sandbox, "POST", path, form, &[]).await
}

pub async fn get(sandbox: &Sandbox, path: &str) -> Answer {
    ask(sandbox, "GET", path, &[], &[]).await
}

/// Asks with this key.
pub async fn with_key(sandbox: &Sandbox, method: &str, path: &str, form: &[(&str, &str)], key: &str) -> Answer {
    let bearer = format!("Bearer {key}");
    ask(sandbox, method, path, form, &[("authorization", &bearer)]).await
}

/// An idempotency key, as a header.
pub fn key(key: &str) -> [(&str, &str); 1] {
    [("idempotency-key", key)]
}

/// An intent that nobody has paid yet.
pub const INTENT: &[(&str, &str)] = &[("amount", "2000"), ("currency", "usd")];

/// A session of two hammers.
pub const HAMMERS: &[(&str, &str)] = &[
    ("mode", "payment"),
    ("line_items[0][quantity]", "2"),
    ("line_items[0][price_data][currency]", "usd"),
    ("line_items[0][price_data][unit_amount]", "1850"),
    ("line_items[0][price_data][product_data][name]", "Claw hammer"),
    ("client_reference_id", "order_17"),
    ("metadata[order_id]", "17"),
    ("payment_intent_data[metadata][order_id]", "17"),
    ("customer_email", "ada@example.com"),
    ("success_url", "http://shop.test/orders/17?session={CHECKOUT_SESSION_ID}"),
    ("cancel_url", "http://shop.test/checkout"),
];

pub async fn hammers(sandbox: &Sandbox) -> String {
    let answer = post_form(sandbox, "/v1/checkout/sessions", HAMMERS).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.id().to_owned()
}

/// An intent of $20 paid with this test method, as answered.
pub async fn pay_intent(sandbox: &Sandbox, method: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("amount", "2000"),
        ("currency", "usd"),
        ("payment_method_types[]", "card"),
        ("confirm", "true"),
        ("payment_method", method),
    ];
    form.extend_from_slice(more);
    post_form(sandbox, "/v1/payment_intents", &form).await
}
