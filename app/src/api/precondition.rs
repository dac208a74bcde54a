//! Conditional writes (RFC 9110, 13.1): an answer names its version in `ETag`, and a change that names one in
//! `If-Match` is made to that version or not at all.

use super::fault::{Fault, Result};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::Serialize;
use shop::Error;
use std::hash::{DefaultHasher, Hash, Hasher};

/// What the domain calls a lost race.
const LOST: &str = "edited_meanwhile";

/// Of a version, as it stands in `ETag`.
pub fn tag(version: impl std::fmt::Display) -> String {
    format!("\"{version}\"")
}

/// The versions of which one must still be the current one; `None`: any.
pub struct IfMatch(Option<Vec<String>>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Fault;

    async fn from_request_parts(request: &mut Parts, _state: &S) -> Result<Self, Fault> {
        let wrong = || Error::invalid("If-Match", "must be what ETag said");
        let mut tags = None;
        for value in request.headers.get_all(header::IF_MATCH) {
            let value = value.to_str().map_err(|_| wrong())?;
            let tags = tags.get_or_insert_with(Vec::new);
            tags.extend(value.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned));
        }
        match tags {
            Some(tags) if tags.is_empty() => Err(wrong().into()),
            tags => Ok(Self(tags)),
        }
    }
}

impl IfMatch {
    /// A lost race if the current version is none of those that were named.
    pub fn check(&self, current: &str) -> shop::Result<()> {
        let fits = |tags: &Vec<String>| tags.iter().any(|tag| tag == "*" || tag == current);
        match self.0.as_ref().is_none_or(fits) {
            true => Ok(()),
            false => Err(Error::conflict(LOST, "It was changed since this version was read")),
        }
    }

    /// Does what reads a version and changes it. A lost race is 412 if the request named a version; otherwise the
    /// change is meant for the current one, whichever that is, and is tried again.
    pub async fn hold<T, F: Future<Output = shop::Result<T>>>(&self, change: impl Fn() -> F) -> Result<T> {
        for _ in 0..3 {
            match change().await {
                Err(e) if e.conflict_code() == Some(LOST) && self.0.is_none() => {}
                Err(e) if e.conflict_code() == Some(LOST) => {
                    return Err(Fault::from(e).with_status(StatusCode::PRECONDITION_FAILED));
                }
                answer => return answer.map_err(Fault::from),
            }
        }
        change().await.map_err(Fault::from)
    }
}

/// Of something without a version of its own: what it says.
pub fn tag_of_content(content: &impl Serialize) -> shop::Result<String> {
    let mut hash = DefaultHasher::new();
    serde_json::to_vec(content)?.hash(&mut hash);
    Ok(tag(format_args!("{:016x}", hash.finish())))
}
