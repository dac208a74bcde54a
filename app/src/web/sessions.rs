//! Cookies: the session's, the guest cart's, the known device's and that of kept forms. tower-sessions does the protocol, `shop::accounts::sessions` keeps the rows.

use super::error_page;
use super::visit::{App, SESSION, USER, Visit};
use crate::config::Config;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use shop::accounts::{Origin, sessions as rows};
use shop::id::{SessionId, UserId};
use shop::kept_forms::KEPT_FOR;
use shop::{Error, Shop};
use std::fmt;
use std::sync::Arc;
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};
use tower_sessions::{Expiry, SessionManagerLayer};

/// A session lives two weeks from when it was last used.
const LIFE: time::Duration = time::Duration::days(14);
/// A guest's cart cookie lives as long as the cart.
const CART_SECONDS: i64 = 30 * 24 * 3600;
/// As long as browsers keep a cookie at most (RFC 6265bis, 5.5).
const DEVICE_SECONDS: i64 = 400 * 24 * 3600;

pub fn layer(app: &App) -> SessionManagerLayer<Rows> {
    // Lax, not Strict: the way back from the payment page must find its session.
    SessionManagerLayer::new(Rows(app.shop.clone()))
        .with_name(cookie_name(&app.config, "session"))
        .with_same_site(SameSite::Lax)
        .with_http_only(true)
        .with_secure(app.config.is_https())
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(LIFE))
}

fn cookie_name(config: &Config, name: &str) -> String {
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

/// Signs the visitor in: a new session id (a planted one never becomes signed in), and who it is.
pub async fn sign_in(visit: &Visit, user: UserId, id: SessionId) -> shop::Result<()> {
    let session = &visit.session;
    let set = async {
        session.cycle_id().await?;
        session.insert(USER, user).await?;
        session.insert(SESSION, id).await?;
        session.insert("ip", &visit.visitor.origin.ip).await?;
        session.insert("user_agent", &visit.visitor.origin.user_agent).await
    };
    set.await.map_err(broken)
}

/// Whose session this is, and whether it holds anything under this key.
pub(super) async fn glance(shop: &Shop, id: &Id, key: &str, origin: &Origin) -> shop::Result<Option<rows::Glance>> {
    rows::glance(shop, &hash(id), key, origin).await
}

/// Ends the session, in the database first.
pub async fn sign_out(visit: &Visit) -> shop::Result<()> {
    visit.session.flush().await.map_err(broken)
}

/// Middleware round the sessions: tower-sessions answers with an empty 500 when it cannot keep one, which is no fault of
/// ours but a database that is away. Every 500 of ours is a page.
pub async fn or_unavailable(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_bare = response.status().is_server_error() && !response.headers().contains_key(header::CONTENT_TYPE);
    if is_bare { error_page::status(StatusCode::SERVICE_UNAVAILABLE, None) } else { response }
}

fn broken(e: tower_sessions::session::Error) -> Error {
    Error::Unavailable(anyhow::Error::new(e))
}

/// The `sessions` table as a store.
#[derive(Clone)]
pub struct Rows(Arc<Shop>);

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rows")
    }
}

impl Rows {
    fn parts(record: &Record) -> (Value, DateTime<Utc>) {
        let data: Map<String, Value> = record.data.clone().into_iter().collect();
        let expires = DateTime::from_timestamp(record.expiry_date.unix_timestamp(), 0).unwrap_or_default();
        (Value::Object(data), expires)
    }
}

fn hash(id: &Id) -> [u8; 32] {
    shop::token_hash(&id.to_string())
}

fn backend(e: Error) -> session_store::Error {
    super::page::log(&e);
    session_store::Error::Backend(e.to_string())
}

#[async_trait::async_trait]
impl SessionStore for Rows {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let (data, expires) = Self::parts(record);
        while !rows::create(&self.0, &hash(&record.id), &data, expires).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let (data, expires) = Self::parts(record);
        rows::save(&self.0, &hash(&record.id), &data, expires).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let stored = rows::load(&self.0, &hash(id)).await.map_err(backend)?;
        Ok(stored.map(|stored| Record {
            id: *id,
            data: stored.data.as_object().cloned().unwrap_or_default().into_iter().collect(),
            expiry_date: OffsetDateTime::from_unix_timestamp(stored.expires_at.timestamp())
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        rows::delete(&self.0, &hash(id)).await.map_err(backend)
    }
}
