//! The statuses of an order as they are stored, and the one table of moves between them. What people read is in
//! [`super::words`].

use crate::{Error, FieldError, said};

words! {
    // the words name the part (money or goods) that changed on entering the status
    /// Where an order stands.
    #[derive(PartialOrd, Ord)]
    pub enum OrderStatus {
        /// Placed, its stock held, waiting for the money.
        Pending = "pending" => say "status-awaiting-payment",
        Paid = "paid" => say "status-paid",
        /// Being picked and packed.
        Processing = "processing" => say "status-in-preparation",
        Shipped = "shipped" => say "status-shipped",
        Delivered = "delivered" => say "status-delivered",
        Completed = "completed" => say "status-completed",
        Cancelled = "cancelled" => say "status-cancelled",
        /// All the money went back.
        Refunded = "refunded" => say "status-refunded",
    }
}

use OrderStatus::*;

impl OrderStatus {
    /// To where it can go from here. There are no other moves.
    pub fn next(self) -> &'static [Self] {
        match self {
            // processing: staff accept an order to be paid offline
            Pending => &[Paid, Processing, Cancelled],
            Paid => &[Processing, Cancelled, Refunded],
            // completed: nothing to ship, or picked up in the shop
            Processing => &[Shipped, Completed, Cancelled, Refunded],
            Shipped => &[Delivered],
            Delivered => &[Completed, Refunded],
            Completed => &[Refunded],
            Cancelled | Refunded => &[],
        }
    }

    /// On the button by which staff move an order here; none where it follows from the money.
    pub fn button(self) -> Option<&'static str> {
        match self {
            Processing => Some("Start preparing"),
            Shipped => Some("Ship"),
            Delivered => Some("Mark as delivered"),
            Completed => Some("Complete"),
            Cancelled => Some("Cancel"),
            Pending | Paid | Refunded => None,
        }
    }

    pub fn can_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }

    /// Nothing more will happen to it, but for money that goes back.
    pub fn is_final(self) -> bool {
        matches!(self, Completed | Cancelled | Refunded)
    }

    /// The refusal of a move, naming both statuses.
    pub(crate) fn refuse(self, to: Self) -> Error {
        let detail = |field: &'static str, status: Self| FieldError::new(field, status.word());
        Error::Conflict {
            code: "order_status",
            message: said!("refusal-order-status", from = self.said(), to = to.said()),
            details: vec![detail("from", self), detail("to", to)],
        }
    }
}

words! {
    /// What became of the money. Derived by the database from payments and refunds, never set by hand.
    pub enum PaymentStatus {
        Pending = "pending",
        Paid = "paid",
        Failed = "failed",
        PartiallyRefunded = "partially_refunded",
        Refunded = "refunded",
    }
}

impl PaymentStatus {
    /// Some money came in and was not all given back.
    pub fn has_money(self) -> bool {
        matches!(self, Self::Paid | Self::PartiallyRefunded)
    }
}
