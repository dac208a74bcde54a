//! The words by which people know how an order stands: one for its money, one for its goods. Every list, page, mail and
//! file takes them from here, so that a tab, a badge and a mail never differ. The two never say the same.

use super::status::{OrderStatus, PaymentStatus};
use crate::say;
use crate::words::Locale;
use std::borrow::Cow;

words! {
    /// What became of an order's money, as people read it. Programs read [`PaymentStatus`], which does not know that an
    /// order was cancelled, and so that nobody waits for the money any more.
    pub enum PaymentWord {
        Awaiting = "awaiting" => say "status-awaiting-payment",
        Paid = "paid" => say "status-paid",
        Failed = "failed" => say "status-payment-failed",
        PartlyRefunded = "partially_refunded" => say "status-partly-refunded",
        Refunded = "refunded" => say "status-refunded",
        /// Cancelled before anything was paid.
        NotPaid = "not_paid" => say "status-not-paid",
    }
}

impl PaymentWord {
    /// What it is a word for: the head of a column, the label of a filter or a badge.
    pub fn about(locale: Locale) -> Cow<'static, str> {
        say!(locale, "status-payment")
    }

    pub fn of(payment: PaymentStatus, order: OrderStatus) -> Self {
        match (payment, order) {
            (PaymentStatus::Pending | PaymentStatus::Failed, OrderStatus::Cancelled) => Self::NotPaid,
            (PaymentStatus::Pending, _) => Self::Awaiting,
            (PaymentStatus::Paid, _) => Self::Paid,
            (PaymentStatus::Failed, _) => Self::Failed,
            (PaymentStatus::PartiallyRefunded, _) => Self::PartlyRefunded,
            (PaymentStatus::Refunded, _) => Self::Refunded,
        }
    }

    /// The rows of `orders` that it is the word for.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Awaiting => "o.payment_status = 'pending' and o.status <> 'cancelled'",
            Self::Paid => "o.payment_status = 'paid'",
            Self::Failed => "o.payment_status = 'failed' and o.status <> 'cancelled'",
            Self::PartlyRefunded => "o.payment_status = 'partially_refunded'",
            Self::Refunded => "o.payment_status = 'refunded'",
            Self::NotPaid => "o.payment_status in ('pending', 'failed') and o.status = 'cancelled'",
        }
    }
}

words! {
    /// What became of an order's goods. Derived by the database from the order's status and its shipments, never set by
    /// hand.
    #[schema(as = FulfillmentStatus)]
    pub enum Fulfilment {
        /// Nobody has begun on it: it is not paid, or just paid.
        Unfulfilled = "unfulfilled" => say "status-not-shipped",
        /// Being picked and packed.
        InPreparation = "in_preparation" => say "status-in-preparation",
        /// A part has left. The rest follows, unless its money went back.
        PartiallyShipped = "partially_shipped" => say "status-partly-shipped",
        /// All of it has left.
        Shipped = "shipped" => say "status-shipped",
        Delivered = "delivered" => say "status-delivered",
        /// Nothing is left to do; of an order that was picked up in the shop, too.
        Completed = "completed" => say "status-completed",
        /// Nothing has left, and nothing will.
        Cancelled = "cancelled" => say "status-cancelled",
    }
}

impl Fulfilment {
    /// What it is a word for: the head of a column, the label of a badge.
    pub fn about(locale: Locale) -> Cow<'static, str> {
        say!(locale, "status-delivery")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn payment_and_fulfilment_never_share_a_word() {
        let payments: HashSet<String> = PaymentWord::ALL.iter().map(ToString::to_string).collect();
        let fulfilments: HashSet<String> = Fulfilment::ALL.iter().map(ToString::to_string).collect();
        assert_eq!((payments.len(), fulfilments.len()), (PaymentWord::ALL.len(), Fulfilment::ALL.len()));
        assert!(payments.is_disjoint(&fulfilments), "{payments:?} {fulfilments:?}");
        assert_ne!(PaymentWord::about(Locale::English), Fulfilment::about(Locale::English));
    }

    /// What each payment status is called while an order goes on, and once it is cancelled.
    #[test]
    fn each_payment_status_has_its_word() {
        for (stored, goes_on, cancelled) in [
            (PaymentStatus::Pending, "Awaiting payment", "Not paid"),
            (PaymentStatus::Paid, "Paid", "Paid"),
            (PaymentStatus::Failed, "Payment failed", "Not paid"),
            (PaymentStatus::PartiallyRefunded, "Partly refunded", "Partly refunded"),
            (PaymentStatus::Refunded, "Refunded", "Refunded"),
        ] {
            for order in OrderStatus::ALL {
                let word = if order == OrderStatus::Cancelled { cancelled } else { goes_on };
                assert_eq!(PaymentWord::of(stored, order).to_string(), word, "{stored:?} {order:?}");
            }
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for word in PaymentWord::ALL {
            assert_eq!(PaymentWord::parse(word.word()), Some(word));
        }
        for word in Fulfilment::ALL {
            assert_eq!(Fulfilment::parse(word.word()), Some(word));
            assert_eq!(serde_json::to_value(word).unwrap(), word.word());
        }
    }
}
