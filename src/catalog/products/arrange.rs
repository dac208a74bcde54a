//! Which variants a product has after its options changed. Pure: what is typed, what there is, what becomes of both.
//!
//! Variants are known by their id, or else by their values. When options are added, renamed, taken away or change
//! places, a variant's values follow them: a new option gives it that option's first value. A variant whose value is no
//! longer offered goes. A value that no variant has yet gets its combinations with all others made, each like the
//! variant that it has most in common with.

use super::check::{Draft, DraftVariant, MAX_VARIANTS, same};
use super::snapshot::{OptionSnapshot, Snapshot};
use crate::id::VariantId;
use crate::{Error, Invalid, Result};
use std::cmp::Reverse;
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
    /// Made because its values are offered; priced like the row at this index, if there is one.
    Made(Option<usize>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fill {
    /// Combinations that hold a value which no variant has.
    Unused,
    /// Every combination.
    All,
}

/// What was typed about variants.
pub struct Typed<'a> {
    pub rows: &'a [DraftVariant],
    /// The names of the options that the rows' values belong to, when those are not the options as they will be.
    pub of: &'a [String],
}

/// The variants of a product as they will be, and the rows from which they come.
pub struct Arrangement {
    pub rows: Vec<Arranged>,
    pub typed: Vec<DraftVariant>,
}

/// The variants that a draft makes of the product.
pub fn arrangement(before: Option<&Snapshot>, draft: &Draft) -> Result<Arrangement> {
    check_tellable(&draft.options, &Typed { rows: &draft.variants, of: &draft.variant_options })?;
    let typed = typed(before, draft);
    let rows = arrange(before, &draft.options, Typed { rows: &typed, of: &draft.variant_options }, Fill::Unused)?;
    Ok(Arrangement { rows, typed })
}

/// The rows of the form; the flat form is the only row of a product that has no options, or had none.
fn typed(before: Option<&Snapshot>, draft: &Draft) -> Vec<DraftVariant> {
    let is_flat = draft.options.is_empty();
    let was_flat = before.is_some_and(|b| b.options.is_empty()) && draft.flat_price_given;
    if !draft.variants.is_empty() || !(is_flat || was_flat) {
        return draft.variants.clone();
    }
    // the same variant that the form was filled with, see Snapshot::input
    let only = before.and_then(|b| b.variants.iter().find(|v| b.fits(v)).or(b.variants.first()));
    vec![DraftVariant { id: only.map(|v| v.id), values: Vec::new(), active: true, ..draft.flat.clone() }]
}

/// `Err` when a product without options lists several variants, which nothing would tell apart.
fn check_tellable(options: &[OptionSnapshot], typed: &Typed<'_>) -> Result<()> {
    let untold = typed.of.is_empty() && typed.rows.iter().filter(|row| row.id.is_none()).count() > 1;
    match options.is_empty() && untold {
        true => Err(Error::invalid("options", "are needed to tell several variants apart")),
        false => Ok(()),
    }
}

pub fn arrange(
    before: Option<&Snapshot>,
    options: &[OptionSnapshot],
    typed: Typed<'_>,
    fill: Fill,
) -> Result<Vec<Arranged>> {
    let mut faults = Invalid::default();
    let there = there(before, options);
    let mut rows = match typed.rows {
        [] => kept(&there, options),
        _ => placed(&there, options, typed, &mut faults),
    };
    if rows.is_empty() && options.is_empty() {
        // whatever there was had values of options that are gone: the first one goes on without
        let first = before.and_then(|b| b.variants.first());
        let from = if first.is_some() { From::Kept } else { From::Made(None) };
        rows.push(Arranged { id: first.map(|v| v.id), values: Vec::new(), from });
    }
    if options.iter().map(|o| o.values.len().max(1)).try_fold(1, usize::checked_mul).is_none_or(|n| n > 10_000) {
        faults.add("options", format!("make too many variants (at most {MAX_VARIANTS})"));
    } else {
        made(&there, options, &mut rows, fill);
    }
    if rows.len() > MAX_VARIANTS {
        faults.add("options", format!("make {} variants (at most {MAX_VARIANTS})", rows.len()));
    }
    faults.into_result()?;
    Ok(rows)
}

/// Which of the old options each new one is: the one of its name, or else, renamed, one that is not named any more and
/// has values in common with it.
pub fn lineage(old: &[OptionSnapshot], new: &[OptionSnapshot]) -> Vec<Option<usize>> {
    let named = |option: &OptionSnapshot| old.iter().position(|o| same(&o.name, &option.name));
    let mut of: Vec<Option<usize>> = new.iter().map(named).collect();
    for (n, option) in new.iter().enumerate() {
        if of[n].is_none() {
            let common = |o: &OptionSnapshot| option.values.iter().filter(|v| offered(o, v).is_some()).count();
            let free = (0..old.len()).filter(|at| !of.contains(&Some(*at)));
            let likely = free.map(|at| (common(&old[at]), Reverse(at))).filter(|(common, _)| *common > 0);
            of[n] = likely.max().map(|(_, Reverse(at))| at);
        }
    }
    of
}

/// The value as the option writes it.
fn offered<'a>(option: &'a OptionSnapshot, value: &str) -> Option<&'a String> {
    option.values.iter().find(|v| same(v, value))
}

/// Values under other options. A value that is no longer offered stays what it was.
fn follow(lineage: &[Option<usize>], options: &[OptionSnapshot], values: &[String]) -> Vec<String> {
    let value = |(option, at): (&OptionSnapshot, &Option<usize>)| {
        let kept = at.and_then(|at| values.get(at));
        let kept = kept.map(|value| offered(option, value).unwrap_or(value));
        kept.or(option.values.first()).cloned().unwrap_or_default()
    };
    options.iter().zip(lineage).map(value).collect()
}

/// A variant that there is, as the options will have it.
struct There<'a> {
    id: VariantId,
    active: bool,
    was: &'a [String],
    values: Vec<String>,
}

fn there<'a>(before: Option<&'a Snapshot>, options: &[OptionSnapshot]) -> Vec<There<'a>> {
    let Some(before) = before else { return Vec::new() };
    let lineage = lineage(&before.options, options);
    let there = |v: &'a super::snapshot::VariantSnapshot| There {
        id: v.id,
        active: v.active,
        was: &v.values,
        values: follow(&lineage, options, &v.values),
    };
    before.variants.iter().map(there).collect()
}

/// The variant that these values mean, if no row has it: first the one that had them before, too.
fn known(there: &[There<'_>], values: &[String], taken: &HashSet<VariantId>) -> Option<VariantId> {
    let free = || there.iter().filter(|v| !taken.contains(&v.id));
    let exactly = free().find(|v| v.was == values);
    exactly.or_else(|| free().find(|v| v.values == values)).map(|v| v.id)
}

fn is_offered(options: &[OptionSnapshot], values: &[String]) -> bool {
    values.iter().zip(options).all(|(value, option)| option.values.contains(value))
}

/// Nothing was typed about variants: those that there are go on, as far as their values are still offered.
fn kept(there: &[There<'_>], options: &[OptionSnapshot]) -> Vec<Arranged> {
    let mut seen = HashSet::new();
    let going_on = there.iter().filter(|v| v.active && is_offered(options, &v.values));
    going_on
        .filter(|v| seen.insert(&v.values))
        .map(|v| Arranged { id: Some(v.id), values: v.values.clone(), from: From::Kept })
        .collect()
}

/// The options that the rows' values belong to, as far as the rows tell.
fn columns(typed: &Typed<'_>) -> Vec<OptionSnapshot> {
    let values = |at: usize| {
        let mut seen: Vec<String> = Vec::new();
        for value in typed.rows.iter().filter_map(|row| row.values.get(at)) {
            if !seen.contains(value) {
                seen.push(value.clone());
            }
        }
        seen
    };
    typed.of.iter().enumerate().map(|(at, name)| OptionSnapshot { name: name.clone(), values: values(at) }).collect()
}

fn placed(there: &[There<'_>], options: &[OptionSnapshot], typed: Typed<'_>, faults: &mut Invalid) -> Vec<Arranged> {
    let mut rows: Vec<Arranged> = Vec::new();
    let mut taken: HashSet<VariantId> = typed.rows.iter().filter_map(|row| row.id).collect();
    let mut ids = HashSet::new();
    let of_columns = lineage(&columns(&typed), options);
    for (index, row) in typed.rows.iter().enumerate() {
        let field = |name: &str| row.place.field(name);
        let stored = row.id.map(|id| there.iter().find(|v| v.id == id));
        if matches!(stored, Some(None)) || row.id.is_some_and(|id| !ids.insert(id)) {
            faults.add(field("id"), "is not a variant of this product");
            continue;
        }
        // values that nobody touched follow the options; typed ones count as they are
        let untouched = stored.flatten().filter(|v| row.values.is_empty() || row.values == v.was);
        let followed = match (typed.of, untouched) {
            ([], untouched) => untouched.map(|v| v.values.clone()),
            _ => Some(follow(&of_columns, options, &row.values)),
        };
        let follows = followed.is_some();
        let mut values = followed.unwrap_or_else(|| row.values.clone());
        if values.len() != options.len() {
            let why = match options.is_empty() {
                true => "has values, but the product has no options",
                false => "must have one value for each option",
            };
            faults.add(field("optionValues"), why);
            continue;
        }
        for (n, (value, option)) in values.iter_mut().zip(options).enumerate() {
            match offered(option, value) {
                Some(v) => *value = v.clone(),
                None if follows => {}
                None => {
                    let why = format!("“{value}” is not among the values of {}", option.name);
                    faults.add(field(&format!("optionValues[{n}]")), why);
                }
            }
        }
        if !is_offered(options, &values) {
            continue;
        }
        if rows.iter().any(|other| other.values == values) {
            // those that an option told apart which is gone: the first one stays
            let twice_typed = match typed.of {
                [] => untouched.is_none_or(|v| v.was == values),
                _ => typed.rows[..index].iter().any(|other| other.values == row.values),
            };
            if twice_typed {
                let what = if values.is_empty() { "must have values of its own".into() } else { twice(&values) };
                faults.add(field("optionValues"), what);
            }
            continue;
        }
        let id = row.id.or_else(|| known(there, &values, &taken));
        taken.extend(id);
        rows.push(Arranged { id, values, from: From::Typed(index) });
    }
    rows
}

fn twice(values: &[String]) -> String {
    format!("must not make “{}” a second time", values.join(" / "))
}

fn made(there: &[There<'_>], options: &[OptionSnapshot], rows: &mut Vec<Arranged>, fill: Fill) {
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
    let listed = rows.len();
    let seen: HashSet<Vec<String>> = rows.iter().map(|row| row.values.clone()).collect();
    let mut taken: HashSet<VariantId> = rows.iter().filter_map(|row| row.id).collect();
    for values in combinations(options) {
        let wanted = fill == Fill::All || values.iter().zip(&unused).any(|(value, unused)| unused.contains(value));
        if !wanted || seen.contains(&values) {
            continue;
        }
        let id = known(there, &values, &taken);
        taken.extend(id);
        let from = if id.is_some() { From::Kept } else { From::Made(most_alike(&rows[..listed], &values)) };
        rows.push(Arranged { id, values, from });
    }
}

/// The row that has most values in common with these; the first one of several.
fn most_alike(rows: &[Arranged], values: &[String]) -> Option<usize> {
    let common = |row: &Arranged| row.values.iter().zip(values).filter(|(a, b)| a == b).count();
    (0..rows.len()).max_by_key(|&at| (common(&rows[at]), Reverse(at)))
}

/// Every way to choose one value of each option, the first option slowest.
fn combinations(options: &[OptionSnapshot]) -> Vec<Vec<String>> {
    options.iter().fold(vec![Vec::new()], |all, option| {
        let with = |values: &Vec<String>| {
            let values = values.clone();
            option.values.iter().map(move |value| [values.clone(), vec![value.clone()]].concat())
        };
        all.iter().flat_map(with).collect()
    })
}
