//! One line in the log for each request: method, path, status, how long it took, and the request's id.

use super::headers::REQUEST_ID;
use super::path::is_below;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument;

/// Of a path; what is longer is cut off.
const LONGEST: usize = 300;
/// nginx's status for a client that hung up before the answer; we never send it.
const LEFT: u16 = 499;

/// Middleware: writes the line. Never the query or the headers: both may hold secrets. Errors of ours are warnings,
/// what only machines and browsers ask for is for debugging.
pub async fn log(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).and_then(|v| v.to_str().ok()).unwrap_or("-");
    let path = request.uri().path();
    let path = &path[..path.floor_char_boundary(LONGEST)];
    let span = tracing::info_span!("request", method = %request.method(), path, id);
    let line = Line { begun: Instant::now(), is_quiet: is_quiet(path), status: LEFT };
    async move {
        // the whole of it, not a copy of its status
        let mut line = line;
        let response = next.run(request).await;
        line.status = response.status().as_u16();
        response
    }
    .instrument(span)
    .await
}

/// Health checks come every few seconds, and a page asks for a dozen files.
fn is_quiet(path: &str) -> bool {
    ["/health", "/api/health", "/api/v1/health", "/metrics", "/api/metrics", "/assets", "/images"]
        .iter()
        .any(|place| is_below(place, path))
        || matches!(path, "/favicon.svg" | "/favicon.ico")
}

/// Written when the request is over, however it ends.
struct Line {
    begun: Instant,
    is_quiet: bool,
    status: u16,
}

impl Drop for Line {
    fn drop(&mut self) {
        let (status, ms) = (self.status, self.begun.elapsed().as_micros() as f64 / 1000.0);
        match status {
            _ if status >= StatusCode::INTERNAL_SERVER_ERROR.as_u16() => tracing::warn!(status, ms, "answered"),
            LEFT => tracing::info!(status, ms, "the client left"),
            _ if self.is_quiet => tracing::debug!(status, ms, "answered"),
            _ => tracing::info!(status, ms, "answered"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use axum::{Router, http};
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tower::ServiceExt;
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Paper {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    /// What the default filter leaves in the log of one request.
    async fn logged(path: &str) -> String {
        let paper = Paper::default();
        let filter = tracing_subscriber::EnvFilter::new(crate::config::QUIET);
        let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(paper.clone());
        let guard = tracing::subscriber::set_default(lines.finish());
        let router = Router::new()
            .route("/broken", get(|| async { http::StatusCode::INTERNAL_SERVER_ERROR }))
            .route("/never", get(|| async { std::future::pending::<()>().await }))
            .fallback(|| async { "here" })
            .layer(from_fn(log));
        let request = http::Request::get(path).header(REQUEST_ID, "id-1").header("cookie", "session=s3cret");
        let answer = router.oneshot(request.body(Body::empty()).unwrap());
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), answer).await;
        drop(guard);
        String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
    }

    /// Fails where lines are written at debug, or the whole address is.
    #[tokio::test]
    async fn each_request_is_a_line_without_secrets() {
        let line = logged("/orders/IM-1001?key=s3cret").await;
        assert_eq!(line.lines().count(), 1, "{line}");
        for part in ["INFO", "GET", "/orders/IM-1001", "status=200", "ms=", "id-1"] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(!line.contains("s3cret"), "{line}");
        let broken = logged("/broken").await;
        assert!(broken.contains("WARN") && broken.contains("status=500"), "{broken}");
        assert!(logged("/never").await.contains("the client left"));
        assert!(logged(&format!("/{}", "ab".repeat(2000))).await.len() < 600);
        for quiet in ["/health", "/health/live", "/api/health/ready", "/assets/1/app.css", "/images/1/small.webp"] {
            assert_eq!(logged(quiet).await, "", "{quiet}");
        }
        assert_ne!(logged("/healthy").await, "");
    }
}
