//! What of all that can be followed changes with an event.

use super::catalogue::Event;
use crate::live_topic::LiveTopic;

impl Event {
    /// What they see change who follow it. Products and stock on their pages are followed by the changes of the
    /// catalogue (`crate::cache`), carts by their own acts.
    pub(super) fn changes(&self) -> Vec<LiveTopic> {
        match self {
            Self::OrderPlaced(order)
            | Self::OrderCorrected(order)
            | Self::OrderPaid(order)
            | Self::OrderProcessing(order)
            | Self::OrderShipped(order)
            | Self::OrderDelivered(order)
            | Self::OrderCompleted(order)
            | Self::OrderCancelled(order)
            | Self::OrderRefunded(order) => of_order(order.order_id),
            Self::ShipmentCreated(shipment) => of_order(shipment.order_id),
            Self::PaymentDisputed(dispute) => of_order(dispute.order_id),
            Self::PaymentAmountDiffers(differs) => of_order(differs.order_id),
            Self::RefundCreated(refund)
            | Self::RefundSucceeded(refund)
            | Self::RefundFailed(refund)
            | Self::RefundCancelled(refund) => of_order(refund.order_id),
            Self::StockChanged(stock) => vec![LiveTopic::Stock(stock.variant_id)],
            Self::ImportFinished(import) => vec![LiveTopic::Import(import.import_id)],
            _ => Vec::new(),
        }
    }
}

fn of_order(order: crate::id::OrderId) -> Vec<LiveTopic> {
    vec![LiveTopic::Order(order), LiveTopic::AdminOrders, LiveTopic::AdminPayments]
}
