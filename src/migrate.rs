//! Bringing a database up to date: its tables, what no SQL can convert, and the tables of the queue.

pub mod at_rest;

use crate::db::{self, Db};
use crate::keys::EncryptionKeys;
use crate::{Result, accounts, jobs};

/// Brings the database up to date; several processes may try at once. Forward only.
pub async fn migrate(db: &Db, keys: &EncryptionKeys) -> Result<()> {
    db::migrate(db).await?;
    accounts::keep_in_ascii(db).await?;
    at_rest::encrypt(db, keys).await?;
    jobs::migrate(db).await
}
