//! What a product will be: the sheet as it stands with what was typed put into it. Slugs and SKUs that were left empty
//! are still empty here where they are to be made.

use super::arrange::{Arranged, Fill, From, Typed, arrange, check_tellable};
use super::check::{Draft, DraftVariant, Place};
use super::sheet::{Sheet, VariantSheet};
use crate::Result;
use crate::catalog::ProductStatus;
use crate::id::VariantId;
use std::collections::{HashMap, HashSet};

pub struct Intent {
    pub sheet: Sheet,
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

/// `worn`: variants that were sold, stocked or put in a cart. They are never deleted, only no longer sold.
pub fn intend(before: Option<&Sheet>, draft: &Draft, worn: &HashSet<VariantId>) -> Result<Intent> {
    check_tellable(&draft.options, &Typed { rows: &draft.variants, of: &draft.variant_options })?;
    let typed = typed(before, draft);
    let rows = arrange(before, &draft.options, Typed { rows: &typed, of: &draft.variant_options }, Fill::Unused)?;
    let first = before.and_then(|b| b.variants.first());
    let template = match (draft.flat_price_given, typed.first(), first) {
        (false, Some(typed), _) => typed.clone(),
        (false, None, Some(first)) => like(first),
        _ => draft.flat.clone(),
    };
    let mut intent =
        Intent { sheet: sheet(before, draft), stock: Vec::new(), places: HashMap::new(), new: HashSet::new() };
    let mut variants: Vec<(i32, VariantSheet)> = Vec::new();
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
                    let variant = VariantSheet { values: row.values.clone(), active: true, ..stored.clone() };
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
    let gone = before.iter().flat_map(|b| &b.variants).filter(|v| !staying.contains(&v.id) && worn.contains(&v.id));
    let gone = gone.map(|v| VariantSheet { active: false, ..v.clone() });
    intent.sheet.variants = variants.into_iter().map(|(_, v)| v).chain(gone).collect();
    for (position, variant) in (1..).zip(&mut intent.sheet.variants) {
        variant.position = position;
    }
    // levels are locked in ascending order, by everybody
    intent.stock.sort_by_key(|(variant, ..)| *variant);
    Ok(intent)
}

/// The rows of the form; the flat form is the only row of a product that has no options, or had none.
fn typed(before: Option<&Sheet>, draft: &Draft) -> Vec<DraftVariant> {
    let is_flat = draft.options.is_empty();
    let was_flat = before.is_some_and(|b| b.options.is_empty()) && draft.flat_price_given;
    if !draft.variants.is_empty() || !(is_flat || was_flat) {
        return draft.variants.clone();
    }
    // the same variant that the form was filled with, see Sheet::input
    let only = before.and_then(|b| b.variants.iter().find(|v| b.fits(v)).or(b.variants.first()));
    vec![DraftVariant { id: only.map(|v| v.id), values: Vec::new(), active: true, ..draft.flat.clone() }]
}

/// A variant that is made is priced and weighs like this one.
fn like(variant: &VariantSheet) -> DraftVariant {
    DraftVariant {
        price: variant.price,
        compare_at_price: variant.compare_at_price,
        cost: variant.cost,
        weight_grams: variant.weight_grams,
        ..DraftVariant::default()
    }
}

fn filled(row: &Arranged, typed: &DraftVariant, stored: Option<&VariantSheet>) -> VariantSheet {
    VariantSheet {
        id: row.id.unwrap_or_else(VariantId::new),
        sku: typed.sku.clone().or_else(|| stored.map(|v| v.sku.clone())).unwrap_or_default(),
        values: row.values.clone(),
        price: typed.price,
        compare_at_price: typed.compare_at_price,
        cost: typed.cost,
        weight_grams: typed.weight_grams,
        barcode: typed.barcode.clone(),
        position: 0,
        active: typed.active,
    }
}

fn sheet(before: Option<&Sheet>, draft: &Draft) -> Sheet {
    Sheet {
        name: draft.name.clone(),
        slug: draft.slug.clone().or_else(|| before.map(|b| b.slug.clone())).unwrap_or_default(),
        summary: draft.summary.clone(),
        description: draft.description.clone(),
        // moves are made by the product's life, not by an edit
        status: before.map_or(ProductStatus::Draft, |b| b.status),
        category_id: draft.category,
        brand: draft.brand.clone(),
        tags: draft.tags.clone(),
        specifications: draft.specifications.clone(),
        featured: draft.featured,
        seo_title: draft.seo_title.clone(),
        seo_description: draft.seo_description.clone(),
        options: draft.options.clone(),
        variants: Vec::new(),
    }
}
