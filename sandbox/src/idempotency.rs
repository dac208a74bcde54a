//! Idempotent requests. <https://docs.stripe.com/api/idempotent_requests>
//!
//! The status and body of the first request with a key are kept, whether it succeeded or failed,
//! 500s included, and given again for 24 hours. The same key with other parameters is refused. A
//! key whose first request is still running is a conflict. What was refused before it began to act
//! (parameters, keys, rate limits) is not kept.

use std::collections::HashMap;

use axum::http::StatusCode;

use crate::errors::ApiError;

const KEPT_FOR_MS: i64 = 24 * 60 * 60 * 1000;
/// So often what is over is cleared away.
const PRUNED_EVERY_MS: i64 = 60 * 60 * 1000;
const MAX_KEY: usize = 255;

#[derive(Debug, Clone)]
pub(crate) struct Saved {
    pub status: StatusCode,
    pub body: String,
    /// The request that was answered with this first.
    pub request: String,
}

#[derive(Debug)]
struct Entry {
    endpoint: String,
    fingerprint: String,
    since_ms: i64,
    /// None while the first request is running.
    saved: Option<Saved>,
}

#[derive(Debug, Default)]
pub(crate) struct Answers {
    by_key: HashMap<String, Entry>,
    pruned_ms: i64,
}

impl Entry {
    fn is_over(&self, now_ms: i64) -> bool {
        self.saved.is_some() && now_ms - self.since_ms >= KEPT_FOR_MS
    }
}

#[derive(Debug)]
pub(crate) enum Begun {
    First,
    Again(Saved),
}

impl Answers {
    /// Starts a request under `key`, or finds what it was answered before.
    pub fn begin(&mut self, key: &str, endpoint: &str, fingerprint: &str, now_ms: i64) -> Result<Begun, ApiError> {
        if key.chars().count() > MAX_KEY {
            return Err(ApiError::idempotency(
                StatusCode::BAD_REQUEST,
                format!("Idempotency keys can be at most {MAX_KEY} characters long."),
            ));
        }
        if self.by_key.get(key).is_some_and(|entry| entry.is_over(now_ms)) {
            self.by_key.remove(key);
        }
        match self.by_key.get(key) {
            None => {
                let entry = Entry {
                    endpoint: endpoint.to_owned(),
                    fingerprint: fingerprint.to_owned(),
                    since_ms: now_ms,
                    saved: None,
                };
                self.by_key.insert(key.to_owned(), entry);
                Ok(Begun::First)
            }
            Some(entry) if entry.endpoint != endpoint => Err(ApiError::idempotency(
                StatusCode::BAD_REQUEST,
                format!(
                    "Keys for idempotent requests can only be used for the same endpoint they were \
                     first used for ('{endpoint}' vs '{}'). Try using a key other than '{key}' if \
                     you meant to execute a different request.",
                    entry.endpoint
                ),
            )),
            Some(entry) if entry.fingerprint != fingerprint => Err(ApiError::idempotency(
                StatusCode::BAD_REQUEST,
                format!(
                    "Keys for idempotent requests can only be used with the same parameters they \
                     were first used with. Try using a key other than '{key}' if you meant to \
                     execute a different request."
                ),
            )),
            Some(Entry { saved: Some(saved), .. }) => Ok(Begun::Again(saved.clone())),
            Some(_) => Err(ApiError::idempotency(
                StatusCode::CONFLICT,
                format!(
                    "There is currently another in-progress request using this Idempotent Key \
                     ({key}). Please wait for it to finish before trying again."
                ),
            )
            .code("idempotency_key_in_use")),
        }
    }

    pub fn keep(&mut self, key: &str, saved: Saved) {
        if let Some(entry) = self.by_key.get_mut(key) {
            entry.saved = Some(saved);
        }
    }

    /// The request never began to act, so the key is free again.
    pub fn forget(&mut self, key: &str) {
        self.by_key.remove(key);
    }

    pub fn prune(&mut self, now_ms: i64) {
        if now_ms - self.pruned_ms < PRUNED_EVERY_MS {
            return;
        }
        self.pruned_ms = now_ms;
        self.by_key.retain(|_, entry| !entry.is_over(now_ms));
    }
}
