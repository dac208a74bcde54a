//! What cells say in words: yes and no, and whether a product is to be seen.

use super::columns::Column;
use super::report::Notes;
use super::sheet::Row;
use crate::catalog::ProductStatus;

// As spreadsheets write TRUE and FALSE in the language in which they run, and as people write yes and no.
const YES: &str = "true yes y 1 on x wahr ja j vrai oui o verdadero sí si s verdadeiro sim vero waar prawda tak t истина да \
                   істина так sant sand sann tosi kyllä pravda ano áno igaz igen doğru evet adevărat αληθης ναι";
const NO: &str = "false no n 0 off falsch nein faux non falso não nao onwaar nee fałsz nie ложь нет хибність ні falskt \
                  falsk usann nej nei epätosi ei nepravda ne hamis nem yanlış hayır fals nu ψευδης όχι";

/// Yes or no; `None` for a word that is neither.
pub fn truth(word: &str) -> Option<bool> {
    let word = word.to_lowercase();
    let among = |words: &str| words.split_whitespace().any(|known| known == word);
    match () {
        () if among(YES) => Some(true),
        () if among(NO) => Some(false),
        () => None,
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_in_many_languages() {
        for yes in ["TRUE", "true", "WAHR", "Y", "VRAI", "VERDADERO", "Prawda", "1", "ИСТИНА", "DOĞRU"] {
            assert_eq!(truth(yes), Some(true), "{yes}");
        }
        for no in ["FALSE", "FALSCH", "n", "FAUX", "ЛОЖЬ", "0", "FAŁSZ"] {
            assert_eq!(truth(no), Some(false), "{no}");
        }
        assert_eq!((truth("maybe"), truth("")), (None, None));
    }

    #[test]
    fn no_word_is_both() {
        assert!(YES.split_whitespace().all(|word| !NO.split_whitespace().any(|other| other == word)));
    }
}
