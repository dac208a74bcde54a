//! What one request leaves for the next page: a message, and a form with its faults and all that was typed.

use super::sentence::{label_of, sentence};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shop::words::Locale;
use shop::{Error, FieldError, Result};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

shop::words! {
    pub enum Tone {
        Info = "info",
        Success = "success",
        Warning = "warning",
        Danger = "danger",
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
    /// In which it is said.
    #[serde(skip)]
    locale: Locale,
    #[serde(skip)]
    taken_up: TakenUp,
    #[serde(skip)]
    shown: Shown,
}

/// What the page says beside the faulty fields of a form: noted while they are rendered, for the summary above it.
#[derive(Debug, Clone, Default)]
struct Shown(Arc<Mutex<Vec<ShownField>>>);

#[derive(Debug, Clone)]
struct ShownField {
    name: String,
    id: String,
    sentence: String,
}

/// It is no part of what is left for the page.
impl PartialEq for Shown {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Shown {}

/// A line of the summary of faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultLine {
    pub sentence: String,
    /// The id of the field on the page, if it is there.
    pub id: Option<String>,
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
    /// For a visit in this language.
    pub fn in_language(self, locale: Locale) -> Self {
        Self { locale, ..self }
    }

    /// What is known of the form sent to `action`; empty for a form that was not refused.
    pub fn form(&self, action: &str, which: &str) -> FormState {
        let refused = self.refused.as_ref().filter(|r| r.action == action && r.which == which);
        if refused.is_some() {
            self.taken_up.0.store(true, Relaxed);
        }
        FormState { refused: refused.cloned(), locale: self.locale, shown: self.shown.clone() }
    }

    /// What is wrong with the refused form, once the page is rendered.
    pub fn fault_lines(&self) -> Vec<FaultLine> {
        FormState { refused: self.refused.clone(), locale: self.locale, shown: self.shown.clone() }.fault_lines()
    }

    /// Whether the page that was rendered asked for the form that was refused.
    pub fn was_taken_up(&self) -> bool {
        self.taken_up.0.load(Relaxed)
    }
}

/// A form's values and faults, if it was refused.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    refused: Option<Refused>,
    locale: Locale,
    shown: Shown,
}

impl FormState {
    /// A form whose values stand elsewhere, such as in the address, with its faults. Those are for staff.
    pub fn of(values: Vec<(String, String)>, faults: Vec<FieldError>) -> Self {
        let refused = (!values.is_empty()).then(|| Refused { values, faults, ..Refused::default() });
        Self { refused, ..Self::default() }
    }

    pub fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    /// The same with what was typed into a field of another name, as a page of an earlier version has it, in this one.
    pub fn renaming(mut self, other: &str, name: &str) -> Self {
        let values = self.refused.iter_mut().flat_map(|refused| &mut refused.values);
        for (typed, _) in values.filter(|(typed, _)| typed == other) {
            name.clone_into(typed);
        }
        self
    }

    /// All that was typed, by the names of the form.
    pub fn pairs(&self) -> &[(String, String)] {
        self.refused.as_ref().map_or(&[], |refused| &refused.values)
    }

    /// All that was typed, as the server function of the form reads it: a server function decodes a body with this
    /// configuration, and an input that it flattens in this way.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T> {
        #[derive(Deserialize)]
        struct Wrapped<T> {
            #[serde(flatten)]
            input: T,
        }
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish();
        let sent = serde_qs::Config::new().use_form_encoding(true).deserialize_str::<Wrapped<T>>(&body);
        sent.map(|sent| sent.input).map_err(|e| Error::invalid("form", format!("cannot be read: {e}")))
    }

    /// What was typed into a field, if this form was refused; `None` asks for the initial value.
    pub fn typed(&self, field: &str) -> Option<String> {
        let refused = self.refused.as_ref()?;
        let found = refused.values.iter().find(|(name, _)| name == field);
        Some(found.map(|(_, value)| value.clone()).unwrap_or_default())
    }

    /// What was typed, or the initial value.
    pub fn value(&self, field: &str, initial: &str) -> String {
        self.typed(field).unwrap_or_else(|| initial.to_owned())
    }

    /// All values of a field that may stand there several times.
    pub fn all(&self, field: &str) -> Option<Vec<String>> {
        let refused = self.refused.as_ref()?;
        Some(refused.values.iter().filter(|(name, _)| name == field).map(|(_, value)| value.clone()).collect())
    }

    /// Whether a box was ticked, or is to begin with.
    pub fn ticked(&self, field: &str, initial: bool) -> bool {
        match &self.refused {
            Some(refused) => refused.values.iter().any(|(name, value)| name == field && value != "false"),
            None => initial,
        }
    }

    pub fn is_wrong(&self, field: &str) -> bool {
        self.faults().iter().any(|fault| same_field(&fault.field, field))
    }

    /// What stands beside a field that is wrong: sentences that name its label. The summary says the same and leads to
    /// the field by its id.
    pub fn fault(&self, field: &str, label: &str, id: &str) -> Option<String> {
        let said = self.faults().iter().filter(|fault| same_field(&fault.field, field));
        let sentence = said.map(|fault| sentence(self.locale, label, &fault.message)).collect::<Vec<_>>().join(" ");
        if sentence.is_empty() {
            return None;
        }
        let shown = ShownField { name: field.to_owned(), id: id.to_owned(), sentence: sentence.clone() };
        self.shown.0.lock().unwrap_or_else(PoisonError::into_inner).push(shown);
        Some(sentence)
    }

    /// What is wrong, a line for each field, in the order of the page; for when the fields are rendered, because only
    /// then their labels are known. What the page does not show is told last, by its name.
    pub fn fault_lines(&self) -> Vec<FaultLine> {
        let shown = self.shown.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_shown = |fault: &&FieldError| shown.iter().any(|field| same_field(&fault.field, &field.name));
        let beside =
            shown.iter().map(|field| FaultLine { sentence: field.sentence.clone(), id: Some(field.id.clone()) });
        let others = self.faults().iter().filter(|fault| !is_shown(fault));
        let others = others.map(|fault| {
            let label = label_of(self.locale, &fault.field);
            FaultLine { sentence: sentence(self.locale, &label, &fault.message), id: None }
        });
        let mut lines: Vec<FaultLine> = Vec::new();
        for line in beside.chain(others) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }

    pub fn faults(&self) -> &[FieldError] {
        self.refused.as_ref().map_or(&[], |refused| &refused.faults)
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
    use super::{FormState, same_field};
    use shop::catalog::products::ProductInput;

    /// As `server_fn` reads the same body.
    #[test]
    fn a_form_is_read_back_as_it_was_sent() {
        let pairs = [
            ("product", ""),
            ("version", "0"),
            ("act", "rows"),
            ("name", "Pipe & fittings = all, 100 % [new]"),
            ("description", "one\r\n\r\ntwo"),
            ("featured", "true"),
            ("options[0][name]", "Size"),
            ("options[0][values]", "S, M"),
            ("variants[0][optionValues][0]", "S"),
            ("variants[0][price]", "4.50"),
            ("all[of]", "0:S"),
        ];
        let mut pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        // by number, not by letter and not as they come
        pairs.extend((1..=10).rev().map(|n| (format!("variants[{n}][price]"), n.to_string())));
        let input: ProductInput = FormState::of(pairs, Vec::new()).input().unwrap();
        assert_eq!(input.name, "Pipe & fittings = all, 100 % [new]".into());
        assert_eq!(input.description, "one\r\n\r\ntwo".into());
        assert_eq!((input.featured.is_on(), input.options[0].values.values()), (true, vec!["S".into(), "M".into()]));
        let prices = ["4.50", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
        assert_eq!(input.variants.iter().map(|v| v.price.0.as_str()).collect::<Vec<_>>(), prices);
        assert_eq!(input.variants[0].option_values, ["S".into()]);
        assert_eq!(FormState::default().input::<ProductInput>().unwrap(), ProductInput::default());
    }

    /// Fails when the page that comes after a refusal knows the field by its new name alone: what was typed would be
    /// lost.
    #[test]
    fn what_a_page_of_an_earlier_version_sent_stands_in_the_field_of_today() {
        let sent = [("name", "Awl"), ("vendor", "Harrow")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let state = FormState::of(sent.to_vec(), Vec::new());
        let input: ProductInput = state.input().unwrap();
        assert_eq!(input.given_brand(), Some((&"Harrow".into(), "vendor")));
        let state = state.renaming("vendor", "brand");
        assert_eq!((state.value("brand", "").as_str(), state.value("name", "").as_str()), ("Harrow", "Awl"));
        let input: ProductInput = state.input().unwrap();
        assert_eq!((input.brand, input.vendor), (Some("Harrow".into()), None));
    }

    #[test]
    fn knows_nested_fields_by_both_names() {
        assert!(same_field("address.city", "address[city]"));
        assert!(same_field("variants[0].sku", "variants[0][sku]"));
        assert!(!same_field("variants[0].sku", "variants[1][sku]"));
        assert!(!same_field("addresscity", "address[city]"));
    }
}
