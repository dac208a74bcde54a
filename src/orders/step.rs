//! What staff can do with an order next. The moves are those of [`OrderStatus::next`]; what money has a part in is more
//! than a move.

use crate::lifecycle::OrderStatus;

/// A step that staff take with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Moves it on.
    To(OrderStatus),
    Offline(OfflineStep),
}

words! {
    /// What staff do with an order that is paid offline.
    pub enum OfflineStep {
        /// It goes on before the money is there.
        Accept = "accept-offline" => "Accept, to be paid offline",
        /// The money came.
        Receive = "record-payment" => "Payment received",
    }
}

impl Step {
    /// The step by which staff bring an order from one status to another; none where the move follows from money.
    pub(super) fn between(from: OrderStatus, to: OrderStatus) -> Option<Self> {
        match (from, to) {
            (OrderStatus::Pending, OrderStatus::Processing) => Some(Self::Offline(OfflineStep::Accept)),
            _ => to.button().map(|_| Self::To(to)),
        }
    }

    /// For a button.
    pub fn label(self) -> String {
        match self {
            Self::To(to) => to.button().unwrap_or_default().to_owned(),
            Self::Offline(step) => step.to_string(),
        }
    }
}
