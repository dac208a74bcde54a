//! Error pages outside of Leptos: for refused forms, faults of the server and requests that never reached a page.

use super::errors::{CAUSES, Causes, Words, log, retry_after, status_of, words};
use super::name::ShopName;
use super::visit::{App, Visit};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use shop::words::Locale;
use shop::{Error, say};

/// What an error page shows beside its words: a drawing of a shelf with nothing on it.
pub const EMPTY_SHELF: &str = include_str!("empty-shelf.svg");

/// The page for an error.
pub fn of(e: &Error, visit: Option<&Visit>) -> Response {
    log(e);
    let mut response = status(status_of(e), visit);
    if let Error::TooMany { retry_after } = e {
        let seconds = HeaderValue::from(retry_after.as_secs().max(1));
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response.extensions_mut().insert(Causes(e.causes()));
    response
}

/// The page for a panic.
pub fn panicked(words: &str) -> Response {
    let mut response = status(StatusCode::INTERNAL_SERVER_ERROR, None);
    response.extensions_mut().insert(Causes(vec![words.to_owned()]));
    response
}

fn listed(Causes(causes): &Causes) -> String {
    if causes.is_empty() {
        return String::new();
    }
    let items: String = causes.iter().map(|cause| format!("<li>{}</li>", escaped(cause))).collect();
    format!(r#"<div class="error-page__causes"><p>{CAUSES}</p><ol>{items}</ol></div>"#)
}

/// The page for a status; [`write_out`] writes it.
pub fn status(status: StatusCode, visit: Option<&Visit>) -> Response {
    with_more(status, visit, "")
}

/// The same with more HTML below its words.
pub fn with_more(status: StatusCode, visit: Option<&Visit>, more: &str) -> Response {
    let admin = visit.is_some_and(|v| v.path.starts_with("/admin") || v.path.starts_with("/do/ironmonger/admin"));
    // the type says already that it is a page
    let mut response = (status, Html("")).into_response();
    response.extensions_mut().insert(Unwritten { admin, more: more.to_owned() });
    if let Some(wait) = retry_after(status) {
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    response
}

/// A page that is still to be written, since the shop's name stands on it.
#[derive(Clone)]
struct Unwritten {
    admin: bool,
    /// HTML below its words.
    more: String,
}

/// Middleware: writes the pages of all errors that happened outside of Leptos.
pub async fn write_out(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(Unwritten { admin, more }) = response.extensions_mut().remove() else { return response };
    let locale = app.shop.locale;
    let Words { status, title, text } = words(locale, response.status());
    let (home, way_on) = if admin {
        ("/admin", say!(locale, "error-to-the-dashboard"))
    } else {
        ("/", say!(locale, "error-to-the-shop"))
    };
    let code = status.as_u16();
    let causes = response.extensions().get().filter(|_| app.config.is_development()).map(listed).unwrap_or_default();
    let whole_title = ShopName::at_once(&app.shop).await.after(&title);
    let body = format!(
        r#"<p class="error-page__code">{code}</p><h1 class="error-page__title">{title}</h1><p>{text}</p>{more}
<p class="cluster"><a class="button" href="{home}">{way_on}</a></p>{causes}"#
    );
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(frame(locale, &whole_title, "", &body));
    response
}

/// A page outside of Leptos: what is said stands beside the empty shelf.
pub fn frame(locale: Locale, title: &str, head: &str, body: &str) -> String {
    let (lang, title, css) = (locale.tag(), escaped(title), super::assets::path("app.css"));
    format!(
        r#"<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>{head}<meta name="robots" content="noindex"><link rel="stylesheet" href="{css}"></head>
<body class="site"><main id="main" class="page"><div class="container error-page">
<div>{body}</div><div>{EMPTY_SHELF}</div></div></main></body></html>"#
    )
}

/// Text as HTML has it.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
