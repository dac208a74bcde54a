//! A product form as it was typed, read back: to show it again with other rows, or beside another version.

use crate::web::flash::FormState;
use shop::catalog::images::NewPicture;
use shop::catalog::products::{OptionInput, ProductInput, RawList, RawPairs, VariantInput};
use shop::input::Raw;

/// Of more rows than this a product is refused anyhow.
const MOST_ROWS: usize = 200;

pub fn input(state: &FormState) -> ProductInput {
    let raw = |name: &str| Raw(state.value(name, ""));
    let options = (0..rows(state, "options")).map(|n| OptionInput {
        name: raw(&format!("options[{n}][name]")),
        values: RawList::Text(state.value(&format!("options[{n}][values]"), "")),
    });
    ProductInput {
        name: raw("name"),
        slug: raw("slug"),
        summary: raw("summary"),
        description: raw("description"),
        status: raw("status"),
        is_active: Raw::default(),
        category_id: raw("categoryId"),
        brand: raw("vendor"),
        tags: RawList::Text(state.value("tags", "")),
        specifications: RawPairs::Text(state.value("specifications", "")),
        seo_title: raw("seoTitle"),
        seo_description: raw("seoDescription"),
        featured: raw("featured"),
        options: options.collect(),
        variants: (0..rows(state, "variants")).map(|n| variant(state, n)).collect(),
        images: (0..rows(state, "images")).map(|n| picture(state, n)).collect(),
        variant_options: (0..rows(state, "variantOptions")).map(|n| raw(&format!("variantOptions[{n}]"))).collect(),
        price: raw("price"),
        compare_at_price: raw("compareAtPrice"),
        cost: raw("cost"),
        sku: raw("sku"),
        stock_quantity: raw("stockQuantity"),
        weight_grams: raw("weightGrams"),
        barcode: raw("barcode"),
    }
}

fn picture(state: &FormState, n: usize) -> NewPicture {
    let raw = |name: &str| Raw(state.value(&format!("images[{n}][{name}]"), ""));
    NewPicture { path: raw("path"), alt: raw("alt"), shows: raw("shows"), id: Raw::default() }
}

fn variant(state: &FormState, n: usize) -> VariantInput {
    let raw = |name: &str| Raw(state.value(&format!("variants[{n}][{name}]"), ""));
    let values = rows(state, &format!("variants[{n}][optionValues]"));
    VariantInput {
        id: raw("id"),
        sku: raw("sku"),
        option_values: (0..values)
            .map(|v| Raw(state.value(&format!("variants[{n}][optionValues][{v}]"), "")))
            .collect(),
        price: raw("price"),
        compare_at_price: raw("compareAtPrice"),
        cost: raw("cost"),
        weight_grams: raw("weightGrams"),
        barcode: raw("barcode"),
        position: raw("position"),
        stock: raw("stock"),
        inactive: raw("inactive"),
    }
}

/// How many rows `list[0]…`, `list[1]…` there are.
fn rows(state: &FormState, list: &str) -> usize {
    let index = |name: &str| name.strip_prefix(list)?.strip_prefix('[')?.split(']').next()?.parse::<usize>().ok();
    state.pairs().iter().filter_map(|(name, _)| index(name)).max().map_or(0, |last| (last + 1).min(MOST_ROWS))
}
