//! A payment method, and how it behaves when it is charged. <https://docs.stripe.com/api/payment_methods/object>

use serde_json::{Value, json};

use crate::errors::ApiError;
use crate::params::Metadata;
use crate::table::Record;

/// <https://docs.stripe.com/api/payment_methods/object#payment_method_object-allow_redisplay>
pub(crate) const REDISPLAY: &[&str] = &["always", "limited", "unspecified"];

/// How a test payment method behaves when it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Succeeds,
    Declined(Decline),
    /// Declined only when charged; saving it works.
    DeclinedOnceSaved(Decline),
    /// Asks the shopper to authenticate at every payment.
    NeedsAuthentication,
    /// Asks once, while it is being saved; saved, it is charged without asking.
    NeedsAuthenticationUnlessSaved,
    /// Succeeds, and is then disputed for this reason.
    Disputed(&'static str),
    /// Succeeds, and the bank then asks about it for this reason.
    Inquired(&'static str),
    /// A refund to it is pending first.
    RefundPending,
    /// A refund to it succeeds and later turns out to have failed.
    RefundFails,
    /// A bank debit: the outcome is known later.
    Delayed {
        succeeds: bool,
    },
}

/// A refusal by the bank. <https://docs.stripe.com/declines/codes>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decline {
    pub code: &'static str,
    pub decline_code: Option<&'static str>,
    pub message: &'static str,
}

impl Decline {
    pub const fn bank(decline_code: &'static str, message: &'static str) -> Self {
        Self { code: "card_declined", decline_code: Some(decline_code), message }
    }

    pub const fn card(code: &'static str, message: &'static str) -> Self {
        Self { code, decline_code: None, message }
    }

    pub fn error(&self) -> ApiError {
        ApiError::card(self.code, self.message).decline_code(self.decline_code)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Method {
    pub id: String,
    pub created: i64,
    pub behaviour: Behaviour,
    pub brand: &'static str,
    pub last4: &'static str,
    pub customer: Option<String>,
    /// Whether checkout may offer it to its customer again.
    pub allow_redisplay: &'static str,
    /// Authenticated for later use, or attached.
    pub saved: bool,
    /// Used up: charged without being kept, or detached.
    pub spent: bool,
    pub metadata: Metadata,
    pub billing_details: Value,
}

impl Record for Method {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Method {
    /// As people know it: `visa ending in 4242`.
    pub fn label(&self) -> String {
        let name = if self.brand.is_empty() { "bank account" } else { self.brand };
        format!("{name} ending in {}", self.last4)
    }

    pub fn kind(&self) -> &'static str {
        if self.brand.is_empty() { "us_bank_account" } else { "card" }
    }

    pub fn render(&self) -> Value {
        let mut object = json!({
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": self.allow_redisplay,
            "billing_details": self.billing_details,
            "created": self.created,
            "customer": self.customer,
            "livemode": false,
            "metadata": self.metadata,
            "type": self.kind(),
        });
        object[self.kind()] = self.details();
        object
    }

    /// What a charge shows of the method it was made with.
    pub fn details(&self) -> Value {
        if self.brand.is_empty() {
            return json!({
                "account_holder_type": "individual",
                "account_type": "checking",
                "bank_name": "STRIPE TEST BANK",
                "fingerprint": format!("bank{}", self.last4),
                "last4": self.last4,
                "routing_number": "110000000",
            });
        }
        json!({
            "brand": self.brand,
            "checks": {
                "address_line1_check": null,
                "address_postal_code_check": null,
                "cvc_check": "pass",
            },
            "country": "US",
            "exp_month": 12,
            "exp_year": 2040,
            "fingerprint": format!("card{}", self.last4),
            "funding": "credit",
            "last4": self.last4,
        })
    }
}

pub(crate) fn no_billing_details() -> Value {
    json!({ "address": null, "email": null, "name": null, "phone": null, "tax_id": null })
}
