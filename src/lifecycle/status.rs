//! The statuses of an order as they are stored, and the one table of moves between them. What people read is in
//! [`super::words`].

use crate::{Error, FieldError};

/// Where an order stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    sqlx::Type,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Placed, its stock held, waiting for the money.
    Pending,
    Paid,
    /// Being picked and packed.
    Processing,
    Shipped,
    Delivered,
    Completed,
    Cancelled,
    /// All the money went back.
    Refunded,
}

use OrderStatus::*;

impl OrderStatus {
    pub const ALL: [Self; 8] = [Pending, Paid, Processing, Shipped, Delivered, Completed, Cancelled, Refunded];

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

    pub fn can_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }

    /// The word that is stored, and that programs read.
    pub fn word(self) -> &'static str {
        match self {
            Pending => "pending",
            Paid => "paid",
            Processing => "processing",
            Shipped => "shipped",
            Delivered => "delivered",
            Completed => "completed",
            Cancelled => "cancelled",
            Refunded => "refunded",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// Nothing more will happen to it, but for money that goes back.
    pub fn is_final(self) -> bool {
        matches!(self, Completed | Cancelled | Refunded)
    }

    /// The refusal of a move, naming both statuses.
    pub(crate) fn refuse(self, to: Self) -> Error {
        let detail =
            |field: &'static str, status: Self| FieldError { field: field.into(), message: status.word().into() };
        Error::Conflict {
            code: "order_status",
            message: format!("An order that is {} cannot become {}", self.word(), to.word()),
            details: vec![detail("from", self), detail("to", to)],
        }
    }
}

/// What became of the money. Derived by the database from payments and refunds, never set by hand.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::Type, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    Pending,
    Paid,
    Failed,
    PartiallyRefunded,
    Refunded,
}

impl PaymentStatus {
    pub const ALL: [Self; 5] = [Self::Pending, Self::Paid, Self::Failed, Self::PartiallyRefunded, Self::Refunded];

    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// Some money came in and was not all given back.
    pub fn has_money(self) -> bool {
        matches!(self, Self::Paid | Self::PartiallyRefunded)
    }
}
