//! The columns of a product CSV, in the dialects in which Shopify and its users write it.

use super::cells::{tidy, truth};
use crate::catalog::products::ProductInput;
use crate::input::Raw;
use std::collections::HashMap;

macro_rules! columns {
    ($($name:ident [$($title:literal),+]),+ $(,)?) => {
        /// The columns that are read; a file may have others, and lack most of these.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Column { $($name),+ }

        impl Column {
            const ALL: &'static [(Self, &'static [&'static str])] = &[$((Self::$name, &[$($title),+])),+];

            /// As exports call it.
            pub fn title(self) -> &'static str {
                let titles = match self { $(Self::$name => [$($title),+].first()),+ };
                titles.copied().unwrap_or_default()
            }
        }
    };
}

// The first title is that of exports, the others those of the template, of exports of 2021, and of apps that write the
// same file: https://help.shopify.com/en/manual/products/import-export/using-csv#product-csv-file-format
columns! {
    Handle ["Handle", "URL handle"], Title ["Title"], Body ["Body (HTML)", "Description"], Brand ["Vendor", "Brand"],
    Type ["Type", "Product type"], CustomType ["Custom Product Type"],
    Taxonomy ["Product Category", "Standard Product Type", "Standardized Product Type"],
    Tags ["Tags"], Published ["Published", "Published on online store"], Status ["Status"],
    Option1Name ["Option1 Name"], Option1Value ["Option1 Value"], Option2Name ["Option2 Name"],
    Option2Value ["Option2 Value"], Option3Name ["Option3 Name"], Option3Value ["Option3 Value"],
    Sku ["Variant SKU", "SKU"], Grams ["Variant Grams", "Weight value (grams)"],
    Tracker ["Variant Inventory Tracker", "Inventory tracker"],
    Quantity ["Variant Inventory Qty", "Inventory quantity", "Variant Inventory Quantity"],
    Policy ["Variant Inventory Policy", "Continue selling when out of stock"], Price ["Variant Price", "Price"],
    CompareAt ["Variant Compare At Price", "Compare-at price"], Barcode ["Variant Barcode", "Barcode", "Variant Barcodes", "Barcodes"],
    RequiresShipping ["Variant Requires Shipping", "Requires shipping"],
    ImageSrc ["Image Src", "Product image URL"], ImagePosition ["Image Position"], ImageAlt ["Image Alt Text"],
    SeoTitle ["SEO Title"], SeoDescription ["SEO Description"], VariantImage ["Variant Image", "Variant image URL"],
    Cost ["Cost per item", "Variant Cost"], GiftCard ["Gift Card"],
    Mpn ["Google Shopping / MPN", "MPN", "Manufacturer Part Number"], Condition ["Google Shopping / Condition"],
    // which Shopify has elsewhere: in its file of the inventory, and for each variant
    CountryOfOrigin ["Country of origin", "COO"], Gtin ["GTIN"],
    // which only our own files have
    LowStockAt ["Low Stock At"], Summary ["Summary"], Specification ["Specification"], Featured ["Featured"],
}

/// A field of the product itself that is one cell of its first row.
pub struct Text {
    pub column: Column,
    /// By the name of its faults.
    pub field: &'static str,
    pub of: fn(&mut ProductInput) -> &mut Raw,
    /// What is typed where this stands in the cell.
    pub read: fn(&str) -> String,
}

pub const TEXTS: &[Text] = &[
    Text { column: Column::Body, field: "description", of: |input| &mut input.description, read: str::to_owned },
    Text { column: Column::Brand, field: "brand", of: |input| input.brand.get_or_insert_default(), read: tidy },
    Text { column: Column::SeoTitle, field: "seoTitle", of: |input| &mut input.seo_title, read: tidy },
    Text {
        column: Column::SeoDescription,
        field: "seoDescription",
        of: |input| &mut input.seo_description,
        read: tidy,
    },
    Text { column: Column::Summary, field: "summary", of: |input| &mut input.summary, read: str::to_owned },
    Text { column: Column::Featured, field: "featured", of: |input| &mut input.featured, read: switch },
    Text {
        column: Column::CountryOfOrigin,
        field: "countryOfOrigin",
        of: |input| &mut input.country_of_origin,
        read: tidy,
    },
    Text { column: Column::Gtin, field: "gtin", of: |input| &mut input.gtin, read: tidy },
    Text { column: Column::Mpn, field: "mpn", of: |input| &mut input.mpn, read: tidy },
    Text { column: Column::Condition, field: "condition", of: |input| &mut input.condition, read: tidy },
];

fn switch(cell: &str) -> String {
    if truth(cell) == Some(true) { "on".to_owned() } else { String::new() }
}

/// Where each column stands, and which columns nothing here reads.
#[derive(Debug, Default)]
pub struct Columns {
    pub places: HashMap<Column, usize>,
    pub unread: Vec<usize>,
}

impl Columns {
    /// Titles are told apart by their letters and digits alone: `Compare-at price` is `Compare At Price`.
    pub fn of<'a>(titles: impl Iterator<Item = &'a str>) -> Self {
        let titles: Vec<String> = titles.map(plain).collect();
        let place = |names: &[&str]| names.iter().find_map(|name| titles.iter().position(|t| *t == plain(name)));
        let places: HashMap<Column, usize> =
            Column::ALL.iter().filter_map(|(column, names)| Some((*column, place(names)?))).collect();
        let unread = (0..titles.len()).filter(|at| !places.values().any(|place| place == at)).collect();
        Self { places, unread }
    }

    pub fn are_of_products(&self) -> bool {
        self.places.contains_key(&Column::Handle) && self.places.contains_key(&Column::Title)
    }
}

fn plain(title: &str) -> String {
    title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_are_read() {
        let old = "Handle,Title,Body (HTML),Custom Product Type,Variant Price,Variant Compare At Price,Image Src,Metal";
        let new = "Title,URL handle,Description,Type,Price,Compare-at price,Product image URL,Price / International";
        for (header, unread) in [(old, 7), (new, 7)] {
            let columns = Columns::of(header.split(','));
            assert!(columns.are_of_products());
            assert_eq!(columns.unread, [unread], "{header}");
        }
        assert!(!Columns::of("Name,Price".split(',')).are_of_products());
    }
}
