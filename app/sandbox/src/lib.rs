//! The offline Stripe: a small fake of Stripe's HTTP API, in memory, for development and tests.
//!
//! The shop speaks to it with the same client as to the real one, so the offline default exercises
//! the real code. It has Checkout Sessions with a hosted page, PaymentIntents, SetupIntents, Charges,
//! Refunds, Disputes, Customers with saved cards and keys for their apps, the balance, Events and signed
//! webhooks; strict parameters, idempotency and errors as Stripe
//! documents them; [`Faults`] that lose, repeat, delay and forge; and a [`Ledger`] of all that
//! moved, to hold a shop's books against.
//!
//! A stand-in for Stripe.js lets a shop's page be tried
//! that shows Stripe's own form in place.
//!
//! It keeps no card data and has no card field: shoppers press a button that says how it ends.

#![recursion_limit = "256"]

mod answer;
mod api;
mod balance;
mod charges;
mod control;
mod customers;
mod disputes;
mod elements;
mod errors;
mod events;
mod faults;
mod hosted;
mod idempotency;
mod intents;
mod ledger;
mod methods;
mod mobile;
mod money;
mod params;
mod past;
mod refunds;
mod search;
mod sessions;
mod setups;
mod state;
mod webhooks;

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use url::Url;

pub use faults::{ApiFault, ApiRule, Faults, Forgery, WebhookFaults};
pub use ledger::{Ledger, LedgerCharge, LedgerDispute, LedgerEntry, LedgerIntent, LedgerRefund, LedgerSession};
pub use past::{PastPayment, PastRefund};
pub use sessions::Way;
pub use webhooks::Delivery;

use errors::ApiError;
use state::{Cause, State};
use webhooks::{Dispatch, deliver};

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// The one secret key that is accepted: `sk_test_…`.
    pub secret_key: String,
    /// Accepted only for what a client may do with an object's client secret: `pk_test_…`.
    pub publishable_key: Option<String>,
    /// `rk_test_…` keys and what each may do.
    pub restricted_keys: Vec<RestrictedKey>,
    /// Where webhooks go from the start. `http` only.
    pub webhook_url: Option<Url>,
    /// What they are signed with: `whsec_…`.
    pub webhook_secret: String,
    /// Where browsers reach the hosted page. Otherwise the `Host` the API was asked under.
    pub public_url: Option<Url>,
    /// Whose name stands on the hosted page.
    pub merchant: String,
    pub faults: Faults,
    /// The same seed draws the same ids and the same faults. Without one they differ at each start,
    /// which they must where a database outlives the sandbox.
    pub seed: Option<u64>,
    /// How long "pay later" takes to end.
    pub pay_later_after: Duration,
    pub webhook_retry: Retry,
    /// Webhooks are signed by the sandbox's clock instead of the wall's: for receivers whose clock is moved with it.
    pub signs_by_own_clock: bool,
}

impl Config {
    pub fn new(secret_key: impl Into<String>, webhook_secret: impl Into<String>) -> Self {
        Self {
            secret_key: secret_key.into(),
            publishable_key: None,
            restricted_keys: Vec::new(),
            webhook_url: None,
            webhook_secret: webhook_secret.into(),
            public_url: None,
            merchant: "Ironmonger".to_owned(),
            faults: Faults::default(),
            seed: None,
            pay_later_after: Duration::from_secs(15),
            webhook_retry: Retry::default(),
            signs_by_own_clock: false,
        }
    }
}

impl Config {
    /// Refuses keys that are not what they are used as, and every key of live mode: real money never comes here.
    /// <https://docs.stripe.com/keys#obtain-api-keys>
    pub fn check(&self) -> Result<(), Refused> {
        let is = |prefix: &str, key: &str| key.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
        let refuse = |what: &str, prefix: &str| Err(Refused(format!("the {what} must begin with {prefix}")));
        if !is("sk_test_", &self.secret_key) {
            return refuse("secret key", "sk_test_");
        }
        if self.publishable_key.as_deref().is_some_and(|key| !is("pk_test_", key)) {
            return refuse("publishable key", "pk_test_");
        }
        if self.restricted_keys.iter().any(|restricted| !is("rk_test_", &restricted.key)) {
            return refuse("restricted key", "rk_test_");
        }
        if !is("whsec_", &self.webhook_secret) {
            return refuse("webhook secret", "whsec_");
        }
        Ok(())
    }
}

/// A key that may do only some things. <https://docs.stripe.com/keys/restricted-api-keys>
#[derive(Debug, Clone)]
pub struct RestrictedKey {
    pub key: String,
    /// `("refunds", Access::Write)`: the resource as it stands in the path.
    pub allows: Vec<(String, Access)>,
}

impl FromStr for RestrictedKey {
    type Err = Refused;

    /// `rk_test_x:refunds=write,charges=read`
    fn from_str(text: &str) -> Result<Self, Refused> {
        let refuse = || Refused(format!("{text:?} is not like rk_test_x:refunds=write,charges=read"));
        let (key, list) = text.split_once(':').ok_or_else(refuse)?;
        let allow = |one: &str| match one.split_once('=') {
            Some((resource, "read")) => Ok((resource.to_owned(), Access::Read)),
            Some((resource, "write")) => Ok((resource.to_owned(), Access::Write)),
            _ => Err(refuse()),
        };
        Ok(Self { key: key.to_owned(), allows: list.split(',').map(allow).collect::<Result<_, _>>()? })
    }
}

/// Writing includes reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Read,
    Write,
}

/// How often a webhook that was not accepted is sent, with pauses that double.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    pub attempts: u32,
    pub first: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 12, first: Duration::from_secs(1) }
    }
}

/// An act that the sandbox refused, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error.message().to_owned())
    }
}

/// A running offline Stripe. Clones are the same one; it ends with the last.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    state: Mutex<State>,
    deliveries: mpsc::UnboundedSender<Dispatch>,
}

impl Inner {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        // No act leaves the state half changed in a way that later ones could not bear.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something under the lock, then hands on the webhooks it caused. Each receiver is told
    /// when the first attempt at its webhook was made.
    pub fn act<T>(&self, act: impl FnOnce(&mut State) -> T) -> (T, Vec<oneshot::Receiver<()>>) {
        let mut state = self.lock();
        let result = act(&mut state);
        let dispatches = std::mem::take(&mut state.outbox);
        // Queued while the lock is held, so that deliveries are queued in the events' order.
        let mut attempted = Vec::new();
        for mut dispatch in dispatches {
            let (tell, told) = oneshot::channel();
            dispatch.attempted = Some(tell);
            attempted.push(told);
            // The queue is gone only when the runtime is.
            self.deliveries.send(dispatch).ok();
        }
        (result, attempted)
    }
}

impl Sandbox {
    /// Starts one. Must be called on a tokio runtime, which delivers its webhooks.
    pub fn new(config: Config) -> Self {
        let (deliveries, queue) = mpsc::unbounded_channel();
        let inner = Arc::new(Inner { state: Mutex::new(State::new(config)), deliveries });
        tokio::spawn(deliver::run(Arc::downgrade(&inner), queue));
        tokio::spawn(tick(Arc::downgrade(&inner)));
        Self { inner }
    }

    /// The API, the hosted pages and the control routes.
    pub fn router(&self) -> axum::Router {
        api::router(self.inner.clone())
            .merge(hosted::router(self.inner.clone()))
            .merge(elements::router(self.inner.clone()))
            .merge(control::router(self.clone()))
    }

    /// Serves until `shutdown` ends.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        axum::serve(listener, self.router()).with_graceful_shutdown(shutdown).await
    }

    /// Everything that happened to money, to be held against a shop's books.
    pub fn ledger(&self) -> Ledger {
        self.inner.lock().ledger()
    }

    /// Every attempt to deliver a webhook so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.inner.lock().deliveries.clone()
    }

    /// How many events some endpoint has not accepted yet.
    pub fn undelivered(&self) -> usize {
        self.inner.lock().events.iter().filter(|event| event.pending > 0).count()
    }

    /// Replaces the faults.
    pub fn set_faults(&self, faults: Faults) {
        self.inner.lock().faults = faults;
    }

    /// Adds a receiver of every event. `url` must be `http`.
    pub fn add_webhook(&self, url: &Url, secret: &str) {
        let all = vec!["*".to_owned()];
        self.inner.lock().add_endpoint(url.to_string(), all, secret.to_owned());
    }

    /// Signs with `secret` too from now on, and first: what "roll secret" in Stripe's dashboard does.
    pub fn roll_webhook_secret(&self, secret: &str) {
        let mut state = self.inner.lock();
        let ids: Vec<String> = state.endpoints.iter().map(|endpoint| endpoint.id.clone()).collect();
        for id in ids {
            if let Some(endpoint) = state.endpoints.get_mut(&id) {
                endpoint.secrets.insert(0, secret.to_owned());
            }
        }
    }

    /// Does on the hosted page what a shopper would. A refused card is an error.
    pub fn pay(&self, session: &str, way: Way) -> Result<(), Refused> {
        self.outside(|state| state.pay_session(session, way))
    }

    /// Ticks "keep this card" on the hosted page, where it stands.
    pub fn keep_card(&self, session: &str) {
        self.inner.act(|state| state.keep_card(session));
    }

    /// Pays with a kept card, or with one of Stripe's test payment methods: `pm_card_createDispute`, `pm_card_refundFail` …
    pub fn pay_with(&self, session: &str, method: &str) -> Result<(), Refused> {
        self.outside(|state| state.pay_session_with(session, method))
    }

    /// Ends a "needs authentication" of this session.
    pub fn authenticate(&self, session: &str, succeeds: bool) -> Result<(), Refused> {
        self.outside(|state| {
            let intent = state.intent_of(session)?;
            state.authenticate_intent(&intent, succeeds)
        })
    }

    /// Ends a "pay later" of this session now.
    pub fn settle(&self, session: &str, succeeds: bool) -> Result<(), Refused> {
        self.outside(|state| {
            let intent = state.intent_of(session)?;
            state.settle_intent(&intent, succeeds);
            Ok(())
        })
    }

    /// Ends a session that is still open.
    pub fn expire(&self, session: &str) -> Result<(), Refused> {
        self.outside(|state| {
            if !state.sessions.get(session).is_some_and(sessions::Session::is_open) {
                return Err(ApiError::invalid(format!("There is no open session {session}.")));
            }
            state.expire_session(session);
            Ok(())
        })
    }

    /// Gives money back without the shop asking, as staff can in Stripe's dashboard.
    pub fn refund(&self, charge: &str, amount: Option<i64>) -> Result<String, Refused> {
        self.outside(|state| state.refund(charge, amount, None, params::Metadata::new()))
    }

    /// A cardholder disputes a charge, for one of Stripe's reasons. Returns the dispute's id.
    pub fn dispute(&self, charge: &str, reason: &str) -> Result<String, Refused> {
        self.outside(|state| {
            let known = disputes::REASONS.iter().find(|known| **known == reason);
            let Some(reason) = known else {
                return Err(ApiError::invalid(format!("There is no reason {reason}.")));
            };
            state.dispute(charge, reason).ok_or_else(|| ApiError::invalid(format!("{charge} cannot be disputed.")))
        })
    }

    /// The bank decides a dispute.
    pub fn decide_dispute(&self, dispute: &str, won: bool) -> Result<(), Refused> {
        self.outside(|state| state.decide_dispute(dispute, won))
    }

    /// Ends a refund: a pending one arrives, or one comes back as failed.
    pub fn settle_refund(&self, refund: &str, succeeds: bool) -> Result<(), Refused> {
        self.outside(|state| {
            if state.refunds.get(refund).is_none() {
                return Err(ApiError::no_such("refund", refund, "refund"));
            }
            state.settle_refund(refund, succeeds);
            Ok(())
        })
    }

    /// Moves the sandbox's clock forward: sessions expire, delayed payments end.
    pub fn advance(&self, by: Duration) {
        self.inner.act(|state| {
            state.cause = Cause::default();
            state.advance(by);
        });
    }

    /// An act that no API request caused.
    fn outside<T>(&self, act: impl FnOnce(&mut State) -> Result<T, ApiError>) -> Result<T, Refused> {
        let (result, _) = self.inner.act(|state| {
            state.cause = Cause::default();
            act(state)
        });
        Ok(result?)
    }
}

impl State {
    fn intent_of(&self, session: &str) -> Result<String, ApiError> {
        self.sessions
            .get(session)
            .and_then(|session| session.intent.clone())
            .ok_or_else(|| ApiError::invalid(format!("Nobody has tried to pay {session} yet.")))
    }
}

/// Lets time pass.
async fn tick(sandbox: Weak<Inner>) {
    let mut interval = tokio::time::interval(Duration::from_millis(200));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let Some(inner) = sandbox.upgrade() else {
            return;
        };
        inner.act(|state| {
            state.cause = Cause::default();
            state.tick();
        });
    }
}
