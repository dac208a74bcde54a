//! From what was typed to what is meant, every fault beside its field.

use super::input::{ProductInput, VariantInput};
use super::snapshot::OptionSnapshot;
use super::texts::{Texts, checked};
use crate::catalog::ProductStatus;
use crate::id::{CategoryId, VariantId};
use crate::input::{Raw, one_line, slugify};
use crate::{Currency, Invalid, Result};

pub const MAX_VARIANTS: usize = 100;

/// A product as meant. What is `None` here is left as it is, or made.
pub struct Draft {
    pub texts: Texts,
    pub slug: Option<String>,
    pub status: Option<ProductStatus>,
    pub category: Option<CategoryId>,
    pub options: Vec<OptionSnapshot>,
    /// As listed; empty for a flat product or when all are to be made from the options.
    pub variants: Vec<DraftVariant>,
    /// The names of the options that the variants' values belong to, when those are not `options`.
    pub variant_options: Vec<String>,
    /// The flat form: the only variant, or what is made from options is priced like this.
    pub flat: DraftVariant,
    pub flat_price_given: bool,
}

#[derive(Debug, Clone, Default)]
pub struct DraftVariant {
    pub place: Place,
    pub id: Option<VariantId>,
    pub sku: Option<String>,
    pub values: Vec<String>,
    pub price: i64,
    pub compare_at_price: Option<i64>,
    pub cost: Option<i64>,
    pub weight_grams: Option<i32>,
    pub barcode: Option<String>,
    pub low_stock_at: Option<i32>,
    pub position: Option<i32>,
    pub stock: Option<i32>,
    pub active: bool,
}

/// Where on the form a variant was typed, so that a fault is shown beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    #[default]
    Flat,
    Row(usize),
}

impl Place {
    /// The path of one of a variant's fields.
    pub fn field(self, name: &str) -> String {
        match self {
            Self::Flat if name == "stock" => "stockQuantity".into(),
            Self::Flat => name.into(),
            Self::Row(n) => format!("variants[{n}].{name}"),
        }
    }
}

/// Checks everything that can be told without the database.
pub fn check(input: &ProductInput, currency: Currency) -> Result<Draft> {
    let mut faults = Invalid::default();
    let f = &mut faults;
    let draft = Draft {
        texts: Texts::check(input, f),
        slug: slug(&input.slug, f),
        status: status(&input.status, f).or(active(&input.is_active, f).filter(|_| input.status.is_empty())),
        category: id(&input.category_id, "categoryId", "is not one that there is", f).map(CategoryId),
        options: options(input, f),
        variants: variants(&together(input), currency, f),
        variant_options: variant_options(input, f),
        flat: variant(&input.flat(), Place::Flat, currency, f),
        flat_price_given: !input.price.is_empty(),
    };
    if let ([], [only]) = (&draft.options[..], &draft.variants[..]) {
        check_alike(input, &draft.flat, only, f);
    }
    faults.into_result()?;
    Ok(draft)
}

/// A product without options may be written flat, as its one variant, or in parts as both.
fn together(input: &ProductInput) -> Vec<VariantInput> {
    let mut variants = input.variants.clone();
    let has_options = input.options.iter().any(|option| !option.name.is_empty());
    if let (false, [only]) = (has_options, &mut variants[..]) {
        let flat = input.flat();
        let pairs = [
            (&mut only.price, flat.price),
            (&mut only.compare_at_price, flat.compare_at_price),
            (&mut only.cost, flat.cost),
            (&mut only.sku, flat.sku),
            (&mut only.stock, flat.stock),
            (&mut only.weight_grams, flat.weight_grams),
            (&mut only.barcode, flat.barcode),
            (&mut only.low_stock_at, flat.low_stock_at),
        ];
        for (typed, flat) in pairs {
            if typed.is_empty() {
                *typed = flat;
            }
        }
    }
    variants
}

/// Where both are given they say the same: of two prices neither is silently the wrong one.
fn check_alike(input: &ProductInput, flat: &DraftVariant, only: &DraftVariant, faults: &mut Invalid) {
    let pairs = [
        (&input.price, "price", flat.price == only.price),
        (&input.compare_at_price, "compareAtPrice", flat.compare_at_price == only.compare_at_price),
        (&input.cost, "cost", flat.cost == only.cost),
        (&input.sku, "sku", flat.sku == only.sku),
        (&input.stock_quantity, "stockQuantity", flat.stock == only.stock),
        (&input.weight_grams, "weightGrams", flat.weight_grams == only.weight_grams),
        (&input.barcode, "barcode", flat.barcode == only.barcode),
        (&input.low_stock_at, "lowStockAt", flat.low_stock_at == only.low_stock_at),
    ];
    for (typed, field, is_alike) in pairs {
        if !typed.is_empty() && !is_alike {
            faults.add(field, "is not what the variant says; give one of the two");
        }
    }
}

fn slug(raw: &Raw, faults: &mut Invalid) -> Option<String> {
    let typed = raw.optional("slug", 120, faults)?;
    let slug = slugify(&typed);
    if slug.is_empty() {
        faults.add("slug", "must hold letters or digits");
    }
    Some(slug)
}

fn status(raw: &Raw, faults: &mut Invalid) -> Option<ProductStatus> {
    let word = raw.trimmed();
    let status = ProductStatus::parse(word);
    if status.is_none() && !word.is_empty() {
        faults.add("status", "must be draft, published or archived");
    }
    status
}

fn active(raw: &Raw, faults: &mut Invalid) -> Option<ProductStatus> {
    match raw.trimmed() {
        "true" => Some(ProductStatus::Published),
        "false" => Some(ProductStatus::Draft),
        "" => None,
        _ => {
            faults.add("isActive", "must be true or false");
            None
        }
    }
}

fn id(raw: &Raw, field: impl Into<String>, message: &str, faults: &mut Invalid) -> Option<uuid::Uuid> {
    if raw.is_empty() {
        return None;
    }
    let id = uuid::Uuid::parse_str(raw.trimmed()).ok();
    if id.is_none() {
        faults.add(field.into(), message);
    }
    id
}

fn options(input: &ProductInput, faults: &mut Invalid) -> Vec<OptionSnapshot> {
    let mut options: Vec<OptionSnapshot> = Vec::new();
    for (n, option) in input.options.iter().enumerate() {
        let values = checked(&option.values, &format!("options[{n}].values"), 120, faults);
        if option.name.is_empty() && values.is_empty() {
            continue; // a row of the form that was left empty
        }
        let name = option.name.required(format!("options[{n}].name"), 60, faults);
        if values.is_empty() {
            faults.add(format!("options[{n}].values"), "must hold at least one value");
        }
        if options.iter().any(|other| same(&other.name, &name)) {
            faults.add(format!("options[{n}].name"), "is there twice");
        }
        options.push(OptionSnapshot { name, values });
    }
    if options.len() > 3 {
        faults.add("options", "must not be more than three");
    }
    options
}

fn variant_options(input: &ProductInput, faults: &mut Invalid) -> Vec<String> {
    let names: Vec<String> = input.variant_options.iter().map(|name| one_line(&name.0)).collect();
    if names.len() > 3 {
        faults.add("variantOptions", "must not be more than three");
    }
    if names.iter().enumerate().any(|(n, name)| names[..n].iter().any(|other| same(other, name))) {
        faults.add("variantOptions", "must not name an option twice");
    }
    names
}

/// Names that people take for the same.
pub fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn variants(typed: &[VariantInput], currency: Currency, faults: &mut Invalid) -> Vec<DraftVariant> {
    if typed.len() > MAX_VARIANTS {
        faults.add("variants", format!("must not be more than {MAX_VARIANTS}"));
        return Vec::new();
    }
    typed.iter().enumerate().map(|(n, v)| variant(v, Place::Row(n), currency, faults)).collect()
}

fn variant(input: &VariantInput, place: Place, currency: Currency, faults: &mut Invalid) -> DraftVariant {
    let field = |name: &str| place.field(name);
    let whole = |raw: &Raw, name: &str, max: i32, faults: &mut Invalid| match raw.is_empty() {
        true => None,
        false => raw.whole(place.field(name), 0..=max, faults),
    };
    // a draft may still be without a price; publishing asks for one
    let price = input.price.optional_price(field("price"), currency, faults).map_or(0, |m| m.minor);
    let compare_at = input.compare_at_price.optional_price(field("compareAtPrice"), currency, faults);
    if compare_at.is_some_and(|was| was.minor <= price) {
        faults.add(field("compareAtPrice"), "must be more than the price");
    }
    for (n, value) in input.option_values.iter().enumerate() {
        value.text(field(&format!("optionValues[{n}]")), 120, faults);
    }
    let values: Vec<_> = input.option_values.iter().map(|v| one_line(&v.0)).collect();
    DraftVariant {
        place,
        id: id(&input.id, field("id"), "is not a variant of this product", faults).map(VariantId),
        sku: input.sku.optional(field("sku"), 64, faults),
        // empty ones at the end are fields of the form for options that there are not
        values: {
            let used = values.iter().rposition(|v| !v.is_empty()).map_or(0, |last| last + 1);
            values.into_iter().take(used).collect()
        },
        price,
        compare_at_price: compare_at.map(|m| m.minor),
        cost: input.cost.optional_money(field("cost"), currency, faults).map(|m| m.minor),
        weight_grams: whole(&input.weight_grams, "weightGrams", 10_000_000, faults),
        barcode: input.barcode.optional(field("barcode"), 64, faults),
        low_stock_at: whole(&input.low_stock_at, "lowStockAt", 100_000, faults),
        position: whole(&input.position, "position", 100_000, faults),
        stock: whole(&input.stock, "stock", 1_000_000, faults),
        active: !input.inactive.is_on(),
    }
}
