//! The state of the shop at a glance.

use crate::web::{page, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn Dashboard() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let name = visit.staff()?.name().to_owned();
        Ok(view! {
            <Title text="Dashboard" />
            <header class="admin-head">
                <div class="admin-head__title"><h1>"Dashboard"</h1></div>
                <p class="admin-head__meta">"Good day, " {name}</p>
            </header>
        })
    })
}
