//! When a message that did not arrive is sent again.

use crate::random_bytes;
use chrono::{DateTime, TimeDelta, Utc};

/// After the first attempt, the second …: the example of the Standard Webhooks, some three days in all.
const WAITS: [TimeDelta; 9] = [
    TimeDelta::seconds(5),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(5),
    TimeDelta::hours(10),
    TimeDelta::hours(14),
    TimeDelta::hours(20),
    TimeDelta::hours(24),
];
/// How often a message is sent before it is dead.
pub const ATTEMPTS: usize = WAITS.len() + 1;
/// The longest that a receiver may ask us to wait.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::hours(24);

/// How long to wait after so many attempts, the receiver's `Retry-After` at least; `None` when it was the last one.
/// Spread by a fifth to both sides, so that what failed together does not come again together.
pub(super) fn wait(attempts: i32, retry_after: Option<TimeDelta>) -> Option<TimeDelta> {
    let wait = *WAITS.get(usize::try_from(attempts - 1).ok()?)?;
    let spread = f64::from(u32::from_be_bytes(random_bytes())) / f64::from(u32::MAX) * 0.4 + 0.8;
    #[expect(clippy::cast_possible_truncation, reason = "a day in milliseconds")]
    let wait = TimeDelta::milliseconds((wait.num_milliseconds() as f64 * spread) as i64);
    Some(retry_after.map_or(wait, |asked| wait.max(asked.min(LONGEST_WAIT))))
}

/// The header `Retry-After`: seconds, or a date. <https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>
pub(super) fn retry_after(header: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let wait = match header.trim().parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(i64::from(seconds)),
        Err(_) => DateTime::parse_from_rfc2822(header.trim()).ok()?.to_utc() - now,
    };
    (wait > TimeDelta::zero()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_and_longer_and_gives_up() {
        let mut in_all = TimeDelta::zero();
        for (n, planned) in WAITS.iter().enumerate() {
            let attempts = i32::try_from(n).unwrap() + 1;
            for _ in 0..100 {
                let wait = wait(attempts, None).unwrap();
                assert!(wait >= *planned * 4 / 5 && wait <= *planned * 6 / 5, "{wait} after {attempts}");
            }
            in_all += *planned;
        }
        assert!(in_all > TimeDelta::days(3) && in_all < TimeDelta::days(4));
        assert_eq!(wait(i32::try_from(ATTEMPTS).unwrap(), None), None);
    }

    #[test]
    fn the_receiver_may_ask_for_more_time() {
        let minute = TimeDelta::minutes(1);
        assert_eq!(wait(1, Some(minute)), Some(minute));
        assert!(wait(4, Some(minute)).unwrap() > minute);
        assert_eq!(wait(1, Some(TimeDelta::days(9))), Some(LONGEST_WAIT));
        assert_eq!(wait(10, Some(minute)), None);
        let now = DateTime::from_timestamp(784_111_737, 0).unwrap();
        assert_eq!(retry_after("120", now), Some(TimeDelta::minutes(2)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now),
            Some(TimeDelta::minutes(1) - TimeDelta::seconds(20))
        );
        for nothing in ["", "soon", "0", "-5", "Sun, 06 Nov 1984 08:49:37 GMT"] {
            assert_eq!(retry_after(nothing, now), None, "{nothing}");
        }
    }
}
