//! What the errors of the shop come to at the edge, for pages and the API alike: a status, words, a line in the log.

use super::sentence::{label_of, sentence};
use axum::http::{HeaderValue, StatusCode};
use shop::words::Locale;
use shop::{Error, FieldError, say};
use std::borrow::Cow;

/// What an error page says.
#[derive(Debug, Clone)]
pub struct Words {
    pub status: StatusCode,
    pub title: Cow<'static, str>,
    pub text: Cow<'static, str>,
}

/// The one table from errors to HTTP.
pub fn status_of(e: &Error) -> StatusCode {
    match e {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Gone(_) => StatusCode::GONE,
        Error::Invalid(_) => StatusCode::BAD_REQUEST,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Forbidden => StatusCode::FORBIDDEN,
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) | Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub fn words(locale: Locale, status: StatusCode) -> Words {
    let (title, text) = match status.as_u16() {
        400 => (say!(locale, "error-bad-request"), say!(locale, "error-bad-request-text")),
        401 => (say!(locale, "error-sign-in"), say!(locale, "error-sign-in-text")),
        403 => (say!(locale, "error-forbidden"), say!(locale, "error-forbidden-text")),
        404 => (say!(locale, "error-not-found"), say!(locale, "error-not-found-text")),
        405 => (say!(locale, "error-method"), say!(locale, "error-method-text")),
        408 => (say!(locale, "error-timeout"), say!(locale, "error-timeout-text")),
        409 => (say!(locale, "error-conflict"), say!(locale, "error-conflict-text")),
        410 => (say!(locale, "error-gone"), say!(locale, "error-gone-text")),
        413 => (say!(locale, "error-too-large"), say!(locale, "error-too-large-text")),
        429 => (say!(locale, "error-too-many"), say!(locale, "error-too-many-text")),
        503 => (say!(locale, "error-busy"), say!(locale, "error-busy-text")),
        _ => (say!(locale, "error-internal"), say!(locale, "error-internal-text")),
    };
    Words { status, title, text }
}

/// What people are told of an error, in their language.
pub fn message(locale: Locale, e: &Error) -> Cow<'static, str> {
    match e {
        // a form shows them one by one
        Error::Invalid(faults) => {
            let said = faults
                .0
                .iter()
                .map(|FieldError { field, message }| sentence(locale, &label_of(locale, field), message));
            said.collect::<Vec<_>>().join(" ").into()
        }
        other => locale.say(&other.message()),
    }
}

/// What led to an answer that is an error. Whoever writes its body shows it in development, and never in production.
#[derive(Debug, Clone, Default)]
pub struct Causes(pub Vec<String>);

/// Above what led to an error.
pub const CAUSES: &str = "What led to it (shown in development only):";

/// How many seconds to wait after an answer that asks for it.
pub fn retry_after(status: StatusCode) -> Option<HeaderValue> {
    matches!(status.as_u16(), 429 | 503).then_some(HeaderValue::from_static("2"))
}

/// Faults of ours are logged once, here at the edge.
pub fn log(e: &Error) {
    match e {
        Error::Internal(cause) => tracing::error!(error = format!("{cause:#}"), "internal error"),
        Error::Unavailable(cause) => tracing::warn!(error = format!("{cause:#}"), "unavailable"),
        Error::Busy => tracing::warn!("gave up after repeated serialisation failures"),
        _ => {}
    }
}
