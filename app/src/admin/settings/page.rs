//! The page of the settings: a form for each group.

use super::acts::{self, Save};
use super::fields::{field, in_words};
use super::groups::{GROUPS, Group};
use super::rows::Around;
use crate::admin::audit::history;
use crate::ui::{Form, Hidden, Notice, form_state, page};
use crate::web::flash::{FormState, Tone};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::Result;
use shop::accounts::Permission;
use shop::audit::Entity;
use shop::settings::{self, Settings, SettingsInput};

#[component]
pub fn SettingsPage() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let settings = settings::for_staff(visit.shop(), staff).await?;
        let around = Around { currency: visit.shop().currency, may_write: staff.can(Permission::SettingsWrite) };
        let mut forms = Vec::new();
        for group in GROUPS {
            forms.push(panel(group, &settings, &around, visit.flash.form(Save::url(), group.code))?);
        }
        let currency = visit.shop().currency.to_string();
        let log = history(&visit, Entity::Settings, "shop").await;
        Ok(view! {
            <Title text="Settings" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Settings"</h1>
                </div>
                <p class="admin-head__meta">
                    "Each part is saved on its own. The shop sells in " {currency}
                    ", which the program is started with."
                </p>
            </header>
            {forms}
            {log}
        })
    })
}

fn panel(group: &'static Group, settings: &Settings, around: &Around, state: FormState) -> Result<AnyView> {
    let now = settings::version(settings, &group.fields())?;
    let in_force = SettingsInput::from(settings);
    let input = acts::typed(&state).unwrap_or_else(|| in_force.clone());
    let seen = state.typed("seen").unwrap_or_else(|| now.clone());
    // told that somebody was quicker, whoever saves again means it
    let overtaken = seen != now && state.faults().is_empty() && state.value("act", "").is_empty();
    let seen = if overtaken { now } else { seen };
    let (may_write, around) = (around.may_write, around.clone());
    let difference = overtaken.then(|| others_changed(group, &input, &in_force));
    let id = format!("{}-title", group.code);
    Ok(view! {
        <section class="panel" id=group.code aria-labelledby=id.clone()>
            <div class="panel__head">
                <h2 class="panel__title" id=id.clone()>
                    {group.title}
                </h2>
            </div>
            <Form action=Save::url() which=group.code class="panel__body">
                // Enter in a field presses the first button of a form: it must be this one
                <button class="visually-hidden" tabindex="-1" aria-hidden="true" disabled=!may_write>
                    "Save"
                </button>
                <Hidden name="seen" value=seen />
                <fieldset class="form form--settings" disabled=!may_write>
                    {difference}
                    {group.settings.iter().map(|setting| field(setting, &input, &form_state(), &around)).collect_view()}
                    {may_write
                        .then(|| {
                            view! {
                                <div class="form__actions">
                                    <button class="button">"Save"</button>
                                </div>
                            }
                        })}
                </fieldset>
            </Form>
        </section>
    }
    .into_any())
}

/// What stands in force where it is not what was typed.
fn others_changed(group: &Group, typed: &SettingsInput, in_force: &SettingsInput) -> impl IntoView + use<> {
    let (typed, in_force) = (serde_json::to_value(typed), serde_json::to_value(in_force));
    let of = |from: &Result<serde_json::Value, serde_json::Error>, name: &str| {
        // browsers send a line's end as two signs
        from.as_ref().ok().and_then(|all| all.get(name)).map(in_words).unwrap_or_default().replace('\r', "")
    };
    let mut differing = Vec::new();
    for setting in group.settings {
        let (mine, theirs) = (of(&typed, setting.name), of(&in_force, setting.name));
        if mine != theirs {
            differing.push(view! {
                <dt>{setting.label}</dt>
                <dd class="pre-line">{theirs}</dd>
            });
        }
    }
    view! {
        <Notice tone=Tone::Warning title="In force now, saved by somebody else while you were typing">
            <dl class="facts">{differing}</dl>
            <p>"What you typed stands below. Saving it again replaces what is in force."</p>
        </Notice>
    }
}
