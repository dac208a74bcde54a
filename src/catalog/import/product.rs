//! From the rows of one handle to the input of one product.

use super::cells::tidy;
use super::columns::{Column, TEXTS};
use super::csv_rows::CsvRow;
use super::leave::Leave;
use super::report::{Notes, name_of};
use super::variant::{Stock, read_variant};
use crate::Currency;
use crate::catalog::description::is_html;
use crate::catalog::products::check::same;
use crate::catalog::products::{OptionInput, ProductInput, RawPairs, VariantInput};
use crate::input::{Raw, RawList};

pub(super) const OPTIONS: [(Column, Column); 3] = [
    (Column::Option1Name, Column::Option1Value),
    (Column::Option2Name, Column::Option2Value),
    (Column::Option3Name, Column::Option3Value),
];

const MAX_NAME: usize = 200;
const MAX_OPTION: usize = 60;
const MAX_VALUE: usize = 120;
const MAX_TAG: usize = 60;
const MAX_TAGS: usize = 100;

/// Puts what the file says into the product as it is (or an empty one). What the file has no column for stays, and so
/// do variants that it does not name. What is in `leave` is not read.
pub fn read(
    rows: &[CsvRow],
    leave: &Leave,
    base: ProductInput,
    currency: Currency,
    stock: &mut Stock,
    notes: &mut Notes,
) -> ProductInput {
    let mut input = base;
    if let Some(head) = rows.iter().find(|row| !row.get(Column::Title).is_empty()) {
        read_texts(head, leave, &mut input, notes);
        let others = rows.iter().filter(|row| !matches!(row.get(Column::Title), "") && row.line != head.line);
        for other in others.filter(|row| tidy(row.get(Column::Title)) != tidy(head.get(Column::Title))) {
            let title: String = tidy(other.get(Column::Title)).chars().take(60).collect();
            notes.add(
                other.line,
                format!("“{title}” has the handle of the product above: it is taken for a variant of that"),
            );
        }
    }
    let variants: Vec<&CsvRow> = variant_rows(rows, leave).collect();
    let mut cells = Cells { leave, currency, stock, notes };
    match options(rows, cells.notes) {
        none if none.is_empty() => cells.flat(variants.first().copied(), &mut input),
        options => cells.variants(&variants, options, &mut input),
    }
    input
}

/// The rows that are variants, in the order in which they come first among the variants of what is read.
pub fn variant_rows<'a>(rows: &'a [CsvRow], leave: &Leave) -> impl Iterator<Item = &'a CsvRow> {
    // rows without any of these are there for a picture only
    let says = |row: &CsvRow| {
        [Column::Option1Value, Column::Option2Value, Column::Option3Value, Column::Price, Column::Sku, Column::Barcode]
            .iter()
            .any(|column| !row.get(*column).is_empty())
    };
    rows.iter().filter(move |row| says(row) && !leave.rows.contains(&row.line))
}

/// The rows of variants that nothing tells apart: all but the first, where the product has no options.
pub fn untold(rows: &[CsvRow]) -> Vec<u64> {
    if !options(rows, &mut Notes::default()).is_empty() {
        return Vec::new();
    }
    variant_rows(rows, &Leave::default()).skip(1).map(|row| row.line).collect()
}

fn read_texts(head: &CsvRow, leave: &Leave, input: &mut ProductInput, notes: &mut Notes) {
    for text in TEXTS.iter().filter(|text| head.has(text.column) && !leave.cell(None, text.field)) {
        let cell = clean(head, text.column, text.field, notes);
        *(text.of)(input) = Raw((text.read)(&cell));
    }
    if head.has(Column::Specification) && !leave.cell(None, "specifications") {
        input.specifications = RawPairs::Text(clean(head, Column::Specification, "specifications", notes));
    }
    let title = clean(head, Column::Title, "title", notes);
    if title.contains(['\n', '\r']) {
        notes.add(head.line, "the title ran over several lines: it is one line now");
    }
    input.name = Raw(cut(&tidy(&title), MAX_NAME, head.line, "the title", notes));
    if head.has(Column::Tags) && !leave.cell(None, "tags") {
        // tags are divided by commas and nothing else
        let cell = clean(head, Column::Tags, "tags", notes);
        let mut tags: Vec<Raw> = Vec::new();
        for tag in cell.split(',').map(tidy).filter(|tag| !tag.is_empty()) {
            match tag.chars().count() {
                long if long > MAX_TAG => {
                    let begins: String = tag.chars().take(20).collect();
                    notes
                        .add(head.line, format!("tag “{begins}…” is longer than {MAX_TAG} characters: it is left out"));
                }
                _ if tags.len() == MAX_TAGS => {
                    notes.add(head.line, format!("has more than {MAX_TAGS} tags: the others are left out"));
                }
                _ => tags.push(Raw(tag)),
            }
        }
        input.tags = RawList::List(tags);
    }
    // the column holds HTML, even where it holds no tag
    let body = input.description.trimmed();
    if head.has(Column::Body) && body.contains('&') && !is_html(body) {
        input.description = Raw(format!("<p>{body}</p>"));
    }
}

/// A cell without characters that cannot be kept.
fn clean(row: &CsvRow, column: Column, name: &str, notes: &mut Notes) -> String {
    let text = row.get(column);
    // the mark by which our own files keep spreadsheets from taking text for a formula
    let text = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(text);
    let bad = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match text.chars().filter(|c| bad(*c)).count() {
        0 => text.to_owned(),
        n => {
            let what = if n == 1 {
                "a character that cannot be kept is".into()
            } else {
                format!("{n} characters that cannot be kept are")
            };
            notes.add(row.line, format!("{}: {what} cut", name_of(name)));
            text.chars().filter(|c| !bad(*c)).collect()
        }
    }
}

fn cut(text: &str, max: usize, line: u64, what: &str, notes: &mut Notes) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    notes.add(line, format!("{what} is longer than {max} characters: the rest of it is cut"));
    text.chars().take(max).collect::<String>().trim_end().to_owned()
}

/// The option's column and name. Shopify calls the option of a product without options "Title".
fn options(rows: &[CsvRow], notes: &mut Notes) -> Vec<(Column, String)> {
    let mut options: Vec<(Column, String)> = Vec::new();
    for (n, (name, value)) in (1..).zip(OPTIONS) {
        let named = rows.iter().find(|row| !row.get(name).is_empty());
        let valued = rows.iter().find(|row| !matches!(row.get(value), "" | "Default Title"));
        match (named, valued) {
            (Some(row), _) => {
                let name = tidy(&clean(row, name, "option", notes));
                options.push((value, cut(&name, MAX_OPTION, row.line, "the name of the option", notes)));
            }
            // without a name its values would be lost
            (None, Some(row)) => {
                let name = format!("Option {n}");
                notes.add(
                    row.line,
                    format!("the option with “{}” has no name: it is called “{name}”", tidy(row.get(value))),
                );
                options.push((value, name));
            }
            (None, None) => {}
        }
    }
    let none = |(value, name): &(Column, String)| {
        name == "Title" && rows.iter().all(|row| matches!(row.get(*value), "" | "Default Title"))
    };
    if options.len() == 1 && options.iter().all(none) { Vec::new() } else { options }
}

/// What reading the cells of variants takes.
struct Cells<'a> {
    leave: &'a Leave,
    currency: Currency,
    stock: &'a mut Stock,
    notes: &'a mut Notes,
}

impl Cells<'_> {
    fn variant(&mut self, row: &CsvRow, variant: &mut VariantInput) {
        read_variant(row, variant, self.leave, self.currency, self.stock, self.notes);
    }

    fn flat(&mut self, row: Option<&CsvRow>, input: &mut ProductInput) {
        input.options.clear();
        input.variants.clear();
        if let Some(row) = row {
            let mut variant = VariantInput { stock: Raw::default(), ..input.flat() };
            self.variant(row, &mut variant);
            input.sku = variant.sku;
            input.price = variant.price;
            input.compare_at_price = variant.compare_at_price;
            input.cost = variant.cost;
            input.weight_grams = variant.weight_grams;
            input.barcode = variant.barcode;
            input.low_stock_at = variant.low_stock_at;
            input.stock_quantity = variant.stock;
        }
    }

    fn variants(&mut self, rows: &[&CsvRow], options: Vec<(Column, String)>, input: &mut ProductInput) {
        let same_options = input.options.len() == options.len()
            && input.options.iter().zip(&options).all(|(there, (_, name))| same(there.name.trimmed(), name));
        // under other options the variants that are there find their place by themselves
        let there = if same_options { std::mem::take(&mut input.variants) } else { Vec::new() };
        let known = if same_options { std::mem::take(&mut input.options) } else { Vec::new() };
        let mut variants = Vec::new();
        for row in rows {
            let mut value = |column: Column| {
                let text = tidy(&clean(row, column, "option", self.notes));
                Raw(cut(&text, MAX_VALUE, row.line, "the value of the option", self.notes))
            };
            let values: Vec<Raw> = options.iter().map(|(column, _)| value(*column)).collect();
            let matching = there.iter().find(|v| {
                v.option_values.len() == values.len()
                    && v.option_values.iter().zip(&values).all(|(a, b)| same(a.trimmed(), b.trimmed()))
            });
            let mut variant =
                matching.cloned().unwrap_or_else(|| VariantInput { option_values: values, ..VariantInput::default() });
            self.variant(row, &mut variant);
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
}
