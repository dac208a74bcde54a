//! What a product will be: the snapshot as it stands with what was typed put into it. Slugs and SKUs that were left
//! empty are still empty here where they are to be made.

use super::arrange::{Arranged, Arrangement, From};
use super::check::{Draft, DraftVariant, Place};
use super::snapshot::{Snapshot, VariantSnapshot};
use crate::catalog::ProductStatus;
use crate::id::VariantId;
use std::collections::{HashMap, HashSet};

pub struct Intent {
    pub snapshot: Snapshot,
    /// Stock that was typed, with the variant it is meant for.
    pub stock: Vec<(VariantId, i32, Place)>,
    /// Where each variant was typed.
    pub places: HashMap<VariantId, Place>,
    pub new: HashSet<VariantId>,
}

impl Intent {
    /// The path of a variant's field; of one that nobody typed, the whole list.
    pub fn field(&self, variant: VariantId, name: &str) -> String {
        self.places.get(&variant).map_or_else(|| "variants".to_owned(), |place| place.field(name))
    }
}

/// `in_use`: variants that were sold, stocked or put in a cart. They are never deleted, only no longer sold.
pub fn intend(
    before: Option<&Snapshot>,
    draft: &Draft,
    arrangement: &Arrangement,
    in_use: &HashSet<VariantId>,
) -> Intent {
    let Arrangement { rows, typed } = arrangement;
    let first = before.and_then(|b| b.variants.first());
    let template = match (draft.flat_price_given, typed.first(), first) {
        (false, Some(typed), _) => typed.clone(),
        (false, None, Some(first)) => like(first),
        _ => draft.flat.clone(),
    };
    let mut intent =
        Intent { snapshot: snapshot(before, draft), stock: Vec::new(), places: HashMap::new(), new: HashSet::new() };
    let mut variants: Vec<(i32, VariantSnapshot)> = Vec::new();
    for (order, row) in rows.iter().enumerate() {
        let stored = row.id.and_then(|id| before?.variant(id));
        let (variant, position) = match row.from {
            From::Typed(index) => {
                let Some(typed) = typed.get(index) else { continue };
                let variant = filled(row, typed, stored);
                intent.places.insert(variant.id, typed.place);
                intent.stock.extend(typed.stock.map(|n| (variant.id, n, typed.place)));
                (variant, typed.position)
            }
            From::Kept => match stored {
                Some(stored) => {
                    let variant = VariantSnapshot { values: row.values.clone(), active: true, ..stored.clone() };
                    (variant, Some(stored.position))
                }
                None => continue,
            },
            From::Made(model) => {
                let model = model.filter(|_| !draft.flat_price_given).and_then(|at| rows.get(at));
                let model = model.and_then(|row| match row.from {
                    From::Typed(index) => typed.get(index).cloned(),
                    From::Kept => before?.variant(row.id?).map(like),
                    From::Made(_) => None,
                });
                let model = model.unwrap_or_else(|| template.clone());
                let like = DraftVariant { sku: None, barcode: None, active: true, ..model };
                (filled(row, &like, None), None)
            }
        };
        if stored.is_none() {
            intent.new.insert(variant.id);
        }
        variants.push((position.unwrap_or(1_000_000 + order as i32), variant));
    }
    variants.sort_by_key(|(position, v)| (!v.active, *position));
    let staying: HashSet<_> = variants.iter().map(|(_, v)| v.id).collect();
    let gone = before.iter().flat_map(|b| &b.variants).filter(|v| !staying.contains(&v.id) && in_use.contains(&v.id));
    let gone = gone.map(|v| VariantSnapshot { active: false, ..v.clone() });
    intent.snapshot.variants = variants.into_iter().map(|(_, v)| v).chain(gone).collect();
    for (position, variant) in (1..).zip(&mut intent.snapshot.variants) {
        variant.position = position;
    }
    // levels are locked in ascending order, by everybody
    intent.stock.sort_by_key(|(variant, ..)| *variant);
    intent
}

/// A variant that is made is priced, weighs and runs low like this one.
fn like(variant: &VariantSnapshot) -> DraftVariant {
    DraftVariant {
        price: variant.price,
        compare_at_price: variant.compare_at_price,
        cost: variant.cost,
        weight_grams: variant.weight_grams,
        low_stock_at: variant.low_stock_at,
        ..DraftVariant::default()
    }
}

fn filled(row: &Arranged, typed: &DraftVariant, stored: Option<&VariantSnapshot>) -> VariantSnapshot {
    VariantSnapshot {
        id: row.id.unwrap_or_else(VariantId::new),
        sku: typed.sku.clone().or_else(|| stored.map(|v| v.sku.clone())).unwrap_or_default(),
        values: row.values.clone(),
        price: typed.price,
        compare_at_price: typed.compare_at_price,
        cost: typed.cost,
        weight_grams: typed.weight_grams,
        barcode: typed.barcode.clone(),
        low_stock_at: typed.low_stock_at,
        position: 0,
        active: typed.active,
    }
}

fn snapshot(before: Option<&Snapshot>, draft: &Draft) -> Snapshot {
    Snapshot {
        texts: draft.texts.clone(),
        slug: draft.slug.clone().or_else(|| before.map(|b| b.slug.clone())).unwrap_or_default(),
        // moves are made by the product's life, not by an edit
        status: before.map_or(ProductStatus::Draft, |b| b.status),
        category_id: draft.category,
        options: draft.options.clone(),
        variants: Vec::new(),
    }
}
