//! What staff type, or a program sends, about a product.

use crate::input::{Raw, RawList, one_line};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A product as typed: the whole of it, for creating and editing alike. What is left empty is empty afterwards, but for
/// the slug and SKUs: those stay as they are, or are made.
///
/// A product without options is given flat (`price`, `sku`, `stockQuantity` …); one with options by its `variants`.
/// Options with values that no variant has yet get those variants made, at the price of the flat form or of the first.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ProductInput {
    pub name: Raw,
    /// Empty: made from the name, or left as it is.
    pub slug: Raw,
    pub summary: Raw,
    /// Plain text or a little HTML, see `catalog::description`.
    pub description: Raw,
    /// `draft`, `published` or `archived`; empty leaves it. A move that is not allowed is a conflict.
    pub status: Raw,
    pub category_id: Raw,
    #[serde(rename = "vendor")]
    pub brand: Raw,
    pub tags: RawList,
    pub specifications: RawPairs,
    pub seo_title: Raw,
    pub seo_description: Raw,
    pub featured: Raw,
    /// At most three.
    pub options: Vec<OptionInput>,
    pub variants: Vec<VariantInput>,
    pub price: Raw,
    pub compare_at_price: Raw,
    pub cost: Raw,
    pub sku: Raw,
    /// Received when the product is created; later, stock changes in the inventory and nowhere else.
    pub stock_quantity: Raw,
    pub weight_grams: Raw,
    pub barcode: Raw,
}

/// Something to choose: `Size` with `S, M, L`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct OptionInput {
    pub name: Raw,
    pub values: RawList,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VariantInput {
    /// Of the variant that this is; empty for a new one (or to be found by its values).
    pub id: Raw,
    /// Empty: made from the slug and the values, or left as it is.
    pub sku: Raw,
    /// One for each option, in the order of the options.
    pub option_values: Vec<Raw>,
    pub price: Raw,
    pub compare_at_price: Raw,
    pub cost: Raw,
    pub weight_grams: Raw,
    pub barcode: Raw,
    pub position: Raw,
    /// Received when the variant is created.
    pub stock: Raw,
    /// On: not sold for now. (Not the other way round, because a form does not send an empty check box.)
    pub inactive: Raw,
}

/// Names with values: an array of pairs or of `{ name, value }`, an object, or text with one `Name: value` a line.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum RawPairs {
    Text(String),
    List(Vec<RawPair>),
    Object(BTreeMap<String, Raw>),
    Nothing(()),
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum RawPair {
    Named { name: Raw, value: Raw },
    Pair(Raw, Raw),
}

impl Default for RawPairs {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl ProductInput {
    /// The one variant of a product that is written flat.
    pub(in crate::catalog) fn flat(&self) -> VariantInput {
        VariantInput {
            sku: self.sku.clone(),
            price: self.price.clone(),
            compare_at_price: self.compare_at_price.clone(),
            cost: self.cost.clone(),
            weight_grams: self.weight_grams.clone(),
            barcode: self.barcode.clone(),
            stock: self.stock_quantity.clone(),
            ..VariantInput::default()
        }
    }
}

impl RawPairs {
    /// The text of a form field that reads back as these pairs.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let lines: Vec<_> = pairs.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        Self::Text(lines.join("\n"))
    }

    /// Lines without a colon have an empty value; empty lines are none.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let all: Vec<(String, String)> = match self {
            Self::Text(text) => text
                .lines()
                .map(|line| line.split_once(':').unwrap_or((line, "")))
                .map(|(name, value)| (one_line(name), one_line(value)))
                .collect(),
            Self::List(list) => list
                .iter()
                .map(|pair| match pair {
                    RawPair::Named { name, value } | RawPair::Pair(name, value) => {
                        (one_line(&name.0), one_line(&value.0))
                    }
                })
                .collect(),
            Self::Object(object) => object.iter().map(|(name, value)| (one_line(name), one_line(&value.0))).collect(),
            Self::Nothing(()) => Vec::new(),
        };
        all.into_iter().filter(|(name, value)| !name.is_empty() || !value.is_empty()).collect()
    }

    /// For a form field.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            _ => self.pairs().into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_forms_and_json_alike() {
        let json = json!({
            "name": "Nail", "price": 4.5, "featured": true, "tags": ["a", "b"],
            "specifications": [["Head", "Flat"], { "name": "Box", "value": 200 }],
            "options": [{ "name": "Size", "values": "1,5 mm; 2 mm" }],
            "variants": [{ "optionValues": ["2 mm"], "stock": 4, "cost": null }],
        });
        let input: ProductInput = serde_json::from_value(json).unwrap();
        assert_eq!(input.price, "4.5".into());
        assert_eq!(input.tags.values(), ["a", "b"]);
        assert_eq!(input.options[0].values.values(), ["1,5 mm", "2 mm"]);
        assert_eq!(input.specifications.pairs()[1], ("Box".into(), "200".into()));
        assert_eq!(input.variants[0].stock, "4".into());
        let object: RawPairs = serde_json::from_value(json!({ "Head": "Flat" })).unwrap();
        assert_eq!(object.pairs(), [("Head".into(), "Flat".into())]);
    }

    #[test]
    fn pairs_read_back_as_they_were() {
        assert_eq!(RawPairs::of([("Head", "Flat: very")]).pairs(), [("Head".into(), "Flat: very".into())]);
    }
}
