//! The words by which people know how an order stands: one for its money, one for its goods. Every list, page, mail and file
//! takes them from here, so that a tab, a badge and a mail never differ. The two never say the same.

use super::status::{OrderStatus, PaymentStatus};
use crate::say;
use crate::words::Locale;
use std::borrow::Cow;
use std::fmt;

/// What became of an order's money, as people read it. Programs read [`PaymentStatus`], which does not know that an order
/// was cancelled, and so that nobody waits for the money any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentWord {
    Awaiting,
    Paid,
    Failed,
    PartlyRefunded,
    Refunded,
    /// Cancelled before anything was paid.
    NotPaid,
}

impl PaymentWord {
    pub const ALL: [Self; 6] =
        [Self::Awaiting, Self::Paid, Self::Failed, Self::PartlyRefunded, Self::Refunded, Self::NotPaid];

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

    /// As in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Awaiting => "awaiting",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::PartlyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::NotPaid => "not_paid",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|payment| payment.word() == word)
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

impl PaymentWord {
    /// For people.
    pub fn say(self, locale: Locale) -> Cow<'static, str> {
        match self {
            Self::Awaiting => say!(locale, "status-awaiting-payment"),
            Self::Paid => say!(locale, "status-paid"),
            Self::Failed => say!(locale, "status-payment-failed"),
            Self::PartlyRefunded => say!(locale, "status-partly-refunded"),
            Self::Refunded => say!(locale, "status-refunded"),
            Self::NotPaid => say!(locale, "status-not-paid"),
        }
    }
}

/// For staff.
impl fmt::Display for PaymentWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Locale::English))
    }
}

/// What became of an order's goods. Derived by the database from the order's status and its shipments, never set by hand.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::Type, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[schema(as = FulfillmentStatus)]
pub enum Fulfilment {
    /// Nobody has begun on it: it is not paid, or just paid.
    Unfulfilled,
    /// Being picked and packed.
    InPreparation,
    /// A part has left. The rest follows, unless its money went back.
    PartiallyShipped,
    /// All of it has left.
    Shipped,
    Delivered,
    /// Nothing is left to do; of an order that was picked up in the shop, too.
    Completed,
    /// Nothing has left, and nothing will.
    Cancelled,
}

impl Fulfilment {
    pub const ALL: [Self; 7] = [
        Self::Unfulfilled,
        Self::InPreparation,
        Self::PartiallyShipped,
        Self::Shipped,
        Self::Delivered,
        Self::Completed,
        Self::Cancelled,
    ];

    /// What it is a word for: the head of a column, the label of a badge.
    pub fn about(locale: Locale) -> Cow<'static, str> {
        say!(locale, "status-delivery")
    }

    /// The word that is stored, and that programs read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unfulfilled => "unfulfilled",
            Self::InPreparation => "in_preparation",
            Self::PartiallyShipped => "partially_shipped",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fulfilment| fulfilment.word() == word)
    }
}

impl Fulfilment {
    /// For people.
    pub fn say(self, locale: Locale) -> Cow<'static, str> {
        match self {
            Self::Unfulfilled => say!(locale, "status-not-shipped"),
            Self::InPreparation => say!(locale, "status-in-preparation"),
            Self::PartiallyShipped => say!(locale, "status-partly-shipped"),
            Self::Shipped => say!(locale, "status-shipped"),
            Self::Delivered => say!(locale, "status-delivered"),
            Self::Completed => say!(locale, "status-completed"),
            Self::Cancelled => say!(locale, "status-cancelled"),
        }
    }
}

/// For staff.
impl fmt::Display for Fulfilment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Locale::English))
    }
}

impl OrderStatus {
    /// What happened when an order came to it, for timelines: the word that was new then, of its money or of its goods.
    pub fn say(self, locale: Locale) -> Cow<'static, str> {
        match self {
            Self::Pending => PaymentWord::Awaiting.say(locale),
            Self::Paid => PaymentWord::Paid.say(locale),
            Self::Processing => Fulfilment::InPreparation.say(locale),
            Self::Shipped => Fulfilment::Shipped.say(locale),
            Self::Delivered => Fulfilment::Delivered.say(locale),
            Self::Completed => Fulfilment::Completed.say(locale),
            Self::Cancelled => Fulfilment::Cancelled.say(locale),
            Self::Refunded => PaymentWord::Refunded.say(locale),
        }
    }
}

/// For staff.
impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Locale::English))
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
