//! How long a sign-in lasts: a browser's session and an app's family of tokens alike.

use super::staff::AccountKind;
use crate::{Result, Shop, settings};
use chrono::{DateTime, TimeDelta, Utc};

/// The bounds in force, from the settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetimes {
    pub customer: TimeDelta,
    pub staff: TimeDelta,
    /// Without doing anything.
    pub staff_idle: TimeDelta,
}

impl Lifetimes {
    pub async fn of(shop: &Shop) -> Result<Self> {
        let settings = settings::current(shop).await?;
        Ok(Self {
            customer: TimeDelta::days(settings.customer_session_days.into()),
            staff: TimeDelta::days(settings.staff_session_days.into()),
            staff_idle: TimeDelta::hours(settings.staff_idle_hours.into()),
        })
    }

    /// When a sign-in ends at the latest, if nothing more is heard of it after `seen_at`.
    pub fn end(&self, kind: AccountKind, signed_in_at: DateTime<Utc>, seen_at: DateTime<Utc>) -> DateTime<Utc> {
        match kind {
            AccountKind::Customer => signed_in_at + self.customer,
            AccountKind::Staff | AccountKind::Admin => (signed_in_at + self.staff).min(seen_at + self.staff_idle),
        }
    }

    /// The same for a customer, and for those who work here: where only the database knows which it is.
    pub fn ends(&self, signed_in_at: DateTime<Utc>, seen_at: DateTime<Utc>) -> [DateTime<Utc>; 2] {
        [AccountKind::Customer, AccountKind::Staff].map(|kind| self.end(kind, signed_in_at, seen_at))
    }
}
