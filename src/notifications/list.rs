//! The page of the bell: the newest first.

use super::log::Row;
use super::{Notification, NotificationKind};
use crate::actors::Staff;
use crate::id::NotificationId;
use crate::{Page, Paging, Result, Shop};

/// Which notifications are asked for.
#[derive(Debug, Clone)]
pub struct NotificationQuery {
    /// All that somebody may see when it is `None`.
    pub kind: Option<NotificationKind>,
    pub only_unread: bool,
    pub paging: Paging,
}

/// More than these are not counted, and lie too far back for a page.
const MOST_LISTED: i64 = 10_000;

/// What somebody is told, the newest first.
pub async fn list(shop: &Shop, who: &Staff, query: &NotificationQuery) -> Result<Page<Notification>> {
    let kinds: Vec<String> = match query.kind {
        None => NotificationKind::words_of(who),
        Some(kind) => NotificationKind::words_of(who).into_iter().filter(|word| word == kind.word()).collect(),
    };
    let rows = sqlx::query!(
        r#"with shown as materialized (
               select n.id, n.xid, n.kind, n.data, n.at,
                      coalesce((n.xid, n.id) <= (r.read_xid, r.read_id), false) or d.user_id is not null as is_read
               from notifications n
               left join notification_readers r on r.user_id = $1
               left join notification_reads d on d.user_id = $1 and d.notification_id = n.id
               where n.xid < pg_snapshot_xmin(pg_current_snapshot())
                 and n.kind = any(array(
                     select kind
                     from unnest($2::text[]) kind
                     where not exists (
                         select from notification_preferences p
                         where p.user_id = $1 and p.kind = kind.kind and not p.in_bell
                     )
                 ))
                 and n.at >= (select staff_since from users where id = $1)
                 and (not $3::bool or not (
                     coalesce((n.xid, n.id) <= (r.read_xid, r.read_id), false) or d.user_id is not null
                 ))
               order by n.xid desc, n.id desc
               limit $4
           )
           select s.id as "id!: NotificationId", s.xid::text as "xid!", s.kind as "kind!: NotificationKind",
                  s.data as "data!", s.at as "at!", s.is_read as "is_read!",
                  (select count(*) from shown) as "total!"
           from shown s
           order by s.xid desc, s.id desc
           limit $5 offset $6"#,
        who.id as _,
        &kinds,
        query.only_unread,
        MOST_LISTED,
        i64::from(query.paging.limit()),
        query.paging.offset(),
    )
    .fetch_all(&shop.db)
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let items = rows.into_iter().map(|row| {
        let row = Row { id: row.id, xid: row.xid, kind: row.kind, data: row.data, at: row.at, is_read: row.is_read };
        row.notification()
    });
    Ok(Page::new(items.collect::<Result<_>>()?, total, query.paging))
}
