//! Checkout: a cart becomes an order.
//!
//! It has three phases with explicit borders. [`place_order`] is one transaction: all is checked and computed again,
//! stock is reserved, the order is written with a payment that has its stored key. Then, outside any transaction, the
//! gateway is asked for a page to pay on; and `payments::settle` finds out what became of the money. An order that was
//! not paid goes back to the cart by [`reopen()`], and one whose cart is ordered again with other wishes is corrected
//! (`correct`).

mod correct;
mod draft;
mod input;
mod place;
mod quote;
mod reopen;
mod replay;
mod unpaid;
mod write;

pub use crate::address::{Address, AddressInput};
pub use crate::pricing::Totals;
pub use draft::{draft, keep_draft};
pub use input::{PlaceOrder, Placed};
pub use place::{place_order, place_to_pay};
pub use quote::{Advice, OfferedMethod, Quote, QuoteInput, quote};
pub use reopen::reopen;
pub use unpaid::UnpaidBounds;
pub use write::Written;
