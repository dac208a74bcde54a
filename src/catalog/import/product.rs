//! From the rows of one handle to the input of one product.

use super::sheet::{Column, Row};
use crate::catalog::ProductStatus;
use crate::catalog::description::is_html;
use crate::catalog::products::check::same;
use crate::catalog::products::{OptionInput, ProductInput, RawList, VariantInput};
use crate::input::Raw;
use crate::{Currency, Money};
use std::collections::HashSet;

const OPTIONS: [(Column, Column); 3] = [
    (Column::Option1Name, Column::Option1Value),
    (Column::Option2Name, Column::Option2Value),
    (Column::Option3Name, Column::Option3Value),
];

pub struct PictureWanted {
    pub line: u64,
    pub url: String,
    pub alt: String,
    pub position: i32,
    /// The values of the one variant that it shows.
    pub variant: Option<Vec<String>>,
}

/// Puts what the file says into the product as it is (or an empty one). What the file has no column for stays, and so do
/// variants that it does not name. Rows in `wrong` are not read as variants.
pub fn read(rows: &[Row], wrong: &HashSet<u64>, base: ProductInput, currency: Currency) -> ProductInput {
    let mut input = base;
    if let Some(head) = rows.iter().find(|row| !row.get(Column::Title).is_empty()) {
        read_texts(head, &mut input);
    }
    let variants: Vec<&Row> = variant_rows(rows, wrong).collect();
    match options(rows) {
        none if none.is_empty() => read_flat(variants.first().copied(), &mut input, currency),
        options => read_variants(&variants, options, &mut input, currency),
    }
    input
}

/// The rows that are variants, in the order in which they come first among the variants of what is read.
pub fn variant_rows<'a>(rows: &'a [Row], wrong: &HashSet<u64>) -> impl Iterator<Item = &'a Row> {
    // rows without any of these are there for a picture only
    let says = |row: &Row| [Column::Option1Value, Column::Price, Column::Sku].iter().any(|c| !row.get(*c).is_empty());
    rows.iter().filter(move |row| says(row) && !wrong.contains(&row.line))
}

fn read_texts(head: &Row, input: &mut ProductInput) {
    let set = |field: &mut Raw, column: Column| {
        if head.has(column) {
            *field = Raw::from(head.get(column));
        }
    };
    set(&mut input.name, Column::Title);
    set(&mut input.description, Column::Body);
    set(&mut input.brand, Column::Vendor);
    set(&mut input.seo_title, Column::SeoTitle);
    set(&mut input.seo_description, Column::SeoDescription);
    if head.has(Column::Tags) {
        // tags are divided by commas and nothing else
        input.tags = RawList::List(head.get(Column::Tags).split(',').map(Raw::from).collect());
    }
    // the column holds HTML, even where it holds no tag
    let body = input.description.trimmed();
    if head.has(Column::Body) && body.contains('&') && !is_html(body) {
        input.description = Raw(format!("<p>{body}</p>"));
    }
}

/// The option's column and name. Shopify calls the option of a product without options "Title".
fn options(rows: &[Row]) -> Vec<(Column, String)> {
    let named = OPTIONS.iter().filter_map(|(name, value)| {
        let name = rows.iter().map(|row| row.get(*name)).find(|name| !name.is_empty())?;
        Some((*value, name.to_owned()))
    });
    let options: Vec<_> = named.collect();
    let none = |(value, name): &(Column, String)| {
        name == "Title" && rows.iter().all(|row| matches!(row.get(*value), "" | "Default Title"))
    };
    if options.len() == 1 && options.iter().all(none) { Vec::new() } else { options }
}

fn read_flat(row: Option<&Row>, input: &mut ProductInput, currency: Currency) {
    input.options.clear();
    input.variants.clear();
    if let Some(row) = row {
        let mut variant = VariantInput { stock: Raw::default(), ..input.flat() };
        read_variant(row, &mut variant, currency);
        input.sku = variant.sku;
        input.price = variant.price;
        input.compare_at_price = variant.compare_at_price;
        input.cost = variant.cost;
        input.weight_grams = variant.weight_grams;
        input.barcode = variant.barcode;
        input.stock_quantity = variant.stock;
    }
}

fn read_variants(rows: &[&Row], options: Vec<(Column, String)>, input: &mut ProductInput, currency: Currency) {
    let same_options = input.options.len() == options.len()
        && input.options.iter().zip(&options).all(|(there, (_, name))| same(there.name.trimmed(), name));
    // under other options the variants that are there find their place by themselves
    let there = if same_options { std::mem::take(&mut input.variants) } else { Vec::new() };
    let known = if same_options { std::mem::take(&mut input.options) } else { Vec::new() };
    let mut variants = Vec::new();
    for row in rows {
        let values: Vec<Raw> = options.iter().map(|(column, _)| Raw(tidy(row.get(*column)))).collect();
        let matching = there.iter().find(|v| {
            v.option_values.len() == values.len()
                && v.option_values.iter().zip(&values).all(|(a, b)| same(a.trimmed(), b.trimmed()))
        });
        let mut variant =
            matching.cloned().unwrap_or_else(|| VariantInput { option_values: values, ..VariantInput::default() });
        read_variant(row, &mut variant, currency);
        variants.push(variant);
    }
    for other in there {
        if !variants.iter().any(|v: &VariantInput| !v.id.is_empty() && v.id == other.id) {
            variants.push(other);
        }
    }
    let values = |n: usize| {
        let before = known.get(n).map(|option| option.values.values()).unwrap_or_default();
        let mut all: Vec<Raw> = before.into_iter().map(Raw).collect();
        for value in variants.iter().filter_map(|v| v.option_values.get(n)) {
            if !value.is_empty() && !all.iter().any(|known| same(known.trimmed(), value.trimmed())) {
                all.push(value.clone());
            }
        }
        RawList::List(all)
    };
    input.options = options
        .iter()
        .enumerate()
        .map(|(n, (_, name))| OptionInput { name: Raw::from(name.as_str()), values: values(n) })
        .collect();
    input.variants = variants;
}

fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn read_variant(row: &Row, variant: &mut VariantInput, currency: Currency) {
    // spreadsheets keep leading zeros by an apostrophe in front, and it comes along
    let code = |column| Raw::from(row.get(column).trim_start_matches('\''));
    if !row.get(Column::Sku).is_empty() {
        variant.sku = code(Column::Sku);
    }
    if row.has(Column::Barcode) {
        variant.barcode = code(Column::Barcode);
    }
    if row.has(Column::Price) {
        variant.price = Raw::from(row.get(Column::Price));
    }
    if row.has(Column::Cost) {
        variant.cost = Raw::from(row.get(Column::Cost));
    }
    if row.has(Column::CompareAt) {
        variant.compare_at_price = Raw::from(row.get(Column::CompareAt));
    }
    // files have a former price that is no higher than the price; it says nothing
    let amount = |raw: &Raw| Money::parse(&raw.0, currency).ok().map(|m| m.minor);
    if let (Some(was), Some(is)) = (amount(&variant.compare_at_price), amount(&variant.price))
        && was <= is
    {
        variant.compare_at_price = Raw::default();
    }
    if row.has(Column::Grams) {
        variant.weight_grams = grams(row.get(Column::Grams));
    }
    // sold beyond what there was: none is there
    variant.stock = match row.get(Column::Quantity) {
        oversold if oversold.starts_with('-') && oversold[1..].parse::<i32>().is_ok() => Raw::from("0"),
        quantity => Raw::from(quantity),
    };
}

/// Shopify writes 0 where it knows no weight, and parts of grams where it was given ounces.
fn grams(text: &str) -> Raw {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    match (whole.parse::<u32>(), part.bytes().all(|b| b.is_ascii_digit())) {
        (Ok(whole), true) => match whole + u32::from(part.as_bytes().first().is_some_and(|digit| *digit >= b'5')) {
            0 => Raw::default(),
            grams => Raw(grams.to_string()),
        },
        _ => Raw::from(text),
    }
}

/// What the file wants the status to be, if it says.
pub fn published(rows: &[Row]) -> Option<bool> {
    let row = rows.iter().find(|row| !row.get(Column::Title).is_empty())?;
    match row.get(Column::Status).to_ascii_lowercase().as_str() {
        "" => {}
        status => return Some(status == "active"),
    }
    match row.get(Column::Published).to_ascii_lowercase().as_str() {
        "" => None,
        word => Some(matches!(word, "true" | "yes" | "1")),
    }
}

/// The status that a product gets, if it is to get another one. What staff archived stays archived.
pub fn wanted_status(published: Option<bool>, now: ProductStatus) -> Option<ProductStatus> {
    match (published?, now) {
        (true, ProductStatus::Draft) => Some(ProductStatus::Published),
        (false, ProductStatus::Published) => Some(ProductStatus::Draft),
        _ => None,
    }
}

/// Each address once.
pub fn pictures(rows: &[Row]) -> Vec<PictureWanted> {
    let values = |row: &Row| -> Vec<String> {
        OPTIONS.iter().map(|(_, value)| tidy(row.get(*value))).filter(|value| !value.is_empty()).collect()
    };
    let mut wanted: Vec<PictureWanted> = Vec::new();
    for row in rows {
        let url = row.get(Column::ImageSrc);
        if url.is_empty() || wanted.iter().any(|p| p.url == url) {
            continue;
        }
        let next = i32::try_from(wanted.len()).unwrap_or(i32::MAX).saturating_add(1);
        let position = row.get(Column::ImagePosition).parse().ok().filter(|n| (1..100_000).contains(n)).unwrap_or(next);
        wanted.push(PictureWanted {
            line: row.line,
            url: url.to_owned(),
            alt: row.get(Column::ImageAlt).chars().filter(|c| !c.is_control()).take(300).collect(),
            position,
            variant: None,
        });
    }
    let shows: Vec<(&str, &Row)> =
        rows.iter().map(|row| (row.get(Column::VariantImage), row)).filter(|(url, _)| !url.is_empty()).collect();
    for (url, row) in &shows {
        let last = wanted.iter().map(|p| p.position).max().unwrap_or(0);
        let at = match wanted.iter().position(|p| p.url == *url) {
            Some(at) => at,
            None => {
                let position = last.saturating_add(1);
                wanted.push(PictureWanted {
                    line: row.line,
                    url: (*url).to_owned(),
                    alt: String::new(),
                    position,
                    variant: None,
                });
                wanted.len() - 1
            }
        };
        // a picture of several variants belongs to the product
        if shows.iter().filter(|(other, _)| other == url).count() == 1 {
            wanted[at].variant = Some(values(row));
        }
    }
    wanted
}
