//! Tables.

use leptos::prelude::*;

/// A table in a frame that scrolls sideways where the window is narrower, by keyboard too. `head` is a row of [`Head`]s
/// and [`SortHead`](super::SortHead)s, the children are the rows.
#[component]
pub fn Table<H: IntoView + 'static>(
    /// What it lists, for those who hear it.
    #[prop(into)]
    label: String,
    class: &'static str,
    head: H,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=label>
            <table class=class>
                <thead>
                    <tr>{head}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The head of a column.
#[component]
pub fn Head(
    #[prop(into)] label: String,
    /// Numbers stand to the right.
    #[prop(optional)]
    number: bool,
    /// Heard only: the column is plain to see.
    #[prop(optional)]
    unseen: bool,
) -> impl IntoView {
    let label =
        if unseen { view! { <span class="visually-hidden">{label}</span> }.into_any() } else { label.into_any() };
    view! {
        <th scope="col" class=number.then_some("num")>
            {label}
        </th>
    }
}
