//! What cells say in words: whether a product is to be seen.

use super::cells::truth;
use super::columns::Column;
use super::report::Notes;
use super::sheet::Row;
use crate::catalog::ProductStatus;

/// What the file wants shoppers to see of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Shown,
    Hidden,
    Archived,
}

/// What the file says of it, if it says. A product is shown where its status is active **and** it is published in the online
/// shop: those that are active and not published are sold elsewhere.
pub fn wish(rows: &[Row], notes: &mut Notes) -> Option<Wish> {
    let row = rows.iter().find(|row| !row.get(Column::Title).is_empty())?;
    let (status, published) = (row.get(Column::Status), row.get(Column::Published));
    let status = match status.to_lowercase().as_str() {
        "" => None,
        "active" => Some(Wish::Shown),
        "draft" => Some(Wish::Hidden),
        "archived" => Some(Wish::Archived),
        "unlisted" => {
            let why = "is unlisted, for those who know its address: it is kept as a draft, since what can be bought here is \
                       listed, too";
            notes.add(row.line, why);
            Some(Wish::Hidden)
        }
        _ => {
            notes.add(row.line, format!("status “{status}” is none that is known: it is kept as a draft"));
            Some(Wish::Hidden)
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
        (Some(Wish::Archived), _) => Some(Wish::Archived),
        (Some(Wish::Hidden), _) | (_, Some(false)) => Some(Wish::Hidden),
        (Some(Wish::Shown) | None, _) => Some(Wish::Shown),
    }
}

/// The status that a product gets, if it is to get another one. What staff archived stays archived.
pub fn move_wanted(wish: Option<Wish>, now: ProductStatus) -> Option<ProductStatus> {
    match (wish?, now) {
        (Wish::Shown, ProductStatus::Draft) => Some(ProductStatus::Published),
        (Wish::Hidden, ProductStatus::Published) => Some(ProductStatus::Draft),
        (Wish::Archived, ProductStatus::Draft | ProductStatus::Published) => Some(ProductStatus::Archived),
        _ => None,
    }
}
