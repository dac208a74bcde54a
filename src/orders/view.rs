//! An order as it is shown: to the shopper, and with all that is internal to staff.

use crate::actors::{Permission, Staff};
use crate::address::{Address, ShownAddress};
use crate::catalog::Picture;
use crate::id::{OrderId, OrderItemId, PaymentId, ProductId, RefundId, ShipmentId, UserId, VariantId};
use crate::lifecycle::{
    CancelCause, CancelReason, Fulfilment, OrderStatus, PaymentStatus, PaymentWord, RefundFailure, RefundReason,
    ShownRow, TimelineRow,
};
use crate::payments::RefundedLine;
use crate::payments::Split;
use crate::pricing::Totals;
use crate::words::Locale;
use crate::{Currency, Money};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};

/// All of an order that its shopper may see. For staff it holds the whole timeline too.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Order)]
pub struct OrderView {
    pub id: OrderId,
    #[schema(example = "IM-100042")]
    pub number: String,
    /// The same as `number`.
    #[schema(example = "IM-100042")]
    pub order_number: String,
    pub status: OrderStatus,
    pub payment_status: PaymentStatus,
    #[serde(rename = "fulfillmentStatus")]
    pub fulfilment: Fulfilment,
    /// Of the payment that took the money, else of the last one that has an intent.
    #[schema(example = "pi_3RtX2kLq8eZvKYlo1aBcDeFg")]
    pub payment_intent_id: Option<String>,
    #[schema(example = "ada@example.org")]
    pub email: String,
    #[serde(skip)]
    pub user_id: Option<UserId>,
    /// Is written with the totals.
    #[serde(skip)]
    pub currency: Currency,
    pub items: Vec<OrderItem>,
    #[serde(flatten)]
    pub totals: Totals,
    #[schema(example = "standard")]
    pub shipping_method: String,
    #[schema(example = "Standard")]
    pub shipping_method_name: String,
    #[serde(serialize_with = "Address::shown")]
    #[schema(value_type = ShownAddress)]
    pub shipping_address: Address,
    #[serde(serialize_with = "Address::shown")]
    #[schema(value_type = ShownAddress)]
    pub billing_address: Address,
    #[schema(example = "Please ring twice")]
    pub customer_note: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub paid_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    /// In English, or in the words of staff.
    #[serde(serialize_with = "in_english")]
    #[schema(value_type = Option<String>, example = "Ordered twice by mistake")]
    pub cancel_reason: Option<CancelReason>,
    /// Where it was not staff who cancelled it.
    pub cancel_cause: Option<CancelCause>,
    /// Until when the stock of a pending order is held.
    pub reserved_until: Option<DateTime<Utc>>,
    pub shipments: Vec<Shipment>,
    pub payments: Vec<Payment>,
    pub refunds: Vec<Refund>,
    #[schema(value_type = Vec<ShownRow>)]
    pub timeline: Vec<TimelineRow>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderItem {
    pub id: OrderItemId,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    #[schema(example = "HAMMER-16")]
    pub sku: String,
    #[schema(example = "Claw hammer")]
    pub name: String,
    #[schema(example = "16 oz")]
    pub variant_name: String,
    /// Of the product's page when it was bought.
    #[schema(example = "claw-hammer")]
    pub slug: String,
    pub picture: Option<Picture>,
    pub unit_price: Money,
    pub quantity: i32,
    pub line_total: Money,
    /// Held and not shipped.
    pub to_ship: i32,
    pub shipped: i32,
    pub returned: i32,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shipment {
    pub id: ShipmentId,
    #[schema(example = "Royal Mail")]
    pub carrier: String,
    #[schema(example = "AB123456785GB")]
    pub tracking: String,
    #[schema(example = "https://www.royalmail.com/track-your-item#/tracking-results/AB123456785GB")]
    pub tracking_url: Option<String>,
    pub created_at: DateTime<Utc>,
    pub items: Vec<ShippedItem>,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShippedItem {
    pub item_id: OrderItemId,
    #[schema(example = "Claw hammer")]
    pub name: String,
    #[schema(example = "16 oz")]
    pub variant_name: String,
    pub quantity: i32,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderPayment)]
pub struct Payment {
    pub id: PaymentId,
    #[schema(example = "stripe")]
    pub provider: String,
    #[schema(example = "checkout")]
    pub method: String,
    #[schema(example = "succeeded")]
    pub status: String,
    pub amount: Money,
    pub captured: Money,
    /// Refunded or about to be.
    pub refunding: Money,
    #[schema(example = "Your card was declined.")]
    pub failure_message: Option<String>,
    /// The provider's own name of it, for staff who look there.
    #[serde(skip)]
    pub reference: Option<String>,
    pub created_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderRefund)]
pub struct Refund {
    pub id: RefundId,
    pub payment_id: PaymentId,
    pub amount: Money,
    #[serde(flatten)]
    pub split: Split,
    /// The pieces that were paid back, where it was asked for by line.
    pub lines: Vec<RefundedLine>,
    /// In English.
    #[serde(serialize_with = "reason_in_english")]
    #[schema(value_type = String, example = "The shaft was split")]
    pub reason: RefundReason,
    pub restock: bool,
    #[schema(example = "succeeded")]
    pub status: String,
    /// Of one that failed, for staff.
    #[serde(skip)]
    pub failure: Option<RefundFailure>,
    /// Who asked for it, for staff.
    #[serde(skip)]
    pub by: String,
    /// It was paid offline: staff hand it back, no gateway does.
    pub is_by_hand: bool,
    pub created_at: DateTime<Utc>,
}

impl Refund {
    /// Staff still have to hand it over.
    pub fn waits_for_hand(&self) -> bool {
        self.is_by_hand && self.status == "pending"
    }
}

fn in_english<S: Serializer>(reason: &Option<CancelReason>, s: S) -> Result<S::Ok, S::Error> {
    reason.as_ref().map(|reason| reason.say(Locale::English)).serialize(s)
}

fn reason_in_english<S: Serializer>(reason: &RefundReason, s: S) -> Result<S::Ok, S::Error> {
    reason.say(Locale::English).serialize(s)
}

/// What staff can do with an order next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    AcceptOffline,
    RecordOfflinePayment,
    Process,
    Ship,
    Deliver,
    Complete,
    Cancel,
}

impl Move {
    pub const ALL: [Self; 7] = [
        Self::AcceptOffline,
        Self::RecordOfflinePayment,
        Self::Process,
        Self::Ship,
        Self::Deliver,
        Self::Complete,
        Self::Cancel,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::AcceptOffline => "accept-offline",
            Self::RecordOfflinePayment => "record-payment",
            Self::Process => "process",
            Self::Ship => "ship",
            Self::Deliver => "deliver",
            Self::Complete => "complete",
            Self::Cancel => "cancel",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.word() == word)
    }

    /// For a button.
    pub fn label(self) -> &'static str {
        match self {
            Self::AcceptOffline => "Accept, to be paid offline",
            Self::RecordOfflinePayment => "Payment received",
            Self::Process => "Start preparing",
            Self::Ship => "Ship",
            Self::Deliver => "Mark as delivered",
            Self::Complete => "Complete",
            Self::Cancel => "Cancel",
        }
    }
}

impl OrderView {
    /// What became of its money, as people read it.
    pub fn payment(&self) -> PaymentWord {
        PaymentWord::of(self.payment_status, self.status)
    }

    /// The moves for which there are buttons. Each is checked again when it is made.
    pub fn allowed_moves(&self) -> Vec<Move> {
        let waits_for_offline = self.payments.iter().any(|p| p.provider == "offline" && p.status == "pending");
        let is_whole = self.items.iter().all(|item| item.shipped == 0);
        let mut moves: Vec<_> = waits_for_offline.then_some(Move::RecordOfflinePayment).into_iter().collect();
        moves.extend(self.status.next().iter().filter_map(|to| match (self.status, to) {
            (OrderStatus::Pending, OrderStatus::Processing) => Some(Move::AcceptOffline),
            (_, OrderStatus::Processing) => Some(Move::Process),
            (_, OrderStatus::Shipped) => Some(Move::Ship),
            (_, OrderStatus::Delivered) => Some(Move::Deliver),
            (_, OrderStatus::Completed) => Some(Move::Complete),
            (_, OrderStatus::Cancelled) => is_whole.then_some(Move::Cancel),
            // paid and refunded follow from the money
            _ => None,
        }));
        moves
    }

    /// Why these staff cannot make a move that the order allows: who cancels a paid order gives money back.
    pub fn refused(&self, step: Move, staff: &Staff) -> Option<&'static str> {
        let gives_money_back = step == Move::Cancel && self.payment_status.has_money();
        (gives_money_back && !staff.can(Permission::OrdersRefund))
            .then_some("It is paid: only staff who may give money back can cancel it.")
    }

    /// What was taken and is not on its way back.
    pub fn refundable(&self) -> Money {
        self.left_of(|_| true)
    }

    /// So many pieces of a line were paid back by line, or are about to be.
    pub fn paid_back(&self, item: OrderItemId) -> i32 {
        let live = self.refunds.iter().filter(|r| matches!(r.status.as_str(), "pending" | "succeeded"));
        live.flat_map(|r| &r.lines).filter(|line| line.item == item).map(|line| line.quantity).sum()
    }

    /// The part of it that was paid offline, and so goes back by hand.
    pub fn refundable_by_hand(&self) -> Money {
        self.left_of(|payment| payment.provider == "offline")
    }

    fn left_of(&self, counts: impl Fn(&Payment) -> bool) -> Money {
        let left = self.payments.iter().filter(|p| counts(p)).map(|p| p.captured.minor - p.refunding.minor).sum();
        Money::new(left, self.currency)
    }

    /// Where it goes and what was noted can still be put right.
    pub fn can_be_corrected(&self) -> bool {
        matches!(self.status, OrderStatus::Pending | OrderStatus::Paid | OrderStatus::Processing)
            && self.items.iter().all(|item| item.shipped == 0)
    }

    /// The shopper may still give it up.
    pub fn can_be_cancelled_by_shopper(&self) -> bool {
        self.status == OrderStatus::Pending && !self.payment_status.has_money()
    }

    /// The payment that the shopper can go on with.
    pub fn open_payment(&self) -> Option<PaymentId> {
        let open = |p: &&Payment| p.provider != "offline" && matches!(p.status.as_str(), "created" | "pending");
        (self.status == OrderStatus::Pending).then(|| self.payments.iter().find(open).map(|p| p.id)).flatten()
    }

    pub fn is_guests(&self) -> bool {
        self.user_id.is_none()
    }
}
