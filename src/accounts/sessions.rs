//! Browser sessions: what the session layer keeps, and the list "where am I signed in".

use super::identity::{self, Identity};
use super::lifetimes::Lifetimes;
use super::staff::AccountKind;
use crate::actors::Origin;
use crate::id::{SessionId, UserId};
use crate::{Error, Result, Shop, seal};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// A session as stored. The cookie's secret is known only as its SHA-256.
pub struct StoredSession {
    pub data: Value,
    pub expires_at: DateTime<Utc>,
}

/// A value of a session, encrypted: a form that was refused lies there until the next page, addresses and all. The key
/// is made of our secret and of the cookie's, of which the database has only the hash.
///
/// # Errors
/// When there is no secret to make the key with.
pub fn seal_value(shop: &Shop, secret: &str, value: &Value) -> Result<Value> {
    let key = value_keys(shop, secret).next().ok_or_else(|| Error::internal("no secret to seal sessions with"))??;
    Ok(json!({ SEALED: hex::encode(seal::close(&key, serde_json::to_vec(value)?)?) }))
}

/// What [`seal_value`] made of a value; anything else as it is. `None` when no secret of ours opens it.
pub fn open_value(shop: &Shop, secret: &str, value: Value) -> Option<Value> {
    let Some(sealed) = value.get(SEALED) else { return Some(value) };
    let sealed = hex::decode(sealed.as_str()?).ok()?;
    let opened = value_keys(shop, secret).flatten().find_map(|key| seal::open(&key, sealed.clone()).ok())?;
    serde_json::from_slice(&opened).ok()
}

const SEALED: &str = "sealed";

fn value_keys(shop: &Shop, secret: &str) -> impl Iterator<Item = Result<[u8; 32]>> {
    let keys: Vec<_> = shop.token_keys.derived("session-value", &[secret.as_bytes()]).collect();
    keys.into_iter()
}

/// What is kept beside the data, taken from it: so that sessions can be listed and ended by user.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct SessionOwner {
    user: Option<UserId>,
    session: Option<SessionId>,
    ip: Option<String>,
    user_agent: Option<String>,
}

/// Keeps a new session. `false` when the id is taken. One of somebody signed in is made when they sign in, so from then
/// on counts how long it lasts.
pub async fn create(shop: &Shop, id_hash: &[u8; 32], data: &Value, expires_at: DateTime<Utc>) -> Result<bool> {
    let known: SessionOwner = serde_json::from_value(data.clone()).unwrap_or_default();
    let public_id = known.session.unwrap_or_else(SessionId::new);
    let now = shop.clock.now();
    // as long as the door asks, but not beyond the end of a sign-in
    let [customer, staff] = match known.user {
        Some(_) => Lifetimes::of(shop).await?.ends(now, now).map(Some),
        None => [None; 2],
    };
    let done = sqlx::query!(
        "insert into sessions (id_hash, user_id, public_id, data, user_agent, ip, created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7,
                 least($8::timestamptz, case (select role from users where id = $2)
                                            when 'customer' then $9::timestamptz
                                            else $10::timestamptz
                                        end))
         on conflict do nothing",
        &id_hash[..],
        known.user as _,
        public_id as _,
        data,
        known.user_agent,
        known.ip,
        now,
        expires_at,
        customer,
        staff,
    )
    .execute(&shop.db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Updates a session that is there. One that was deleted meanwhile stays deleted: logging out wins against any request
/// that was still under way.
pub async fn save(shop: &Shop, id_hash: &[u8; 32], data: &Value, expires_at: DateTime<Utc>) -> Result<()> {
    let known: SessionOwner = serde_json::from_value(data.clone()).unwrap_or_default();
    let now = shop.clock.now();
    let lifetimes = match known.user {
        Some(_) => Some(Lifetimes::of(shop).await?),
        None => None,
    };
    sqlx::query!(
        "update sessions s
         set data = $2, user_id = $4, last_seen_at = $5,
             -- as long as the door asks, but not beyond the end of a sign-in
             expires_at = least($3::timestamptz, case (select role from users where id = $4)
                                                     when 'customer' then s.created_at + $6::bigint * interval '1 second'
                                                     else least(s.created_at + $7::bigint * interval '1 second',
                                                                $5::timestamptz + $8::bigint * interval '1 second')
                                                 end)
         where id_hash = $1",
        &id_hash[..],
        data,
        expires_at,
        known.user as _,
        now,
        lifetimes.map(|l| l.customer.num_seconds()),
        lifetimes.map(|l| l.staff.num_seconds()),
        lifetimes.map(|l| l.staff_idle.num_seconds()),
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

/// The session, if it is there and not expired.
pub async fn load(shop: &Shop, id_hash: &[u8; 32]) -> Result<Option<StoredSession>> {
    let now = shop.clock.now();
    let row = sqlx::query!(
        r#"select s.data, s.created_at, s.last_seen_at, s.expires_at, u.role as "role?: AccountKind"
           from sessions s
           left join users u on u.id = s.user_id
           where s.id_hash = $1 and s.expires_at > $2"#,
        &id_hash[..],
        now,
    )
    .fetch_optional(&shop.db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let life = Life { begun_at: row.created_at, seen_at: row.last_seen_at, expires_at: row.expires_at };
    let expires_at = seen(shop, id_hash, row.role, life, true).await?;
    Ok(expires_at.map(|expires_at| StoredSession { data: row.data, expires_at }))
}

/// A session at a glance.
#[derive(Debug)]
pub struct Glance {
    /// Whose it is, as things stand now.
    pub identity: Option<Identity>,
    /// Whether anything is kept under the key that was asked for.
    pub holds: bool,
}

/// What most requests need to know of their session, in one question: whose it is, and whether it holds anything under
/// this key. `None` when there is no such session, or not any more.
///
/// What the page asks for by itself (`is_use` is `false`) does not make a session live longer.
pub async fn glance(
    shop: &Shop,
    id_hash: &[u8; 32],
    key: &str,
    origin: &Origin,
    is_use: bool,
) -> Result<Option<Glance>> {
    let row = sqlx::query!(
        r#"select s.public_id as "session: SessionId", s.created_at, s.last_seen_at, s.expires_at, s.data ? $3 as "holds!",
                  i.id as "user?: UserId", i.email as "email?", i.name as "name?", i.role as "role?: AccountKind",
                  i.permissions as "permissions?"
           from sessions s
           left join identities i on i.id = s.user_id
           where s.id_hash = $1 and s.expires_at > $2"#,
        &id_hash[..],
        shop.clock.now(),
        key,
    )
    .fetch_optional(&shop.db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let life = Life { begun_at: row.created_at, seen_at: row.last_seen_at, expires_at: row.expires_at };
    if seen(shop, id_hash, row.role, life, is_use).await?.is_none() {
        return Ok(None);
    }
    let identity = match (row.user, row.email, row.name, row.role, row.permissions) {
        (Some(user), Some(email), Some(name), Some(role), Some(permissions)) => {
            Some(identity::IdentityRow { user, email, name, role, permissions }.identity(Some(row.session), origin))
        }
        _ => None,
    };
    Ok(Some(Glance { identity, holds: row.holds }))
}

struct Life {
    begun_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Notes that a session was seen, at most once a minute. It then lives on for as long as it was given at first, within
/// the bounds of a sign-in; until when, is the answer. `None` when it is over by the bounds in force now, which may be
/// narrower than those by which it was kept.
async fn seen(
    shop: &Shop,
    id_hash: &[u8; 32],
    role: Option<AccountKind>,
    life: Life,
    is_use: bool,
) -> Result<Option<DateTime<Utc>>> {
    let now = shop.clock.now();
    let unseen = now - life.seen_at;
    let mut expires_at = life.expires_at + unseen;
    if let Some(role) = role {
        let lifetimes = Lifetimes::of(shop).await?;
        if lifetimes.end(role, life.begun_at, life.seen_at) <= now {
            return Ok(None);
        }
        expires_at = expires_at.min(lifetimes.end(role, life.begun_at, now));
    }
    if !is_use || unseen <= chrono::TimeDelta::minutes(1) {
        return Ok(Some(life.expires_at));
    }
    sqlx::query!(
        "update sessions set last_seen_at = $2, expires_at = $3 where id_hash = $1",
        &id_hash[..],
        now,
        expires_at,
    )
    .execute(&shop.db)
    .await?;
    Ok(Some(expires_at))
}

pub async fn delete(shop: &Shop, id_hash: &[u8; 32]) -> Result<()> {
    sqlx::query!("delete from sessions where id_hash = $1", &id_hash[..]).execute(&shop.db).await?;
    Ok(())
}
