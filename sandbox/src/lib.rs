//! The offline Stripe: a small fake of Stripe's HTTP API, in memory, for development and tests.
//!
//! The shop speaks to it with the same client as to the real one, so the offline default exercises
//! the real code. It has Checkout Sessions with a hosted page, PaymentIntents, SetupIntents, Charges,
//! Refunds, Disputes, Customers with saved cards and keys for their apps, the balance, Events and signed
//! webhooks; strict parameters, idempotency and errors as Stripe
//! documents them; [`Faults`] that lose, repeat, delay and forge; and a [`Statement`] of all that
//! moved, to hold a shop's books against.
//!
//! A stand-in for Stripe.js lets a shop's page be tried
//! that shows Stripe's own form in place.
//!
//! It keeps no card data and has no card field: shoppers press a button that says how it ends.
//!
//! From the ground up: what Stripe's objects are (`objects`), all of them behind one lock (`state`, `shared`), what
//! happens to them (`events`, `balance`, `charges`, `intents`, `sessions` …; `clock` for what time alone brings about),
//! and the doors (`api`, `hosted`, `elements`, and `control` for tests). A file uses only what lies below it.

#![recursion_limit = "256"]

mod address;
mod answer;
mod api;
mod balance;
mod charges;
mod clock;
mod completion;
mod config;
mod control;
mod customers;
mod deliveries;
mod disputes;
mod elements;
mod errors;
mod events;
mod expiry;
mod faults;
mod hosted;
mod idempotency;
mod intents;
mod methods;
mod mobile;
mod money;
mod objects;
mod params;
mod past;
mod refunds;
mod sandbox;
mod search;
mod server;
mod sessions;
mod setups;
mod shared;
mod state;
mod statement;
mod table;
mod webhooks;

pub use config::{Access, Config, RestrictedKey, Retry};
pub use deliveries::Delivery;
pub use errors::Refused;
pub use faults::{ApiFault, ApiRule, Faults, Forgery, WebhookFaults};
pub use past::{PastPayment, PastRefund};
pub use sandbox::Sandbox;
pub use sessions::Way;
pub use statement::{
    Statement, StatementCharge, StatementDispute, StatementEntry, StatementIntent, StatementRefund, StatementSession,
};
