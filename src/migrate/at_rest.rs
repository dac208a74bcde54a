//! What is encrypted in the database under `ENCRYPTION_KEY`: all of its columns, what of them an earlier program left
//! plain, and with which keys they are sealed.
//!
//! A column that is new stands in [`COLUMNS`]; a test looks for those that do not.

use crate::db::Db;
use crate::keys::EncryptionKeys;
use crate::payments::webhook::sealed as messages;
pub use crate::sealed_column::{KeyState, KeyUse};

use crate::sealed_column::SealedColumn;
use crate::{Result, Shop, accounts, cart, channel_keys, lifecycle, webhooks};
use futures::future::BoxFuture;
use uuid::Uuid;

/// Rows that are encrypted at once.
const AT_ONCE: i64 = 500;

/// All columns of sealed values.
const COLUMNS: [&[SealedColumn]; 6] = [
    &lifecycle::sealed::SEALED,
    &accounts::sealed::SEALED,
    &cart::SEALED,
    &messages::SEALED,
    &webhooks::SEALED,
    &channel_keys::SEALED,
];

/// The names of all columns of sealed values, `table.column`.
pub fn columns() -> impl Iterator<Item = &'static str> {
    COLUMNS.into_iter().flatten().map(|column| column.name)
}

/// Encrypts what an earlier program left plain. Each batch is a statement of its own, that compares what it replaces:
/// it can be broken off at any moment and begun again, and several processes may do it at once.
pub async fn encrypt(db: &Db, keys: &EncryptionKeys) -> Result<()> {
    encrypt_in_batches(db, keys, AT_ONCE).await
}

/// The same with so many rows in a batch.
pub async fn encrypt_in_batches(db: &Db, keys: &EncryptionKeys, at_once: i64) -> Result<()> {
    rows(|after| Box::pin(lifecycle::sealed::seal_some(db, keys, after, at_once))).await?;
    rows(|after| Box::pin(accounts::sealed::seal_some_phones(db, keys, after, at_once))).await?;
    rows(|after| Box::pin(accounts::sealed::seal_some_asked(db, keys, after, at_once))).await?;
    rows(|after| Box::pin(accounts::sealed::seal_some_addresses(db, keys, after, at_once))).await?;
    rows(|after| Box::pin(cart::seal_some_drafts(db, keys, after, at_once))).await?;
    while lifecycle::sealed::hash_some_corrections(db, keys, at_once).await? {}
    let mut after = String::new();
    while let Some(last) = messages::seal_some(db, keys, &after, at_once).await? {
        after = last;
    }
    Ok(())
}

/// Goes through a table by the ids of its rows: each batch begins after the last row of the one before.
async fn rows<'a>(mut batch: impl FnMut(Uuid) -> BoxFuture<'a, Result<Option<Uuid>>>) -> Result<()> {
    let mut after = Uuid::nil();
    while let Some(last) = batch(after).await? {
        after = last;
    }
    Ok(())
}

/// What rotating did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Values that are sealed with the key in use now, and were not before.
    pub values: u64,
    /// That no key opens.
    pub unreadable: u64,
}

/// Seals everything anew, with the key in use, that another one sealed. It can be broken off at any moment and begun
/// again. `tell` hears of each batch its column and how many values of it were done.
pub async fn rotate(shop: &Shop, mut tell: impl FnMut(&'static str, u64) + Send) -> Result<Rotated> {
    encrypt(&shop.db, &shop.encryption_keys).await?;
    let mut rotated = Rotated::default();
    for column in COLUMNS.into_iter().flatten() {
        let mut told = |done| tell(column.name, done);
        let of_column = column.reseal(&shop.db, &shop.encryption_keys, &mut told).await?;
        rotated.values += of_column.done;
        rotated.unreadable += of_column.unreadable;
    }
    Ok(rotated)
}

/// With which keys all values are sealed. Reads every table that has some.
pub async fn keys_in_use(shop: &Shop) -> Result<Vec<KeyUse>> {
    let mut used = Vec::new();
    for column in COLUMNS.into_iter().flatten() {
        used.extend(column.keys_in_use(&shop.db, &shop.encryption_keys).await?);
    }
    Ok(used)
}
