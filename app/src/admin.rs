//! The product management system: what staff see. A layer lets only staff in, and every command asks again.

mod account;
mod api_keys;
mod audit;
mod categories;
mod customers;
mod dashboard;
mod frame;
mod imports;
mod inventory;
mod jobs;
mod notifications;
mod orders;
mod payments;
mod products;
mod roles;
mod settings;
mod sign_in;
mod staff;
mod webhooks;

use crate::web::App;
use axum::Router;
use axum::routing::get;
use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Route};
use leptos_router::{MatchNestedRoutes, SsrMode, path};

pub use frame::{Badges, Frame};
pub use products::address as product_address;

/// Every page of the admin.
#[component(transparent)]
pub fn AdminPages() -> impl MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("/admin") view=frame::Outlined ssr=SsrMode::Async>
            <Route path=path!("/login") view=sign_in::Login />
            <Route path=path!("/join") view=staff::JoinPage />
            <Route path=path!("") view=dashboard::Dashboard />
            <Route path=path!("/orders") view=orders::Orders />
            <Route path=path!("/orders/:number") view=orders::OrderPage />
            <Route path=path!("/orders/:number/refund") view=orders::RefundPage />
            <Route path=path!("/payments") view=payments::Payments />
            <Route path=path!("/payments/differences") view=payments::Differences />
            <Route path=path!("/payments/differences/:difference") view=payments::DifferencePage />
            <Route path=path!("/customers") view=customers::Customers />
            <Route path=path!("/customers/:customer") view=customers::CustomerPage />
            <Route path=path!("/products") view=products::Products />
            <Route path=path!("/products/new") view=products::NewProduct />
            <Route path=path!("/products/pictures") view=products::Fetches />
            <Route path=path!("/products/:product") view=products::EditProduct />
            <Route path=path!("/products/:product/conflict") view=products::TwoVersions />
            <Route path=path!("/categories") view=categories::Categories />
            <Route path=path!("/categories/:category") view=categories::EditCategory />
            <Route path=path!("/import") view=imports::Imports />
            <Route path=path!("/import/:import") view=imports::ImportPage />
            <Route path=path!("/inventory") view=inventory::Levels />
            <Route path=path!("/inventory/:variant") view=inventory::Movements />
            <Route path=path!("/settings") view=settings::SettingsPage />
            <Route path=path!("/account") view=account::Account />
            <Route path=path!("/api-keys") view=api_keys::ApiKeys />
            <Route path=path!("/api-keys/new") view=api_keys::NewKey />
            <Route path=path!("/api-keys/:key") view=api_keys::KeyPage />
            <Route path=path!("/api-keys/:key/revoke") view=api_keys::RevokeKey />
            <Route path=path!("/staff") view=staff::StaffList />
            <Route path=path!("/staff/invite") view=staff::InviteStaff />
            <Route path=path!("/staff/:member") view=staff::MemberPage />
            <Route path=path!("/roles") view=roles::Roles />
            <Route path=path!("/roles/new") view=roles::NewRole />
            <Route path=path!("/roles/:role") view=roles::EditRole />
            <Route path=path!("/audit") view=audit::AuditLog />
            <Route path=path!("/audit/:entry") view=audit::EntryPage />
            <Route path=path!("/jobs") view=jobs::Jobs />
            <Route path=path!("/notifications") view=notifications::Notifications />
            <Route path=path!("/notifications/preferences") view=notifications::PreferencesPage />
            <Route path=path!("/webhooks") view=webhooks::Webhooks />
            <Route path=path!("/webhooks/new") view=webhooks::NewWebhook />
            <Route path=path!("/webhooks/:webhook") view=webhooks::WebhookPage />
            <Route path=path!("/webhooks/:webhook/edit") view=webhooks::EditWebhook />
            <Route path=path!("/webhooks/:webhook/replay") view=webhooks::ReplayPage />
            <Route path=path!("/webhooks/:webhook/delete") view=webhooks::DeleteWebhook />
            <Route path=path!("/webhook-deliveries/:delivery") view=webhooks::DeliveryPage />
        </ParentRoute>
    }
    .into_inner()
}

/// Routes of the admin that are no Leptos pages: uploads and files.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/admin/payments.csv", get(payments::payments_csv))
        .route("/admin/payments/differences.csv", get(payments::differences_csv))
        .route("/admin/audit.csv", get(audit::audit_csv))
        .route("/admin/products.csv", get(products::products_csv))
        .route("/admin/products/new/save", products::create_route())
        .route("/admin/products/{product}/images", products::upload_route())
        .route("/admin/categories/{category}/picture", categories::upload_route())
        .route("/admin/import/send", imports::upload_route())
}
