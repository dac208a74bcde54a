//! API keys: how machines prove who they are.
//!
//! A key is a name that may be shown (`im_1f0c9a27b3de`) and 256 random bits after it. The whole is told once; kept are
//! the name and a SHA-256 of the whole, which is enough for what cannot be guessed.
//!
//! A key may do what its scopes say, and never more than whoever made it may do now: it ends when they leave, and is
//! less when they become less. Otherwise who leaves would only have to make a key before. A key made at the terminal
//! belongs to nobody, and its scopes are all that bounds it.

mod list;

pub use list::{KeyQuery, KeySort, get, list, list_at_terminal};

use super::password::Secret;
use crate::actors::{ApiClient, AsActor, Origin, Permission, Staff, System};
use crate::events::{self, ApiKeyEvent, Event};
use crate::id::{ApiKeyId, UserId};
use crate::input::Raw;
use crate::{Error, Invalid, Result, Shop, audit, random_bytes, secret_token, token_hash};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

const MARK: &str = "im_";
/// `im_`, twelve digits, `_`, 64 digits.
const LENGTH: usize = MARK.len() + 12 + 1 + 64;
/// When a key was last used is written down this often at most.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);
const LONGEST_LIFE: TimeDelta = TimeDelta::days(3650);

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CreateApiKey {
    /// What it is for, as it stands in the audit log and in the history of orders.
    pub name: Raw,
    /// Words such as `orders:refund`.
    pub scopes: Vec<Raw>,
    /// After how long it ends: `90d` or `12h`. Left out, never.
    pub expires: Raw,
}

/// A new key, which nobody can be told again.
#[derive(Debug, Clone)]
pub struct MadeApiKey {
    pub id: ApiKeyId,
    pub prefix: String,
    pub secret: Secret,
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub prefix: String,
    pub scopes: Vec<Permission>,
    /// Who made it; nobody, if that was at the terminal.
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub state: KeyState,
}

words! {
    /// How a key stands.
    pub enum KeyState {
        Good = "good" => "Good",
        Expired = "expired" => "Expired",
        Revoked = "revoked" => "Revoked",
        /// Whoever made it does not work here any more.
        Stopped = "stopped" => "Stopped",
    }
}

impl CreateApiKey {
    fn check(&self, now: DateTime<Utc>) -> Result<(String, Vec<Permission>, Option<DateTime<Utc>>)> {
        let mut faults = Invalid::default();
        let name = self.name.line("name", 100, &mut faults);
        let mut scopes = Vec::new();
        for (i, word) in self.scopes.iter().enumerate() {
            match Permission::parse(word.trimmed()) {
                Some(scope) if scopes.contains(&scope) => {}
                Some(scope) => scopes.push(scope),
                None => faults.add(format!("scopes.{i}"), "is not a permission that we know"),
            }
        }
        if self.scopes.is_empty() {
            faults.add("scopes", "must name one permission at least");
        }
        let life = match self.expires.trimmed() {
            "" => None,
            text => life(text).or_else(|| {
                faults.add("expires", "must be a number of days or hours, such as 90d or 12h, of ten years at most");
                None
            }),
        };
        faults.into_result()?;
        Ok((name, scopes, life.map(|life| now + life)))
    }
}

fn life(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok().filter(|n| (1..=100_000).contains(n))?;
    let life = match unit {
        "d" => TimeDelta::days(number),
        "h" => TimeDelta::hours(number),
        _ => return None,
    };
    (life <= LONGEST_LIFE).then_some(life)
}

/// Makes a key.
pub async fn create(shop: &Shop, staff: &Staff, input: CreateApiKey) -> Result<MadeApiKey> {
    staff.may(Permission::StaffWrite)?;
    make(shop, staff, Some(staff), input).await
}

/// Makes a key, at the terminal of the machine that the shop runs on.
pub async fn create_at_terminal(shop: &Shop, system: System, input: CreateApiKey) -> Result<MadeApiKey> {
    make(shop, &system, None, input).await
}

async fn make(shop: &Shop, who: &dyn AsActor, staff: Option<&Staff>, input: CreateApiKey) -> Result<MadeApiKey> {
    let now = shop.clock.now();
    let (name, scopes, expires_at) = input.check(now)?;
    if let Some(staff) = staff {
        staff.may_give(&scopes)?;
    }
    let id = ApiKeyId::new();
    let prefix = format!("{MARK}{}", hex::encode(random_bytes::<6>()));
    let secret = format!("{prefix}_{}", secret_token());
    act!(shop, who, "api_key.create", |act| {
        sqlx::query!(
            "insert into api_keys (id, name, prefix, key_hash, scopes, created_by, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            id as _,
            name,
            prefix,
            &token_hash(&secret)[..],
            &words(&scopes),
            staff.map(Staff::id) as Option<UserId>,
            now,
            expires_at,
        )
        .execute(&mut *act)
        .await?;
        let entry =
            audit::Entry { action: "api_key.create", entity_type: audit::Entity::ApiKey, entity_id: id.to_string() };
        let after = json!({ "name": name, "prefix": prefix, "scopes": words(&scopes), "expiresAt": expires_at });
        audit::record(&mut act, entry, &(), &after)?;
        let told = ApiKeyEvent { api_key_id: id, name: name.clone(), prefix: prefix.clone(), scopes: words(&scopes) };
        events::record(&mut act, &Event::ApiKeyCreated(told))?;
        act.commit(()).await
    })?;
    Ok(MadeApiKey { id, prefix, secret: secret.into(), expires_at })
}

/// Ends a key, named by its prefix or id; its next request is refused. `api_key_revoked` when that was done before.
pub async fn revoke(shop: &Shop, staff: &Staff, reference: &str) -> Result<ApiKeyId> {
    staff.may(Permission::StaffWrite)?;
    end(shop, staff, reference).await
}

pub async fn revoke_at_terminal(shop: &Shop, system: System, reference: &str) -> Result<ApiKeyId> {
    end(shop, &system, reference).await
}

async fn end(shop: &Shop, who: &dyn AsActor, reference: &str) -> Result<ApiKeyId> {
    act!(shop, who, "api_key.revoke", |act| {
        let key = sqlx::query!(
            r#"select id as "id: ApiKeyId", name, prefix, scopes, revoked_at
               from api_keys
               where prefix = $1 or id = $2
               for update"#,
            reference.trim(),
            reference.trim().parse::<ApiKeyId>().ok() as Option<ApiKeyId>,
        )
        .fetch_optional(&mut *act)
        .await?
        .ok_or(Error::NotFound)?;
        if key.revoked_at.is_some() {
            return Err(Error::conflict("api_key_revoked", "This key was revoked before"));
        }
        let now = act.now;
        sqlx::query!("update api_keys set revoked_at = $2 where id = $1", key.id as _, now).execute(&mut *act).await?;
        let entry = audit::Entry {
            action: "api_key.revoke",
            entity_type: audit::Entity::ApiKey,
            entity_id: key.id.to_string(),
        };
        let before = json!({ "name": key.name, "prefix": key.prefix, "revokedAt": null });
        let after = json!({ "name": key.name, "prefix": key.prefix, "revokedAt": now });
        audit::record(&mut act, entry, &before, &after)?;
        let told = ApiKeyEvent { api_key_id: key.id, name: key.name, prefix: key.prefix, scopes: key.scopes };
        events::record(&mut act, &Event::ApiKeyRevoked(told))?;
        act.commit(key.id).await
    })
}

/// Whose key this is, as things stand now. Looked up by its hash, so that the time it takes tells nothing about the
/// key. `Unauthenticated` for one that is not known, has ended, was revoked, or whose maker has left: which, nobody is
/// told.
pub async fn verify(shop: &Shop, key: &str, origin: &Origin) -> Result<ApiClient> {
    if key.len() != LENGTH || !key.starts_with(MARK) {
        return Err(Error::Unauthenticated);
    }
    let now = shop.clock.now();
    let row = sqlx::query!(
        r#"select k.id as "id: ApiKeyId", k.name, k.scopes, k.last_used_at,
                  k.created_by is null or i.role = 'admin' as "is_all_given!", i.permissions as "permissions?"
           from api_keys k
           left join identities i on i.id = k.created_by and i.role <> 'customer'
           where k.key_hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)
             and (k.created_by is null or i.id is not null)"#,
        &token_hash(key)[..],
        now,
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or(Error::Unauthenticated)?;
    let due = now - NOTED_EVERY;
    if row.last_used_at.is_none_or(|at| at <= due) {
        // of many requests at once, one writes
        sqlx::query!(
            "update api_keys set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at <= $3)",
            row.id as _,
            now,
            due,
        )
        .execute(&shop.db)
        .await?;
    }
    let maker = row.permissions.unwrap_or_default();
    let scopes: Vec<String> = row.scopes.into_iter().filter(|s| row.is_all_given || maker.contains(s)).collect();
    Ok(ApiClient { id: row.id, name: row.name, scopes: parsed(&scopes), origin: origin.clone() })
}

fn words(scopes: &[Permission]) -> Vec<String> {
    scopes.iter().map(|scope| scope.word().to_owned()).collect()
}

fn parsed(words: &[String]) -> Vec<Permission> {
    words.iter().filter_map(|word| Permission::parse(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::life;
    use chrono::TimeDelta;

    #[test]
    fn lives_are_days_or_hours() {
        assert_eq!(life("90d"), Some(TimeDelta::days(90)));
        assert_eq!(life("12h"), Some(TimeDelta::hours(12)));
        for wrong in ["", "d", "90", "0d", "-1d", "1.5d", "4000d", "90 d", "99999999999999999999d", "9é", "é"] {
            assert_eq!(life(wrong), None, "{wrong}");
        }
    }
}
