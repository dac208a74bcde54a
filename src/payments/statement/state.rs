//! How a payment or a refund stands in either book.

words! {
    /// How a payment or a refund stands in Stripe's statement, or in ours.
    pub enum EntryState {
        /// At Stripe: the shopper can pay.
        Open = "open" => "Open",
        Created = "created" => "Created",
        Pending = "pending" => "Pending",
        Processing = "processing" => "Processing",
        Succeeded = "succeeded" => "Succeeded",
        Failed = "failed" => "Failed",
        Cancelled = "cancelled" => "Cancelled",
        Expired = "expired" => "Expired",
        /// Stripe has none of this name.
        Missing = "missing" => "Missing",
    }
}
