//! The rules of the shop, each test on a database of its own. One program: linking takes longer than most tests.
//!
//! `cargo test --test it orders::` runs those of one subject.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod at_rest;
mod audit;
mod cards;
mod cart;
mod catalog_cache;
mod catalog_reads;
mod catalog_tree;
mod checkout;
mod conversations;
mod corrections;
mod differences;
mod email;
mod events;
mod floors;
mod foundation;
mod idempotency;
mod import;
mod inventory;
mod jobs;
mod kept_forms;
mod live;
mod lost_answers;
mod machines;
mod notifications;
mod order_states;
mod orders;
mod outbound;
mod outgoing_webhooks;
mod payment_life;
mod payments;
mod pictures;
mod product_images;
mod products;
mod refund_plans;
mod refunds;
mod search_scripts;
mod seed;
mod settings;
mod staff;
mod support;
mod timeline;
mod unpaid;
mod watches;
mod webhook_storm;
mod webhooks;
mod words;
