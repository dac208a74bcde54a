//! What somebody has read.

use super::{Cursor, NotificationKind};
use crate::actors::Staff;
use crate::entity::Entity;
use crate::id::NotificationId;
use crate::{Error, Result, Shop, idempotency};
use chrono::TimeDelta;

/// Marks one as read; `NotFound` for one that they may not see. Twice is as good as once.
pub async fn mark_read(shop: &Shop, who: &Staff, id: NotificationId) -> Result<()> {
    act!(shop, who, "notification.read", |act| {
        let known = sqlx::query_scalar!(
            r#"with seen as (
                   select n.id
                   from notifications n
                   where n.id = $2 and n.kind = any($3) and n.at >= (select staff_since from users where id = $1)
               ),
               marked as (
                   insert into notification_reads (user_id, notification_id)
                   select $1, id from seen
                   on conflict do nothing
               )
               select exists (select from seen) as "known!""#,
            who.id as _,
            id as _,
            &NotificationKind::words_of(who),
        )
        .fetch_one(&mut *act)
        .await?;
        if !known {
            return Err(Error::NotFound);
        }
        idempotency::done(&mut act, Entity::User, &who.id.to_string())?;
        act.commit(()).await
    })
}

/// Marks as read all up to a place in the log, which was shown to them: what came meanwhile stays unread.
pub async fn mark_all_read(shop: &Shop, who: &Staff, up_to: Cursor) -> Result<()> {
    act!(shop, who, "notification.read_all", |act| {
        let now = act.now;
        let is_known = sqlx::query_scalar!(
            r#"select $1::text::xid8 < pg_snapshot_xmin(pg_current_snapshot()) as "is_known!""#,
            up_to.xid(),
        );
        // nobody was shown what lies ahead, and it would be read before it is there
        if !is_known.fetch_one(&mut *act).await? {
            return Err(Error::invalid("upTo", "is no place in the log of notifications"));
        }
        sqlx::query!(
            "insert into notification_readers as r (user_id, read_xid, read_id, updated_at)
             values ($1, $2::text::xid8, $3, $4)
             on conflict (user_id) do update
             set read_xid = excluded.read_xid, read_id = excluded.read_id, updated_at = excluded.updated_at
             where (r.read_xid, r.read_id) < (excluded.read_xid, excluded.read_id)",
            who.id as _,
            up_to.xid(),
            up_to.id,
            now,
        )
        .execute(&mut *act)
        .await?;
        sqlx::query!(
            "delete from notification_reads d
             using notifications n
             where d.user_id = $1 and n.id = d.notification_id and (n.xid, n.id) <= ($2::text::xid8, $3)",
            who.id as _,
            up_to.xid(),
            up_to.id,
        )
        .execute(&mut *act)
        .await?;
        idempotency::done(&mut act, Entity::User, &who.id.to_string())?;
        act.commit(()).await
    })
}

const KEPT_FOR: TimeDelta = TimeDelta::days(90);

/// Removes what is ninety days old, with its marks and mails. Answers how many notifications went.
///
/// A database that was restored from a dump counts its transactions anew, and rows of the former one would seem to lie
/// ahead: they are put at the beginning of the log, in their order, since ids follow time.
pub async fn sweep(shop: &Shop) -> Result<u64> {
    let before = shop.clock.now() - KEPT_FOR;
    let gone = sqlx::query!("delete from notifications where at <= $1", before).execute(&shop.db).await?;
    sqlx::query!("delete from notification_mails where created_at <= $1", before).execute(&shop.db).await?;
    sqlx::query!(
        "with ahead as (
            select from notifications
            where xid > (select pg_snapshot_xmax(pg_current_snapshot()))
            limit 1
        ),
        rows as (
            update notifications set xid = '1' where exists (select from ahead)
        ),
        readers as (
            update notification_readers set read_xid = '1' where exists (select from ahead)
        )
        update notification_mailing set at_once_xid = '1', daily_xid = '1' where exists (select from ahead)"
    )
    .execute(&shop.db)
    .await?;
    Ok(gone.rows_affected())
}
