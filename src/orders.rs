//! Orders: what somebody bought, and its life from placed to completed.
//!
//! An order is written by `checkout::place_order` as pending, its stock reserved; [`paid`] when the money came, it is
//! prepared, shipped, delivered, completed; or cancelled, or refunded. [`OrderStatus::next`] is the one table of moves;
//! each move locks the order's row and writes its timeline, the audit log and the outbox in the same transaction.

mod find;
mod moves;
mod status;
mod timeline;

pub use find::find_own;
pub use moves::{Locked, Paid, cancel_unpaid, lapse_reservation, lock, paid, refunded};
pub(crate) use moves::{OrderEvent, currency};
pub use status::{OrderStatus, PaymentStatus};
pub use timeline::{Happening, note_down};
