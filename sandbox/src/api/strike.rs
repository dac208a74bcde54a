//! Which fault strikes a request, if any.

use std::time::Duration;

use crate::faults::ApiFault;
use crate::state::State;

/// A fault that struck one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Struck {
    pub fault: ApiFault,
    pub hold: Duration,
}

impl State {
    /// Decides whether this request is struck, and by what.
    pub fn strike(&mut self, method: &str, path: &str) -> Option<Struck> {
        if self.faults.api.is_empty() {
            return None;
        }
        let mut thrown = self.roll(100);
        for rule in &mut self.faults.api {
            if !rule.fits(method, path) {
                continue;
            }
            if thrown < rule.percent {
                rule.times = rule.times.map(|times| times.saturating_sub(1));
                let hold = Duration::from_millis(rule.hold_ms);
                return Some(Struck { fault: rule.fault, hold });
            }
            thrown -= rule.percent;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::faults::{ApiRule, Faults};

    fn state(api: Vec<ApiRule>) -> State {
        let mut config = Config::new("sk_test_x", "whsec_x");
        config.seed = Some(1);
        config.faults = Faults { api, ..Faults::default() };
        State::new(config)
    }

    #[test]
    fn the_rules_share_the_requests_out_as_asked() {
        let mut state = state(vec![
            ApiRule::new(ApiFault::LoseAnswer).percent(20),
            ApiRule::new(ApiFault::ErrorAfter).percent(10),
            ApiRule::new(ApiFault::Hang).percent(5),
        ]);
        let mut struck = [0; 3];
        for _ in 0..10_000 {
            match state.strike("POST", "/v1/refunds").map(|struck| struck.fault) {
                Some(ApiFault::LoseAnswer) => struck[0] += 1,
                Some(ApiFault::ErrorAfter) => struck[1] += 1,
                Some(_) => struck[2] += 1,
                None => {}
            }
        }
        for (count, share) in struck.into_iter().zip([2000, 1000, 500]) {
            assert!((count - share) * 10 < share && (share - count) * 10 < share, "{count} of {share}");
        }
    }

    #[test]
    fn a_rule_strikes_only_what_it_names_and_only_so_often() {
        let mut state = state(vec![ApiRule::new(ApiFault::RateLimit).only("POST", "/v1/refunds").times(2)]);
        assert!(state.strike("GET", "/v1/refunds").is_none());
        assert!(state.strike("POST", "/v1/customers").is_none());
        assert!(state.strike("POST", "/v1/refunds").is_some());
        assert!(state.strike("POST", "/v1/refunds/re_1/cancel").is_some());
        assert!(state.strike("POST", "/v1/refunds").is_none());
    }
}
