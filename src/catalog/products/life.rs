//! A product's life after it was made: published, taken back, archived, restored, deleted.

use super::saved::{Saved, announce, edited_meanwhile};
use super::sheet::{Hold, Sheet, Stored, load};
use crate::actors::Acts;
use crate::catalog::ProductStatus;
use crate::id::{ProductId, VariantId};
use crate::inventory::{self, Adjustment, Cause};
use crate::{Clock, Error, FieldError, Invalid, OnConstraint, Result};
use sqlx::PgConnection;

/// Moves a product on, if the move is allowed; part of a transaction of the caller. `only_from` tells apart moves that end
/// in the same status: what is archived is restored, not unpublished.
pub async fn move_to(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    id: ProductId,
    next: ProductStatus,
    only_from: Option<ProductStatus>,
) -> Result<Saved> {
    let stored = load(conn, id, Hold::Locked).await?;
    let was = stored.sheet.status;
    if !was.may_become(next) || only_from.is_some_and(|from| from != was) {
        return Err(refused(was, next));
    }
    if next == ProductStatus::Published {
        let mut faults = Invalid::default();
        let sheet = &stored.sheet;
        let shown: Vec<VariantId> = sheet.variants.iter().filter(|v| sheet.fits(v)).map(|v| v.id).collect();
        let field = |id: VariantId, name: &str| match shown.iter().position(|v| *v == id) {
            Some(n) if !sheet.options.is_empty() => format!("variants[{n}].{name}"),
            _ => name.to_owned(),
        };
        check_complete(sheet, field, &mut faults);
        faults.into_result()?;
    }
    write(conn, clock, who, id, stored, next).await
}

async fn write(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    id: ProductId,
    stored: Stored,
    next: ProductStatus,
) -> Result<Saved> {
    let was = stored.sheet.status;
    let row = sqlx::query!(
        "update products
         set status = $2, version = version + 1, updated_at = $3,
             published_at = case when $2 = 'published' then coalesce(published_at, $3) else published_at end
         where id = $1
         returning version",
        id as _,
        next.word(),
        clock.now(),
    )
    .fetch_one(&mut *conn)
    .await?;
    let (action, topic) = match (was, next) {
        (_, ProductStatus::Published) => ("product.publish", "product.published"),
        (_, ProductStatus::Archived) => ("product.archive", "product.archived"),
        (ProductStatus::Archived, ProductStatus::Draft) => ("product.restore", "product.restored"),
        (_, ProductStatus::Draft) => ("product.unpublish", "product.unpublished"),
    };
    let saved = Saved {
        id,
        slug: stored.sheet.slug,
        name: stored.sheet.name,
        status: next,
        version: row.version,
        changed: true,
        added: 0,
        gone: Vec::new(),
    };
    let status = |status: ProductStatus| serde_json::json!({ "status": status });
    announce(conn, clock, who, action, topic, &saved, &status(was), &status(next)).await?;
    Ok(saved)
}

fn refused(was: ProductStatus, next: ProductStatus) -> Error {
    let detail =
        |field: &'static str, status: ProductStatus| FieldError { field: field.into(), message: status.word().into() };
    Error::Conflict {
        code: "product_status",
        message: format!("The product is {}; it cannot become {}", was.word(), next.word()),
        details: vec![detail("from", was), detail("to", next)],
    }
}

/// Notes what a product lacks before shoppers may see it.
pub fn check_complete(sheet: &Sheet, field: impl Fn(VariantId, &str) -> String, faults: &mut Invalid) {
    if sheet.category_id.is_none() {
        faults.add("categoryId", "is required before the product is published");
    }
    let mut sold = sheet.variants.iter().filter(|v| v.active).peekable();
    if sold.peek().is_none() {
        faults.add("variants", "need at least one that is sold before the product is published");
    }
    for variant in sold.filter(|v| v.price == 0) {
        faults.add(field(variant.id, "price"), "is required before the product is published");
    }
}

/// What became of a product that was to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// It is no more.
    Deleted,
    /// It was published or ordered once, so it is kept for the sake of orders and links, out of the shop.
    Archived,
}

/// Deletes a draft that nobody outside ever saw, and archives every other product; part of a transaction of the caller.
pub async fn take_away(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    id: ProductId,
    version: i32,
) -> Result<Gone> {
    let stored = load(conn, id, Hold::Locked).await?;
    if version != stored.version {
        return Err(edited_meanwhile(conn, id, stored.version).await?);
    }
    let is_known = sqlx::query_scalar!(
        r#"select p.published_at is not null or exists (select from order_items i where i.product_id = p.id) as "known!"
           from products p
           where p.id = $1"#,
        id as _,
    );
    let is_known = is_known.fetch_one(&mut *conn).await?;
    match stored.sheet.status {
        ProductStatus::Archived => {}
        ProductStatus::Draft if !is_known => {
            delete(conn, clock, who, id, Some(version)).await?;
            return Ok(Gone::Deleted);
        }
        ProductStatus::Draft | ProductStatus::Published => {
            write(conn, clock, who, id, stored, ProductStatus::Archived).await?;
        }
    }
    Ok(Gone::Archived)
}

/// Only drafts go, and only when nobody ever ordered them; part of a transaction of the caller.
pub async fn delete(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    id: ProductId,
    version: Option<i32>,
) -> Result<()> {
    let stored = load(conn, id, Hold::Locked).await?;
    if version.is_some_and(|seen| seen != stored.version) {
        return Err(edited_meanwhile(conn, id, stored.version).await?);
    }
    if stored.sheet.status != ProductStatus::Draft {
        let message = format!("The product is {}; only drafts can be deleted", stored.sheet.status.word());
        return Err(Error::conflict("product_status", message));
    }
    let ordered = || Error::conflict("ordered", "The product was ordered; it can be archived, not deleted");
    let is_ordered =
        sqlx::query_scalar!(r#"select exists(select from order_items where product_id = $1) as "is!""#, id as _);
    if is_ordered.fetch_one(&mut *conn).await? {
        return Err(ordered());
    }
    // what lies on the shelf leaves the ledger with a reason, not without a word
    let levels = sqlx::query_scalar!(
        r#"select variant_id as "variant!: VariantId" from sellable_stock where product_id = $1 and on_hand > 0 order by 1"#,
        id as _,
    );
    for variant in levels.fetch_all(&mut *conn).await? {
        let cause = Cause::reason(clock, who, "Product deleted");
        inventory::adjust(conn, variant, Adjustment::To(0), &cause).await?;
    }
    sqlx::query!("delete from products where id = $1", id as _)
        .execute(&mut *conn)
        .await
        .map_err(Error::from)
        .on_constraint("order_items_variant_id_fkey", ordered)
        .on_constraint("order_items_product_id_fkey", ordered)?;
    let saved = Saved {
        id,
        slug: stored.sheet.slug.clone(),
        name: stored.sheet.name.clone(),
        status: stored.sheet.status,
        version: stored.version,
        changed: true,
        added: 0,
        gone: Vec::new(),
    };
    announce(conn, clock, who, "product.delete", "product.deleted", &saved, &stored.sheet, &()).await
}
