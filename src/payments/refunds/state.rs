//! How a refund stands.

words! {
    /// How far a refund has got. Forward only; but for one that had succeeded and came back.
    pub enum RefundState {
        /// Written down. The provider was not asked yet or is not done; what was paid offline waits for staff.
        Pending = "pending" => "On its way",
        Succeeded = "succeeded" => "Done",
        Failed = "failed" => "Failed",
        Cancelled = "cancelled" => "Cancelled",
    }
}

impl RefundState {
    /// The money is gone, or about to be.
    pub fn counts(self) -> bool {
        matches!(self, Self::Pending | Self::Succeeded)
    }

    /// Whether it may become what the provider says that it is by now.
    pub(in crate::payments) fn may_become(self, to: Self) -> bool {
        matches!((self, to), (Self::Pending, _) | (Self::Succeeded, Self::Failed | Self::Cancelled))
    }
}
