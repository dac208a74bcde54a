//! The whole application over HTTP, each test with a server and a database of its own. One program: linking takes
//! longer than most tests.
//!
//! `cargo test --workspace --test it api::` runs those of one subject.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod admin_catalogue;
mod admin_import;
mod admin_keys;
mod admin_log;
mod admin_notifications;
mod admin_payments;
mod admin_people;
mod admin_products;
mod admin_settings;
mod admin_staff;
mod admin_webhooks;
mod api;
mod at_rest;
mod buying;
mod cold_start;
mod connections;
mod cut;
mod live;
mod order_words;
mod pages;
mod pool;
mod process;
mod refund_desk;
mod round_trips;
mod safety;
mod sign_in;
mod signed_out;
mod storefront;
mod support;
mod watches;
mod words;
