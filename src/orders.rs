//! Orders: what somebody bought, and its life from placed to completed.
//!
//! An order is written by `checkout::place_order` as pending, its stock reserved; [`Paid`] when the money came, it is
//! prepared, shipped, delivered, completed; or cancelled, or refunded. [`OrderStatus::next`] is the one table of moves;
//! each move locks the order's row and writes its timeline, the audit log and the outbox in the same transaction.
//! What people read of it is two words, one for the money and one for the goods: [`PaymentWord`] and [`Fulfilment`].

mod by_itself;
mod commands;
mod correct;
mod figures;
mod list;
mod payment_life;
mod read;
mod ship;
mod step;
mod unpaid;
mod view;

pub use crate::lifecycle::{
    CancelReason, Fulfilment, Happening, HappeningKind, OrderStatus, Paid, PaymentStatus, PaymentWord, RefundCause,
    TimelineRow,
};
pub use crate::lifecycle::{find, find_own, waiting_of};
pub use crate::payments::RefundedLine;
pub use by_itself::complete_delivered;
pub use commands::{
    AddNote, CancelOrder, MoveOrder, accept_offline, add_note, cancel, cancel_own, cancel_pending, complete, deliver,
    process, record_offline_payment,
};
pub use correct::{CorrectOrder, correct, correct_own};
pub use figures::{Day, Figures, figures};
pub use list::{
    FulfilmentCounts, OrderQuery, OrderRow, OrderSort, PaymentFilter, list, list_and_count, list_of, list_of_user,
};
pub use read::{access_key, for_staff, for_visitor, of, own, with_payments};
pub use ship::{ShipItem, ShipOrder, ship};
pub use step::{OfflineStep, Step};
pub use unpaid::check_unpaid;
pub use view::{OrderItem, OrderView, Shipment, ShippedItem};
