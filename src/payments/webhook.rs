//! What Stripe tells us by itself. A message is believed when its signature fits, kept as it came, and answered at
//! once; a job applies it, if it is about anything of ours. It may come repeated, out of order, days late, or before
//! what it is about is known here. So it is only a reason to look: what is true is asked of the gateway, by
//! [`settle`](super::settle()).
//! <https://docs.stripe.com/webhooks>

mod apply;
mod dispute;
pub(crate) mod sealed;
mod signature;
mod subject;

pub use apply::apply;

use crate::actors::System;
use crate::jobs::{self, Job, JobOptions};
use crate::keys::Place;
use crate::{Error, Result, Shop};
use sealed::BODY;
use serde_json::Value;
use sha2::Digest;
use sqlx::PgExecutor;
use subject::Subject;

/// What is said of a message that is kept, and that is all.
const NOT_FOR_US: &str = "not for us";

/// Takes a message in: the body's raw bytes and the header `Stripe-Signature`. Nothing is written of one that is not
/// believed (`Forbidden`), and a message that came before is kept once.
pub async fn receive(shop: &Shop, body: &[u8], signature: &str) -> Result<()> {
    let secrets = shop.gateway.webhook_secrets();
    if !signature::fits(body, signature, secrets, shop.clock.now()) {
        tracing::warn!("a webhook with a signature that does not fit was refused");
        return Err(Error::Forbidden);
    }
    let message = Message::read(body);
    if message.livemode.is_some_and(|live| live != shop.gateway.is_live()) {
        tracing::warn!(event = message.id, "a webhook of the other mode was refused");
        return Err(Error::Forbidden);
    }
    if message.subject.is_none() {
        keep(&shop.db, shop, &message, body).await?;
        return Ok(());
    }
    act!(shop, &System, "webhook.receive", |act| {
        if keep(&mut *act, shop, &message, body).await? {
            let key = format!("stripe-event:{}", message.id);
            let options = JobOptions { keep_waiting: true, ..JobOptions::unique(key) };
            jobs::enqueue_with(&mut act, &Job::ApplyStripeEvent { event: message.id.clone() }, options)?;
        }
        crash_point!("webhook-read");
        act.commit(()).await
    })?;
    crash_point!("webhook-kept");
    Ok(())
}

/// Answers whether it is news. One that is about nothing of ours counts as applied.
async fn keep(db: impl PgExecutor<'_>, shop: &Shop, message: &Message, body: &[u8]) -> Result<bool> {
    let now = shop.clock.now();
    let is_done = message.subject.is_none();
    let sealed = shop.encryption_keys.seal(Place::named(BODY, &message.id), body)?;
    let kept = sqlx::query!(
        "insert into stripe_events (id, type, livemode, api_version, object_id, sealed_body, received_at, applied_at, outcome)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (id) do nothing",
        message.id,
        message.kind,
        message.livemode.unwrap_or(shop.gateway.is_live()),
        message.api_version,
        message.object,
        sealed,
        now,
        is_done.then_some(now),
        is_done.then_some(NOT_FOR_US),
    )
    .execute(db)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// As much of a message as can be made out. What Stripe signed is kept, whatever it looks like.
struct Message {
    id: String,
    kind: String,
    livemode: Option<bool>,
    api_version: Option<String>,
    object: Option<String>,
    /// `None`: for nobody here.
    subject: Option<Subject>,
}

impl Message {
    fn read(body: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let word = |value: &Value| {
            let text =
                value.as_str().filter(|s| !s.is_empty() && s.len() <= 200 && s.chars().all(|c| c.is_ascii_graphic()));
            text.map(str::to_owned)
        };
        let kind = word(&json["type"]).unwrap_or_else(|| "unreadable".to_owned());
        Self {
            id: word(&json["id"]).unwrap_or_else(|| format!("unreadable_{}", hex::encode(sha2::Sha256::digest(body)))),
            subject: Subject::of(&kind, &json["data"]["object"]),
            kind,
            livemode: json["livemode"].as_bool(),
            api_version: word(&json["api_version"]),
            object: word(&json["data"]["object"]["id"]),
        }
    }
}
