//! A category's own picture. While it has none, the front page shows that of a product in it.

use super::commands::{snapshot, written_down};
use super::tree;
use crate::actors::{May, Permission};
use crate::events::Event;
use crate::id::{CategoryId, FileId};
use crate::{Error, Result, Shop, files};
use bytes::Bytes;

/// Keeps an uploaded picture and makes it the category's. The file of the one before goes with the next sweep.
pub async fn set_category_picture(shop: &Shop, who: &dyn May, id: CategoryId, bytes: impl Into<Bytes>) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    tree(shop).await?.get(id).ok_or(Error::NotFound)?;
    // before the transaction: decoding takes its time
    let file = files::store_picture(shop, bytes).await?;
    put(shop, who, id, Some(file.id), "category.picture_set").await
}

pub async fn remove_category_picture(shop: &Shop, who: &dyn May, id: CategoryId) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    put(shop, who, id, None, "category.picture_remove").await
}

async fn put(shop: &Shop, who: &dyn May, id: CategoryId, file: Option<FileId>, action: &'static str) -> Result<()> {
    act!(shop, who, action, |act| {
        let before = snapshot(&mut act, id).await?;
        if before.file == file {
            return Ok(());
        }
        let now = act.now;
        sqlx::query!("update categories set file_id = $2, updated_at = $3 where id = $1", id as _, file as _, now)
            .execute(&mut *act)
            .await?;
        let mut after = before.clone();
        after.file = file;
        written_down(&mut act, action, Event::CategoryUpdated, Some(&before), Some(&after))?;
        act.commit(()).await
    })
}
