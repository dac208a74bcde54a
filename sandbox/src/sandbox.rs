//! A running offline Stripe in the hands of who started it: what shoppers, staff, banks and time do to it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use url::Url;

use crate::config::Config;
use crate::deliveries::Delivery;
use crate::disputes::REASONS;
use crate::errors::{ApiError, Refused};
use crate::faults::Faults;
use crate::objects::{EventRequest, Session};
use crate::params::Metadata;
use crate::sessions::Way;
use crate::shared::Shared;
use crate::state::State;
use crate::statement::Statement;
use crate::webhooks::deliver;

/// A running offline Stripe. Clones are the same one; it ends with the last.
#[derive(Clone)]
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
}

impl Sandbox {
    /// Starts one. Must be called on a tokio runtime, which delivers its webhooks.
    pub fn new(config: Config) -> Self {
        let mut state = State::new(config);
        if let Some(url) = state.config.webhook_url.clone() {
            let secret = state.config.webhook_secret.clone();
            state.add_endpoint(url.to_string(), vec!["*".to_owned()], secret);
        }
        let (shared, queue) = Shared::new(state);
        tokio::spawn(deliver::run(Arc::downgrade(&shared), queue));
        tokio::spawn(tick(Arc::downgrade(&shared)));
        Self { shared }
    }

    /// Everything that happened to money, to be held against a shop's books.
    pub fn statement(&self) -> Statement {
        self.shared.lock().statement()
    }

    /// Every attempt to deliver a webhook so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().deliveries.clone()
    }

    /// How many events some endpoint has not accepted yet.
    pub fn undelivered(&self) -> usize {
        self.shared.lock().events.iter().filter(|event| event.pending > 0).count()
    }

    /// Replaces the faults.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.lock().faults = faults;
    }

    /// Adds a receiver of every event. `url` must be `http`.
    pub fn add_webhook(&self, url: &Url, secret: &str) {
        let all = vec!["*".to_owned()];
        self.shared.lock().add_endpoint(url.to_string(), all, secret.to_owned());
    }

    /// Signs with `secret` too from now on, and first: what "roll secret" in Stripe's dashboard does.
    pub fn roll_webhook_secret(&self, secret: &str) {
        let mut state = self.shared.lock();
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
        self.shared.change(|state| state.keep_card(session));
    }

    /// Pays with a kept card, or with one of Stripe's test payment methods: `pm_card_createDispute`,
    /// `pm_card_refundFail` …
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
            if !state.sessions.get(session).is_some_and(Session::is_open) {
                return Err(ApiError::invalid(format!("There is no open session {session}.")));
            }
            state.expire_session(session);
            Ok(())
        })
    }

    /// Gives money back without the shop asking, as staff can in Stripe's dashboard.
    pub fn refund(&self, charge: &str, amount: Option<i64>) -> Result<String, Refused> {
        self.outside(|state| state.refund(charge, amount, None, Metadata::new()))
    }

    /// A cardholder disputes a charge, for one of Stripe's reasons. Returns the dispute's id.
    pub fn dispute(&self, charge: &str, reason: &str) -> Result<String, Refused> {
        self.outside(|state| {
            let known = REASONS.iter().find(|known| **known == reason);
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
        self.shared.change(|state| {
            state.cause = EventRequest::default();
            state.advance(by);
        });
    }

    /// An act that no API request caused.
    fn outside<T>(&self, change: impl FnOnce(&mut State) -> Result<T, ApiError>) -> Result<T, Refused> {
        let (result, _) = self.shared.change(|state| {
            state.cause = EventRequest::default();
            change(state)
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
async fn tick(sandbox: Weak<Shared>) {
    let mut interval = tokio::time::interval(Duration::from_millis(200));
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let Some(shared) = sandbox.upgrade() else {
            return;
        };
        shared.change(|state| {
            state.cause = EventRequest::default();
            state.tick();
        });
    }
}
