//! What of people is encrypted in the database: telephone numbers, and companies and streets of their addresses.

use crate::address::{Address, take_private, with_private};
use crate::db::Db;
use crate::id::{AddressId, LinkId, UserId};
use crate::keys::{EncryptionKeys, Place};
use crate::sealed_column::SealedColumn;
use crate::{Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

const PHONE: &str = "users.sealed_phone";
const ASKED_PHONE: &str = "registrations.sealed_phone";
const ADDRESS: &str = "addresses.sealed";

/// Stands for a number of which the key is lost. It is no number, so no form takes it for one.
const UNREADABLE: &str = "(cannot be read)";

pub(crate) const SEALED: [SealedColumn; 3] =
    [SealedColumn::new(PHONE, "id"), SealedColumn::new(ASKED_PHONE, "id"), SealedColumn::new(ADDRESS, "id")];

/// A telephone number as its row keeps it.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptPhone {
    /// What an earlier program wrote.
    pub plain: Option<String>,
    pub sealed: Option<Vec<u8>>,
}

impl KeptPhone {
    fn open(self, keys: &EncryptionKeys, place: Place) -> Result<Option<String>> {
        match (self.plain, self.sealed) {
            (None, Some(sealed)) => String::from_utf8(keys.open(place, &sealed)?).map(Some).map_err(Error::internal),
            (plain, _) => Ok(plain),
        }
    }

    /// Of an account. One whose key is lost is [`UNREADABLE`]: whose it is can go on with everything else.
    pub fn of(self, keys: &EncryptionKeys, user: UserId) -> Option<String> {
        self.open(keys, Place { column: PHONE, row: user.0 }).unwrap_or_else(|e| {
            tracing::error!("a telephone number does not open: {e:?}");
            Some(UNREADABLE.to_owned())
        })
    }

    /// Of an account that was asked for. One whose key is lost is left out.
    pub fn of_asked(self, keys: &EncryptionKeys, registration: LinkId) -> Option<String> {
        self.open(keys, Place { column: ASKED_PHONE, row: registration.0 }).unwrap_or_else(|e| {
            tracing::error!("a telephone number does not open: {e:?}");
            None
        })
    }
}

/// The number of an account, sealed.
pub(crate) fn seal_phone(keys: &EncryptionKeys, user: UserId, phone: Option<&str>) -> Result<Option<Vec<u8>>> {
    phone.map(|phone| keys.seal(Place { column: PHONE, row: user.0 }, phone.as_bytes())).transpose()
}

/// The number that was given for an account that is asked for, sealed.
pub(super) fn seal_asked(keys: &EncryptionKeys, registration: LinkId, phone: Option<&str>) -> Result<Option<Vec<u8>>> {
    phone.map(|phone| keys.seal(Place { column: ASKED_PHONE, row: registration.0 }, phone.as_bytes())).transpose()
}

/// Company, street and number of an address, sealed.
pub(crate) fn seal_address(keys: &EncryptionKeys, id: AddressId, address: &Address) -> Result<Vec<u8>> {
    seal_json(keys, id, serde_json::to_value(address)?)
}

fn seal_json(keys: &EncryptionKeys, id: AddressId, mut address: Value) -> Result<Vec<u8>> {
    let private = take_private(&mut address);
    keys.seal(Place { column: ADDRESS, row: id.0 }, &serde_json::to_vec(&private)?)
}

/// An address of which the row holds this much plain, and the rest sealed.
pub(super) fn open_address(
    keys: &EncryptionKeys,
    id: AddressId,
    readable: Value,
    sealed: Option<Vec<u8>>,
) -> Result<Address> {
    let private = match sealed {
        Some(sealed) => serde_json::from_slice(&keys.open(Place { column: ADDRESS, row: id.0 }, &sealed)?)?,
        None => Value::Null,
    };
    Address::from_json(with_private(readable, private))
}

/// Encrypts the numbers of accounts that an earlier program left plain, a batch in a statement; the last account that
/// it looked at.
pub(crate) async fn seal_some_phones(
    db: &Db,
    keys: &EncryptionKeys,
    after: Uuid,
    at_once: i64,
) -> Result<Option<Uuid>> {
    let rows = sqlx::query!(
        r#"select id as "id: UserId", phone as "phone!"
           from users
           where id > $1 and phone is not null
           order by id
           limit $2"#,
        after,
        at_once,
    )
    .fetch_all(db)
    .await?;
    let last = rows.last().map(|row| row.id.0);
    let (mut ids, mut were, mut are) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        are.extend(seal_phone(keys, row.id, Some(&row.phone))?);
        ids.push(row.id.0);
        were.push(row.phone);
    }
    sqlx::query!(
        "update users u
         set phone = null, sealed_phone = n.sealed
         from unnest($1::uuid[], $2::text[], $3::bytea[]) as n (id, was, sealed)
         where u.id = n.id and u.phone = n.was",
        &ids,
        &were,
        &are,
    )
    .execute(db)
    .await?;
    Ok(last)
}

/// The same of accounts that were asked for.
pub(crate) async fn seal_some_asked(db: &Db, keys: &EncryptionKeys, after: Uuid, at_once: i64) -> Result<Option<Uuid>> {
    let rows = sqlx::query!(
        r#"select id as "id: LinkId", phone as "phone!"
           from registrations
           where id > $1 and phone is not null
           order by id
           limit $2"#,
        after,
        at_once,
    )
    .fetch_all(db)
    .await?;
    let last = rows.last().map(|row| row.id.0);
    let (mut ids, mut are) = (Vec::new(), Vec::new());
    for row in rows {
        are.extend(seal_asked(keys, row.id, Some(&row.phone))?);
        ids.push(row.id.0);
    }
    // what was asked for never changes
    sqlx::query!(
        "update registrations r
         set phone = null, sealed_phone = n.sealed
         from unnest($1::uuid[], $2::bytea[]) as n (id, sealed)
         where r.id = n.id",
        &ids,
        &are,
    )
    .execute(db)
    .await?;
    Ok(last)
}

/// The same of addresses.
pub(crate) async fn seal_some_addresses(
    db: &Db,
    keys: &EncryptionKeys,
    after: Uuid,
    at_once: i64,
) -> Result<Option<Uuid>> {
    let rows = sqlx::query!(
        r#"select id as "id: AddressId", company, line1, line2, phone
           from addresses
           where id > $1 and line1 is not null
           order by id
           limit $2"#,
        after,
        at_once,
    )
    .fetch_all(db)
    .await?;
    let last = rows.last().map(|row| row.id.0);
    let (mut ids, mut were, mut are) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let was = json!({ "company": row.company, "line1": row.line1, "line2": row.line2, "phone": row.phone });
        are.push(seal_json(keys, row.id, was.clone())?);
        ids.push(row.id.0);
        were.push(was);
    }
    sqlx::query!(
        "update addresses a
         set company = null, line1 = null, line2 = null, phone = null, sealed = n.sealed
         from unnest($1::uuid[], $2::jsonb[], $3::bytea[]) as n (id, was, sealed)
         where a.id = n.id
           and (a.company, a.line1, a.line2, a.phone)
               is not distinct from (n.was->>'company', n.was->>'line1', n.was->>'line2', n.was->>'phone')",
        &ids,
        &were,
        &are,
    )
    .execute(db)
    .await?;
    Ok(last)
}
