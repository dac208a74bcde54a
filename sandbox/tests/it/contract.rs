//! What Stripe promises of its API, each with the page that says so, held against the sandbox.

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
