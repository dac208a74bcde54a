//! What of an address is encrypted in the database. Names, city, region, postal code and country are not: staff search
//! by them, and tax and reports are made of them.

use super::Address;
use crate::Result;
use serde_json::{Map, Value};

const PRIVATE: [&str; 4] = ["company", "line1", "line2", "phone"];

/// What the audit log says of a value that it does not keep.
const HIDDEN: &str = "(hidden)";
const CHANGED: &str = "(hidden, changed)";

/// Takes out of an address, written as JSON, what is encrypted.
pub(crate) fn take_private(address: &mut Value) -> Value {
    let mut taken = Map::new();
    if let Some(fields) = address.as_object_mut() {
        for name in PRIVATE {
            taken.extend(fields.remove(name).map(|value| (name.to_owned(), value)));
        }
    }
    Value::Object(taken)
}

/// Puts back what was taken out. An address that is whole stays as it is: an earlier program wrote it.
pub(crate) fn with_private(mut address: Value, private: Value) -> Value {
    if !is_whole(&address)
        && let (Some(fields), Value::Object(private)) = (address.as_object_mut(), private)
    {
        fields.extend(private);
    }
    address
}

/// Whether nothing was taken out of it.
pub(crate) fn is_whole(address: &Value) -> bool {
    address.get("line1").is_some()
}

/// Two sides of a change as the audit log keeps them: of what is encrypted elsewhere, only whether it is there and
/// whether it changed. The log is never written anew, so nothing in it could ever be sealed with another key.
pub(crate) fn hide(before: &Address, after: &Address) -> Result<(Value, Value)> {
    let (mut was, mut is) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    for name in PRIVATE {
        (was[name], is[name]) = sides(&was[name], &is[name]);
    }
    Ok((was, is))
}

/// The same of a telephone number.
pub(crate) fn hide_phone(before: Option<&str>, after: Option<&str>) -> (Value, Value) {
    sides(&before.into(), &after.into())
}

fn sides(before: &Value, after: &Value) -> (Value, Value) {
    let word = |value: &Value, word: &str| if value.is_null() { Value::Null } else { word.into() };
    let has_changed = !before.is_null() && before != after;
    (word(before, HIDDEN), word(after, if has_changed { CHANGED } else { HIDDEN }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_is_taken_apart_and_put_together() {
        let whole =
            json!({ "firstName": "Ada", "line1": "12 Anvil Yard", "line2": null, "phone": "1", "city": "Leeds" });
        let mut readable = whole.clone();
        let private = take_private(&mut readable);
        assert_eq!(readable, json!({ "firstName": "Ada", "city": "Leeds" }));
        assert_eq!(with_private(readable, private.clone()), whole);
        let newer = json!({ "line1": "1 Forge Lane" });
        assert_eq!(with_private(newer.clone(), private), newer, "what an earlier program wrote is not overwritten");
    }

    #[test]
    fn the_log_says_that_something_changed_and_not_what() {
        assert_eq!(hide_phone(None, Some("1")), (json!(null), json!("(hidden)")));
        assert_eq!(hide_phone(Some("1"), Some("2")), (json!("(hidden)"), json!("(hidden, changed)")));
        assert_eq!(hide_phone(Some("1"), Some("1")), (json!("(hidden)"), json!("(hidden)")));
        assert_eq!(hide_phone(Some("1"), None), (json!("(hidden)"), json!(null)));
    }
}
