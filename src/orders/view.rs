//! An order as it is shown: to the shopper, and with all that is internal to staff.

use super::step::{OfflineStep, Step};
use crate::actors::{Permission, Staff};
use crate::address::{Address, ShownAddress};
use crate::catalog::Picture;
use crate::id::{OrderId, OrderItemId, PaymentId, ProductId, ShipmentId, UserId, VariantId};
use crate::lifecycle::{
    CancelCause, CancelReason, Fulfilment, OrderStatus, PaymentStatus, PaymentWord, ShownRow, TimelineRow,
};
use crate::payments::{PaymentState, PaymentView, RefundView};
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
    /// Another one when anything of it changed. Empty in the answer to whoever placed it.
    #[serde(skip)]
    pub version: String,
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
    /// Where nobody typed why.
    pub cancel_cause: Option<CancelCause>,
    /// Until when the stock of a pending order is held.
    pub reserved_until: Option<DateTime<Utc>>,
    pub shipments: Vec<Shipment>,
    pub payments: Vec<PaymentView>,
    pub refunds: Vec<RefundView>,
    #[schema(value_type = Vec<ShownRow>)]
    pub timeline: Vec<TimelineRow>,
}

#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderItem {
    pub id: OrderItemId,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    #[schema(example = "TEE-RED-M")]
    pub sku: String,
    #[schema(example = "Cotton T-shirt")]
    pub name: String,
    #[schema(example = "Red / M")]
    pub variant_name: String,
    /// Of the product's page when it was bought.
    #[schema(example = "cotton-t-shirt")]
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
    #[schema(example = "Cotton T-shirt")]
    pub name: String,
    #[schema(example = "Red / M")]
    pub variant_name: String,
    pub quantity: i32,
}

fn in_english<S: Serializer>(reason: &Option<CancelReason>, s: S) -> Result<S::Ok, S::Error> {
    reason.as_ref().map(|reason| reason.say(Locale::English)).serialize(s)
}

impl OrderView {
    /// What became of its money, as people read it.
    pub fn payment(&self) -> PaymentWord {
        PaymentWord::of(self.payment_status, self.status)
    }

    /// The steps for which there are buttons. Each is checked again when it is taken.
    pub fn steps(&self) -> Vec<Step> {
        let waits_for_offline = self.payments.iter().any(|p| p.is_offline() && p.status == PaymentState::Pending);
        let is_whole = self.items.iter().all(|item| item.shipped == 0);
        let moves = self.status.next().iter().filter_map(|to| Step::between(self.status, *to));
        let money = waits_for_offline.then_some(Step::Offline(OfflineStep::Receive));
        money.into_iter().chain(moves.filter(|step| is_whole || *step != Step::To(OrderStatus::Cancelled))).collect()
    }

    /// Why these staff cannot take a step that the order allows: who cancels a paid order gives money back.
    pub fn refused(&self, step: Step, staff: &Staff) -> Option<&'static str> {
        let gives_money_back = step == Step::To(OrderStatus::Cancelled) && self.payment_status.has_money();
        (gives_money_back && !staff.can(Permission::OrdersRefund))
            .then_some("It is paid: only staff who may give money back can cancel it.")
    }

    /// What was taken and is not on its way back.
    pub fn refundable(&self) -> Money {
        self.left_of(|_| true)
    }

    /// So many pieces of a line were paid back by line, or are about to be.
    pub fn paid_back(&self, item: OrderItemId) -> i32 {
        let live = self.refunds.iter().filter(|r| r.status.counts());
        live.flat_map(|r| &r.lines).filter(|line| line.item == item).map(|line| line.quantity).sum()
    }

    /// The part of it that was paid offline, and so goes back by hand.
    pub fn refundable_by_hand(&self) -> Money {
        self.left_of(PaymentView::is_offline)
    }

    fn left_of(&self, counts: impl Fn(&PaymentView) -> bool) -> Money {
        let left = self.payments.iter().filter(|p| counts(p)).map(|p| p.captured.minor - p.refunding.minor).sum();
        Money::new(left, self.currency)
    }

    /// Where it goes and what was noted can still be put right.
    pub fn can_be_corrected(&self) -> bool {
        matches!(self.status, OrderStatus::Pending | OrderStatus::Paid | OrderStatus::Processing)
            && self.items.iter().all(|item| item.shipped == 0)
    }

    /// The payment that the shopper can go on with.
    pub fn open_payment(&self) -> Option<PaymentId> {
        let open =
            |p: &&PaymentView| !p.is_offline() && matches!(p.status, PaymentState::Created | PaymentState::Pending);
        (self.status == OrderStatus::Pending).then(|| self.payments.iter().find(open).map(|p| p.id)).flatten()
    }

    pub fn is_guests(&self) -> bool {
        self.user_id.is_none()
    }
}
