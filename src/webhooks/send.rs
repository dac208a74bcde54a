//! One attempt: signs a message, encrypts it if the receiver has a key, posts it, and reads the answer.

use super::outcome::{self, Outcome};
use super::queue::Claimed;
use super::signing::sign;
use crate::{Result, Shop};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use std::time::{Duration, Instant};
use url::Url;

/// For all of it: names, connection, answer and body.
const WITHIN: Duration = Duration::from_secs(15);
/// So much of an answer is read: a receiver that says more is not listened to for longer.
const READ: usize = 64 * 1024;
/// So much of it is kept.
const KEPT: usize = 2048;
/// Headers of an answer that are kept, and how much of each.
const KEPT_HEADERS: usize = 30;
const KEPT_OF_HEADER: usize = 500;

/// What was sent, and what came of it.
pub(super) struct Sent {
    pub claimed: Claimed,
    pub sent_at: DateTime<Utc>,
    pub took: Duration,
    pub request_headers: Map<String, Value>,
    pub is_encrypted: bool,
    pub answer: Option<AnswerKept>,
    /// Why it did not arrive, in words for staff.
    pub error: Option<String>,
    pub outcome: Outcome,
}

pub(super) struct AnswerKept {
    pub status: u16,
    pub headers: Map<String, Value>,
    pub body: String,
}

/// Sends one message. It does not fail: what went wrong is what came of it.
pub(super) async fn send(shop: &Shop, claimed: Claimed) -> Sent {
    let (sent_at, begun) = (shop.clock.now(), Instant::now());
    let is_encrypted = claimed.seals.recipient.is_some();
    let mut sent = Sent {
        claimed,
        sent_at,
        took: Duration::ZERO,
        request_headers: Map::new(),
        is_encrypted,
        answer: None,
        error: None,
        outcome: Outcome::Failed { retry_after: None },
    };
    if let Err(why) = post(shop, &mut sent).await {
        sent.error = Some(why);
    }
    sent.took = begun.elapsed();
    sent
}

async fn post(shop: &Shop, sent: &mut Sent) -> Result<(), String> {
    let url = Url::parse(&sent.claimed.url).map_err(|_| "the address is not a valid one".to_owned())?;
    shop.outbound.check_encrypted(&url)?;
    if sent.claimed.must_be_encrypted && !sent.is_encrypted {
        return Err(
            "it holds personal data, which leaves only encrypted: give the webhook a key of its receiver".into()
        );
    }
    let ours = |e: crate::Error| {
        tracing::error!(webhook = %sent.claimed.webhook, "a webhook's message could not be made: {e:?}");
        "the message could not be made; the log says why".to_owned()
    };
    let (headers, body) = message(&sent.claimed, sent.sent_at).map_err(ours)?;
    sent.request_headers = kept(&headers);
    let answer = shop.outbound.post(&url, headers, body, WITHIN).await?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    sent.outcome = outcome::of(status, &headers, shop.clock.now());
    sent.error = (!status.is_success()).then(|| format!("the receiver answered {status}"));
    // it has answered; what of its words is lost on the way changes nothing
    let body = answer.beginning(READ).await.map(|(body, _)| body).unwrap_or_default();
    sent.answer = Some(AnswerKept { status: status.as_u16(), headers: kept(&headers), body: readable(&body) });
    Ok(())
}

fn message(claimed: &Claimed, at: DateTime<Utc>) -> Result<(HeaderMap, Bytes)> {
    let (content_type, body) = match &claimed.seals.recipient {
        Some(recipient) => ("application/jose", recipient.encrypt(&claimed.body)?),
        None => ("application/json", claimed.body.clone()),
    };
    let id = claimed.event.to_string();
    let timestamp = at.timestamp();
    let signature = sign(&claimed.seals.signers, &id, timestamp, &body)?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in
        [("webhook-id", id), ("webhook-timestamp", timestamp.to_string()), ("webhook-signature", signature)]
    {
        let value = HeaderValue::from_str(&value).map_err(crate::Error::internal)?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok((headers, body.into()))
}

fn kept(headers: &HeaderMap) -> Map<String, Value> {
    let kept = headers.iter().take(KEPT_HEADERS).map(|(name, value)| {
        let value: String = String::from_utf8_lossy(value.as_bytes()).chars().take(KEPT_OF_HEADER).collect();
        (name.to_string(), Value::String(value.replace('\0', "\u{fffd}")))
    });
    kept.collect()
}

/// As much of a body as people may want to read. The database keeps no NUL.
fn readable(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(KEPT)]).replace('\0', "\u{fffd}")
}
