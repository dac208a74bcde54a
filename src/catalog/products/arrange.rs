//! Which variants a product has after its options changed. Pure: what is typed, what there is, what becomes of both.
//!
//! Variants are known by their id, or else by their values. When options are added, taken away or change places, an
//! existing variant's values follow the names of the options: a new option gives it that option's first value. A variant
//! whose value is no longer offered goes. A value that no variant has yet gets its combinations with all others made.

use super::check::{DraftVariant, MAX_VARIANTS, same};
use super::sheet::{OptionSheet, Sheet};
use crate::id::VariantId;
use crate::{Error, Invalid, Result};
use std::collections::HashSet;

/// A variant as it will be: which one it is, its values, and where the rest of it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Arranged {
    /// `None`: a new one.
    pub id: Option<VariantId>,
    pub values: Vec<String>,
    pub from: From,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum From {
    /// The form, at this index of the variants given to [`arrange`].
    Typed(usize),
    /// The variant as it is.
    Kept,
    /// Nothing: made because its values are offered.
    Made,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    /// Combinations that hold a value which no variant has.
    Unused,
    /// Every combination.
    All,
}

pub fn arrange(
    before: Option<&Sheet>,
    options: &[OptionSheet],
    typed: &[DraftVariant],
    fill: Fill,
) -> Result<Vec<Arranged>> {
    let mut faults = Invalid::default();
    let mut rows = match typed {
        [] => kept(before, options),
        typed => placed(before, options, typed, &mut faults),
    };
    if rows.is_empty() && options.is_empty() {
        // whatever there was had values of options that are gone: the first one goes on without
        let first = before.and_then(|b| b.variants.first());
        let from = if first.is_some() { From::Kept } else { From::Made };
        rows.push(Arranged { id: first.map(|v| v.id), values: Vec::new(), from });
    }
    if options.iter().map(|o| o.values.len().max(1)).try_fold(1, usize::checked_mul).is_none_or(|n| n > 10_000) {
        faults.add("options", format!("make too many variants (at most {MAX_VARIANTS})"));
    } else {
        made(before, options, &mut rows, fill);
    }
    if rows.len() > MAX_VARIANTS {
        faults.add("options", format!("make {} variants (at most {MAX_VARIANTS})", rows.len()));
    }
    faults.into_result()?;
    Ok(rows)
}

/// Nothing was typed about variants: those that there are go on, as far as their values are still offered.
fn kept(before: Option<&Sheet>, options: &[OptionSheet]) -> Vec<Arranged> {
    let mut seen = HashSet::new();
    let active = before.iter().flat_map(|b| b.variants.iter().filter(|v| v.active).map(|v| (*b, v)));
    active
        .map(|(sheet, v)| Arranged { id: Some(v.id), values: follow(sheet, options, &v.values), from: From::Kept })
        .filter(|row| row.values.iter().zip(options).all(|(value, option)| option.values.contains(value)))
        .filter(|row| seen.insert(row.values.clone()))
        .collect()
}

fn placed(
    before: Option<&Sheet>,
    options: &[OptionSheet],
    typed: &[DraftVariant],
    faults: &mut Invalid,
) -> Vec<Arranged> {
    let mut rows: Vec<Arranged> = Vec::new();
    let mut taken: HashSet<VariantId> = typed.iter().filter_map(|row| row.id).collect();
    let mut ids = HashSet::new();
    for (index, row) in typed.iter().enumerate() {
        let field = |name: &str| row.place.field(name);
        let stored = row.id.map(|id| before.and_then(|b| b.variants.iter().find(|v| v.id == id)));
        if stored == Some(None) || row.id.is_some_and(|id| !ids.insert(id)) {
            faults.add(field("id"), "is not a variant of this product");
            continue;
        }
        let stored = stored.flatten();
        // untouched values follow the options; typed ones count as they are
        let untouched = stored.filter(|v| row.values.is_empty() || row.values == v.values);
        let mut values = match (untouched, before) {
            (Some(v), Some(sheet)) => follow(sheet, options, &v.values),
            _ => row.values.clone(),
        };
        if values.len() != options.len() {
            let why = match options.is_empty() {
                true => "are given, but the product has no options",
                false => "must be one for each option",
            };
            faults.add(field("optionValues"), why);
            continue;
        }
        let mut offered = true;
        for (n, (value, option)) in values.iter_mut().zip(options).enumerate() {
            match option.values.iter().find(|v| same(v, value)) {
                Some(v) => *value = v.clone(),
                None if untouched.is_some() => offered = false,
                None => {
                    let why = format!("“{value}” is not among the values of {}", option.name);
                    faults.add(field(&format!("optionValues[{n}]")), why);
                    offered = false;
                }
            }
        }
        if !offered {
            continue;
        }
        if rows.iter().any(|other| other.values == values) {
            // those that an option told apart which is gone: the first one stays
            if untouched.is_none_or(|v| v.values == values) {
                let what = if values.is_empty() { "must be one for each variant".into() } else { twice(&values) };
                faults.add(field("optionValues"), what);
            }
            continue;
        }
        let id = row.id.or_else(|| {
            let known = before?.variants.iter().find(|v| v.values == values && !taken.contains(&v.id))?;
            taken.insert(known.id);
            Some(known.id)
        });
        rows.push(Arranged { id, values, from: From::Typed(index) });
    }
    rows
}

fn twice(values: &[String]) -> String {
    format!("make “{}” a second time", values.join(" / "))
}

/// An existing variant's values under other options, by the options' names.
fn follow(sheet: &Sheet, options: &[OptionSheet], values: &[String]) -> Vec<String> {
    let value = |option: &OptionSheet| {
        let at = sheet.options.iter().position(|old| same(&old.name, &option.name));
        let kept = at.and_then(|at| values.get(at)).cloned();
        kept.or_else(|| option.values.first().cloned()).unwrap_or_default()
    };
    options.iter().map(value).collect()
}

fn made(before: Option<&Sheet>, options: &[OptionSheet], rows: &mut Vec<Arranged>, fill: Fill) {
    if options.is_empty() {
        return;
    }
    let unused: Vec<HashSet<&String>> = options
        .iter()
        .enumerate()
        .map(|(n, option)| {
            option.values.iter().filter(|v| !rows.iter().any(|row| row.values.get(n) == Some(v))).collect()
        })
        .collect();
    let there: HashSet<Vec<String>> = rows.iter().map(|row| row.values.clone()).collect();
    let taken: HashSet<VariantId> = rows.iter().filter_map(|row| row.id).collect();
    for values in combinations(options) {
        let wanted = fill == Fill::All || values.iter().zip(&unused).any(|(value, unused)| unused.contains(value));
        if !wanted || there.contains(&values) {
            continue;
        }
        let known = before.and_then(|b| b.variants.iter().find(|v| v.values == values && !taken.contains(&v.id)));
        let from = if known.is_some() { From::Kept } else { From::Made };
        rows.push(Arranged { id: known.map(|v| v.id), values, from });
    }
}

/// Every way to choose one value of each option, the first option slowest.
fn combinations(options: &[OptionSheet]) -> Vec<Vec<String>> {
    options.iter().fold(vec![Vec::new()], |all, option| {
        let with = |values: &Vec<String>| {
            let values = values.clone();
            option.values.iter().map(move |value| [values.clone(), vec![value.clone()]].concat())
        };
        all.iter().flat_map(with).collect()
    })
}

/// `Err` when a product without options lists several variants, which nothing would tell apart.
pub fn check_tellable(options: &[OptionSheet], typed: &[DraftVariant]) -> Result<()> {
    match options.is_empty() && typed.iter().filter(|row| row.id.is_none()).count() > 1 {
        true => Err(Error::invalid("options", "are needed to tell several variants apart")),
        false => Ok(()),
    }
}
