//! Payments: the gateway, what became of each payment, refunds.
//!
//! An order is paid in attempts, of which one at most is open. [`begin()`] asks the gateway for what somebody wishes to
//! pay with, a page or what an app needs; [`pay_again()`] makes another attempt. [`settle()`] finds out what became of
//! an attempt and moves the order ([`order_paid`]): the shopper's return ([`came_back`]), the [`webhook`] and the
//! reconciler ([`reconcile()`]) all call it, and it acts once. [`preview_refund`] says what a refund would come to,
//! [`refund`] and [`refund_in_full`] give money back, each with its [`Split`]; what was paid offline, staff hand over
//! and say so ([`handed_back`]). A customer who is signed in may keep [`cards`] with the provider. [`compare`] holds
//! Stripe's statement against our books, and [`repair`] puts right what differs. Nobody else writes the tables
//! `payments` and `refunds`, but for an order's first payment, which is written together with the order.
//!
//! The promise: whatever fails, whenever, there is one order for what was paid, and no charge without an order. Nothing
//! is ever concluded from a missing answer.

mod attempt;
mod begin_payment;
mod captured;
pub mod cards;
mod customers;
mod details;
mod differences;
mod end_attempts;
mod gateway;
mod gateway_request;
mod hand_back;
mod list;
mod next_attempt;
mod of_order;
mod pay_again;
mod reconcile;
mod refunds;
mod retry;
mod send_refund;
mod settle;
mod split;
mod statement;
mod told;
mod view;
pub mod webhook;

pub(crate) use attempt::NewPayment;
pub use attempt::{Method, PaymentState, Provider};
pub use begin_payment::{AppCustomer, Begun, IntentBegun, Prepared, Wish, begin, begin_prepared};
pub(crate) use begin_payment::{held_until, open_until};
pub use captured::{Captured, captured};
pub use details::{PaymentDetails, own_payment, payment, refund_made};
pub use differences::{
    Compared, ComparisonSummary, Difference, DifferenceKind, DifferenceQuery, DifferenceStatus, DismissDifference,
    Repair, Repaired, compare, comparison_summary, difference, differences, differences_for_export, dismiss,
    enqueue_compare, open_differences, repair,
};
pub(crate) use end_attempts::{Ended, end_begun};
pub(crate) use gateway::{Failure, RefundSeen};
pub use gateway::{Gateway, GatewayConfig, ShownIn};
pub(crate) use gateway_request::{GatewayOrder, OrderLine};
pub use hand_back::handed_back;
pub use list::{PaymentQuery, PaymentRow, PaymentSort, Totals, for_export, list, list_of, totals};
pub use of_order::order_paid;
pub(crate) use of_order::{
    attempt_for_correction, close_gateway_payments, drop_offline_payments, expect_offline_payment,
    offline_payment_came, settle_open_payments,
};
pub use pay_again::pay_again;
pub use reconcile::{Unfinished, lapse, reconcile};
pub(crate) use refunds::ask as ask_for_refund;
pub use refunds::{
    PlannedLine, RefundInput, RefundLine, RefundPlan, RefundState, RefundedLine, RequestedRefund, preview_refund,
    refund, refund_in_full, refund_of_key, request_refund,
};
pub(crate) use send_refund::conclude as conclude_refund;
pub use send_refund::send as send_refund;
pub(crate) use settle::{Seen, conclude};
pub use settle::{Settled, settle};
pub use split::Split;
pub use statement::progress as statement_progress;
pub use statement::{EntryState, StatementProgress};
pub use view::{CameBack, PaymentView, RefundView, attempts, came_back, refunds_of, return_url};
