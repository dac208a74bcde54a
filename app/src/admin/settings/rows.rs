//! Settings that are lists: rows that are added, moved and left out by buttons of the form, which save nothing.

use super::countries::{Offered, countries, country_name};
use super::groups::Setting;
use crate::ui::{Field, Hidden, Icon, Select, fault_note, id_of};
use crate::web::flash::FormState;
use leptos::prelude::*;
use shop::Currency;
use shop::accounts::Country;
use shop::settings::{SettingsInput, ShippingMethodInput, TaxRateInput};

/// What the fields need to know beside what stands in them.
#[derive(Clone)]
pub struct Around {
    pub currency: Currency,
    pub may_write: bool,
}

/// The frame of a list: what it is, its rows, a button for one more.
fn list(
    setting: &'static Setting,
    state: &FormState,
    around: &Around,
    new: &'static str,
    rows: Vec<AnyView>,
) -> AnyView {
    let (name, id) = (setting.name, id_of(setting.name));
    let fault = state.fault(name, setting.label, &id);
    let described = fault.is_some().then(|| format!("{id}-error"));
    view! {
        <fieldset class="rows" id=id.clone() aria-describedby=described>
            <legend class="choices__legend">{setting.label}</legend>
            {(!setting.hint.is_empty()).then(|| view! { <p class="field__hint">{setting.hint}</p> })}
            {fault_note(&id, fault)}
            {(!rows.is_empty())
                .then(|| {
                    view! {
                        <ul class="rows__list" role="list">
                            {rows}
                        </ul>
                    }
                })}
            {around
                .may_write
                .then(|| {
                    view! {
                        <button
                            class="button button--secondary button--small"
                            name="act"
                            value=format!("add {name}")
                            formnovalidate
                        >
                            <Icon name="plus" />
                            {new}
                        </button>
                    }
                })}
        </fieldset>
    }
    .into_any()
}

/// The buttons of a row.
fn moves(list: &'static str, n: usize, of: usize, what: &str, around: &Around) -> Option<impl IntoView + use<>> {
    let button = |verb: &str, label: String, icon: &'static str, class: &'static str, disabled: bool| {
        view! {
            <button
                class=class
                name="act"
                value=format!("{verb} {list} {n}")
                formnovalidate
                disabled=disabled
                aria-label=label
            >
                <Icon name=icon />
            </button>
        }
    };
    around.may_write.then(|| {
        view! {
            <div class="rows__moves">
                {button("up", format!("Move {what} up"), "up", "icon-button", n == 0)}
                {button("down", format!("Move {what} down"), "down", "icon-button", n + 1 == of)}
                {button("drop", format!("Remove {what}"), "trash", "icon-button icon-button--danger", false)}
            </div>
        }
    })
}

pub fn tax_rates(setting: &'static Setting, rates: &[TaxRateInput], state: &FormState, around: &Around) -> AnyView {
    let row = |(n, rate): (usize, &TaxRateInput)| {
        let code = rate.country.trimmed().to_owned();
        let (country, percent) = (format!("taxRates[{n}][country]"), format!("taxRates[{n}][rate]"));
        let settled = Country::parse(&code).is_some() && !state.is_wrong(&country);
        let name = if code.is_empty() { format!("rate {}", n + 1) } else { country_name(&code) };
        // 249 choices in every row would be a long page: a country that stands is its name
        let which = match settled {
            true => view! {
                <Hidden name=country value=code />
                <p class="rows__name">{name.clone()}</p>
            }
            .into_any(),
            false => {
                view! { <Select name=country label="Country" options=country_choices(&code) value=code.clone() /> }
                    .into_any()
            }
        };
        view! {
            <li class="rows__row rows__row--line">
                {which}
                <Field
                    name=percent
                    label="Rate, %"
                    value=rate.rate.to_string()
                    inputmode="decimal"
                    class="field--short"
                /> {moves("taxRates", n, rates.len(), &name, around)}
            </li>
        }
        .into_any()
    };
    list(setting, state, around, "Add a country", rates.iter().enumerate().map(row).collect())
}

fn country_choices(now: &str) -> Vec<(String, String)> {
    let none = [(String::new(), "Choose a country".to_owned())];
    let unknown = (!now.is_empty() && Country::parse(now).is_none()).then(|| (now.to_owned(), now.to_owned()));
    let all = Country::all().iter().map(|c| (c.code().to_owned(), c.name().to_owned()));
    none.into_iter().chain(unknown).chain(all).collect()
}

pub fn methods(setting: &'static Setting, input: &SettingsInput, state: &FormState, around: &Around) -> AnyView {
    let methods = &input.shipping_methods;
    let reached = input.ships_to.values();
    let symbol = around.currency.symbol();
    let row = |(n, method): (usize, &ShippingMethodInput)| {
        let named = |field: &str| format!("shippingMethods[{n}][{field}]");
        let name = match method.name.trimmed() {
            "" => format!("method {}", n + 1),
            name => name.to_owned(),
        };
        let only = (reached.len() > 1 || !method.countries.values().is_empty()).then(|| {
            let hint = "None ticked: to all that you ship to.";
            countries(named("countries"), "Only to", hint, &method.countries, Offered::Few(reached.clone()), state)
        });
        view! {
            <li class="rows__row">
                <div class="rows__head">
                    <p class="rows__name">{name.clone()}</p>
                    {moves("shippingMethods", n, methods.len(), &name, around)}
                </div>
                <div class="form">
                    <div class="form__row">
                        <Field name=named("name") label="Name" value=method.name.to_string() />
                        <Field
                            name=named("code")
                            label="Code"
                            hint="Small letters, digits, hyphens. Programs and old orders know it by this."
                            value=method.code.to_string()
                        />
                    </div>
                    <Field
                        name=named("description")
                        label="Description"
                        hint="How long it takes, for instance."
                        value=method.description.to_string()
                        optional=true
                    />
                    <div class="form__row">
                        <Field
                            name=named("price")
                            label=format!("Price, {symbol}")
                            value=method.price.to_string()
                            inputmode="decimal"
                        />
                        <Field
                            name=named("freeFrom")
                            label=format!("Free for goods worth, {symbol}")
                            hint="Or more."
                            value=method.free_from.to_string()
                            inputmode="decimal"
                            optional=true
                        />
                    </div>
                    {only}
                </div>
            </li>
        }
        .into_any()
    };
    list(setting, state, around, "Add a way of delivery", methods.iter().enumerate().map(row).collect())
}
