//! A category's own picture. While it has none, the front page shows that of a product in it.

use super::commands::{snapshot, written_down};
use super::tree;
use crate::actors::{May, Permission};
use crate::id::{CategoryId, FileId};
use crate::{Error, Result, Shop, files, retrying};
use bytes::Bytes;

/// Keeps an uploaded picture and makes it the category's. The file of the one before goes with the next sweep.
pub async fn set_category_picture(shop: &Shop, who: &dyn May, id: CategoryId, bytes: impl Into<Bytes>) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    tree(shop).await?.get(id).ok_or(Error::NotFound)?;
    // before the transaction: decoding takes its time
    let file = files::store_picture(shop, bytes).await?;
    put(shop, who, id, Some(file.id), "picture_set").await
}

pub async fn remove_category_picture(shop: &Shop, who: &dyn May, id: CategoryId) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    put(shop, who, id, None, "picture_remove").await
}

async fn put(shop: &Shop, who: &dyn May, id: CategoryId, file: Option<FileId>, verb: &str) -> Result<()> {
    retrying(async || {
        let mut tx = shop.db.begin().await?;
        let before = snapshot(&mut tx, id).await?;
        if before.file == file {
            return Ok(());
        }
        sqlx::query!(
            "update categories set file_id = $2, updated_at = $3 where id = $1",
            id as _,
            file as _,
            shop.clock.now(),
        )
        .execute(&mut *tx)
        .await?;
        let after = snapshot(&mut tx, id).await?;
        written_down(shop, &mut tx, who, verb, "category.updated", &before, &after).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}
