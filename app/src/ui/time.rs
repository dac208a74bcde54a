//! Times for people: as a British clock shows them.

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, Utc, Weekday};
use leptos::prelude::*;

/// `14 Nov 2026, 12:05`.
pub fn date_time(at: DateTime<Utc>) -> String {
    british(at).format("%-d %b %Y, %H:%M").to_string()
}

/// `14 Nov 2026`.
pub fn date(at: DateTime<Utc>) -> String {
    british(at).format("%-d %b %Y").to_string()
}

/// A moment as people read it, and as programs do.
pub fn time(at: DateTime<Utc>) -> impl IntoView {
    view! { <time datetime=at.format("%Y-%m-%dT%H:%M:%SZ").to_string()>{date_time(at)}</time> }
}

/// The clock on the wall. Summer time is from the last Sunday of March to the last of October, at 01:00 UTC
/// (The Summer Time Order 2002).
fn british(at: DateTime<Utc>) -> NaiveDateTime {
    let change = |month| last_sunday(at.year(), month).and_then(|day| day.and_hms_opt(1, 0, 0));
    let at = at.naive_utc();
    match (change(3), change(10)) {
        (Some(begins), Some(ends)) if begins <= at && at < ends => at + Duration::hours(1),
        _ => at,
    }
}

/// Of a month with 31 days.
fn last_sunday(year: i32, month: u32) -> Option<NaiveDate> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    Some(last - Duration::days(last.weekday().days_since(Weekday::Sun).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_british_time() {
        let of = |text: &str| date_time(text.parse().unwrap());
        assert_eq!(of("2026-11-14T12:05:59Z"), "14 Nov 2026, 12:05");
        assert_eq!(of("2026-07-01T23:30:00Z"), "2 Jul 2026, 00:30");
        // 2026: from 29 March to 25 October
        assert_eq!(of("2026-03-29T00:59:00Z"), "29 Mar 2026, 00:59");
        assert_eq!(of("2026-03-29T01:00:00Z"), "29 Mar 2026, 02:00");
        assert_eq!(of("2026-10-25T00:59:00Z"), "25 Oct 2026, 01:59");
        assert_eq!(of("2026-10-25T01:00:00Z"), "25 Oct 2026, 01:00");
    }
}
