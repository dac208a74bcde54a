//! Making a key.

use super::HERE;
use super::acts::Create;
use crate::ui::{Field, Form, Select, fault_note, form_state, id_of, page};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::accounts::{Permission, Staff};

const LIVES: [(&str, &str); 5] = [
    ("7d", "After a week"),
    ("30d", "After 30 days"),
    ("90d", "After 90 days"),
    ("365d", "After a year"),
    ("", "Never"),
];

#[component]
pub fn NewKey() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        staff.may(Permission::StaffWrite)?;
        let scopes = scopes_of(staff);
        let lives = LIVES.map(|(value, text)| (value.to_owned(), text.to_owned())).to_vec();
        Ok(view! {
            <Title text="New API key" />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href=HERE>"API keys"</a>
                    </li>
                    <li aria-current="page">"New"</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"New API key"</h1>
                </div>
                <p class="admin-head__meta">
                    "It can never do more than you may yourself, and ends when your account does."
                </p>
            </header>
            <section class="panel" aria-label="New API key">
                <Form action=Create::url() class="panel__body form" asks=true>
                    <Field
                        name="name"
                        label="Name"
                        hint="What it is for. What the key does stands under this name in the history of orders"
                        required=true
                        maxlength=100
                    />
                    <Select name="expires" label="Ends" options=lives value="90d" />
                    <Scopes scopes=scopes />
                    <div class="form__actions">
                        <button class="button">"Make the key"</button>
                        <a class="button button--quiet" href=HERE>
                            "Cancel"
                        </a>
                    </div>
                </Form>
            </section>
        })
    })
}

/// What this person may give: what they may do.
fn scopes_of(staff: &Staff) -> Vec<Permission> {
    Permission::ALL.iter().copied().filter(|scope| staff.can(*scope)).collect()
}

const NAME: &str = "scopes[]";
const LABEL: &str = "What it may do";

#[component]
fn Scopes(scopes: Vec<Permission>) -> impl IntoView {
    let state = form_state();
    let id = id_of("scopes");
    let (chosen, fault) = (state.all(NAME).unwrap_or_default(), state.fault("scopes", LABEL, &id));
    let described = fault.is_some().then(|| format!("{id}-error"));
    let boxes = scopes
        .into_iter()
        .map(|scope| {
            let ticked = chosen.iter().any(|word| word == scope.word());
            view! {
                <label class="check">
                    <input type="checkbox" name=NAME value=scope.word() checked=ticked />
                    <span>{scope.to_string()} <code class="check__hint">{scope.word()}</code></span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="choices" id=id.clone() aria-describedby=described>
            <legend class="choices__legend">{LABEL}</legend>
            <div class="scopes">{boxes}</div>
            {fault_note(&id, fault)}
        </fieldset>
    }
}
