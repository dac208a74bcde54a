//! What a shopper does on the hosted page.

use serde::{Deserialize, Serialize};

use crate::errors::ApiError;
use crate::intents::NewIntent;
use crate::objects::Session;
use crate::state::State;

/// A button of the hosted page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    Pay,
    Decline,
    InsufficientFunds,
    /// The bank asks the shopper to authenticate; the session stays open until then.
    NeedsAuthentication,
    /// The session completes unpaid; the money arrives after a while.
    PayLater,
    /// The session completes unpaid; the money never arrives.
    FailLater,
}

impl Way {
    /// The test payment method that behaves so.
    fn method(self) -> &'static str {
        match self {
            Self::Pay => "pm_card_visa",
            Self::Decline => "pm_card_chargeDeclined",
            Self::InsufficientFunds => "pm_card_chargeDeclinedInsufficientFunds",
            Self::NeedsAuthentication => "pm_card_authenticationRequired",
            Self::PayLater => "pm_usBankAccount_success",
            Self::FailLater => "pm_usBankAccount_insufficientFunds",
        }
    }
}

impl State {
    /// One attempt on the hosted page. A refused card is an error, and the page stays open.
    pub fn pay_session(&mut self, id: &str, way: Way) -> Result<(), ApiError> {
        self.pay_session_with(id, way.method())
    }

    pub fn pay_session_with(&mut self, id: &str, method: &str) -> Result<(), ApiError> {
        self.tick();
        let Some(session) = self.sessions.get(id) else {
            return Err(ApiError::no_such("checkout.session", id, "session"));
        };
        if !session.is_open() {
            return Err(ApiError::invalid(format!(
                "This Checkout Session is {} and can no longer be paid.",
                session.status.as_str()
            )));
        }
        let public_url = session.page_url.rsplit_once("/pay/").map_or("", |(base, _)| base).to_owned();
        if let Some(setup) = session.setup.clone() {
            return self.keep_on_page(&setup, method, &public_url);
        }
        let intent = self.session_intent(id)?;
        let customer = self.intents.get(&intent).and_then(|intent| intent.customer.clone());
        let method = self.method_for(method, customer.as_deref())?;
        self.attempt(&intent, &method, &public_url)?;
        self.follow_intent(id, &intent);
        Ok(())
    }

    /// The shopper ticked "keep this card for next time".
    /// It may then be offered again: <https://docs.stripe.com/payments/checkout/save-during-payment>
    pub fn keep_card(&mut self, id: &str) {
        let allowed = self
            .sessions
            .get_mut(id)
            .filter(|session| session.is_open() && session.saves_cards && session.customer.is_some());
        if let Some(session) = allowed {
            session.intent_data.setup_future_usage.get_or_insert("on_session");
            session.keeps_card = true;
            let usage = session.intent_data.setup_future_usage;
            let intent = session.intent.clone();
            if let Some(intent) = intent.and_then(|id| self.intents.get_mut(&id)) {
                intent.setup_future_usage = usage;
            }
        }
    }

    /// The end of "needs authentication".
    pub fn authenticate_intent(&mut self, id: &str, succeeds: bool) -> Result<(), ApiError> {
        self.tick();
        self.authenticate(id, succeeds)?;
        let session = self.intents.get(id).and_then(|intent| intent.session.clone());
        if let Some(session) = session {
            self.follow_intent(&session, id);
        }
        Ok(())
    }

    /// The session's PaymentIntent, made at the first attempt to pay, as Stripe does since
    /// 2022-08-01: <https://docs.stripe.com/upgrades#2022-08-01>.
    fn session_intent(&mut self, id: &str) -> Result<String, ApiError> {
        let Some(session) = self.sessions.get(id) else {
            return Err(ApiError::no_such("checkout.session", id, "session"));
        };
        if let Some(intent) = &session.intent {
            return Ok(intent.clone());
        }
        let session = session.clone();
        let customer = match session.customer {
            Some(customer) => Some(customer),
            None if session.creates_customer => Some(self.new_customer(session.customer_email.clone(), None)),
            None => None,
        };
        let data = session.intent_data;
        let intent = self.new_intent(NewIntent {
            amount: self.sessions.get(id).map_or(0, Session::total),
            currency: session.currency,
            capture_method: data.capture_method.unwrap_or("automatic_async"),
            confirmation_method: "automatic",
            customer: customer.clone(),
            description: data.description,
            metadata: data.metadata,
            method: None,
            method_types: session.method_types,
            automatic: None,
            receipt_email: data.receipt_email,
            setup_future_usage: data.setup_future_usage,
            shipping: data.shipping,
            statement_descriptor: data.statement_descriptor,
            statement_descriptor_suffix: data.statement_descriptor_suffix,
            session: Some(id.to_owned()),
        });
        if let Some(session) = self.sessions.get_mut(id) {
            session.intent = Some(intent.clone());
            session.customer = customer;
        }
        Ok(intent)
    }
}
