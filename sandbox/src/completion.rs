//! What a payment, or a card that is kept, means for the Checkout Session it belongs to.
//! <https://docs.stripe.com/payments/checkout/fulfill-orders>

use serde_json::json;

use crate::objects::{IntentStatus, PaymentStatus, SessionStatus};
use crate::state::State;

impl State {
    /// Completes the session once its payment is made or on its way.
    pub fn follow_intent(&mut self, id: &str, intent: &str) {
        let Some(status) = self.intents.get(intent).map(|intent| intent.status) else {
            return;
        };
        let payment_status = match status {
            IntentStatus::Succeeded => PaymentStatus::Paid,
            IntentStatus::Processing | IntentStatus::RequiresCapture => PaymentStatus::Unpaid,
            _ => return,
        };
        let Some(session) = self.sessions.get_mut(id) else {
            return;
        };
        session.status = SessionStatus::Complete;
        session.payment_status = payment_status;
        session.customer_details = Some(json!({
            "address": null,
            "email": session.customer_email,
            "name": null,
            "phone": null,
            "tax_exempt": "none",
            "tax_ids": [],
        }));
        self.emit_for("checkout.session.completed", id);
    }

    /// The outcome of a delayed payment.
    pub fn settle_session(&mut self, id: &str, succeeds: bool) {
        let Some(session) = self.sessions.get_mut(id) else {
            return;
        };
        if succeeds {
            session.payment_status = PaymentStatus::Paid;
        }
        let kind =
            if succeeds { "checkout.session.async_payment_succeeded" } else { "checkout.session.async_payment_failed" };
        self.emit_for(kind, id);
    }

    /// The card of a session is kept. Unless the shop says otherwise it is kept for the shop's own purposes: `limited`.
    /// <https://docs.stripe.com/api/payment_methods/object#payment_method_object-allow_redisplay>
    pub fn complete_keeping(&mut self, id: &str, method: &str) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.status = SessionStatus::Complete;
        session.customer_details = Some(json!({
            "address": null,
            "email": session.customer_email,
            "name": null,
            "phone": null,
            "tax_exempt": "none",
            "tax_ids": [],
        }));
        let redisplay = session.redisplay.unwrap_or("limited");
        if let Some(method) = self.methods.get_mut(method) {
            method.allow_redisplay = redisplay;
        }
        self.emit_for("checkout.session.completed", id);
    }
}
