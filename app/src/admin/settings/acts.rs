//! Saving a group of settings, and what changes its rows before that.

use super::HERE;
use super::groups::Group;
use crate::web::flash::FormState;
use crate::web::{Done, Next};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::Error;
use shop::settings::{self, SettingsInput, ShippingMethodInput, TaxRateInput};

/// Saves one group. With an `act` nothing is saved: the form is shown again with its rows changed (`add taxRates`,
/// `up taxRates 2`, `down taxRates 0`, `drop taxRates 1`).
#[server]
pub async fn save(form: String, seen: String, act: Option<String>, #[server(flatten)] input: SettingsInput) -> Done {
    crate::web::form(|visit| async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let group = Group::find(&form).ok_or(Error::NotFound)?;
        let page = format!("{HERE}#{}", group.code);
        if let Some(act) = act.filter(|act| !act.is_empty()) {
            staff.may(shop::accounts::Permission::SettingsWrite)?;
            let mut kept = pairs(&arranged(input, &act), &group.fields())?;
            kept.extend([("seen".to_owned(), seen), ("act".to_owned(), act)]);
            return Ok(Next::to(page).showing(Save::url(), group.code, kept));
        }
        settings::save_part(shop, staff, &group.fields(), &seen, &input).await?;
        Ok(Next::to(page).say(format!("{}: saved.", group.title)))
    })
    .await
}

fn arranged(mut input: SettingsInput, act: &str) -> SettingsInput {
    let mut words = act.split(' ');
    let (verb, list) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let row = words.next().and_then(|n| n.parse().ok());
    match list {
        "taxRates" => arrange(&mut input.tax_rates, verb, row, TaxRateInput::default),
        "shippingMethods" => arrange(&mut input.shipping_methods, verb, row, ShippingMethodInput::default),
        _ => {}
    }
    input
}

fn arrange<T>(rows: &mut Vec<T>, verb: &str, row: Option<usize>, new: impl Fn() -> T) {
    match (verb, row.filter(|n| *n < rows.len())) {
        ("add", _) => rows.push(new()),
        ("drop", Some(n)) => drop(rows.remove(n)),
        ("up", Some(n)) if n > 0 => rows.swap(n - 1, n),
        ("down", Some(n)) if n + 1 < rows.len() => rows.swap(n, n + 1),
        _ => {}
    }
}

/// A group's fields, by the names that its form gives them.
fn pairs(input: &SettingsInput, fields: &[&str]) -> shop::Result<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let all = serde_json::to_value(input)?;
    for field in fields {
        if let Some(value) = all.get(field) {
            named(field.to_string(), value, &mut pairs);
        }
    }
    Ok(pairs)
}

fn named(name: String, value: &serde_json::Value, pairs: &mut Vec<(String, String)>) {
    use serde_json::Value;
    match value {
        // several of one name, as boxes to tick have it
        Value::Array(list) if list.iter().all(Value::is_string) => {
            pairs.extend(list.iter().filter_map(Value::as_str).map(|text| (format!("{name}[]"), text.to_owned())));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, row)| named(format!("{name}[{n}]"), row, pairs));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, value)| named(format!("{name}[{key}]"), value, pairs)),
        // a box that is not ticked sends nothing; a row stays a row though nothing stands in it
        Value::String(text) if name.contains('[') || !text.is_empty() => pairs.push((name, text.clone())),
        _ => {}
    }
}

/// What was typed into a form that is shown again, read as the form itself is.
pub fn typed(state: &FormState) -> Option<SettingsInput> {
    if !state.is_refused() {
        return None;
    }
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(state.pairs());
    serde_qs::Config::new().use_form_encoding(true).deserialize_str(&form.finish()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::settings::groups::GROUPS;

    /// Fails as soon as a setting has no field on the page, or two.
    #[test]
    fn every_setting_is_in_one_group() {
        let all = serde_json::to_value(SettingsInput::default()).unwrap();
        let mut known: Vec<&str> = all.as_object().unwrap().keys().map(String::as_str).collect();
        let mut shown: Vec<&str> = GROUPS.iter().flat_map(Group::fields).collect();
        known.sort_unstable();
        shown.sort_unstable();
        assert_eq!(shown, known);
    }
}
