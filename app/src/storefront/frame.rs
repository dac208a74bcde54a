//! The frame of every storefront page: header, main, footer.

use crate::ui::{FlashMessages, Icon, Logo};
use crate::web::use_visit;
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
    let test_mode = use_visit().app.config.is_test_mode();
    view! {
        <a class="skip-link" href="#main">"Skip to content"</a>
        {test_mode
            .then(|| {
                view! {
                    <aside class="banner" aria-label="Announcement">"Test payments, no money moves"</aside>
                }
            })}
        <header class="site-header">
            <div class="site-header__bar container">
                <div class="site-header__start">
                    <Logo />
                </div>
                <form class="search" role="search" action="/search">
                    <label class="visually-hidden" for="q">"Search the shop"</label>
                    <input class="search__input" id="q" name="q" type="search" autocomplete="off" />
                    <button class="search__button">
                        <span class="visually-hidden">"Search"</span>
                        <Icon name="search" />
                    </button>
                </form>
            </div>
        </header>
        <main id="main" tabindex="-1" class="page">
            <div class="container"><FlashMessages /></div>
            {children()}
        </main>
    }
}
