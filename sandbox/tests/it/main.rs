//! The sandbox: its contract, its page, its webhooks, and the shop's own client against it.
//!
//! `cargo test -p stripe-sandbox contract::` runs those of one subject.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod client;
mod contract;
mod hosted;
mod past;
mod support;
mod webhooks;
