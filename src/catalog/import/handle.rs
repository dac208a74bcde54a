//! Which product a handle means. A handle is kept as it is written: what is made of it for an address is not the same
//! for different handles only by luck.

use super::columns::Column;
use super::csv_rows::CsvRow;
use crate::catalog::products::naming;
use crate::id::ProductId;
use crate::input::slugify;
use crate::{Act, Error, OnConstraint, Result};
use sqlx::PgConnection;
use unicode_normalization::UnicodeNormalization;

/// As long as Shopify lets them be.
const MAX: usize = 255;

/// A handle as it is compared: the same letters, whichever way they are composed (Unicode's NFC). Or why it cannot be
/// one.
pub fn parse(text: &str) -> Result<String, String> {
    let handle: String = text.trim().nfc().collect();
    match () {
        () if handle.is_empty() => Err("has no handle".into()),
        () if handle.chars().count() > MAX => Err(format!("has a handle of more than {MAX} characters")),
        () if handle.chars().any(char::is_control) => Err("has a handle with a character that cannot be kept".into()),
        () => Ok(handle),
    }
}

/// A product that is meant by a handle.
pub struct Meant {
    pub id: ProductId,
    /// It was found by its address: nothing had this handle until now.
    pub adopted: bool,
}

/// The product that was imported under this handle. If there is none: one that never had a handle (made by staff, or
/// imported before handles were kept) and whose address, of now or of former times, is the handle itself; or whose
/// address is what is made of the handle, if also its name or one of its SKUs is that of the rows.
pub async fn find(conn: &mut PgConnection, handle: &str, rows: &[CsvRow]) -> Result<Option<Meant>> {
    let known =
        sqlx::query_scalar!(r#"select product_id as "id: ProductId" from product_handles where handle = $1"#, handle,);
    if let Some(id) = known.fetch_optional(&mut *conn).await? {
        return Ok(Some(Meant { id, adopted: false }));
    }
    let name = rows.iter().map(|row| row.get(Column::Title)).find(|title| !title.is_empty()).unwrap_or_default();
    let skus = rows.iter().map(|row| row.get(Column::Sku).trim_start_matches('\'').to_owned());
    let skus: Vec<String> = skus.filter(|sku| !sku.is_empty() && !sku.contains('\0')).collect();
    let found = sqlx::query_scalar!(
        r#"select p.id as "id: ProductId"
           from (
                select id, slug, 1 as rank from products where slug in ($1, $2)
                union all
                select product_id, slug, 2 from product_slugs where slug in ($1, $2)
           ) named
           join products p on p.id = named.id
           where not exists (select from product_handles h where h.product_id = p.id)
             and (named.slug = $1 or lower(p.name) = lower($3)
               or exists (select from variants v where v.product_id = p.id and v.sku = any($4)))
           order by named.slug = $1 desc, rank
           limit 1"#,
        handle,
        slugify(handle),
        name.replace('\0', ""),
        &skus,
    );
    Ok(found.fetch_optional(conn).await?.map(|id| Meant { id, adopted: true }))
}

/// The address of a product that is new: made of its handle, with a number behind it where that is taken.
pub async fn address(conn: &mut PgConnection, handle: &str, title: &str) -> Result<String> {
    let made_of = if slugify(handle).is_empty() { title } else { handle };
    naming::free_slug(conn, made_of, None).await
}

/// Keeps the handle of a product that has none.
pub async fn keep(act: &mut Act<'_>, handle: &str, product: ProductId) -> Result<()> {
    sqlx::query!(
        "insert into product_handles (handle, product_id, created_at) values ($1, $2, $3)",
        handle,
        product as _,
        act.now,
    )
    .execute(&mut **act)
    .await
    .map_err(Error::from)
    // another import was quicker: the second try finds what it made
    .on_constraint("product_handles_pkey", || Error::Busy)
    .on_constraint("product_handles_product_id_key", || Error::Busy)?;
    Ok(())
}
