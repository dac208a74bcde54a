//! Pictures that come before whatever shows them, and go again when nothing does.

use super::{PictureHash, StoredFile, known, lock, store_picture, sweep};
use crate::actors::{May, Permission};
use crate::events::{self, Event, PictureEvent};
use crate::{Error, OnConstraint, Result, Shop, audit};
use bytes::Bytes;

/// Keeps a picture. What shows it must be said within a day: see [`sweep()`].
pub async fn upload(shop: &Shop, who: &dyn May, original: impl Into<Bytes>) -> Result<StoredFile> {
    who.may(Permission::CatalogWrite)?;
    let file = store_picture(shop, original).await?;
    act!(shop, who, "picture.upload", |act| {
        let after = PictureEvent { hash: file.hash.to_string(), width: file.width, height: file.height };
        audit::record(&mut act, entry("picture.upload", &file.hash), &(), &after)?;
        events::record(&mut act, &Event::PictureUploaded(after))?;
        act.commit(()).await
    })?;
    Ok(file)
}

/// A picture that was uploaded before. `NotFound` when there is none.
pub async fn find(shop: &Shop, who: &dyn May, hash: &PictureHash) -> Result<StoredFile> {
    who.may(Permission::CatalogWrite)?;
    uploaded(shop, hash).await
}

/// A picture that was uploaded before; its day without an owner begins anew. `NotFound` when there is none.
pub(crate) async fn uploaded(shop: &Shop, hash: &PictureHash) -> Result<StoredFile> {
    known(shop, hash).await?.ok_or(Error::NotFound)
}

/// Takes a picture away. A conflict while a product or category shows it.
pub async fn discard(shop: &Shop, who: &dyn May, hash: &PictureHash) -> Result<()> {
    who.may(Permission::CatalogWrite)?;
    let shown =
        || Error::conflict("picture_in_use", "A product or category shows this picture; take it away there first");
    act!(shop, who, "picture.delete", |act| {
        lock(&mut act, hash).await?;
        let row = sqlx::query!(
            r#"select f.width, f.height,
                      exists(select from product_images where file_id = f.id)
                      or exists(select from categories where file_id = f.id) as "is_shown!"
               from files f
               where f.hash = $1
               for update"#,
            hash.as_str(),
        );
        let row = row.fetch_optional(&mut *act).await?.ok_or(Error::NotFound)?;
        if row.is_shown {
            return Err(shown());
        }
        // whoever attaches it from here on waits for us, and then finds nothing to attach
        sqlx::query!("delete from files where hash = $1", hash.as_str())
            .execute(&mut *act)
            .await
            .on_constraint("product_images_file_id_fkey", shown)
            .on_constraint("categories_file_id_fkey", shown)?;
        let before = PictureEvent { hash: hash.to_string(), width: row.width, height: row.height };
        audit::record(&mut act, entry("picture.delete", hash), &before, &())?;
        events::record(&mut act, &Event::PictureDeleted(before))?;
        // whatever may refuse it comes before what cannot be undone
        act.write_down().await?;
        // inside of the transaction, as in the sweep: under the lock nobody takes a row for granted whose files go
        sweep::remove(shop, hash).await?;
        act.commit(()).await
    })
}

fn entry<'a>(action: &'a str, hash: &PictureHash) -> audit::Entry<'a> {
    audit::Entry { action, entity_type: audit::Entity::Picture, entity_id: hash.to_string() }
}
