//! What a sandbox took before it was stopped. It keeps nothing itself, so a shop that starts it anew tells it from its
//! own books; refunds of what was paid yesterday then go as they would at Stripe.

use crate::errors::ApiError;
use crate::intents::NewIntent;
use crate::money;
use crate::params::Metadata;
use crate::sandbox::Sandbox;
use crate::state::State;

/// A payment that succeeded.
#[derive(Debug, Clone)]
pub struct PastPayment {
    /// The intent's id: `pi_…`.
    pub intent: String,
    /// In minor units.
    pub amount: i64,
    /// In lower case.
    pub currency: String,
    pub refunds: Vec<PastRefund>,
}

#[derive(Debug, Clone)]
pub struct PastRefund {
    pub amount: i64,
    pub metadata: Vec<(String, String)>,
}

impl Sandbox {
    /// Knows these payments from now on; those that it knows already stay as they are. No webhook tells of them.
    pub fn remember(&self, past: &[PastPayment]) {
        let mut state = self.shared.lock();
        let endpoints = std::mem::take(&mut state.endpoints);
        for payment in past {
            if let Err(e) = state.remember(payment) {
                tracing::warn!(intent = payment.intent, "a payment cannot be remembered: {}", e.message());
            }
        }
        state.endpoints = endpoints;
    }
}

impl State {
    fn remember(&mut self, past: &PastPayment) -> Result<(), ApiError> {
        if self.intents.get(&past.intent).is_some() {
            return Ok(());
        }
        let currency = money::currency(&past.currency, "currency")?;
        let method = self.method("pm_card_visa", "payment_method")?;
        let new = NewIntent::of_card(past.amount, currency, &method.id);
        self.open_intent(past.intent.clone(), new);
        self.attempt(&past.intent, &method, "")?;
        let charge = self.intents.get(&past.intent).and_then(|intent| intent.latest_charge.clone()).unwrap_or_default();
        for refund in &past.refunds {
            let metadata: Metadata = refund.metadata.iter().cloned().collect();
            self.refund(&charge, Some(refund.amount), None, metadata)?;
        }
        Ok(())
    }
}
