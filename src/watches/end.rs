//! Having enough: by the link of a mail, without signing in (RFC 8058), or in the account.

use super::confirm::gone;
use crate::actors::{Customer, System};
use crate::entity::Entity;
use crate::id::WatchId;
use crate::{Error, Result, Shop, idempotency, token_hash};

/// Ends the watch of a link. The link is the proof, so nobody need be signed in; a second time changes nothing, nor is
/// there anything to end of one that was told. `Gone` when there is no such watch.
pub async fn end(shop: &Shop, token: &str) -> Result<()> {
    act!(shop, &System, "watch.end", |act| {
        let found = sqlx::query!(
            r#"with it as (
                select id from watches where token_hashes @> array[$1::bytea]
            ),
            ended as (
                update watches w
                set status = 'ended', ended_at = $2
                from it
                where w.id = it.id and w.status in ('pending', 'active')
            )
            select id as "id: WatchId" from it"#,
            &token_hash(token)[..],
            act.now,
        )
        .fetch_optional(&mut *act)
        .await?;
        found.ok_or_else(gone)?;
        act.commit(()).await
    })
}

/// Ends all watches of the address that a link was mailed to. Answers how many there were. `Gone` as [`end`].
pub async fn end_all(shop: &Shop, token: &str) -> Result<i64> {
    act!(shop, &System, "watch.end_all", |act| {
        let ended = sqlx::query_scalar!(
            r#"with it as (
                select email, user_id from watches where token_hashes @> array[$1::bytea]
            ),
            ended as (
                update watches w
                set status = 'ended', ended_at = $2
                from it
                where (w.email = it.email or w.user_id = it.user_id) and w.status in ('pending', 'active')
                returning 1
            )
            select (select count(*) from ended) as "ended!" from it"#,
            &token_hash(token)[..],
            act.now,
        )
        .fetch_optional(&mut *act)
        .await?
        .ok_or_else(gone)?;
        act.commit(ended).await
    })
}

/// Ends a watch of one's own, or takes one that was told off the list. Somebody else's is not found.
pub async fn end_mine(shop: &Shop, customer: &Customer, watch: WatchId) -> Result<()> {
    act!(shop, customer, "watch.end_mine", |act| {
        let ended = sqlx::query!(
            "update watches w
             set status = 'ended', ended_at = $3
             where w.id = $1 and w.status <> 'ended'
               and exists (
                   select from users u
                   where u.id = $2
                     and (w.user_id = u.id or w.email = u.email and u.email_verified_at is not null)
               )",
            watch as _,
            customer.id() as _,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        if ended.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        idempotency::done(&mut act, Entity::Watch, &watch.to_string())?;
        act.commit(()).await
    })
}
