//! What goes wrong on purpose: for tests of what must hold whatever fails.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong at the API and with webhooks. The default is: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// One throw of a hundred-sided die is made for each request; the rules that fit it share the
    /// numbers out among them in this order.
    pub api: Vec<ApiRule>,
    pub webhooks: WebhookFaults,
    /// What is younger than this is not found by searching: Stripe's own search lags by up to a minute.
    /// <https://docs.stripe.com/search#data-freshness>
    pub search_lag_ms: u64,
}

/// One way for API requests to fail, and which ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiRule {
    pub fault: ApiFault,
    /// How many of a hundred requests.
    #[serde(default = "always")]
    pub percent: u32,
    /// Only so many times; then the rule is spent.
    #[serde(default)]
    pub times: Option<u32>,
    /// Only requests with this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path begins so.
    #[serde(default)]
    pub path: Option<String>,
    /// How long `hang`, `hang_before` and `slow` hold the request.
    #[serde(default = "half_a_minute")]
    pub hold_ms: u64,
}

fn always() -> u32 {
    100
}

fn half_a_minute() -> u64 {
    30_000
}

impl ApiRule {
    /// Every request, always.
    pub fn new(fault: ApiFault) -> Self {
        Self { fault, percent: always(), times: None, method: None, path: None, hold_ms: half_a_minute() }
    }

    pub fn percent(mut self, percent: u32) -> Self {
        self.percent = percent;
        self
    }

    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only this method and paths that begin so: `("POST", "/v1/refunds")`.
    pub fn only(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold_ms = u64::try_from(hold.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Whether it is about this request, and not spent.
    pub(crate) fn fits(&self, method: &str, path: &str) -> bool {
        self.times != Some(0)
            && self.method.as_ref().is_none_or(|only| only.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|prefix| path.starts_with(prefix.as_str()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiFault {
    /// Acts, keeps the answer for the idempotency key, and cuts the connection.
    LoseAnswer,
    /// 500 and nothing is done. The 500 is kept for the idempotency key, as Stripe does.
    ErrorBefore,
    /// Acts, then 500. The 500 is kept for the idempotency key, as Stripe does.
    ErrorAfter,
    /// Acts, then answers 200 with a body that is no JSON.
    GarbledAnswer,
    /// 429 and nothing is done or kept.
    RateLimit,
    /// 429 because the object is in use: nothing is done or kept.
    LockTimeout,
    /// 503 at the door: nothing is done or kept.
    Unavailable,
    /// Acts, then holds the answer; the key is in use meanwhile.
    Hang,
    /// Holds the request, then acts: maybe long after the client gave up.
    HangBefore,
    /// Holds the request, then acts and answers normally, within the client's patience.
    Slow,
}

/// What goes wrong with webhooks, each in percent of deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookFaults {
    /// Delivered again, up to four times more.
    pub repeat: u32,
    /// Delivered at some moment within `shuffle_within_ms`, so later events overtake it.
    pub shuffle: u32,
    pub shuffle_within_ms: u64,
    /// Delivered `delay_ms` late.
    pub delay: u32,
    pub delay_ms: u64,
    /// Never delivered. It still stands in the list of events.
    pub drop: u32,
    /// Delivered, and answered, before the API answers the request that caused it.
    pub before_answer: bool,
    /// Accompanied by a delivery that a receiver must refuse, of one of the kinds in `forgeries`.
    pub forge: u32,
    /// All kinds, if empty.
    pub forgeries: Vec<Forgery>,
}

/// A delivery that is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forgery {
    /// Signed with another secret.
    WrongSecret,
    /// Signed rightly, but more than five minutes ago.
    Stale,
    /// The body was changed after it was signed.
    AlteredBody,
    /// Cut off in the middle.
    Truncated,
    /// Rightly signed, but of live mode.
    OtherMode,
    /// Without a signature.
    Unsigned,
}

impl Forgery {
    pub const ALL: [Self; 6] =
        [Self::WrongSecret, Self::Stale, Self::AlteredBody, Self::Truncated, Self::OtherMode, Self::Unsigned];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_written_as_json() {
        let faults: Faults = serde_json::from_str(
            r#"{"api": [{"fault": "lose_answer", "percent": 20}], "webhooks": {"repeat": 50, "forgeries": ["stale"]}}"#,
        )
        .unwrap();
        assert_eq!(faults.api[0], ApiRule::new(ApiFault::LoseAnswer).percent(20));
        assert_eq!(faults.webhooks.forgeries, [Forgery::Stale]);
        assert!(serde_json::from_str::<Faults>(r#"{"api": [{"fault": "dance"}]}"#).is_err());
    }
}
