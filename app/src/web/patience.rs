//! How long a request may take.

use super::error_page;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(30);
/// A phone on a poor line sends its pictures so slowly, in bytes a second. Whoever is slower is not waited for.
const SLOWEST: u64 = 64 << 10;
/// Nothing larger is taken anyway.
const LARGEST: u64 = 128 << 20;

/// Middleware: whoever waits too long is told that the shop is busy.
pub async fn bounded(request: Request, next: Next) -> Response {
    let patience = patience(request.headers());
    within(patience, next.run(request)).await
}

async fn within(patience: Duration, answer: impl Future<Output = Response>) -> Response {
    timeout(patience, answer).await.unwrap_or_else(|_| error_page::status(StatusCode::SERVICE_UNAVAILABLE, None))
}

/// For the answer, and for what is announced to be sent before it.
fn patience(headers: &HeaderMap) -> Duration {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    PATIENCE + Duration::from_secs(announced.unwrap_or(0).min(LARGEST) / SLOWEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn what_is_announced_may_come_slowly() {
        let with = |length: &'static str| {
            patience(&HeaderMap::from_iter([(header::CONTENT_LENGTH, HeaderValue::from_static(length))])).as_secs()
        };
        assert_eq!(patience(&HeaderMap::new()).as_secs(), 30);
        assert_eq!((with("2000"), with("many"), with("-1")), (30, 30, 30));
        assert_eq!(with("20971520"), 30 + 320, "20 MB");
        assert_eq!(with("18446744073709551615"), 30 + 2048, "more than is taken is not waited for");
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told_so() {
        let late = within(Duration::from_millis(10), std::future::pending()).await;
        assert_eq!(late.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(late.headers().contains_key(header::RETRY_AFTER));
        let in_time = within(PATIENCE, std::future::ready(Response::default())).await;
        assert_eq!(in_time.status(), StatusCode::OK);
    }
}
