//! Which web pages of other sites may read the API's answers: those of `CORS_ORIGINS`, and none without it. Never with
//! cookies, which the API does not look at. Apps on telephones and servers are no pages and need none of this.

use super::headers::{API_KEY, CART_TOKEN, IDEMPOTENCY_KEY, LIMIT, REMAINING, REPLAYED, RESET};
use crate::config::Origins;
use crate::web::headers::REQUEST_ID;
use crate::web::path;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Duration;
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser need not ask again; none remembers it for longer.
const REMEMBERED: Duration = Duration::from_secs(2 * 60 * 60);

/// What is said to pages; `None` when nothing is.
pub fn layer(origins: &Origins) -> Option<CorsLayer> {
    let origins = match origins {
        Origins::None => return None,
        Origins::Any => AllowOrigin::any(),
        Origins::These(origins) => AllowOrigin::list(origins.iter().cloned()),
    };
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let mut sent = vec![API_KEY, CART_TOKEN, REQUEST_ID, IDEMPOTENCY_KEY];
    sent.extend([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH]);
    let mut shown = vec![REQUEST_ID, CART_TOKEN, REPLAYED, LIMIT, REMAINING, RESET];
    shown.extend([header::RETRY_AFTER, header::ETAG, header::LOCATION]);
    let layer = CorsLayer::new().allow_origin(origins).allow_methods(methods).allow_headers(sent);
    Some(layer.expose_headers(shown).max_age(REMEMBERED))
}

/// Middleware: round everything that answers under `/api`, so that a page can read errors too. A question beforehand
/// (OPTIONS) is answered here: it comes without a key, and is not counted. Another OPTIONS is refused as anywhere.
pub async fn tell_pages(State(cors): State<Option<CorsLayer>>, request: Request, next: Next) -> Response {
    let given = request.headers();
    let asks_beforehand =
        given.contains_key(header::ORIGIN) && given.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let is_meant = request.method() != Method::OPTIONS || asks_beforehand;
    match cors.filter(|_| is_meant && path::is_api(request.uri().path())) {
        Some(cors) => match cors.layer(next).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        None => next.run(request).await,
    }
}
