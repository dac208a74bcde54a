//! The shop's time zone: which day a moment belongs to, the same for pages and for figures.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A zone of the IANA time zone database, known by its name: `Europe/Lisbon`. Without a word it is `UTC`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(Tz);

impl TimeZone {
    pub const UTC: Self = Self(Tz::UTC);

    /// By its name, large or small.
    pub fn parse(name: &str) -> Option<Self> {
        Tz::from_str_insensitive(name.trim()).ok().map(Self)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The names of all zones, in their order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// What the clock shows.
    pub fn local(self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.0).naive_local()
    }

    /// The day that a moment belongs to.
    pub fn day(self, at: DateTime<Utc>) -> NaiveDate {
        self.local(at).date()
    }

    /// The day's first moment: midnight, or where clocks skip midnight the first time that they show on that day. A day
    /// before year 1 or after 9999 is taken for the nearest one that there is.
    pub fn start_of(self, day: NaiveDate) -> DateTime<Utc> {
        let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN);
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(NaiveDate::MAX);
        let midnight = day.clamp(first, last).and_time(Default::default());
        // the longest gap so far was a whole day: Samoa had no 30 December 2011
        let shown = (0..=26 * 60).find_map(|minutes| {
            let clock = midnight.checked_add_signed(TimeDelta::minutes(minutes))?;
            self.0.from_local_datetime(&clock).earliest()
        });
        shown.map_or_else(|| midnight.and_utc(), |at| at.to_utc())
    }

    /// The first moment after the day.
    pub fn end_of(self, day: NaiveDate) -> DateTime<Utc> {
        self.start_of(day.succ_opt().unwrap_or(day))
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

/// A name that is on no list any more is read as UTC, so that what was saved can always be read; `doctor` tells.
impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(d)?).unwrap_or_default())
    }
}

impl utoipa::PartialSchema for TimeZone {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::text("A zone of the IANA time zone database", r"^[A-Za-z0-9_+/-]+$", "Europe/Lisbon")
    }
}

impl utoipa::ToSchema for TimeZone {}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::parse(name).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn is_known_by_its_name_and_by_no_other() {
        assert_eq!(zone(" europe/lisbon ").name(), "Europe/Lisbon");
        assert!(TimeZone::names().any(|name| name == "America/Argentina/Ushuaia"));
        for name in ["", "Europe", "Europe/Atlantis", "+01:00", "../etc/passwd"] {
            assert_eq!(TimeZone::parse(name), None, "{name}");
        }
        let read = |text: &str| serde_json::from_str::<TimeZone>(text).unwrap();
        assert_eq!([read("\"Asia/Tokyo\"").name(), read("\"Mars/Olympus\"").name()], ["Asia/Tokyo", "UTC"]);
    }

    #[test]
    fn days_have_the_hours_that_the_clock_gives_them() {
        let hours = |name: &str, day: &str| {
            let day = day.parse().unwrap();
            (zone(name).end_of(day) - zone(name).start_of(day)).num_minutes() as f64 / 60.0
        };
        for (name, day, expected) in [
            ("UTC", "2026-03-29", 24.0),
            ("Europe/London", "2026-03-29", 23.0),
            ("Europe/London", "2026-10-25", 25.0),
            ("America/New_York", "2026-03-08", 23.0),
            ("America/New_York", "2026-11-01", 25.0),
            // clocks go from 23:59 to 01:00, and back at midnight
            ("America/Santiago", "2026-09-06", 23.0),
            ("America/Santiago", "2026-04-04", 25.0),
            // half an hour
            ("Australia/Lord_Howe", "2026-10-04", 23.5),
            // a day that was not
            ("Pacific/Apia", "2011-12-30", 0.0),
            ("Pacific/Apia", "2011-12-31", 24.0),
        ] {
            assert_eq!(hours(name, day), expected, "{name} {day}");
        }
    }

    #[test]
    fn a_moment_lies_in_its_own_day() {
        for name in ["UTC", "Europe/London", "America/Santiago", "Asia/Kathmandu", "Pacific/Kiritimati", "Asia/Tehran"]
        {
            let zone = zone(name);
            let mut moment = at("2026-01-01T00:30:00Z");
            while moment < at("2027-01-01T00:00:00Z") {
                let day = zone.day(moment);
                assert!(zone.start_of(day) <= moment && moment < zone.end_of(day), "{name} {moment}");
                moment += TimeDelta::minutes(60);
            }
        }
        let london = zone("Europe/London");
        assert_eq!(london.start_of("2026-07-02".parse().unwrap()), at("2026-07-01T23:00:00Z"));
        assert_eq!(london.local(at("2026-07-01T23:30:00Z")).to_string(), "2026-07-02 00:30:00");
        for day in [NaiveDate::MIN, NaiveDate::MAX] {
            let edges = [zone("Asia/Tokyo").start_of(day), zone("America/Lima").end_of(day)];
            assert!(edges.iter().all(|edge| edge.timestamp().abs() < 1 << 38), "{edges:?}");
        }
    }
}
