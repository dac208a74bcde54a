//! Where the offline Stripe posts its webhooks.

use super::{OfflineStripe, WEBHOOK_SECRET};
use crate::Shop;
use crate::payments::webhook;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// What was posted so far. It is handed on at once while there is a shop to hand it to; otherwise the test does it by
/// hand.
#[derive(Clone, Default)]
pub struct Inbox(Arc<Mutex<InboxState>>);

#[derive(Default)]
struct InboxState {
    messages: Vec<Message>,
    shop: Option<Shop>,
}

#[derive(Debug, Clone)]
pub struct Message {
    pub body: Vec<u8>,
    pub signature: String,
    pub kind: String,
}

impl Inbox {
    /// Hears of everything from now on.
    pub(super) async fn open(stripe: &OfflineStripe) -> Self {
        let inbox = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let router = Router::new().route("/hook", post(receive)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        stripe.add_webhook(&url.parse().expect("a valid address"), WEBHOOK_SECRET);
        inbox
    }

    pub fn messages(&self) -> Vec<Message> {
        self.kept().messages.clone()
    }

    pub(super) fn hands_on_to(&self, shop: Shop) {
        self.kept().shop = Some(shop);
    }

    fn kept(&self) -> MutexGuard<'_, InboxState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, message: Message) -> Option<Shop> {
        let mut kept = self.kept();
        kept.messages.push(message);
        kept.shop.clone()
    }
}

async fn receive(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("stripe-signature").and_then(|h| h.to_str().ok()).unwrap_or_default().to_owned();
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let kind = json["type"].as_str().unwrap_or_default().to_owned();
    let message = Message { body: body.to_vec(), signature, kind };
    let Some(shop) = inbox.keep(message.clone()) else { return StatusCode::OK };
    match webhook::receive(&shop, &message.body, &message.signature).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}
