//! Writing a product's rows, but for its own (see `texts`): parts of a save.

use super::arrange::lineage;
use super::check::same;
use super::snapshot::{Snapshot, VariantSnapshot};
use crate::id::{OptionId, ProductId};
use crate::{Act, Error, OnConstraint, Result};
use sqlx::PgConnection;
use uuid::Uuid;

/// Old links redirect; a slug that is taken up again no longer does.
pub async fn keep_old_slug(act: &mut Act<'_>, id: ProductId, old: &str, new: &str) -> Result<()> {
    sqlx::query!(
        "with taken_up as (delete from product_slugs where slug = $4)
         insert into product_slugs (slug, product_id, created_at)
         values ($1, $2, $3)
         on conflict (slug) do update set product_id = excluded.product_id, created_at = excluded.created_at",
        old,
        id as _,
        act.now,
        new,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// Writes the options. Those that were there before, and their values, keep their rows: pictures belong to them.
pub async fn write_options(
    conn: &mut PgConnection,
    id: ProductId,
    before: Option<&Snapshot>,
    after: &Snapshot,
) -> Result<()> {
    let there = match before {
        Some(_) => {
            let there = sqlx::query_scalar!(
                r#"select id as "id: OptionId" from product_options where product_id = $1 order by position"#,
                id as _,
            );
            there.fetch_all(&mut *conn).await?
        }
        None => Vec::new(),
    };
    let lineage = lineage(before.map_or(&[], |before| &before.options), &after.options);
    let kept: Vec<Option<OptionId>> = lineage.iter().map(|at| there.get((*at)?).copied()).collect();
    let gone: Vec<_> = there.iter().filter(|option| !kept.contains(&Some(**option))).map(|option| option.0).collect();
    if !gone.is_empty() {
        sqlx::query!("delete from product_options where id = any($1)", &gone).execute(&mut *conn).await?;
    }
    for ((position, option), kept) in (1..).zip(&after.options).zip(kept) {
        let option_id = kept.unwrap_or_else(OptionId::new);
        sqlx::query!(
            "insert into product_options (id, product_id, name, position)
             values ($1, $2, $3, $4)
             on conflict (id) do update set name = excluded.name, position = excluded.position",
            option_id as _,
            id as _,
            option.name,
            position,
        )
        .execute(&mut *conn)
        .await?;
        write_values(conn, option_id, &option.values).await?;
    }
    Ok(())
}

/// A value that is only written in another way stays the same one.
async fn write_values(conn: &mut PgConnection, option: OptionId, values: &[String]) -> Result<()> {
    let there = sqlx::query!("select id, value from product_option_values where option_id = $1", option as _);
    let there = there.fetch_all(&mut *conn).await?;
    let known = |value: &String| there.iter().find(|row| same(&row.value, value)).map(|row| row.id);
    let ids: Vec<Uuid> = values.iter().map(|value| known(value).unwrap_or_else(Uuid::now_v7)).collect();
    if there.iter().any(|row| !ids.contains(&row.id)) {
        sqlx::query!("delete from product_option_values where option_id = $1 and id <> all($2)", option as _, &ids)
            .execute(&mut *conn)
            .await?;
    }
    sqlx::query!(
        "insert into product_option_values (id, option_id, value, position)
         select id, $1, value, position
         from unnest($2::uuid[], $3::text[]) with ordinality as v (id, value, position)
         on conflict (id) do update set value = excluded.value, position = excluded.position",
        option as _,
        &ids,
        values,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn write_variants(
    act: &mut Act<'_>,
    id: ProductId,
    before: Option<&Snapshot>,
    after: &Snapshot,
) -> Result<()> {
    let gone: Vec<_> = before.iter().flat_map(|b| &b.variants).filter(|v| after.variant(v.id).is_none()).collect();
    if !gone.is_empty() {
        let gone: Vec<_> = gone.iter().map(|v| v.id.0).collect();
        sqlx::query!("delete from variants where id = any($1)", &gone)
            .execute(&mut **act)
            .await
            .map_err(Error::from)
            // sold this moment: once more, and it stays
            .on_constraint("order_items_variant_id_fkey", || Error::Busy)?;
    }
    let changed: Vec<&VariantSnapshot> =
        after.variants.iter().filter(|v| before.and_then(|b| b.variant(v.id)) != Some(*v)).collect();
    // Values, SKUs and barcodes may change places among variants, but the indexes that keep them unique look at every
    // row as it is written: so those that change are first put aside.
    let ids: Vec<_> = changed.iter().map(|v| v.id.0).collect();
    if before.is_some() && !ids.is_empty() {
        sqlx::query!("update variants set is_active = false, sku = id::text, barcode = null where id = any($1)", &ids)
            .execute(&mut **act)
            .await?;
    }
    for v in changed {
        let value = |n: usize| v.values.get(n);
        sqlx::query!(
            "insert into variants
                (id, product_id, sku, option1, option2, option3, price, compare_at_price, cost, weight_grams, barcode,
                 position, is_active, created_at, updated_at, low_stock_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)
             on conflict (id) do update
             set sku = excluded.sku, option1 = excluded.option1, option2 = excluded.option2, option3 = excluded.option3,
                 price = excluded.price, compare_at_price = excluded.compare_at_price, cost = excluded.cost,
                 weight_grams = excluded.weight_grams, barcode = excluded.barcode, position = excluded.position,
                 is_active = excluded.is_active, updated_at = excluded.updated_at, low_stock_at = excluded.low_stock_at",
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
            act.now,
            v.low_stock_at,
        )
        .execute(&mut **act)
        .await
        .map_err(Error::from)
        .on_constraint("variants_sku_key", || Error::Busy)
        .on_constraint("variants_barcode", || Error::Busy)?;
    }
    Ok(())
}

/// The lists' row of a product is written by triggers, at every statement; here once, after the last one.
pub async fn reindex_later(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select set_config('shop.bulk', 'on', true)").fetch_one(conn).await?;
    Ok(())
}

pub async fn reindex(conn: &mut PgConnection, id: ProductId) -> Result<()> {
    sqlx::query!("select set_config('shop.bulk', 'off', true), reindex(array[$1::uuid])::text", id.0)
        .fetch_one(conn)
        .await?;
    Ok(())
}
