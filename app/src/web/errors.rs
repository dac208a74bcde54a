//! What the errors of the shop come to at the edge, for pages and the API alike: a status, words, a line in the log.

use axum::http::{HeaderValue, StatusCode};
use shop::Error;

/// What an error page says.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub status: StatusCode,
    pub title: &'static str,
    pub text: &'static str,
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

pub fn words(status: StatusCode) -> Words {
    let (title, text) = match status.as_u16() {
        400 => {
            ("That did not make sense to us", "The request was incomplete or garbled. Please go back and try again.")
        }
        401 => ("Please sign in", "This page is for people who are signed in."),
        403 => (
            "Not for this account",
            "Your account may not do this. If you think that it should, ask whoever runs the shop.",
        ),
        404 => ("Nothing on this shelf", "The page does not exist, or what it showed is no longer sold."),
        405 => ("That is not possible here", "This address does not take that kind of request."),
        408 => (
            "That took too long",
            "Your request did not arrive whole in time. Please try again, perhaps on a better line.",
        ),
        409 => ("Somebody was quicker", "Things changed in the meantime. Please go back and look again."),
        410 => ("This has been cleared away", "The link was good once. It has been used, or its time is over."),
        413 => ("That is too large", "What you sent is larger than we can take."),
        429 => ("A little slower, please", "There were too many attempts. Please wait a moment and try again."),
        503 => ("Very busy just now", "We could not answer in time. Nothing was lost: please try again in a moment."),
        _ => (
            "Something broke on our side",
            "It has been written down and we will look at it. Please try again in a moment.",
        ),
    };
    Words { status, title, text }
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
