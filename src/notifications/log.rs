//! The log of all notifications, as one person may read it.

use super::{Happened, NotificationKind};
use crate::Result;
use crate::actors::Staff;
use crate::id::NotificationId;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgExecutor;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A place in the log. Its text is for whoever got it to give back, not to read. Without one the log begins at its
/// beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cursor {
    pub(super) xid: u64,
    pub(super) id: Uuid,
}

impl Cursor {
    /// `xid` is that of the transaction which wrote it, as the database tells it.
    pub(super) fn stored(xid: &str, id: Uuid) -> Result<Self> {
        let xid = xid.parse().map_err(|_| crate::Error::internal(format!("{xid:?} is no transaction")))?;
        Ok(Self { xid, id })
    }

    pub(super) fn xid(&self) -> String {
        self.xid.to_string()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.xid, self.id.simple())
    }
}

/// The text was not one that a cursor made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no place in the log of notifications")]
pub struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (xid, id) = text.split_once('-').ok_or(NoCursor)?;
        let xid = u64::from_str_radix(xid, 16).map_err(|_| NoCursor)?;
        Ok(Self { xid, id: Uuid::try_parse(id).map_err(|_| NoCursor)? })
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl utoipa::PartialSchema for Cursor {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        let example = "2f4-019323a4c6d27f0e8b1a5c3d9e7f6a21";
        crate::schema::text("A place in the log of notifications", r"^[0-9a-f]+-[0-9a-f]{32}$", example)
    }
}

impl utoipa::ToSchema for Cursor {}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    pub id: NotificationId,
    /// Where it stands in the log.
    pub cursor: Cursor,
    pub what: Happened,
    pub at: DateTime<Utc>,
    pub is_read: bool,
}

/// A row as the database gives it.
pub(super) struct Row {
    pub id: NotificationId,
    pub xid: String,
    pub kind: NotificationKind,
    pub data: Value,
    pub at: DateTime<Utc>,
    pub is_read: bool,
}

impl Row {
    pub fn notification(self) -> Result<Notification> {
        Ok(Notification {
            id: self.id,
            cursor: Cursor::stored(&self.xid, self.id.0)?,
            what: Happened::read(self.kind, self.data)?,
            at: self.at,
            is_read: self.is_read,
        })
    }
}

/// What somebody is told after a place in the log, the oldest first, `at_most` so many: what their permissions of now
/// let them see and they want in their bell. Read on from the cursor of the last one. What a transaction writes comes
/// once all that began before it are over.
pub async fn after(db: impl PgExecutor<'_>, who: &Staff, cursor: Cursor, at_most: u32) -> Result<Vec<Notification>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select n.id as "id: NotificationId", n.xid::text as "xid!", n.kind as "kind: NotificationKind", n.data, n.at,
                  coalesce((n.xid, n.id) <= (r.read_xid, r.read_id), false)
                      or exists (select from notification_reads d where d.user_id = $1 and d.notification_id = n.id)
                      as "is_read!"
           from notifications n
           left join notification_readers r on r.user_id = $1
           where (n.xid, n.id) > ($3::text::xid8, $4)
             and n.xid < pg_snapshot_xmin(pg_current_snapshot())
             and n.kind = any(array(
                 select kind
                 from unnest($2::text[]) kind
                 where not exists (
                     select from notification_preferences p where p.user_id = $1 and p.kind = kind.kind and not p.in_bell
                 )
             ))
             and n.at >= (select staff_since from users where id = $1)
           order by n.xid, n.id
           limit $5"#,
        who.id as _,
        &NotificationKind::words_of(who),
        cursor.xid(),
        cursor.id,
        i64::from(at_most),
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::notification).collect()
}

/// The end of the log, whoever may read it: what comes is after it.
pub async fn end(db: impl PgExecutor<'_>) -> Result<Cursor> {
    let last = sqlx::query!(
        r#"select xid::text as "xid!", id
           from notifications
           where xid < pg_snapshot_xmin(pg_current_snapshot())
           order by xid desc, id desc
           limit 1"#,
    )
    .fetch_optional(db)
    .await?;
    last.map_or(Ok(Cursor::default()), |last| Cursor::stored(&last.xid, last.id))
}

/// More than these are not counted.
pub const MOST_COUNTED: i64 = 100;

/// How many somebody has not read, at most [`MOST_COUNTED`].
pub async fn unread_count(db: impl PgExecutor<'_>, who: &Staff) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from (
               select
               from notifications n
               where (n.xid, n.id) > (
                   coalesce((select read_xid from notification_readers where user_id = $1), '0'),
                   coalesce((select read_id from notification_readers where user_id = $1), '00000000-0000-0000-0000-000000000000')
               )
                 and n.xid < pg_snapshot_xmin(pg_current_snapshot())
                 and n.kind = any(array(
                     select kind
                     from unnest($2::text[]) kind
                     where not exists (
                         select from notification_preferences p
                         where p.user_id = $1 and p.kind = kind.kind and not p.in_bell
                     )
                 ))
                 and n.at >= (select staff_since from users where id = $1)
                 and not exists (select from notification_reads d where d.user_id = $1 and d.notification_id = n.id)
               limit $3
           ) unread"#,
        who.id as _,
        &NotificationKind::words_of(who),
        MOST_COUNTED,
    )
    .fetch_one(db)
    .await?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let cursor = Cursor { xid: u64::MAX, id: Uuid::from_u128(7) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "-", "1", "1-", "g-00000000000000000000000000000007", "-00000000000000000000000000000007"] {
            assert_eq!(text.parse::<Cursor>(), Err(NoCursor), "{text}");
        }
    }
}
