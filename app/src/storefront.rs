//! What shoppers see.

mod frame;
mod home;

use crate::web::App;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Route};
use leptos_router::{MatchNestedRoutes, SsrMode, path};

pub use frame::Frame;

/// Every page of the storefront.
#[component(transparent)]
pub fn StorefrontPages() -> impl MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("") view=frame::Outlined ssr=SsrMode::Async>
            <Route path=path!("") view=home::Home />
        </ParentRoute>
    }
    .into_inner()
}

/// Routes of the storefront that are no Leptos pages.
pub fn routes() -> Router<App> {
    Router::new()
}

pub async fn picture() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

pub async fn robots() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

pub async fn sitemap() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

pub async fn sitemap_page() -> Response {
    StatusCode::NOT_FOUND.into_response()
}
