//! How what the shop knows of an order is told to the world. The words of events are theirs: they stay while ours go
//! on, and where we get another one the compiler asks here how it is told.

use super::status::{OrderStatus, PaymentStatus};
use super::words::Fulfilment;
use crate::events::{Event, GoodsState, MoneyState, OrderEvent, OrderState};

impl From<OrderStatus> for OrderState {
    fn from(status: OrderStatus) -> Self {
        match status {
            OrderStatus::Pending => Self::Pending,
            OrderStatus::Paid => Self::Paid,
            OrderStatus::Processing => Self::Processing,
            OrderStatus::Shipped => Self::Shipped,
            OrderStatus::Delivered => Self::Delivered,
            OrderStatus::Completed => Self::Completed,
            OrderStatus::Cancelled => Self::Cancelled,
            OrderStatus::Refunded => Self::Refunded,
        }
    }
}

impl From<PaymentStatus> for MoneyState {
    fn from(status: PaymentStatus) -> Self {
        match status {
            PaymentStatus::Pending => Self::Pending,
            PaymentStatus::Paid => Self::Paid,
            PaymentStatus::Failed => Self::Failed,
            PaymentStatus::PartiallyRefunded => Self::PartiallyRefunded,
            PaymentStatus::Refunded => Self::Refunded,
        }
    }
}

impl From<Fulfilment> for GoodsState {
    fn from(fulfilment: Fulfilment) -> Self {
        match fulfilment {
            Fulfilment::Unfulfilled => Self::Unfulfilled,
            Fulfilment::InPreparation => Self::InPreparation,
            Fulfilment::PartiallyShipped => Self::PartiallyShipped,
            Fulfilment::Shipped => Self::Shipped,
            Fulfilment::Delivered => Self::Delivered,
            Fulfilment::Completed => Self::Completed,
            Fulfilment::Cancelled => Self::Cancelled,
        }
    }
}

/// The event of a move.
pub(super) fn moved(to: OrderStatus, order: OrderEvent) -> Event {
    match to {
        // no move leads back there
        OrderStatus::Pending => Event::OrderPlaced(order),
        OrderStatus::Paid => Event::OrderPaid(order),
        OrderStatus::Processing => Event::OrderProcessing(order),
        OrderStatus::Shipped => Event::OrderShipped(order),
        OrderStatus::Delivered => Event::OrderDelivered(order),
        OrderStatus::Completed => Event::OrderCompleted(order),
        OrderStatus::Cancelled => Event::OrderCancelled(order),
        OrderStatus::Refunded => Event::OrderRefunded(order),
    }
}
