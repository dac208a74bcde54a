//! One payment through all its attempts. <https://docs.stripe.com/api/payment_intents/object>

use serde_json::{Value, json};

use super::method::Method;
use crate::errors::ApiError;
use crate::params::Metadata;
use crate::table::Record;

#[derive(Debug, Clone)]
pub(crate) struct Intent {
    pub id: String,
    pub created: i64,
    pub client_secret: String,
    pub amount: i64,
    pub amount_capturable: i64,
    pub amount_received: i64,
    pub currency: String,
    pub status: IntentStatus,
    pub capture_method: &'static str,
    pub confirmation_method: &'static str,
    pub customer: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub method: Option<String>,
    pub method_types: Vec<String>,
    /// Whether methods that send the shopper elsewhere are allowed: `always` or `never`.
    /// None where the request named the method types itself.
    pub automatic: Option<&'static str>,
    pub latest_charge: Option<String>,
    pub last_error: Option<Value>,
    pub return_url: Option<String>,
    /// Where the shopper authenticates, while `requires_action`.
    pub authenticate_url: Option<String>,
    /// The method with which the shopper authenticated, where the server has to confirm once more.
    pub authenticated: Option<String>,
    /// The shopper ticked "keep this card" in the element.
    pub keeps_card: bool,
    pub receipt_email: Option<String>,
    pub setup_future_usage: Option<&'static str>,
    pub shipping: Option<Value>,
    pub statement_descriptor: Option<String>,
    pub statement_descriptor_suffix: Option<String>,
    pub canceled_at: Option<i64>,
    pub cancellation_reason: Option<&'static str>,
    /// The Checkout Session this payment belongs to.
    pub session: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    RequiresCapture,
    Canceled,
    Succeeded,
}

impl IntentStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::RequiresCapture => "requires_capture",
            Self::Canceled => "canceled",
            Self::Succeeded => "succeeded",
        }
    }
}

impl Record for Intent {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Intent {
    pub fn captures_by_hand(&self) -> bool {
        self.capture_method == "manual"
    }

    pub fn confirms_by_hand(&self) -> bool {
        self.confirmation_method == "manual"
    }

    pub fn render(&self) -> Value {
        json!({
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_capturable": self.amount_capturable,
            "amount_details": { "tip": {} },
            "amount_received": self.amount_received,
            "application": null,
            "application_fee_amount": null,
            "automatic_payment_methods": self.automatic.map(|redirects| json!({
                "allow_redirects": redirects,
                "enabled": true,
            })),
            "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason,
            "capture_method": self.capture_method,
            "client_secret": self.client_secret,
            "confirmation_method": self.confirmation_method,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "last_payment_error": self.last_error,
            "latest_charge": self.latest_charge,
            "livemode": false,
            "metadata": self.metadata,
            "next_action": next_action(self.authenticate_url.as_deref(), self.return_url.as_deref()),
            "on_behalf_of": null,
            "payment_method": self.method,
            "payment_method_configuration_details": null,
            "payment_method_options": null,
            "payment_method_types": self.method_types,
            "processing": null,
            "receipt_email": self.receipt_email,
            "review": null,
            "setup_future_usage": self.setup_future_usage,
            "shipping": self.shipping,
            "source": null,
            "statement_descriptor": self.statement_descriptor,
            "statement_descriptor_suffix": self.statement_descriptor_suffix,
            "status": self.status.as_str(),
            "transfer_data": null,
            "transfer_group": null,
        })
    }

    /// Whether it may be paid with a method of this kind: all, unless the request named the kinds itself.
    pub fn takes(&self, method: &Method) -> bool {
        self.automatic.is_some() || self.method_types.iter().any(|kind| kind == method.kind())
    }

    /// <https://docs.stripe.com/error-codes#payment-intent-unexpected-state>
    pub fn unexpected_state(&self, act: &str, allowed: &str) -> ApiError {
        ApiError::invalid(format!(
            "This PaymentIntent's {act} because it has a status of {}. Only a PaymentIntent with \
             one of the following statuses may be {allowed}.",
            self.status.as_str(),
        ))
        .code("payment_intent_unexpected_state")
        .with("payment_intent", self.render())
    }
}

/// Where the shopper authenticates, of an intent that `requires_action`.
pub(crate) fn next_action(url: Option<&str>, return_url: Option<&str>) -> Value {
    match (url, return_url) {
        (None, _) => Value::Null,
        (Some(url), Some(return_url)) => json!({
            "type": "redirect_to_url",
            "redirect_to_url": { "url": url, "return_url": return_url },
        }),
        // Without a return address the client library authenticates in place.
        (Some(url), None) => json!({
            "type": "use_stripe_sdk",
            "use_stripe_sdk": { "type": "stripe_3ds2_fingerprint", "stripe_js": url },
        }),
    }
}
