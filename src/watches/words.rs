//! Of what kind a watch is, and how it stands.

use crate::settings::Settings;

words! {
    /// What somebody wants to be told of.
    pub enum WatchKind {
        BackInStock = "back_in_stock" => say "watch-back-in-stock",
        PriceDrop = "price_drop" => say "watch-price-drop",
    }
}

words! {
    /// How a watch stands.
    pub enum WatchStatus {
        /// The address is not confirmed yet: nothing is told.
        Pending = "pending" => say "watch-pending",
        Active = "active" => say "watch-active",
        /// Told that it is back in stock, and so over.
        Told = "told" => say "watch-told",
        /// Ended by whoever it was for.
        Ended = "ended" => say "watch-ended",
    }
}

impl WatchKind {
    /// Whether the shop tells of this at all.
    pub fn is_on(self, settings: &Settings) -> bool {
        match self {
            Self::BackInStock => settings.watch_back_in_stock,
            Self::PriceDrop => settings.watch_price_drop,
        }
    }
}
