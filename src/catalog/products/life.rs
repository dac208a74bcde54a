//! A product's life after it was made: published, taken back, archived, restored, deleted.

use super::saved::{Saved, announce, edited_meanwhile};
use super::snapshot::{Hold, Snapshot, StoredProduct, load};
use crate::catalog::ProductStatus;
use crate::events::{Event, ProductEvent};
use crate::id::{ProductId, VariantId};
use crate::inventory::{self, Adjustment, MovementCause};
use crate::{Act, Error, FieldError, Invalid, OnConstraint, Result};

/// Moves a product on, if the move is allowed; part of an act. `only_from` tells apart moves that end in the same
/// status: what is archived is restored, not unpublished.
pub async fn move_to(
    act: &mut Act<'_>,
    id: ProductId,
    next: ProductStatus,
    only_from: Option<ProductStatus>,
) -> Result<Saved> {
    let stored = load(act, id, Hold::Locked).await?;
    let was = stored.snapshot.status;
    if !was.may_become(next) || only_from.is_some_and(|from| from != was) {
        return Err(refused(was, next));
    }
    if next == ProductStatus::Published {
        let mut faults = Invalid::default();
        let snapshot = &stored.snapshot;
        let shown: Vec<VariantId> = snapshot.variants.iter().filter(|v| snapshot.fits(v)).map(|v| v.id).collect();
        let field = |id: VariantId, name: &str| match shown.iter().position(|v| *v == id) {
            Some(n) if !snapshot.options.is_empty() => format!("variants[{n}].{name}"),
            _ => name.to_owned(),
        };
        check_complete(snapshot, field, &mut faults);
        faults.into_result()?;
    }
    advance(act, Saved::of(id, &stored), next).await
}

/// The same with a product that is locked and known: it was read or written in this act. To be published, it was found
/// complete.
pub async fn advance(act: &mut Act<'_>, saved: Saved, next: ProductStatus) -> Result<Saved> {
    let was = saved.status;
    if !was.may_become(next) {
        return Err(refused(was, next));
    }
    let version = sqlx::query_scalar!(
        "update products
         set status = $2, version = version + 1, updated_at = $3,
             published_at = case when $2 = 'published' then coalesce(published_at, $3) else published_at end
         where id = $1
         returning version",
        saved.id as _,
        next.word(),
        act.now,
    )
    .fetch_one(&mut **act)
    .await?;
    let (action, event): (_, fn(ProductEvent) -> Event) = match (was, next) {
        (_, ProductStatus::Published) => ("product.publish", Event::ProductPublished),
        (_, ProductStatus::Archived) => ("product.archive", Event::ProductArchived),
        (ProductStatus::Archived, ProductStatus::Draft) => ("product.restore", Event::ProductRestored),
        (_, ProductStatus::Draft) => ("product.unpublish", Event::ProductUnpublished),
    };
    let saved = Saved { status: next, version, changed: true, ..saved };
    let status = |status: ProductStatus| serde_json::json!({ "status": status });
    announce(act, action, event, &saved, &status(was), &status(next))?;
    Ok(saved)
}

fn refused(was: ProductStatus, next: ProductStatus) -> Error {
    let detail = |field: &'static str, status: ProductStatus| FieldError::new(field, status.word());
    Error::Conflict {
        code: "product_status",
        message: format!("The product is {}; it cannot become {}", was.word(), next.word()).into(),
        details: vec![detail("from", was), detail("to", next)],
    }
}

/// Notes what a product lacks before shoppers may see it.
pub fn check_complete(snapshot: &Snapshot, field: impl Fn(VariantId, &str) -> String, faults: &mut Invalid) {
    if snapshot.category_id.is_none() {
        faults.add("categoryId", "is required before the product is published");
    }
    let mut sold = snapshot.variants.iter().filter(|v| v.active).peekable();
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

/// Deletes a draft that nobody outside ever saw, and archives every other product; part of an act.
pub async fn take_away(act: &mut Act<'_>, id: ProductId, version: i32) -> Result<Gone> {
    let stored = load(act, id, Hold::Locked).await?;
    if version != stored.version {
        return Err(edited_meanwhile(act, id, stored.version).await?);
    }
    let is_known = sqlx::query_scalar!(
        r#"select p.published_at is not null or exists (select from order_items i where i.product_id = p.id) as "known!"
           from products p
           where p.id = $1"#,
        id as _,
    );
    let is_known = is_known.fetch_one(&mut **act).await?;
    match stored.snapshot.status {
        ProductStatus::Archived => {}
        ProductStatus::Draft if !is_known => {
            erase(act, id, &stored).await?;
            return Ok(Gone::Deleted);
        }
        ProductStatus::Draft | ProductStatus::Published => {
            advance(act, Saved::of(id, &stored), ProductStatus::Archived).await?;
        }
    }
    Ok(Gone::Archived)
}

/// Only drafts go, and only when nobody ever ordered them; part of an act.
pub async fn delete(act: &mut Act<'_>, id: ProductId, version: Option<i32>) -> Result<()> {
    let stored = load(act, id, Hold::Locked).await?;
    if version.is_some_and(|seen| seen != stored.version) {
        return Err(edited_meanwhile(act, id, stored.version).await?);
    }
    if stored.snapshot.status != ProductStatus::Draft {
        let message = format!("The product is {}; only drafts can be deleted", stored.snapshot.status.word());
        return Err(Error::conflict("product_status", message));
    }
    let is_ordered =
        sqlx::query_scalar!(r#"select exists(select from order_items where product_id = $1) as "is!""#, id as _);
    if is_ordered.fetch_one(&mut **act).await? {
        return Err(ordered());
    }
    erase(act, id, &stored).await
}

fn ordered() -> Error {
    Error::conflict("ordered", "The product was ordered; it can be archived, not deleted")
}

/// Deletes a draft that is locked and was not ordered.
async fn erase(act: &mut Act<'_>, id: ProductId, stored: &StoredProduct) -> Result<()> {
    // what lies on the shelf leaves the stock with a reason, not without a word
    let levels = sqlx::query_scalar!(
        r#"select variant_id as "variant!: VariantId" from sellable_stock where product_id = $1 and on_hand > 0 order by 1"#,
        id as _,
    );
    for variant in levels.fetch_all(&mut **act).await? {
        inventory::adjust(act, variant, Adjustment::To(0), MovementCause::reason("Product deleted")).await?;
    }
    sqlx::query!("delete from products where id = $1", id as _)
        .execute(&mut **act)
        .await
        .on_constraint("order_items_variant_id_fkey", ordered)?;
    announce(act, "product.delete", Event::ProductDeleted, &Saved::of(id, stored), &stored.snapshot, &())
}
