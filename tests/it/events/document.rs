//! docs/EVENTS.md lists what the catalogue has. `WRITE_DOCS=1 cargo test -p shop --test it events::document` writes the
//! lists anew.

use super::shapes::{example_of, schemas};
use serde_json::Value;
use shop::events::{TOPICS, Topic};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

const BEGIN: &str = "<!-- from the catalogue, written by a test -->\n";
const END: &str = "<!-- to here -->\n";

/// Fails when the catalogue changed and its document did not.
#[test]
fn the_document_lists_what_the_catalogue_has() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/EVENTS.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let wanted = format!("{head}{BEGIN}{}{END}{tail}", lists());
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
        return;
    }
    assert!(text == wanted, "docs/EVENTS.md is not up to date: its head says how it is written anew");
}

fn lists() -> String {
    let mut text =
        String::from("\n## Topics\n\n| topic | version | payload | what happened |\n| --- | --- | --- | --- |\n");
    for topic in TOPICS {
        let personal = if topic.is_personal { " **Personal.**" } else { "" };
        let Topic { name, version, about, .. } = topic;
        let payload = (topic.payload)();
        let _ =
            writeln!(text, "| `{name}` | {version} | [{payload}](#{}) | {about}{personal} |", payload.to_lowercase());
    }
    text.push_str("\n## Payloads\n");
    let mut said = BTreeSet::new();
    for topic in TOPICS {
        let (schema, named) = schemas(topic);
        describe(&(topic.payload)(), &schema, &named, &mut said, &mut text);
    }
    text.push('\n');
    text
}

/// An object, then those that it holds.
fn describe(
    name: &str,
    schema: &Value,
    named: &BTreeMap<String, Value>,
    said: &mut BTreeSet<String>,
    text: &mut String,
) {
    if !said.insert(name.to_owned()) {
        return;
    }
    let _ = write!(text, "\n### {name}\n\n{}\n\n| field | holds | |\n| --- | --- | --- |\n", line(schema));
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let all = schema["properties"].as_object().unwrap();
    let optional: BTreeSet<&str> = all.keys().map(String::as_str).filter(|field| !required.contains(field)).collect();
    let mut inner = Vec::new();
    for (field, is_optional) in required.iter().map(|f| (f, false)).chain(optional.iter().map(|f| (f, true))) {
        let may_miss = if is_optional && !is_nullable(&all[*field]) { "; may be missing" } else { "" };
        let holds = kind(&all[*field], named, &mut inner);
        let _ = writeln!(text, "| `{field}` | {holds}{may_miss} | {} |", line(&all[*field]));
    }
    let example = example_of(schema);
    if example.is_object() {
        let _ = write!(text, "\n```json\n{}\n```\n", pretty(example, 0));
    }
    for name in inner {
        describe(&name, &named[&name], named, said, text);
    }
}

fn line(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.lines().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// What a field holds, in words. Objects come to be described after it.
fn kind(schema: &Value, named: &BTreeMap<String, Value>, inner: &mut Vec<String>) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        let there = &named[name];
        if there["properties"].is_object() {
            inner.push(name.to_owned());
            return format!("[{name}](#{})", name.to_lowercase());
        }
        return kind(there, named, inner);
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        let ways: Vec<String> = ways.iter().map(|way| kind(way, named, inner)).collect();
        return ways.join(" or ");
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        return words.join(", ");
    }
    let one = |what: &str| match (what, schema["format"].as_str(), schema["pattern"].as_str()) {
        ("string", Some("uuid"), _) => "id".to_owned(),
        ("string", Some("date-time"), _) => "moment (RFC 3339)".to_owned(),
        ("string", _, Some("^[A-Z]{3}$")) => "currency (ISO 4217)".to_owned(),
        ("string", _, Some(pattern)) if pattern.starts_with("^-?") => "amount, as a decimal text".to_owned(),
        ("string", ..) => "text".to_owned(),
        ("integer", ..) => "whole number".to_owned(),
        ("boolean", ..) => "true or false".to_owned(),
        (other, ..) => other.to_owned(),
    };
    match &schema["type"] {
        Value::String(array) if array == "array" => format!("list of: {}", kind(&schema["items"], named, inner)),
        Value::String(name) => one(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(one).collect::<Vec<_>>().join(" or "),
        _ => panic!("no type: {schema}"),
    }
}

fn is_nullable(schema: &Value) -> bool {
    let is_null = |schema: &Value| schema["type"] == "null";
    schema["type"].as_array().is_some_and(|types| types.contains(&"null".into()))
        || schema["oneOf"].as_array().is_some_and(|ways| ways.iter().any(is_null))
}

/// In one order, whatever the features of `serde_json`.
fn pretty(value: &Value, depth: usize) -> String {
    let inner = "  ".repeat(depth + 1);
    let outer = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().collect();
            let lines: Vec<_> =
                fields.iter().map(|(name, value)| format!("{inner}\"{name}\": {}", pretty(value, depth + 1))).collect();
            format!("{{\n{}\n{outer}}}", lines.join(",\n"))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| pretty(item, depth)).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}
