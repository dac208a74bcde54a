//! A partial change, as JSON Merge Patch (RFC 7396): what is named is replaced, `null` empties it, the rest stays.

use crate::{Error, Invalid, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The whole with some of its fields replaced. `Invalid` names those that cannot be read.
pub fn patched<T: Serialize + DeserializeOwned>(whole: &T, patch: &Map<String, Value>) -> Result<T> {
    let whole = serde_json::to_value(whole)?;
    let with = |patch: Value| serde_json::from_value::<T>(merge(whole.clone(), patch));
    let e = match with(Value::Object(patch.clone())) {
        Ok(changed) => return Ok(changed),
        Err(e) => e,
    };
    // what fails in the whole says nothing of where: each field on its own does
    let mut faults = Invalid::default();
    for (field, value) in patch {
        if with(json!({ field: value })).is_err() {
            faults.add(field.clone(), "has a form that cannot be read");
        }
    }
    faults.into_result()?;
    Err(Error::invalid("body", e.to_string()))
}

/// RFC 7396, section 2.
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

    /// The examples of RFC 7396, appendix A.
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
