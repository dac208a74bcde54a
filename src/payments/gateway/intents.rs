//! PaymentIntents: what mobile apps pay with, and what lies behind every Checkout Session.
//! <https://docs.stripe.com/api/payment_intents>

use super::{Failure, Gateway, GatewayError, under};
use crate::{Currency, Money};
use std::collections::HashMap;
use stripe::StripeRequest;
use stripe_core::payment_intent::{
    CancelPaymentIntent, CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods, RetrievePaymentIntent,
};
use stripe_shared::{PaymentIntent, PaymentIntentSetupFutureUsage, PaymentIntentStatus};

#[derive(Debug, Clone)]
pub(crate) struct NewIntent {
    pub key: String,
    pub order_id: String,
    pub payment_id: String,
    pub order_number: String,
    pub email: String,
    /// Whose kept cards are offered.
    pub customer: Option<String>,
    /// The card is kept, whatever the shopper ticks.
    pub keeps_card: bool,
    pub amount: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntentStatus {
    /// Waits for the shopper: a method, a confirmation, an authentication.
    Open,
    /// The money is on its way.
    Processing,
    Succeeded,
    Canceled,
}

/// An intent as it stands.
#[derive(Debug, Clone)]
pub(crate) struct IntentSeen {
    pub id: String,
    pub status: IntentStatus,
    pub received: Money,
    pub livemode: bool,
    pub client_secret: Option<String>,
    pub failure: Option<Failure>,
}

impl Gateway {
    pub(crate) async fn create_intent(&self, new: &NewIntent) -> Result<IntentSeen, GatewayError> {
        let metadata = HashMap::from([
            ("order_id".to_owned(), new.order_id.clone()),
            ("payment_id".to_owned(), new.payment_id.clone()),
            ("order_number".to_owned(), new.order_number.clone()),
        ]);
        let mut request = CreatePaymentIntent::new(new.amount.minor, currency(new.amount.currency))
            .automatic_payment_methods(CreatePaymentIntentAutomaticPaymentMethods::new(true))
            .description(format!("Order {}", new.order_number))
            .receipt_email(&new.email)
            .metadata(metadata);
        if let Some(customer) = &new.customer {
            request = request.customer(customer);
        }
        if new.keeps_card {
            // for the shopper's next visit; nothing is ever charged without the shopper there
            request = request.setup_future_usage(PaymentIntentSetupFutureUsage::OnSession);
        }
        IntentSeen::try_from(request.customize().request_strategy(under(&new.key)?).send(self.client()).await?)
    }

    pub(crate) async fn retrieve_intent(&self, id: &str) -> Result<IntentSeen, GatewayError> {
        IntentSeen::try_from(RetrievePaymentIntent::new(id).send(self.client()).await?)
    }

    /// Closes the intent for good. A definite refusal means that it was not open any more.
    pub(crate) async fn cancel_intent(&self, id: &str) -> Result<(), GatewayError> {
        CancelPaymentIntent::new(id).send(self.client()).await?;
        Ok(())
    }
}

/// Stripe writes currencies in lower case.
pub(super) fn currency(currency: Currency) -> stripe_types::Currency {
    let code = currency.code().to_ascii_lowercase();
    code.parse().unwrap_or(stripe_types::Currency::Unknown(code))
}

pub(super) fn status(status: &PaymentIntentStatus) -> Option<IntentStatus> {
    match status {
        PaymentIntentStatus::Succeeded => Some(IntentStatus::Succeeded),
        PaymentIntentStatus::Canceled => Some(IntentStatus::Canceled),
        // We never ask for manual capture; one that waits for it counts as on its way.
        PaymentIntentStatus::Processing | PaymentIntentStatus::RequiresCapture => Some(IntentStatus::Processing),
        PaymentIntentStatus::RequiresAction
        | PaymentIntentStatus::RequiresConfirmation
        | PaymentIntentStatus::RequiresPaymentMethod => Some(IntentStatus::Open),
        _ => None,
    }
}

impl TryFrom<PaymentIntent> for IntentSeen {
    type Error = GatewayError;

    fn try_from(intent: PaymentIntent) -> Result<Self, GatewayError> {
        let unclear = |what: String| GatewayError::Unknown { status: None, reason: format!("intent with {what}") };
        let status = status(&intent.status).ok_or_else(|| unclear(format!("status {}", intent.status.as_str())))?;
        let code = intent.currency.to_string();
        let currency = Currency::parse(&code).ok_or_else(|| unclear(format!("currency {code}")))?;
        Ok(Self {
            id: intent.id.to_string(),
            status,
            received: Money::new(intent.amount_received, currency),
            livemode: intent.livemode,
            client_secret: intent.client_secret,
            failure: intent.last_payment_error.as_deref().map(Failure::from),
        })
    }
}
