//! The visit: everything known about the request at hand, for pages and forms alike.

use super::flash::Flash;
use super::kept::Kept;
use crate::config::Config;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shop::accounts::{Origin, Staff, Visitor};
use shop::{Error, Result, Shop};
use std::ops::Deref;
use std::sync::Arc;
use tower_sessions::Session;

/// What every door shares.
#[derive(Clone)]
pub struct App {
    pub shop: Arc<Shop>,
    pub config: Arc<Config>,
}

/// One request: by whom, where, with what message left from the last one. Cheap to clone.
#[derive(Clone)]
pub struct Visit(Arc<Inner>);

#[derive(Clone)]
pub struct Inner {
    pub app: App,
    pub session: Session,
    pub visitor: Visitor,
    pub staff: Option<Staff>,
    pub flash: Flash,
    /// What became of forms that came too late, in this browser.
    pub kept: Kept,
    /// Path without query.
    pub path: String,
    /// Query without question mark.
    pub query: String,
    /// For script elements of this answer; see the Content-Security-Policy.
    pub nonce: String,
}

impl Deref for Visit {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Visit {
    pub fn shop(&self) -> &Shop {
        &self.app.shop
    }

    /// The member of staff who asks; others are asked to sign in, or refused.
    pub fn staff(&self) -> Result<&Staff> {
        match (&self.staff, &self.visitor.customer) {
            (Some(staff), _) => Ok(staff),
            (None, None) => Err(Error::Unauthenticated),
            (None, Some(_)) => Err(Error::Forbidden),
        }
    }

    /// The customer who asks.
    pub fn customer(&self) -> Result<&shop::accounts::Customer> {
        self.visitor.customer.as_ref().ok_or(Error::Unauthenticated)
    }

    /// The address of this page, with its query.
    pub fn here(&self) -> String {
        address(&self.path, &self.query)
    }

    /// The value of a query parameter, the last one if it stands there twice.
    pub fn param(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned())
    }

    /// All pairs of the query.
    pub fn pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// The same with something of it changed.
    pub fn but(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner::clone(self);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    pub fn is_development(&self) -> bool {
        self.app.config.is_development()
    }
}

/// The visit at hand, inside a page or form.
pub fn use_visit() -> Visit {
    leptos::prelude::expect_context()
}

/// Session keys. Only ids and the flash are kept there.
pub const USER: &str = "user";
pub const SESSION: &str = "session";
pub const FLASH: &str = "flash";

/// Middleware: finds out who asks and leaves the `Visit` in the request.
pub async fn attach(State(app): State<App>, session: Session, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let cache = app.shop.cache.clone();
    match visit_of(app, session, &parts).await {
        Ok(visit) => {
            let staff_write = visit.staff.is_some() && !parts.method.is_safe();
            parts.extensions.insert(visit);
            let response = next.run(Request::from_parts(parts, body)).await;
            if staff_write {
                // what they wrote is on the page that they see next
                cache.forget();
            }
            response
        }
        Err(e) => super::error_page::of(&e, None).into_response(),
    }
}

async fn visit_of(app: App, session: Session, request: &Parts) -> Result<Visit> {
    let broken = |e: tower_sessions::session::Error| Error::Unavailable(anyhow::Error::new(e));
    let headers = &request.headers;
    let origin = Origin {
        ip: super::client::address(request, app.config.trusted_proxies),
        user_agent: text(headers, header::USER_AGENT).map(|ua| ua.chars().take(300).collect()),
        request_id: text(headers, super::headers::REQUEST_ID),
        once: None,
    };
    let mut visitor = Visitor {
        cart_token: super::sessions::cart_token(&app.config, headers),
        device_token: super::sessions::device_token(&app.config, headers),
        ..Visitor::default()
    };
    let (mut staff, mut flash) = (None, Flash::default());
    let is_page = request.method == Method::GET && !request.uri.path().starts_with("/do/");
    if let Some(id) = session.id() {
        match super::sessions::glance(&app.shop, &id, FLASH, &origin).await? {
            Some(seen) => {
                if let Some(identity) = seen.identity {
                    visitor.customer = Some(identity.customer);
                    staff = identity.staff;
                }
                // what was left for the next page is read once, by a page
                if is_page && seen.holds {
                    flash = session.remove::<Flash>(FLASH).await.map_err(broken)?.unwrap_or_default();
                }
            }
            // finds out that there is none, and takes the cookie back
            None => session.load().await.map_err(broken)?,
        }
    }
    visitor.origin = origin;
    let (path, query) = (request.uri.path().to_owned(), request.uri.query().unwrap_or_default().to_owned());
    let mut kept = Kept::of(&app.config, headers);
    if is_page && flash.refused.is_none() {
        kept.offer(&app.shop, &visitor, &address(&path, &query), &mut flash).await?;
    }
    Ok(Visit(Arc::new(Inner {
        app,
        session,
        visitor,
        staff,
        flash,
        kept,
        path,
        query,
        nonce: super::headers::nonce(&request.extensions),
    })))
}

fn address(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
