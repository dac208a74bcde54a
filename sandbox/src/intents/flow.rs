//! How a payment goes: attempts, authentication, delayed outcomes, capture, cancellation.

use std::time::Duration;

use serde_json::json;

use super::input::Confirmation;
use crate::errors::ApiError;
use crate::objects::{Behaviour, ChargeStatus, Decline, IntentStatus, Method, PaymentStatus};
use crate::state::{Later, State};

/// How long the bank holds what was authorised and not captured.
const HELD_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

const AUTHENTICATION_FAILED: Decline = Decline {
    code: "payment_intent_authentication_failure",
    decline_code: None,
    message: "The provided PaymentMethod has failed authentication. You can provide \
              payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent \
              again.",
};

const AUTHENTICATION_REQUIRED: Decline = Decline {
    code: "authentication_required",
    decline_code: Some("authentication_required"),
    message: "Your card was declined. This transaction requires authentication.",
};

const BANK_REFUSED: Decline = Decline {
    code: "payment_intent_payment_attempt_failed",
    decline_code: None,
    message: "The customer's account has insufficient funds to cover this payment.",
};

impl State {
    /// Confirms as a client does that holds the intent's secret; the shopper may keep the card.
    pub fn confirm_with_secret(
        &mut self,
        id: &str,
        method: &str,
        confirmation: &Confirmation,
        keeps: bool,
    ) -> Result<(), ApiError> {
        let Some(intent) = self.intents.get_mut(id) else {
            return Err(ApiError::no_such("payment_intent", id, "intent"));
        };
        if !matches!(
            intent.status,
            IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation | IntentStatus::RequiresAction
        ) {
            return Err(intent.unexpected_state(
                "payment could not be confirmed",
                "confirmed: requires_confirmation, requires_action, requires_payment_method",
            ));
        }
        if keeps {
            intent.setup_future_usage.get_or_insert("on_session");
            intent.keeps_card = true;
        }
        let public_url =
            self.config.public_url.as_ref().map_or(String::new(), |url| url.as_str().trim_end_matches('/').to_owned());
        self.confirm(id, method, confirmation, &public_url)
    }

    /// Confirms by API. A card that is refused is an error 402.
    pub(super) fn confirm(
        &mut self,
        id: &str,
        method_id: &str,
        confirmation: &Confirmation,
        public_url: &str,
    ) -> Result<(), ApiError> {
        let customer = self.intents.get(id).and_then(|intent| intent.customer.clone());
        let method = self.method_for(method_id, customer.as_deref())?;
        let asks = self.asks_to_authenticate(id, &method);
        if asks && (confirmation.off_session || confirmation.error_on_requires_action) {
            return Err(self.refuse_payment(id, &method, AUTHENTICATION_REQUIRED));
        }
        if let Some(intent) = self.intents.get_mut(id) {
            intent.return_url = confirmation.return_url.clone();
        }
        self.attempt(id, &method, public_url)
    }

    fn asks_to_authenticate(&self, id: &str, method: &Method) -> bool {
        let Some(intent) = self.intents.get(id) else { return false };
        if intent.authenticated.as_ref() == Some(&method.id) {
            return false;
        }
        let saves = intent.setup_future_usage.is_some();
        match method.behaviour {
            Behaviour::NeedsAuthentication => true,
            Behaviour::NeedsAuthenticationUnlessSaved => saves || !method.saved,
            _ => false,
        }
    }

    /// One attempt to pay `id` with `method`.
    pub fn attempt(&mut self, id: &str, method: &Method, public_url: &str) -> Result<(), ApiError> {
        if let Some(intent) = self.intents.get(id).filter(|intent| !intent.takes(method)) {
            return Err(ApiError::invalid(format!(
                "The PaymentMethod provided ({}) is not allowed for this PaymentIntent. Please attempt again with a \
                 payment method of one of the following types: {}.",
                method.kind(),
                intent.method_types.join(", ")
            ))
            .param("payment_method"));
        }
        if let Some(intent) = self.intents.get_mut(id) {
            intent.method = Some(method.id.clone());
            intent.last_error = None;
            intent.authenticate_url = None;
        }
        if self.asks_to_authenticate(id, method) {
            if let Some(intent) = self.intents.get_mut(id) {
                intent.status = IntentStatus::RequiresAction;
                intent.authenticate_url = Some(format!("{public_url}/authenticate/{id}"));
            }
            self.emit_for("payment_intent.requires_action", id);
            return Ok(());
        }
        match method.behaviour {
            Behaviour::Declined(decline) | Behaviour::DeclinedOnceSaved(decline) => {
                Err(self.refuse_payment(id, method, decline))
            }
            Behaviour::Delayed { succeeds } => {
                self.await_payment(id, method);
                let settle = Later::SettleIntent { intent: id.to_owned(), succeeds };
                self.later(self.config.pay_later_after, settle);
                Ok(())
            }
            _ => {
                self.take_payment(id, method);
                Ok(())
            }
        }
    }

    /// The shopper authenticated, or failed to.
    pub fn authenticate(&mut self, id: &str, succeeds: bool) -> Result<(), ApiError> {
        let Some(intent) = self.intents.get(id) else {
            return Err(ApiError::no_such("payment_intent", id, "intent"));
        };
        if intent.status != IntentStatus::RequiresAction {
            return Err(
                intent.unexpected_state("authentication could not be completed", "authenticated: requires_action")
            );
        }
        let method_id = intent.method.clone().unwrap_or_default();
        let method = self.method(&method_id, "payment_method")?;
        if let Some(intent) = self.intents.get_mut(id) {
            intent.authenticate_url = None;
        }
        if succeeds {
            match self.intents.get_mut(id).filter(|intent| intent.confirms_by_hand()) {
                // the server initiates each attempt, also the one after this
                Some(intent) => {
                    intent.status = IntentStatus::RequiresConfirmation;
                    intent.authenticated = Some(method.id);
                }
                None => self.take_payment(id, &method),
            }
            Ok(())
        } else {
            // No charge is made: the bank was never asked.
            Err(self.fail_intent(id, &method, AUTHENTICATION_FAILED, None))
        }
    }

    fn take_payment(&mut self, id: &str, method: &Method) {
        let Some(charge) = self.charge(id, method, ChargeStatus::Succeeded, None) else {
            return;
        };
        self.keep_method(id, &method.id);
        if let Some(method) = self.methods.get_mut(&method.id) {
            method.spent = method.customer.is_none();
        }
        self.hold_or_enter(id, &charge);
        self.emit_for("charge.succeeded", &charge);
        self.payment_arrived(id);
        match method.behaviour {
            Behaviour::Disputed(reason) => drop(self.dispute(&charge, reason)),
            Behaviour::Inquired(reason) => drop(self.inquire(&charge, reason)),
            _ => {}
        }
    }

    /// Captured money reaches the balance; an authorisation is held for seven days.
    /// <https://docs.stripe.com/payments/place-a-hold-on-a-payment-method>
    fn hold_or_enter(&mut self, id: &str, charge_id: &str) {
        let Some(intent) = self.intents.get(id) else {
            return;
        };
        if !intent.captures_by_hand() {
            let asynchronously = intent.capture_method == "automatic_async";
            self.captured(charge_id, asynchronously);
            return;
        }
        let lapse = Later::ExpireAuthorization { intent: id.to_owned(), charge: charge_id.to_owned() };
        self.later(HELD_FOR, lapse);
        if let Some(charge) = self.charges.get_mut(charge_id) {
            let held = i64::try_from(HELD_FOR.as_secs()).unwrap_or(i64::MAX);
            charge.capture_before = Some(charge.created.saturating_add(held));
        }
    }

    /// Nobody captured it in time: released, and the intent is over.
    pub fn expire_authorization(&mut self, id: &str, charge: &str) {
        let waits = self.intents.get(id).is_some_and(|intent| {
            intent.status == IntentStatus::RequiresCapture && intent.latest_charge.as_deref() == Some(charge)
        });
        if waits {
            self.emit_for("charge.expired", charge);
            self.cancel_intent(id, Some("expired"));
        }
    }

    /// Moves an intent whose charge succeeded to `succeeded`, or to `requires_capture`.
    fn payment_arrived(&mut self, id: &str) {
        let Some(intent) = self.intents.get_mut(id) else {
            return;
        };
        let by_hand = intent.captures_by_hand();
        if by_hand {
            intent.status = IntentStatus::RequiresCapture;
            intent.amount_capturable = intent.amount;
        } else {
            intent.status = IntentStatus::Succeeded;
            intent.amount_received = intent.amount;
        }
        let kind = if by_hand { "payment_intent.amount_capturable_updated" } else { "payment_intent.succeeded" };
        self.emit_for(kind, id);
    }

    /// A method used with `setup_future_usage` is saved to the customer.
    fn keep_method(&mut self, intent_id: &str, method_id: &str) {
        let Some(intent) = self.intents.get(intent_id) else {
            return;
        };
        let session = intent.session.as_ref().and_then(|id| self.sessions.get(id));
        let ticked = intent.keeps_card || session.is_some_and(|session| session.keeps_card);
        if intent.setup_future_usage.is_some()
            && let Some(customer) = intent.customer.clone()
        {
            self.attach(method_id, &customer);
            // The shopper agreed to see it again, or the shop keeps it for its own purposes.
            let redisplay = if ticked { "always" } else { "limited" };
            if let Some(method) =
                self.methods.get_mut(method_id).filter(|method| method.allow_redisplay == "unspecified")
            {
                method.allow_redisplay = redisplay;
            }
        }
    }

    fn await_payment(&mut self, id: &str, method: &Method) {
        let charge = self.charge(id, method, ChargeStatus::Pending, None);
        if let Some(intent) = self.intents.get_mut(id) {
            intent.status = IntentStatus::Processing;
        }
        if let Some(charge) = charge {
            self.emit_for("charge.pending", &charge);
        }
        self.emit_for("payment_intent.processing", id);
    }

    /// A delayed payment arrives, or does not.
    pub fn settle_intent(&mut self, id: &str, succeeds: bool) {
        let Some(intent) = self.intents.get(id) else {
            return;
        };
        if intent.status != IntentStatus::Processing {
            return;
        }
        let session = intent.session.clone();
        let charge_id = intent.latest_charge.clone().unwrap_or_default();
        let method_id = intent.method.clone().unwrap_or_default();
        let by_hand = intent.captures_by_hand();
        let failure = (!succeeds).then_some(BANK_REFUSED);
        if let Some(charge) = self.charges.get_mut(&charge_id) {
            charge.failure = failure;
            if succeeds {
                charge.status = ChargeStatus::Succeeded;
                charge.captured = !by_hand;
                charge.amount_captured = if by_hand { 0 } else { charge.amount };
            } else {
                charge.status = ChargeStatus::Failed;
            }
        }
        if succeeds {
            self.hold_or_enter(id, &charge_id);
            self.emit_for("charge.succeeded", &charge_id);
            self.payment_arrived(id);
        } else {
            self.emit_for("charge.failed", &charge_id);
            if let Ok(method) = self.method(&method_id, "payment_method") {
                self.fail_intent(id, &method, BANK_REFUSED, Some(charge_id));
            }
        }
        if let Some(session) = session {
            self.settle_session(&session, succeeds);
        }
    }

    /// The bank says no: a failed charge, and the intent waits for another method.
    fn refuse_payment(&mut self, id: &str, method: &Method, decline: Decline) -> ApiError {
        let charge = self.charge(id, method, ChargeStatus::Failed, Some(decline));
        if let Some(charge) = &charge {
            self.emit_for("charge.failed", charge);
        }
        self.fail_intent(id, method, decline, charge)
    }

    fn fail_intent(&mut self, id: &str, method: &Method, decline: Decline, charge: Option<String>) -> ApiError {
        let mut error = decline.error().with("payment_method", method.render());
        if let Some(charge) = charge {
            error = error.with("charge", json!(charge));
        }
        if let Some(intent) = self.intents.get_mut(id) {
            intent.status = IntentStatus::RequiresPaymentMethod;
            intent.method = None;
            intent.last_error = Some(error.object());
        }
        self.emit_for("payment_intent.payment_failed", id);
        match self.render(id) {
            Some(object) => error.with("payment_intent", object),
            None => error,
        }
    }

    /// Takes all or part of what was authorised; the rest is released.
    pub(super) fn capture(&mut self, id: &str, amount: i64) {
        let Some(intent) = self.intents.get_mut(id) else {
            return;
        };
        intent.status = IntentStatus::Succeeded;
        intent.amount_received = amount;
        intent.amount_capturable = 0;
        let session = intent.session.clone();
        let charge_id = intent.latest_charge.clone().unwrap_or_default();
        if let Some(charge) = self.charges.get_mut(&charge_id) {
            charge.captured = true;
            charge.amount_captured = amount;
        }
        self.captured(&charge_id, false);
        self.emit_for("charge.captured", &charge_id);
        self.emit_for("payment_intent.succeeded", id);
        if let Some(session) = session.and_then(|id| self.sessions.get_mut(&id)) {
            session.payment_status = PaymentStatus::Paid;
        }
    }

    /// Ends an intent for good; an authorisation is released.
    pub fn cancel_intent(&mut self, id: &str, reason: Option<&'static str>) {
        let now = self.now();
        let Some(intent) = self.intents.get_mut(id) else {
            return;
        };
        let authorised = intent.status == IntentStatus::RequiresCapture;
        intent.status = IntentStatus::Canceled;
        intent.canceled_at = Some(now);
        intent.cancellation_reason = reason;
        intent.amount_capturable = 0;
        intent.authenticate_url = None;
        let charge_id = intent.latest_charge.clone().unwrap_or_default();
        if authorised && let Some(charge) = self.charges.get_mut(&charge_id) {
            charge.refunded = true;
            charge.amount_refunded = charge.amount;
            self.emit_for("charge.refunded", &charge_id);
        }
        self.emit_for("payment_intent.canceled", id);
    }
}
