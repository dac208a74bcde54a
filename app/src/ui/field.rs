//! Forms and their fields: a label on each, the fault beside it, and what was typed kept.

use super::messages::fault_note;
use crate::web::flash::FormState;
use crate::web::{made_for, use_visit};
use leptos::prelude::*;

/// What the ids of a form's fields begin with, so that no two forms of a page share one.
#[derive(Clone)]
struct Ids(String);

/// A form that posts to a server function. Its fields find in the context what was typed if it was refused.
/// `which` tells several forms of one page apart: those with the same action, and those with fields of the same name.
/// `asks`: with unsent changes, leaving the page asks first, where scripts run. For forms that take a while to fill in.
#[component]
pub fn Form(
    #[prop(into)] action: String,
    #[prop(optional, into)] which: String,
    #[prop(default = "form")] class: &'static str,
    #[prop(optional, into)] id: Option<String>,
    /// What is known of the form, where that is more than the last refusal.
    #[prop(optional)]
    state: Option<FormState>,
    #[prop(optional)] asks: bool,
    /// Files are sent along.
    #[prop(optional)]
    files: bool,
    /// Where it is sent to, when that is another address than the one by which the form is known (`action`).
    #[prop(default = None)]
    to: Option<String>,
    /// It is about who is signed in, so it does not matter for whom it was made. Others are carried out for that
    /// account only.
    #[prop(optional)]
    anyones: bool,
    children: Children,
) -> impl IntoView {
    let visit = use_visit();
    let state = state.unwrap_or_else(|| visit.flash.form(&action, &which));
    let mark = if anyones { None } else { made_for::field(&visit, &action) };
    // what was refused is typed, and not kept anywhere else
    let asks = asks.then_some(if state.is_refused() { "changed" } else { "" });
    // a context of its own: the next form on the page must not see it
    let owner = Owner::new();
    let inner = owner.with(|| {
        provide_context(state);
        provide_context(Ids(ids_of(&which)));
        children()
    });
    let enctype = files.then_some("multipart/form-data");
    let to = to.unwrap_or(action);
    let to = if files { made_for::address(&visit, &to) } else { to };
    view! {
        <form method="post" action=to class=class id=id enctype=enctype data-asks=asks>
            {mark.map(|mark| view! { <input type="hidden" name=made_for::FIELD value=mark /> })}
            {(!which.is_empty()).then(|| view! { <input type="hidden" name="form" value=which /> })}
            {inner}
        </form>
    }
}

/// A form whose fields come to stand in the address (GET). `state` is what stands there now.
#[component]
pub fn AskForm(
    #[prop(into)] action: String,
    state: FormState,
    #[prop(default = "form")] class: &'static str,
    children: Children,
) -> impl IntoView {
    let owner = Owner::new();
    let inner = owner.with(|| {
        provide_context(state);
        children()
    });
    view! {
        <form action=action class=class>
            {inner}
        </form>
    }
}

/// The state of the form that is being rendered.
pub fn form_state() -> FormState {
    use_context().unwrap_or_default()
}

/// The id of a field's input in the form that is being rendered: letters, digits and dashes only.
pub fn id_of(name: &str) -> String {
    let ids = use_context::<Ids>().map_or_else(|| ids_of(""), |ids| ids.0);
    format!("{ids}-{}", plain(name))
}

fn ids_of(which: &str) -> String {
    // of a long one, which is the id of something, the end is enough
    let which = plain(which);
    match which.len().saturating_sub(12) {
        _ if which.is_empty() => "f".to_owned(),
        0 => format!("f-{which}"),
        cut => format!("f-{}", which[cut..].trim_start_matches('-')),
    }
}

fn plain(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    plain.trim_end_matches('-').to_owned()
}

/// Ids of hint and fault, for `aria-describedby`.
fn described_by(id: &str, hint: bool, fault: bool) -> Option<String> {
    let parts: Vec<String> = [(hint, "hint"), (fault, "error")]
        .into_iter()
        .filter(|(there, _)| *there)
        .map(|(_, what)| format!("{id}-{what}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// The frame of a field: label, hint, input, fault.
#[expect(clippy::too_many_arguments, reason = "the props of a component")]
fn framed(
    id: &str,
    label: String,
    hint: String,
    required: bool,
    optional: bool,
    fault: Option<String>,
    class: &str,
    input: AnyView,
) -> AnyView {
    let mut classes = String::from("field");
    if fault.is_some() {
        classes.push_str(" field--error");
    }
    if !class.is_empty() {
        classes.push(' ');
        classes.push_str(class);
    }
    view! {
        <div class=classes>
            <label class="field__label" for=id.to_owned()>
                {label}
                {required
                    .then(|| {
                        view! {
                            " "
                            <span class="field__required" aria-hidden="true">
                                "*"
                            </span>
                        }
                    })}
                {optional
                    .then(|| {
                        view! {
                            " "
                            <span class="field__optional">{t!("field-optional")}</span>
                        }
                    })}
            </label>
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <p class="field__hint" id=format!("{id}-hint")>
                            {hint}
                        </p>
                    }
                })}
            {input}
            {fault_note(id, fault)}
        </div>
    }
    .into_any()
}

/// A one-line input.
#[component]
pub fn Field(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    /// The initial value; what was typed into a refused form wins.
    #[prop(optional, into)]
    value: String,
    #[prop(optional, into)] hint: String,
    #[prop(default = "text", into)] kind: &'static str,
    #[prop(optional)] required: bool,
    /// Marks the label "(optional)".
    #[prop(optional)]
    optional: bool,
    #[prop(optional, into)] autocomplete: Option<String>,
    #[prop(optional, into)] inputmode: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional, into)] min: Option<String>,
    #[prop(optional, into)] max: Option<String>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let (state, id) = (form_state(), id_of(&name));
    let fault = state.fault(&name, &label, &id);
    let value = if kind == "password" { String::new() } else { state.value(&name, &value) };
    let input = view! {
        <input
            class="input"
            id=id.clone()
            name=name
            type=kind
            value=value
            required=required
            aria-invalid=fault.is_some().then_some("true")
            aria-describedby=described_by(&id, !hint.is_empty(), fault.is_some())
            autocomplete=autocomplete
            inputmode=inputmode
            placeholder=placeholder
            maxlength=maxlength
            min=min
            max=max
        />
    };
    framed(&id, label, hint, required, optional, fault, class, input.into_any())
}

/// A text of several lines.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: String,
    #[prop(default = 4)] rows: u32,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let (state, id) = (form_state(), id_of(&name));
    let fault = state.fault(&name, &label, &id);
    // browsers drop the first line break of a textarea
    let value = format!("\n{}", state.value(&name, &value));
    let input = view! {
        <textarea
            class="textarea"
            id=id.clone()
            name=name
            rows=rows
            required=required
            maxlength=maxlength
            aria-invalid=fault.is_some().then_some("true")
            aria-describedby=described_by(&id, !hint.is_empty(), fault.is_some())
        >
            {value}
        </textarea>
    };
    framed(&id, label, hint, required, optional, fault, class, input.into_any())
}

/// A choice from a list of (value, label).
#[component]
pub fn Select(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    options: Vec<(String, String)>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
    #[prop(optional, into)] autocomplete: Option<String>,
    /// Sends the form at once where scripts run.
    #[prop(optional)]
    submit: bool,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let (state, id) = (form_state(), id_of(&name));
    let fault = state.fault(&name, &label, &id);
    let chosen = state.value(&name, &value);
    let options = options
        .into_iter()
        .map(|(value, text)| {
            let selected = value == chosen;
            view! {
                <option value=value selected=selected>
                    {text}
                </option>
            }
        })
        .collect_view();
    let input = view! {
        <select
            class="select"
            id=id.clone()
            name=name
            required=required
            autocomplete=autocomplete
            data-submit=submit.then_some("")
            aria-invalid=fault.is_some().then_some("true")
            aria-describedby=described_by(&id, !hint.is_empty(), fault.is_some())
        >
            {options}
        </select>
    };
    framed(&id, label, hint, required, optional, fault, class, input.into_any())
}

/// A box to tick. Sends `true`, or nothing.
#[component]
pub fn TickBox(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    #[prop(optional)] ticked: bool,
) -> impl IntoView {
    let state = form_state();
    let id = id_of(&name);
    let fault = state.fault(&name, &label, &id);
    let ticked = state.ticked(&name, ticked);
    view! {
        <label class="check">
            <input
                type="checkbox"
                id=id.clone()
                name=name
                value="true"
                checked=ticked
                aria-invalid=fault.is_some().then_some("true")
                aria-describedby=described_by(&id, false, fault.is_some())
            />
            <span>{label}</span>
        </label>
        {fault_note(&id, fault)}
    }
}

/// A value that the form carries along.
#[component]
pub fn Hidden(#[prop(into)] name: String, #[prop(into)] value: String) -> impl IntoView {
    view! { <input type="hidden" name=name value=value /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_and_apart() {
        let id_within = |which: &str, name: &str| format!("{}-{}", ids_of(which), plain(name));
        assert_eq!(id_within("", "variants[0].sku"), "f-variants-0--sku");
        assert_eq!(id_within("receive", "reason"), "f-receive-reason");
        assert_eq!(id_within("0190b5a0-7c1e-7000-8000-0000000000ab", "reason"), "f-0000000000ab-reason");
        assert_eq!(id_within("größer", "reason"), "f-gr--er-reason");
    }
}
