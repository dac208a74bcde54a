//! Delivering: first attempts in order, then again after growing pauses until a 2xx.
//! <https://docs.stripe.com/webhooks#retries>

use std::sync::Weak;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{Request, header};
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::sync::mpsc;

use super::signature;
use crate::deliveries::{Delivery, Dispatch};
use crate::faults::Forgery;
use crate::shared::Shared;
use crate::state::State;

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// No pause between two attempts is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Older than the five minutes that receivers allow.
const STALE_SECONDS: i64 = 900;

type Http = Client<HttpConnector, Full<Bytes>>;

/// One request to send.
#[derive(Debug, Clone)]
struct Post {
    event: String,
    kind: String,
    endpoint: String,
    forgery: Option<Forgery>,
    after: Duration,
}

/// Sends what is queued until the sandbox is gone.
pub(crate) async fn run(sandbox: Weak<Shared>, mut queue: mpsc::UnboundedReceiver<Dispatch>) {
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    while let Some(dispatch) = queue.recv().await {
        let Some(shared) = sandbox.upgrade() else {
            return;
        };
        let posts = shared.lock().plan(&dispatch);
        drop(shared);
        for post in posts {
            let send = attempts(sandbox.clone(), http.clone(), post.clone());
            if post.after.is_zero() {
                // In order, so far as the receiver answers at once.
                send.await;
            } else {
                tokio::spawn(send);
            }
        }
        if let Some(attempted) = dispatch.attempted {
            // Nobody may be waiting any more.
            attempted.send(()).ok();
        }
    }
}

impl State {
    /// Which requests this event becomes, the faults considered.
    fn plan(&mut self, dispatch: &Dispatch) -> Vec<Post> {
        let Some(event) = self.events.get(&dispatch.event) else {
            return Vec::new();
        };
        let post = Post {
            event: event.id.clone(),
            kind: event.kind.to_owned(),
            endpoint: dispatch.endpoint.clone(),
            forgery: None,
            after: Duration::ZERO,
        };
        let faults = self.faults.webhooks.clone();
        let mut posts = Vec::new();
        if self.roll(100) < faults.forge {
            let kinds: &[Forgery] = if faults.forgeries.is_empty() { &Forgery::ALL } else { &faults.forgeries };
            let kind = kinds[self.roll(u32::try_from(kinds.len()).unwrap_or(1)) as usize];
            posts.push(Post { forgery: Some(kind), ..post.clone() });
        }
        if self.roll(100) >= faults.drop {
            let more = if self.roll(100) < faults.repeat { 1 + self.roll(4) } else { 0 };
            for _ in 0..=more {
                posts.push(post.clone());
            }
        }
        for post in &mut posts {
            if self.roll(100) < faults.delay {
                post.after += Duration::from_millis(faults.delay_ms);
            }
            if self.roll(100) < faults.shuffle {
                let within = u32::try_from(faults.shuffle_within_ms).unwrap_or(u32::MAX);
                post.after += Duration::from_millis(u64::from(self.roll(within)));
            }
        }
        posts
    }

    /// The request of one attempt, signed now. None if the endpoint is gone.
    fn request(&self, post: &Post) -> Option<Request<Full<Bytes>>> {
        let endpoint = self.endpoints.get(&post.endpoint).filter(|endpoint| !endpoint.deleted)?;
        let event = self.events.get(&post.event)?;
        // The wall's time, even when the sandbox's own clock was moved: receivers compare it.
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut timestamp =
            if self.config.signs_by_own_clock { self.now() } else { i64::try_from(wall).unwrap_or(i64::MAX) };
        let mut body = event.render();
        let mut secrets: Vec<String> = endpoint.secrets.iter().take(2).cloned().collect();
        match post.forgery {
            Some(Forgery::WrongSecret) => secrets = vec!["whsec_of_somebody_else".to_owned()],
            Some(Forgery::Stale) => timestamp -= STALE_SECONDS,
            Some(Forgery::OtherMode) => body["livemode"] = Value::Bool(true),
            _ => {}
        }
        let mut text = body.to_string();
        let signature = signature::header(&text, &secrets, timestamp);
        match post.forgery {
            Some(Forgery::AlteredBody) => text = altered(body),
            Some(Forgery::Truncated) => text.truncate(text.len() / 2),
            _ => {}
        }
        let mut request = Request::post(&endpoint.url)
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(header::USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        if post.forgery != Some(Forgery::Unsigned) {
            request = request.header("stripe-signature", signature);
        }
        request.body(Full::new(Bytes::from(text))).ok()
    }

    /// Remembers how an attempt went. Returns whether it is to be tried again.
    fn delivered(&mut self, post: &Post, status: Option<u16>) -> bool {
        self.deliveries.push(Delivery {
            event: post.event.clone(),
            kind: post.kind.clone(),
            endpoint: post.endpoint.clone(),
            forgery: post.forgery,
            status,
        });
        let accepted = status.is_some_and(|status| (200..300).contains(&status));
        if accepted
            && post.forgery.is_none()
            && let Some(event) = self.events.get_mut(&post.event)
        {
            event.pending = event.pending.saturating_sub(1);
        }
        // A forger tries once.
        !accepted && post.forgery.is_none()
    }
}

/// The event under another id and with a smaller amount, as a thief would have it.
fn altered(mut event: Value) -> String {
    event["id"] = Value::String("evt_altered".to_owned());
    if let Some(amount) = event["data"]["object"]["amount"].as_i64() {
        event["data"]["object"]["amount"] = Value::from(amount / 2);
    }
    event.to_string()
}

/// The first attempt, and the later ones on a task of their own.
async fn attempts(sandbox: Weak<Shared>, http: Http, post: Post) {
    tokio::time::sleep(post.after).await;
    if !attempt(&sandbox, &http, &post).await {
        return;
    }
    let Some(retry) = sandbox.upgrade().map(|shared| shared.lock().config.webhook_retry) else {
        return;
    };
    tokio::spawn(async move {
        let mut pause = retry.first;
        for _ in 1..retry.attempts {
            tokio::time::sleep(pause).await;
            if !attempt(&sandbox, &http, &post).await {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        tracing::warn!(event = post.event, kind = post.kind, "webhook was never accepted");
    });
}

/// Sends once. Returns whether to try again.
async fn attempt(sandbox: &Weak<Shared>, http: &Http, post: &Post) -> bool {
    let request = match sandbox.upgrade() {
        Some(shared) => shared.lock().request(post),
        None => None,
    };
    let Some(request) = request else { return false };
    let status = match tokio::time::timeout(TIMEOUT, http.request(request)).await {
        Ok(Ok(response)) => Some(response.status().as_u16()),
        Ok(Err(error)) => {
            tracing::debug!(%error, event = post.event, "webhook receiver cannot be reached");
            None
        }
        Err(_) => None,
    };
    let Some(shared) = sandbox.upgrade() else {
        return false;
    };
    shared.lock().delivered(post, status)
}
