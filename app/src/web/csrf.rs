//! Unsafe requests come from our own pages, or not at all.
//!
//! Browsers say where a request comes from (`Sec-Fetch-Site`; `Origin` in older ones) and scripts cannot forge either,
//! so no token has to be carried through forms. See the OWASP CSRF cheat sheet, "Fetch Metadata headers".

use super::error_page;
use super::visit::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

/// Where webhooks of development are posted to; it reads no cookies either.
pub const DEV_WEBHOOKS: &str = "/dev/webhooks/in";
/// Where mail programs post to when somebody wants no more mail (RFC 8058). Its key is in the address.
pub const UNSUBSCRIBE: &str = "/notifications/unsubscribe";

/// Where programs post to that have no cookie of ours.
const OF_PROGRAMS: [&str; 2] = [DEV_WEBHOOKS, UNSUBSCRIBE];

/// Where mail programs stop mail at the press of a button (RFC 8058): they post there from wherever they run, without
/// cookies, and the secret in the address is the proof.
pub const ONE_CLICK: &str = "/watches/one-click";

/// Middleware: refuses an unsafe method from another site. The JSON API never reads cookies (tokens and signatures
/// only), so it has nothing to forge.
pub async fn refuse_foreign(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let exempt = request.method().is_safe()
        || path.starts_with("/api/")
        || (path == ONE_CLICK && request.method() == Method::POST)
        || (OF_PROGRAMS.contains(&path) && !is_of_a_browser(request.headers()));
    if exempt || is_our_own(request.headers(), &app.config.public_url) {
        return next.run(request).await;
    }
    tracing::warn!(path = request.uri().path(), "refused a request from another site");
    error_page::status(StatusCode::FORBIDDEN, None)
}

/// Browsers say where an unsafe request comes from; programs do not.
fn is_of_a_browser(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

/// Whether a request that says from which page it comes, comes from one of ours.
pub fn is_our_own_origin(headers: &HeaderMap, public_url: &url::Url) -> bool {
    let text = |name| headers.get(name).and_then(|v: &axum::http::HeaderValue| v.to_str().ok());
    match text(header::ORIGIN) {
        // the address the shop is known by, or, for a shop reached under several names, the one of this very request
        Some(origin) => {
            origin == public_url.origin().ascii_serialization()
                || text(header::HOST).is_some_and(|host| origin == format!("{}://{host}", public_url.scheme()))
        }
        None => false,
    }
}

fn is_our_own(headers: &HeaderMap, public_url: &url::Url) -> bool {
    let text = |name| headers.get(name).and_then(|v: &axum::http::HeaderValue| v.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    is_our_own_origin(headers, public_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_requests() {
        let shop = url::Url::parse("https://shop.example").unwrap();
        let own = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            is_our_own(&headers, &shop)
        };
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("origin", "https://shop.example")]));
        assert!(own(&[("origin", "https://www.shop.example"), ("host", "www.shop.example")]));
        assert!(!own(&[]));
        assert!(!own(&[("origin", "null")]));
        assert!(!own(&[("origin", "https://evil.example"), ("host", "shop.example")]));
        assert!(!own(&[("origin", "http://shop.example")]));
        assert!(!own(&[("sec-fetch-site", "same-site"), ("origin", "https://shop.example")]));
        assert!(!own(&[("sec-fetch-site", "cross-site"), ("origin", "https://shop.example")]));
    }
}
