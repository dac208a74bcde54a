//! Devices that signed in to an account before. They carry a long random token, a cookie in browsers, and show it when they
//! sign in again. It proves nothing but that: who has it still needs the password, but strangers who try passwords do not
//! use up the attempts of the owner.

use crate::actors::Visitor;
use crate::address::Email;
use crate::id::{SessionId, UserId};
use crate::{Result, Shop, secret_token, token_hash};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// Of one account. Bounds, too, what can be tried by somebody who got hold of old devices.
const MOST: i64 = 20;
/// For so long unused, a device is a stranger again.
const MEMORY: TimeDelta = TimeDelta::days(400);

/// The device at hand, if it signed in to this account before.
pub(super) async fn find(shop: &Shop, visitor: &Visitor, email: &Email) -> Result<Option<Uuid>> {
    let Some(token) = &visitor.device_token else { return Ok(None) };
    let id = sqlx::query_scalar!(
        "select d.id
         from known_devices d
         join users u on u.id = d.user_id
         where d.token_hash = $1 and u.email = $2::text::citext and d.last_used_at > $3",
        &token_hash(token)[..],
        email.as_str(),
        shop.clock.now() - MEMORY,
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(id)
}

/// Remembers that the device at hand signed in to this account. Answers the token that it keeps: the one it came with, if we
/// gave it (several people may share a browser), or else a new one.
pub(super) async fn remember(
    conn: &mut PgConnection,
    shop: &Shop,
    visitor: &Visitor,
    user: UserId,
    session: SessionId,
) -> Result<String> {
    let given = match &visitor.device_token {
        Some(token) => {
            let is_ours = sqlx::query_scalar!(
                r#"select exists(select from known_devices where token_hash = $1) as "is!""#,
                &token_hash(token)[..],
            )
            .fetch_one(&mut *conn)
            .await?;
            is_ours.then(|| token.clone())
        }
        None => None,
    };
    let token = given.unwrap_or_else(secret_token);
    sqlx::query!(
        "insert into known_devices (id, user_id, token_hash, session, created_at, last_used_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (user_id, token_hash)
         do update set session = excluded.session, last_used_at = excluded.last_used_at",
        Uuid::now_v7(),
        user as _,
        &token_hash(&token)[..],
        session as _,
        shop.clock.now(),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "delete from known_devices
         where user_id = $1
           and id not in (select id from known_devices where user_id = $1 order by last_used_at desc, id desc limit $2)",
        user as _,
        MOST,
    )
    .execute(conn)
    .await?;
    Ok(token)
}

/// Forgets the device of one sign-in: its owner signed it out from elsewhere.
pub(super) async fn forget(conn: &mut PgConnection, user: UserId, session: SessionId) -> Result<()> {
    sqlx::query!("delete from known_devices where user_id = $1 and session = $2", user as _, session as _)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets all devices of an account but that of one sign-in.
pub(super) async fn forget_all(conn: &mut PgConnection, user: UserId, but: Option<SessionId>) -> Result<()> {
    sqlx::query!("delete from known_devices where user_id = $1 and session is distinct from $2", user as _, but as _,)
        .execute(conn)
        .await?;
    Ok(())
}

/// Devices that did not come back.
pub(super) async fn sweep(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query!("delete from known_devices where last_used_at <= $1", now - MEMORY).execute(db).await?;
    Ok(done.rows_affected())
}
