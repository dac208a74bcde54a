//! The story of one order: what people do to it, one act after the other, as the shop itself would write it down.

use super::rows::{EventRow, ItemRow, OrderRow, PaymentRow, RefundRow, Rows, ShipmentRow, ShippedRow};
use crate::actors::{Actor, AsActor, System};
use crate::id::{EventId, OrderItemId, PaymentId, RefundId, ShipmentId};
use crate::lifecycle::OrderStatus;
use crate::payments::Split;
use crate::seed::chance::{Chance, stable};
use crate::seed::movements::Move;
use crate::{Currency, Error, Money, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// An order that is being told. Time passes by [`wait`](Self::wait).
pub struct Tale {
    pub order: OrderRow,
    pub items: Vec<ItemRow>,
    pub currency: Currency,
    pub buyer: Actor,
    pub chance: Chance,
    pub moves: Vec<Move>,
    at: DateTime<Utc>,
    rows: Rows,
}

impl Tale {
    /// The order is placed: its stock is held and a payment is expected.
    pub fn begin(order: OrderRow, items: Vec<ItemRow>, currency: Currency, buyer: Actor, chance: Chance) -> Self {
        let at = order.created_at;
        let (moves, rows) = (Vec::new(), Rows::default());
        let mut tale = Self { order, items, currency, buyer, chance, moves, at, rows };
        let buyer = tale.buyer.clone();
        tale.note_down("placed", None, Some(OrderStatus::Pending), "", true, &buyer);
        for n in 0..tale.items.len() {
            let quantity = tale.items[n].quantity;
            tale.items[n].reserved_quantity = quantity;
            tale.stock(n, "reserved", 0, quantity, &buyer);
        }
        tale.expect("stripe");
        tale
    }

    /// Ends the story, now. One that has gone on into the future is a mistake.
    pub fn end(mut self, now: DateTime<Utc>, rows: &mut Rows, moves: &mut Vec<Move>) -> Result<()> {
        if self.at > now {
            return Err(Error::internal(format!("the story of order {} ends in the future", self.order.id)));
        }
        self.order.updated_at = self.at;
        rows.orders.push(self.order);
        rows.items.append(&mut self.items);
        rows.events.append(&mut self.rows.events);
        rows.shipments.append(&mut self.rows.shipments);
        rows.shipped.append(&mut self.rows.shipped);
        rows.payments.append(&mut self.rows.payments);
        rows.refunds.append(&mut self.rows.refunds);
        moves.append(&mut self.moves);
        Ok(())
    }

    /// Some minutes pass.
    pub fn wait(&mut self, least: i64, most: i64) {
        self.at += TimeDelta::seconds(self.chance.between(least * 60, most * 60));
    }

    pub fn total(&self) -> Money {
        Money::new(self.order.total, self.currency)
    }

    /// What the order's money is for. Sample orders have no discount.
    fn whole(&self) -> Split {
        let money = |minor| Money::new(minor, self.currency);
        Split {
            goods: money(self.order.subtotal),
            shipping: money(self.order.shipping),
            tax: money(self.order.tax),
            tax_included: money(self.order.tax_included),
        }
    }

    /// Holds the goods until then, though the money is not there.
    pub fn hold_until(&mut self, until: DateTime<Utc>) {
        self.order.reserved_until = Some(until);
    }

    /// A note that only staff see.
    pub fn remark(&mut self, note: &str, who: &Actor) {
        self.note_down("note", None, None, note, false, who);
    }

    /// The card was declined; the page stays open.
    pub fn decline(&mut self) -> Result<()> {
        let message = "Your card has insufficient funds.";
        let payment = self.payment()?;
        (payment.failure_code, payment.failure_message) = (Some("insufficient_funds"), Some(message));
        self.note_down("payment", None, None, &format!("Declined: {message}"), true, &System.actor());
        Ok(())
    }

    /// The shopper did not pay: the attempt is over in this state and the order is cancelled.
    pub fn give_up(&mut self, state: &'static str) -> Result<()> {
        let at = self.at;
        let payment = self.payment()?;
        (payment.status, payment.settled_at, payment.updated_at) = (state, Some(at), at);
        let reason = if state == "failed" { "The payment failed" } else { "The payment did not come in time" };
        self.release(&System.actor());
        self.advance(OrderStatus::Cancelled, reason, &System.actor())
    }

    /// The money came through the gateway.
    pub fn pay(&mut self) -> Result<()> {
        self.take_money()?;
        self.advance(OrderStatus::Paid, "", &System.actor())
    }

    /// Staff accept the order to be paid in another way.
    pub fn accept_offline(&mut self, note: &str, who: &Actor) -> Result<()> {
        let at = self.at;
        let payment = self.payment()?;
        (payment.status, payment.settled_at, payment.updated_at) = ("cancelled", Some(at), at);
        self.expect("offline");
        self.advance(OrderStatus::Processing, note, who)
    }

    /// The money for an order that was accepted to be paid in another way.
    pub fn pay_offline(&mut self, who: &Actor) -> Result<()> {
        self.take_money()?;
        self.note_down("payment", None, None, "Payment received", true, who);
        Ok(())
    }

    pub fn process(&mut self, who: &Actor) -> Result<()> {
        self.advance(OrderStatus::Processing, "", who)
    }

    /// The first line leaves, the rest waits for a delivery.
    pub fn ship_first_line(&mut self, who: &Actor) {
        let note = self.send(0..1, who);
        self.note_down("shipment", None, None, &format!("A part of it was shipped. {note}"), true, who);
    }

    /// All that waits leaves.
    pub fn ship(&mut self, who: &Actor) -> Result<()> {
        let note = self.send(0..self.items.len(), who);
        self.advance(OrderStatus::Shipped, &note, who)
    }

    pub fn deliver(&mut self, who: &Actor) -> Result<()> {
        self.advance(OrderStatus::Delivered, "", who)
    }

    /// Nothing is left to do. What was not shipped was picked up.
    pub fn complete(&mut self, note: &str, who: &Actor) -> Result<()> {
        self.take_off_shelf(0..self.items.len(), who);
        self.advance(OrderStatus::Completed, note, who)
    }

    /// Staff cancel the paid order, and the money goes back.
    pub fn call_off(&mut self, reason: &str, who: &Actor) -> Result<()> {
        self.release(who);
        self.advance(OrderStatus::Cancelled, reason, who)?;
        self.refund(self.total(), reason, json!([]), false, who)
    }

    /// All the money goes back, and with it, perhaps, the goods.
    pub fn refund_all(&mut self, reason: &str, restock: bool, who: &Actor) -> Result<()> {
        if restock {
            self.restock(who);
        }
        self.refund(self.total(), reason, json!([]), restock, who)?;
        self.release(who);
        self.advance(OrderStatus::Refunded, "", who)
    }

    /// One piece of the first line is paid back; it was not worth sending back.
    pub fn refund_one(&mut self, reason: &str, who: &Actor) -> Result<()> {
        let item = self.items.first().ok_or_else(|| Error::internal("an order without lines"))?;
        let amount = item.unit_price;
        let lines = json!([{ "item": item.id, "quantity": 1, "amount": amount }]);
        self.refund(Money::new(amount, self.currency), reason, lines, false, who)
    }

    fn payment(&mut self) -> Result<&mut PaymentRow> {
        self.rows.payments.last_mut().ok_or_else(|| Error::internal("an order without a payment"))
    }

    fn name(&self, thing: &str, n: usize) -> String {
        format!("{} {thing} {n}", self.order.id)
    }

    fn expect(&mut self, provider: &'static str) {
        let id = stable("payment", &self.name("payment", self.rows.payments.len()));
        let is_offline = provider == "offline";
        self.rows.payments.push(PaymentRow {
            id: PaymentId(id),
            order_id: self.order.id,
            provider,
            method: if is_offline { "offline" } else { "checkout" },
            idempotency_key: format!("payment-{id}"),
            provider_session: None,
            provider_intent: None,
            currency: self.currency.code(),
            amount: self.order.total,
            amount_captured: 0,
            status: if is_offline { "pending" } else { "created" },
            failure_code: None,
            failure_message: None,
            expires_at: None,
            settled_at: None,
            created_at: self.at,
            updated_at: self.at,
        });
    }

    fn take_money(&mut self) -> Result<()> {
        let at = self.at;
        self.order.paid_at = Some(at);
        let payment = self.payment()?;
        (payment.status, payment.amount_captured) = ("succeeded", payment.amount);
        (payment.settled_at, payment.updated_at) = (Some(at), at);
        (payment.failure_code, payment.failure_message) = (None, None);
        if payment.provider == "stripe" {
            let mark = payment.id.0.simple();
            payment.provider_session = Some(format!("cs_sample_{mark}"));
            payment.provider_intent = Some(format!("pi_sample_{mark}"));
            payment.expires_at = Some(payment.created_at + TimeDelta::minutes(30));
        }
        Ok(())
    }

    fn advance(&mut self, to: OrderStatus, note: &str, who: &Actor) -> Result<()> {
        let from = self.order.status;
        if !from.can_become(to) {
            return Err(Error::internal(format!("the sample moves an order from {from} to {to}")));
        }
        self.order.status = to;
        self.order.reserved_until = None;
        if to == OrderStatus::Delivered {
            self.order.delivered_at = Some(self.at);
        }
        if to == OrderStatus::Cancelled {
            self.order.cancelled_at = Some(self.at);
            self.order.cancel_reason = Some(note.to_owned());
        }
        self.note_down("moved", Some(from), Some(to), note, true, who);
        Ok(())
    }

    fn note_down(
        &mut self,
        kind: &'static str,
        from: Option<OrderStatus>,
        to: Option<OrderStatus>,
        note: &str,
        is_public: bool,
        who: &Actor,
    ) {
        let id = EventId(stable("event", &self.name("event", self.rows.events.len())));
        let event = EventRow {
            id,
            order_id: self.order.id,
            kind,
            from_status: from,
            to_status: to,
            actor_type: who.kind,
            actor_id: who.id,
            actor_name: who.name.clone(),
            note: note.to_owned(),
            is_public,
            created_at: self.at,
        };
        self.rows.events.push(event);
    }

    fn stock(&mut self, item: usize, kind: &'static str, on_hand: i32, reserved: i32, who: &Actor) {
        if (on_hand, reserved) != (0, 0) {
            self.moves.push(Move {
                at: self.at,
                variant: self.items[item].variant_id,
                kind,
                on_hand,
                reserved,
                reason: String::new(),
                who: who.clone(),
                order: Some(self.order.id),
            });
        }
    }

    fn release(&mut self, who: &Actor) {
        for n in 0..self.items.len() {
            let held = std::mem::take(&mut self.items[n].reserved_quantity);
            self.stock(n, "released", 0, -held, who);
        }
    }

    fn take_off_shelf(&mut self, items: std::ops::Range<usize>, who: &Actor) {
        for n in items {
            let held = std::mem::take(&mut self.items[n].reserved_quantity);
            self.items[n].shipped_quantity += held;
            self.stock(n, "shipped", -held, -held, who);
        }
    }

    fn send(&mut self, items: std::ops::Range<usize>, who: &Actor) -> String {
        let id = ShipmentId(stable("shipment", &self.name("shipment", self.rows.shipments.len())));
        let carrier = *self.chance.pick(&["Royal Mail", "Parcelforce", "Pennine Carriers"]);
        let tracking = format!("IM{:09}GB", self.chance.between(1, 999_999_999));
        let note = format!("{carrier} {tracking}");
        let packed = items.clone().map(|n| &self.items[n]).filter(|item| item.reserved_quantity > 0);
        self.rows.shipped.extend(packed.map(|item| ShippedRow {
            shipment_id: id,
            order_item_id: item.id,
            quantity: item.reserved_quantity,
        }));
        self.rows.shipments.push(ShipmentRow { id, order_id: self.order.id, carrier, tracking, created_at: self.at });
        self.take_off_shelf(items, who);
        note
    }

    fn restock(&mut self, who: &Actor) {
        for n in 0..self.items.len() {
            let back = self.items[n].shipped_quantity;
            self.items[n].returned_quantity = back;
            self.stock(n, "returned", back, 0, who);
        }
        self.release(who);
    }

    fn refund(
        &mut self,
        amount: Money,
        reason: &str,
        lines: serde_json::Value,
        restock: bool,
        who: &Actor,
    ) -> Result<()> {
        let id = RefundId(stable("refund", &self.name("refund", self.rows.refunds.len())));
        let payment_id = self.payment()?.id;
        // the first and only one of its order
        let split = self.whole().take_goods_first(amount)?;
        self.note_down("refund", None, None, &format!("{amount} goes back ({}): {reason}", split.words()), true, who);
        self.rows.refunds.push(RefundRow {
            id,
            payment_id,
            order_id: self.order.id,
            idempotency_key: format!("refund-{id}"),
            provider_refund: format!("re_sample_{}", id.0.simple()),
            amount: amount.minor,
            currency: self.currency.code(),
            goods: split.goods.minor,
            shipping: split.shipping.minor,
            tax: split.tax.minor,
            tax_included: split.tax_included.minor,
            reason: reason.to_owned(),
            lines,
            restock,
            actor_type: who.kind,
            actor_id: who.id,
            actor_name: who.name.clone(),
            created_at: self.at,
            updated_at: self.at + TimeDelta::seconds(20),
        });
        self.at += TimeDelta::seconds(20);
        self.note_down("refund", None, None, &format!("{amount} was given back"), true, &System.actor());
        Ok(())
    }
}

/// The id of a line.
pub fn item_id(order: crate::id::OrderId, n: usize) -> OrderItemId {
    OrderItemId(stable("item", &format!("{order} {n}")))
}
