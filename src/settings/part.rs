//! A part of the settings: what one form of several on a page saves.

use super::{Settings, SettingsInput, UPDATE, load_in, lock, write};
use crate::actors::{May, Permission};
use crate::{Error, FieldError, Invalid, Result, Shop};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// What these fields of the form stand for now, in short: it is another one as soon as one of them is another one.
pub fn version(settings: &Settings, fields: &[&str]) -> Result<String> {
    let all = serde_json::to_value(SettingsInput::from(settings))?;
    let part: Vec<Option<&Value>> = fields.iter().map(|field| all.get(field)).collect();
    Ok(hex::encode(&Sha256::digest(serde_json::to_vec(&part)?)[..8]))
}

/// Saves these fields of the form and leaves all others as they are. `seen` is the [`version`] that the form was filled
/// with: a conflict `edited_meanwhile` if one of these fields was changed since. Changes to others do not matter, and
/// neither do faults that were kept in others before a rule came to be.
pub async fn save_part(
    shop: &Shop,
    who: &dyn May,
    fields: &[&str],
    seen: &str,
    input: &SettingsInput,
) -> Result<Settings> {
    who.may(Permission::SettingsWrite)?;
    act!(shop, who, UPDATE, |act| {
        lock(&mut act).await?;
        let before = load_in(&mut act).await?;
        let (mut form, typed) = (object(&SettingsInput::from(&before))?, object(input)?);
        form.extend(typed.into_iter().filter(|(field, _)| fields.contains(&field.as_str())));
        let form: SettingsInput = serde_json::from_value(Value::Object(form))?;
        let (checked, faults) = form.parse(shop.currency);
        let of_ours = |fault: &FieldError| fields.contains(&fault.field.split(['[', '.']).next().unwrap_or_default());
        Invalid::from(faults.0.into_iter().filter(of_ours).collect::<Vec<_>>()).into_result()?;
        if version(&before, fields)? != seen {
            return Err(Error::conflict("edited_meanwhile", "Somebody changed these settings meanwhile"));
        }
        let (mut wanted, checked) = (object(&before)?, object(&checked)?);
        let ours: Vec<&str> = fields.iter().map(|field| kept_as(field)).collect();
        wanted.extend(checked.into_iter().filter(|(key, _)| ours.contains(&key.as_str())));
        let wanted: Settings = serde_json::from_value(Value::Object(wanted))?;
        write(&mut act, &before, &wanted).await?;
        act.commit(wanted).await
    })
}

/// The name under which a field of the form is kept.
fn kept_as(field: &str) -> &str {
    if field == "address" { "addressLines" } else { field }
}

fn object(of: &impl serde::Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(of)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::internal("settings are no object")),
    }
}
