//! The life of an order: its statuses, the one table of moves between them, and what is written down of each.
//!
//! [`Paid`] when the money came, an order is prepared, shipped, delivered, completed; or cancelled, or refunded.
//! [`OrderStatus::next`] is the table. Each move locks the order's row and writes its timeline, the audit log and the
//! outbox in the same transaction. What people read of it is two words, one for the money and one for the goods:
//! [`PaymentWord`] and [`Fulfilment`]. Who may move an order, and why, is said in [`crate::orders`] and
//! [`crate::payments`].

mod dispute;
mod find;
mod happening;
mod kept;
mod moves;
mod reasons;
pub(crate) mod sealed;
mod sentences;
mod status;
mod timeline;
mod told;
mod words;

pub use dispute::{Dispute, DisputeNews};
pub use find::{find, find_own, waiting_of};
pub use happening::{CorrectedPart, Happening, HappeningKind, Why};
pub use moves::{Locked, Paid, cancel_unpaid, lapse_reservation, lock, refunded};
pub use reasons::{
    CancelCause, CancelReason, PaymentFailure, PaymentFault, RefundCause, RefundFailure, RefundFault, RefundOccasion,
    RefundReason, say_parts,
};
pub use status::{OrderStatus, PaymentStatus};
pub use timeline::{ShownRow, TimelineRow, note_down, note_once};
pub use words::{Fulfilment, PaymentWord};

pub(crate) use find::is_key;
pub(crate) use moves::{advance, audited, check, confirm, never_paid, paid, release_stock, reserve_again, ship_stock};
pub(crate) use sealed::{KeptAddresses, KeptKey, REQUEST_HASH};
