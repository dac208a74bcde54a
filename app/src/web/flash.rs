//! What one request leaves for the next page: a message, and a form with its faults and all that was typed.

use serde::{Deserialize, Serialize};
use shop::FieldError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    Info,
    Success,
    Warning,
    Danger,
}

impl Tone {
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Danger => "danger",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub tone: Tone,
    pub text: String,
}

/// A form that was refused: shown again with every value typed and a message beside each faulty field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Where it was sent to: a page with several forms knows its own by this (and by `which`).
    pub action: String,
    /// The value of the form's hidden field `form`, for pages that show one form many times.
    pub which: String,
    pub values: Vec<(String, String)>,
    pub faults: Vec<FieldError>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    #[serde(default)]
    pub messages: Vec<Message>,
    #[serde(default)]
    pub refused: Option<Refused>,
    #[serde(skip)]
    taken_up: TakenUp,
}

/// Whether the page has the form that was refused. No part of what is left.
#[derive(Debug, Clone, Default)]
struct TakenUp(Arc<AtomicBool>);

impl PartialEq for TakenUp {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for TakenUp {}

impl Flash {
    /// What is known of the form sent to `action`; empty for a form that was not refused.
    pub fn form(&self, action: &str, which: &str) -> FormState {
        let refused = self.refused.as_ref().filter(|r| r.action == action && r.which == which);
        if refused.is_some() {
            self.taken_up.0.store(true, Relaxed);
        }
        FormState(refused.cloned())
    }

    /// Whether the page that was rendered asked for the form that was refused.
    pub fn was_taken_up(&self) -> bool {
        self.taken_up.0.load(Relaxed)
    }
}

/// A form's values and faults, if it was refused.
#[derive(Debug, Clone, Default)]
pub struct FormState(Option<Refused>);

impl FormState {
    /// A form whose fields stand in the address, with its faults.
    pub fn of(values: Vec<(String, String)>, faults: Vec<FieldError>) -> Self {
        Self((!values.is_empty()).then(|| Refused { values, faults, ..Refused::default() }))
    }

    pub fn is_refused(&self) -> bool {
        self.0.is_some()
    }

    /// All that was typed, by the names of the form.
    pub fn pairs(&self) -> &[(String, String)] {
        self.0.as_ref().map_or(&[], |refused| &refused.values)
    }

    /// What was typed into a field, if this form was refused; `None` asks for the initial value.
    pub fn typed(&self, field: &str) -> Option<String> {
        let refused = self.0.as_ref()?;
        let found = refused.values.iter().find(|(name, _)| name == field);
        Some(found.map(|(_, value)| value.clone()).unwrap_or_default())
    }

    /// What was typed, or the initial value.
    pub fn value(&self, field: &str, initial: &str) -> String {
        self.typed(field).unwrap_or_else(|| initial.to_owned())
    }

    /// All values of a field that may stand there several times.
    pub fn all(&self, field: &str) -> Option<Vec<String>> {
        let refused = self.0.as_ref()?;
        Some(refused.values.iter().filter(|(name, _)| name == field).map(|(_, value)| value.clone()).collect())
    }

    /// Whether a box was ticked, or is to begin with.
    pub fn ticked(&self, field: &str, initial: bool) -> bool {
        match &self.0 {
            Some(refused) => refused.values.iter().any(|(name, value)| name == field && value != "false"),
            None => initial,
        }
    }

    /// The message beside a field.
    pub fn fault(&self, field: &str) -> Option<String> {
        self.0.as_ref()?.faults.iter().find(|fault| same_field(&fault.field, field)).map(|fault| fault.message.clone())
    }

    pub fn faults(&self) -> &[FieldError] {
        self.0.as_ref().map_or(&[], |refused| &refused.faults)
    }
}

/// Forms name a nested field `address[city]`, faults `address.city`.
fn same_field(a: &str, b: &str) -> bool {
    fn parts(name: &str) -> impl Iterator<Item = &str> {
        name.split(['.', '[', ']']).filter(|part| !part.is_empty())
    }
    a == b || parts(a).eq(parts(b))
}

#[cfg(test)]
mod tests {
    use super::same_field;

    #[test]
    fn knows_nested_fields_by_both_names() {
        assert!(same_field("address.city", "address[city]"));
        assert!(same_field("variants[0].sku", "variants[0][sku]"));
        assert!(!same_field("variants[0].sku", "variants[1][sku]"));
        assert!(!same_field("addresscity", "address[city]"));
    }
}
