//! Headers that every answer carries.

use super::visit::App;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Clone)]
struct Nonce(String);

/// The nonce of the answer to this request.
pub fn nonce(extensions: &axum::http::Extensions) -> String {
    extensions.get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default()
}

/// Middleware: a request id, a nonce, and the security headers.
pub async fn secure(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let nonce = hex::encode(shop::random_bytes::<16>());
    let id = request_id(&request);
    request.extensions_mut().insert(Nonce(nonce.clone()));
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let private = is_private(request.uri().path());

    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, &policy(&app, &nonce));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(self)");
    if app.config.public_url.scheme() == "https" {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    // pages show who is signed in and what is in the cart: no cache may keep them for others
    set(header::CACHE_CONTROL, if private { "no-store" } else { "private, no-cache" });
    headers.insert(REQUEST_ID, id);
    response
}

/// Scripts only with this answer's nonce, nothing inline, nothing from elsewhere. Forms may lead on to the payment page:
/// browsers apply `form-action` to the redirect after a form, too.
fn policy(app: &App, nonce: &str) -> String {
    let pay = &app.config.payment_page_origin;
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; form-action 'self' {pay}; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Pages that hold personal data are not even kept in the browser's own cache.
fn is_private(path: &str) -> bool {
    ["/admin", "/account", "/orders", "/checkout", "/login", "/register", "/reset-password", "/dev"]
        .iter()
        .any(|p| path.strip_prefix(p).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The id that a proxy gave, if it is a plain word; else one of our own.
fn request_id(request: &Request) -> HeaderValue {
    let plain = |v: &&HeaderValue| {
        v.len() <= 64 && v.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    let given = request.headers().get(REQUEST_ID).filter(plain).cloned();
    let own = || HeaderValue::from_str(&uuid::Uuid::now_v7().to_string());
    given.or_else(|| own().ok()).unwrap_or(HeaderValue::from_static("-"))
}
