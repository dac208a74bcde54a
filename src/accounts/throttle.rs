//! Attempts, counted in one place for all processes: so many within a window, then a pause.
//!
//! An attempt is counted before it is made. Counting failures afterwards would let everything through that arrives
//! while the first ones are still being compared.

use crate::address::Email;
use crate::{Error, Result, token_hash};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};
use std::net::IpAddr;
use uuid::Uuid;

/// What is counted, how often it may happen within the window.
#[derive(Debug, Clone)]
pub(super) struct Count {
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

    /// Sign-ins to one account, there or not, from one network: ten in a quarter of an hour. So a stranger elsewhere uses up
    /// the stranger's own. An address is kept as a hash: people type passwords into the wrong field.
    pub fn account_from(email: &Email, ip: Option<&str>) -> Self {
        let network = ip.map_or_else(|| "-".to_owned(), network);
        Self::new(format!("account-from:{}:{network}", short_hash(&email.folded())), 10)
    }

    /// Sign-ins to one account from all networks together that it does not know: a hundred in an hour (NIST SP 800-63B,
    /// 3.2.2, allows a hundred in a row). Whoever has any number of addresses tries 2,400 passwords a day, 876,000 in a year;
    /// the three thousand that most accounts fall to are refused when a password is set.
    ///
    /// Once it is reached, a first sign-in from a device that the account does not know waits, however clean its address;
    /// known devices pass ([`Self::device`]), and a new password by mail sets the count back.
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

    /// Mails asked for from one network address.
    pub fn mails_from(ip: &str) -> Self {
        Self::new(format!("mail-from:{}", network(ip)), 30)
    }
}

fn short_hash(text: &str) -> String {
    hex::encode(&token_hash(text)[..16])
}

/// Whoever has one IPv6 address has 2^64 of them.
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
pub(super) enum Counted {
    Allowed,
    /// Allowed, and the last one for a while.
    Last,
}

/// Counts an attempt, or refuses it with the time to wait; a refused one is not counted, so that the pause ends.
pub(super) async fn attempt(conn: &mut PgConnection, now: DateTime<Utc>, count: &Count) -> Result<Counted> {
    let window_start = now - count.window;
    let failures = sqlx::query_scalar!(
        "insert into login_throttles as t (key, failures, first_at, last_at)
         values ($1, 1, $2, $2)
         on conflict (key) do update
         set failures = case when t.first_at <= $3 then 1 else t.failures + 1 end,
             first_at = case when t.first_at <= $3 then $2 else t.first_at end,
             last_at = $2
         where t.first_at <= $3 or t.failures < $4
         returning failures",
        count.key,
        now,
        window_start,
        count.limit,
    )
    .fetch_optional(&mut *conn)
    .await?;
    match failures {
        Some(n) if n >= count.limit => Ok(Counted::Last),
        Some(_) => Ok(Counted::Allowed),
        None => {
            let first = sqlx::query_scalar!("select first_at from login_throttles where key = $1", count.key)
                .fetch_optional(conn)
                .await?
                .unwrap_or(now);
            let wait = (first + count.window - now).to_std().unwrap_or_default();
            Err(Error::TooMany { retry_after: wait.max(std::time::Duration::from_secs(1)) })
        }
    }
}

/// Forgets all attempts: the right password was given.
pub(super) async fn forget(conn: &mut PgConnection, count: &Count) -> Result<()> {
    sqlx::query!("delete from login_throttles where key = $1", count.key).execute(conn).await?;
    Ok(())
}

/// Takes one attempt back that succeeded after all.
pub(super) async fn give_back(conn: &mut PgConnection, count: &Count) -> Result<()> {
    sqlx::query!("delete from login_throttles where key = $1 and failures = 1", count.key).execute(&mut *conn).await?;
    sqlx::query!("update login_throttles set failures = failures - 1 where key = $1 and failures > 1", count.key)
        .execute(conn)
        .await?;
    Ok(())
}

/// Counts whose window is over.
pub(super) async fn sweep(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query!("delete from login_throttles where first_at <= $1", now - HOUR).execute(db).await?;
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
