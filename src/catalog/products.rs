//! What staff do with products: create, edit, publish, archive, delete. A product has a version, and an edit says which
//! one it started from: of two people who edit at once, the second is stopped and shown what the first one made of it.
//!
//! Everything about a product is one [`ProductInput`], the same for the form and the API, and [`for_edit`] gives the
//! product as it stands in that shape. It goes one way: `check` reads what was typed as a draft, `arrange` says which
//! variants there will be, `intent` makes of both what the product will be (a [`Snapshot`]), `save` writes what differs
//! from the one before. What is said of a product beside its variants is [`Texts`], in one file from check to
//! comparison.

mod arrange;
pub(super) mod check;
mod details;
mod differences;
mod input;
mod intent;
pub(super) mod life;
pub(super) mod naming;
mod rows;
pub(super) mod save;
mod saved;
pub(super) mod snapshot;
mod stock;
pub(super) mod texts;

pub use crate::input::RawList;
pub use check::MAX_VARIANTS;
pub use details::{ProductDetails, details, find};
pub use differences::Difference;
pub use input::{OptionInput, ProductInput, RawPair, RawPairs, VariantInput};
pub use life::Gone;
pub use saved::Saved;
pub use snapshot::{OptionSnapshot, Snapshot, VariantSnapshot};
pub use texts::Texts;

use super::{ProductStatus, images};
use crate::actors::{May, Permission};
use crate::id::{ImageId, ProductId, VariantId};
use crate::input::Raw;
use crate::{Act, Result, Shop};
use arrange::{Fill, From, Typed, arrange};
use check::check;
use chrono::{DateTime, Utc};
use intent::Intent;
use save::{SaveOptions, StockTyped};
use snapshot::{Hold, load};
use std::collections::{HashMap, HashSet};

/// A product as the edit form shows it. Holds cost prices: for staff only.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductForEdit {
    pub id: ProductId,
    pub version: i32,
    pub status: ProductStatus,
    pub updated_at: DateTime<Utc>,
    pub input: ProductInput,
}

/// A new product, a draft unless the input says `published`; with its pictures, which were uploaded before.
pub async fn create(shop: &Shop, who: &dyn May, input: ProductInput) -> Result<Saved> {
    who.may(Permission::CatalogWrite)?;
    let draft = check(&input, shop.currency)?;
    let pictures = images::looked_up(shop, &input.images).await?;
    act!(shop, who, "product.create", |act| {
        let saved = save::create(&mut act, &draft).await?;
        images::attach_all(&mut act, saved.id, &pictures).await?;
        act.commit(saved).await
    })
}

/// The product as it stands, in the shape of the input.
pub async fn for_edit(shop: &Shop, who: &dyn May, id: ProductId) -> Result<ProductForEdit> {
    who.may(Permission::CatalogRead)?;
    let stored = load(&mut *shop.db.acquire().await?, id, Hold::No).await?;
    Ok(ProductForEdit {
        id,
        version: stored.version,
        status: stored.snapshot.status,
        updated_at: stored.updated_at,
        input: stored.snapshot.input(shop.currency),
    })
}

/// Makes the product what the input says. `version` is the one that the editor saw; if it is no longer the current one,
/// the answer is a conflict `edited_meanwhile`, whose details name the current `version`, `editedBy` and `editedAt`.
pub async fn edit(shop: &Shop, who: &dyn May, id: ProductId, version: i32, input: ProductInput) -> Result<Saved> {
    who.may(Permission::CatalogWrite)?;
    let draft = check(&input, shop.currency)?;
    let pictures = images::looked_up(shop, &input.images).await?;
    let save_options = SaveOptions { version: Some(version), stock: StockTyped::ForNewVariants };
    act!(shop, who, "product.edit", |act| {
        let stored = load(&mut act, id, Hold::Locked).await?;
        let saved = save::edit(&mut act, id, &stored, save_options, &draft).await?;
        images::attach_all(&mut act, id, &pictures).await?;
        act.commit(saved).await
    })
}

/// What [`with_all_variants`] made of a form.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    pub input: ProductInput,
    /// How many rows are new.
    pub added: usize,
    /// The rows that are no longer there, since nothing offers them or nothing tells them from others: `S / Red`.
    pub left_out: Vec<String>,
}

/// Fills in the variants that the options make, at the price of the flat form or else of the row that is most like
/// them: what a form shows before anything is saved. Rows that were there follow the options and keep all that is
/// theirs.
pub async fn with_all_variants(
    shop: &Shop,
    who: &dyn May,
    id: Option<ProductId>,
    mut input: ProductInput,
) -> Result<Filled> {
    who.may(Permission::CatalogRead)?;
    let before = match id {
        Some(id) => Some(load(&mut *shop.db.acquire().await?, id, Hold::No).await?.snapshot),
        None => None,
    };
    // the rest of the form may still be empty
    let asked = ProductInput { name: Raw::from("-"), ..without_texts(&input) };
    let draft = check(&asked, shop.currency)?;
    let typed = Typed { rows: &draft.variants, of: &draft.variant_options };
    let rows = arrange(before.as_ref(), &draft.options, typed, Fill::All)?;
    let was_flat = before.as_ref().is_some_and(|snapshot| snapshot.options.is_empty());
    let mut shown: Vec<VariantInput> = Vec::new();
    for row in &rows {
        let id = Raw(row.id.map(|id| id.to_string()).unwrap_or_default());
        let known = before.as_ref().and_then(|snapshot| snapshot.variant(row.id?)).map(|v| v.input(shop.currency));
        let variant = match row.from {
            From::Typed(index) => input.variants.get(index).cloned().unwrap_or_default(),
            // what is typed flat of a product without options is meant for the variant that it has
            From::Kept if was_flat && !input.price.is_empty() => VariantInput { stock: Raw::default(), ..input.flat() },
            From::Kept => VariantInput { inactive: Raw::default(), ..known.unwrap_or_default() },
            From::Made(model) => {
                let model = model.filter(|_| input.price.is_empty()).and_then(|at| shown.get(at).cloned());
                VariantInput {
                    sku: Raw::default(),
                    barcode: Raw::default(),
                    stock: Raw::default(),
                    position: Raw::default(),
                    inactive: Raw::default(),
                    ..model.unwrap_or_else(|| input.flat())
                }
            }
        };
        shown.push(VariantInput { id, option_values: row.values.iter().cloned().map(Raw).collect(), ..variant });
    }
    let stays = |index: usize| rows.iter().any(|row| row.from == From::Typed(index));
    let gone = input.variants.iter().enumerate().filter(|(index, _)| !stays(*index)).map(|(_, row)| row.title());
    let left_out = gone.collect();
    let added = rows.iter().filter(|row| !matches!(row.from, From::Typed(_))).count();
    if draft.options.is_empty() {
        if let Some(only) = shown.first().filter(|_| input.price.is_empty()) {
            input.flatten(&only.clone());
        }
        return Ok(Filled { input: ProductInput { variants: Vec::new(), ..input }, added: 0, left_out });
    }
    input.variants = shown;
    input.variant_options = draft.options.into_iter().map(|option| Raw(option.name)).collect();
    Ok(Filled { input, added, left_out })
}

/// What matters for the variants.
fn without_texts(input: &ProductInput) -> ProductInput {
    let kept = input.clone();
    ProductInput {
        options: kept.options,
        variants: kept.variants,
        variant_options: kept.variant_options,
        price: kept.price,
        compare_at_price: kept.compare_at_price,
        cost: kept.cost,
        weight_grams: kept.weight_grams,
        low_stock_at: kept.low_stock_at,
        ..ProductInput::default()
    }
}

/// A draft like the product, under a new name, slug and SKUs; without stock and barcodes, with the same pictures.
pub async fn duplicate(shop: &Shop, who: &dyn May, id: ProductId) -> Result<Saved> {
    who.may(Permission::CatalogWrite)?;
    act!(shop, who, "product.duplicate", |act| {
        let mut snapshot = load(&mut act, id, Hold::No).await?.snapshot;
        let mut copies = HashMap::new();
        let room = snapshot.texts.name.chars().take(190).collect::<String>();
        snapshot.texts.name = format!("{room} (copy)");
        snapshot.slug = naming::free_slug(&mut act, &snapshot.texts.name, None).await?;
        snapshot.status = ProductStatus::Draft;
        snapshot.variants.retain(|v| v.active);
        for variant in &mut snapshot.variants {
            let copy = VariantId::new();
            copies.insert(variant.id, copy);
            (variant.id, variant.sku, variant.barcode) = (copy, String::new(), None);
        }
        let intent = Intent { snapshot, stock: Vec::new(), places: HashMap::new(), new: HashSet::new() };
        let saved = save::insert(&mut act, intent, None, "product.duplicate").await?;
        copy_pictures(&mut act, id, saved.id, &copies).await?;
        act.commit(saved).await
    })
}

/// A value's picture is a picture of the copy's value of the same words.
async fn copy_pictures(
    act: &mut Act<'_>,
    from: ProductId,
    to: ProductId,
    variants: &HashMap<VariantId, VariantId>,
) -> Result<()> {
    let pictures = sqlx::query!(
        r#"select i.variant_id as "variant: VariantId", i.file_id, i.alt, i.position, copy.id as "value?"
           from product_images i
           left join product_option_values c on c.id = i.option_value_id
           left join product_options o on o.id = c.option_id
           left join product_options other on other.product_id = $2 and other.position = o.position
           left join product_option_values copy on copy.option_id = other.id and copy.value = c.value
           where i.product_id = $1
           order by i.position"#,
        from as _,
        to as _,
    )
    .fetch_all(&mut **act)
    .await?;
    for picture in pictures {
        sqlx::query!(
            "insert into product_images (id, product_id, variant_id, option_value_id, file_id, alt, position, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            ImageId::new() as _,
            to as _,
            picture.variant.and_then(|v| variants.get(&v)).copied() as _,
            picture.value,
            picture.file_id,
            picture.alt,
            picture.position,
            act.now,
        )
        .execute(&mut **act)
        .await?;
    }
    Ok(())
}

/// Shows a draft to shoppers. It must have a category, a price and at least one variant that is sold.
pub async fn publish(shop: &Shop, who: &dyn May, id: ProductId) -> Result<Saved> {
    move_to(shop, who, "product.publish", id, ProductStatus::Published, None).await
}

/// Takes a published product back to be a draft.
pub async fn unpublish(shop: &Shop, who: &dyn May, id: ProductId) -> Result<Saved> {
    move_to(shop, who, "product.unpublish", id, ProductStatus::Draft, Some(ProductStatus::Published)).await
}

/// Takes a product out of the shop for good, with all that hangs on it: a published one, or a draft.
pub async fn archive(shop: &Shop, who: &dyn May, id: ProductId) -> Result<Saved> {
    move_to(shop, who, "product.archive", id, ProductStatus::Archived, None).await
}

/// Makes an archived product a draft again.
pub async fn restore(shop: &Shop, who: &dyn May, id: ProductId) -> Result<Saved> {
    move_to(shop, who, "product.restore", id, ProductStatus::Draft, Some(ProductStatus::Archived)).await
}

/// Deletes a draft that was never ordered.
pub async fn delete(shop: &Shop, who: &dyn May, id: ProductId) -> Result<()> {
    delete_if_unchanged(shop, who, id, None).await
}

/// The same for somebody who saw this version of it: `edited_meanwhile` if it is no longer the current one.
pub async fn delete_if_unchanged(shop: &Shop, who: &dyn May, id: ProductId, version: Option<i32>) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    act!(shop, who, "product.delete", |act| {
        life::delete(&mut act, id, version).await?;
        act.commit(()).await
    })
}

/// Deletes a draft that nobody outside ever saw, and archives every other product. `edited_meanwhile` if the version is
/// no longer the current one.
pub async fn take_away(shop: &Shop, who: &dyn May, id: ProductId, version: i32) -> Result<Gone> {
    who.may(Permission::CatalogWrite)?;
    act!(shop, who, "product.take_away", |act| {
        let gone = life::take_away(&mut act, id, version).await?;
        act.commit(gone).await
    })
}

async fn move_to(
    shop: &Shop,
    who: &dyn May,
    name: &'static str,
    id: ProductId,
    next: ProductStatus,
    only_from: Option<ProductStatus>,
) -> Result<Saved> {
    who.may(Permission::CatalogWrite)?;
    act!(shop, who, name, |act| {
        let saved = life::move_to(&mut act, id, next, only_from).await?;
        act.commit(saved).await
    })
}
