//! A mail that was made: to whom, and what is in it.

use super::log::Row;
use super::preferences::{chosen, effective};
use super::readers::readers;
use super::{MailKind, Mailing, Notification, NotificationKind, unsubscribe};
use crate::id::{NotificationId, NotificationMailId, UserId};
use crate::{Result, Shop};
use serde_json::Value;
use url::Url;

/// A mail to be written.
#[derive(Debug, Clone)]
pub struct MailContents {
    pub to: String,
    pub name: String,
    pub first_name: String,
    pub kind: MailKind,
    /// For each kind how many there are, and the newest of them, the newest first.
    pub groups: Vec<(NotificationKind, i64, Vec<Notification>)>,
    /// Where its reader switches such mail off without signing in.
    pub unsubscribe: Url,
}

/// What is in a mail, as things stand now: `None` when nobody is to get it any more, because they work here no more,
/// may not see it any more, or chose otherwise meanwhile.
pub async fn contents(shop: &Shop, mail: NotificationMailId) -> Result<Option<MailContents>> {
    let found = sqlx::query!(
        r#"select user_id as "user: UserId", kind as "kind: NotificationKind", counts
           from notification_mails
           where id = $1"#,
        mail as _,
    );
    let Some(found) = found.fetch_optional(&shop.db).await? else { return Ok(None) };
    let Some(reader) = readers(&shop.db, Some(found.user)).await?.pop() else { return Ok(None) };
    let kind = found.kind.map_or(MailKind::Daily, MailKind::AtOnce);
    let chosen = chosen(&shop.db, found.user).await?;
    let how = if kind == MailKind::Daily { Mailing::Daily } else { Mailing::AtOnce };
    let wanted = NotificationKind::of(&reader.staff).into_iter().filter(|kind| effective(&chosen, *kind).mail == how);
    let wanted: Vec<NotificationKind> = wanted.collect();
    let words: Vec<String> = wanted.iter().map(|kind| kind.word().to_owned()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select n.id as "id: NotificationId", n.xid::text as "xid!", n.kind as "kind: NotificationKind", n.data, n.at,
                  false as "is_read!"
           from notification_mail_items i
           join notifications n on n.id = i.notification_id
           where i.mail_id = $1 and n.kind = any($2)
           order by n.xid desc, n.id desc"#,
        mail as _,
        &words,
    )
    .fetch_all(&shop.db)
    .await?;
    let all: Vec<Notification> = rows.into_iter().map(Row::notification).collect::<Result<_>>()?;
    let groups = wanted.into_iter().filter_map(|kind| {
        let of_it: Vec<_> = all.iter().filter(|one| one.what.kind() == kind).cloned().collect();
        let total = found.counts.get(kind.word()).and_then(Value::as_i64).unwrap_or(0);
        (!of_it.is_empty()).then_some((kind, total, of_it))
    });
    let groups: Vec<_> = groups.collect();
    if groups.is_empty() {
        return Ok(None);
    }
    Ok(Some(MailContents {
        unsubscribe: unsubscribe::address(shop, found.user, kind)?,
        to: reader.staff.email,
        name: reader.staff.name,
        first_name: reader.first_name,
        kind,
        groups,
    }))
}
