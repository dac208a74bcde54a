//! Clears away pictures that nobody owns.

use super::{PictureHash, PictureSize, lock};
use crate::actors::System;
use crate::{Result, Shop};
use chrono::{DateTime, TimeDelta, Utc};
use object_store::{ObjectStore, ObjectStoreExt};
use sqlx::PgExecutor;

/// How much a sweep cleared away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Rows, with their files, that no product or category shows.
    pub without_owner: usize,
    /// Files that never got a row: the program died between the two.
    pub without_row: usize,
}

/// Removes what has had no owner for a day: time enough to attach what was just uploaded.
pub async fn sweep(shop: &Shop) -> Result<Swept> {
    let before = shop.clock.now() - TimeDelta::days(1);
    Ok(Swept { without_owner: without_owner(shop, before).await?, without_row: without_row(shop, before).await? })
}

async fn without_owner(shop: &Shop, before: DateTime<Utc>) -> Result<usize> {
    let hashes = sqlx::query_scalar!(
        "select hash
         from files f
         where created_at < $1
           and not exists (select from product_images where file_id = f.id)
           and not exists (select from categories where file_id = f.id)",
        before,
    )
    .fetch_all(&shop.db)
    .await?;
    let mut swept = 0;
    for hash in hashes {
        let hash: PictureHash = hash.parse()?;
        swept += usize::from(remove_unowned(shop, &hash, before).await?);
    }
    Ok(swept)
}

/// Removes a picture, unless somebody gave it an owner meanwhile.
async fn remove_unowned(shop: &Shop, hash: &PictureHash, before: DateTime<Utc>) -> Result<bool> {
    act!(shop, &System, "picture.sweep", |act| {
        lock(&mut act, hash).await?;
        let gone = sqlx::query!(
            "delete from files f
             where hash = $1
               and created_at < $2
               and not exists (select from product_images where file_id = f.id)
               and not exists (select from categories where file_id = f.id)",
            hash.as_str(),
            before,
        )
        .execute(&mut *act)
        .await;
        match gone {
            Ok(gone) if gone.rows_affected() == 0 => return Ok(false),
            Ok(_) => {}
            // somebody attached it this moment
            Err(e) if e.as_database_error().is_some_and(|e| e.is_foreign_key_violation()) => return Ok(false),
            Err(e) => return Err(e.into()),
        }
        // Files go inside the transaction, against the rule that nothing slow happens in one: under the lock no upload
        // of the same picture can take a row for granted whose files are on their way out.
        remove(shop, hash).await?;
        act.commit(true).await
    })
}

async fn without_row(shop: &Shop, before: DateTime<Utc>) -> Result<usize> {
    let folder = object_store::path::Path::from("pictures");
    let mut swept = 0;
    for prefix in shop.files.store.list_with_delimiter(Some(&folder)).await?.common_prefixes {
        let Some(Ok(hash)) = prefix.filename().map(str::parse::<PictureHash>) else { continue };
        if has_row(&shop.db, &hash).await? || !is_older(shop, &hash, before).await? {
            continue;
        }
        swept += usize::from(remove_rowless(shop, &hash, before).await?);
    }
    Ok(swept)
}

/// Removes the files of a picture, unless it got a row meanwhile.
async fn remove_rowless(shop: &Shop, hash: &PictureHash, before: DateTime<Utc>) -> Result<bool> {
    act!(shop, &System, "picture.sweep", |act| {
        lock(&mut act, hash).await?;
        let is_over = !has_row(&mut *act, hash).await? && is_older(shop, hash, before).await?;
        if is_over {
            remove(shop, hash).await?;
        }
        act.commit(is_over).await
    })
}

async fn has_row(db: impl PgExecutor<'_>, hash: &PictureHash) -> Result<bool> {
    let found = sqlx::query_scalar!(r#"select exists(select from files where hash = $1) as "found!""#, hash.as_str());
    Ok(found.fetch_one(db).await?)
}

/// Whether there are files of a picture, and none of them was written since.
async fn is_older(shop: &Shop, hash: &PictureHash, before: DateTime<Utc>) -> Result<bool> {
    let mut found = false;
    for size in PictureSize::ALL {
        match shop.files.store.head(&hash.key(size)).await {
            Ok(file) if file.last_modified >= before => return Ok(false),
            Ok(_) => found = true,
            Err(object_store::Error::NotFound { .. }) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(found)
}

/// Removes all sizes of a picture. Under its lock.
pub(super) async fn remove(shop: &Shop, hash: &PictureHash) -> Result<()> {
    for size in PictureSize::ALL {
        match shop.files.store.delete(&hash.key(size)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(())
}
