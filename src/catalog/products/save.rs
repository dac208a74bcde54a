//! Creating and editing: parts of a transaction of the caller.

use super::check::Draft;
use super::intent::{Intent, intend};
use super::naming::{check_taken, fill_skus, free_slug};
use super::saved::{Saved, announce, edited_meanwhile};
use super::sheet::{Hold, Sheet, VariantSheet, load};
use super::{life, rows, stock};
use crate::actors::Acts;
use crate::catalog::ProductStatus;
use crate::id::{ProductId, VariantId};
use crate::{Clock, Error, Invalid, OnConstraint, Result};
use sqlx::PgConnection;
use std::collections::HashSet;

pub async fn create(conn: &mut PgConnection, clock: &Clock, who: &dyn Acts, draft: &Draft) -> Result<Saved> {
    let mut intent = intend(None, draft, &HashSet::new())?;
    if intent.sheet.slug.is_empty() {
        intent.sheet.slug = free_slug(conn, &draft.name, None).await?;
    }
    insert(conn, clock, who, intent, draft.status, "product.create").await
}

/// Writes a product that is not there yet.
pub async fn insert(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    mut intent: Intent,
    status: Option<ProductStatus>,
    action: &str,
) -> Result<Saved> {
    fill_skus(conn, &mut intent).await?;
    let mut faults = Invalid::default();
    check_taken(conn, None, &intent, &mut faults).await?;
    match status {
        Some(ProductStatus::Published) => {
            life::check_complete(&intent.sheet, |id, name| intent.field(id, name), &mut faults)
        }
        Some(ProductStatus::Archived) => faults.add("status", "must be draft or published for a new product"),
        Some(ProductStatus::Draft) | None => {}
    }
    faults.into_result()?;
    let id = ProductId::new();
    let (sheet, now) = (&intent.sheet, clock.now());
    rows::shelve_later(conn).await?;
    sqlx::query!(
        "insert into products (id, name, slug, created_at, updated_at) values ($1, $2, $3, $4, $4)",
        id as _,
        sheet.name,
        sheet.slug,
        now,
    )
    .execute(&mut *conn)
    .await
    // taken since it was looked up: the second try shows it beside its field
    .on_constraint("products_slug_key", || Error::Busy)?;
    rows::write_texts(conn, clock, id, sheet).await?;
    sqlx::query!("delete from product_slugs where slug = $1", sheet.slug).execute(&mut *conn).await?;
    rows::write_options(conn, id, None, sheet).await?;
    rows::write_variants(conn, clock, id, None, sheet).await?;
    rows::shelve(conn, id).await?;
    stock::receive(conn, clock, who, &intent, "Initial stock").await?;
    let saved = Saved {
        id,
        slug: sheet.slug.clone(),
        name: sheet.name.clone(),
        status: sheet.status,
        version: 1,
        changed: true,
        added: 0,
        gone: Vec::new(),
    };
    announce(conn, clock, who, action, "product.created", &saved, &(), sheet).await?;
    match status {
        Some(ProductStatus::Published) => life::move_to(conn, clock, who, id, ProductStatus::Published, None).await,
        _ => Ok(saved),
    }
}

/// What else an edit may do beside writing what was typed.
#[derive(Clone, Copy)]
pub struct Terms {
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

pub async fn edit(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    id: ProductId,
    terms: Terms,
    draft: &Draft,
) -> Result<Saved> {
    let stored = load(conn, id, Hold::Locked).await?;
    if terms.version.is_some_and(|seen| seen != stored.version) {
        return Err(edited_meanwhile(conn, id, stored.version).await?);
    }
    let before = &stored.sheet;
    let worn = worn(conn, id).await?;
    let mut intent = intend(Some(before), draft, &worn)?;
    fill_skus(conn, &mut intent).await?;
    let next = draft.status.unwrap_or(before.status);
    let mut faults = Invalid::default();
    check_taken(conn, Some(id), &intent, &mut faults).await?;
    if terms.stock == StockTyped::ForNewVariants {
        stock::check(conn, &intent, &mut faults).await?;
    }
    if next == ProductStatus::Published {
        life::check_complete(&intent.sheet, |id, name| intent.field(id, name), &mut faults);
    }
    faults.into_result()?;

    let after = &intent.sheet;
    let mut saved = Saved {
        id,
        slug: after.slug.clone(),
        name: after.name.clone(),
        status: before.status,
        version: stored.version,
        changed: before != after,
        added: after.variants.iter().filter(|v| v.active && !was_sold(before, v)).count(),
        gone: before.variants.iter().filter(|v| v.active && !was_sold(after, v)).map(VariantSheet::title).collect(),
    };
    if saved.changed {
        rows::shelve_later(conn).await?;
        let version =
            sqlx::query_scalar!("update products set version = version + 1 where id = $1 returning version", id as _,);
        saved.version = version.fetch_one(&mut *conn).await?;
        rows::write_texts(conn, clock, id, after).await?;
        if before.slug != after.slug {
            rows::keep_old_slug(conn, clock, id, &before.slug, &after.slug).await?;
        }
        if before.options != after.options {
            rows::write_options(conn, id, Some(before), after).await?;
        }
        if before.variants != after.variants {
            rows::write_variants(conn, clock, id, Some(before), after).await?;
        }
        rows::shelve(conn, id).await?;
        announce(conn, clock, who, "product.edit", "product.updated", &saved, before, after).await?;
    }
    match terms.stock {
        StockTyped::ForNewVariants => stock::receive(conn, clock, who, &intent, "Initial stock").await?,
        StockTyped::Sets(reason) => saved.changed |= stock::set(conn, clock, who, &intent, reason).await?,
    }
    match next == before.status {
        true => Ok(saved),
        false => {
            let moved = life::move_to(conn, clock, who, id, next, None).await?;
            Ok(Saved { added: saved.added, gone: saved.gone, ..moved })
        }
    }
}

fn was_sold(sheet: &Sheet, variant: &VariantSheet) -> bool {
    sheet.variant(variant.id).is_some_and(|v| v.active)
}

/// Variants that left a trace: in an order, the ledger, or somebody's cart.
async fn worn(conn: &mut PgConnection, id: ProductId) -> Result<HashSet<VariantId>> {
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
