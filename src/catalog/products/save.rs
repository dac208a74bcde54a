//! Creating and editing: parts of a transaction of the caller.

use super::check::Draft;
use super::intent::{Intent, intend};
use super::life;
use super::naming::{check_taken, fill_skus, free_slug};
use super::sheet::{Hold, Sheet, VariantSheet, load};
use crate::accounts::Acts;
use crate::catalog::ProductStatus;
use crate::id::{OptionId, ProductId, VariantId};
use crate::inventory::{self, Cause, Item};
use crate::{Clock, Error, FieldError, Invalid, OnConstraint, Result, audit, events};
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashSet;

/// A product after a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    pub id: ProductId,
    pub slug: String,
    pub name: String,
    pub status: ProductStatus,
    /// To be sent with the next edit.
    pub version: i32,
    /// Whether there was anything to change.
    #[serde(skip)]
    pub changed: bool,
}

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
    shelve_later(conn).await?;
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
    write_texts(conn, clock, id, sheet).await?;
    sqlx::query!("delete from product_slugs where slug = $1", sheet.slug).execute(&mut *conn).await?;
    write_options(conn, id, sheet).await?;
    write_variants(conn, clock, id, None, sheet).await?;
    shelve(conn, id).await?;
    receive(conn, clock, who, &intent, "Initial stock").await?;
    let saved = Saved {
        id,
        slug: sheet.slug.clone(),
        name: sheet.name.clone(),
        status: sheet.status,
        version: 1,
        changed: true,
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
        check_stock(conn, &intent, &mut faults).await?;
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
    };
    if saved.changed {
        shelve_later(conn).await?;
        let version =
            sqlx::query_scalar!("update products set version = version + 1 where id = $1 returning version", id as _,);
        saved.version = version.fetch_one(&mut *conn).await?;
        write_texts(conn, clock, id, after).await?;
        if before.slug != after.slug {
            keep_old_slug(conn, clock, id, &before.slug, &after.slug).await?;
        }
        if before.options != after.options {
            write_options(conn, id, after).await?;
        }
        if before.variants != after.variants {
            write_variants(conn, clock, id, Some(before), after).await?;
        }
        shelve(conn, id).await?;
        announce(conn, clock, who, "product.edit", "product.updated", &saved, before, after).await?;
    }
    match terms.stock {
        StockTyped::ForNewVariants => receive(conn, clock, who, &intent, "Initial stock").await?,
        StockTyped::Sets(reason) => saved.changed |= set_stock(conn, clock, who, &intent, reason).await?,
    }
    match next == before.status {
        true => Ok(saved),
        false => life::move_to(conn, clock, who, id, next, None).await,
    }
}

/// The conflict of a lost race, with the version that won and who made it.
async fn edited_meanwhile(conn: &mut PgConnection, id: ProductId, version: i32) -> Result<Error> {
    let last = sqlx::query!(
        "select actor_name, created_at
         from audit_logs
         where entity_type = 'product' and entity_id = $1
         order by created_at desc, id desc
         limit 1",
        id.to_string(),
    )
    .fetch_optional(conn)
    .await?;
    let mut details = vec![FieldError { field: "version".into(), message: version.to_string() }];
    let mut message = "This product was edited meanwhile".to_owned();
    if let Some(last) = last {
        message = format!("{} edited this product meanwhile", last.actor_name);
        details.push(FieldError { field: "editedBy".into(), message: last.actor_name });
        details.push(FieldError { field: "editedAt".into(), message: last.created_at.to_rfc3339() });
    }
    Ok(Error::Conflict { code: "edited_meanwhile", message, details })
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

async fn write_texts(conn: &mut PgConnection, clock: &Clock, id: ProductId, sheet: &Sheet) -> Result<()> {
    sqlx::query!(
        "update products
         set name = $2, slug = $3, summary = $4, description = $5, category_id = $6, brand = $7, tags = $8,
             specifications = $9, is_featured = $10, seo_title = $11, seo_description = $12, updated_at = $13
         where id = $1",
        id as _,
        sheet.name,
        sheet.slug,
        sheet.summary,
        sheet.description,
        sheet.category_id as _,
        sheet.brand,
        &sheet.tags,
        Json(&sheet.specifications) as _,
        sheet.featured,
        sheet.seo_title,
        sheet.seo_description,
        clock.now(),
    )
    .execute(conn)
    .await
    .map_err(Error::from)
    .on_constraint("products_category_id_fkey", || Error::invalid("categoryId", "is no category"))
    .on_constraint("products_slug_key", || Error::Busy)?;
    Ok(())
}

/// Old links redirect; a slug that is taken up again no longer does.
async fn keep_old_slug(conn: &mut PgConnection, clock: &Clock, id: ProductId, old: &str, new: &str) -> Result<()> {
    sqlx::query!(
        "insert into product_slugs (slug, product_id, created_at)
         values ($1, $2, $3)
         on conflict (slug) do update set product_id = excluded.product_id, created_at = excluded.created_at",
        old,
        id as _,
        clock.now(),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("delete from product_slugs where slug = $1", new).execute(conn).await?;
    Ok(())
}

async fn write_options(conn: &mut PgConnection, id: ProductId, sheet: &Sheet) -> Result<()> {
    sqlx::query!("delete from product_options where product_id = $1", id as _).execute(&mut *conn).await?;
    for (position, option) in (1..).zip(&sheet.options) {
        let option_id = OptionId::new();
        sqlx::query!(
            "insert into product_options (id, product_id, name, position) values ($1, $2, $3, $4)",
            option_id as _,
            id as _,
            option.name,
            position,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "insert into product_option_values (id, option_id, value, position)
             select gen_random_uuid(), $1, value, position
             from unnest($2::text[]) with ordinality as v (value, position)",
            option_id as _,
            &option.values,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

async fn write_variants(
    conn: &mut PgConnection,
    clock: &Clock,
    id: ProductId,
    before: Option<&Sheet>,
    after: &Sheet,
) -> Result<()> {
    let gone: Vec<_> = before.iter().flat_map(|b| &b.variants).filter(|v| after.variant(v.id).is_none()).collect();
    if !gone.is_empty() {
        let gone: Vec<_> = gone.iter().map(|v| v.id.0).collect();
        sqlx::query!("delete from variants where id = any($1)", &gone)
            .execute(&mut *conn)
            .await
            .map_err(Error::from)
            // sold this moment: once more, and it stays
            .on_constraint("order_items_variant_id_fkey", || Error::Busy)?;
    }
    let changed: Vec<&VariantSheet> =
        after.variants.iter().filter(|v| before.and_then(|b| b.variant(v.id)) != Some(*v)).collect();
    // Values, SKUs and barcodes may change places among variants, but the indexes that keep them unique look at every
    // row as it is written: so those that change are first put aside.
    let ids: Vec<_> = changed.iter().map(|v| v.id.0).collect();
    if before.is_some() {
        sqlx::query!("update variants set is_active = false, sku = id::text, barcode = null where id = any($1)", &ids,)
            .execute(&mut *conn)
            .await?;
    }
    for v in changed {
        let value = |n: usize| v.values.get(n);
        sqlx::query!(
            "insert into variants
                (id, product_id, sku, option1, option2, option3, price, compare_at_price, cost, weight_grams, barcode,
                 position, is_active, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
             on conflict (id) do update
             set sku = excluded.sku, option1 = excluded.option1, option2 = excluded.option2, option3 = excluded.option3,
                 price = excluded.price, compare_at_price = excluded.compare_at_price, cost = excluded.cost,
                 weight_grams = excluded.weight_grams, barcode = excluded.barcode, position = excluded.position,
                 is_active = excluded.is_active, updated_at = excluded.updated_at",
            v.id as _,
            id as _,
            v.sku,
            value(0),
            value(1),
            value(2),
            v.price,
            v.compare_at_price,
            v.cost,
            v.weight_grams,
            v.barcode,
            v.position,
            v.active,
            clock.now(),
        )
        .execute(&mut *conn)
        .await
        .map_err(Error::from)
        .on_constraint("variants_sku_key", || Error::Busy)
        .on_constraint("variants_barcode", || Error::Busy)?;
    }
    Ok(())
}

/// The lists' row of a product is written by triggers, at every statement; here once, after the last one.
async fn shelve_later(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select set_config('shop.bulk', 'on', true)").fetch_one(conn).await?;
    Ok(())
}

async fn shelve(conn: &mut PgConnection, id: ProductId) -> Result<()> {
    sqlx::query!("select set_config('shop.bulk', 'off', true)").fetch_one(&mut *conn).await?;
    sqlx::query!("select shelve(array[$1::uuid])::text", id.0).fetch_one(conn).await?;
    Ok(())
}

/// First stock, for variants that are new.
async fn receive(conn: &mut PgConnection, clock: &Clock, who: &dyn Acts, intent: &Intent, reason: &str) -> Result<()> {
    for &(variant, quantity, _) in &intent.stock {
        if quantity > 0 && intent.new.contains(&variant) {
            inventory::receive(conn, Item { variant, quantity }, &Cause::reason(clock, who, reason)).await?;
        }
    }
    Ok(())
}

/// Whether any level was moved.
async fn set_stock(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    intent: &Intent,
    reason: &str,
) -> Result<bool> {
    receive(conn, clock, who, intent, reason).await?;
    let mut moved = false;
    for &(variant, counted, _) in intent.stock.iter().filter(|(variant, ..)| !intent.new.contains(variant)) {
        let cause = Cause::reason(clock, who, reason);
        let on_hand = on_hand(conn, variant).await?;
        if on_hand != counted {
            inventory::adjust(conn, variant, inventory::Adjustment::To(counted), &cause).await?;
            moved = true;
        }
    }
    Ok(moved)
}

async fn on_hand(conn: &mut PgConnection, variant: VariantId) -> Result<i32> {
    let on_hand = sqlx::query_scalar!(
        r#"select coalesce(sum(on_hand), 0)::int as "on_hand!" from stock_levels where variant_id = $1"#,
        variant as _,
    );
    Ok(on_hand.fetch_one(conn).await?)
}

async fn check_stock(conn: &mut PgConnection, intent: &Intent, faults: &mut Invalid) -> Result<()> {
    for &(variant, typed, place) in intent.stock.iter().filter(|(variant, ..)| !intent.new.contains(variant)) {
        if on_hand(conn, variant).await? != typed {
            faults.add(place.field("stock"), "is changed in the inventory, with a reason");
        }
    }
    Ok(())
}

/// The audit row and the event of a change.
#[allow(clippy::too_many_arguments)] // one place for all product commands
pub async fn announce(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    action: &str,
    topic: &str,
    saved: &Saved,
    before: &impl Serialize,
    after: &impl Serialize,
) -> Result<()> {
    let entry = audit::Entry { action, entity_type: "product", entity_id: saved.id.to_string() };
    audit::record(conn, clock, who, entry, before, after).await?;
    events::record(conn, clock, topic, saved).await
}
