//! Slugs, SKUs and barcodes: made where they were left empty, refused beside their field where they belong to another.

use super::intent::Intent;
use crate::id::ProductId;
use crate::input::slugify;
use crate::{Invalid, Result};
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};

/// A slug that no product has or had: the wanted one, or with a number behind it.
pub async fn free_slug(conn: &mut PgConnection, name: &str, own: Option<ProductId>) -> Result<String> {
    let base = match slugify(name) {
        slug if slug.is_empty() => "product".to_owned(),
        slug => slug,
    };
    // of several at once each finds what the one before it took
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('slug ' || $1, 0))", base).execute(&mut *conn).await?;
    let candidates = numbered(&base, 50);
    let taken = sqlx::query_scalar!(
        r#"select slug as "slug!" from products where slug = any($1) and id is distinct from $2
           union
           select slug from product_slugs where slug = any($1) and product_id is distinct from $2"#,
        &candidates,
        own as _,
    )
    .fetch_all(conn)
    .await?;
    let free = candidates.into_iter().find(|slug| !taken.contains(slug));
    Ok(free.unwrap_or_else(|| with_end(&base, &hex::encode(crate::random_bytes::<4>()))))
}

pub fn numbered(base: &str, upto: usize) -> Vec<String> {
    std::iter::once(base.to_owned()).chain((2..=upto).map(|n| with_end(base, &n.to_string()))).collect()
}

/// No longer than what may be typed as a slug.
fn with_end(base: &str, end: &str) -> String {
    let room: String = base.chars().take(119 - end.len()).collect();
    format!("{}-{end}", room.trim_end_matches('-'))
}

/// Gives every variant without a SKU one made of the slug and its values: the same each time.
pub async fn fill_skus(conn: &mut PgConnection, intent: &mut Intent) -> Result<()> {
    let slug = intent.sheet.slug.clone();
    let wanted: Vec<Vec<String>> = (intent.sheet.variants.iter())
        .map(|v| if v.sku.is_empty() { numbered(&sku(&slug, &v.values), 30) } else { Vec::new() })
        .collect();
    if wanted.iter().all(Vec::is_empty) {
        return Ok(());
    }
    let taken = sqlx::query_scalar!("select sku from variants where sku = any($1)", &wanted.concat());
    let mut taken: HashSet<String> = taken.fetch_all(conn).await?.into_iter().collect();
    taken.extend(intent.sheet.variants.iter().map(|v| v.sku.clone()));
    for (variant, candidates) in intent.sheet.variants.iter_mut().zip(wanted) {
        if let Some(first) = candidates.first() {
            let free = candidates.iter().find(|sku| !taken.contains(*sku)).cloned();
            variant.sku = free.unwrap_or_else(|| format!("{first}-{}", hex::encode(crate::random_bytes::<4>())));
            taken.insert(variant.sku.clone());
        }
    }
    Ok(())
}

/// `CLAW-HAMMER-16-OZ`: short enough that a number fits behind it.
pub fn sku(slug: &str, values: &[String]) -> String {
    let head: String = slug.chars().take(36).collect();
    let tail: String = values.iter().map(|v| slugify(v)).filter(|v| !v.is_empty()).collect::<Vec<_>>().join("-");
    let tail: String = tail.chars().take(20).collect();
    let sku = format!("{}-{}", head.trim_matches('-'), tail.trim_matches('-'));
    sku.trim_matches('-').to_uppercase()
}

/// Notes every slug, SKU and barcode that belongs to another.
pub async fn check_taken(
    conn: &mut PgConnection,
    own: Option<ProductId>,
    intent: &Intent,
    faults: &mut Invalid,
) -> Result<()> {
    let slug_taken = sqlx::query_scalar!(
        "select name from products where slug = $1 and id is distinct from $2",
        intent.sheet.slug,
        own as _,
    );
    if let Some(name) = slug_taken.fetch_optional(&mut *conn).await? {
        faults.taken("slug_taken", "slug", format!("is already that of “{name}”"));
    }
    let skus: Vec<String> = intent.sheet.variants.iter().map(|v| v.sku.clone()).collect();
    let barcodes: Vec<String> = intent.sheet.variants.iter().filter_map(|v| v.barcode.clone()).collect();
    let others = sqlx::query!(
        "select v.sku, v.barcode, p.name
         from variants v
         join products p on p.id = v.product_id
         where (v.sku = any($1) or v.barcode = any($2)) and v.product_id is distinct from $3",
        &skus,
        &barcodes,
        own as _,
    )
    .fetch_all(conn)
    .await?;
    let mut names = HashMap::new();
    for other in &others {
        names.insert(("sku", other.sku.as_str()), format!("is already used by “{}”", other.name));
        if let Some(barcode) = &other.barcode {
            names.insert(("barcode", barcode.as_str()), format!("is already used by “{}”", other.name));
        }
    }
    for variant in &intent.sheet.variants {
        let own = [("sku", Some(variant.sku.as_str())), ("barcode", variant.barcode.as_deref())];
        for (what, code) in own.into_iter().filter_map(|(what, code)| Some((what, code?))) {
            if let Some(why) = names.get(&(what, code)) {
                let kind = if what == "sku" { "sku_taken" } else { "barcode_taken" };
                faults.taken(kind, intent.field(variant.id, what), why.clone());
            }
        }
    }
    // among themselves: the fault is shown at the one typed last
    for (what, codes) in [
        ("sku", intent.sheet.variants.iter().map(|v| (v.id, Some(v.sku.clone()))).collect::<Vec<_>>()),
        ("barcode", intent.sheet.variants.iter().map(|v| (v.id, v.barcode.clone())).collect()),
    ] {
        let mut seen = HashMap::new();
        for (id, code) in codes {
            let Some(code) = code else { continue };
            if let Some(first) = seen.insert(code, id) {
                let at = if intent.places.contains_key(&id) { id } else { first };
                faults.add(intent.field(at, what), "is used by another variant of this product");
            }
        }
    }
    Ok(())
}
