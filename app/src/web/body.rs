//! How much of a request's body is taken, and how long it is waited for. A body that does not come ends here, inside
//! the task that runs to its end, so that it holds neither a connection nor a stop.

use super::App;
use super::error_page;
use crate::config::Config;
use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::{Stream, StreamExt, stream};
use shop::catalog::import::desk::MAX_FILE;
use shop::files::MAX_BYTES;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

/// Nobody pauses longer than this in the middle of a form or picture.
const PAUSE: Duration = Duration::from_secs(10);
/// The same once the program is to stop.
const PAUSE_AT_STOP: Duration = Duration::from_secs(3);
/// The slowest upload that is waited for, in bytes a second: a phone's on a poor line.
const SLOWEST: u64 = 64 << 10;
/// For a body of whatever size.
const AT_LEAST: Duration = Duration::from_secs(20);
/// What stands round the files of a form: texts, names, boundaries.
const WRAPPING: usize = 1 << 20;

/// The most that a route takes of a body, in bytes. Most take a form or a JSON document; a product with all its texts
/// and a hundred variants fits many times over.
pub fn limit(request: &Request, config: &Config) -> usize {
    match request.extensions().get::<MatchedPath>().map(MatchedPath::as_str) {
        Some("/admin/products/new/save" | "/admin/products/{product}/images") => 5 * MAX_BYTES + WRAPPING,
        // a product may bring its pictures; as JSON it is a document like others
        Some("/api/products" | "/api/products/{product}") if is_form(request.headers()) => config.upload_limit,
        Some("/admin/import/send" | "/api/imports") => MAX_FILE + WRAPPING,
        Some("/admin/categories/{category}/picture" | "/api/upload/single") => MAX_BYTES + WRAPPING,
        Some("/api/upload/products") => config.upload_limit,
        _ => 1 << 20,
    }
}

/// Whether a form with files is sent (`multipart/form-data`).
pub fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// How long a body of at most so many bytes may take.
pub fn time_for(limit: usize) -> Duration {
    AT_LEAST + Duration::from_secs(limit as u64 / SLOWEST)
}

/// The limit of a body that was refused, for the text of the answer.
#[derive(Clone, Copy)]
pub struct TooLarge {
    pub most: usize,
}

/// The program is to stop once this is cancelled; every request carries it.
#[derive(Clone)]
pub struct Stopping(pub CancellationToken);

/// The place of a connection, taken for as long as any of these is there. Every request carries it, for a connection
/// that outlives its request.
#[derive(Clone)]
pub struct Place {
    _held: Arc<dyn Any + Send + Sync>,
}

impl Place {
    pub fn held(place: impl Any + Send + Sync) -> Self {
        Self { _held: Arc::new(place) }
    }
}

/// Middleware: refuses a body that is announced as too large before any of it is read, and one that does not come in
/// time.
pub async fn bounded(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let most = limit(&request, &app.config);
    DefaultBodyLimit::max(most).apply(&mut request);
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    if request.body().size_hint().lower() > most as u64 {
        let mut refused = closing(StatusCode::PAYLOAD_TOO_LARGE);
        refused.extensions_mut().insert(TooLarge { most });
        return refused;
    }
    let late = Arc::new(AtomicBool::new(false));
    let wait = Wait {
        until: Instant::now() + time_for(most),
        stopping: request.extensions().get::<Stopping>().cloned(),
        late: late.clone(),
    };
    let request = request.map(|body| Body::from_stream(wait.through(body.into_data_stream())));
    let response = next.run(request).await;
    if late.load(Relaxed) { closing(StatusCode::REQUEST_TIMEOUT) } else { response }
}

/// The rest of the body is not read, so the connection cannot be used again.
fn closing(status: StatusCode) -> Response {
    let mut response = error_page::status(status, None);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

struct Wait {
    until: Instant,
    stopping: Option<Stopping>,
    late: Arc<AtomicBool>,
}

impl Wait {
    /// The body's pieces; an error in place of one that does not come in time.
    fn through<T, E: Into<axum::BoxError>>(
        self,
        body: impl Stream<Item = Result<T, E>> + Send + 'static,
    ) -> impl Stream<Item = Result<T, axum::BoxError>> + Send {
        stream::unfold(Some((self, Box::pin(body))), async |state| {
            let (wait, mut body) = state?;
            match wait.for_piece(body.next()).await {
                Some(Some(Ok(piece))) => Some((Ok(piece), Some((wait, body)))),
                Some(Some(Err(e))) => Some((Err(e.into()), None)),
                Some(None) => None,
                None => {
                    wait.late.store(true, Relaxed);
                    Some((Err("the rest of the body did not come in time".into()), None))
                }
            }
        })
    }

    async fn for_piece<T>(&self, piece: impl Future<Output = T>) -> Option<T> {
        let paused = Instant::now() + PAUSE;
        let stop = async {
            match &self.stopping {
                Some(Stopping(stop)) => stop.cancelled().await,
                None => std::future::pending().await,
            }
            sleep_until(Instant::now() + PAUSE_AT_STOP).await;
        };
        tokio::select! {
            biased;
            piece = timeout_at(self.until.min(paused), piece) => piece.ok(),
            () = stop => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Pieces that come so many seconds after one another; how many arrive, and after how long.
    async fn arriving(most: usize, gaps: &[u64], stopping: Option<Stopping>) -> (usize, u64, bool) {
        let (start, late) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let wait = Wait { until: start + time_for(most), stopping, late: late.clone() };
        let gaps = gaps.to_vec();
        let body = stream::iter(gaps).then(async |gap| {
            tokio::time::sleep(Duration::from_secs(gap)).await;
            Ok::<_, Infallible>(())
        });
        let pieces = wait.through(body).filter(|piece| std::future::ready(piece.is_ok())).count().await;
        (pieces, start.elapsed().as_secs(), late.load(Relaxed))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        assert_eq!(arriving(1 << 20, &[1, 9, 9], None).await, (3, 19, false));
        assert_eq!(arriving(1 << 20, &[1, 100], None).await, (1, 11, true), "a pause");
        // one that drips has an end too: 20 s, and 16 for a megabyte
        assert_eq!(arriving(1 << 20, &[5; 20], None).await, (7, 36, true));
        assert_eq!(arriving(20 << 20, &[5; 20], None).await, (20, 100, false), "a picture may take longer");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_does_not_wait_for_it_as_long() {
        let stop = CancellationToken::new();
        stop.cancel();
        assert_eq!(arriving(1 << 20, &[1, 2, 100], Some(Stopping(stop))).await, (2, 6, true));
    }
}
