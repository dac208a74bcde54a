//! A customer's address book.
//!
//! Of each kind one address is the default. Changes to one person's book queue up behind a lock on the account, so that
//! two at the same time never leave two defaults, nor none.

use super::sealed::{open_address, seal_address};
use crate::actors::Customer;
use crate::address::{Address, AddressInput, Country, ShownAddress};
use crate::entity::Entity;
use crate::id::{AddressId, UserId};
use crate::input::Raw;
use crate::keys::EncryptionKeys;
use crate::{Act, Error, Invalid, Result, Shop, idempotency, said};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{PgConnection, PgExecutor};

words! {
    /// What an address is for.
    pub enum AddressKind {
        Shipping = "shipping" => say "address-kind-delivery",
        Billing = "billing" => say "address-kind-invoices",
    }
}

/// Whatever the case it is typed in.
fn kind_of(typed: &Raw) -> Option<AddressKind> {
    AddressKind::parse(&typed.trimmed().to_ascii_lowercase())
}

/// An address in the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedAddress {
    pub id: AddressId,
    #[serde(rename = "type")]
    pub kind: AddressKind,
    pub is_default: bool,
    #[serde(flatten, serialize_with = "Address::shown")]
    #[schema(value_type = ShownAddress)]
    pub address: Address,
}

/// An address as typed into the book.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "type": "shipping", "isDefault": true, "firstName": "Ada", "lastName": "Byron", "line1": "12 St James’s Square", "city": "London",
    "postalCode": "SW1Y 4JH", "country": "GB", "phone": "+44 114 496 0000",
}))]
pub struct SaveAddress {
    /// `shipping` unless said otherwise.
    #[serde(rename = "type", alias = "kind")]
    #[schema(value_type = Option<AddressKind>)]
    pub kind: Raw,
    #[schema(value_type = bool)]
    pub is_default: Raw,
    #[serde(flatten)]
    pub address: AddressInput,
}

impl From<&SavedAddress> for SaveAddress {
    fn from(saved: &SavedAddress) -> Self {
        Self {
            kind: saved.kind.word().into(),
            is_default: saved.is_default.to_string().into(),
            address: AddressInput::from(&saved.address),
        }
    }
}

/// More than anybody needs; a book without an end is a way to fill the shop's disk.
const MOST: i64 = 50;

fn parse(input: &SaveAddress) -> Result<(AddressKind, bool, Address)> {
    let mut faults = Invalid::default();
    let kind = if input.kind.is_empty() { Some(AddressKind::Shipping) } else { kind_of(&input.kind) };
    if kind.is_none() {
        faults.add("type", said!("fault-address-type"));
    }
    let address = input.address.check("", &mut faults);
    faults.into_result()?;
    match (kind, address) {
        (Some(kind), Some(address)) => Ok((kind, input.is_default.is_on(), address)),
        _ => Err(Error::invalid("address", said!("fault-incomplete"))),
    }
}

struct AddressRow {
    id: AddressId,
    kind: AddressKind,
    is_default: bool,
    first_name: String,
    last_name: String,
    company: Option<String>,
    /// This and what of the address is sealed stand here in rows of an earlier program.
    line1: Option<String>,
    line2: Option<String>,
    city: String,
    state: Option<String>,
    postal_code: String,
    country: Country,
    phone: Option<String>,
    sealed: Option<Vec<u8>>,
}

impl AddressRow {
    fn saved(self, keys: &EncryptionKeys) -> Result<SavedAddress> {
        let mut readable = json!({
            "firstName": self.first_name, "lastName": self.last_name, "city": self.city, "state": self.state,
            "postalCode": self.postal_code, "country": self.country,
        });
        if let Some(line1) = self.line1 {
            readable["company"] = self.company.into();
            readable["line1"] = line1.into();
            readable["line2"] = self.line2.into();
            readable["phone"] = self.phone.into();
        }
        let address = open_address(keys, self.id, readable, self.sealed)?;
        Ok(SavedAddress { id: self.id, kind: self.kind, is_default: self.is_default, address })
    }
}

/// All addresses of the customer: defaults first, then the newest.
pub async fn list(shop: &Shop, customer: &Customer) -> Result<Vec<SavedAddress>> {
    of(&shop.db, &shop.encryption_keys, customer.id).await
}

pub(super) async fn of(db: impl PgExecutor<'_>, keys: &EncryptionKeys, user: UserId) -> Result<Vec<SavedAddress>> {
    let rows = sqlx::query_as!(
        AddressRow,
        r#"select id as "id: AddressId", kind as "kind: AddressKind", is_default, first_name, last_name, company, line1,
                  line2, city, state, postal_code, country as "country: Country", phone, sealed
           from addresses
           where user_id = $1
           order by is_default desc, created_at desc, id desc"#,
        user as _,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| row.saved(keys)).collect()
}

/// Those of these that are in the customer's book.
pub(crate) async fn these(
    db: impl PgExecutor<'_>,
    keys: &EncryptionKeys,
    user: UserId,
    ids: &[AddressId],
) -> Result<Vec<SavedAddress>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        AddressRow,
        r#"select id as "id: AddressId", kind as "kind: AddressKind", is_default, first_name, last_name, company, line1,
                  line2, city, state, postal_code, country as "country: Country", phone, sealed
           from addresses
           where id = any($1) and user_id = $2"#,
        &ids,
        user as _,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| row.saved(keys)).collect()
}

/// One address. `NotFound` when it is not the customer's.
pub async fn get(shop: &Shop, customer: &Customer, id: AddressId) -> Result<SavedAddress> {
    one(&shop.db, &shop.encryption_keys, customer.id, id).await
}

async fn one(db: impl PgExecutor<'_>, keys: &EncryptionKeys, user: UserId, id: AddressId) -> Result<SavedAddress> {
    let row = sqlx::query_as!(
        AddressRow,
        r#"select id as "id: AddressId", kind as "kind: AddressKind", is_default, first_name, last_name, company, line1,
                  line2, city, state, postal_code, country as "country: Country", phone, sealed
           from addresses
           where id = $1 and user_id = $2"#,
        id as _,
        user as _,
    )
    .fetch_one(db)
    .await?;
    row.saved(keys)
}

/// Adds an address. The first of its kind becomes the default.
pub async fn add(shop: &Shop, customer: &Customer, input: SaveAddress) -> Result<SavedAddress> {
    let (kind, is_default, address) = parse(&input)?;
    act!(shop, customer, "address.add", |act| {
        lock(&mut act, customer.id).await?;
        let there = sqlx::query!(
            r#"select count(*) as "all!", count(*) filter (where kind = $2 and is_default) as "defaults!"
               from addresses
               where user_id = $1"#,
            customer.id as _,
            kind as _,
        )
        .fetch_one(&mut *act)
        .await?;
        if there.all >= MOST {
            return Err(Error::conflict("too_many_addresses", said!("refusal-too-many-addresses", most = MOST)));
        }
        if is_default && there.defaults > 0 {
            clear_default(&mut act, customer.id, kind).await?;
        }
        let saved = insert(&mut act, customer.id, kind, is_default || there.defaults == 0, &address).await?;
        idempotency::done(&mut act, Entity::Address, &saved.id.to_string())?;
        act.commit(saved).await
    })
}

/// Keeps an address that was given at checkout, unless the book has it (or is full), in the caller's act.
pub async fn remember(act: &mut Act<'_>, customer: &Customer, kind: AddressKind, address: &Address) -> Result<()> {
    lock(act, customer.id).await?;
    let keys = &act.shop.encryption_keys;
    let known = of(&mut **act, keys, customer.id).await?;
    let mut of_kind = known.iter().filter(|saved| saved.kind == kind);
    let is_known = of_kind.clone().any(|saved| saved.address == *address);
    if !is_known && (known.len() as i64) < MOST {
        let is_default = of_kind.all(|saved| !saved.is_default);
        insert(act, customer.id, kind, is_default, address).await?;
    }
    Ok(())
}

/// As a default, there must be no other one of its kind.
async fn insert(
    act: &mut Act<'_>,
    user: UserId,
    kind: AddressKind,
    is_default: bool,
    address: &Address,
) -> Result<SavedAddress> {
    let id = AddressId::new();
    let sealed = seal_address(&act.shop.encryption_keys, id, address)?;
    sqlx::query!(
        "insert into addresses
            (id, user_id, kind, is_default, first_name, last_name, city, state, postal_code, country, sealed, created_at,
             updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        id as _,
        user as _,
        kind as _,
        is_default,
        address.first_name,
        address.last_name,
        address.city,
        address.state,
        address.postal_code,
        address.country as _,
        sealed,
        act.now,
    )
    .execute(&mut **act)
    .await?;
    Ok(SavedAddress { id, kind, is_default, address: address.clone() })
}

/// Changes an address. A default stays one, unless its kind changes.
pub async fn edit(shop: &Shop, customer: &Customer, id: AddressId, input: SaveAddress) -> Result<SavedAddress> {
    let (kind, is_default, address) = parse(&input)?;
    act!(shop, customer, "address.edit", |act| {
        lock(&mut act, customer.id).await?;
        let before = one(&mut *act, &shop.encryption_keys, customer.id, id).await?;
        let stays = before.is_default && before.kind == kind;
        if is_default && !stays {
            clear_default(&mut act, customer.id, kind).await?;
        }
        let sealed = seal_address(&shop.encryption_keys, id, &address)?;
        sqlx::query!(
            "update addresses
             set kind = $3, first_name = $4, last_name = $5, city = $6, state = $7, postal_code = $8, country = $9,
                 sealed = $10, company = null, line1 = null, line2 = null, phone = null, is_default = $11, updated_at = $12
             where id = $1 and user_id = $2",
            id as _,
            customer.id as _,
            kind as _,
            address.first_name,
            address.last_name,
            address.city,
            address.state,
            address.postal_code,
            address.country as _,
            sealed,
            stays || is_default,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        ensure_defaults(&mut act, customer.id).await?;
        let saved = one(&mut *act, &shop.encryption_keys, customer.id, id).await?;
        act.commit(saved).await
    })
}

/// Makes an address the default of its kind.
pub async fn make_default(shop: &Shop, customer: &Customer, id: AddressId) -> Result<()> {
    act!(shop, customer, "address.make_default", |act| {
        lock(&mut act, customer.id).await?;
        let saved = one(&mut *act, &shop.encryption_keys, customer.id, id).await?;
        if saved.is_default {
            return Ok(());
        }
        clear_default(&mut act, customer.id, saved.kind).await?;
        sqlx::query!(
            "update addresses set is_default = true where user_id = $1 and id = $2",
            customer.id as _,
            id as _
        )
        .execute(&mut *act)
        .await?;
        act.commit(()).await
    })
}

/// Removes an address. If it was the default, the newest one left takes its place.
pub async fn remove(shop: &Shop, customer: &Customer, id: AddressId) -> Result<()> {
    act!(shop, customer, "address.remove", |act| {
        lock(&mut act, customer.id).await?;
        let gone = sqlx::query!("delete from addresses where id = $1 and user_id = $2", id as _, customer.id as _)
            .execute(&mut *act)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        ensure_defaults(&mut act, customer.id).await?;
        act.commit(()).await
    })
}

async fn lock(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query!(r#"select id as "id: UserId" from users where id = $1 for no key update"#, user as _)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Takes the place of the default of a kind from the address that has it.
async fn clear_default(conn: &mut PgConnection, user: UserId, kind: AddressKind) -> Result<()> {
    sqlx::query!(
        "update addresses set is_default = false where user_id = $1 and kind = $2 and is_default",
        user as _,
        kind as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Of a kind that has addresses but no default, the newest one becomes it.
async fn ensure_defaults(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query!(
        "update addresses
         set is_default = true
         where id in (
             select distinct on (kind) id
             from addresses a
             where user_id = $1
               and not exists (select from addresses d where d.user_id = $1 and d.kind = a.kind and d.is_default)
             order by kind, created_at desc, id desc
         )",
        user as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}
