//! PaymentIntents: one payment through all its attempts. <https://docs.stripe.com/api/payment_intents>
//!
//! The life: `requires_payment_method → requires_confirmation → (requires_action | processing) →
//! (requires_capture →) succeeded`, or `canceled`; a declined attempt goes back to the start.
//! <https://docs.stripe.com/payments/paymentintents/lifecycle>

mod api;
mod create;
mod flow;
mod input;

pub(crate) use api::{cancel, capture, confirm, list, retrieve, search, update};
pub(crate) use create::{NewIntent, create};
pub(crate) use input::{Confirmation, automatic_methods, method_types, no_method};
