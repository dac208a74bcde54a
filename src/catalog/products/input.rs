//! What staff type, or a program sends, about a product.

use crate::Money;
use crate::address::Country;
use crate::catalog::images::NewPicture;
use crate::catalog::{Condition, ProductStatus, Specification};
use crate::id::{CategoryId, VariantId};
use crate::input::{Raw, RawList, one_line};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// A product as typed: the whole of it, for creating and editing alike. What is left empty is empty afterwards, but for
/// the slug and SKUs: those stay as they are, or are made.
///
/// A product without options is given flat (`price`, `sku`, `stockQuantity` …); one with options by its `variants`.
/// Options with values that no variant has yet get those variants made, at the price of the flat form or else of the
/// variant that is most like them. Under an option that is new, those that there are take its first value.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "name": "Cotton T-shirt", "categoryId": "0190b5a0-7c1e-7000-8000-000000000001", "brand": "Northwind",
    "price": "18.50", "sku": "TEE-RED-M", "stockQuantity": 12, "tags": ["shirts"], "status": "published",
}))]
pub struct ProductInput {
    #[schema(max_length = 200)]
    pub name: Raw,
    /// Empty: made from the name, or left as it is.
    #[schema(max_length = 120)]
    pub slug: Raw,
    #[schema(max_length = 500)]
    pub summary: Raw,
    /// Plain text or a little HTML: paragraphs, lists, tables, links.
    #[schema(max_length = 50_000)]
    pub description: Raw,
    /// `draft`, `published` or `archived`; empty leaves it. A move that is not allowed is a conflict.
    #[schema(value_type = Option<ProductStatus>)]
    pub status: Raw,
    /// Where `status` says nothing: `true` is `published`, `false` is `draft`.
    #[schema(value_type = Option<bool>)]
    pub is_active: Raw,
    #[schema(value_type = Option<CategoryId>)]
    pub category_id: Raw,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 120)]
    pub brand: Option<Raw>,
    /// The name of `brand` in earlier versions, read until the next major one. Where both are given they say the same.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 120, deprecated)]
    pub vendor: Option<Raw>,
    #[schema(value_type = Vec<String>, max_items = 100)]
    pub tags: RawList,
    #[schema(value_type = Vec<Specification>, max_items = 60)]
    pub specifications: RawPairs,
    #[schema(max_length = 200)]
    pub seo_title: Raw,
    #[schema(max_length = 400)]
    pub seo_description: Raw,
    #[schema(value_type = bool)]
    pub featured: Raw,
    /// Where it was made.
    #[schema(value_type = Option<Country>)]
    pub country_of_origin: Raw,
    /// The number by which the trade knows it (GTIN: EAN, UPC, ISBN): 8, 12, 13 or 14 digits, of which the last one
    /// checks the others; spaces and hyphens may stand between them. Variants have theirs as `barcode`.
    #[schema(value_type = Option<String>, max_length = 30, example = "4006381333931")]
    pub gtin: Raw,
    /// The number by which its maker knows it.
    #[schema(max_length = 70)]
    pub mpn: Raw,
    /// Empty: `new`.
    #[schema(value_type = Option<Condition>)]
    pub condition: Raw,
    /// At most three.
    #[schema(max_items = 3)]
    pub options: Vec<OptionInput>,
    #[schema(max_items = 100)]
    pub variants: Vec<VariantInput>,
    /// The names of the options that the `optionValues` of `variants` are given for, when those are not `options`: the
    /// options as they were before one was added, renamed or taken away. The variants then follow the options.
    #[schema(value_type = Vec<String>, max_items = 3)]
    pub variant_options: Vec<Raw>,
    /// Of a product without options, like all that follows; what is made from options is priced like this.
    #[schema(value_type = Option<Money>)]
    pub price: Raw,
    #[schema(value_type = Option<Money>)]
    pub compare_at_price: Raw,
    #[schema(value_type = Option<Money>)]
    pub cost: Raw,
    #[schema(max_length = 64)]
    pub sku: Raw,
    /// Received when the product is created; later, stock changes in the inventory and nowhere else.
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 1_000_000)]
    pub stock_quantity: Raw,
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 10_000_000)]
    pub weight_grams: Raw,
    #[schema(max_length = 64)]
    pub barcode: Raw,
    /// So many or fewer left is low, and staff are told of it; empty: as the settings say.
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 100_000)]
    pub low_stock_at: Raw,
    /// Pictures to put behind those that it shows; they are there when the product is.
    #[schema(max_items = 100)]
    pub images: Vec<NewPicture>,
}

/// Something to choose: `Size` with `S, M, L`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct OptionInput {
    #[schema(max_length = 60)]
    pub name: Raw,
    #[schema(value_type = Vec<String>)]
    pub values: RawList,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct VariantInput {
    /// Of the variant that this is; empty for a new one (or to be found by its values).
    #[schema(value_type = Option<VariantId>)]
    pub id: Raw,
    /// Empty: made from the slug and the values, or left as it is.
    #[schema(max_length = 64)]
    pub sku: Raw,
    /// One for each option, in the order of the options.
    pub option_values: Vec<Raw>,
    #[schema(value_type = Option<Money>)]
    pub price: Raw,
    #[schema(value_type = Option<Money>)]
    pub compare_at_price: Raw,
    #[schema(value_type = Option<Money>)]
    pub cost: Raw,
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 10_000_000)]
    pub weight_grams: Raw,
    #[schema(max_length = 64)]
    pub barcode: Raw,
    /// So many or fewer left is low, and staff are told of it; empty: as the settings say.
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 100_000)]
    pub low_stock_at: Raw,
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 100_000)]
    pub position: Raw,
    /// Received when the variant is created.
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 1_000_000)]
    pub stock: Raw,
    /// On: not sold for now. (Not the other way round, because a form does not send an empty check box.)
    #[schema(value_type = bool)]
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
    /// The brand, and the name by which it was given.
    pub fn given_brand(&self) -> Option<(&Raw, &'static str)> {
        let vendor = self.vendor.as_ref().map(|vendor| (vendor, "vendor"));
        self.brand.as_ref().map(|brand| (brand, "brand")).or(vendor)
    }

    /// Whether the brand is given by two names that say different things.
    pub(in crate::catalog) fn has_two_brands(&self) -> bool {
        matches!((&self.brand, &self.vendor), (Some(brand), Some(vendor)) if brand.trimmed() != vendor.trimmed())
    }

    /// The same to replace a product that stands as `now`. Whoever sends back what they got of it says its brand by
    /// both names; where they changed one of the two, that one is meant.
    pub fn replacing(mut self, now: &Self) -> Self {
        if self.has_two_brands() {
            let stands = now.brand.as_ref().map_or("", Raw::trimmed);
            let is_new = |given: &Option<Raw>| given.as_ref().is_some_and(|given| given.trimmed() != stands);
            match (is_new(&self.brand), is_new(&self.vendor)) {
                (true, false) => self.vendor = None,
                (false, true) => self.brand = None,
                // neither is what stands: which one is meant, nobody can tell
                _ => {}
            }
        }
        self
    }

    /// The one variant of a product that is written flat.
    pub(in crate::catalog) fn flat(&self) -> VariantInput {
        VariantInput {
            sku: self.sku.clone(),
            price: self.price.clone(),
            compare_at_price: self.compare_at_price.clone(),
            cost: self.cost.clone(),
            weight_grams: self.weight_grams.clone(),
            barcode: self.barcode.clone(),
            low_stock_at: self.low_stock_at.clone(),
            stock: self.stock_quantity.clone(),
            ..VariantInput::default()
        }
    }

    /// Writes the one variant that is left flat: what a form does when there is nothing to choose any more.
    pub fn flatten(&mut self, only: &VariantInput) {
        self.sku = only.sku.clone();
        self.price = only.price.clone();
        self.compare_at_price = only.compare_at_price.clone();
        self.cost = only.cost.clone();
        self.weight_grams = only.weight_grams.clone();
        self.barcode = only.barcode.clone();
        self.low_stock_at = only.low_stock_at.clone();
        self.stock_quantity = only.stock.clone();
    }
}

impl VariantInput {
    /// `S / Red`.
    pub fn title(&self) -> String {
        let values: Vec<&str> = self.option_values.iter().map(|value| value.trimmed()).collect();
        values.join(" / ")
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

/// What is there, if only to say that it is empty: `None` is what was left out.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Raw>, D::Error> {
    Raw::deserialize(from).map(Some)
}

/// A check box.
pub fn switch(on: bool) -> Raw {
    Raw::from(if on { "on" } else { "" })
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
    fn a_brand_is_given_by_either_name() {
        let read = |json| serde_json::from_value::<ProductInput>(json).unwrap();
        assert_eq!(read(json!({ "brand": "Ox" })).given_brand(), Some((&"Ox".into(), "brand")));
        assert_eq!(read(json!({ "vendor": "Ox" })).given_brand(), Some((&"Ox".into(), "vendor")));
        assert_eq!(read(json!({ "vendor": null })).given_brand(), Some((&"".into(), "vendor")));
        assert_eq!(read(json!({})).given_brand(), None);
        assert!(read(json!({ "brand": "", "vendor": "Ox" })).has_two_brands());
        assert!(read(json!({ "brand": null, "vendor": "Ox" })).has_two_brands());
        assert!(!read(json!({ "brand": "Ox", "vendor": "Ox " })).has_two_brands());
        assert!(!read(json!({ "vendor": "Ox" })).has_two_brands());
    }

    #[test]
    fn of_two_brands_the_one_that_was_changed_replaces() {
        let read = |json| serde_json::from_value::<ProductInput>(json).unwrap();
        let now = read(json!({ "brand": "Ox" }));
        let replacing = |brand: &str, vendor: &str| read(json!({ "brand": brand, "vendor": vendor })).replacing(&now);
        for (brand, vendor, meant) in [("Elk", "Ox", "Elk"), ("Ox", "Elk", "Elk"), ("", "Ox", ""), ("Ox", "", "")] {
            let input = replacing(brand, vendor);
            assert!(!input.has_two_brands(), "{brand} {vendor}");
            assert_eq!(input.given_brand().unwrap().0, &meant.into(), "{brand} {vendor}");
        }
        assert!(replacing("Elk", "Emu").has_two_brands());
    }

    #[test]
    fn pairs_read_back_as_they_were() {
        assert_eq!(RawPairs::of([("Head", "Flat: very")]).pairs(), [("Head".into(), "Flat: very".into())]);
    }
}
