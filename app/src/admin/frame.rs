//! The frame of every admin page.

use crate::ui::{FlashMessages, Logo};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_router::components::Outlet;

/// The frame round whatever page the router chose.
#[component]
pub fn Outlined() -> impl IntoView {
    if use_visit().path == "/admin/login" {
        return view! {
            <a class="skip-link" href="#main">"Skip to content"</a>
            <main id="main" tabindex="-1" class="container">
                <FlashMessages />
                <Outlet />
            </main>
        }
        .into_any();
    }
    view! {
        <Frame>
            <Outlet />
        </Frame>
    }
    .into_any()
}

#[component]
pub fn Frame(children: Children) -> impl IntoView {
    view! {
        <a class="skip-link" href="#main">"Skip to content"</a>
        <header class="admin__side">
            <Logo href="/admin" />
        </header>
        <main class="admin__main" id="main" tabindex="-1">
            <FlashMessages />
            {children()}
        </main>
    }
}
