//! Shipping: a parcel leaves with all or some of an order.

use crate::actors::{May, Permission};
use crate::events::{self, Event, ShipmentEvent};
use crate::id::{OrderId, OrderItemId, ShipmentId, VariantId};
use crate::input::Raw;
use crate::inventory::{self, Item, MovementCause};
use crate::jobs::{self, Job};
use crate::lifecycle::{Fulfilment, Happening, OrderStatus, Why, advance, check, lock, note_down};
use crate::{Act, Error, Invalid, Result, Shop, audit};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// A parcel. Without items it holds all that was not shipped yet.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ShipOrder {
    pub carrier: Raw,
    pub tracking: Raw,
    /// Where the shopper can follow it.
    pub tracking_url: Raw,
    pub items: Vec<ShipItem>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ShipItem {
    /// Of the order.
    pub item_id: Raw,
    /// Empty or zero leaves it out.
    #[schema(value_type = i32, minimum = 0)]
    pub quantity: Raw,
}

struct Parcel {
    carrier: String,
    tracking: String,
    tracking_url: Option<String>,
}

struct Waiting {
    id: OrderItemId,
    variant: VariantId,
    left: i32,
}

/// Ships an order in preparation. It is shipped when nothing of it is left; before that it stays in preparation.
pub async fn ship(shop: &Shop, who: &dyn May, order: OrderId, input: ShipOrder) -> Result<ShipmentId> {
    who.may(Permission::OrdersWrite)?;
    let parcel = input.check()?;
    act!(shop, who, "order.ship", |act| {
        let mut order = lock(&mut act, order).await?;
        check(&order, OrderStatus::Shipped)?;
        let waiting = waiting(&mut act, order.id).await?;
        let packed = input.pack(&waiting)?;
        let shipment = write(&mut act, order.id, &parcel, &packed).await?;
        let items: Vec<_> =
            packed.iter().map(|(w, quantity)| Item { variant: w.variant, quantity: *quantity }).collect();
        inventory::ship(&mut act, &items, MovementCause::order(order.id)).await?;

        let (carrier, tracking) = (parcel.carrier.clone(), parcel.tracking.clone());
        let left: i32 = waiting.iter().map(|w| w.left).sum::<i32>() - packed.iter().map(|(_, n)| n).sum::<i32>();
        if left == 0 {
            advance(&mut act, &mut order, OrderStatus::Shipped, Why::Parcel { carrier, tracking }).await?;
        } else {
            note_down(&mut act, order.id, &Happening::PartShipped { carrier, tracking })?;
        }
        let fulfilment = if left > 0 { Fulfilment::PartiallyShipped } else { Fulfilment::Shipped };
        let told = ShipmentEvent {
            order_id: order.id,
            number: order.number,
            shipment_id: shipment,
            carrier: parcel.carrier.clone(),
            tracking: parcel.tracking.clone(),
            partial: left > 0,
            fulfilment: fulfilment.into(),
        };
        let entry =
            audit::Entry { action: "order.ship", entity_type: audit::Entity::Order, entity_id: order.id.to_string() };
        audit::record(&mut act, entry, &(), &told)?;
        events::record(&mut act, &Event::ShipmentCreated(told))?;
        jobs::enqueue(&mut act, &Job::SendShipped { shipment })?;
        act.commit(shipment).await
    })
}

impl ShipOrder {
    fn check(&self) -> Result<Parcel> {
        let mut faults = Invalid::default();
        let parcel = Parcel {
            carrier: self.carrier.text("carrier", 80, &mut faults),
            tracking: self.tracking.text("tracking", 80, &mut faults),
            tracking_url: self.tracking_url.optional("trackingUrl", 500, &mut faults),
        };
        if let Some(url) = &parcel.tracking_url {
            // it becomes a link on the shopper's page
            let is_web = url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
            if !is_web {
                faults.add("trackingUrl", "must be a web address");
            }
        }
        faults.into_result()?;
        Ok(parcel)
    }

    /// What goes into the parcel, and how many of each.
    fn pack<'a>(&self, waiting: &'a [Waiting]) -> Result<Vec<(&'a Waiting, i32)>> {
        if self.items.is_empty() {
            return Ok(waiting.iter().map(|w| (w, w.left)).collect());
        }
        let mut faults = Invalid::default();
        let mut packed: Vec<(&Waiting, i32)> = Vec::new();
        for (i, item) in self.items.iter().enumerate() {
            if item.quantity.is_empty() || item.quantity.trimmed() == "0" {
                continue;
            }
            let field = format!("items[{i}].quantity");
            let id = item.item_id.trimmed().parse::<OrderItemId>().ok();
            match waiting.iter().find(|w| Some(w.id) == id) {
                None => faults.add(format!("items[{i}].itemId"), "is not waiting to be shipped"),
                Some(w) if packed.iter().any(|(other, _)| other.id == w.id) => faults.add(field, "is there twice"),
                Some(w) => packed.extend(item.quantity.whole(field, 1..=w.left, &mut faults).map(|n| (w, n))),
            }
        }
        if packed.is_empty() && faults.0.is_empty() {
            faults.add("items", "must name something to ship");
        }
        faults.into_result()?;
        Ok(packed)
    }
}

async fn waiting(conn: &mut PgConnection, order: OrderId) -> Result<Vec<Waiting>> {
    let waiting = sqlx::query_as!(
        Waiting,
        r#"select id as "id: _", variant_id as "variant: _", reserved_quantity as "left"
           from order_items
           where order_id = $1 and reserved_quantity > 0
           order by position"#,
        order as _,
    )
    .fetch_all(conn)
    .await?;
    if waiting.is_empty() {
        return Err(Error::conflict("nothing_to_ship", "Nothing of it waits to be shipped"));
    }
    Ok(waiting)
}

async fn write(act: &mut Act<'_>, order: OrderId, parcel: &Parcel, packed: &[(&Waiting, i32)]) -> Result<ShipmentId> {
    let shipment = ShipmentId::new();
    let ids: Vec<_> = packed.iter().map(|(w, _)| w.id.0).collect();
    let quantities: Vec<_> = packed.iter().map(|(_, quantity)| *quantity).collect();
    sqlx::query!(
        "with parcel as (
            insert into shipments (id, order_id, carrier, tracking, tracking_url, created_at)
            values ($1, $2, $3, $4, $5, $6)
        ),
        packed as (
            insert into shipment_items (shipment_id, order_item_id, quantity)
            select $1, item.id, item.quantity
            from unnest($7::uuid[], $8::int[]) as item (id, quantity)
            returning order_item_id, quantity
        )
        update order_items i
        set reserved_quantity = i.reserved_quantity - packed.quantity,
            shipped_quantity = i.shipped_quantity + packed.quantity
        from packed
        where i.id = packed.order_item_id",
        shipment as _,
        order as _,
        parcel.carrier,
        parcel.tracking,
        parcel.tracking_url,
        act.now,
        &ids,
        &quantities,
    )
    .execute(&mut **act)
    .await?;
    Ok(shipment)
}
