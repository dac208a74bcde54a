//! Checkout Sessions: one visit to the hosted payment page. <https://docs.stripe.com/api/checkout/sessions>
//!
//! A session is `open` until it is paid (`complete`) or its time is over (`expired`).
//! `payment_status` tells whether money came: with a delayed method a complete session is still `unpaid`.

mod api;
mod create;
mod input;
mod pay;
mod setup;

pub(crate) use api::{expire, line_items, list, retrieve, update};
pub(crate) use create::create;
pub use pay::Way;
