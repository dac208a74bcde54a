//! Two versions of a product beside each other, for the one whose edit came second.

use super::input::{ProductInput, VariantInput};
use super::texts::{Texts, line};

/// Something that is not the same in both, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub what: String,
    pub yours: String,
    pub theirs: String,
}

impl ProductInput {
    /// What differs between this version (the one that was typed) and another (the current one).
    pub fn differences(&self, theirs: &Self) -> Vec<Difference> {
        let (yours, theirs) = (self.lines(), theirs.lines());
        let of = |all: &[(String, String)], what: &str| {
            all.iter().find(|(name, _)| name == what).map(|(_, text)| text.clone()).unwrap_or_default()
        };
        let mut names: Vec<&String> = yours.iter().map(|(name, _)| name).collect();
        names.extend(theirs.iter().map(|(name, _)| name).filter(|name| !yours.iter().any(|(known, _)| known == *name)));
        names
            .into_iter()
            .map(|what| Difference { what: what.clone(), yours: of(&yours, what), theirs: of(&theirs, what) })
            .filter(|difference| difference.yours != difference.theirs)
            .collect()
    }

    /// Everything as names and texts, a line for each variant.
    fn lines(&self) -> Vec<(String, String)> {
        let mut lines = Texts::lines(self);
        lines.extend([
            line("Address", &self.slug),
            line("Status", &self.status),
            line("Category", &self.category_id),
            line("Price", &self.price),
            line("Price before", &self.compare_at_price),
            line("Cost", &self.cost),
            line("SKU", &self.sku),
            line("Weight", &self.weight_grams),
            line("Bar code", &self.barcode),
            line("Low at", &self.low_stock_at),
        ]);
        for option in self.options.iter().filter(|option| !option.name.is_empty()) {
            lines.push((format!("Option {}", option.name.trimmed()), option.values.values().join(", ")));
        }
        for variant in &self.variants {
            let values: Vec<_> = variant.option_values.iter().map(|v| v.trimmed()).collect();
            lines.push((format!("Variant {}", values.join(" / ")), variant.lines()));
        }
        lines
    }
}

impl VariantInput {
    fn lines(&self) -> String {
        let parts = [
            ("SKU", &self.sku),
            ("price", &self.price),
            ("before", &self.compare_at_price),
            ("cost", &self.cost),
            ("weight", &self.weight_grams),
            ("bar code", &self.barcode),
            ("low at", &self.low_stock_at),
        ];
        let mut lines: Vec<_> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name} {}", value.trimmed()))
            .collect();
        if self.inactive.is_on() {
            lines.push("not sold".to_owned());
        }
        lines.join(", ")
    }
}
