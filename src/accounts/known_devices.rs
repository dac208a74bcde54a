//! Devices that signed in to an account before. They carry a long random token, a cookie in browsers, and show it when
//! they sign in again. It proves nothing but that: who has it still needs the password, but strangers who try passwords
//! do not use up the attempts of the owner.

use crate::act::DeferredRows;
use crate::actors::Visitor;
use crate::id::{SessionId, UserId};
use crate::{Act, Result, Shop, secret_token, token_hash};
use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

/// Of one account. Bounds, too, what can be tried by somebody who got hold of old devices.
const MOST: i64 = 20;
/// For so long unused, a device is a stranger again.
pub(super) const MEMORY: TimeDelta = TimeDelta::days(400);

/// Remembers that the device at hand signed in to this account. Answers the token that it keeps: the one it came with,
/// if we gave it (several people may share a browser), or else a new one.
pub(super) async fn remember(act: &mut Act<'_>, visitor: &Visitor, user: UserId, session: SessionId) -> Result<String> {
    let fresh = secret_token();
    let Some(given) = visitor.device_token.as_deref() else {
        let row = json!({
            "id": Uuid::now_v7(),
            "user_id": user,
            "token": hex::encode(token_hash(&fresh)),
            "session": session,
            "at": act.now,
        });
        act.later(&NEW, &row)?;
        act.later(&TOO_MANY, &json!({ "user_id": user, "most": MOST - 1 }))?;
        return Ok(fresh);
    };
    let given_hash = token_hash(given);
    let now = act.now;
    let is_given = sqlx::query_scalar!(
        r#"with kept as (
            insert into known_devices (id, user_id, token_hash, session, created_at, last_used_at)
            select $1, $2, case when exists(select from known_devices where token_hash = $3) then $3 else $4 end, $5, $6, $6
            on conflict (user_id, token_hash)
            do update set session = excluded.session, last_used_at = excluded.last_used_at
            returning id, token_hash
        ),
        too_many as (
            select id
            from known_devices
            where user_id = $2 and id not in (select id from kept)
            order by last_used_at desc, id desc
            offset $7
        ),
        gone as (
            delete from known_devices where id in (select id from too_many)
        )
        select coalesce(token_hash = $3, false) as "is_given!" from kept"#,
        Uuid::now_v7(),
        user as _,
        &given_hash[..],
        &token_hash(&fresh)[..],
        session as _,
        now,
        MOST - 1,
    )
    .fetch_one(&mut **act)
    .await?;
    Ok(if is_given { given.to_owned() } else { fresh })
}

/// Of a device that came without a token.
static NEW: DeferredRows = DeferredRows {
    before: None,
    sql: "insert into known_devices (id, user_id, token_hash, session, created_at, last_used_at)
          select id, user_id, decode(token, 'hex'), session, at, at
          from jsonb_to_recordset({rows}) as r (id uuid, user_id uuid, token text, session uuid, at timestamptz)
          returning 1",
    missing: None,
    complete: None,
};

/// Those that were there before it, beyond so many.
static TOO_MANY: DeferredRows = DeferredRows {
    before: None,
    sql: "delete from known_devices d
          using jsonb_to_recordset({rows}) as r (user_id uuid, most int)
          where d.user_id = r.user_id
            and d.id in (
                select id from known_devices where user_id = r.user_id order by last_used_at desc, id desc offset r.most
            )
          returning 1",
    missing: None,
    complete: None,
};

/// Devices that did not come back.
pub(super) async fn sweep(shop: &Shop) -> Result<u64> {
    let over = shop.clock.now() - MEMORY;
    let done = sqlx::query!("delete from known_devices where last_used_at <= $1", over).execute(&shop.db).await?;
    Ok(done.rows_affected())
}
