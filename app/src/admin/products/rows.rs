//! The rows of a product's variants, changed by buttons of the form before anything is saved.

use crate::ui::counted;
use crate::web::flash::FormState;
use shop::catalog::products::{Filled, ProductInput};
use shop::input::Raw;

/// The act that shows a row for each combination.
pub const ALL: &str = "rows";
/// The act that writes what was typed for all rows into them.
pub const FILL: &str = "fill";

/// Of more names than this the rest is counted.
const NAMED: usize = 6;

/// The act that leaves out a row.
pub fn drop_act(n: usize) -> String {
    format!("drop-{n}")
}

/// The rows after an act that needs nothing but what was typed.
pub fn changed(act: &str, state: &FormState, mut typed: ProductInput) -> ProductInput {
    let dropped = act.strip_prefix("drop-").and_then(|n| n.parse::<usize>().ok());
    if let Some(n) = dropped.filter(|n| *n < typed.variants.len()) {
        let gone = typed.variants.remove(n);
        if typed.variants.is_empty() {
            // the flat form comes back, with the price that was typed
            typed.flatten(&gone);
        }
    }
    if act == FILL {
        fill(state, &mut typed);
    }
    typed
}

/// What is typed for all rows, or for those with one value, and is not empty.
fn fill(state: &FormState, typed: &mut ProductInput) {
    let of = state.value("all[of]", "");
    let of = of.split_once(':').and_then(|(place, value)| Some((place.parse::<usize>().ok()?, value)));
    let said = |name: &str| Some(Raw(state.value(&format!("all[{name}]"), ""))).filter(|value| !value.is_empty());
    let (price, before, cost) = (said("price"), said("compareAtPrice"), said("cost"));
    let meant = |row: &&mut shop::catalog::products::VariantInput| {
        of.is_none_or(|(place, value)| row.option_values.get(place).is_some_and(|v| v.trimmed() == value))
    };
    for row in typed.variants.iter_mut().filter(meant) {
        for (cell, value) in [(&mut row.price, &price), (&mut row.compare_at_price, &before), (&mut row.cost, &cost)] {
            if let Some(value) = value {
                *cell = value.clone();
            }
        }
    }
}

/// What became of the rows, in words.
pub fn filled_message(filled: &Filled) -> String {
    let mut message = match (filled.added, filled.input.variants.len()) {
        (_, 0) => "Without options there is one variant.".to_owned(),
        (0, _) => "Every combination has its row.".to_owned(),
        (n, _) => format!("{} added; those that were there keep all that is theirs.", counted(n as i64, "row")),
    };
    if !filled.left_out.is_empty() {
        message.push_str(&format!(" Left out, as no option tells of them any more: {}.", listed(&filled.left_out)));
    }
    message + " Nothing is saved yet."
}

/// `S / Red, S / Blue and 3 more`.
pub fn listed(names: &[String]) -> String {
    let (named, rest) = names.split_at(names.len().min(NAMED));
    let named = named.join(", ");
    if rest.is_empty() { named } else { format!("{named} and {} more", rest.len()) }
}
