//! What a message is about.

use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Payment,
    Refund,
    Dispute,
}

impl Subject {
    /// By the message's type and its object. `None`: it is kept, and that is all.
    pub fn of(kind: &str, object: &Value) -> Option<Self> {
        // a page on which a card was kept takes no money
        if object["mode"] == "setup" {
            return None;
        }
        match kind {
            "checkout.session.completed"
            | "checkout.session.async_payment_succeeded"
            | "checkout.session.async_payment_failed"
            | "checkout.session.expired"
            | "payment_intent.succeeded"
            | "payment_intent.processing"
            | "payment_intent.payment_failed"
            | "payment_intent.canceled" => Some(Self::Payment),
            "charge.refunded" | "charge.refund.updated" => Some(Self::Refund),
            kind if kind.starts_with("refund.") => Some(Self::Refund),
            kind if kind.starts_with("charge.dispute.") => Some(Self::Dispute),
            _ => None,
        }
    }
}
