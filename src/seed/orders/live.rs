//! Lives the stories: all deeds of all orders in the order of time, and the goods that arrived in between, each by the
//! command that people and jobs give.

use super::plan::Book;
use super::story::{Deed, Parcel, Story, TimedDeed};
use crate::actors::{System, Visitor};
use crate::cart::{self, AddToCart};
use crate::checkout::{self, PlaceOrder};
use crate::id::{OrderId, OrderItemId, PaymentId, RefundId, VariantId};
use crate::inventory::{self, AdjustStock, ReceiveStock};
use crate::orders::{self, AddNote, CancelOrder, MoveOrder, ShipItem, ShipOrder};
use crate::payments::{self, Failure, PaymentState, RefundInput, RefundLine, RefundSeen, RefundState, Seen};
use crate::seed::movements::Upkeep;
use crate::seed::people::Cast;
use crate::{Clock, Currency, Error, Money, Result, Shop};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// All that is lived, and who lives it.
pub struct Life<'a> {
    pub shop: &'a Shop,
    pub cast: Cast,
    pub book: &'a Book,
    /// Goods that arrived, broke or turned up meanwhile, of what is ordered.
    pub upkeep: Vec<&'a Upkeep>,
    /// The moment from which the sample looks back.
    pub began: DateTime<Utc>,
    /// It was begun before, and others may have gone on with its orders since.
    pub is_resumed: bool,
}

#[derive(Clone, Copy)]
enum Event<'a> {
    Deed(&'a Story, &'a TimedDeed),
    Upkeep(&'a Upkeep),
}

/// An order, and how far a run that died has lived it.
#[derive(Clone, Copy)]
struct Lived {
    order: OrderId,
    until: Option<DateTime<Utc>>,
}

impl Life<'_> {
    /// How many events there are.
    pub fn len(&self) -> usize {
        self.upkeep.len() + self.book.0.iter().map(|story| story.deeds.len()).sum::<usize>()
    }

    /// Lives all of it, one event after the other, so that numbers and movements of stock run with time. `on_event` is
    /// told of each. What a run that died has lived is not lived again: an order's timeline says how far it came.
    pub async fn live(&self, mut on_event: impl FnMut()) -> Result<()> {
        let (mut orders, received) = (self.lived().await?, self.received().await?);
        let mut let_be = BTreeSet::new();
        for event in self.events() {
            match event {
                Event::Upkeep(upkeep) if received.contains(&(upkeep.variant, upkeep.at)) => {}
                Event::Upkeep(upkeep) => self.keep_up(upkeep).await?,
                Event::Deed(story, _) if let_be.contains(&story.key) => {}
                Event::Deed(story, timed) => {
                    let so_far = orders.get(&story.key).copied();
                    match self.do_once(story, timed, so_far).await {
                        Ok(lived) => drop(orders.insert(story.key.clone(), lived)),
                        // somebody went on with the order since: it stays as they left it
                        Err(e @ Error::Conflict { .. }) if self.is_resumed => {
                            tracing::warn!(order = %story.key, "an order of the sample is not lived to its end: {e}");
                            let_be.insert(story.key.clone());
                        }
                        Err(e) => return Err(e),
                    }
                }
            }
            on_event();
        }
        Ok(())
    }

    fn events(&self) -> impl Iterator<Item = Event<'_>> {
        let upkeep = self.upkeep.iter().map(|&upkeep| (upkeep.at, Event::Upkeep(upkeep)));
        let deeds = self
            .book
            .0
            .iter()
            .flat_map(|story| story.deeds.iter().map(move |timed| (timed.at, Event::Deed(story, timed))));
        let mut events: Vec<_> = upkeep.chain(deeds).collect();
        events.sort_by_key(|(at, _)| *at); // stable: what happens at one moment stays in its order
        events.into_iter().map(|(_, event)| event)
    }

    /// The shop at that moment. How much may be left unpaid is the installation's to say, and nothing to the sample.
    fn at(&self, moment: DateTime<Utc>) -> Shop {
        Shop { clock: Clock::standing_back(moment, self.began), unpaid: None, ..self.shop.clone() }
    }

    async fn lived(&self) -> Result<BTreeMap<String, Lived>> {
        let keys: Vec<_> = self.book.0.iter().map(|story| story.key.clone()).collect();
        let rows = sqlx::query!(
            r#"select o.id as "order: OrderId", o.idempotency_key as "key!", max(e.created_at) as "until!"
               from orders o
               join order_events e on e.order_id = o.id
               where o.idempotency_key = any($1) and e.created_at <= $2
               group by o.id"#,
            &keys,
            self.began,
        )
        .fetch_all(&self.shop.db)
        .await?;
        Ok(rows.into_iter().map(|row| (row.key, Lived { order: row.order, until: Some(row.until) })).collect())
    }

    async fn received(&self) -> Result<BTreeSet<(VariantId, DateTime<Utc>)>> {
        let variants: Vec<_> = self.upkeep.iter().map(|upkeep| upkeep.variant.0).collect();
        let rows = sqlx::query!(
            r#"select variant_id as "variant: VariantId", created_at
               from inventory_movements
               where order_id is null and variant_id = any($1)"#,
            &variants,
        )
        .fetch_all(&self.shop.db)
        .await?;
        Ok(rows.into_iter().map(|row| (row.variant, row.created_at)).collect())
    }

    async fn keep_up(&self, upkeep: &Upkeep) -> Result<()> {
        let shop = self.at(upkeep.at);
        let (change, reason) = (upkeep.change.to_string().into(), upkeep.reason.as_str().into());
        let packer = &self.cast.packer;
        if upkeep.is_delivery {
            let goods = ReceiveStock { quantity: change, reason };
            inventory::receive_goods(&shop, packer, upkeep.variant, goods).await?;
        } else {
            let correction = AdjustStock { change, reason, ..AdjustStock::default() };
            inventory::adjust_level(&shop, packer, upkeep.variant, correction).await?;
        }
        Ok(())
    }

    /// Does a deed unless it was done, and answers how far the order came.
    async fn do_once(&self, story: &Story, timed: &TimedDeed, so_far: Option<Lived>) -> Result<Lived> {
        match so_far {
            Some(lived) if lived.until.is_some_and(|until| timed.at <= until) => Ok(lived),
            _ => {
                let order = self.perform(story, timed, so_far.map(|lived| lived.order)).await?;
                Ok(Lived { order, until: so_far.and_then(|lived| lived.until) })
            }
        }
    }

    /// Does one deed, and answers of which order.
    async fn perform(&self, story: &Story, timed: &TimedDeed, order: Option<OrderId>) -> Result<OrderId> {
        let shop = &self.at(timed.at);
        let order = match (&timed.deed, order) {
            (Deed::Place, _) => return self.place(shop, story).await,
            (_, order) => order.ok_or_else(|| Error::internal("an order that was not placed"))?,
        };
        let Cast { packer, support, manager, .. } = &self.cast;
        match &timed.deed {
            Deed::Place => {}
            Deed::Hold(until) => hold(shop, order, *until).await?,
            Deed::Remark(note) => {
                orders::add_note(shop, support, order, AddNote { note: (*note).into() }).await?;
            }
            Deed::Decline => {
                conclude(shop, order, |_| Seen::Open { failure: Some(no_funds()) }).await?;
            }
            Deed::Pay => conclude(shop, order, |payment| payment.succeeded()).await?,
            Deed::Lapse => payments::lapse(shop, order).await?,
            Deed::Fail => {
                let failed = |_: &OpenAttempt| Seen::Over { state: PaymentState::Failed, failure: Some(no_funds()) };
                conclude(shop, order, failed).await?;
            }
            Deed::AcceptOffline(note) => {
                orders::accept_offline(shop, manager, order, MoveOrder { note: (*note).into() }).await?;
                // the job that closes the page, which nobody was shown
                payments::settle(shop, last_attempt(shop, order).await?.payment).await?;
            }
            Deed::PayOffline => orders::record_offline_payment(shop, manager, order).await?,
            Deed::Process => orders::process(shop, packer, order, MoveOrder::default()).await?,
            Deed::ShipFirstLine(parcel) => {
                let quantity = story.lines.first().map_or(1, |line| line.quantity);
                let item_id = first_item(shop, order).await?.to_string().into();
                let items = vec![ShipItem { item_id, quantity: quantity.to_string().into() }];
                orders::ship(shop, packer, order, ShipOrder { items, ..parcel.packed() }).await?;
            }
            Deed::Ship(parcel) => {
                orders::ship(shop, packer, order, parcel.packed()).await?;
            }
            Deed::Deliver => orders::deliver(shop, packer, order, MoveOrder::default()).await?,
            Deed::Complete(note) => {
                // whoever hands it over the counter says so, of the others the manager
                let who = if note.is_empty() { manager } else { packer };
                orders::complete(shop, who, order, MoveOrder { note: (*note).into() }).await?;
            }
            Deed::CallOff(reason) => {
                orders::cancel(shop, support, order, CancelOrder { reason: (*reason).into() }).await?;
            }
            Deed::RefundAll { reason, restock } => {
                let restock = if *restock { "on" } else { "" }.into();
                let all =
                    RefundInput { what: "all".into(), reason: (*reason).into(), restock, ..RefundInput::default() };
                payments::ask_for_refund(shop, support, order, all, &story.key).await?;
            }
            Deed::RefundOne(reason) => {
                let item = first_item(shop, order).await?.to_string().into();
                let lines = vec![RefundLine { item, quantity: "1".into(), ..RefundLine::default() }];
                let one =
                    RefundInput { what: "parts".into(), lines, reason: (*reason).into(), ..RefundInput::default() };
                payments::ask_for_refund(shop, support, order, one, &story.key).await?;
            }
            Deed::GiveBack => payments::conclude_refund(shop, &given_back(shop, order).await?).await?,
        }
        Ok(order)
    }

    /// The buyer fills a cart and orders it.
    async fn place(&self, shop: &Shop, story: &Story) -> Result<OrderId> {
        let mut visitor = Visitor::default();
        if story.is_customer {
            visitor.customer = Some(self.cast.customer(story.buyer)?.clone());
            if self.is_resumed {
                // what a run that died had put in
                cart::clear(shop, &visitor).await?;
            }
        }
        for line in &story.lines {
            let (variant_id, quantity) = (line.variant.to_string().into(), line.quantity.to_string().into());
            let wanted = AddToCart { variant_id, quantity, ..AddToCart::default() };
            let changed = cart::add(shop, &visitor, wanted).await?;
            if !changed.notices.is_empty() {
                let message = format!("{} cannot have all that was wanted", story.key);
                return Err(Error::conflict("sold_out", message));
            }
            visitor.cart_token = changed.new_token.or(visitor.cart_token);
        }
        let input = PlaceOrder {
            email: story.buyer.email.into(),
            shipping_address: story.buyer.address(story.home),
            billing_same: "on".into(),
            shipping_method: story.shipping_method.as_str().into(),
            note: story.note.into(),
            idempotency_key: story.key.as_str().into(),
            ..PlaceOrder::default()
        };
        Ok(checkout::place_order(shop, &visitor, input).await?.order)
    }
}

impl Parcel {
    fn packed(&self) -> ShipOrder {
        ShipOrder { carrier: self.carrier.into(), tracking: self.tracking.as_str().into(), ..ShipOrder::default() }
    }
}

/// Holds the goods of an order for longer than the settings say. No command does this: it is what staff promise on the
/// telephone, and without it no order of the sample would wait for its money for more than an hour.
async fn hold(shop: &Shop, order: OrderId, until: DateTime<Utc>) -> Result<()> {
    act!(shop, &System, "order.hold", |act| {
        sqlx::query!("update orders set reserved_until = $2 where id = $1 and status = 'pending'", order as _, until)
            .execute(&mut *act)
            .await?;
        act.commit(()).await
    })
}

/// The attempt to pay that is open at the gateway.
struct OpenAttempt {
    payment: PaymentId,
    amount: Money,
}

impl OpenAttempt {
    fn succeeded(&self) -> Seen {
        let intent = Some(format!("pi_sample_{}", self.payment.0.simple()));
        Seen::Paid { received: self.amount, intent, livemode: false }
    }
}

async fn last_attempt(shop: &Shop, order: OrderId) -> Result<OpenAttempt> {
    let row = sqlx::query!(
        r#"select id as "payment: PaymentId", amount, currency
           from payments
           where order_id = $1 and provider = 'stripe'
           order by created_at desc, id desc
           limit 1"#,
        order as _,
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(OpenAttempt { payment: row.payment, amount: Money::new(row.amount, Currency::stored(&row.currency)?) })
}

/// The gateway, which is not there yet, has said this of the order's payment.
async fn conclude(shop: &Shop, order: OrderId, seen: impl FnOnce(&OpenAttempt) -> Seen) -> Result<()> {
    let attempt = last_attempt(shop, order).await?;
    payments::conclude(shop, attempt.payment, &seen(&attempt)).await?;
    Ok(())
}

fn no_funds() -> Failure {
    let message = "Your card has insufficient funds.".to_owned();
    Failure { code: "insufficient_funds".to_owned(), message, charge: None }
}

/// What the gateway says of the refund that was asked for last.
async fn given_back(shop: &Shop, order: OrderId) -> Result<RefundSeen> {
    let row = sqlx::query!(
        r#"select id as "refund: RefundId", amount, currency
           from refunds
           where order_id = $1
           order by created_at desc, id desc
           limit 1"#,
        order as _,
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(RefundSeen {
        id: format!("re_sample_{}", row.refund.0.simple()),
        status: RefundState::Succeeded,
        amount: Money::new(row.amount, Currency::stored(&row.currency)?),
        refund_id: Some(row.refund.to_string()),
        failure: None,
    })
}

async fn first_item(shop: &Shop, order: OrderId) -> Result<OrderItemId> {
    let item = sqlx::query_scalar!(
        r#"select id as "id: OrderItemId" from order_items where order_id = $1 order by position limit 1"#,
        order as _,
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(item)
}
