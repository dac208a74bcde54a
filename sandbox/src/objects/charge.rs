//! One attempt to take money. <https://docs.stripe.com/api/charges/object>

use serde_json::{Value, json};

use super::method::Decline;
use crate::params::Metadata;
use crate::table::Record;

#[derive(Debug, Clone)]
pub(crate) struct Charge {
    pub id: String,
    pub created: i64,
    pub amount: i64,
    pub amount_captured: i64,
    pub amount_refunded: i64,
    pub currency: String,
    pub captured: bool,
    pub status: ChargeStatus,
    pub disputed: bool,
    /// Given back as a whole, be it by refunds or by releasing an authorisation.
    pub refunded: bool,
    pub intent: String,
    pub method: String,
    pub method_kind: &'static str,
    pub method_details: Value,
    pub customer: Option<String>,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub receipt_email: Option<String>,
    pub shipping: Option<Value>,
    pub billing_details: Value,
    pub failure: Option<Decline>,
    /// Its entry in the balance, once there is one.
    pub balance: Option<String>,
    /// Until when an authorisation can be captured.
    pub capture_before: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChargeStatus {
    Succeeded,
    Pending,
    Failed,
}

impl ChargeStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Pending => "pending",
            Self::Failed => "failed",
        }
    }
}

impl Record for Charge {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Charge {
    /// What can still be given back.
    pub fn refundable(&self) -> i64 {
        self.amount_captured - self.amount_refunded
    }

    pub fn render(&self) -> Value {
        let (network_status, outcome, seller_message) = match &self.failure {
            Some(_) => (
                "declined_by_network",
                "issuer_declined",
                "The bank did not return any further details with this decline.",
            ),
            None => ("approved_by_network", "authorized", "Payment complete."),
        };
        let mut details = json!({ "type": self.method_kind });
        details[self.method_kind] = self.method_details.clone();
        if let Some(time) = self.capture_before {
            details[self.method_kind]["capture_before"] = json!(time);
        }
        json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": self.amount_captured,
            "amount_refunded": self.amount_refunded,
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": self.balance,
            "billing_details": self.billing_details,
            "calculated_statement_descriptor": "IRONMONGER",
            "captured": self.captured,
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer,
            "description": self.description,
            "disputed": self.disputed,
            "failure_balance_transaction": null,
            "failure_code": self.failure.map(|failure| failure.code),
            "failure_message": self.failure.map(|failure| failure.message),
            "fraud_details": {},
            "livemode": false,
            "metadata": self.metadata,
            "on_behalf_of": null,
            "outcome": {
                "advice_code": null,
                "network_advice_code": null,
                "network_decline_code": null,
                "network_status": network_status,
                "reason": self.failure.map(|failure| failure.decline_code.unwrap_or(failure.code)),
                "risk_level": "normal",
                "risk_score": 12,
                "seller_message": seller_message,
                "type": outcome,
            },
            "paid": self.status == ChargeStatus::Succeeded,
            "payment_intent": self.intent,
            "payment_method": self.method,
            "payment_method_details": details,
            "receipt_email": self.receipt_email,
            "receipt_number": null,
            "receipt_url": null,
            "refunded": self.refunded,
            "review": null,
            "shipping": self.shipping,
            "source_transfer": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": null,
            "status": self.status.as_str(),
            "transfer_data": null,
            "transfer_group": null,
        })
    }
}
