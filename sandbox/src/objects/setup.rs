//! A payment method on its way to being kept. <https://docs.stripe.com/api/setup_intents/object>

use serde_json::{Value, json};

use super::intent::next_action;
use crate::errors::ApiError;
use crate::params::Metadata;
use crate::table::Record;

#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub id: String,
    pub created: i64,
    pub client_secret: String,
    pub status: SetupStatus,
    pub customer: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub method: Option<String>,
    pub method_types: Vec<String>,
    pub automatic: Option<&'static str>,
    pub usage: &'static str,
    pub return_url: Option<String>,
    pub authenticate_url: Option<String>,
    pub last_error: Option<Value>,
    pub cancellation_reason: Option<&'static str>,
    /// The Checkout Session it belongs to.
    pub session: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetupStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Canceled,
    Succeeded,
}

impl SetupStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Canceled => "canceled",
            Self::Succeeded => "succeeded",
        }
    }
}

impl Record for Setup {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Setup {
    pub fn render(&self) -> Value {
        json!({
            "id": self.id,
            "object": "setup_intent",
            "application": null,
            "automatic_payment_methods": self.automatic.map(|redirects| json!({
                "allow_redirects": redirects,
                "enabled": true,
            })),
            "cancellation_reason": self.cancellation_reason,
            "client_secret": self.client_secret,
            "created": self.created,
            "customer": self.customer,
            "description": self.description,
            "flow_directions": null,
            "last_setup_error": self.last_error,
            "latest_attempt": null,
            "livemode": false,
            "mandate": null,
            "metadata": self.metadata,
            "next_action": next_action(self.authenticate_url.as_deref(), self.return_url.as_deref()),
            "on_behalf_of": null,
            "payment_method": self.method,
            "payment_method_configuration_details": null,
            "payment_method_options": null,
            "payment_method_types": self.method_types,
            "single_use_mandate": null,
            "status": self.status.as_str(),
            "usage": self.usage,
        })
    }

    /// <https://docs.stripe.com/error-codes#setup-intent-unexpected-state>
    pub fn unexpected_state(&self, act: &str) -> ApiError {
        ApiError::invalid(format!(
            "You cannot {act} this SetupIntent because it has a status of {}.",
            self.status.as_str()
        ))
        .code("setup_intent_unexpected_state")
        .with("setup_intent", self.render())
    }
}
