//! The guard before `/admin`: it stands in front of Leptos, and every command asks again.

use super::error_page;
use super::redirect::{local, see_other};
use super::visit::Visit;
use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shop::Error;

/// Middleware: lets staff pass; sends others to the sign-in page, with an empty body.
pub async fn staff_only(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // other methods fall through to a 405, which is truer than a redirect to the sign-in page
    let is_usual = request.method().is_idempotent() || matches!(*request.method(), Method::POST | Method::PATCH);
    let is_odd = !is_usual || matches!(*request.method(), Method::TRACE | Method::OPTIONS);
    let guarded = (path == "/admin" || path.starts_with("/admin/")) && !is_open(path) && !is_odd;
    let Some(visit) = request.extensions().get::<Visit>().filter(|_| guarded) else {
        return next.run(request).await;
    };
    match visit.staff() {
        Ok(_) => next.run(request).await,
        Err(Error::Unauthenticated) => see_other(&login_address(&visit.here())),
        Err(e) => error_page::of(&e, Some(visit)).into_response(),
    }
}

/// Pages of the admin for those who are not signed in yet.
pub fn is_open(path: &str) -> bool {
    matches!(path, "/admin/login" | "/admin/join")
}

/// Where to sign in for a page, and come back to it.
pub fn login_address(wanted: &str) -> String {
    let login = if wanted.starts_with("/admin") { "/admin/login" } else { "/login" };
    match local(wanted).filter(|w| w != "/" && w != "/admin" && !w.starts_with(login)) {
        Some(wanted) => {
            let next: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
            format!("{login}?next={next}")
        }
        None => login.to_owned(),
    }
}
