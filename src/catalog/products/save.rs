//! Creating and editing: parts of an act.

use super::arrange::arrangement;
use super::check::Draft;
use super::intent::{Intent, intend};
use super::naming::{check_taken, fill_skus, free_slug};
use super::saved::{Saved, announce, edited_meanwhile};
use super::snapshot::{Snapshot, StoredProduct, VariantSnapshot};
use super::{life, rows, stock, texts};
use crate::catalog::ProductStatus;
use crate::events::Event;
use crate::id::{ProductId, VariantId};
use crate::{Act, Invalid, Result};
use sqlx::PgConnection;
use std::collections::HashSet;

pub async fn create(act: &mut Act<'_>, draft: &Draft) -> Result<Saved> {
    let arranged = arrangement(None, draft)?;
    let mut intent = intend(None, draft, &arranged, &HashSet::new());
    if intent.snapshot.slug.is_empty() {
        intent.snapshot.slug = free_slug(act, &draft.texts.name, None).await?;
    }
    insert(act, intent, draft.status, "product.create").await
}

/// Writes a product that is not there yet.
pub async fn insert(
    act: &mut Act<'_>,
    mut intent: Intent,
    status: Option<ProductStatus>,
    action: &str,
) -> Result<Saved> {
    fill_skus(act, &mut intent).await?;
    let mut faults = Invalid::default();
    check_taken(act, None, &intent, &mut faults).await?;
    match status {
        Some(ProductStatus::Published) => {
            life::check_complete(&intent.snapshot, |id, name| intent.field(id, name), &mut faults)
        }
        Some(ProductStatus::Archived) => faults.add("status", "must be draft or published for a new product"),
        Some(ProductStatus::Draft) | None => {}
    }
    faults.into_result()?;
    let (id, snapshot) = (ProductId::new(), &intent.snapshot);
    rows::reindex_later(act).await?;
    texts::insert(act, id, snapshot.row()).await?;
    sqlx::query!("delete from product_slugs where slug = $1", snapshot.slug).execute(&mut **act).await?;
    rows::write_options(act, id, None, snapshot).await?;
    rows::write_variants(act, id, None, snapshot).await?;
    rows::reindex(act, id).await?;
    stock::receive(act, &intent, "Initial stock").await?;
    let saved = Saved {
        id,
        slug: snapshot.slug.clone(),
        name: snapshot.texts.name.clone(),
        status: snapshot.status,
        version: 1,
        changed: true,
        added: 0,
        gone: Vec::new(),
    };
    announce(act, action, Event::ProductCreated, &saved, &(), snapshot)?;
    match status {
        Some(ProductStatus::Published) => life::advance(act, saved, ProductStatus::Published).await,
        _ => Ok(saved),
    }
}

/// What else an edit may do beside writing what was typed.
#[derive(Clone, Copy)]
pub struct SaveOptions {
    /// The version that the editor saw; `None` overwrites whatever there is.
    pub version: Option<i32>,
    /// Whether stock may be typed for a variant that has a level already.
    pub stock: StockTyped,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum StockTyped {
    /// Refused unless it says what is there.
    ForNewVariants,
    /// Set, when it differs, by an adjustment with this reason.
    Sets(&'static str),
}

/// `stored` is the product as it stands, and locked.
pub async fn edit(
    act: &mut Act<'_>,
    id: ProductId,
    stored: &StoredProduct,
    save_options: SaveOptions,
    draft: &Draft,
) -> Result<Saved> {
    if save_options.version.is_some_and(|seen| seen != stored.version) {
        return Err(edited_meanwhile(act, id, stored.version).await?);
    }
    let before = &stored.snapshot;
    let in_use = variants_in_use(act, id).await?;
    let arranged = arrangement(Some(before), draft)?;
    let mut intent = intend(Some(before), draft, &arranged, &in_use);
    fill_skus(act, &mut intent).await?;
    let next = draft.status.unwrap_or(before.status);
    let mut faults = Invalid::default();
    check_taken(act, Some(id), &intent, &mut faults).await?;
    if save_options.stock == StockTyped::ForNewVariants {
        stock::check(act, &intent, &mut faults).await?;
    }
    if next == ProductStatus::Published {
        life::check_complete(&intent.snapshot, |id, name| intent.field(id, name), &mut faults);
    }
    faults.into_result()?;

    let after = &intent.snapshot;
    let mut saved = Saved {
        id,
        slug: after.slug.clone(),
        name: after.texts.name.clone(),
        status: before.status,
        version: stored.version,
        changed: before != after,
        added: after.variants.iter().filter(|v| v.active && !was_sold(before, v)).count(),
        gone: before.variants.iter().filter(|v| v.active && !was_sold(after, v)).map(VariantSnapshot::title).collect(),
    };
    if saved.changed {
        rows::reindex_later(act).await?;
        saved.version = texts::update(act, id, after.row()).await?;
        if before.slug != after.slug {
            rows::keep_old_slug(act, id, &before.slug, &after.slug).await?;
        }
        if before.options != after.options {
            rows::write_options(act, id, Some(before), after).await?;
        }
        if before.variants != after.variants {
            rows::write_variants(act, id, Some(before), after).await?;
        }
        rows::reindex(act, id).await?;
        announce(act, "product.edit", Event::ProductUpdated, &saved, before, after)?;
    }
    match save_options.stock {
        StockTyped::ForNewVariants => stock::receive(act, &intent, "Initial stock").await?,
        StockTyped::Sets(reason) => saved.changed |= stock::set(act, &intent, reason).await?,
    }
    if next == before.status { Ok(saved) } else { life::advance(act, saved, next).await }
}

fn was_sold(snapshot: &Snapshot, variant: &VariantSnapshot) -> bool {
    snapshot.variant(variant.id).is_some_and(|v| v.active)
}

/// Variants that left a trace: in an order, a movement of stock, or somebody's cart.
async fn variants_in_use(conn: &mut PgConnection, id: ProductId) -> Result<HashSet<VariantId>> {
    let ids = sqlx::query_scalar!(
        r#"select v.id as "id: VariantId"
           from variants v
           where v.product_id = $1
             and (exists (select from order_items i where i.variant_id = v.id)
               or exists (select from inventory_movements m where m.variant_id = v.id)
               or exists (select from cart_items c where c.variant_id = v.id))"#,
        id as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().collect())
}
