//! Which web pages of other sites may read the API's answers: those of `CORS_ORIGINS`, and none without it. Never with cookies,
//! which the API does not look at. Apps on telephones and servers are no pages and need none of this.

use super::limits;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::str::FromStr;
use std::time::Duration;
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser need not ask again; none remembers it for longer.
const REMEMBERED: Duration = Duration::from_secs(2 * 60 * 60);

/// `*`, or a list of origins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Origins {
    #[default]
    None,
    Any,
    These(Vec<HeaderValue>),
}

impl FromStr for Origins {
    /// What is wrong with which of them.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Ok(Self::None),
            "*" => Ok(Self::Any),
            list => list.split(',').map(|origin| one(origin.trim())).collect::<Result<_, _>>().map(Self::These),
        }
    }
}

/// As browsers write it: scheme, host and perhaps a port, nothing behind it. Apps made of a web view have schemes of their own.
fn one(origin: &str) -> Result<HeaderValue, String> {
    let wrong = || format!("{origin:?} is no origin such as https://app.example.com");
    let url = url::Url::parse(origin).map_err(|_| wrong())?;
    let canonical = match url.origin() {
        known @ url::Origin::Tuple(..) => known.ascii_serialization(),
        url::Origin::Opaque(_) => format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default()),
    };
    match url.has_host() && canonical == origin && !origin.contains('*') {
        true => HeaderValue::from_str(origin).map_err(|_| wrong()),
        false => Err(wrong()),
    }
}

impl Origins {
    /// What is said to pages; `None` when nothing is.
    pub fn layer(&self) -> Option<CorsLayer> {
        let origins = match self {
            Self::None => return None,
            Self::Any => AllowOrigin::any(),
            Self::These(origins) => AllowOrigin::list(origins.iter().cloned()),
        };
        let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let names = |names: &[&'static str]| names.iter().copied().map(HeaderName::from_static).collect::<Vec<_>>();
        let mut sent = names(&["x-api-key", "x-cart-token", "x-request-id", "idempotency-key"]);
        sent.extend([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH]);
        let mut shown = names(&["x-request-id", "x-cart-token", "idempotent-replayed"]);
        shown.extend([limits::LIMIT, limits::REMAINING, limits::RESET]);
        shown.extend([header::RETRY_AFTER, header::ETAG, header::LOCATION]);
        let layer = CorsLayer::new().allow_origin(origins).allow_methods(methods).allow_headers(sent);
        Some(layer.expose_headers(shown).max_age(REMEMBERED))
    }
}

/// Middleware: round everything that answers under `/api`, so that a page can read errors too. A question beforehand
/// (OPTIONS) is answered here: it comes without a key, and is not counted. Another OPTIONS is refused as anywhere.
pub async fn tell_pages(State(cors): State<Option<CorsLayer>>, request: Request, next: Next) -> Response {
    let given = request.headers();
    let asks_beforehand =
        given.contains_key(header::ORIGIN) && given.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let is_meant = request.method() != Method::OPTIONS || asks_beforehand;
    match cors.filter(|_| is_meant && super::is_below(request.uri().path())) {
        Some(cors) => match cors.layer(next).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_of_origins_and_nothing_else() {
        assert_eq!("".parse(), Ok(Origins::None));
        assert_eq!(" * ".parse(), Ok(Origins::Any));
        let origins = "https://app.example.com, http://localhost:5173,capacitor://localhost".parse().unwrap();
        let Origins::These(origins) = origins else { panic!("{origins:?}") };
        assert_eq!(origins, ["https://app.example.com", "http://localhost:5173", "capacitor://localhost"]);
        for wrong in [
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com/x",
            "https://*.example.com",
            "*, https://app.example.com",
            "https://app.example.com:443",
            "https://user@app.example.com",
            "null",
            "https://a.example,,",
        ] {
            let why = wrong.parse::<Origins>();
            assert!(why.is_err(), "{wrong}: {why:?}");
        }
    }
}
