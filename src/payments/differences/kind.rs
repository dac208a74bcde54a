//! What can differ, and what can be done about it.

words! {
    /// What differs.
    pub enum DifferenceKind {
        /// Stripe took money for us, and our books do not have it.
        UnbookedPayment = "unbooked_payment" => "Paid at Stripe, not in our books",
        /// Stripe took money without our marks: another program shares the account.
        ForeignPayment = "foreign_payment" => "Not of this shop",
        /// Our books have a payment that Stripe does not have, or not as paid.
        PaymentNotAtStripe = "payment_not_at_stripe" => "In our books, not paid at Stripe",
        /// An order counts as paid, and there is no payment for it on either side.
        OrderWithoutPayment = "order_without_payment" => "Order paid without a payment",
        /// Both have the payment, with another amount.
        CapturedDiffers = "captured_differs" => "Another amount at Stripe",
        /// Both have the payment with the same amount, which is not the order's.
        OrderTotalDiffers = "order_total_differs" => "Another amount than the order’s",
        /// Stripe gave money back, and our books do not have that.
        UnbookedRefund = "unbooked_refund" => "Refund at Stripe, not in our books",
        /// Our books have a refund that Stripe does not have, or that failed there.
        RefundNotAtStripe = "refund_not_at_stripe" => "Refund in our books, not at Stripe",
        /// Both have the refund, with another amount; or it failed in our books only.
        RefundDiffers = "refund_differs" => "Another refund at Stripe",
    }
}

words! {
    /// What became of a difference.
    pub enum DifferenceStatus {
        Open = "open" => "Open",
        Resolved = "resolved" => "Resolved",
        Dismissed = "dismissed" => "Dismissed",
    }
}

words! {
    /// What staff can do about a difference, with one click. People read what stands on its button.
    pub enum Repair {
        /// Look at Stripe again and let the order follow, as the webhook would have.
        Settle = "settle" => "Settle again",
        /// Write the payment down for the order that it names; if that does not want it, it goes back.
        Take = "take" => "Take for the order",
        /// Give the money back.
        GiveBack = "give_back" => "Give the money back",
        /// Write into our books what Stripe says.
        Adopt = "adopt" => "Write down what Stripe says",
        /// Ask Stripe for the refund once more.
        SendAgain = "send_again" => "Send the refund again",
        /// Take the payment out of our books and cancel the order.
        WriteOff = "write_off" => "Cancel the order",
    }
}

impl Repair {
    /// Nobody can take it back: money leaves, or an order ends.
    pub fn is_final(self) -> bool {
        matches!(self, Self::GiveBack | Self::WriteOff)
    }
}
