//! The shapes of payloads: each has a schema with an example that fits it.

use super::fits::faults;
use serde_json::{Value, json};
use shop::events::{TOPICS, Topic};
use std::collections::{BTreeMap, BTreeSet};

/// A topic's schema, and those that it refers to.
pub fn schemas(topic: &Topic) -> (Value, BTreeMap<String, Value>) {
    let mut named = Vec::new();
    (topic.refers_to)(&mut named);
    let named = named.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap())).collect();
    (serde_json::to_value((topic.schema)()).unwrap(), named)
}

pub fn example_of(schema: &Value) -> &Value {
    match &schema["example"] {
        Value::Null => &schema["examples"][0],
        example => example,
    }
}

#[test]
fn topics_are_named_as_the_rule_says() {
    let names: BTreeSet<&str> = TOPICS.iter().map(|topic| topic.name).collect();
    assert_eq!(names.len(), TOPICS.len(), "a name is there twice");
    for topic in TOPICS {
        let (entity, happened) = topic.name.split_once('.').unwrap();
        assert_eq!(entity, topic.entity.word(), "{} begins with what it is about", topic.name);
        let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        assert!(is_word(entity) && is_word(happened), "{}", topic.name);
        assert!(topic.version.parse::<chrono::NaiveDate>().is_ok(), "{} of {}", topic.name, topic.version);
        assert!(topic.about.ends_with('.') && topic.about.len() > 10, "{}: {}", topic.name, topic.about);
    }
}

#[test]
fn examples_are_read_and_fit_their_schemas() {
    for topic in TOPICS {
        let (schema, named) = schemas(topic);
        let example = example_of(&schema);
        assert!(example.is_object(), "{} has no example: {schema}", topic.name);
        let event = (topic.read)(example.clone()).unwrap_or_else(|e| panic!("{}: {e}", topic.name));
        assert_eq!((event.topic().name, event.entity().0), (topic.name, topic.entity));
        assert!(!event.entity().1.is_empty() && !event.entity().1.contains('.'), "{}", topic.name);
        assert_eq!(&event.payload().unwrap(), example, "{}: what is read is what is written", topic.name);
        assert_eq!(faults(example, &schema, &named), [""; 0], "{}", topic.name);
    }
}

/// Fails when a value that does not fit passes.
#[test]
fn what_does_not_fit_is_seen() {
    let topic = TOPICS.iter().find(|topic| topic.name == "order.paid").unwrap();
    let (schema, named) = schemas(topic);
    let with = |field: &str, value: Value| {
        let mut example = example_of(&schema).clone();
        example[field] = value;
        faults(&example, &schema, &named).len()
    };
    assert_eq!(with("status", json!("paid")), 0);
    assert_eq!(with("status", json!("sold")), 1, "no such word");
    assert_eq!(with("total", json!(78.5)), 1, "an amount is a text");
    assert_eq!(with("colour", json!("red")), 1, "nobody knows this field");
    let mut short = example_of(&schema).clone();
    short.as_object_mut().unwrap().remove("orderId");
    assert_eq!(faults(&short, &schema, &named), [".orderId is missing"]);
}

/// Fields say what they hold: whoever reads the document knows no more than it says.
#[test]
fn only_who_needs_an_address_gets_one() {
    for topic in TOPICS {
        let (schema, named) = schemas(topic);
        let all = format!("{schema}{named:?}");
        let tells = ["\"email\"", "\"phone\"", "\"firstName\"", "ddress\""].iter().any(|field| all.contains(field));
        assert_eq!(tells, topic.is_personal, "{} is personal: true, or tells too much", topic.name);
    }
}
