//! What Stripe promises of its API, each with the page that says so, held against the sandbox.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod authentication;
mod balance;
mod errors;
mod events;
mod idempotency;
mod intents;
mod lists;
mod refunds;
mod saved_cards;
mod sessions;
mod setup_sessions;
#[path = "../support/mod.rs"]
mod support;
