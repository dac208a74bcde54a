//! Everything the sandbox remembers, behind one lock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::config::Config;
use crate::deliveries::{Delivery, Dispatch};
use crate::errors::ApiError;
use crate::faults::Faults;
use crate::idempotency::Answers;
use crate::objects::{
    Charge, Customer, CustomerSession, Dispute, Entry, EphemeralKey, Event, EventRequest, Intent, Method, Refund,
    Session, Setup, WebhookEndpoint,
};
use crate::table::Table;

pub(crate) struct State {
    pub config: Config,
    pub faults: Faults,
    /// Opened by `open_session`.
    pub sessions: Table<Session>,
    /// When the first of the open sessions is over, in seconds since 1970; at the earliest.
    pub next_expiry: i64,
    pub intents: Table<Intent>,
    pub charges: Table<Charge>,
    pub balance: Table<Entry>,
    pub refunds: Table<Refund>,
    pub methods: Table<Method>,
    pub customers: Table<Customer>,
    pub disputes: Table<Dispute>,
    pub setups: Table<Setup>,
    pub events: Table<Event>,
    pub endpoints: Table<WebhookEndpoint>,
    pub deliveries: Vec<Delivery>,
    pub ephemeral_keys: Vec<EphemeralKey>,
    pub customer_sessions: Vec<CustomerSession>,
    pub answers: Answers,
    /// The API request now acting, which its events name.
    pub cause: EventRequest,
    /// Deliveries decided under the lock and handed on after it.
    pub outbox: Vec<Dispatch>,
    pub due: Vec<Due>,
    rng: StdRng,
    /// How far the sandbox's clock was moved.
    pub clock_ahead: Duration,
}

/// Something that happens by itself later.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub at_ms: i64,
    pub what: Later,
}

#[derive(Debug, Clone)]
pub(crate) enum Later {
    /// A delayed payment arrives, or does not.
    SettleIntent { intent: String, succeeds: bool },
    /// A refund that was pending, or seemed to have succeeded, ends.
    SettleRefund { refund: String, succeeds: bool },
    /// An asynchronous capture ends.
    EnterCharge { charge: String },
    /// An authorisation that nobody captured lapses.
    ExpireAuthorization { intent: String, charge: String },
}

impl State {
    pub fn new(config: Config) -> Self {
        let rng = StdRng::seed_from_u64(config.seed.unwrap_or_else(any_seed));
        Self {
            faults: config.faults.clone(),
            sessions: Table::default(),
            next_expiry: i64::MAX,
            intents: Table::default(),
            charges: Table::default(),
            balance: Table::default(),
            refunds: Table::default(),
            methods: Table::default(),
            customers: Table::default(),
            disputes: Table::default(),
            setups: Table::default(),
            events: Table::default(),
            endpoints: Table::default(),
            deliveries: Vec::new(),
            ephemeral_keys: Vec::new(),
            customer_sessions: Vec::new(),
            answers: Answers::default(),
            cause: EventRequest::default(),
            outbox: Vec::new(),
            due: Vec::new(),
            rng,
            clock_ahead: Duration::ZERO,
            config,
        }
    }

    pub fn now_ms(&self) -> i64 {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from((wall + self.clock_ahead).as_millis()).unwrap_or(i64::MAX)
    }

    /// Seconds since 1970, as Stripe writes time.
    pub fn now(&self) -> i64 {
        self.now_ms() / 1000
    }

    pub fn later(&mut self, after: Duration, what: Later) {
        let after = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
        let at_ms = self.now_ms().saturating_add(after);
        self.due.push(Due { at_ms, what });
    }

    /// An id as Stripe's look: a prefix and letters and digits.
    pub fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}", self.token(24))
    }

    pub fn token(&mut self, length: usize) -> String {
        const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        (0..length).map(|_| char::from(ALPHABET[self.rng.random_range(0..ALPHABET.len())])).collect()
    }

    /// A number below `bound`.
    pub fn roll(&mut self, bound: u32) -> u32 {
        if bound == 0 { 0 } else { self.rng.random_range(0..bound) }
    }

    /// Refuses a customer that is unknown or deleted.
    pub fn require_customer(&self, id: &str) -> Result<(), ApiError> {
        match self.customers.get(id) {
            Some(customer) if !customer.deleted => Ok(()),
            _ => Err(ApiError::no_such_param("customer", id, "customer")),
        }
    }

    /// The object of this id as the API shows it.
    pub fn render(&self, id: &str) -> Option<Value> {
        match id.split('_').next()? {
            "cs" => self.sessions.get(id).map(Session::render),
            "pi" => self.intents.get(id).map(Intent::render),
            "ch" => self.charges.get(id).map(Charge::render),
            "re" => self.refunds.get(id).map(Refund::render),
            "du" => self.disputes.get(id).map(|dispute| self.render_dispute(dispute)),
            "seti" => self.setups.get(id).map(Setup::render),
            "cus" => self.customers.get(id).map(Customer::render),
            "pm" => self.methods.get(id).map(Method::render),
            "txn" => self.balance.get(id).map(|entry| entry.render(self.now())),
            _ => None,
        }
    }

    fn render_dispute(&self, dispute: &Dispute) -> Value {
        let entries: Vec<Value> = dispute.entries.iter().filter_map(|id| self.render(id)).collect();
        dispute.render(&entries)
    }
}

#[expect(clippy::disallowed_methods, reason = "the sandbox stands apart from the shop and its clock and dice")]
fn any_seed() -> u64 {
    rand::random()
}
