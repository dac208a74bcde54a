//! A product as its page shows it. Its version says with its first half whether the page has to be read anew; what
//! changes most, stock and price, is told along and can be put into the page as it is.

use super::update::{Part, Parts};
use crate::catalog::{Availability, ProductPage};
use crate::words::Locale;
use sha2::{Digest, Sha256};

/// `4f1c….9a0e…`: of the page without the numbers that are told along, and of all of it as shoppers see it. How many
/// there are of what is plentiful they do not see; so neither does the version tell when a piece is sold.
pub fn version(page: &ProductPage) -> String {
    let mut shown = page.clone();
    for variant in &mut shown.variants {
        variant.available = variant.availability.remaining().unwrap_or_default();
    }
    let mut rest = shown.clone();
    for variant in &mut rest.variants {
        // whether it can be bought changes the page; how many there are does not
        variant.available = 0;
        variant.availability = if variant.in_stock { Availability::InStock } else { Availability::OutOfStock };
    }
    rest.availability = if rest.in_stock { Availability::InStock } else { Availability::OutOfStock };
    format!("{}.{}", digest(&rest), digest(&shown))
}

fn digest(page: &ProductPage) -> String {
    let json = serde_json::to_vec(page).unwrap_or_default();
    hex::encode(&Sha256::digest(json)[..8])
}

pub(super) fn parts(page: &ProductPage, locale: Locale) -> Parts {
    let of_variant = page.variants.iter().flat_map(|variant| {
        let look = match variant.availability {
            Availability::InStock => "in",
            Availability::Low(_) => "low",
            Availability::OutOfStock => "out",
        };
        let stock = Part { text: variant.availability.say(locale).into_owned(), look: Some(look) };
        let price = Part { text: locale.money(variant.price), look: None };
        [(format!("stock-{}", variant.id), stock), (format!("price-{}", variant.id), price)]
    });
    of_variant.collect()
}
