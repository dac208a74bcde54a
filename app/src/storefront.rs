//! What shoppers see.

pub mod cart;
mod frame;
mod home;
mod recovery;
mod sign_in;

use crate::web::App;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Route};
use leptos_router::{MatchNestedRoutes, SsrMode, path};

pub use frame::Frame;
pub use sign_in::{Leave, welcome};

/// Every page of the storefront.
#[component(transparent)]
pub fn StorefrontPages() -> impl MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("") view=frame::Outlined ssr=SsrMode::Async>
            <Route path=path!("") view=home::Home />
            <Route path=path!("/login") view=sign_in::Login />
            <Route path=path!("/register") view=sign_in::RegisterPage />
            <Route path=path!("/forgot-password") view=recovery::ForgotPassword />
            <Route path=path!("/reset-password") view=recovery::ResetPasswordPage />
            <Route path=path!("/verify-email") view=recovery::VerifyEmail />
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
