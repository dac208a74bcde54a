//! One of several, as cards with a radio button each. They stand in a `fieldset.choices`.

use leptos::prelude::*;

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
    /// Sends the form to be reckoned again where scripts run.
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
