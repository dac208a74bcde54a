//! How often one may ask: each address, before anything else is looked at, and each key or user, once it is known who
//! asks. The forms of the pages are counted in the same way, in a budget of their own.
//!
//! Every answer says how things stand in the three headers of draft-ietf-httpapi-ratelimit-headers-06, which clients
//! know; later drafts fold them into one. Counting is GCRA: what was used comes back steadily, not all at once when a
//! minute is over. It is kept in this process only, so several processes allow several times as much.

use super::caller::{Caller, Who};
use super::fault::Fault;
use super::headers::{LIMIT, REMAINING, RESET};
use crate::config::{Config, Rate};
use crate::web::{again, client, path};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use shop::accounts::network_of;
use shop::id::{ApiKeyId, UserId};
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Probes and Stripe are not rate limited.
const UNLIMITED: &[&str] = &["/api/health/live", "/api/stripe/webhook"];

fn quota(rate: Rate) -> Quota {
    let each = rate.per() / rate.count().get();
    Quota::with_period(each).unwrap_or(Quota::per_second(rate.count())).allow_burst(rate.count())
}

/// The state of the caller's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LimitState {
    limit: u32,
    remaining: u32,
    /// In how many seconds everything is there again; for one who is refused, when to come again.
    reset: u64,
}

impl LimitState {
    fn write(self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(self.reset));
    }

    fn refuse(self) -> Response {
        let mut response =
            Fault::from(shop::Error::TooMany { retry_after: Duration::from_secs(self.reset) }).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

type Limiter<K, C> = RateLimiter<K, DashMapStateStore<K>, C, StateInformationMiddleware>;

/// What each of many may ask.
struct Budget<K: Hash + Eq + Clone, C: Clock + Clone = MonotonicClock> {
    rate: Rate,
    clock: C,
    limiter: RwLock<Limiter<K, C>>,
    asked: AtomicUsize,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Budget<K, C> {
    /// After so many requests those who have all of their budget back are forgotten.
    const SWEEP_EVERY: usize = 4096;
    /// As many are remembered. Where more ask within one period, counting begins anew for all of them: better than to
    /// grow without end, or to turn newcomers away.
    const MOST: usize = 100_000;

    fn new(rate: Rate, clock: C) -> Self {
        let limiter = RwLock::new(Self::limiter(rate, &clock));
        Self { rate, clock, limiter, asked: AtomicUsize::new(0) }
    }

    fn limiter(rate: Rate, clock: &C) -> Limiter<K, C> {
        RateLimiter::new(quota(rate), DashMapStateStore::default(), clock.clone())
    }

    /// Takes one request out of the budget; an error when there is none left.
    fn take(&self, key: &K) -> Result<LimitState, LimitState> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % Self::SWEEP_EVERY == Self::SWEEP_EVERY - 1 {
            self.sweep();
        }
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        let limit = self.rate.count().get();
        match limiter.check_key(key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity().min(limit);
                let used = Duration::from_nanos((self.rate.per().as_nanos() as u64 / u64::from(limit)).max(1));
                Ok(LimitState { limit, remaining, reset: whole_seconds(used * (limit - remaining)) })
            }
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                Err(LimitState { limit, remaining: 0, reset: whole_seconds(wait).max(1) })
            }
        }
    }

    fn sweep(&self) {
        let limiter = self.limiter.read().unwrap_or_else(PoisonError::into_inner);
        limiter.retain_recent();
        limiter.shrink_to_fit();
        if limiter.len() <= Self::MOST {
            return;
        }
        drop(limiter);
        tracing::warn!("more than {} ask at once; their rate limits begin anew", Self::MOST);
        *self.limiter.write().unwrap_or_else(PoisonError::into_inner) = Self::limiter(self.rate, &self.clock);
    }
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

/// The budgets of all addresses.
#[derive(Clone)]
pub struct Addresses {
    api: Option<Arc<Budget<IpAddr>>>,
    forms: Option<Arc<Budget<IpAddr>>>,
    trusted_proxies: usize,
}

impl Addresses {
    pub fn of(config: &Config) -> Self {
        let budget = |rate: Option<Rate>| rate.map(|rate| Arc::new(Budget::new(rate, MonotonicClock)));
        Self {
            api: budget(config.api_rate_address),
            forms: budget(config.form_rate_address),
            trusted_proxies: config.trusted_proxies,
        }
    }
}

/// Middleware: an address that asks too often is refused before anything else is done for it. Writes the headers, of
/// whichever budget is nearer to its end.
pub async fn by_address(State(limits): State<Addresses>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_api = path::is_api(path);
    if UNLIMITED.contains(&path) || !is_api && request.method().is_safe() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let ip = client::ip(&parts, limits.trusted_proxies).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let request = Request::from_parts(parts, body);
    if !is_api {
        return match limits.forms.map(|budget| budget.take(&network_of(ip))) {
            Some(Err(refused)) => again::later(request, Duration::from_secs(refused.reset)).await,
            Some(Ok(_)) | None => next.run(request).await,
        };
    }
    let (mut response, own) = match limits.api.map(|budget| budget.take(&network_of(ip))) {
        Some(Err(refused)) => (refused.refuse(), None),
        Some(Ok(limit_state)) => (next.run(request).await, Some(limit_state)),
        None => (next.run(request).await, None),
    };
    let inner = response.extensions().get::<LimitState>().copied();
    if let Some(nearest) = own.into_iter().chain(inner).min_by_key(|limit_state| limit_state.remaining) {
        nearest.write(response.headers_mut());
    }
    response
}

/// Whose the budget is, whatever the IP address.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Principal {
    Key(ApiKeyId),
    User(UserId),
}

/// The budgets of all keys and users.
#[derive(Clone)]
pub struct Principals(Option<Arc<Budget<Principal>>>);

impl Principals {
    pub fn of(config: &Config) -> Self {
        Self(config.api_rate_principal.map(|rate| Arc::new(Budget::new(rate, MonotonicClock))))
    }
}

/// Middleware behind [`caller::identify`](super::caller::identify): a key or user that asks too often is refused.
pub async fn by_principal(State(limits): State<Principals>, request: Request, next: Next) -> Response {
    let principal = match request.extensions().get::<Caller>().map(Caller::who) {
        Some(Who::Machine(client)) => Some(Principal::Key(client.id())),
        Some(Who::Person(identity)) => Some(Principal::User(identity.customer.id())),
        Some(Who::Nobody) | None => None,
    };
    match (limits.0, principal) {
        (Some(budget), Some(principal)) => match budget.take(&principal) {
            Ok(limit_state) => {
                let mut response = next.run(request).await;
                response.extensions_mut().insert(limit_state);
                response
            }
            Err(refused) => refused.refuse(),
        },
        _ => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    fn budget(rate: &str) -> (Budget<u32, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Budget::new(rate.parse().unwrap(), clock.clone()), clock)
    }

    #[test]
    fn what_was_used_comes_back_steadily() {
        let (budget, clock) = budget("6/min");
        for used in 1..=6 {
            let limit_state = budget.take(&1).unwrap();
            assert_eq!(limit_state, LimitState { limit: 6, remaining: 6 - used, reset: 10 * u64::from(used) });
        }
        assert_eq!(budget.take(&1), Err(LimitState { limit: 6, remaining: 0, reset: 10 }));
        clock.advance(Duration::from_millis(9_200));
        assert_eq!(budget.take(&1), Err(LimitState { limit: 6, remaining: 0, reset: 1 }));
        clock.advance(Duration::from_millis(800));
        assert_eq!(budget.take(&1).unwrap().remaining, 0);
        assert!(budget.take(&1).is_err());
        assert!(budget.take(&2).is_ok(), "another one has a budget of its own");
        clock.advance(Duration::from_secs(3600));
        assert_eq!(budget.take(&1).unwrap().remaining, 5, "never more than all of it");
    }

    /// Fails without `sweep`.
    #[test]
    fn who_asks_no_more_is_forgotten_and_nobody_makes_it_grow_without_end() {
        let (budget, clock) = budget("2/min");
        let known = |budget: &Budget<_, _>| budget.limiter.read().unwrap().len();
        let sweep = Budget::<u32, FakeRelativeClock>::SWEEP_EVERY as u32;
        for key in 0..sweep - 1 {
            budget.take(&key).unwrap();
        }
        clock.advance(Duration::from_secs(60));
        budget.take(&0).unwrap();
        assert_eq!(known(&budget), 1);
        let most = Budget::<u32, FakeRelativeClock>::MOST;
        for key in 0..most as u32 * 2 {
            let _ = budget.take(&key);
        }
        assert!(known(&budget) <= most + sweep as usize, "{}", known(&budget));
    }

    #[test]
    fn a_network_of_ipv6_is_one_household() {
        let of = |ip: &str| network_of(ip.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_ne!(of("2001:db8:1:3::1"), of("2001:db8:1:2::1"));
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
    }
}
