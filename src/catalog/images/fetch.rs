//! Pictures that an import names by address: requested in its transaction, fetched by a job, attached or reported.

use super::download::download;
use super::{Shown, announce, attach, list, lock};
use crate::actors::{May, Permission, System};
use crate::id::{FetchId, ProductId, VariantId};
use crate::jobs::{self, Job};
use crate::{Act, Error, Result, Shop, files};
use chrono::{DateTime, Utc};

words! {
    /// How far a picture is.
    pub enum FetchStatus {
        Pending = "pending" => "Waiting",
        Failed = "failed" => "Failed",
        Done = "done" => "Fetched",
    }
}

/// What became of a picture that was to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRow {
    pub id: FetchId,
    pub url: String,
    pub status: FetchStatus,
    /// Why it failed, in words.
    pub reason: Option<String>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A picture that an import asks for.
pub(crate) struct PictureRequest<'a> {
    pub url: &'a str,
    pub alt: &'a str,
    pub shown: Shown,
    pub position: i32,
}

/// Asks for a picture, as part of an act. One that was fetched or asked for before is left alone, one that
/// failed is tried again. Answers whether a job was made.
pub(crate) async fn request(act: &mut Act<'_>, product: ProductId, wanted: PictureRequest<'_>) -> Result<bool> {
    let id = sqlx::query_scalar!(
        r#"insert into image_fetches (id, product_id, variant_id, option_value_id, url, alt, position, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict (product_id, url) do update
           set status = 'pending', last_error = null, finished_at = null
           where image_fetches.status = 'failed'
           returning id as "id: FetchId""#,
        FetchId::new() as _,
        product as _,
        wanted.shown.variant as _,
        wanted.shown.value,
        wanted.url,
        wanted.alt,
        wanted.position,
        act.now,
    )
    .fetch_optional(&mut **act)
    .await?;
    match id {
        Some(fetch) => jobs::enqueue(act, &Job::FetchImage { fetch }).map(|()| true),
        None => Ok(false),
    }
}

/// The pictures of a product that were to be fetched, and what became of them.
pub async fn fetches(shop: &Shop, who: &dyn May, product: ProductId) -> Result<Vec<FetchRow>> {
    who.may(Permission::CatalogRead)?;
    let rows = sqlx::query_as!(
        FetchRow,
        r#"select id as "id: FetchId", url, status as "status: FetchStatus", last_error as reason, finished_at
           from image_fetches
           where product_id = $1
           order by position, id"#,
        product as _,
    );
    Ok(rows.fetch_all(&shop.db).await?)
}

/// The job: downloads, keeps and attaches a picture, or writes down why not. Once done, a second run changes nothing.
pub async fn fetch(shop: &Shop, id: FetchId) -> Result<()> {
    let pending = sqlx::query_scalar!("select url from image_fetches where id = $1 and status = 'pending'", id as _);
    let Some(url) = pending.fetch_optional(&shop.db).await? else { return Ok(()) };
    let bytes = match download(&shop.outbound, &url, files::MAX_BYTES).await {
        Ok(bytes) => bytes,
        Err(why) => return fail(shop, id, &why).await,
    };
    let file = match files::store_picture(shop, bytes).await {
        Ok(file) => file,
        Err(Error::Invalid(faults)) => {
            let why = faults.0.first().map_or_else(|| "cannot be read".to_owned(), |f| f.message.to_string());
            return fail(shop, id, &format!("what is at the address {why}")).await;
        }
        Err(e) => return Err(e),
    };
    act!(shop, &System, "product.picture_add", |act| {
        let product =
            sqlx::query_scalar!(r#"select product_id as "id: ProductId" from image_fetches where id = $1"#, id as _,);
        let Some(product) = product.fetch_optional(&mut *act).await? else { return Ok(()) };
        let before = lock(&mut act, product).await?;
        let done = sqlx::query!(
            r#"update image_fetches
               set status = 'done', finished_at = $2
               where id = $1 and status = 'pending'
               returning alt, position, variant_id as "variant: VariantId", option_value_id as value"#,
            id as _,
            act.now,
        );
        let Some(wanted) = done.fetch_optional(&mut *act).await? else { return Ok(()) };
        if !before.iter().any(|p| p.picture.hash == file.hash.as_str()) {
            // jobs end in any order; the place that the import gave keeps the pictures in theirs
            let shown = Shown { variant: wanted.variant, value: wanted.value };
            attach(&mut act, product, &file, &wanted.alt, shown, wanted.position).await?;
            let after = list(&mut act, product).await?;
            announce(&mut act, "product.picture_add", product, &before, &after)?;
        }
        act.commit(()).await
    })
}

async fn fail(shop: &Shop, id: FetchId, why: &str) -> Result<()> {
    tracing::warn!(fetch = %id, why, "a picture could not be fetched");
    let why: String = why.chars().filter(|c| !c.is_control()).take(500).collect();
    sqlx::query!(
        "update image_fetches set status = 'failed', last_error = $2, finished_at = $3 where id = $1 and status = 'pending'",
        id as _,
        why,
        shop.clock.now(),
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}
