//! How each kind of setting is typed.

use super::countries::{Offered, countries, country_name};
use super::groups::{Kind, Setting};
use super::rows::{self, Around};
use crate::ui::{Field, Select, TextArea, TickBox};
use crate::web::flash::FormState;
use leptos::prelude::*;
use serde_json::Value;
use shop::TimeZone;
use shop::accounts::Country;
use shop::settings::SettingsInput;

pub fn field(setting: &'static Setting, input: &SettingsInput, state: &FormState, around: &Around) -> AnyView {
    let Setting { name, label, hint, kind } = *setting;
    let value = text_of(input, name);
    let line = |kind: &'static str| {
        view! { <Field name=name label=label hint=hint kind=kind value=value.clone() /> }.into_any()
    };
    let number = |inputmode: &'static str| {
        view! { <Field name=name label=label hint=hint value=value.clone() inputmode=inputmode class="field--short" /> }
            .into_any()
    };
    match kind {
        Kind::Line => line("text"),
        Kind::Email => line("email"),
        Kind::Phone => line("tel"),
        Kind::Lines => view! { <TextArea name=name label=label hint=hint value=value.clone() rows=4 /> }.into_any(),
        Kind::Tick => {
            let ticked = matches!(value.as_str(), "on" | "true");
            view! { <TickBox name=name label=label ticked=ticked /> }.into_any()
        }
        Kind::Percent => number("decimal"),
        Kind::Number => number("numeric"),
        Kind::Countries => {
            let offered = Offered::All(Country::all().iter().map(|c| c.code().to_owned()).collect());
            countries(name.to_owned(), label, hint, &input.ships_to, offered, state)
        }
        Kind::TaxRates => rows::tax_rates(setting, &input.tax_rates, state, around),
        Kind::Methods => rows::methods(setting, input, state, around),
        Kind::Zone => {
            let zones = TimeZone::names().map(|zone| (zone.to_owned(), zone.replace('_', " "))).collect();
            view! { <Select name=name label=label hint=hint options=zones value=value.clone() /> }.into_any()
        }
    }
}

fn text_of(input: &SettingsInput, name: &str) -> String {
    let all = serde_json::to_value(input).ok();
    all.and_then(|all| all.get(name)?.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A setting in a few lines, for comparing.
pub fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) if matches!(text.as_str(), "on" | "true") => "Yes".to_owned(),
        Value::String(text) if text.is_empty() => "–".to_owned(),
        Value::String(text) => text.split(", ").map(country_name).collect::<Vec<_>>().join(", "),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let names = list.iter().filter_map(Value::as_str).filter(|code| !code.is_empty()).map(country_name);
            names.collect::<Vec<_>>().join(", ")
        }
        Value::Array(list) => list.iter().map(in_words).collect::<Vec<_>>().join("\n"),
        Value::Object(fields) => fields.values().map(in_words).collect::<Vec<_>>().join(" · "),
        _ => "–".to_owned(),
    }
}
