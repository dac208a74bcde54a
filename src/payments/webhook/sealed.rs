//! The bodies of messages are encrypted in the database: Stripe tells addresses in them, and the way back to the order
//! of a guest.

use crate::Result;
use crate::db::Db;
use crate::keys::{EncryptionKeys, Place};
use crate::sealed_column::SealedColumn;

pub(super) const BODY: &str = "stripe_events.sealed_body";

pub(crate) const SEALED: [SealedColumn; 1] = [SealedColumn::named(BODY, "id")];

/// A body as it came.
pub(crate) fn open(keys: &EncryptionKeys, event: &str, plain: Vec<u8>, sealed: Option<Vec<u8>>) -> Result<Vec<u8>> {
    match sealed {
        Some(sealed) => keys.open(Place::named(BODY, event), &sealed),
        // an earlier program wrote it
        None => Ok(plain),
    }
}

/// Encrypts what an earlier program left plain, a batch of messages after this one in a statement; the last one it
/// looked at.
pub(crate) async fn seal_some(db: &Db, keys: &EncryptionKeys, after: &str, at_once: i64) -> Result<Option<String>> {
    let rows = sqlx::query!(
        "select id, body from stripe_events where id > $1 and sealed_body is null order by id limit $2",
        after,
        at_once,
    )
    .fetch_all(db)
    .await?;
    let last = rows.last().map(|row| row.id.clone());
    let (mut ids, mut are) = (Vec::new(), Vec::new());
    for row in rows {
        are.push(keys.seal(Place::named(BODY, &row.id), &row.body)?);
        ids.push(row.id);
    }
    // a message never changes
    sqlx::query!(
        "update stripe_events e
         set body = '', sealed_body = n.sealed
         from unnest($1::text[], $2::bytea[]) as n (id, sealed)
         where e.id = n.id",
        &ids,
        &are,
    )
    .execute(db)
    .await?;
    Ok(last)
}
