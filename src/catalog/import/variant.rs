//! From a row to a variant: its codes, its prices, and how many there are of it.

use super::cells::truth;
use super::columns::Column;
use super::csv_rows::CsvRow;
use super::leave::Leave;
use super::report::Notes;
use crate::catalog::products::VariantInput;
use crate::id::VariantId;
use crate::input::Raw;
use crate::{Currency, Money};
use std::collections::HashSet;

/// What is known of stock beside the file, and what became of variants whose stock the file does not count.
#[derive(Default)]
pub struct Stock {
    /// How many there are of each such variant, if somebody said.
    pub untracked: Option<u32>,
    /// Variants that are counted here.
    pub counted: HashSet<VariantId>,
    /// Lines whose variants are left without stock.
    pub left: Vec<u64>,
    /// How many got the number of those that are not counted.
    pub assumed: u64,
}

/// Puts what a row says into its variant.
pub fn read_variant(
    row: &CsvRow,
    variant: &mut VariantInput,
    leave: &Leave,
    currency: Currency,
    stock: &mut Stock,
    notes: &mut Notes,
) {
    let wanted = |field: &str| !leave.cell(Some(row.line), field);
    if !row.get(Column::Sku).is_empty() && wanted("sku") {
        variant.sku = code(row, Column::Sku);
    }
    if row.has(Column::Barcode) && wanted("barcode") {
        let codes = code(row, Column::Barcode);
        variant.barcode = if is_spoilt(codes.trimmed()) { codes } else { first_of(codes, row.line, notes) };
        if is_spoilt(variant.barcode.trimmed()) {
            let spoilt = std::mem::take(&mut variant.barcode);
            notes.add(
                row.line,
                format!("barcode “{spoilt}” was spoilt by a spreadsheet, which took it for a number: it is left out"),
            );
        }
    }
    let set = |field: &mut Raw, column: Column, name: &str| {
        if row.has(column) && wanted(name) {
            *field = Raw::from(row.get(column));
        }
    };
    set(&mut variant.price, Column::Price, "price");
    set(&mut variant.cost, Column::Cost, "cost");
    set(&mut variant.low_stock_at, Column::LowStockAt, "lowStockAt");
    set(&mut variant.compare_at_price, Column::CompareAt, "compareAtPrice");
    // files have a former price that is no higher than the price; it says nothing
    let amount = |raw: &Raw| Money::parse(&raw.0, currency).ok().map(|m| m.minor);
    if let (Some(was), Some(is)) = (amount(&variant.compare_at_price), amount(&variant.price))
        && was <= is
    {
        if was != 0 && was != is {
            let was = &variant.compare_at_price;
            notes.add(row.line, format!("the former price {was} is less than the price: it is left out"));
        }
        variant.compare_at_price = Raw::default();
    }
    if row.has(Column::Grams) && wanted("weightGrams") {
        variant.weight_grams = grams(row.get(Column::Grams));
    }
    if truth(row.get(Column::RequiresShipping)) == Some(false) {
        notes.add(row.line, "needs no delivery, as the file says: here it is delivered like all goods");
    }
    variant.stock = if wanted("stock") { quantity(row, variant, stock) } else { Raw::default() };
}

/// How many there are, or nothing where that is to stay as it is.
fn quantity(row: &CsvRow, variant: &VariantInput, stock: &mut Stock) -> Raw {
    let text = row.get(Column::Quantity);
    // sold beyond what there was: none is there
    let none = text == "0" || (text.starts_with('-') && text[1..].parse::<i32>().is_ok());
    let tracked = !row.has(Column::Tracker) || !row.get(Column::Tracker).is_empty();
    let sold_on = matches!(row.get(Column::Policy).to_lowercase().as_str(), "continue" | "true" | "yes");
    let is_counted = !text.is_empty() && (!none || (tracked && !sold_on));
    if is_counted {
        return Raw::from(if none { "0" } else { text });
    }
    let here = match variant.id.trimmed().parse::<VariantId>() {
        Ok(id) => stock.counted.contains(&id),
        // of a product without options, which has one
        Err(_) => variant.option_values.is_empty() && !stock.counted.is_empty(),
    };
    match stock.untracked {
        _ if here => Raw::default(),
        Some(number) => {
            stock.assumed += 1;
            Raw(number.to_string())
        }
        None => {
            stock.left.push(row.line);
            Raw::default()
        }
    }
}

/// Spreadsheets keep leading zeros by an apostrophe in front, and it comes along.
fn code(row: &CsvRow, column: Column) -> Raw {
    Raw(row.get(column).trim_start_matches('\'').chars().filter(|c| !c.is_control()).collect())
}

/// Exports of 2026 have a column for all barcodes of a variant; here it has one.
fn first_of(codes: Raw, line: u64, notes: &mut Notes) -> Raw {
    let mut all = codes.0.split([',', ';', '|']).map(str::trim).filter(|code| !code.is_empty());
    match (all.next(), all.count()) {
        (Some(first), others) if others > 0 => {
            notes.add(line, format!("has {} barcodes: {first} is kept", others + 1));
            Raw::from(first)
        }
        _ => codes,
    }
}

/// `9.78014E+12`: the last digits are gone.
fn is_spoilt(code: &str) -> bool {
    let Some((digits, power)) = code.split_once(['E', 'e']) else { return false };
    let power = power.strip_prefix('+').unwrap_or(power);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number(power) && digits.split_once(['.', ',']).is_some_and(|(whole, part)| is_number(whole) && is_number(part))
}

/// Shopify writes 0 where it knows no weight, and parts of grams where it was given ounces.
fn grams(text: &str) -> Raw {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    match (whole.parse::<u32>(), part.bytes().all(|b| b.is_ascii_digit())) {
        (Ok(whole), true) => {
            match whole.saturating_add(u32::from(part.as_bytes().first().is_some_and(|digit| *digit >= b'5'))) {
                0 => Raw::default(),
                grams => Raw(grams.to_string()),
            }
        }
        _ => Raw::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_a_spreadsheet_took_for_numbers() {
        assert!(is_spoilt("9.78014E+12") && is_spoilt("4,00638E+12"));
        assert!(!is_spoilt("9780140328721") && !is_spoilt("1E5") && !is_spoilt("ABC.1E+2") && !is_spoilt(""));
    }
}
