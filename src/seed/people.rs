//! The people of the sample: who works there and who buys there. All of them are made up.

use super::chance::{Chance, stable};
use crate::accounts::sealed::{seal_address, seal_phone};
use crate::accounts::{self, Identity};
use crate::actors::{Actor, ActorKind, Customer, Origin, Staff};
use crate::address::{Address, AddressInput, Country};
use crate::id::{AddressId, UserId};
use crate::{Act, Error, Result, Shop};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// The password of every account of the sample.
pub const PASSWORD: &str = "hammer and tongs";

/// An account of the sample that one can sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    pub email: &'static str,
    /// `Admin`, the name of a role, or `Customer`.
    pub role: &'static str,
}

/// All accounts of the sample, staff first. Their password is [`PASSWORD`].
pub fn logins() -> Vec<Login> {
    let staff = STAFF.iter().map(|s| Login { email: s.person.email, role: s.role });
    staff.chain(CUSTOMERS.iter().map(|c| Login { email: c.email, role: "Customer" })).collect()
}

pub(super) struct Person {
    pub email: &'static str,
    pub first_name: &'static str,
    pub last_name: &'static str,
    pub phone: Option<&'static str>,
    pub homes: &'static [Home],
}

pub(super) struct Home {
    pub company: Option<&'static str>,
    pub line1: &'static str,
    pub line2: Option<&'static str>,
    pub city: &'static str,
    pub postal_code: &'static str,
}

struct Colleague {
    role: &'static str,
    person: Person,
}

const fn home(line1: &'static str, city: &'static str, postal_code: &'static str) -> Home {
    Home { company: None, line1, line2: None, city, postal_code }
}

const fn colleague(
    role: &'static str,
    email: &'static str,
    first_name: &'static str,
    last_name: &'static str,
) -> Colleague {
    Colleague { role, person: Person { email, first_name, last_name, phone: None, homes: &[] } }
}

const fn person(
    email: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    phone: Option<&'static str>,
    homes: &'static [Home],
) -> Person {
    Person { email, first_name, last_name, phone, homes }
}

static STAFF: [Colleague; 5] = [
    colleague("Admin", "admin@ironmonger.example", "Ruth", "Calder"),
    colleague("Manager", "manager@ironmonger.example", "Amos", "Whitlow"),
    colleague("Catalogue", "catalogue@ironmonger.example", "Priya", "Nair"),
    colleague("Fulfilment", "fulfilment@ironmonger.example", "Tomasz", "Zieliński"),
    colleague("Support", "support@ironmonger.example", "Bronwen", "Pugh"),
];

// Telephone numbers: from the ranges that Ofcom keeps for drama (01632 960000 to 960999).
pub(super) static CUSTOMERS: [Person; 8] = [
    person(
        "ada@example.org",
        "Ada",
        "Lindqvist",
        Some("01632 960118"),
        &[home("14 Tenter Row", "Sheffield", "S7 1QX"), home("Unit 3, Cutler's Yard", "Sheffield", "S3 8ZR")],
    ),
    person(
        "george@example.org",
        "George",
        "Abara",
        Some("01632 960241"),
        &[home("2 Mill Lane", "Hebden Bridge", "HX7 6ZQ")],
    ),
    person(
        "morwenna@example.org",
        "Morwenna",
        "Tregear",
        None,
        &[Home {
            company: Some("Tregear Joinery"),
            line1: "The Old Boat Shed",
            line2: Some("Quay Street"),
            city: "Penryn",
            postal_code: "TR10 8ZA",
        }],
    ),
    person(
        "idris@example.org",
        "Idris",
        "Vaughan",
        Some("01632 960377"),
        &[home("8 Chapel Terrace", "Dolgellau", "LL40 1ZW")],
    ),
    person(
        "fiona@example.org",
        "Fiona",
        "McAllister",
        None,
        &[home("Flat 2, 61 Hope Park Crescent", "Edinburgh", "EH8 9ZY")],
    ),
    person(
        "samuel@example.org",
        "Samuel",
        "Okonkwo-Reed",
        Some("01632 960502"),
        &[home("117 Larch Road", "Bristol", "BS6 5ZX"), home("Plot 22, Narroways Allotments", "Bristol", "BS2 9ZB")],
    ),
    person("hana@example.org", "Hana", "Dvořák", None, &[home("5 Fuller's Passage", "Norwich", "NR3 1ZP")]),
    person(
        "winston@example.org",
        "Winston",
        "Ashby",
        Some("01632 960690"),
        &[home("Rose Cottage, Back Lane", "Ludlow", "SY8 1ZH")],
    ),
];

pub(super) static GUESTS: [Person; 10] = [
    person("e.hartley@example.com", "Ellen", "Hartley", None, &[home("33 Station Road", "Skipton", "BD23 1ZT")]),
    person("tom.birch@example.com", "Tom", "Birch", None, &[home("9 Orchard Close", "Hereford", "HR1 2ZD")]),
    person("n.rahman@example.com", "Nadia", "Rahman", None, &[home("48 Alma Street", "Leicester", "LE2 7ZN")]),
    person("j.kerr@example.com", "Jamie", "Kerr", None, &[home("1 Shore Cottages", "Ullapool", "IV26 2ZE")]),
    person("beatrix.l@example.com", "Beatrix", "Lowe", None, &[home("The Forge, Church Hill", "Bakewell", "DE45 1ZF")]),
    person("o.fenn@example.com", "Oliver", "Fenn", None, &[home("72 Riverside", "Ely", "CB7 4ZU")]),
    person("siobhan@example.com", "Siobhán", "Doyle", None, &[home("19 Quarry View", "Newry", "BT35 6ZG")]),
    person("k.mensah@example.com", "Kwame", "Mensah", None, &[home("204 Forest Hill Road", "London", "SE23 3ZJ")]),
    person("ines@example.com", "Inês", "Carvalho", None, &[home("6 Bath Buildings", "Bristol", "BS6 5ZL")]),
    person("r.thwaite@example.com", "Robert", "Thwaite", None, &[home("High Beck Farm", "Kendal", "LA8 9ZK")]),
];

/// The accounts as they are in the database.
pub(super) struct People(BTreeMap<String, UserId>);

impl People {
    /// Looks them up.
    async fn load(conn: &mut PgConnection) -> Result<Self> {
        let emails: Vec<_> = logins().iter().map(|login| login.email.to_owned()).collect();
        let known = sqlx::query!(
            r#"select id as "id: UserId", email::text as "email!" from users where email = any($1::text[]::citext[])"#,
            &emails
        )
        .fetch_all(conn)
        .await?;
        Ok(Self(known.into_iter().map(|row| (row.email.to_lowercase(), row.id)).collect()))
    }

    fn id(&self, person: &Person) -> Option<UserId> {
        self.0.get(person.email).copied()
    }

    /// Who works in this role, as movements of stock name them.
    pub fn staff(&self, role: &str) -> Actor {
        let person = &colleague_of(role).person;
        let name = format!("{} {}", person.first_name, person.last_name);
        Actor::remembered(ActorKind::Staff, self.id(person).map(|id| id.0), name)
    }
}

fn colleague_of(role: &str) -> &'static Colleague {
    STAFF.iter().find(|s| s.role == role).unwrap_or(&STAFF[0])
}

/// The people of the sample as they act: customers who buy, and staff with what their roles allow.
pub(super) struct Cast {
    customers: BTreeMap<&'static str, Customer>,
    pub packer: Staff,
    pub support: Staff,
    pub manager: Staff,
}

impl Cast {
    /// Of a shop in which the accounts are written.
    pub async fn load(shop: &Shop) -> Result<Self> {
        let people = People::load(&mut *shop.db.acquire().await?).await?;
        let mut customers = BTreeMap::new();
        for person in &CUSTOMERS {
            customers.insert(person.email, identity(shop, &people, person).await?.customer);
        }
        let staff = async |role: &str| {
            let person = &colleague_of(role).person;
            identity(shop, &people, person).await?.staff.ok_or_else(|| missing(person))
        };
        Ok(Self {
            customers,
            packer: staff("Fulfilment").await?,
            support: staff("Support").await?,
            manager: staff("Manager").await?,
        })
    }

    pub fn customer(&self, person: &Person) -> Result<&Customer> {
        self.customers.get(person.email).ok_or_else(|| missing(person))
    }
}

async fn identity(shop: &Shop, people: &People, person: &Person) -> Result<Identity> {
    let id = people.id(person).ok_or_else(|| missing(person))?;
    accounts::identify(shop, id, None, &Origin::default()).await?.ok_or_else(|| missing(person))
}

/// Somebody made an account with this address before, or changed it meanwhile.
fn missing(person: &Person) -> Error {
    let message = format!("{} is not who the sample takes them for; seed an empty database", person.email);
    Error::conflict("sample_people", message)
}

impl Person {
    /// The address as they type it at the checkout.
    pub fn address(&self, home: &Home) -> AddressInput {
        let optional = |text: Option<&str>| text.unwrap_or_default().into();
        AddressInput {
            first_name: self.first_name.into(),
            last_name: self.last_name.into(),
            company: optional(home.company),
            line1: home.line1.into(),
            line2: optional(home.line2),
            city: home.city.into(),
            postal_code: home.postal_code.into(),
            country: "GB".into(),
            phone: optional(self.phone),
            ..AddressInput::default()
        }
    }
}

/// Hashes the password of the sample. All its accounts share the hash as they share the password.
pub(super) async fn password_hash() -> Result<String> {
    accounts::hash_password(&PASSWORD.into()).await
}

/// Writes the accounts. One that somebody made before with the same address stays as it is.
pub(super) async fn write(act: &mut Act<'_>, password_hash: &str) -> Result<People> {
    #[derive(Serialize)]
    struct AccountRow<'a> {
        id: UserId,
        email: &'a str,
        first_name: &'a str,
        last_name: &'a str,
        /// Sealed, in hexadecimal digits.
        phone: Option<String>,
        role: &'a str,
        last_login_at: DateTime<Utc>,
        created_at: DateTime<Utc>,
    }
    let now = act.now;
    let keys = &act.shop.encryption_keys;
    let row = |person: &'static Person, role: &'static str| {
        let mut chance = Chance::of(person.email);
        let id = UserId(stable("user", person.email));
        Ok(AccountRow {
            id,
            email: person.email,
            first_name: person.first_name,
            last_name: person.last_name,
            phone: seal_phone(keys, id, person.phone)?.map(hex::encode),
            role,
            last_login_at: now - TimeDelta::minutes(chance.between(30, 4_000)),
            created_at: now - TimeDelta::minutes(chance.between(130_000, 900_000)),
        })
    };
    let staff = STAFF.iter().map(|s| row(&s.person, if s.role == "Admin" { "admin" } else { "staff" }));
    let rows: Vec<_> = staff.chain(CUSTOMERS.iter().map(|c| row(c, "customer"))).collect::<Result<_>>()?;
    sqlx::query!(
        "insert into users
            (id, email, password_hash, first_name, last_name, sealed_phone, role, email_verified_at, last_login_at,
             password_changed_at, created_at, updated_at)
         select r.id, r.email::citext, $2, r.first_name, r.last_name, decode(r.phone, 'hex'), r.role, r.created_at, r.last_login_at,
                r.created_at, r.created_at, r.created_at
         from jsonb_to_recordset($1) as r
            (id uuid, email text, first_name text, last_name text, phone text, role text, last_login_at timestamptz,
             created_at timestamptz)
         on conflict (email) do nothing",
        serde_json::to_value(rows)?,
        password_hash,
    )
    .execute(&mut **act)
    .await?;
    let people = People::load(act).await?;
    roles(act, &people).await?;
    addresses(act, &people).await?;
    Ok(people)
}

async fn roles(conn: &mut PgConnection, people: &People) -> Result<()> {
    let given = STAFF.iter().filter_map(|s| Some(json!({ "user_id": people.id(&s.person)?, "role": s.role })));
    sqlx::query!(
        "insert into user_roles (user_id, role_id)
         select r.user_id, roles.id
         from jsonb_to_recordset($1) as r (user_id uuid, role text)
         join roles on roles.name = r.role
         join users on users.id = r.user_id and users.role = 'staff'
         on conflict do nothing",
        Value::Array(given.collect()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn addresses(act: &mut Act<'_>, people: &People) -> Result<()> {
    #[derive(Serialize)]
    struct AddressRow<'a> {
        id: AddressId,
        user_id: UserId,
        kind: &'a str,
        first_name: &'a str,
        last_name: &'a str,
        city: &'a str,
        postal_code: &'a str,
        /// In hexadecimal digits.
        sealed: String,
        is_default: bool,
    }
    let mut rows = Vec::new();
    for person in &CUSTOMERS {
        let Some(user_id) = people.id(person) else { continue };
        let shipping = person.homes.iter().enumerate().map(|(n, home)| (n, "shipping", home));
        let billing = person.homes.iter().take(1).map(|home| (0, "billing", home));
        for (n, kind, home) in shipping.chain(billing) {
            let id = AddressId(stable("address", &format!("{} {kind} {n}", person.email)));
            let address = Address {
                first_name: person.first_name.to_owned(),
                last_name: person.last_name.to_owned(),
                company: home.company.map(str::to_owned),
                line1: home.line1.to_owned(),
                line2: home.line2.map(str::to_owned),
                city: home.city.to_owned(),
                state: None,
                postal_code: home.postal_code.to_owned(),
                country: Country::parse("GB").ok_or(Error::NotFound)?,
                phone: person.phone.map(str::to_owned),
            };
            rows.push(AddressRow {
                id,
                user_id,
                kind,
                first_name: person.first_name,
                last_name: person.last_name,
                city: home.city,
                postal_code: home.postal_code,
                sealed: hex::encode(seal_address(&act.shop.encryption_keys, id, &address)?),
                is_default: n == 0,
            });
        }
    }
    sqlx::query!(
        "insert into addresses
            (id, user_id, kind, first_name, last_name, city, postal_code, country, sealed, is_default, created_at, updated_at)
         select r.id, r.user_id, r.kind, r.first_name, r.last_name, r.city, r.postal_code, 'GB', decode(r.sealed, 'hex'),
                r.is_default, $2, $2
         from jsonb_to_recordset($1) as r
            (id uuid, user_id uuid, kind text, first_name text, last_name text, city text, postal_code text, sealed text,
             is_default boolean)
         on conflict do nothing",
        serde_json::to_value(rows)?,
        act.now - TimeDelta::days(80),
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}
