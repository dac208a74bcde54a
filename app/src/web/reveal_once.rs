//! A secret that one page shows once. It comes there by a cookie for that page alone, which the answer takes back: it
//! stands in no address, in no log, and not in the database.

use super::visit::Visit;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

const NAME: &str = "shown-once";
/// Long enough for a redirect.
const SECONDS: u32 = 60;

fn cookie(visit: &Visit, path: &str, value: &str, seconds: u32) -> String {
    let secure = if visit.app.config.is_https() { "; Secure" } else { "" };
    format!("{NAME}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// A `Set-Cookie` value that takes a secret, of letters and digits, to the page at this path.
pub fn send(visit: &Visit, path: &str, secret: &str) -> String {
    cookie(visit, path, secret, SECONDS)
}

/// The secret that came to this page, taken back with its answer.
pub fn take(visit: &Visit) -> Option<String> {
    let parts = use_context::<Parts>()?;
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, secret) = pairs.find(|(name, _)| *name == NAME)?;
    let gone = HeaderValue::from_str(&cookie(visit, &visit.path, "", 0)).ok()?;
    use_context::<ResponseOptions>()?.append_header(header::SET_COOKIE, gone);
    Some(secret.to_owned())
}
