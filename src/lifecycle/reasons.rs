//! Why an order was cancelled, and why money goes back. What the shop says by itself is a word with its values; what a
//! person has typed is text. Sentences are made where they are read.

use crate::inventory::{self, Missing};
use crate::words::Locale;
use crate::{Money, say};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

words! {
    /// Why an order was cancelled, where it is not staff who say it in their own words.
    pub enum CancelCause {
        NotPaidInTime = "not_paid_in_time",
        /// The bank said no, for good.
        PaymentFailed = "payment_failed",
        ByCustomer = "by_customer",
        /// By staff or a program of theirs, and nobody typed why.
        ByShop = "by_shop",
        /// Its lines are in the customer's cart again.
        BackToCart = "back_to_cart",
        /// The money came when the goods were not held any more, and had been sold to others.
        SoldOut = "sold_out",
        /// It counted as paid, and the provider has no money for it.
        NeverPaid = "never_paid",
    }
}

/// Why an order was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum CancelReason {
    NotPaidInTime,
    PaymentFailed,
    ByCustomer,
    ByShop,
    BackToCart,
    SoldOut {
        missing: Vec<Missing>,
    },
    NeverPaid,
    /// In the words of staff.
    Typed {
        text: String,
    },
}

impl CancelReason {
    /// `None` where somebody said why.
    pub fn cause(&self) -> Option<CancelCause> {
        match self {
            Self::NotPaidInTime => Some(CancelCause::NotPaidInTime),
            Self::PaymentFailed => Some(CancelCause::PaymentFailed),
            Self::ByCustomer => Some(CancelCause::ByCustomer),
            Self::ByShop => Some(CancelCause::ByShop),
            Self::BackToCart => Some(CancelCause::BackToCart),
            Self::SoldOut { .. } => Some(CancelCause::SoldOut),
            Self::NeverPaid => Some(CancelCause::NeverPaid),
            Self::Typed { .. } => None,
        }
    }

    /// As it is kept in the row of an order. `None` of one that is not cancelled.
    pub(crate) fn kept(
        cause: Option<CancelCause>,
        text: Option<String>,
        missing: Option<Vec<Missing>>,
    ) -> Option<Self> {
        Some(match cause {
            Some(CancelCause::NotPaidInTime) => Self::NotPaidInTime,
            Some(CancelCause::PaymentFailed) => Self::PaymentFailed,
            Some(CancelCause::ByCustomer) => Self::ByCustomer,
            Some(CancelCause::ByShop) => Self::ByShop,
            Some(CancelCause::BackToCart) => Self::BackToCart,
            Some(CancelCause::SoldOut) => Self::SoldOut { missing: missing.unwrap_or_default() },
            Some(CancelCause::NeverPaid) => Self::NeverPaid,
            None => Self::Typed { text: text? },
        })
    }

    /// What somebody has typed.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Typed { text } => Some(text),
            _ => None,
        }
    }

    pub(crate) fn missing(&self) -> Option<&[Missing]> {
        match self {
            Self::SoldOut { missing } => Some(missing),
            _ => None,
        }
    }

    /// For people, without a full stop.
    pub fn say(&self, locale: Locale) -> Cow<'_, str> {
        match self {
            Self::NotPaidInTime => say!(locale, "order-cancelled-not-paid-in-time"),
            Self::PaymentFailed => say!(locale, "order-cancelled-payment-failed"),
            Self::ByCustomer => say!(locale, "order-cancelled-by-customer"),
            Self::ByShop => say!(locale, "order-cancelled-by-shop"),
            Self::BackToCart => say!(locale, "order-cancelled-back-to-cart"),
            Self::SoldOut { missing } => {
                say!(locale, "order-cancelled-sold-out", goods = locale.say(&inventory::name_missing(missing)))
            }
            Self::NeverPaid => say!(locale, "order-cancelled-never-paid"),
            Self::Typed { text } => Cow::Borrowed(text),
        }
    }
}

words! {
    /// The usual reasons to give money back, of which staff choose.
    pub enum RefundCause {
        Damaged = "damaged" => say "refund-cause-damaged",
        WrongItem = "wrong_item" => say "refund-cause-wrong-item",
        Missing = "missing" => say "refund-cause-missing",
        Returned = "returned" => say "refund-cause-returned",
        Unavailable = "unavailable" => say "refund-cause-unavailable",
        Goodwill = "goodwill" => say "refund-cause-goodwill",
        Duplicate = "duplicate" => say "refund-cause-duplicate",
        Other = "other" => say "refund-cause-other",
    }
}

words! {
    /// Why money goes back without anybody having decided it.
    pub enum RefundOccasion {
        PaidBefore = "paid_before" => say "refund-by-itself-paid-before",
        AfterCancellation = "after_cancellation" => say "refund-by-itself-after-cancellation",
        SoldOut = "sold_out" => say "refund-by-itself-sold-out",
        AmountDiffers = "amount_differs" => say "refund-by-itself-amount-differs",
        /// Somebody made it in the provider's dashboard.
        AtProvider = "at_provider" => say "refund-by-itself-at-provider",
    }
}

/// Why money goes back: by itself, or by a cause that staff chose, with what they typed beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RefundReason {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<RefundOccasion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<RefundCause>,
    /// In the words of staff.
    #[serde(default)]
    pub text: String,
}

impl RefundReason {
    pub fn typed(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// For people, without a full stop. Empty where nobody said why.
    pub fn say(&self, locale: Locale) -> Cow<'_, str> {
        match (self.occasion, self.cause) {
            (Some(occasion), _) => occasion.say(locale),
            (None, None | Some(RefundCause::Other)) => Cow::Borrowed(&self.text),
            (None, Some(cause)) if self.text.is_empty() => cause.say(locale),
            (None, Some(cause)) => {
                say!(locale, "refund-cause-and-words", cause = cause.say(locale), words = &self.text)
            }
        }
    }
}

impl From<RefundOccasion> for RefundReason {
    fn from(occasion: RefundOccasion) -> Self {
        Self { occasion: Some(occasion), ..Self::default() }
    }
}

words! {
    /// What went wrong with a payment, where it is not the provider who says it.
    pub enum PaymentFault {
        /// The provider does not have it.
        NotAtProvider = "not_at_provider" => say "payment-failed-not-at-provider",
    }
}

/// Why a payment did not go through: in the provider's words, or ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentFailure {
    Fault(PaymentFault),
    /// The provider's.
    Words(String),
}

impl PaymentFailure {
    /// As it is kept in the row of a payment. `None` of one that did not fail, or of which nobody knows why.
    pub(crate) fn kept(fault: Option<PaymentFault>, words: Option<String>) -> Option<Self> {
        fault.map(Self::Fault).or(words.map(Self::Words))
    }

    /// For people.
    pub fn say(&self, locale: Locale) -> Cow<'_, str> {
        match self {
            Self::Fault(fault) => fault.say(locale),
            Self::Words(words) => Cow::Borrowed(words),
        }
    }
}

words! {
    /// What of a refund went wrong, where it is not the provider who says it.
    pub enum RefundFault {
        /// The provider does not have it.
        NoSuchRefund = "no_such_refund" => say "refund-failed-no-such-refund",
        /// There is nothing over there of which it could give back.
        NoPayment = "no_payment" => say "refund-failed-no-payment",
    }
}

/// Why a refund did not go through: in the provider's words, or ours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RefundFailure {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<RefundFault>,
    /// The provider's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

impl RefundFailure {
    pub fn words(words: String) -> Self {
        Self { fault: None, words: Some(words) }
    }

    /// As it is kept in the row of a refund. `None` of one that did not fail, or of which nobody knows why.
    pub(crate) fn kept(fault: Option<RefundFault>, words: Option<String>) -> Option<Self> {
        (fault.is_some() || words.is_some()).then_some(Self { fault, words })
    }

    /// For people.
    pub fn say(&self, locale: Locale) -> Cow<'_, str> {
        match (self.fault, &self.words) {
            (Some(fault), _) => fault.say(locale),
            (None, Some(words)) => Cow::Borrowed(words),
            (None, None) => say!(locale, "refund-failed-no-reason"),
        }
    }
}

impl From<RefundFault> for RefundFailure {
    fn from(fault: RefundFault) -> Self {
        Self { fault: Some(fault), words: None }
    }
}

/// What of an amount is for what: `£10.00 for goods, £4.95 for delivery, £2.99 of tax`.
pub fn say_parts(locale: Locale, goods: Money, shipping: Money, tax: Money, tax_included: Money) -> String {
    let mut parts = Vec::new();
    if !goods.is_zero() {
        parts.push(say!(locale, "refund-part-goods", amount = goods));
    }
    if !shipping.is_zero() {
        parts.push(say!(locale, "refund-part-delivery", amount = shipping));
    }
    if !tax.is_zero() {
        parts.push(say!(locale, "refund-part-tax", amount = tax));
    }
    if !tax_included.is_zero() {
        parts.push(say!(locale, "refund-part-tax-included", amount = tax_included));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The word of the column and the one in the data of a timeline's row are the same.
    #[test]
    fn causes_have_one_word() {
        let missing = vec![Missing { name: "Rasp".to_owned(), left: 2 }];
        for cause in CancelCause::ALL {
            let reason = CancelReason::kept(Some(cause), None, Some(missing.clone())).unwrap();
            assert_eq!(reason.cause(), Some(cause));
            assert_eq!(serde_json::to_value(&reason).unwrap()["cause"], cause.word());
        }
        assert_eq!(CancelReason::kept(None, None, None), None);
    }

    #[test]
    fn reasons_are_said_with_what_was_typed() {
        let said = |cause, text: &str| {
            RefundReason { occasion: None, cause, text: text.to_owned() }.say(Locale::English).into_owned()
        };
        assert_eq!(said(None, "The shaft was split"), "The shaft was split");
        assert_eq!(said(Some(RefundCause::Other), "A gift"), "A gift");
        assert_eq!(said(Some(RefundCause::Damaged), ""), "Damaged or faulty");
        assert_eq!(said(Some(RefundCause::Damaged), "Split"), "Damaged or faulty: Split");
        let missing = [("Rasp", 0), ("File", 2)].map(|(name, left)| Missing { name: name.to_owned(), left });
        assert_eq!(
            CancelReason::SoldOut { missing: missing.to_vec() }.say(Locale::English),
            "The payment came after the reservation had lapsed: Rasp is sold out; Only 2 of File left"
        );
    }
}
