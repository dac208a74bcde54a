//! What shoppers see of a product: the card in a list and the whole page.

use super::Picture;
use crate::id::{CategoryId, ImageId, ProductId, VariantId};
use crate::words::Locale;
use crate::{Currency, Money, say};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

words! {
    /// Where a product stands. Shoppers see published products only.
    pub enum ProductStatus {
        Draft = "draft" => "Draft",
        Published = "published" => "Published",
        Archived = "archived" => "Archived",
    }
}

impl ProductStatus {
    /// Any of the other two, but what is archived becomes a draft first: it is looked over before shoppers see it
    /// again.
    pub fn may_become(self, next: Self) -> bool {
        use ProductStatus::{Archived, Draft, Published};
        matches!((self, next), (Draft, Published | Archived) | (Published, Draft | Archived) | (Archived, Draft))
    }
}

words! {
    /// Whether it was used before: the conditions of schema.org that feeds know, too.
    #[derive(Default)]
    pub enum Condition {
        #[default]
        New = "new" => say "product-is-new",
        /// Used before, and made as good as new.
        Refurbished = "refurbished" => say "product-is-refurbished",
        Used = "used" => say "product-is-used",
    }
}

words! {
    /// What shoppers are told about stock.
    #[schema(as = Availability)]
    pub enum AvailabilityWord {
        InStock = "in_stock",
        /// The last few.
        LowStock = "low_stock",
        OutOfStock = "out_of_stock",
    }
}

/// What shoppers are told about stock. Exact numbers only when they are small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Availability {
    InStock,
    /// The last few.
    Low(i32),
    OutOfStock,
}

impl Availability {
    /// At most so many are "the last few". The stock triggers of the schema know the same number.
    pub const LOW: i32 = 5;

    pub fn of(available: i32) -> Self {
        match available {
            ..=0 => Self::OutOfStock,
            n @ 1..=Self::LOW => Self::Low(n),
            _ => Self::InStock,
        }
    }

    pub fn can_buy(self) -> bool {
        self != Self::OutOfStock
    }

    /// For programs.
    pub fn word(self) -> AvailabilityWord {
        match self {
            Self::InStock => AvailabilityWord::InStock,
            Self::Low(_) => AvailabilityWord::LowStock,
            Self::OutOfStock => AvailabilityWord::OutOfStock,
        }
    }

    /// How many are left, when they are the last few.
    pub fn remaining(self) -> Option<i32> {
        match self {
            Self::Low(n) => Some(n),
            Self::InStock | Self::OutOfStock => None,
        }
    }

    /// For people.
    pub fn say(self, locale: Locale) -> Cow<'static, str> {
        match self {
            Self::InStock => say!(locale, "stock-in"),
            Self::Low(n) => say!(locale, "stock-only-left", count = n),
            Self::OutOfStock => say!(locale, "stock-out"),
        }
    }
}

impl std::fmt::Display for Availability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.say(Locale::English))
    }
}

impl Serialize for Availability {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.word().serialize(s)
    }
}

/// One line of the specification, such as `Fabric: Cotton, 180 g`. `products.specifications` is an array of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Specification {
    #[schema(example = "Fabric")]
    pub name: String,
    #[schema(example = "Cotton, 180 g")]
    pub value: String,
}

/// A fragment of text, and whether it answers the search. Never markup: the page decides how to show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fragment {
    pub hit: bool,
    pub text: String,
}

/// A product in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductCard {
    pub id: ProductId,
    pub slug: String,
    pub name: String,
    pub summary: String,
    pub brand: String,
    pub currency: Currency,
    /// The cheapest variant's price; `price_to` is the dearest one's.
    pub price: Money,
    pub price_to: Money,
    /// What the cheapest variant used to cost, when it is on offer.
    pub compare_at: Option<Money>,
    pub on_offer: bool,
    pub in_stock: bool,
    pub availability: Availability,
    pub picture: Option<Picture>,
    /// The only variant, for a button that puts it in the cart at once; `None` when there is a choice.
    pub only_variant: Option<VariantId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Name and summary with the searched words marked; empty outside a search.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marked_name: Vec<Fragment>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marked_summary: Vec<Fragment>,
}

impl ProductCard {
    /// Whether variants differ in price ("from £5").
    pub fn has_price_range(&self) -> bool {
        self.price != self.price_to
    }
}

/// One step of the way from the root of the category tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Crumb {
    pub id: CategoryId,
    #[schema(example = "Shirts")]
    pub name: String,
    #[schema(example = "shirts")]
    pub slug: String,
}

/// Something to choose, such as the size, with its values in the order in which they are offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ProductOption {
    #[schema(example = "Size")]
    pub name: String,
    #[schema(example = json!(["S", "M", "L"]))]
    pub values: Vec<String>,
}

/// What is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Variant {
    pub id: VariantId,
    pub sku: String,
    /// The chosen values, in the order of the options; empty when there is nothing to choose.
    pub values: Vec<String>,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub available: i32,
    pub in_stock: bool,
    pub availability: Availability,
    pub weight_grams: Option<i32>,
    pub barcode: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Variant {
    /// `Red / M`; empty when there is nothing to choose.
    pub fn title(&self) -> String {
        self.values.join(" / ")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductPicture {
    pub id: ImageId,
    #[serde(flatten)]
    pub picture: Picture,
    /// Shows this variant only.
    pub variant: Option<VariantId>,
    /// Shows the variants with this value only.
    pub value: Option<ShownValue>,
}

/// A value of an option, as one of its pictures shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShownValue {
    #[schema(example = "Colour")]
    pub option: String,
    #[schema(example = "Red")]
    pub value: String,
}

/// `Colour: Red`.
impl std::fmt::Display for ShownValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.option, self.value)
    }
}
