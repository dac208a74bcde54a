//! A refresh token is replaced each time it is used. Whoever uses one that was replaced either asks twice, as an app
//! does that sends several requests at once or lost the answer, or has a copy of it.
//!
//! Asked again by the same app within ten seconds, we answer what the first one was answered: the token that is the
//! good one of the family now, made again from its row and the key. So there is one branch, and nobody is signed out.
//! It is the same app if it calls itself the same; its network address may have changed in between. A thief who passes
//! for it gains a token that the owner holds too, and the next use of that one by the second of them is found out.
//!
//! Later, or from elsewhere, the family ends with all its tokens, and the owner is told.

use super::claims::{self, ACCESS, Claims, Kind, REFRESH};
use super::pair::Tokens;
use crate::accounts::devices;
use crate::accounts::lifetimes::Lifetimes;
use crate::accounts::staff::AccountKind;
use crate::actors::{Origin, Visitor};
use crate::id::{LinkId, SessionId, TokenId, UserId};
use crate::jobs::{self, Job};
use crate::{Act, Error, Result, Shop, audit, token_hash};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

/// How long after its first use a token may be used again.
const REPLAY_WINDOW: TimeDelta = TimeDelta::seconds(10);

/// Whose tokens they are, as things stand now.
pub(super) struct Owner {
    pub id: UserId,
    pub email: String,
    pub role: AccountKind,
}

/// One sign-in of an app.
pub(super) struct Family {
    pub id: SessionId,
    pub signed_in_at: DateTime<Utc>,
    pub device: Option<String>,
}

/// Exchanges a refresh token for the next pair. `Unauthenticated` when it is not ours, too old, or no longer good.
pub async fn refresh(shop: &Shop, refresh_token: &str, origin: &Origin) -> Result<Tokens> {
    let claims = claims::read(shop, refresh_token, Kind::Refresh)?;
    // before the account is locked: whoever holds a lock shall not wait for another connection
    let lifetimes = Lifetimes::of(shop).await?;
    // who it was is not known when the token turns out to be a copy
    let somebody = Visitor { origin: origin.clone(), ..Visitor::default() };
    let tokens = act!(shop, &somebody, "session.refresh", |act| {
        let now = act.now;
        let owner = hold(&mut act, claims.sub).await?;
        // the token given, and the good one of its family; none when the family is over
        let row = sqlx::query!(
            r#"select given.replaced_at, good.id as "id: TokenId", good.family as "family: SessionId", good.token_hash,
                          good.device, good.user_agent, good.signed_in_at, good.created_at, good.expires_at,
                          coalesce(good.last_used_at, good.created_at) as "seen_at!"
                   from refresh_tokens given
                   join refresh_tokens good
                     on good.family = given.family and good.replaced_at is null and good.revoked_at is null
                   where given.token_hash = $1 and given.user_id = $2"#,
            &token_hash(refresh_token)[..],
            owner.id as _,
        )
        .fetch_optional(&mut *act)
        .await?
        .ok_or(Error::Unauthenticated)?;
        // a family ends, however busy it was: a copied token that its owner never misses would else be good for ever
        if lifetimes.end(owner.role, row.signed_in_at, row.seen_at) <= now {
            return Err(Error::Unauthenticated);
        }

        let Some(replaced_at) = row.replaced_at else {
            sqlx::query!(
                "update refresh_tokens set replaced_at = $2, last_used_at = $2 where id = $1",
                row.id as _,
                now
            )
            .execute(&mut *act)
            .await?;
            let family = Family { id: row.family, signed_in_at: row.signed_in_at, device: row.device };
            let tokens = grow(&mut act, lifetimes, &owner, &family, origin).await?;
            return act.commit(Some(tokens)).await;
        };
        if now - replaced_at < REPLAY_WINDOW && row.user_agent == origin.user_agent {
            let claims = claims_of(shop, &owner, row.family, row.id, (row.created_at, row.expires_at));
            return Ok(Some(Tokens {
                access_token: access_token(shop, &owner, row.family, now)?,
                refresh_token: made_again(shop, &claims, &row.token_hash)?,
                expires_in: ACCESS.num_seconds(),
            }));
        }
        let words = || devices::device_words(row.user_agent.as_deref().unwrap_or_default());
        let device = row.device.unwrap_or_else(|| shop.locale.say(&words()).into_owned());
        end_copied(&mut act, &owner, row.family, device).await?;
        act.commit(None).await
    })?;
    tokens.ok_or(Error::Unauthenticated)
}

/// The account, locked as by all who sign its devices out: of a refresh and a sign-out at the same time one sees what
/// the other did, and no token outlives it.
async fn hold(conn: &mut PgConnection, user: UserId) -> Result<Owner> {
    let owner = sqlx::query_as!(
        Owner,
        r#"select id as "id: UserId", email::text as "email!", role as "role: AccountKind"
           from users
           where id = $1 and is_active
           for no key update"#,
        user as _,
    )
    .fetch_optional(conn)
    .await?;
    owner.ok_or(Error::Unauthenticated)
}

/// The next token of a family, which has no other good one: an index forbids it.
pub(super) async fn grow(
    act: &mut Act<'_>,
    lifetimes: Lifetimes,
    owner: &Owner,
    family: &Family,
    origin: &Origin,
) -> Result<Tokens> {
    let (shop, now) = (act.shop, act.now);
    let id = TokenId::new();
    let end = lifetimes.end(owner.role, family.signed_in_at, now);
    let until = (now + REFRESH).min(end);
    let refresh_token = shop.token_keys.sign(&claims_of(shop, owner, family.id, id, (now, until)))?;
    sqlx::query!(
        "insert into refresh_tokens
            (id, user_id, family, token_hash, device, ip, user_agent, signed_in_at, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id as _,
        owner.id as _,
        family.id as _,
        &token_hash(&refresh_token)[..],
        family.device,
        origin.ip,
        origin.user_agent,
        family.signed_in_at,
        now,
        until,
    )
    .execute(&mut **act)
    .await?;
    let access_token = access_token(shop, owner, family.id, now)?;
    Ok(Tokens { access_token, refresh_token, expires_in: ACCESS.num_seconds() })
}

fn access_token(shop: &Shop, owner: &Owner, family: SessionId, now: DateTime<Utc>) -> Result<String> {
    let claims = Claims::access(shop, owner.id, family, now);
    let claims = Claims { email: Some(owner.email.clone()), role: Some(owner.role), ..claims };
    shop.token_keys.sign(&claims)
}

/// All that is in a refresh token stands in its row, but for the key.
fn claims_of(
    shop: &Shop,
    owner: &Owner,
    family: SessionId,
    id: TokenId,
    life: (DateTime<Utc>, DateTime<Utc>),
) -> Claims {
    Claims { jti: Some(id), ..Claims::refresh(shop, owner.id, family, life) }
}

/// The token with this hash, by the key that signed it. Where that key was taken away since, nobody has a use for it.
fn made_again(shop: &Shop, claims: &Claims, hash: &[u8]) -> Result<String> {
    for token in shop.token_keys.sign_with_each(claims) {
        let token = token?;
        if token_hash(&token) == hash {
            return Ok(token);
        }
    }
    Err(Error::Unauthenticated)
}

/// Ends a family of which somebody has a copy.
async fn end_copied(act: &mut Act<'_>, owner: &Owner, family: SessionId, device: String) -> Result<()> {
    sqlx::query!(
        "update refresh_tokens set revoked_at = $2 where family = $1 and revoked_at is null",
        family as _,
        act.now,
    )
    .execute(&mut **act)
    .await?;
    let entry = audit::Entry {
        action: "session.token_reused",
        entity_type: audit::Entity::Session,
        entity_id: family.to_string(),
    };
    let what = json!({ "user": owner.id, "device": device });
    audit::record(act, entry, &(), &what)?;
    jobs::enqueue(act, &Job::SendTokenReused { notice: LinkId::new(), user: owner.id, device })
}
