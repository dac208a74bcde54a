//! Stripe's objects, as the sandbox remembers them and as the API shows them. What happens to them is said further up:
//! `charges`, `intents`, `refunds` …

mod access;
mod charge;
mod customer;
mod dispute;
mod entry;
mod event;
mod intent;
mod method;
mod refund;
mod session;
mod setup;
mod webhook_endpoint;

pub(crate) use access::{CustomerSession, EphemeralKey};
pub(crate) use charge::{Charge, ChargeStatus};
pub(crate) use customer::Customer;
pub(crate) use dispute::{Dispute, DisputeStatus, EVIDENCE};
pub(crate) use entry::Entry;
pub(crate) use event::{API_VERSION, Event, EventRequest, kind_matches};
pub(crate) use intent::{Intent, IntentStatus};
pub(crate) use method::{Behaviour, Decline, Method, REDISPLAY, no_billing_details};
pub(crate) use refund::{Refund, RefundStatus};
pub(crate) use session::{IntentData, Item, PaymentStatus, Session, SessionStatus};
pub(crate) use setup::{Setup, SetupStatus};
pub(crate) use webhook_endpoint::WebhookEndpoint;
