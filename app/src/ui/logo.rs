//! The mark of the shop.

use super::icon::MARK;
use crate::web::use_shop_name;
use leptos::prelude::*;

/// The name of the shop with its mark.
#[component]
pub fn Logo(#[prop(default = "/")] href: &'static str) -> impl IntoView {
    view! {
        <a class="logo" href=href>
            <svg class="logo__mark" viewBox="0 0 32 32" aria-hidden="true">
                <path d=MARK></path>
            </svg>
            <span class="logo__name">{use_shop_name().as_str().to_owned()}</span>
        </a>
    }
}
