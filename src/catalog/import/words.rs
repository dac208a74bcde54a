//! What cells say in words: whether a product is to be seen.

use super::cells::truth;
use super::columns::Column;
use super::csv_rows::CsvRow;
use super::report::Notes;
use crate::catalog::ProductStatus;

/// What the file wants shoppers to see of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    Shown,
    Hidden,
    Archived,
}

/// What the file says of it, if it says. A product is shown where its status is active **and** it is published in the
/// online shop: those that are active and not published are sold elsewhere.
pub fn visibility_of(rows: &[CsvRow], notes: &mut Notes) -> Option<Visibility> {
    let row = rows.iter().find(|row| !row.get(Column::Title).is_empty())?;
    let (status, published) = (row.get(Column::Status), row.get(Column::Published));
    let status = match status.to_lowercase().as_str() {
        "" => None,
        "active" => Some(Visibility::Shown),
        "draft" => Some(Visibility::Hidden),
        "archived" => Some(Visibility::Archived),
        "unlisted" => {
            let why = "is unlisted, for those who know its address: it is kept as a draft, since what can be bought here is \
                       listed, too";
            notes.add(row.line, why);
            Some(Visibility::Hidden)
        }
        _ => {
            notes.add(row.line, format!("status “{status}” is none that is known: it is kept as a draft"));
            Some(Visibility::Hidden)
        }
    };
    let published = match (published, truth(published)) {
        ("", _) => None,
        (_, Some(is)) => Some(is),
        (word, None) => {
            notes.add(row.line, format!("published must be TRUE or FALSE, not “{word}”: it is kept as a draft"));
            Some(false)
        }
    };
    match (status, published) {
        (None, None) => None,
        (Some(Visibility::Archived), _) => Some(Visibility::Archived),
        (Some(Visibility::Hidden), _) | (_, Some(false)) => Some(Visibility::Hidden),
        (Some(Visibility::Shown) | None, _) => Some(Visibility::Shown),
    }
}

/// The status that a product gets, if it is to get another one. What staff archived stays archived.
pub fn move_wanted(visibility: Option<Visibility>, now: ProductStatus) -> Option<ProductStatus> {
    match (visibility?, now) {
        (Visibility::Shown, ProductStatus::Draft) => Some(ProductStatus::Published),
        (Visibility::Hidden, ProductStatus::Published) => Some(ProductStatus::Draft),
        (Visibility::Archived, ProductStatus::Draft | ProductStatus::Published) => Some(ProductStatus::Archived),
        _ => None,
    }
}
