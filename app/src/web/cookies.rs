//! Our cookies: the session's name, and the guest cart's, the known device's and that of kept forms.

use crate::config::Config;
use axum::http::{HeaderMap, header};
use shop::kept_forms::KEPT_FOR;

/// A guest's cart cookie lives as long as the cart.
const CART_SECONDS: i64 = 30 * 24 * 3600;
/// As long as browsers keep a cookie at most (RFC 6265bis, 5.5).
const DEVICE_SECONDS: i64 = 400 * 24 * 3600;

/// Of a cookie with this prefix browsers see to it that it is ours alone and travels by https only (RFC 6265bis,
/// 4.1.3.2).
pub fn cookie_name(config: &Config, name: &str) -> String {
    if config.is_https() { format!("__Host-{name}") } else { name.to_owned() }
}

/// The secret of a guest's cart, from its cookie.
pub fn cart_token(config: &Config, headers: &HeaderMap) -> Option<String> {
    token(config, headers, "cart")
}

/// The token of a device that signed in before, from its cookie.
pub fn device_token(config: &Config, headers: &HeaderMap) -> Option<String> {
    token(config, headers, "device")
}

/// The secret under which forms are kept for this browser, from its cookie.
pub fn kept_token(config: &Config, headers: &HeaderMap) -> Option<String> {
    token(config, headers, "kept")
}

fn token(config: &Config, headers: &HeaderMap, name: &str) -> Option<String> {
    let name = cookie_name(config, name);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let mut pairs = cookies.filter_map(|c| c.trim().split_once('='));
    pairs.find(|(key, value)| *key == name && value.len() == 64).map(|(_, value)| value.to_owned())
}

/// A `Set-Cookie` value that keeps a guest's cart token, or clears it.
pub fn cart_cookie(config: &Config, token: Option<&str>) -> String {
    let (value, age) = token.map_or(("", 0), |token| (token, CART_SECONDS));
    cookie(config, "cart", value, age)
}

/// A `Set-Cookie` value by which this browser is known when it signs in again.
pub fn device_cookie(config: &Config, token: &str) -> String {
    cookie(config, "device", token, DEVICE_SECONDS)
}

/// A `Set-Cookie` value with the secret under which forms are kept, for as long as they are; or that takes it back.
pub fn kept_cookie(config: &Config, token: Option<&str>) -> String {
    let (value, age) = token.map_or(("", 0), |token| (token, KEPT_FOR.num_seconds()));
    cookie(config, "kept", value, age)
}

fn cookie(config: &Config, name: &str, value: &str, age: i64) -> String {
    let (name, secure) = (cookie_name(config, name), if config.is_https() { "; Secure" } else { "" });
    format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}
