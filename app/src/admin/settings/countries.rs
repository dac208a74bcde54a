//! Choosing countries by their names: those that are chosen first, the others folded away.

use crate::ui::{fault_note, id_of};
use crate::web::flash::FormState;
use leptos::prelude::*;
use shop::accounts::Country;
use shop::input::RawList;

/// Which countries can be chosen.
pub enum Offered {
    /// Any in the world; too many to stand open.
    All(Vec<String>),
    /// A few: all of them stand open.
    Few(Vec<String>),
}

/// Boxes to tick. A text with commas, as JSON or an older form may have it, is read as its codes.
pub fn countries(
    name: String,
    label: &'static str,
    hint: &'static str,
    chosen: &RawList,
    offered: Offered,
    state: &FormState,
) -> AnyView {
    let chosen = chosen.values();
    let id = id_of(&name);
    let fault = state.fault(&name, label, &id);
    let described = fault.is_some().then(|| format!("{id}-error"));
    let box_of = |code: String| {
        let (ticked, text) = (chosen.contains(&code), country_name(&code));
        view! {
            <label class="check">
                <input type="checkbox" name=format!("{name}[]") value=code checked=ticked />
                <span>{text}</span>
            </label>
        }
    };
    let (open, folded): (Vec<String>, Vec<String>) = match offered {
        Offered::All(all) => (chosen.clone(), all.into_iter().filter(|code| !chosen.contains(code)).collect()),
        Offered::Few(few) => {
            let others = chosen.iter().filter(|code| !few.contains(code)).cloned().collect::<Vec<_>>();
            (few.into_iter().chain(others).collect(), Vec::new())
        }
    };
    let open =
        (!open.is_empty()).then(|| view! { <div class="boxes">{open.into_iter().map(&box_of).collect_view()}</div> });
    let folded = (!folded.is_empty()).then(|| {
        view! {
            <details class="disclosure">
                <summary>"Other countries"</summary>
                <div class="disclosure__body">
                    <div class="boxes">{folded.into_iter().map(&box_of).collect_view()}</div>
                </div>
            </details>
        }
    });
    let error = fault_note(&id, fault);
    view! {
        <fieldset class="choices stack stack--tight" id=id aria-describedby=described>
            <legend class="choices__legend">{label}</legend>
            {(!hint.is_empty()).then(|| view! { <p class="field__hint">{hint}</p> })}
            {open}
            {folded}
            {error}
        </fieldset>
    }
    .into_any()
}

/// A country's name, or what stands in its place.
pub fn country_name(code: &str) -> String {
    Country::parse(code).map_or_else(|| code.to_owned(), |country| country.name().to_owned())
}
