//! What an import did, and what it did otherwise than the file says.

use serde::{Deserialize, Serialize};

/// So many lines of either kind are told one by one.
pub(super) const MAX_TOLD: usize = 1_000;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = ImportReport)]
pub struct Report {
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub pictures_queued: u64,
    /// Rows that were left out: the first thousand of them; `failures` counts all.
    pub failed: Vec<Failure>,
    pub failures: u64,
    /// What was kept otherwise than it stands in the file: the first thousand; `notes` counts all.
    pub noted: Vec<Failure>,
    pub notes: u64,
    /// Variants whose stock the file does not count, and for which no number was given: they are sold out.
    pub uncounted: u64,
    /// Variants whose stock the file does not count, and that got the number given for such.
    pub assumed: u64,
}

/// A row that was left out, or something about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ImportRemark)]
pub struct Failure {
    /// In the file; the header is line 1.
    pub line: u64,
    #[schema(example = "price must be an amount such as 49.99; “ten” is not a number")]
    pub reason: String,
}

impl Report {
    /// Whether not one product of the file is in the shop.
    pub fn is_nothing(&self) -> bool {
        self.created + self.updated + self.unchanged == 0
    }

    pub(super) fn fail(&mut self, line: u64, reason: impl Into<String>) {
        self.failures += 1;
        if self.failed.len() < MAX_TOLD {
            self.failed.push(Failure { line, reason: printable(&reason.into()) });
        }
    }

    pub(super) fn note(&mut self, line: u64, reason: impl Into<String>) {
        self.notes += 1;
        if self.noted.len() < MAX_TOLD {
            self.noted.push(Failure { line, reason: printable(&reason.into()) });
        }
    }
}

/// Reasons name what stands in the file, which may be anything.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Things to be said about rows, gathered before it is known whether the product is kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes(pub Vec<Failure>);

impl Notes {
    /// Once, however often the row is read.
    pub fn add(&mut self, line: u64, reason: impl Into<String>) {
        let note = Failure { line, reason: reason.into() };
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }
}

/// `variants[2].compareAtPrice` is "compare at price".
pub(super) fn name_of(field: &str) -> String {
    let last = field.rsplit('.').next().unwrap_or(field);
    let mut words = String::new();
    for c in last.chars().take_while(|c| *c != '[') {
        if c.is_uppercase() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}
