//! Heads of columns that sort a list.

use crate::web::{links, use_visit};
use leptos::prelude::*;

/// A column head that sorts by `up`, and by `down` once it does; these are words of the parameter `sort`.
#[component]
pub fn SortHead(
    label: &'static str,
    up: &'static str,
    down: &'static str,
    /// How the list is sorted now.
    #[prop(into)]
    now: String,
    #[prop(optional)] number: bool,
) -> impl IntoView {
    let sorted = match now.as_str() {
        now if now == up => Some("ascending"),
        now if now == down => Some("descending"),
        _ => None,
    };
    let next = if sorted == Some("ascending") { down } else { up };
    view! {
        <th scope="col" class=number.then_some("num") aria-sort=sorted>
            <a class="table__sort" href=links::with(&use_visit(), &[("sort", next)])>
                {label}
            </a>
        </th>
    }
}
