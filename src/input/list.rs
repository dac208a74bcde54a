//! Several values in one field.

use super::{Raw, visible};
use serde::{Deserialize, Serialize};

/// Several values: an array, or text with commas between. Text with semicolons or lines is divided at those instead,
/// so that a value may hold a comma.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum RawList {
    Text(String),
    List(Vec<Raw>),
    Nothing(()),
}

impl Default for RawList {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl From<&str> for RawList {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// White space of all kinds becomes single spaces; what nobody can see is left out.
pub(crate) fn one_line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

impl RawList {
    /// The text of a form field that reads back as these values.
    pub fn of(values: &[String]) -> Self {
        let has = |c| values.iter().any(|value| value.contains(c));
        let (between, end) = match (has(';'), has(',')) {
            (true, _) => ("\n", "\n"),
            (false, true) => ("; ", ";"),
            (false, false) => (", ", ""),
        };
        Self::Text(values.join(between) + end)
    }

    /// Each value once (whatever its case), none of them empty.
    pub fn values(&self) -> Vec<String> {
        let all: Vec<String> = match self {
            Self::Text(text) => {
                let at = match text {
                    t if t.contains('\n') => '\n',
                    t if t.contains(';') => ';',
                    _ => ',',
                };
                text.split(at).map(one_line).collect()
            }
            Self::List(list) => list.iter().map(|value| one_line(&value.0)).collect(),
            Self::Nothing(()) => Vec::new(),
        };
        let mut seen = std::collections::HashSet::new();
        all.into_iter().filter(|value| !value.is_empty() && seen.insert(value.to_lowercase())).collect()
    }

    /// For a form field.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            _ => match Self::of(&self.values()) {
                Self::Text(text) => text,
                _ => String::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_back_as_they_were() {
        for values in [vec!["S", "M"], vec!["1,5 mm"], vec!["1,5 mm", "2 mm"], vec!["a;b", "c,d"], vec!["a;b"], vec![]]
        {
            let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
            assert_eq!(RawList::of(&values).values(), values);
        }
        assert_eq!(RawList::Text("Red, red ,, Blue ".into()).values(), ["Red", "Blue"]);
    }
}
