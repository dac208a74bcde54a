//! What an answer means.

use super::schedule::retry_after;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// With which a receiver says what shall become of its messages: `disable` or `abort-message`.
const DELIVERY: &str = "webhook-delivery";

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    /// It is tried again, if it may be, after so long at least.
    Failed {
        retry_after: Option<TimeDelta>,
    },
    /// The receiver wants this message no more.
    Aborted,
    /// The receiver wants no messages any more: it said so, or is gone.
    Disabled {
        is_gone: bool,
    },
}

/// Any 2xx is an arrival; redirects are not followed, and so are failures.
pub(super) fn of(status: StatusCode, headers: &HeaderMap, now: DateTime<Utc>) -> Outcome {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    match text(DELIVERY) {
        Some("disable") => return Outcome::Disabled { is_gone: false },
        Some("abort-message") if !status.is_success() => return Outcome::Aborted,
        _ => {}
    }
    if status.is_success() {
        return Outcome::Delivered;
    }
    if status == StatusCode::GONE {
        return Outcome::Disabled { is_gone: true };
    }
    Outcome::Failed { retry_after: text(RETRY_AFTER.as_str()).and_then(|header| retry_after(header, now)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_mean_what_the_standard_says() {
        let now = DateTime::from_timestamp(0, 0).unwrap();
        let of = |status: u16, headers: &[(&'static str, &str)]| {
            let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            super::of(StatusCode::from_u16(status).unwrap(), &headers, now)
        };
        let failed = Outcome::Failed { retry_after: None };
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(of(status, &[]), Outcome::Delivered, "{status}");
        }
        for status in [301, 302, 307, 308, 400, 401, 404, 429, 500, 502, 503] {
            assert_eq!(of(status, &[]), failed, "{status}");
        }
        assert_eq!(of(410, &[]), Outcome::Disabled { is_gone: true });
        assert_eq!(of(200, &[("webhook-delivery", "disable")]), Outcome::Disabled { is_gone: false });
        assert_eq!(of(500, &[("webhook-delivery", "disable")]), Outcome::Disabled { is_gone: false });
        assert_eq!(of(400, &[("webhook-delivery", "abort-message")]), Outcome::Aborted);
        assert_eq!(of(200, &[("webhook-delivery", "abort-message")]), Outcome::Delivered);
        assert_eq!(of(503, &[("retry-after", "60")]), Outcome::Failed { retry_after: Some(TimeDelta::minutes(1)) });
        assert_eq!(of(503, &[("retry-after", "soon")]), failed);
    }
}
