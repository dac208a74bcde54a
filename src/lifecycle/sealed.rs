//! What of an order is encrypted in the database: companies, streets and telephone numbers of its addresses, and the
//! key of a guest's link, of which the hash is compared.

use crate::address::{Address, is_whole, take_private, with_private};
use crate::db::Db;
use crate::id::OrderId;
use crate::keys::{EncryptionKeys, Place};
use crate::sealed_column::SealedColumn;
use crate::{Error, Result, token_hash};
use serde_json::{Value, json};
use uuid::Uuid;

const ADDRESSES: &str = "orders.sealed_addresses";
const KEY: &str = "orders.sealed_key";

/// What the hash of a request to order is for. An earlier program kept hashes without a key, of 32 bytes.
pub(crate) const REQUEST_HASH: &str = "orders.request_hash";

pub(crate) const SEALED: [SealedColumn; 2] = [SealedColumn::new(ADDRESSES, "id"), SealedColumn::new(KEY, "id")];

/// The two addresses as the row of an order keeps them.
#[derive(Debug, Clone)]
pub(crate) struct KeptAddresses {
    /// What anybody may read who reads the database, unless an earlier program wrote it.
    pub shipping: Value,
    pub billing: Value,
    /// The rest of both.
    pub sealed: Option<Vec<u8>>,
}

impl KeptAddresses {
    pub fn seal(keys: &EncryptionKeys, order: OrderId, shipping: &Address, billing: &Address) -> Result<Self> {
        Self::seal_json(keys, order, serde_json::to_value(shipping)?, serde_json::to_value(billing)?)
    }

    fn seal_json(keys: &EncryptionKeys, order: OrderId, mut shipping: Value, mut billing: Value) -> Result<Self> {
        let private = json!({ "shipping": take_private(&mut shipping), "billing": take_private(&mut billing) });
        let sealed = keys.seal(Place { column: ADDRESSES, row: order.0 }, &serde_json::to_vec(&private)?)?;
        Ok(Self { shipping, billing, sealed: Some(sealed) })
    }

    /// Both, whole: as JSON, the delivery address first.
    ///
    /// # Errors
    /// When no key of ours opens what is sealed.
    pub fn open(self, keys: &EncryptionKeys, order: OrderId) -> Result<(Value, Value)> {
        if is_whole(&self.shipping) && is_whole(&self.billing) {
            return Ok((self.shipping, self.billing));
        }
        let sealed = self.sealed.ok_or_else(|| Error::internal(format!("order {order} has no street")))?;
        let mut private: Value =
            serde_json::from_slice(&keys.open(Place { column: ADDRESSES, row: order.0 }, &sealed)?)?;
        let shipping = with_private(self.shipping, private["shipping"].take());
        Ok((shipping, with_private(self.billing, private["billing"].take())))
    }

    /// The same as addresses.
    ///
    /// # Errors
    /// As [`KeptAddresses::open`].
    pub fn read(self, keys: &EncryptionKeys, order: OrderId) -> Result<(Address, Address)> {
        let (shipping, billing) = self.open(keys, order)?;
        Ok((Address::from_json(shipping)?, Address::from_json(billing)?))
    }
}

/// The key of a guest's link as the row of its order keeps it.
#[derive(Debug, Clone)]
pub(crate) struct KeptKey {
    /// What an earlier program wrote.
    pub plain: Option<String>,
    pub sealed: Option<Vec<u8>>,
}

impl KeptKey {
    /// Sealed, and its hash.
    pub fn seal(keys: &EncryptionKeys, order: OrderId, key: &str) -> Result<(Vec<u8>, [u8; 32])> {
        Ok((keys.seal(Place { column: KEY, row: order.0 }, key.as_bytes())?, token_hash(key)))
    }

    /// # Errors
    /// When no key of ours opens it.
    pub fn open(self, keys: &EncryptionKeys, order: OrderId) -> Result<String> {
        match (self.plain, self.sealed) {
            (Some(plain), _) => Ok(plain),
            (None, Some(sealed)) => {
                let key = keys.open(Place { column: KEY, row: order.0 }, &sealed)?;
                String::from_utf8(key).map_err(Error::internal)
            }
            (None, None) => Err(Error::internal(format!("order {order} has no key"))),
        }
    }
}

/// Encrypts what an earlier program left plain, a batch of orders after this one in a statement; the last one it looked
/// at. What changed meanwhile is found again the next time.
pub(crate) async fn seal_some(db: &Db, keys: &EncryptionKeys, after: Uuid, at_once: i64) -> Result<Option<Uuid>> {
    let rows = sqlx::query!(
        r#"select id as "id: OrderId", access_key, sealed_key, shipping_address, billing_address, sealed_addresses,
                  request_hash
           from orders
           where id > $1 and (access_key is not null or shipping_address ? 'line1' or billing_address ? 'line1')
           order by id
           limit $2"#,
        after,
        at_once,
    )
    .fetch_all(db)
    .await?;
    let last = rows.last().map(|row| row.id.0);
    let mut batch = Batch::default();
    for row in rows {
        let key = KeptKey { plain: row.access_key, sealed: row.sealed_key };
        let (shipping, billing, sealed) = (row.shipping_address, row.billing_address, row.sealed_addresses);
        let kept = KeptAddresses { shipping, billing, sealed };
        if let Err(e) = batch.add(keys, row.id, key, kept, row.request_hash) {
            tracing::error!(order = %row.id, "an order is half sealed, and stays as it is: {e:?}");
        }
    }
    sqlx::query!(
        "update orders o
         set access_key = null, sealed_key = n.sealed_key, access_hash = n.access_hash,
             shipping_address = n.now->0, billing_address = n.now->1, sealed_addresses = n.sealed_addresses,
             request_hash = n.request_hash
         from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::jsonb[], $5::jsonb[], $6::bytea[], $7::bytea[])
              as n (id, sealed_key, access_hash, was, now, sealed_addresses, request_hash)
         where o.id = n.id and o.shipping_address = n.was->0 and o.billing_address = n.was->1",
        &batch.ids,
        &batch.keys,
        &batch.hashes,
        &batch.were,
        &batch.are,
        &batch.sealed,
        &batch.request_hashes,
    )
    .execute(db)
    .await?;
    Ok(last)
}

/// Puts keyed hashes in the place of those that an earlier program kept of corrections, a batch in a statement; whether
/// there were any.
pub(crate) async fn hash_some_corrections(db: &Db, keys: &EncryptionKeys, at_once: i64) -> Result<bool> {
    let rows = sqlx::query!(
        "select idempotency_scope, idempotency_key, request_hash
         from order_corrections
         where length(request_hash) = 32
         limit $1",
        at_once,
    )
    .fetch_all(db)
    .await?;
    let (mut scopes, mut names, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        hashes.push(keys.hash(REQUEST_HASH, &row.request_hash)?);
        scopes.push(row.idempotency_scope);
        names.push(row.idempotency_key);
    }
    // they never change otherwise
    let hashed = sqlx::query!(
        "update order_corrections c
         set request_hash = n.hash
         from unnest($1::text[], $2::text[], $3::bytea[]) as n (scope, key, hash)
         where c.idempotency_scope = n.scope and c.idempotency_key = n.key and length(c.request_hash) = 32",
        &scopes,
        &names,
        &hashes,
    )
    .execute(db)
    .await?;
    Ok(hashed.rows_affected() > 0)
}

/// Orders, column by column.
#[derive(Default)]
struct Batch {
    ids: Vec<Uuid>,
    keys: Vec<Vec<u8>>,
    hashes: Vec<Vec<u8>>,
    were: Vec<Value>,
    are: Vec<Value>,
    sealed: Vec<Vec<u8>>,
    request_hashes: Vec<Vec<u8>>,
}

impl Batch {
    fn add(
        &mut self,
        keys: &EncryptionKeys,
        order: OrderId,
        key: KeptKey,
        kept: KeptAddresses,
        request_hash: Vec<u8>,
    ) -> Result<()> {
        let was = json!([kept.shipping, kept.billing]);
        let (sealed_key, hash) = KeptKey::seal(keys, order, &key.open(keys, order)?)?;
        let (shipping, billing) = kept.open(keys, order)?;
        let request_hash = match request_hash.len() {
            32 => keys.hash(REQUEST_HASH, &request_hash)?,
            _ => request_hash,
        };
        let kept = KeptAddresses::seal_json(keys, order, shipping, billing)?;
        self.ids.push(order.0);
        self.keys.push(sealed_key);
        self.hashes.push(hash.to_vec());
        self.were.push(was);
        self.are.push(json!([kept.shipping, kept.billing]));
        self.sealed.push(kept.sealed.unwrap_or_default());
        self.request_hashes.push(request_hash);
        Ok(())
    }
}
