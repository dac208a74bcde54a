//! Attempts, counted in one place for all processes: so many within a window, then a pause.
//!
//! An attempt is counted before it is made. Counting failures afterwards would let everything through that arrives
//! while the first ones are still being compared.

use crate::address::Email;
use crate::id::UserId;
use crate::{Act, Error, Result, Shop, token_hash};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgExecutor;
use std::net::IpAddr;
use uuid::Uuid;

/// What is counted, how often it may happen within the window.
#[derive(Debug, Clone)]
pub(crate) struct Count {
    key: String,
    limit: i32,
    window: TimeDelta,
}

const QUARTER: TimeDelta = TimeDelta::minutes(15);
/// The longest window.
const HOUR: TimeDelta = TimeDelta::hours(1);

impl Count {
    fn new(key: String, limit: i32) -> Self {
        Self { key, limit, window: QUARTER }
    }

    /// Sign-ins to one account, there or not, from one network: ten in a quarter of an hour. So a stranger elsewhere
    /// uses up the stranger's own. An address is kept as a hash: people type passwords into the wrong field.
    pub fn account_from(email: &Email, ip: Option<&str>) -> Self {
        let network = ip.map_or_else(|| "-".to_owned(), network);
        Self::new(format!("account-from:{}:{network}", short_hash(&email.folded())), 10)
    }

    /// Sign-ins to one account from all networks together that it does not know: a hundred in an hour (NIST SP 800-63B,
    /// 3.2.2, allows a hundred in a row). An attacker with any number of addresses tries 2,400 passwords a day, 876,000
    /// in a year; the three thousand commonest are refused when a password is set.
    ///
    /// Once it is reached, a first sign-in from a device that the account does not know waits, however clean its
    /// address; known devices pass ([`Self::device`]), and a new password by mail sets the count back.
    pub fn account(email: &Email) -> Self {
        Self { window: HOUR, ..Self::new(format!("account:{}", short_hash(&email.folded())), 100) }
    }

    /// Sign-ins of a device that signed in to the account before: ten in a quarter of an hour, of its own.
    pub fn device(id: Uuid) -> Self {
        Self::new(format!("device:{id}"), 10)
    }

    /// Proofs of the password by somebody who is signed in already.
    pub fn proof(id: Uuid) -> Self {
        Self::new(format!("proof:{id}"), 10)
    }

    /// Sign-ins from one network address.
    pub fn address(ip: &str) -> Self {
        Self::new(format!("address:{}", network(ip)), 30)
    }

    /// Accounts made from one network address.
    pub fn registrations(ip: &str) -> Self {
        Self::new(format!("register:{}", network(ip)), 50)
    }

    /// Mails that somebody can have sent to an address.
    pub fn mails(email: &Email) -> Self {
        Self::new(format!("mail:{}", short_hash(&email.folded())), 5)
    }

    /// Mails that ask an address whether it wants to be told of goods: five in an hour, whoever asks.
    pub fn watches_of(email: &Email) -> Self {
        Self { window: HOUR, ..Self::new(format!("watch:{}", short_hash(&email.folded())), 5) }
    }

    /// The same from one network address, to whomever.
    pub fn watches_from(ip: &str) -> Self {
        Self { window: HOUR, ..Self::new(format!("watch-from:{}", network(ip)), 30) }
    }

    /// Messages that somebody writes: twenty in a minute.
    pub fn messages(author: Uuid) -> Self {
        Self { window: TimeDelta::minutes(1), ..Self::new(format!("message:{author}"), 20) }
    }

    /// Conversations that somebody begins: five in an hour.
    pub fn conversations(user: UserId) -> Self {
        Self { window: HOUR, ..Self::new(format!("conversation:{user}"), 5) }
    }

    /// Mails asked for from one network address.
    pub fn mails_from(ip: &str) -> Self {
        Self::new(format!("mail-from:{}", network(ip)), 30)
    }
}

fn short_hash(text: &str) -> String {
    hex::encode(&token_hash(text)[..16])
}

/// An IPv6 customer gets a /64, so that is what is counted.
fn network(ip: &str) -> String {
    match ip.parse() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(IpAddr::V6(v6)) => v6.to_ipv4_mapped().map(|v4| v4.to_string()).unwrap_or_default(),
        Ok(v4) => v4.to_string(),
        Err(_) => short_hash(ip),
    }
}

/// What became of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Allowed,
    /// Allowed, and the last one for a while.
    Last,
}

/// Counts an attempt, or refuses it with the time to wait; a refused one is not counted, so that the pause ends.
pub(crate) async fn attempt(act: &mut Act<'_>, count: &Count) -> Result<()> {
    attempt_all(act, std::slice::from_ref(count)).await.map(drop)
}

/// The same, at once, before an act begins.
pub(crate) async fn attempt_now(shop: &Shop, count: &Count) -> Result<()> {
    count_all(&shop.db, shop.clock.now(), std::slice::from_ref(count)).await.map(drop)
}

/// The same for several counts, in one statement and in their order. Callers name them in the same order always, so
/// that two attempts never deadlock. A part of an act, which ends without a commit when
/// one of them refuses: then none has counted.
pub(crate) async fn attempt_all(act: &mut Act<'_>, counts: &[Count]) -> Result<Vec<Counted>> {
    let now = act.now;
    count_all(&mut **act, now, counts).await
}

async fn count_all(db: impl PgExecutor<'_>, now: DateTime<Utc>, counts: &[Count]) -> Result<Vec<Counted>> {
    let keys: Vec<_> = counts.iter().map(|count| count.key.clone()).collect();
    let window_starts: Vec<_> = counts.iter().map(|count| now - count.window).collect();
    let limits: Vec<_> = counts.iter().map(|count| count.limit).collect();
    // beside those counted, when the windows began before: where one is refused, that does not change
    let rows = sqlx::query!(
        r#"with wanted as (
            select * from unnest($1::text[], $2::timestamptz[], $3::int[]) with ordinality as w (key, since, most, nth)
        ),
        counted as (
            insert into login_throttles as t (key, failures, first_at, last_at)
            select key, 1, $4, $4 from wanted order by nth
            on conflict (key) do update
            set (failures, first_at, last_at) = (
                select case when t.first_at <= w.since then 1 else t.failures + 1 end,
                       case when t.first_at <= w.since then $4 else t.first_at end,
                       $4
                from wanted w
                where w.key = t.key
            )
            where exists (select from wanted w where w.key = t.key and (t.first_at <= w.since or t.failures < w.most))
            returning key, failures
        )
        select counted.failures as "failures?", before.first_at as "first_at?"
        from wanted
        left join counted using (key)
        left join login_throttles before using (key)
        order by nth"#,
        &keys,
        &window_starts,
        &limits,
        now,
    )
    .fetch_all(db)
    .await?;
    let counted = counts.iter().zip(rows).map(|(count, row)| match row.failures {
        Some(n) if n >= count.limit => Ok(Counted::Last),
        Some(_) => Ok(Counted::Allowed),
        None => {
            let wait = (row.first_at.unwrap_or(now) + count.window - now).to_std().unwrap_or_default();
            Err(Error::TooMany { retry_after: wait.max(std::time::Duration::from_secs(1)) })
        }
    });
    counted.collect()
}

/// What a right password leaves of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// All attempts are forgotten.
    Forget,
    /// The attempt that succeeded after all is taken back.
    GiveBack,
}

/// The right password was given: settles several counts in one statement. They are locked in their order, which is that
/// of [`attempt_all`].
pub(crate) async fn settle(db: impl PgExecutor<'_>, counts: &[(Count, After)]) -> Result<()> {
    let (keys, are_over): (Vec<_>, Vec<_>) =
        counts.iter().map(|(count, after)| (count.key.clone(), *after == After::Forget)).unzip();
    sqlx::query!(
        "with held as (
            select key, failures, is_over
            from login_throttles
            join unnest($1::text[], $2::bool[]) with ordinality as s (key, is_over, nth) using (key)
            order by nth
            for update of login_throttles
        ),
        gone as (
            delete from login_throttles t using held where t.key = held.key and (held.is_over or held.failures = 1)
        )
        update login_throttles t
        set failures = held.failures - 1
        from held
        where t.key = held.key and not held.is_over and held.failures > 1",
        &keys,
        &are_over,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets all attempts: the right password was given.
pub(crate) async fn forget(db: impl PgExecutor<'_>, count: &Count) -> Result<()> {
    sqlx::query!("delete from login_throttles where key = $1", count.key).execute(db).await?;
    Ok(())
}

/// Counts whose window is over.
pub(crate) async fn sweep(shop: &Shop) -> Result<u64> {
    let over = shop.clock.now() - HOUR;
    let done = sqlx::query!("delete from login_throttles where first_at <= $1", over).execute(&shop.db).await?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn one_home_is_one_network() {
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
