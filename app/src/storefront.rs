//! What shoppers see.

mod account;
pub mod cart;
mod category;
mod checkout;
mod dev_mail;
pub mod dev_webhooks;
mod frame;
mod help;
mod home;
mod listing;
mod order;
mod paths;
mod pay_here;
mod payment;
mod pictures;
mod product;
mod recovery;
mod search;
mod seo;
mod sign_in;
mod sitemap;
mod unsubscribe;
mod watches;

use crate::web::App;
use axum::Router;
use axum::routing::{get, post};
use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Route};
use leptos_router::{MatchNestedRoutes, SsrMode, path};

pub use frame::{Frame, Outlined, PageContext};
pub use pictures::picture;
pub use product::preview as product_preview;
pub use seo::absolute;
pub use sitemap::{index as sitemap, page as sitemap_page, robots};
pub use unsubscribe::one_click;
pub use watches::{ask_to_stop, stop_at_once};

/// Every page of the storefront.
#[component(transparent)]
pub fn StorefrontPages() -> impl MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("") view=frame::Outlined ssr=SsrMode::Async>
            <Route path=path!("") view=home::Home />
            <Route path=path!("/categories/:slug") view=category::CategoryPage />
            <Route path=path!("/products/:slug") view=product::Product />
            <Route path=path!("/search") view=search::Search />
            <Route path=path!("/offers") view=category::Offers />
            <Route path=path!("/new") view=category::New />
            <Route path=path!("/help") view=help::Help />
            <Route path=path!("/cart") view=cart::Cart />
            <Route path=path!("/checkout") view=checkout::Checkout />
            <Route path=path!("/orders/:number") view=order::Order />
            <Route path=path!("/orders/:number/pay") view=pay_here::PayHere />
            <Route path=path!("/account") view=account::Overview />
            <Route path=path!("/account/orders") view=account::Orders />
            <Route path=path!("/account/addresses") view=account::Addresses />
            <Route path=path!("/account/addresses/new") view=account::NewAddress />
            <Route path=path!("/account/addresses/:id") view=account::EditAddress />
            <Route path=path!("/account/cards") view=account::Cards />
            <Route path=path!("/account/watches") view=account::Watches />
            <Route path=path!("/account/profile") view=account::ProfilePage />
            <Route path=path!("/account/devices") view=account::Devices />
            <Route path=path!("/watches/confirm") view=watches::ConfirmWatch />
            <Route path=path!("/watches/unsubscribe") view=watches::StopWatching />
            <Route path=path!("/dev/mail") view=dev_mail::Mails />
            <Route path=path!("/dev/mail/:id") view=dev_mail::Mail />
            <Route path=path!("/dev/webhooks") view=dev_webhooks::Messages />
            <Route path=path!("/login") view=sign_in::Login />
            <Route path=path!("/register") view=sign_in::RegisterPage />
            <Route path=path!("/forgot-password") view=recovery::ForgotPassword />
            <Route path=path!("/reset-password") view=recovery::ResetPasswordPage />
            <Route path=path!("/notifications/unsubscribe") view=unsubscribe::Unsubscribe />
            <Route path=path!("/verify-email") view=recovery::VerifyEmail />
        </ParentRoute>
    }
    .into_inner()
}

/// Routes of the storefront that are no Leptos pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/checkout/return", get(payment::back_from_payment))
        .route("/checkout/intent", post(pay_here::intent))
        .route("/dev/mail/{id}/html", get(dev_mail::html))
        .route("/dev/webhooks/in", post(dev_webhooks::receive))
}
