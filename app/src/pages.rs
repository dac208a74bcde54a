//! All pages, and the HTML document round each of them.

mod preview;

use crate::ui::{ErrorView, messages};
use crate::web::error_page::escaped;
use crate::web::errors::words;
use crate::web::path::is_preview;
use crate::web::staff_only::is_open;
use crate::web::{assets, use_shop_name, use_visit};
use crate::words::locale;
use crate::{admin, storefront};
use admin::AdminPages;
use axum::http::StatusCode;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{Router, Routes};
use preview::PreviewPage;
use storefront::StorefrontPages;

/// The document. Scripts are small modules that make pages nicer; every page works without them.
pub fn shell() -> impl IntoView {
    provide_meta_context();
    let visit = use_visit();
    let admin = visit.path.starts_with("/admin");
    let name = use_shop_name();
    // leptos_meta writes the title as it is
    let formatter = move |text: String| {
        let text = escaped(&name.after(&text));
        if admin { format!("{text} admin") } else { text }
    };
    let scripts = [
        "submit-once",
        "submit-on-change",
        "gallery",
        "quantity",
        "update-on-change",
        "keep-typed",
        "ask-before-leaving",
        "in-place",
        "live",
    ];
    view! {
        <!DOCTYPE html>
        <html lang=visit.locale().tag()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="theme-color" content="#f7f3ea" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#131816" media="(prefers-color-scheme: dark)" />
                <link rel="stylesheet" href=assets::path("app.css") />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href=assets::path("apple-touch-icon.png") />
                {scripts
                    .map(|name| {
                        view! {
                            <script
                                type="module"
                                src=assets::path(&format!("js/{name}.js"))
                                nonce=visit.nonce.clone()
                            ></script>
                        }
                    })
                    .collect_view()}
                <MetaTags />
            </head>
            <body class=if admin && !is_open(&visit.path) && !is_preview(&visit.path) { "admin" } else { "site" }>
                <Title formatter />
                <AllPages />
            </body>
        </html>
    }
}

/// Whichever page the address asks for.
#[component]
pub fn AllPages() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=NoSuchPage>
                <StorefrontPages />
                <PreviewPage />
                <AdminPages />
            </Routes>
        </Router>
    }
}

/// For addresses that no page has.
#[component]
fn NoSuchPage() -> impl IntoView {
    if let Some(options) = use_context::<ResponseOptions>() {
        options.set_status(StatusCode::NOT_FOUND);
    }
    let words = words(locale(), StatusCode::NOT_FOUND);
    let view = view! {
        {messages()}
        <ErrorView words />
    };
    if use_visit().path.starts_with("/admin") {
        view! { <admin::Frame>{view}</admin::Frame> }.into_any()
    } else {
        view! { <storefront::Frame>{view}</storefront::Frame> }.into_any()
    }
}
