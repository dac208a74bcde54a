//! Payment methods, and the test ones with a will of their own.
//! <https://docs.stripe.com/testing> and <https://docs.stripe.com/api/payment_methods>

mod api;

use serde_json::{Value, json};

pub(crate) use api::{attach, create, detach, list, list_of_customer, retrieve, retrieve_of_customer, update};

use crate::errors::ApiError;
use crate::params::Metadata;
use crate::state::{Record, State};

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
    const fn bank(decline_code: &'static str, message: &'static str) -> Self {
        Self { code: "card_declined", decline_code: Some(decline_code), message }
    }

    const fn card(code: &'static str, message: &'static str) -> Self {
        Self { code, decline_code: None, message }
    }

    pub fn error(&self) -> ApiError {
        ApiError::card(self.code, self.message).decline_code(self.decline_code)
    }
}

const GENERIC: Decline = Decline::bank("generic_decline", "Your card was declined.");
const FUNDS: Decline = Decline::bank("insufficient_funds", "Your card has insufficient funds.");
const LOST: Decline = Decline::bank("lost_card", "Your card was declined.");
const STOLEN: Decline = Decline::bank("stolen_card", "Your card was declined.");
const FRAUDULENT: Decline = Decline::bank("fraudulent", "Your card was declined.");
const VELOCITY: Decline = Decline::bank(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
);
const EXPIRED: Decline = Decline::card("expired_card", "Your card has expired.");
const CVC: Decline = Decline::card("incorrect_cvc", "Your card's security code is incorrect.");
const PROCESSING: Decline =
    Decline::card("processing_error", "An error occurred while processing your card. Try again in a little bit.");

struct TestMethod {
    token: &'static str,
    brand: &'static str,
    last4: &'static str,
    behaviour: Behaviour,
}

const fn test(token: &'static str, brand: &'static str, last4: &'static str, behaviour: Behaviour) -> TestMethod {
    TestMethod { token, brand, last4, behaviour }
}

/// The test methods of <https://docs.stripe.com/testing> that a shop meets.
const TEST_METHODS: &[TestMethod] = {
    use Behaviour::*;
    &[
        test("pm_card_visa", "visa", "4242", Succeeds),
        test("pm_card_visa_debit", "visa", "5556", Succeeds),
        test("pm_card_mastercard", "mastercard", "4444", Succeeds),
        test("pm_card_mastercard_debit", "mastercard", "8210", Succeeds),
        test("pm_card_amex", "amex", "8431", Succeeds),
        test("pm_card_discover", "discover", "9424", Succeeds),
        test("pm_card_diners", "diners", "0004", Succeeds),
        test("pm_card_jcb", "jcb", "0505", Succeeds),
        test("pm_card_unionpay", "unionpay", "0005", Succeeds),
        test("pm_card_us", "visa", "4242", Succeeds),
        test("pm_card_de", "visa", "0016", Succeeds),
        test("pm_card_bypassPending", "visa", "0077", Succeeds),
        test("pm_card_chargeDeclined", "visa", "0002", Declined(GENERIC)),
        test("pm_card_visa_chargeDeclined", "visa", "0002", Declined(GENERIC)),
        test("pm_card_chargeDeclinedInsufficientFunds", "visa", "9995", Declined(FUNDS)),
        test("pm_card_visa_chargeDeclinedInsufficientFunds", "visa", "9995", Declined(FUNDS)),
        test("pm_card_visa_chargeDeclinedLostCard", "visa", "9987", Declined(LOST)),
        test("pm_card_visa_chargeDeclinedStolenCard", "visa", "9979", Declined(STOLEN)),
        test("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "visa", "6975", Declined(VELOCITY)),
        test("pm_card_chargeDeclinedFraudulent", "visa", "0019", Declined(FRAUDULENT)),
        test("pm_card_radarBlock", "visa", "0019", Declined(FRAUDULENT)),
        test("pm_card_chargeDeclinedExpiredCard", "visa", "0069", Declined(EXPIRED)),
        test("pm_card_chargeDeclinedIncorrectCvc", "visa", "0127", Declined(CVC)),
        test("pm_card_chargeDeclinedProcessingError", "visa", "0119", Declined(PROCESSING)),
        test("pm_card_chargeCustomerFail", "visa", "0341", DeclinedOnceSaved(GENERIC)),
        test("pm_card_authenticationRequired", "visa", "3184", NeedsAuthentication),
        test("pm_card_threeDSecure2Required", "visa", "3220", NeedsAuthentication),
        test("pm_card_threeDSecureRequired", "visa", "3063", NeedsAuthentication),
        test("pm_card_authenticationRequiredOnSetup", "visa", "3155", NeedsAuthenticationUnlessSaved),
        test("pm_card_createDispute", "visa", "0259", Disputed("fraudulent")),
        test("pm_card_createDisputeProductNotReceived", "visa", "2685", Disputed("product_not_received")),
        test("pm_card_createDisputeInquiry", "visa", "1976", Inquired("fraudulent")),
        test("pm_card_pendingRefund", "visa", "7726", RefundPending),
        test("pm_card_refundFail", "visa", "5126", RefundFails),
        test("pm_usBankAccount_success", "", "6789", Delayed { succeeds: true }),
        test("pm_usBankAccount_insufficientFunds", "", "2222", Delayed { succeeds: false }),
    ]
};

#[derive(Debug, Clone)]
pub(crate) struct Method {
    pub id: String,
    created: i64,
    pub behaviour: Behaviour,
    brand: &'static str,
    last4: &'static str,
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

impl State {
    /// The method of this id. A test token such as `pm_card_visa` makes a new method each time.
    pub fn method(&mut self, id: &str, param: &str) -> Result<Method, ApiError> {
        if let Some(method) = self.methods.get(id) {
            return Ok(method.clone());
        }
        let Some(test) = TEST_METHODS.iter().find(|test| test.token == id) else {
            return Err(ApiError::no_such_param("PaymentMethod", id, param));
        };
        let method = Method {
            id: self.id("pm"),
            created: self.now(),
            behaviour: test.behaviour,
            brand: test.brand,
            last4: test.last4,
            customer: None,
            allow_redisplay: "unspecified",
            saved: false,
            spent: false,
            metadata: Metadata::new(),
            billing_details: no_billing_details(),
        };
        self.methods.insert(method.clone());
        Ok(method)
    }
}
