//! Headers that every answer carries.

use super::path::{is_api, is_below};
use super::visit::App;
use crate::config::Config;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The headers that identify the caller: personal answers vary by them.
const WHO_ASKS: HeaderValue = HeaderValue::from_static("cookie");
const WHO_ASKS_THE_API: HeaderValue = HeaderValue::from_static("authorization, x-api-key, x-cart-token");

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

#[derive(Clone)]
struct Nonce(String);

/// The nonce of the answer to this request.
pub fn nonce(extensions: &axum::http::Extensions) -> String {
    extensions.get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default()
}

/// Middleware: a request id, a nonce, and the security headers.
pub async fn secure(State(config): State<Arc<Config>>, mut request: Request, next: Next) -> Response {
    let nonce = hex::encode(shop::random_bytes::<16>());
    let id = request_id(&request);
    request.extensions_mut().insert(Nonce(nonce.clone()));
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let path = request.uri().path();
    let (private, to_the_api) = (is_private(path), is_api(path));

    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, &policy(&config, &nonce));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(PERMISSIONS, "camera=(), geolocation=(), microphone=(), payment=(self)");
    if config.public_url.scheme() == "https" {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    // pages show who is signed in and what is in the cart: no cache may keep them for others
    let is_personal = !headers.contains_key(header::CACHE_CONTROL);
    if is_personal {
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static(if private { "no-store" } else { "private, no-cache" }),
        );
        headers.append(header::VARY, if to_the_api { WHO_ASKS_THE_API } else { WHO_ASKS });
    }
    headers.insert(REQUEST_ID, id);
    response
}

/// Scripts only with this answer's nonce, nothing inline, nothing from elsewhere. Forms may lead on to the payment
/// page: browsers apply `form-action` to the redirect after a form, too.
fn policy(config: &Config, nonce: &str) -> String {
    policy_with(&config.payment_page_origin, nonce, &Opened::default())
}

/// For whom a page is opened beside ourselves; each a list of origins.
#[derive(Default)]
struct Opened {
    scripts: String,
    frames: String,
    connections: String,
    pictures: String,
}

impl Opened {
    /// What Stripe's script and its Payment Element need, from Stripe's own list.
    /// <https://docs.stripe.com/security/guide#content-security-policy>
    fn stripe() -> Self {
        Self {
            scripts: "https://js.stripe.com https://*.js.stripe.com".into(),
            frames: "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com".into(),
            connections: "https://api.stripe.com".into(),
            pictures: "https://*.stripe.com".into(),
        }
    }

    fn offline(origin: &str) -> Self {
        let all = || origin.to_owned();
        Self { scripts: all(), frames: all(), connections: all(), pictures: String::new() }
    }
}

fn policy_with(pay: &str, nonce: &str, opened: &Opened) -> String {
    let Opened { scripts, frames, connections, pictures } = opened;
    let list = |name: &str, own: &str, others: &str| match (own, others) {
        ("", "") => String::new(),
        (own, others) => format!("{name} {}; ", format!("{own} {others}").trim()),
    };
    format!(
        "default-src 'none'; {}style-src 'self'; {}font-src 'self'; {}{}manifest-src 'self'; form-action 'self' {pay}; \
         base-uri 'none'; frame-ancestors 'none'",
        list("script-src", &format!("'nonce-{nonce}'"), scripts),
        list("img-src", "'self' data:", pictures),
        list("frame-src", "", frames),
        list("connect-src", "'self'", connections),
    )
}

/// For the one page on which Stripe's form stands: open to Stripe, or to the offline Stripe, and to nobody else.
pub fn for_payment(app: &App, nonce: &str) -> Vec<(HeaderName, HeaderValue)> {
    let (opened, wallets) = match app.config.offline_script_origin() {
        None => (Opened::stripe(), "self \"https://js.stripe.com\" \"https://hooks.stripe.com\""),
        Some(origin) => (Opened::offline(&origin), "self"),
    };
    let policy = policy_with(&app.config.payment_page_origin, nonce, &opened);
    let permissions = format!("camera=(), geolocation=(), microphone=(), payment=({wallets})");
    let named = [(header::CONTENT_SECURITY_POLICY, policy), (PERMISSIONS, permissions)];
    named.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?))).collect()
}

/// Pages and answers that hold personal data are not even kept in the client's own cache.
fn is_private(path: &str) -> bool {
    ["/admin", "/api", "/account", "/orders", "/checkout", "/login", "/register", "/reset-password", "/watches", "/dev"]
        .iter()
        .any(|place| is_below(place, path))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_payment_page_is_open_to_stripe_and_to_nobody_else() {
        let pay = "https://checkout.stripe.com";
        let everywhere = policy_with(pay, "n", &Opened::default());
        assert_eq!(
            everywhere,
            "default-src 'none'; script-src 'nonce-n'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
             connect-src 'self'; manifest-src 'self'; form-action 'self' https://checkout.stripe.com; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        let open = policy_with(pay, "n", &Opened::stripe());
        assert_eq!(
            open,
            "default-src 'none'; script-src 'nonce-n' https://js.stripe.com https://*.js.stripe.com; style-src 'self'; \
             img-src 'self' data: https://*.stripe.com; font-src 'self'; \
             frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com; \
             connect-src 'self' https://api.stripe.com; manifest-src 'self'; \
             form-action 'self' https://checkout.stripe.com; base-uri 'none'; frame-ancestors 'none'"
        );
    }
}
