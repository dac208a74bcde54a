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
    let slug = intent.snapshot.slug.clone();
    let wanted: Vec<Vec<String>> = (intent.snapshot.variants.iter())
        .map(|v| if v.sku.is_empty() { numbered(&sku(&slug, &v.values), 30) } else { Vec::new() })
        .collect();
    if wanted.iter().all(Vec::is_empty) {
        return Ok(());
    }
    let taken = sqlx::query_scalar!("select sku from variants where sku = any($1)", &wanted.concat());
    let mut taken: HashSet<String> = taken.fetch_all(conn).await?.into_iter().collect();
    taken.extend(intent.snapshot.variants.iter().map(|v| v.sku.clone()));
    for (variant, candidates) in intent.snapshot.variants.iter_mut().zip(wanted) {
        if let Some(first) = candidates.first() {
            let free = candidates.iter().find(|sku| !taken.contains(*sku)).cloned();
            variant.sku = free.unwrap_or_else(|| format!("{first}-{}", hex::encode(crate::random_bytes::<4>())));
            taken.insert(variant.sku.clone());
        }
    }
    Ok(())
}

/// `COTTON-T-SHIRT-RED-M`: so short that the values, which tell variants apart, are seen in a narrow column, and a
/// number fits behind it.
pub fn sku(slug: &str, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|v| slugify(v)).filter(|v| !v.is_empty()).collect();
    let mut sku = whole_words(slug, if values.is_empty() { 36 } else { 20 });
    for value in values {
        sku.push('-');
        sku.push_str(&abbreviated(&value));
    }
    sku.trim_matches('-').to_uppercase()
}

/// The first words that fit, or as much of the first one as does.
fn whole_words(slug: &str, max: usize) -> String {
    let fits = |end: &usize| *end <= max && *end > 0;
    let mut ends = slug.match_indices('-').map(|(at, _)| at).chain([slug.len()]);
    let end = ends.rfind(fits).unwrap_or(max.min(slug.len()));
    slug.get(..end).unwrap_or_default().to_owned()
}

/// A long value by the beginnings of its words, so that its end, where values mostly differ, is not cut off.
fn abbreviated(value: &str) -> String {
    const MOST: usize = 12;
    if value.len() <= MOST {
        return value.to_owned();
    }
    let words: Vec<&str> = value.split('-').collect();
    let each = (MOST / words.len()).max(2);
    let short: Vec<&str> = words.iter().map(|word| word.get(..each).unwrap_or(word)).collect();
    whole_words(&short.join("-"), MOST)
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
        intent.snapshot.slug,
        own as _,
    );
    if let Some(name) = slug_taken.fetch_optional(&mut *conn).await? {
        faults.taken("slug_taken", "slug", format!("is already that of “{name}”"));
    }
    let skus: Vec<String> = intent.snapshot.variants.iter().map(|v| v.sku.clone()).collect();
    let barcodes: Vec<String> = intent.snapshot.variants.iter().filter_map(|v| v.barcode.clone()).collect();
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
    for variant in &intent.snapshot.variants {
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
        ("sku", intent.snapshot.variants.iter().map(|v| (v.id, Some(v.sku.clone()))).collect::<Vec<_>>()),
        ("barcode", intent.snapshot.variants.iter().map(|v| (v.id, v.barcode.clone())).collect()),
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

#[cfg(test)]
mod tests {
    use super::sku;

    #[test]
    fn skus_are_short_and_tell_variants_apart() {
        let of = |slug: &str, values: &[&str]| sku(slug, &values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
        assert_eq!(of("claw-hammer", &["16 oz"]), "CLAW-HAMMER-16-OZ");
        assert_eq!(of("kids-raincoat-473-with-hood", &["98", "Red"]), "KIDS-RAINCOAT-473-98-RED");
        assert_eq!(of("kids-raincoat-473-with-hood", &[]), "KIDS-RAINCOAT-473-WITH-HOOD");
        assert_eq!(of("x", &["Stainless steel A2"]), "X-STAI-STEE-A2");
        assert_eq!(of("x", &["Stainless steel A4"]), "X-STAI-STEE-A4");
        assert_eq!(of("donaudampfschifffahrtsgesellschaft", &["Ø 8 mm"]), "DONAUDAMPFSCHIFFFAHR-O-8-MM");
        assert_eq!(of("hat", &["赤"]), "HAT-CHI");
        assert_eq!(of("hat", &["-"]), "HAT");
        let long = of(&"a-".repeat(110), &[&"long words ".repeat(10), &"x".repeat(120), &"b c ".repeat(30)]);
        assert!(long.len() <= 64 - 3, "{long}");
    }
}
