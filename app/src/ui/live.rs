//! Parts of a page that are kept as things are: `public/js/live.js` reads them anew.

use crate::web::live::Follows;
use leptos::prelude::*;

/// A part that is replaced when what it follows changes. What somebody types in it, or has the focus of, stays until
/// they are done.
#[component]
pub fn Live(
    /// By which the part is found in the page that is read anew.
    id: &'static str,
    follows: Follows,
    #[prop(default = "")] class: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <div id=id class=(!class.is_empty()).then_some(class) data-live=follows.live data-ticket=follows.ticket>
            {children()}
        </div>
    }
}

/// A list of which rows change quietly, while new ones are told of above it and shown when somebody wants to see them.
/// Rows are known by `data-row`.
#[component]
pub fn LiveList(
    id: &'static str,
    follows: Follows,
    /// What a button says after the number of rows, of one and of several: `new order. Show`.
    new: (&'static str, &'static str),
    children: Children,
) -> impl IntoView {
    view! {
        <div class="live-news" role="status" data-news=id data-one=new.0 data-several=new.1>
            <button type="button" class="button button--small" hidden></button>
        </div>
        <div id=id data-live=follows.live data-ticket=follows.ticket data-rows="">
            {children()}
        </div>
    }
}
