//! Everything the sandbox remembers, behind one lock.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::Config;
use crate::balance::Entry;
use crate::charges::Charge;
use crate::customers::Customer;
use crate::disputes::Dispute;
use crate::events::Event;
use crate::faults::Faults;
use crate::idempotency::Answers;
use crate::intents::Intent;
use crate::methods::Method;
use crate::mobile::{CustomerSession, EphemeralKey};
use crate::refunds::Refund;
use crate::sessions::Session;
use crate::setups::Setup;
use crate::webhooks::{Delivery, Dispatch, Endpoint};

pub(crate) struct State {
    pub config: Config,
    pub faults: Faults,
    pub sessions: Table<Session>,
    pub intents: Table<Intent>,
    pub charges: Table<Charge>,
    pub balance: Table<Entry>,
    pub refunds: Table<Refund>,
    pub methods: Table<Method>,
    pub customers: Table<Customer>,
    pub disputes: Table<Dispute>,
    pub setups: Table<Setup>,
    pub events: Table<Event>,
    pub endpoints: Table<Endpoint>,
    pub deliveries: Vec<Delivery>,
    pub ephemeral_keys: Vec<EphemeralKey>,
    pub customer_sessions: Vec<CustomerSession>,
    pub answers: Answers,
    /// The API request now acting, which its events name.
    pub cause: Cause,
    /// Deliveries decided under the lock and handed on after it.
    pub outbox: Vec<Dispatch>,
    pub due: Vec<Due>,
    rng: StdRng,
    clock_ahead: Duration,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Cause {
    pub request: Option<String>,
    pub idempotency_key: Option<String>,
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
        let mut state = Self {
            faults: config.faults.clone(),
            sessions: Table::default(),
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
            cause: Cause::default(),
            outbox: Vec::new(),
            due: Vec::new(),
            rng,
            clock_ahead: Duration::ZERO,
            config,
        };
        if let Some(url) = state.config.webhook_url.clone() {
            let secret = state.config.webhook_secret.clone();
            state.add_endpoint(url.to_string(), vec!["*".to_owned()], secret);
        }
        state
    }

    pub fn now_ms(&self) -> i64 {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from((wall + self.clock_ahead).as_millis()).unwrap_or(i64::MAX)
    }

    /// Seconds since 1970, as Stripe writes time.
    pub fn now(&self) -> i64 {
        self.now_ms() / 1000
    }

    pub fn advance(&mut self, by: Duration) {
        self.clock_ahead += by;
        self.tick();
    }

    pub fn later(&mut self, after: Duration, what: Later) {
        let after = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
        let at_ms = self.now_ms().saturating_add(after);
        self.due.push(Due { at_ms, what });
    }

    /// Lets happen what time alone brings about.
    pub fn tick(&mut self) {
        let now = self.now_ms();
        let mut ripe: Vec<Due> = self.due.extract_if(.., |due| due.at_ms <= now).collect();
        ripe.sort_by_key(|due| due.at_ms);
        for due in ripe {
            match due.what {
                Later::SettleIntent { intent, succeeds } => self.settle_intent(&intent, succeeds),
                Later::SettleRefund { refund, succeeds } => self.settle_refund(&refund, succeeds),
                Later::EnterCharge { charge } => self.enter_charge_late(&charge),
                Later::ExpireAuthorization { intent, charge } => self.expire_authorization(&intent, &charge),
            }
        }
        self.expire_sessions();
        self.answers.prune(now);
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
}

#[expect(clippy::disallowed_methods, reason = "the sandbox stands apart from the shop and its clock and dice")]
fn any_seed() -> u64 {
    rand::random()
}

pub(crate) trait Record {
    fn id(&self) -> &str;
    fn created(&self) -> i64;
}

/// Rows in the order they came, found by id.
pub(crate) struct Table<T> {
    rows: Vec<T>,
    by_id: HashMap<String, usize>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), by_id: HashMap::new() }
    }
}

impl<T: Record> Table<T> {
    pub fn insert(&mut self, row: T) {
        match self.by_id.get(row.id()) {
            Some(&at) => self.rows[at] = row,
            None => {
                self.by_id.insert(row.id().to_owned(), self.rows.len());
                self.rows.push(row);
            }
        }
    }

    pub fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id).map(|&at| &self.rows[at])
    }

    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.by_id.get(id).map(|&at| &mut self.rows[at])
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.iter()
    }
}
