//! Who visits: found out once for each request of a browser, before anything else is done for it.

use super::cookies::{cart_token, device_token};
use super::flash::Flash;
use super::headers::{REQUEST_ID, nonce};
use super::kept::KeptForms;
use super::live::{EVENTS, is_refresh};
use super::sessions::glance;
use super::visit::{App, FLASH, Inner, Visit, address};
use super::{client, error_page};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shop::accounts::{Origin, Visitor};
use shop::{Error, Result};
use tower_sessions::Session;

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
        Err(e) => error_page::of(&e, None).into_response(),
    }
}

async fn visit_of(app: App, session: Session, request: &Parts) -> Result<Visit> {
    let broken = |e: tower_sessions::session::Error| Error::Unavailable(anyhow::Error::new(e));
    let headers = &request.headers;
    let origin = Origin {
        ip: client::address(request, app.config.trusted_proxies),
        user_agent: text(headers, header::USER_AGENT).map(|ua| ua.chars().take(300).collect()),
        request_id: text(headers, REQUEST_ID),
        once: None,
    };
    let mut visitor = Visitor {
        cart_token: cart_token(&app.config, headers),
        device_token: device_token(&app.config, headers),
        ..Visitor::default()
    };
    let (mut staff, mut flash) = (None, Flash::default());
    // what is asked for by the page that is open already shows nothing that is said once
    let is_by_itself = request.uri.path() == EVENTS || is_refresh(headers);
    let is_page = request.method == Method::GET && !request.uri.path().starts_with("/do/") && !is_by_itself;
    if let Some(id) = session.id() {
        match glance(&app.shop, &id, FLASH, &origin, !is_by_itself).await? {
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
    let mut kept = KeptForms::of(&app.config, headers);
    if is_page && flash.refused.is_none() {
        kept.offer(&app.shop, &visitor, &address(&path, &query), &mut flash).await?;
    }
    let flash = flash.in_language(app.shop.locale);
    Ok(Visit::of(Inner { app, session, visitor, staff, flash, kept, path, query, nonce: nonce(&request.extensions) }))
}

fn text(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
