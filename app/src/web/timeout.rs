//! How long an answer may take.

use super::{App, body, error_page};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use std::time::Duration;
use tokio::time::timeout;

/// For what is read from the database or from memory. The database's own limit for a statement (10 s) does not hold
/// while it hangs, and a read that several requests share makes all of them wait for the database.
const READ: Duration = Duration::from_secs(5);
/// For what may ask Stripe, a bucket or a mail server.
const WRITE: Duration = Duration::from_secs(30);

/// Reads that ask others than the database.
const ASKING_OTHERS: [&str; 3] = ["/checkout", "/images", "/health"];

/// Middleware: the timeout of a request; 503 after it.
pub async fn bounded(State(app): State<App>, request: Request, next: Next) -> Response {
    let at_most = match request.method().is_safe() {
        true if ASKING_OTHERS.iter().any(|path| request.uri().path().starts_with(path)) => WRITE,
        true => READ,
        false => WRITE + body::time_for(body::limit(&request, &app.config)),
    };
    within(at_most, next.run(request)).await
}

/// Middleware: all waits of a request for a connection to the database have one bound together.
pub async fn for_connections(request: Request, next: Next) -> Response {
    shop::db::wait_in_all(next.run(request)).await
}

async fn within(at_most: Duration, answer: impl Future<Output = Response>) -> Response {
    timeout(at_most, answer).await.unwrap_or_else(|_| error_page::status(StatusCode::SERVICE_UNAVAILABLE, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header;

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_told_so() {
        let late = within(READ, std::future::pending()).await;
        assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(late.headers().contains_key(header::RETRY_AFTER));
        let in_time = within(READ, std::future::ready(Response::default())).await;
        assert_eq!(in_time.status(), StatusCode::OK);
    }
}
