//! Requests that may come twice. An app that got no answer asks again under the same key: it is done once, and answered
//! alike, for a day.
//!
//! A door [`claim`]s the key, acts, and [`keep`]s the answer. Between acting and keeping the program may die, so the
//! act itself says in its own transaction that it was done ([`done`], which [`crate::audit::record`] calls): asked
//! again, it is never done a second time. A try whose lease ran out may be taken over only while it has done nothing,
//! and then can do nothing any more: both change the key's row, one after the other.
//!
//! Acts that are safe to repeat by themselves (an order has a key of its own) need not say so; they are done again.
//!
//! Neither the claim nor the answer is waited for until it is on the disk (`set_config` in their statements, as in
//! [`Act::begin_unflushed`]). The act that follows brings the claim there. An answer that is lost because the machine
//! of the database failed is as one that the program died before keeping.

mod seal;

use crate::act::{Act, DeferredRows};
use crate::actors::Once;
use crate::entity::Entity;
use crate::id::{ApiKeyId, UserId};
use crate::{Error, FieldError, Result, Shop, token_hash};
use chrono::{DateTime, TimeDelta, Utc};
use seal::Seal;
use serde_json::json;
use uuid::Uuid;

/// How long a key is known.
const KNOWN: TimeDelta = TimeDelta::hours(24);
/// After so long somebody who asks again may try himself. Longer than any request takes, but nothing hangs on that.
const LEASE: TimeDelta = TimeDelta::minutes(1);
const LONGEST: usize = 255;

/// Whose key it is.
#[derive(Debug, Clone, Copy)]
pub enum Principal<'a> {
    User(UserId),
    Machine(ApiKeyId),
    /// A guest, by the secret of the cart. One without a cart has no keys: nothing else tells guests apart who share an
    /// address, and one must never hear what another was answered.
    Cart(&'a str),
}

impl Principal<'_> {
    fn word(&self) -> String {
        match self {
            Self::User(id) => format!("user:{id}"),
            Self::Machine(id) => format!("api_key:{id}"),
            Self::Cart(token) => format!("cart:{}", hex::encode(token_hash(token))),
        }
    }
}

/// A key as it may be: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    pub const FIELD: &'static str = "Idempotency-Key";

    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "" => Err(Error::invalid(Self::FIELD, "is required")),
            _ if text.len() > LONGEST || !text.bytes().all(|b| b.is_ascii_graphic()) => {
                Err(Error::invalid(Self::FIELD, "must be at most 255 visible ASCII characters, without spaces"))
            }
            _ => Ok(Self(text.to_owned())),
        }
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

/// What is to be done with a request.
#[derive(Debug)]
pub enum Claim {
    /// To be done now, and its answer kept.
    Ours(Turn),
    /// Done before; this was answered.
    Answered(Vec<u8>),
    /// Somebody is at it.
    Running,
}

/// Whose turn it is, and how the answer is sealed.
#[derive(Debug)]
pub struct Turn {
    pub once: Once,
    seal: Seal,
}

/// Says what is to be done with a request, `what` being its address and body. Of several at the same time one gets its
/// turn. `KeyReused` when the key came with another request; the conflict `already_done` when it was done, and the
/// answer lost.
pub async fn claim(shop: &Shop, principal: Principal<'_>, key: &Key, what: &[&[u8]]) -> Result<Claim> {
    let principal = principal.word();
    let parts: Vec<&[u8]> =
        [principal.as_bytes(), key.text().as_bytes()].into_iter().chain(what.iter().copied()).collect();
    let seals = seal::all(&shop.token_keys, &parts)?;
    let key_hash = token_hash(key.text());
    // somebody else may come, or the row go, between the two
    for _ in 0..3 {
        let now = shop.clock.now();
        // looked at first: whoever acts holds the row, and those who only ask shall not wait for him
        if let Some(before) = find(shop, &principal, &key_hash).await?
            && let Some(claim) = before.claimed(&seals, now)?
        {
            return Ok(claim);
        }
        if let Some(once) = take(shop, &principal, &key_hash, &seals, now).await?
            && let Some(seal) = seals.first()
        {
            crash_point!("key-claimed");
            return Ok(Claim::Ours(Turn { once, seal: seal.clone() }));
        }
    }
    Ok(Claim::Running)
}

struct Before {
    request_hash: Vec<u8>,
    locked_until: DateTime<Utc>,
    acted_at: Option<DateTime<Utc>>,
    entity_type: Option<Entity>,
    entity_id: Option<String>,
    answer: Option<Vec<u8>>,
    created_at: DateTime<Utc>,
}

async fn find(shop: &Shop, principal: &str, key_hash: &[u8]) -> Result<Option<Before>> {
    let before = sqlx::query_as!(
        Before,
        r#"select request_hash, locked_until, acted_at, entity_type as "entity_type: Entity", entity_id, answer, created_at
           from idempotency_keys
           where principal = $1 and key_hash = $2"#,
        principal,
        key_hash,
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(before)
}

impl Before {
    /// `None` when it may be taken.
    fn claimed(self, seals: &[Seal], now: DateTime<Utc>) -> Result<Option<Claim>> {
        if self.created_at <= now - KNOWN {
            return Ok(None);
        }
        // one of them for each secret that tokens are signed with, while one is rotated out
        let seal = seals.iter().find(|seal| seal.request_hash[..] == self.request_hash[..]).ok_or(Error::KeyReused)?;
        match (self.answer, self.acted_at) {
            (Some(answer), _) => Ok(Some(Claim::Answered(seal.open(answer)?))),
            (None, _) if self.locked_until > now => Ok(Some(Claim::Running)),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(already_done(self.entity_type, self.entity_id.unwrap_or_default())),
        }
    }
}

/// A key that is new, over, or whose try was given up for dead before it did anything. `None` when it is none of these.
async fn take(
    shop: &Shop,
    principal: &str,
    key_hash: &[u8],
    seals: &[Seal],
    now: DateTime<Utc>,
) -> Result<Option<Once>> {
    let hashes: Vec<Vec<u8>> = seals.iter().map(|seal| seal.request_hash.to_vec()).collect();
    let once = sqlx::query_as!(
        Once,
        "insert into idempotency_keys as k (id, principal, key_hash, request_hash, locked_until, created_at)
         select $1, $2, $3, ($4::bytea[])[1], $6, $5
         from set_config('synchronous_commit', 'off', true)
         on conflict (principal, key_hash) do update
         set attempt = k.attempt + 1, request_hash = excluded.request_hash, locked_until = excluded.locked_until,
             acted_at = null, entity_type = null, entity_id = null, answer = null, created_at = excluded.created_at
         where k.created_at <= $7
            or (k.request_hash = any($4) and k.locked_until <= $5 and k.acted_at is null and k.answer is null)
         returning id as key, attempt",
        Uuid::now_v7(),
        principal,
        key_hash,
        &hashes,
        now,
        now + LEASE,
        now - KNOWN,
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(once)
}

fn already_done(entity_type: Option<Entity>, entity_id: String) -> Error {
    let entity_type = entity_type.map(Entity::word).unwrap_or_default();
    Error::Conflict {
        code: "already_done",
        message: format!(
            "This was done before, and its answer was lost; it is not done again. Look up the {} {entity_id}",
            entity_type.replace('_', " "),
        )
        .into(),
        details: vec![FieldError::new(entity_type, entity_id)],
    }
}

/// Keeps an answer for those who ask again.
pub async fn keep(shop: &Shop, turn: &Turn, answer: Vec<u8>) -> Result<()> {
    crash_point!("answer-made");
    sqlx::query!(
        "update idempotency_keys
         set answer = $3
         from set_config('synchronous_commit', 'off', true)
         where id = $1 and attempt = $2",
        turn.once.key,
        turn.once.attempt,
        turn.seal.close(answer)?,
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

/// Gives the turn back without an answer: the key is as if it had not come, unless something was done.
pub async fn give_back(shop: &Shop, turn: &Turn) -> Result<()> {
    sqlx::query!(
        "with undone as (
            delete from idempotency_keys where id = $1 and attempt = $2 and acted_at is null
         )
         update idempotency_keys set locked_until = $3 where id = $1 and attempt = $2 and acted_at is not null",
        turn.once.key,
        turn.once.attempt,
        shop.clock.now(),
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

/// Says in an act that it was done, to what. Every command does that which may be asked for under a key and must not be
/// done twice. The act ends as `taken_over` when somebody else is at it by now: then nothing is done.
pub(crate) fn done(act: &mut Act<'_>, entity_type: Entity, entity_id: &str) -> Result<()> {
    let Some(once) = act.who.once().filter(|_| !act.will_write(&DONE)) else { return Ok(()) };
    let row = json!({
        "id": once.key,
        "attempt": once.attempt,
        "at": act.now,
        "entity_type": entity_type,
        "entity_id": entity_id,
    });
    act.later(&DONE, &row)
}

static DONE: DeferredRows = DeferredRows {
    before: None,
    sql: "update idempotency_keys k
          set acted_at = coalesce(k.acted_at, r.at), entity_type = coalesce(k.entity_type, r.entity_type),
              entity_id = coalesce(k.entity_id, r.entity_id)
          from jsonb_to_recordset({rows}) as r (id uuid, attempt int, at timestamptz, entity_type text, entity_id text)
          where k.id = r.id and k.attempt = r.attempt
          returning 1",
    missing: Some(|| {
        Error::conflict("taken_over", "This request took too long; another one with its key is being answered")
    }),
    complete: None,
};

/// Forgets keys that are over.
pub async fn sweep(shop: &Shop) -> Result<u64> {
    let over = shop.clock.now() - KNOWN;
    let gone = sqlx::query!("delete from idempotency_keys where created_at <= $1", over).execute(&shop.db).await?;
    Ok(gone.rows_affected())
}
