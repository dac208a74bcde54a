//! What is told of orders, their parcels and their money.

use super::entity::{Amount, EntityKind, Payload};
use crate::Currency;
use crate::id::{OrderId, PaymentId, RefundId, ShipmentId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// Where an order stands.
    pub enum OrderState {
        /// Placed, its stock held, waiting for the money.
        Pending = "pending",
        Paid = "paid",
        /// Being picked and packed.
        Processing = "processing",
        Shipped = "shipped",
        Delivered = "delivered",
        Completed = "completed",
        Cancelled = "cancelled",
        /// All the money went back.
        Refunded = "refunded",
    }
}

words! {
    /// What became of an order's money.
    pub enum MoneyState {
        Pending = "pending",
        Paid = "paid",
        Failed = "failed",
        PartiallyRefunded = "partially_refunded",
        Refunded = "refunded",
    }
}

words! {
    /// What became of an order's goods.
    pub enum GoodsState {
        Unfulfilled = "unfulfilled",
        InPreparation = "in_preparation",
        PartiallyShipped = "partially_shipped",
        Shipped = "shipped",
        Delivered = "delivered",
        Completed = "completed",
        Cancelled = "cancelled",
    }
}

words! {
    /// What became of a refund.
    pub enum RefundOutcome {
        /// Written down; the provider has not said how it went.
        Pending = "pending",
        Succeeded = "succeeded",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

words! {
    /// What went wrong with a refund, where it is not the provider who says it.
    pub enum RefundProblem {
        /// The provider does not have it.
        NoSuchRefund = "no_such_refund",
        /// The provider has no payment of which it could give back.
        NoPayment = "no_payment",
    }
}

/// An order as it stands after what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderId": "0190b5a0-7c1e-7000-8000-000000000021", "number": "IM-100001", "status": "paid",
    "previousStatus": "pending", "paymentStatus": "paid", "fulfillmentStatus": "unfulfilled", "total": "78.50",
    "currency": "GBP",
}))]
pub struct OrderEvent {
    pub order_id: OrderId,
    /// As people name it.
    pub number: String,
    pub status: OrderState,
    /// Where it stood before, if it moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub previous_status: Option<OrderState>,
    pub payment_status: MoneyState,
    #[serde(rename = "fulfillmentStatus")]
    pub fulfilment: GoodsState,
    /// All that it costs, with delivery and tax.
    pub total: Amount,
    pub currency: Currency,
}

impl Payload for OrderEvent {
    const ENTITY: EntityKind = EntityKind::Order;

    fn entity_id(&self) -> String {
        self.order_id.to_string()
    }
}

/// A parcel that left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderId": "0190b5a0-7c1e-7000-8000-000000000021", "number": "IM-100001",
    "shipmentId": "0190b5a0-7c1e-7000-8000-000000000041", "carrier": "Post", "tracking": "AB 123", "partial": false,
    "fulfillmentStatus": "shipped",
}))]
pub struct ShipmentEvent {
    pub order_id: OrderId,
    /// Of the order, as people name it.
    pub number: String,
    pub shipment_id: ShipmentId,
    /// Who carries it; may be empty.
    pub carrier: String,
    /// The carrier's number; may be empty.
    pub tracking: String,
    /// Whether more of the order is to follow.
    pub partial: bool,
    /// Of the order, after this parcel.
    #[serde(rename = "fulfillmentStatus")]
    pub fulfilment: GoodsState,
}

impl Payload for ShipmentEvent {
    const ENTITY: EntityKind = EntityKind::Shipment;

    fn entity_id(&self) -> String {
        self.shipment_id.to_string()
    }
}

/// A step of a dispute over a payment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderId": "0190b5a0-7c1e-7000-8000-000000000021", "paymentId": "0190b5a0-7c1e-7000-8000-000000000031",
    "reason": "product_not_received", "status": "needs_response",
}))]
pub struct DisputeEvent {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    /// In the provider's word: <https://docs.stripe.com/api/disputes/object#dispute_object-reason>.
    pub reason: String,
    /// In the provider's word.
    pub status: String,
}

impl Payload for DisputeEvent {
    const ENTITY: EntityKind = EntityKind::Payment;

    fn entity_id(&self) -> String {
        self.payment_id.to_string()
    }
}

/// Money that is not what the order costs. The order was not moved by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "orderId": "0190b5a0-7c1e-7000-8000-000000000021", "number": "IM-100001",
    "paymentId": "0190b5a0-7c1e-7000-8000-000000000031", "received": "70.00", "expected": "78.50", "currency": "GBP",
}))]
pub struct AmountDiffers {
    pub order_id: OrderId,
    /// Of the order, as people name it.
    pub number: String,
    pub payment_id: PaymentId,
    /// What came in.
    pub received: Amount,
    /// What the order costs.
    pub expected: Amount,
    pub currency: Currency,
}

impl Payload for AmountDiffers {
    const ENTITY: EntityKind = EntityKind::Payment;

    fn entity_id(&self) -> String {
        self.payment_id.to_string()
    }
}

/// A refund as it stands after what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "refundId": "0190b5a0-7c1e-7000-8000-000000000051", "orderId": "0190b5a0-7c1e-7000-8000-000000000021",
    "number": "IM-100001", "status": "failed", "amount": "10.00", "currency": "GBP",
    "split": { "goods": "10.00", "shipping": "0.00", "tax": "0.00", "taxIncluded": "1.67" },
    "failure": "The card was closed",
}))]
pub struct RefundEvent {
    pub refund_id: RefundId,
    pub order_id: OrderId,
    /// Of the order, as people name it.
    pub number: String,
    pub status: RefundOutcome,
    /// What goes back.
    pub amount: Amount,
    pub currency: Currency,
    pub split: RefundSplit,
    /// Why it failed, where it is not the provider who says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fault: Option<RefundProblem>,
    /// Why it failed, in the provider's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failure: Option<String>,
}

/// What a refund gives back of what. Goods, delivery and tax come to the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefundSplit {
    pub goods: Amount,
    pub shipping: Amount,
    /// Added on top. Zero where prices include tax.
    pub tax: Amount,
    /// How much tax is contained where prices include it.
    pub tax_included: Amount,
}

impl Payload for RefundEvent {
    const ENTITY: EntityKind = EntityKind::Refund;

    fn entity_id(&self) -> String {
        self.refund_id.to_string()
    }
}
