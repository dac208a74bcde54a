//! Payments: the gateway, what became of each payment, refunds.
//!
//! An order is paid in attempts, of which one at most is open. [`begin()`] asks the gateway for what somebody wishes to pay
//! with, a page or what an app needs; [`pay_again`] makes another attempt. [`settle()`] finds out what became of an
//! attempt and moves the order ([`order_paid`]): the shopper's return ([`came_back`]), the [`webhook`] and the reconciler
//! ([`reconcile()`]) all call it, and it acts once. [`preview_refund`] says what a refund would come to, [`refund`] and
//! [`refund_in_full`] give money back, each with its [`Split`]; what was paid offline, staff hand over and say so
//! ([`handed_back`]). A customer who is signed in may keep [`cards`] with the provider. [`compare`] holds Stripe's ledger
//! against our books, and [`repair`] puts right what differs. Nobody else writes the tables `payments` and `refunds`, but for
//! an order's first payment, which is written together with the order.
//!
//! The promise: whatever fails, whenever, there is one order for what was paid, and no charge without an order. Nothing is
//! ever concluded from a missing answer.

mod again;
mod attempt;
mod begin;
mod by_hand;
pub mod cards;
mod customers;
mod differences;
mod ended;
mod for_staff;
mod gateway;
mod ledger;
mod next;
mod of_order;
mod overview;
mod patience;
mod reconcile;
mod refunds;
mod sending;
mod settle;
mod split;
mod taken;
mod terms;
mod views;
pub mod webhook;

pub use again::pay_again;
pub(crate) use attempt::NewPayment;
pub use attempt::{Method, PaymentState};
pub use begin::{AppCustomer, Begun, IntentBegun, Wish, begin};
pub use by_hand::handed_back;
pub use differences::{
    Compared, Difference, DifferenceKind, DifferenceQuery, DifferenceStatus, Dismissal, Repair, Repaired, Standing,
    compare, compare_soon, difference, differences, differences_for_export, dismiss, open_differences, repair,
    standing,
};
pub(crate) use ended::{Ended, end_begun};
pub use for_staff::{PaymentDetails, own_payment, payment, refund_made};
pub(crate) use gateway::{Failure, RefundSeen, RefundStatus};
pub use gateway::{Gateway, GatewayConfig, ShownIn};
pub use ledger::{Reading, reading};
pub use of_order::order_paid;
pub(crate) use of_order::{
    attempt_for_correction, close_gateway_payments, drop_offline_payments, expect_offline_payment,
    offline_payment_came, settle_open_payments,
};
pub use overview::{PaymentQuery, PaymentRow, PaymentSort, Totals, for_export, list, list_of, totals};
pub use reconcile::{Found, lapse, reconcile};
pub use refunds::{
    Asked, Cause, PlannedLine, RefundInput, RefundLine, RefundPlan, RefundedLine, preview_refund, refund,
    refund_in_full, refund_of_key, refund_once,
};
pub(crate) use refunds::{ask as ask_for_refund, in_words};
pub(crate) use sending::conclude as conclude_refund;
pub use sending::send as send_refund;
pub(crate) use settle::{Seen, conclude};
pub use settle::{Settled, settle};
pub use split::Split;
pub use taken::{Taken, taken};
pub use views::{CameBack, PaymentView, RefundView, attempts, came_back, refunds_of, return_url};
