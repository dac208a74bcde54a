//! The frame of every admin page.

use crate::ui::{FlashMessages, Logo};
use leptos::prelude::*;
use leptos_router::components::Outlet;

/// The frame round whatever page the router chose.
#[component]
pub fn Outlined() -> impl IntoView {
    view! {
        <Frame>
            <Outlet />
        </Frame>
    }
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
