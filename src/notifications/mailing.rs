//! Who is mailed what. No act enqueues mail about notifications: a round reads the log on from where it stopped, so an
//! order costs one row, and what happens within a minute is one mail.

use super::log::Cursor;
use super::preferences::{chosen, effective};
use super::readers::{Reader, readers};
use super::{Mailing, NotificationKind};
use crate::actors::System;
use crate::id::NotificationMailId;
use crate::jobs::{self, Job};
use crate::{Act, Result, Shop, settings};
use chrono::{NaiveDate, Timelike};
use serde_json::{Map, Value};
use sqlx::PgExecutor;
use uuid::Uuid;

/// So many of each kind are named in a mail. Of the others it says how many they are.
const NAMED: i64 = 20;
/// More than these are not counted.
const COUNTED: i64 = 10_000;

/// How far mail has got.
struct Progress {
    at_once: Cursor,
    daily: Cursor,
    daily_on: Option<NaiveDate>,
    /// The last that can be read.
    end: Option<Cursor>,
}

impl Progress {
    fn has_news(&self, since: Cursor) -> Option<Cursor> {
        self.end.filter(|end| *end > since)
    }
}

/// Makes the mails that are due: those at once about what is new; and once a day, from the hour in the settings on, the
/// daily ones. Answers how many. Each notification comes to each person once at most, however often this runs, and
/// wherever.
pub async fn make_mails(shop: &Shop) -> Result<usize> {
    let settings = settings::load(shop).await?;
    let local = settings.time_zone.local(shop.clock.now());
    let today = local.date();
    let is_hour = local.hour() >= settings.digest_hour.unsigned_abs();
    let is_due = |progress: &Progress| is_hour && progress.daily_on.is_none_or(|day| day < today);
    let seen = progress(&shop.db).await?;
    if seen.has_news(seen.at_once).is_none() && !is_due(&seen) {
        return Ok(0);
    }
    act!(shop, &System, "notification.mail", |act| {
        // another process may be at it: it does the same
        let ours = sqlx::query!("select is_the_one from notification_mailing for update skip locked");
        if ours.fetch_optional(&mut *act).await?.is_none() {
            return Ok(0);
        }
        // again, now that nobody else can change it
        let now = progress(&mut *act).await?;
        let at_once = now.has_news(now.at_once);
        let daily = is_due(&now).then(|| now.end.unwrap_or(now.daily));
        let mut made = 0;
        for reader in readers(&mut *act, None).await? {
            if let Some(end) = at_once {
                made += write(&mut act, &reader, Mailing::AtOnce, (now.at_once, end)).await?;
            }
            if let Some(end) = daily.filter(|end| *end > now.daily) {
                made += write(&mut act, &reader, Mailing::Daily, (now.daily, end)).await?;
            }
        }
        let (until, daily_until) = (at_once.unwrap_or(now.at_once), daily.unwrap_or(now.daily));
        sqlx::query!(
            "update notification_mailing
             set at_once_xid = $1::text::xid8, at_once_id = $2, daily_xid = $3::text::xid8, daily_id = $4, daily_on = $5",
            until.xid(),
            until.id,
            daily_until.xid(),
            daily_until.id,
            daily.map(|_| today).or(now.daily_on),
        )
        .execute(&mut *act)
        .await?;
        act.commit(made).await
    })
}

async fn progress(db: impl PgExecutor<'_>) -> Result<Progress> {
    let row = sqlx::query!(
        r#"select m.at_once_xid::text as "at_once_xid!", m.at_once_id, m.daily_xid::text as "daily_xid!", m.daily_id,
                  m.daily_on, e.xid::text as "end_xid?", e.id as "end_id?"
           from notification_mailing m
           left join lateral (
               select xid, id
               from notifications
               where xid < pg_snapshot_xmin(pg_current_snapshot())
               order by xid desc, id desc
               limit 1
           ) e on true"#
    )
    .fetch_one(db)
    .await?;
    let end = row.end_xid.zip(row.end_id).map(|(xid, id)| Cursor::stored(&xid, id)).transpose()?;
    Ok(Progress {
        at_once: Cursor::stored(&row.at_once_xid, row.at_once_id)?,
        daily: Cursor::stored(&row.daily_xid, row.daily_id)?,
        daily_on: row.daily_on,
        end,
    })
}

/// Writes the mails to one person about what lies between two places of the log: at once one for each kind, daily one
/// for all of them.
async fn write(act: &mut Act<'_>, reader: &Reader, how: Mailing, (from, to): (Cursor, Cursor)) -> Result<usize> {
    let chosen = chosen(&mut **act, reader.staff.id).await?;
    let kinds = NotificationKind::of(&reader.staff).into_iter().filter(|kind| effective(&chosen, *kind).mail == how);
    let kinds: Vec<String> = kinds.map(|kind| kind.word().to_owned()).collect();
    if kinds.is_empty() {
        return Ok(0);
    }
    let news = sqlx::query!(
        r#"with new as (
            select n.kind, n.id, n.xid
            from unnest($2::text[]) k (kind)
            cross join lateral (
                select n.kind, n.id, n.xid
                from notifications n
                where n.kind = k.kind and (n.xid, n.id) > ($3::text::xid8, $4) and (n.xid, n.id) <= ($5::text::xid8, $6)
                  and n.at >= $7
                  and not exists (
                      select from notification_mail_items i where i.user_id = $1 and i.notification_id = n.id
                  )
                order by n.xid desc, n.id desc
                limit $8
            ) n
        )
        select kind as "kind!: NotificationKind", count(*) as "count!",
               (array_agg(id order by xid desc, id desc))[:$9] as "named!: Vec<Uuid>"
        from new
        group by kind
        order by kind"#,
        reader.staff.id as _,
        &kinds,
        from.xid(),
        from.id,
        to.xid(),
        to.id,
        reader.since,
        COUNTED,
        NAMED as i32,
    )
    .fetch_all(&mut **act)
    .await?;
    let news: Vec<_> = news.into_iter().map(|row| (row.kind, row.count, row.named)).collect();
    match how {
        Mailing::Daily if news.is_empty() => Ok(0),
        Mailing::Daily => mail(act, reader, None, news).await.map(|()| 1),
        _ => {
            let made = news.len();
            for one in news {
                mail(act, reader, Some(one.0), vec![one]).await?;
            }
            Ok(made)
        }
    }
}

async fn mail(
    act: &mut Act<'_>,
    reader: &Reader,
    kind: Option<NotificationKind>,
    news: Vec<(NotificationKind, i64, Vec<Uuid>)>,
) -> Result<()> {
    let mail = NotificationMailId::new();
    let counts = news.iter().map(|(kind, count, _)| (kind.word().to_owned(), Value::from(*count)));
    let counts = Value::Object(counts.collect::<Map<_, _>>());
    let named: Vec<Uuid> = news.into_iter().flat_map(|(_, _, named)| named).collect();
    let now = act.now;
    sqlx::query!(
        "with mail as (
            insert into notification_mails (id, user_id, kind, counts, created_at) values ($1, $2, $3, $4, $5)
        )
        insert into notification_mail_items (user_id, notification_id, mail_id)
        select $2, id, $1 from unnest($6::uuid[]) id",
        mail as _,
        reader.staff.id as _,
        kind.map(NotificationKind::word),
        counts,
        now,
        &named,
    )
    .execute(&mut **act)
    .await?;
    jobs::enqueue(act, &Job::SendNotifications { mail })
}
