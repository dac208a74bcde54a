//! One of several, as cards with a radio button each.

use super::field::{form_state, id_of};
use super::messages::fault_note;
use leptos::prelude::*;

/// The cards of one field, and what is wrong with it.
#[component]
pub fn Choices(
    name: &'static str,
    #[prop(into)] legend: String,
    /// The legend is for screen readers only.
    #[prop(optional)]
    unseen: bool,
    children: Children,
) -> impl IntoView {
    let id = id_of(name);
    let fault = form_state().fault(name, &legend, &id);
    let described = fault.is_some().then(|| format!("{id}-error"));
    view! {
        <fieldset class="choices" id=id.clone() aria-describedby=described>
            <legend class=if unseen { "visually-hidden" } else { "choices__legend" }>{legend}</legend>
            {children()}
            {fault_note(&id, fault)}
        </fieldset>
    }
}

#[component]
pub fn Choice(
    #[prop(into)] name: String,
    #[prop(into)] value: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] note: String,
    #[prop(optional, into)] price: String,
    checked: bool,
    #[prop(optional)] disabled: bool,
    /// Chosen, it unfolds the `.reveal` beside the choices.
    #[prop(optional)]
    reveals: bool,
    /// Sends the form to be quoted again where scripts run.
    #[prop(optional)]
    updates: bool,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input
                type="radio"
                name=name
                value=value
                checked=checked
                disabled=disabled
                data-reveals=reveals.then_some("")
                data-update=updates.then_some("")
            />
            <span class="choice__body">
                <span class="choice__label">{label}</span>
                {(!note.is_empty()).then(|| view! { <span class="choice__note">{note}</span> })}
            </span>
            {(!price.is_empty()).then(|| view! { <span class="choice__price">{price}</span> })}
        </label>
    }
}
