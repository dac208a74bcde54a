//! Payment methods, and the test ones with a will of their own.
//! <https://docs.stripe.com/testing> and <https://docs.stripe.com/api/payment_methods>

mod api;

pub(crate) use api::{attach, create, detach, list, list_of_customer, retrieve, retrieve_of_customer, update};

use crate::errors::ApiError;
use crate::objects::{Behaviour, Decline, Method, no_billing_details};
use crate::params::Metadata;
use crate::state::State;

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

    /// A payment method that this customer may pay with.
    pub fn method_for(&mut self, id: &str, customer: Option<&str>) -> Result<Method, ApiError> {
        let method = self.method(id, "payment_method")?;
        match method.customer.as_deref() {
            Some(owner) if Some(owner) != customer => Err(ApiError::invalid(
                "The provided PaymentMethod cannot be used with this PaymentIntent because it is \
                 attached to a Customer. Include the Customer with this request to use it.",
            )
            .param("payment_method")),
            // <https://docs.stripe.com/payments/payment-methods#reuse>
            None if method.spent => Err(ApiError::invalid(
                "The provided PaymentMethod was previously used with a PaymentIntent without \
                 Customer attachment, shared with a connected account without Customer attachment, \
                 or was detached from a Customer. It may not be used again. To use a PaymentMethod \
                 multiple times, you must attach it to a Customer first.",
            )
            .param("payment_method")),
            _ => Ok(method),
        }
    }

    /// Keeps a payment method for a customer.
    pub fn attach(&mut self, method: &str, customer: &str) {
        let Some(method) = self.methods.get_mut(method) else {
            return;
        };
        method.saved = true;
        if method.customer.as_deref() == Some(customer) {
            return;
        }
        method.customer = Some(customer.to_owned());
        let object = method.render();
        self.emit("payment_method.attached", object);
    }
}
