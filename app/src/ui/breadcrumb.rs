//! The way from the front page to where one is.

use leptos::prelude::*;

/// `steps` are (address, name) from the root down; `here` is the page itself.
pub fn breadcrumb(steps: Vec<(String, String)>, here: String) -> impl IntoView {
    let steps = steps
        .into_iter()
        .map(|(href, name)| {
            view! {
                <li>
                    <a href=href>{name}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="breadcrumb" aria-label=t!("breadcrumb-breadcrumb")>
            <ol>
                <li>
                    <a href="/">{t!("breadcrumb-home")}</a>
                </li>
                {steps}
                <li aria-current="page">{here}</li>
            </ol>
        </nav>
    }
}
