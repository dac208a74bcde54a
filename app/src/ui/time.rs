//! Times for people: as the clock of the shop shows them. The page's context says which zone that is.

use crate::words::locale;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use shop::TimeZone;

/// `14 Nov 2026, 12:05`.
pub fn date_time(at: DateTime<Utc>) -> String {
    locale().date_time(zone().local(at)).into_owned()
}

/// `14 Nov 2026`.
pub fn date(at: DateTime<Utc>) -> String {
    locale().date(zone().local(at)).into_owned()
}

/// A moment as people read it, and as programs do.
pub fn time(at: DateTime<Utc>) -> impl IntoView {
    view! { <time datetime=at.format("%Y-%m-%dT%H:%M:%SZ").to_string()>{date_time(at)}</time> }
}

/// Of the shop; UTC where its settings could not be read.
fn zone() -> TimeZone {
    use_context().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_time_of_the_shop() {
        let in_zone = |name: &str, text: &str| {
            Owner::new().with(|| {
                provide_context(TimeZone::parse(name).unwrap());
                date_time(text.parse().unwrap())
            })
        };
        assert_eq!(in_zone("Europe/London", "2026-11-14T12:05:59Z"), "14 Nov 2026, 12:05");
        assert_eq!(in_zone("Europe/London", "2026-07-01T23:30:00Z"), "2 Jul 2026, 00:30");
        assert_eq!(in_zone("Australia/Adelaide", "2026-11-14T13:35:00Z"), "15 Nov 2026, 00:05");
        assert_eq!(in_zone("America/New_York", "2026-03-08T06:59:59Z"), "8 Mar 2026, 01:59");
        assert_eq!(in_zone("America/New_York", "2026-03-08T07:00:00Z"), "8 Mar 2026, 03:00");
        assert_eq!(date_time("2026-07-01T23:30:00Z".parse().unwrap()), "1 Jul 2026, 23:30");
    }
}
