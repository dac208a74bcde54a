//! The shop window.

use crate::web::page;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn Home() -> impl IntoView {
    page(async move {
        Ok(view! {
            <Title text="Hardware worth keeping" />
            <div class="container"><h1>"Ironmonger"</h1></div>
        })
    })
}
