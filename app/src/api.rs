//! The JSON API, for apps and other machines: the same acts as the pages, by a token or key instead of a cookie.
//!
//! Each file is a resource; an endpoint says who asks ([`caller`]), calls `shop` and [`answer`]s. What is wrong is a
//! [`fault`], and all errors have one body, wherever they come from. `docs/API.md` is for its users.

pub mod answer;
pub mod caller;
pub mod codes;
pub mod conditional;
mod conversations;
pub mod cors;
pub mod document;
pub mod extract;
pub mod fault;
pub mod headers;
mod idempotency;
pub mod known_fields;
pub mod limits;
pub mod precondition;
pub mod query;

mod audit_logs;
mod auth;
mod cart;
mod categories;
mod customers;
pub mod health;
mod imports;
mod inventory;
mod live;
mod notifications;
mod orders;
mod patch;
mod payments;
mod products;
mod settings;
mod stripe;
mod uploads;
mod users;
mod watches;
mod webhooks;

use crate::web::App;
use axum::Router;
use axum::extract::{OriginalUri, Request};
use axum::http::{StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use document::Document;
use fault::{Fault, Result};
use known_fields::KnownFields;
use std::convert::Infallible;
use std::sync::Arc;
use tower::Layer;
use tower::util::MapRequestLayer;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// The endpoints and their description.
fn endpoints() -> (Router<App>, OpenApi) {
    let resources = [
        audit_logs::routes(),
        auth::routes(),
        cart::routes(),
        categories::routes(),
        customers::routes(),
        health::routes(),
        imports::routes(),
        inventory::routes(),
        live::routes(),
        notifications::routes(),
        orders::routes(),
        payments::routes(),
        products::routes(),
        settings::routes(),
        uploads::routes(),
        users::routes(),
        watches::routes(),
        conversations::routes(),
        webhooks::routes(),
        stripe::routes(),
    ];
    let resources = resources.into_iter().fold(OpenApiRouter::new(), OpenApiRouter::merge);
    let (router, mut document) =
        OpenApiRouter::with_openapi(Document::openapi()).nest("/api", resources).split_for_parts();
    document::name_operations(&mut document);
    idempotency::describe(&mut document);
    webhooks::describe(&mut document);
    (router, document)
}

pub fn routes(app: &App) -> Router<App> {
    let (endpoints, document) = endpoints();
    endpoints
        .layer(from_fn_with_state(app.clone(), idempotency::replay))
        .layer(from_fn_with_state(Arc::new(KnownFields::of(&document)), known_fields::only))
        .merge(document::pages(&document))
        .route("/api", any(nothing))
        .route("/api/", any(nothing))
        .route("/api/{*rest}", any(nothing))
        .layer(from_fn_with_state(limits::Principals::of(&app.config), limits::by_principal))
        .layer(from_fn_with_state(app.clone(), caller::identify))
        .layer(from_fn(conditional::read))
}

async fn nothing() -> Result<Infallible> {
    Err(Fault::of(StatusCode::NOT_FOUND))
}

/// `/api/v1` is `/api`: the address is changed before anything looks at it. What an error says of its path is what was
/// asked.
pub fn versions_alike(router: Router) -> Router {
    let unversioned = |mut request: Request| {
        if let Some(uri) = without_version(request.uri()) {
            let asked = std::mem::replace(request.uri_mut(), uri);
            request.extensions_mut().insert(OriginalUri(asked));
        }
        request
    };
    Router::new().fallback_service(MapRequestLayer::new(unversioned).layer(router))
}

fn without_version(uri: &Uri) -> Option<Uri> {
    let rest = uri.path().strip_prefix("/api/v1")?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = format!("/api{rest}{query}").parse().ok();
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_alike() {
        let to = |from: &str| without_version(&from.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(to("/api/v1/orders?page=2").as_deref(), Some("/api/orders?page=2"));
        assert_eq!(to("/api/v1").as_deref(), Some("/api"));
        assert_eq!(to("http://shop.test/api/v1/x%2Fy").as_deref(), Some("http://shop.test/api/x%2Fy"));
        for other in ["/api/v10/orders", "/api/orders", "/", "/products/api/v1"] {
            assert_eq!(to(other), None, "{other}");
        }
    }
}
