//! How many requests are in work at once. More than the machine can answer only wait for one another: beyond the bound
//! a request waits a moment for its turn, and is then told to come again. Health and files are always answered, staff
//! have turns of their own, and what arrives with a body, perhaps slowly, does not take the turns of readers.

use super::error_page;
use super::path::is_below;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long a request waits for its turn.
const WAIT: Duration = Duration::from_millis(500);

/// The turns of each kind of request.
#[derive(Clone)]
pub struct Turns {
    readers: Arc<Semaphore>,
    writers: Arc<Semaphore>,
    staff: Arc<Semaphore>,
}

impl Turns {
    /// So many for readers and for writers, and a quarter of that for staff.
    pub fn of(at_once: usize) -> Self {
        let turns = |n: usize| Arc::new(Semaphore::new(n.max(1)));
        Self { readers: turns(at_once), writers: turns(at_once), staff: turns(at_once / 4) }
    }

    /// `None`: needs no turn.
    fn for_whom(&self, request: &Request) -> Option<&Arc<Semaphore>> {
        let path = request.uri().path();
        let below = |place: &str| is_below(place, path);
        if ["/health", "/api/health", "/metrics", "/api/metrics", "/assets"].into_iter().any(below) {
            return None;
        }
        if below("/admin") || below("/do/ironmonger/admin") {
            return Some(&self.staff);
        }
        Some(if request.method().is_safe() { &self.readers } else { &self.writers })
    }
}

/// Middleware: 503 with `Retry-After` when there is no turn.
pub async fn admit(State(turns): State<Turns>, request: Request, next: Next) -> Response {
    let Some(turns) = turns.for_whom(&request) else { return next.run(request).await };
    match timeout(WAIT, turns.acquire()).await {
        Ok(Ok(_turn)) => next.run(request).await,
        _ => {
            tracing::debug!("more requests than can be answered");
            error_page::status(StatusCode::SERVICE_UNAVAILABLE, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::http::{Method, header};
    use axum::middleware::from_fn_with_state;
    use futures::future::join_all;
    use tower::ServiceExt;

    /// Answers after a second.
    fn slow(at_once: usize) -> Router {
        let answer = async || tokio::time::sleep(Duration::from_secs(1)).await;
        Router::new().fallback(answer).layer(from_fn_with_state(Turns::of(at_once), admit))
    }

    async fn ask(app: &Router, method: Method, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap()
    }

    /// Without the bound all forty are answered together, each as late as all.
    #[tokio::test(start_paused = true)]
    async fn what_is_too_much_is_refused_soon_and_others_are_served() {
        let app = slow(8);
        let crowd = join_all((0..40).map(|_| ask(&app, Method::GET, "/products")));
        let others = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let asked = [(Method::GET, "/health"), (Method::GET, "/admin/orders"), (Method::POST, "/do/x")];
            join_all(asked.map(|(method, path)| ask(&app, method, path))).await
        };
        let (crowd, others) = tokio::join!(crowd, others);
        let (answered, refused): (Vec<_>, Vec<_>) = crowd.into_iter().partition(|r| r.status() == StatusCode::OK);
        assert_eq!((answered.len(), refused.len()), (8, 32));
        for response in &refused {
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(response.headers().contains_key(header::RETRY_AFTER));
        }
        assert!(others.iter().all(|r| r.status() == StatusCode::OK));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_a_moment_gets_a_turn() {
        let app = slow(1);
        let second = async {
            tokio::time::sleep(Duration::from_millis(600)).await;
            ask(&app, Method::GET, "/").await.status()
        };
        let (_, second) = tokio::join!(ask(&app, Method::GET, "/"), second);
        assert_eq!(second, StatusCode::OK);
        // the administration's pages are not the only ones that begin like this
        let turns = Turns::of(4);
        let request = Request::builder().uri("/administrators").body(Body::empty()).unwrap();
        assert!(Arc::ptr_eq(turns.for_whom(&request).unwrap(), &turns.readers));
    }
}
