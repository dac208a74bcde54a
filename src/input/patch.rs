//! A partial change, as JSON Merge Patch (RFC 7386): what is named is replaced, `null` empties it, the rest stays.

use crate::{Invalid, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The whole with some of its fields replaced. `Invalid` names those that cannot be read.
pub fn patched<T: Serialize + DeserializeOwned>(whole: &T, patch: Value) -> Result<T> {
    let Value::Object(fields) = &patch else {
        return Err(crate::Error::invalid("body", "must be a JSON object"));
    };
    // each on its own first, since what fails in the whole says nothing of where
    let mut faults = Invalid::default();
    for (field, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        if let Err(e) = serde_json::from_value::<T>(json!({ field: value })) {
            tracing::debug!("a patch is refused at {field}: {e}");
            faults.add(field.clone(), "has a form that cannot be read");
        }
    }
    faults.into_result()?;
    let merged = merge(serde_json::to_value(whole)?, patch);
    serde_json::from_value(merged).map_err(|e| crate::Error::invalid("body", e.to_string()))
}

/// RFC 7386, section 2.
fn merge(target: Value, patch: Value) -> Value {
    let Value::Object(patch) = patch else { return patch };
    let mut merged = match target {
        Value::Object(target) => target,
        _ => Map::new(),
    };
    for (name, value) in patch {
        match merged.remove(&name) {
            _ if value.is_null() => {}
            old => {
                merged.insert(name, merge(old.unwrap_or_default(), value));
            }
        }
    }
    Value::Object(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7386, appendix A.
    #[test]
    fn merges_as_the_standard_says() {
        for (target, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b", "b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b", "b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d", "c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"a":"foo"}), json!("bar"), json!("bar")),
            (json!({"e":null}), json!({"a":1}), json!({"e":null, "a":1})),
            (json!([1, 2]), json!({"a":"b", "c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            assert_eq!(merge(target.clone(), patch.clone()), result, "{target} {patch}");
        }
    }
}
