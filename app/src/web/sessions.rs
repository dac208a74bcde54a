//! Sessions: tower-sessions does the protocol, `shop::accounts::sessions` keeps the rows.

use super::cookies::{cart_cookie, cookie_name, device_cookie};
use super::errors::log;
use super::flash::Tone;
use super::redirect::local;
use super::visit::{App, FLASH, SESSION, USER, Visit};
use super::{error_page, form, kept};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use shop::accounts::{Origin, SignedIn, Staff, sessions as rows};
use shop::id::{SessionId, UserId};
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

const IP: &str = "ip";
const USER_AGENT: &str = "user_agent";

/// By which `shop::accounts::sessions` lists sessions.
const LISTED: [&str; 4] = [USER, SESSION, IP, USER_AGENT];

pub fn layer(app: &App) -> SessionManagerLayer<SessionRows> {
    // Lax, not Strict: the way back from the payment page must find its session.
    SessionManagerLayer::new(SessionRows(app.shop.clone()))
        .with_name(cookie_name(&app.config, "session"))
        .with_same_site(SameSite::Lax)
        .with_http_only(true)
        .with_secure(app.config.is_https())
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(LIFE))
}

/// Signs the visitor in: a new session id (a planted one never becomes signed in), and who it is.
pub async fn sign_in(visit: &Visit, user: UserId, id: SessionId) -> shop::Result<()> {
    let session = &visit.session;
    let set = async {
        // one that nobody brought has a new id anyway
        if session.id().is_some() {
            session.cycle_id().await?;
        }
        session.insert(USER, user).await?;
        session.insert(SESSION, id).await?;
        session.insert(IP, &visit.visitor.origin.ip).await?;
        session.insert(USER_AGENT, &visit.visitor.origin.user_agent).await
    };
    set.await.map_err(broken)
}

/// Opens the session of somebody who proved who they are, and goes on to where they wanted. The guest's cart went into
/// the account's, so its cookie is cleared.
pub async fn welcome(visit: &Visit, signed_in: SignedIn, next: &str, home: &str) -> shop::Result<form::Next> {
    sign_in(visit, signed_in.user, signed_in.session).await?;
    // a form that was kept for them comes first
    let kept = kept::page_after(visit, &signed_in, next).await?;
    let known = device_cookie(&visit.app.config, &signed_in.device_token);
    let to = kept.or_else(|| local(next)).unwrap_or_else(|| home.to_owned());
    let mut answer = form::Next::to(to).cookie(Some(known));
    for notice in &signed_in.cart {
        answer = answer.tell(Tone::Info, notice.say(visit.locale()));
    }
    if visit.visitor.cart_token.is_some() {
        answer = answer.cookie(Some(cart_cookie(&visit.app.config, None)));
    }
    Ok(answer)
}

/// Whose session this is, and whether it holds anything under this key.
pub(super) async fn glance(
    shop: &Shop,
    id: &Id,
    key: &str,
    origin: &Origin,
    is_use: bool,
) -> shop::Result<Option<rows::Glance>> {
    rows::glance(shop, &hash(id), key, origin, is_use).await
}

/// Whoever works here and has this session, as things stand now; `None` when it is over, or they do not any more.
pub async fn staff_now(visit: &Visit) -> shop::Result<Option<Staff>> {
    let Some(id) = visit.session.id() else { return Ok(None) };
    let seen = glance(visit.shop(), &id, FLASH, &visit.visitor.origin, false).await?;
    Ok(seen.and_then(|seen| seen.identity).and_then(|identity| identity.staff))
}

/// Ends the session, in the database first.
pub async fn sign_out(visit: &Visit) -> shop::Result<()> {
    visit.session.flush().await.map_err(broken)
}

/// Middleware round the sessions: tower-sessions answers with an empty 500 when it cannot keep one, which is no fault
/// of ours but a database that is away. Every 500 of ours is a page.
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
pub struct SessionRows(Arc<Shop>);

impl fmt::Debug for SessionRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionRows")
    }
}

impl SessionRows {
    /// What the rows hold of a session: plain what sessions are listed by, encrypted all else.
    fn parts(&self, record: &Record) -> session_store::Result<(Value, DateTime<Utc>)> {
        let secret = record.id.to_string();
        let kept = record.data.iter().map(|(name, value)| {
            let value = match LISTED.contains(&name.as_str()) {
                true => value.clone(),
                false => rows::seal_value(&self.0, &secret, value).map_err(backend)?,
            };
            Ok((name.clone(), value))
        });
        let data: Map<String, Value> = kept.collect::<session_store::Result<_>>()?;
        let expires = DateTime::from_timestamp(record.expiry_date.unix_timestamp(), 0).unwrap_or_default();
        Ok((Value::Object(data), expires))
    }
}

fn hash(id: &Id) -> [u8; 32] {
    shop::token_hash(&id.to_string())
}

fn backend(e: Error) -> session_store::Error {
    log(&e);
    session_store::Error::Backend(e.to_string())
}

#[async_trait::async_trait]
impl SessionStore for SessionRows {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        loop {
            let (data, expires) = self.parts(record)?;
            if rows::create(&self.0, &hash(&record.id), &data, expires).await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let (data, expires) = self.parts(record)?;
        rows::save(&self.0, &hash(&record.id), &data, expires).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let stored = rows::load(&self.0, &hash(id)).await.map_err(backend)?;
        let secret = id.to_string();
        Ok(stored.map(|stored| {
            let data = stored.data.as_object().cloned().unwrap_or_default().into_iter();
            // what no secret of ours opens is gone, as a flash is after a page
            let data = data.filter_map(|(name, value)| Some((name, rows::open_value(&self.0, &secret, value)?)));
            Record {
                id: *id,
                data: data.collect(),
                expiry_date: OffsetDateTime::from_unix_timestamp(stored.expires_at.timestamp())
                    .unwrap_or(OffsetDateTime::UNIX_EPOCH),
            }
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        rows::delete(&self.0, &hash(id)).await.map_err(backend)
    }
}
