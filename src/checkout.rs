//! Checkout: a cart becomes an order.
//!
//! It has three phases with explicit borders. [`place_order`] is one transaction: all is checked and computed again, stock
//! is reserved, the order is written with a payment that has its stored key. Then, outside any transaction, the gateway is
//! asked for a page to pay on; and `payments::settle` finds out what became of the money. An order that was not paid goes
//! back to the cart by [`reopen`], and one whose cart is ordered again with other wishes is corrected (`correct`).

mod correct;
mod draft;
mod place;
mod quote;
mod reopen;
mod replay;
mod totals;
mod unpaid;
mod write;

pub use crate::accounts::{Address, AddressInput};
pub use draft::{draft, keep_draft};
pub use place::{PlaceOrder, Placed, place_order};
pub use quote::{OfferedMethod, Quote, QuoteInput, quote};
pub use reopen::reopen;
pub use totals::Totals;
pub use unpaid::UnpaidBounds;
