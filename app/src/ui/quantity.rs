//! How many.

use super::field::form_state;
use super::messages::fault_note;
use leptos::prelude::*;

/// A number field named `quantity`; a script puts a minus and a plus beside it.
#[component]
pub fn Quantity(
    #[prop(default = 1)] value: i32,
    #[prop(default = 1)] min: i32,
    max: i32,
    /// Tells several on a page apart.
    #[prop(default = "f-quantity".into(), into)]
    id: String,
    /// For screen readers only.
    #[prop(optional)]
    hide_label: bool,
) -> impl IntoView {
    let (state, label) = (form_state(), t!("product-quantity"));
    let fault = state.fault("quantity", &label, &id);
    let value = state.value("quantity", &value.to_string());
    let words = fault_note(&id, fault.clone());
    view! {
        <div class=if fault.is_some() { "field field--error" } else { "field" }>
            <label class=if hide_label { "visually-hidden" } else { "field__label" } for=id.clone()>
                {label}
            </label>
            <span class="quantity" data-quantity="">
                <input
                    class="input"
                    id=id.clone()
                    name="quantity"
                    type="number"
                    min=min
                    max=max
                    value=value
                    inputmode="numeric"
                    required=true
                    aria-invalid=fault.is_some().then_some("true")
                    aria-describedby=fault.is_some().then(|| format!("{id}-error"))
                />
            </span>
            {words}
        </div>
    }
}
