//! What can differ, and what can be done about it.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, serde::Serialize, serde::Deserialize)]
        #[sqlx(type_name = "text", rename_all = "snake_case")]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$inner])* $variant),+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As stored, and in addresses.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    DifferenceKind {
        /// Stripe took money for us, and our books do not have it.
        UnbookedPayment "unbooked_payment",
        /// Stripe took money without our marks: another program shares the account.
        ForeignPayment "foreign_payment",
        /// Our books have a payment that Stripe does not have, or not as paid.
        PaymentNotAtStripe "payment_not_at_stripe",
        /// An order counts as paid, and there is no payment for it on either side.
        OrderWithoutPayment "order_without_payment",
        /// Both have the payment, with another amount.
        CapturedDiffers "captured_differs",
        /// Both have the payment with the same amount, which is not the order's.
        OrderTotalDiffers "order_total_differs",
        /// Stripe gave money back, and our books do not have that.
        UnbookedRefund "unbooked_refund",
        /// Our books have a refund that Stripe does not have, or that failed there.
        RefundNotAtStripe "refund_not_at_stripe",
        /// Both have the refund, with another amount; or it failed in our books only.
        RefundDiffers "refund_differs",
    }
}

words! {
    DifferenceStatus {
        Open "open",
        Resolved "resolved",
        Dismissed "dismissed",
    }
}

words! {
    /// What staff can do about a difference, with one click.
    Repair {
        /// Look at Stripe again and let the order follow, as the webhook would have.
        Settle "settle",
        /// Write the payment down for the order that it names; if that does not want it, it goes back.
        Take "take",
        /// Give the money back.
        GiveBack "give_back",
        /// Write into our books what Stripe says.
        Adopt "adopt",
        /// Ask Stripe for the refund once more.
        SendAgain "send_again",
        /// Take the payment out of our books and cancel the order.
        WriteOff "write_off",
    }
}

/// For people.
impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnbookedPayment => "Paid at Stripe, not in our books",
            Self::ForeignPayment => "Not of this shop",
            Self::PaymentNotAtStripe => "In our books, not paid at Stripe",
            Self::OrderWithoutPayment => "Order paid without a payment",
            Self::CapturedDiffers => "Another amount at Stripe",
            Self::OrderTotalDiffers => "Another amount than the order’s",
            Self::UnbookedRefund => "Refund at Stripe, not in our books",
            Self::RefundNotAtStripe => "Refund in our books, not at Stripe",
            Self::RefundDiffers => "Another refund at Stripe",
        })
    }
}

impl fmt::Display for DifferenceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Resolved => "Resolved",
            Self::Dismissed => "Dismissed",
        })
    }
}

impl Repair {
    /// On its button.
    pub fn label(self) -> &'static str {
        match self {
            Self::Settle => "Settle again",
            Self::Take => "Take for the order",
            Self::GiveBack => "Give the money back",
            Self::Adopt => "Write down what Stripe says",
            Self::SendAgain => "Send the refund again",
            Self::WriteOff => "Cancel the order",
        }
    }

    /// Nobody can take it back: money leaves, or an order ends.
    pub fn is_final(self) -> bool {
        matches!(self, Self::GiveBack | Self::WriteOff)
    }
}
