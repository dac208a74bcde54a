//! Whether a value has the form that a schema says. As much of JSON Schema as our schemas use.

use serde_json::Value;
use std::collections::BTreeMap;

/// What does not fit, and where.
pub fn faults(value: &Value, schema: &Value, named: &BTreeMap<String, Value>) -> Vec<String> {
    let mut faults = Vec::new();
    check(value, schema, named, "", &mut faults);
    faults
}

fn check(value: &Value, schema: &Value, named: &BTreeMap<String, Value>, at: &str, faults: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        match named.get(name) {
            Some(schema) => check(value, schema, named, at, faults),
            None => faults.push(format!("{at}: {name} is not described")),
        }
        return;
    }
    for list in ["oneOf", "anyOf"] {
        if let Some(ways) = schema[list].as_array() {
            let fits = |way: &&Value| {
                let mut faults = Vec::new();
                check(value, way, named, at, &mut faults);
                faults.is_empty()
            };
            if ways.iter().filter(fits).count() == 0 {
                faults.push(format!("{at}: {value} fits none of {list}"));
            }
            return;
        }
    }
    if let Some(all) = schema["allOf"].as_array() {
        all.iter().for_each(|part| check(value, part, named, at, faults));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        faults.push(format!("{at}: {value} is none of {words:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_it = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    if !types.is_empty() && !types.iter().any(|kind| is_it(kind)) {
        faults.push(format!("{at}: {value} is no {types:?}"));
    }
    if let Some(items) = value.as_array() {
        for (n, item) in items.iter().enumerate() {
            check(item, &schema["items"], named, &format!("{at}[{n}]"), faults);
        }
    }
    let Some(fields) = value.as_object().filter(|_| types.contains(&"object")) else { return };
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(required) {
            faults.push(format!("{at}.{required} is missing"));
        }
    }
    for (name, field) in fields {
        match &schema["properties"][name] {
            Value::Null => faults.push(format!("{at}.{name} is not described")),
            schema => check(field, schema, named, &format!("{at}.{name}"), faults),
        }
    }
}
