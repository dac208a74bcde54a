//! What can happen to an order: a kind, and its values. A sentence is made of it where it is read (`sentences`).

use super::dispute::Dispute;
use super::kept;
use super::reasons::{CancelReason, PaymentFailure, RefundFailure, RefundReason};
use super::status::OrderStatus;
use crate::Money;
use serde::{Deserialize, Serialize};
use serde_json::Value;

words! {
    /// What a row of the timeline is about. What happened exactly is in its data.
    pub enum HappeningKind {
        Placed = "placed" => "Placed",
        Corrected = "corrected" => "Corrected",
        Moved = "moved" => "Moved",
        Note = "note" => "Note",
        Shipment = "shipment" => "Shipment",
        Payment = "payment" => "Payment",
        Refund = "refund" => "Refund",
        Dispute = "dispute" => "Dispute",
        Reservation = "reservation" => "Reservation",
    }
}

/// One thing that happened. `text` is what a person has typed, `words` what the payment provider says; all else is said
/// by [`say`](Self::say).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Happening {
    Placed,
    Corrected {
        parts: Vec<CorrectedPart>,
        #[serde(default)]
        before_payment: bool,
    },
    Moved {
        from: OrderStatus,
        to: OrderStatus,
        #[serde(flatten)]
        why: Why,
    },
    /// A note among staff.
    Note {
        text: String,
    },
    /// Some of it left; all of it is a move.
    PartShipped {
        carrier: String,
        tracking: String,
    },
    /// For an order that had been accepted to be paid offline.
    PaymentReceived,
    PaymentDeclined {
        words: String,
    },
    /// The provider does not take such a payment.
    PaymentRefused {
        words: String,
    },
    /// The provider made no page, and does not say why.
    NoPage,
    AmountDiffers {
        #[serde(with = "kept")]
        received: Money,
        #[serde(with = "kept")]
        expected: Money,
    },
    PaymentCorrected {
        #[serde(with = "kept")]
        amount: Money,
    },
    /// Of a payment at the provider that our books did not have.
    PaymentFound,
    /// It is on its way.
    RefundBegun {
        #[serde(with = "kept")]
        amount: Money,
        /// What it is for: goods, delivery and tax on top come to the amount; or the tax that is contained in it.
        #[serde(with = "kept")]
        goods: Money,
        #[serde(with = "kept")]
        shipping: Money,
        #[serde(with = "kept")]
        tax: Money,
        #[serde(with = "kept")]
        tax_included: Money,
        #[serde(flatten)]
        reason: RefundReason,
    },
    RefundMade {
        #[serde(with = "kept")]
        amount: Money,
    },
    RefundFailed {
        #[serde(with = "kept")]
        amount: Money,
        #[serde(flatten)]
        why: RefundFailure,
    },
    /// The provider does not take it.
    RefundRefused {
        #[serde(flatten)]
        why: RefundFailure,
    },
    RefundCorrected {
        #[serde(with = "kept")]
        amount: Money,
    },
    Disputed(Dispute),
    /// Others may buy the goods, and the order goes on waiting for its money.
    ReservationLapsed,
    /// Told of an attempt to pay by its own row, and kept in no row of the timeline; so are those below.
    AttemptBegun {
        number: usize,
        #[serde(with = "kept")]
        amount: Money,
        /// On a page of the provider's.
        on_page: bool,
    },
    CameIn {
        #[serde(with = "kept")]
        amount: Money,
    },
    AttemptFailed {
        number: usize,
        #[serde(flatten)]
        why: Option<PaymentFailure>,
    },
    AttemptExpired {
        number: usize,
    },
    AttemptGivenUp {
        number: usize,
    },
    FeeKept {
        #[serde(with = "kept")]
        fee: Money,
        #[serde(with = "kept")]
        came: Money,
        #[serde(with = "kept")]
        stays: Money,
    },
    /// A row whose sentence nobody can take apart any more: shown as it is, and never written.
    #[serde(skip)]
    Told {
        kind: HappeningKind,
        from: Option<OrderStatus>,
        to: Option<OrderStatus>,
        text: String,
    },
}

/// What is said beside a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Why {
    /// In the words of staff; often empty.
    Typed {
        text: String,
    },
    /// By itself, so long after the delivery.
    AfterDelivery {
        days: i32,
    },
    Parcel {
        carrier: String,
        tracking: String,
    },
    Cancelled(CancelReason),
}

impl Why {
    /// Nothing is to be said.
    pub fn nothing() -> Self {
        Self::Typed { text: String::new() }
    }
}

words! {
    /// What of an order was put right.
    pub enum CorrectedPart {
        Email = "email" => say "order-part-email",
        ShippingAddress = "shipping_address" => say "order-part-shipping-address",
        BillingAddress = "billing_address" => say "order-part-billing-address",
        Delivery = "delivery" => say "order-part-delivery",
        Note = "note" => say "order-part-note",
        Payment = "payment" => say "order-part-payment",
    }
}

impl Happening {
    pub fn kind(&self) -> HappeningKind {
        use Happening as H;
        match self {
            H::Placed => HappeningKind::Placed,
            H::Corrected { .. } => HappeningKind::Corrected,
            H::Moved { .. } => HappeningKind::Moved,
            H::Note { .. } => HappeningKind::Note,
            H::PartShipped { .. } => HappeningKind::Shipment,
            H::PaymentReceived
            | H::PaymentDeclined { .. }
            | H::PaymentRefused { .. }
            | H::NoPage
            | H::AmountDiffers { .. }
            | H::PaymentCorrected { .. }
            | H::PaymentFound
            | H::AttemptBegun { .. }
            | H::CameIn { .. }
            | H::AttemptFailed { .. }
            | H::AttemptExpired { .. }
            | H::AttemptGivenUp { .. }
            | H::FeeKept { .. } => HappeningKind::Payment,
            H::RefundBegun { .. }
            | H::RefundMade { .. }
            | H::RefundFailed { .. }
            | H::RefundRefused { .. }
            | H::RefundCorrected { .. } => HappeningKind::Refund,
            H::Disputed(_) => HappeningKind::Dispute,
            H::ReservationLapsed => HappeningKind::Reservation,
            H::Told { kind, .. } => *kind,
        }
    }

    /// The status that the order had.
    pub fn from(&self) -> Option<OrderStatus> {
        match self {
            Self::Moved { from, .. } => Some(*from),
            Self::Told { from, .. } => *from,
            _ => None,
        }
    }

    /// The status that the order came to.
    pub fn to(&self) -> Option<OrderStatus> {
        match self {
            Self::Placed => Some(OrderStatus::Pending),
            Self::Moved { to, .. } => Some(*to),
            Self::Told { to, .. } => *to,
            _ => None,
        }
    }

    /// The shopper sees it too.
    pub(super) fn is_public(&self) -> bool {
        matches!(
            self,
            Self::Placed
                | Self::Corrected { .. }
                | Self::Moved { .. }
                | Self::PartShipped { .. }
                | Self::PaymentReceived
                | Self::PaymentDeclined { .. }
                | Self::RefundBegun { .. }
                | Self::RefundMade { .. }
        )
    }

    /// As it is kept: what somebody has typed, and the values. The statuses have columns of their own.
    pub(super) fn kept(&self) -> serde_json::Result<(String, Value)> {
        let mut values = serde_json::to_value(self)?;
        let mut text = String::new();
        if let Some(values) = values.as_object_mut() {
            values.remove("from");
            values.remove("to");
            if let Some(Value::String(typed)) = values.remove("text") {
                text = typed;
            }
        }
        Ok((text, values))
    }

    /// Of a row: `values` are its data, with the statuses as `from` and `to`, and the note as `text`.
    pub(super) fn read(kind: HappeningKind, values: Value) -> Self {
        let status = |name: &str| values[name].as_str().and_then(OrderStatus::parse);
        let (from, to) = (status("from"), status("to"));
        let text = values["text"].as_str().unwrap_or_default().to_owned();
        serde_json::from_value(values).unwrap_or(Self::Told { kind, from, to, text })
    }
}

#[cfg(test)]
mod tests {
    use super::super::dispute::DisputeNews;
    use super::super::reasons::{RefundCause, RefundFault, RefundOccasion};
    use super::*;
    use crate::Currency;
    use crate::inventory::Missing;
    use chrono::NaiveDate;

    fn gbp(minor: i64) -> Money {
        Money::new(minor, Currency::GBP)
    }

    fn moved(why: Why) -> Happening {
        Happening::Moved { from: OrderStatus::Pending, to: OrderStatus::Cancelled, why }
    }

    fn begun(reason: RefundReason) -> Happening {
        Happening::RefundBegun {
            amount: gbp(4),
            goods: gbp(3),
            shipping: gbp(0),
            tax: gbp(1),
            tax_included: gbp(0),
            reason,
        }
    }

    /// Fails when a value has no place in the row, or when what was typed stands among the values.
    #[test]
    fn what_is_kept_is_read_again() {
        let text = || "Typed".to_owned();
        let missing = vec![Missing { name: "Rasp".to_owned(), left: 2 }];
        let dispute = Dispute {
            id: "dp_1".to_owned(),
            is_over: true,
            news: DisputeNews::Opened,
            amount: Some(gbp(70_00)),
            reason: "fraudulent".to_owned(),
            due: NaiveDate::from_ymd_opt(2026, 12, 24),
            step: "created".to_owned(),
            status: "needs_response".to_owned(),
        };
        let all = [
            Happening::Placed,
            Happening::Corrected { parts: CorrectedPart::ALL.to_vec(), before_payment: true },
            moved(Why::nothing()),
            moved(Why::Typed { text: text() }),
            moved(Why::AfterDelivery { days: 14 }),
            moved(Why::Parcel { carrier: "Royal Mail".to_owned(), tracking: String::new() }),
            moved(Why::Cancelled(CancelReason::SoldOut { missing })),
            moved(Why::Cancelled(CancelReason::BackToCart)),
            moved(Why::Cancelled(CancelReason::Typed { text: text() })),
            Happening::Note { text: text() },
            Happening::PartShipped { carrier: String::new(), tracking: "AB".to_owned() },
            Happening::PaymentReceived,
            Happening::PaymentDeclined { words: "No".to_owned() },
            Happening::PaymentRefused { words: "No".to_owned() },
            Happening::NoPage,
            Happening::AmountDiffers { received: gbp(1), expected: Money::new(2, Currency::JPY) },
            Happening::PaymentCorrected { amount: gbp(1) },
            Happening::PaymentFound,
            begun(RefundReason::default()),
            begun(RefundReason { cause: Some(RefundCause::Damaged), ..RefundReason::typed(text()) }),
            begun(RefundOccasion::PaidBefore.into()),
            Happening::RefundMade { amount: gbp(1) },
            Happening::RefundFailed { amount: gbp(1), why: RefundFault::NoSuchRefund.into() },
            Happening::RefundFailed { amount: gbp(1), why: RefundFailure::default() },
            Happening::RefundRefused { why: RefundFailure::words("No".to_owned()) },
            Happening::RefundCorrected { amount: gbp(1) },
            Happening::Disputed(Dispute { amount: None, due: None, ..dispute.clone() }),
            Happening::Disputed(dispute),
            Happening::ReservationLapsed,
        ];
        for what in all {
            let (note, mut values) = what.kept().unwrap();
            assert!(!values.to_string().contains("Typed") && (note.is_empty() || note == "Typed"), "{values}");
            // as the database puts them together
            values["mark"] = "ch_1".into();
            values["from"] = serde_json::json!(what.from());
            values["to"] = serde_json::json!(what.to());
            values["text"] = note.into();
            assert_eq!(Happening::read(what.kind(), values), what);
        }
        let told = Happening::read(HappeningKind::Refund, serde_json::json!({ "text": "Given back" }));
        let text = "Given back".to_owned();
        assert_eq!(told, Happening::Told { kind: HappeningKind::Refund, from: None, to: None, text });
    }
}
