//! The words of conversations.

words! {
    /// Whose turn it is.
    pub enum ConversationStatus {
        /// Those who sell are to answer.
        Open = "open" => "Open",
        /// The shopper is to answer, if anybody.
        Answered = "answered" => "Answered",
        /// Put aside until a moment, or until the shopper writes.
        Snoozed = "snoozed" => "Snoozed",
        /// Over. It goes on when it is reopened, or somebody writes.
        Closed = "closed" => "Closed",
    }
}

words! {
    /// On which side of a conversation somebody is.
    pub enum Side {
        Shopper = "shopper" => "Shopper",
        /// Sells for a vendor.
        Vendor = "vendor" => "Vendor",
        /// Works for the shop, or is a program of it.
        Shop = "shop" => "Shop",
    }
}
