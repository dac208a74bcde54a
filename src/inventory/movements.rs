//! Movements: the one place that writes stock. All functions are parts of an act.

use crate::act::Act;
use crate::events::{self, Event, StockCause, StockEvent};
use crate::id::{LocationId, MovementId, OrderId, VariantId};
use crate::notifications::{self, Happened};
use crate::{Error, FieldError, Message, Result, said, settings};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// So many of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub variant: VariantId,
    pub quantity: i32,
}

/// For which order and why stock moves.
#[derive(Debug, Clone, Copy)]
pub struct MovementCause<'a> {
    pub order: Option<OrderId>,
    pub reason: &'a str,
}

impl<'a> MovementCause<'a> {
    pub fn order(order: OrderId) -> Self {
        Self { order: Some(order), reason: "" }
    }

    pub fn reason(reason: &'a str) -> Self {
        Self { order: None, reason }
    }
}

/// A level after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Level {
    pub on_hand: i32,
    pub reserved: i32,
}

impl Level {
    /// What can be bought.
    pub fn available(self) -> i32 {
        self.on_hand - self.reserved
    }
}

/// How a count puts a level right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// So many more, or fewer when negative.
    By(i32),
    /// So many were counted.
    To(i32),
}

words! {
    pub enum MovementKind {
        Received = "received" => "Received",
        Adjusted = "adjusted" => "Adjusted",
        Reserved = "reserved" => "Reserved",
        Released = "released" => "Released",
        Shipped = "shipped" => "Shipped",
        Returned = "returned" => "Returned",
        Transferred = "transferred" => "Transferred",
    }
}

impl From<MovementKind> for StockCause {
    fn from(kind: MovementKind) -> Self {
        match kind {
            MovementKind::Received => Self::Received,
            MovementKind::Adjusted => Self::Adjusted,
            MovementKind::Reserved => Self::Reserved,
            MovementKind::Released => Self::Released,
            MovementKind::Shipped => Self::Shipped,
            MovementKind::Returned => Self::Returned,
            MovementKind::Transferred => Self::Transferred,
        }
    }
}

/// How levels move: each item so many times the signs.
#[derive(Clone, Copy)]
struct LevelChange {
    kind: MovementKind,
    on_hand: i32,
    reserved: i32,
}

const RESERVED: LevelChange = LevelChange { kind: MovementKind::Reserved, on_hand: 0, reserved: 1 };
const RELEASED: LevelChange = LevelChange { kind: MovementKind::Released, on_hand: 0, reserved: -1 };
const SHIPPED: LevelChange = LevelChange { kind: MovementKind::Shipped, on_hand: -1, reserved: -1 };
const RETURNED: LevelChange = LevelChange { kind: MovementKind::Returned, on_hand: 1, reserved: 0 };
const RECEIVED: LevelChange = LevelChange { kind: MovementKind::Received, on_hand: 1, reserved: 0 };
const ADJUSTED: LevelChange = LevelChange { kind: MovementKind::Adjusted, on_hand: 1, reserved: 0 };

/// Where a level of an item stands after a change; `None` where the change is not possible.
struct Moved {
    variant: VariantId,
    level: Option<Level>,
}

/// Moves levels and writes the movements, in one statement: all of them, or none, if a level would become impossible
/// (below zero, or with more promised than there is) or does not exist. Each level that moved is told to the world. The
/// levels are locked in ascending order first, so that two orders of the same goods never wait for each other in a
/// ring. (`(select $1)` keeps the generic plan, as for the lines of a cart.)
async fn change(act: &mut Act<'_>, items: &[Item], way: LevelChange, cause: MovementCause<'_>) -> Result<Vec<Moved>> {
    let actor = act.who.actor();
    let now = act.now;
    let (variants, quantities): (Vec<_>, Vec<_>) = items.iter().map(|item| (item.variant.0, item.quantity)).unzip();
    let ids: Vec<_> = items.iter().map(|_| MovementId::new().0).collect();
    let rows = sqlx::query!(
        r#"with item as (
            select * from unnest((select $1::uuid[]), (select $2::uuid[]), (select $3::int[])) as item (id, variant_id, quantity)
        ),
        held as (
            select variant_id, location_id, on_hand, reserved
            from stock_levels
            where variant_id = any((select $2::uuid[])::uuid[])
              and location_id = (select id from stock_locations where is_default)
            order by variant_id
            for update
        ),
        wanted as (
            select item.id, item.variant_id, held.location_id, item.quantity,
                   held.on_hand - held.reserved as was_available,
                   held.on_hand + $4 * item.quantity as on_hand, held.reserved + $5 * item.quantity as reserved
            from item
            left join held using (variant_id)
        ),
        checked as (
            select *, coalesce(on_hand >= 0 and reserved >= 0 and reserved <= on_hand, false) as is_possible from wanted
        ),
        level as (
            update stock_levels s
            set on_hand = c.on_hand, reserved = c.reserved, updated_at = $12
            from checked c
            where s.variant_id = any((select $2::uuid[])::uuid[])
              and s.variant_id = c.variant_id
              and s.location_id = c.location_id
              and (select bool_and(is_possible) from checked)
        ),
        movement as (
            insert into inventory_movements
                (id, variant_id, location_id, kind, delta_on_hand, delta_reserved, on_hand_after, reserved_after,
                 reason, actor_type, actor_id, actor_name, order_id, created_at)
            select id, variant_id, location_id, $6, $4 * quantity, $5 * quantity, on_hand, reserved,
                   $7, $8, $9, $10, $11, $12
            from checked
            where (select bool_and(is_possible) from checked)
            order by variant_id
        )
        select c.variant_id as "variant!: VariantId", c.location_id as "location?: LocationId", v.sku as "sku?",
               c.is_possible as "is_possible!", c.on_hand, c.reserved, c.was_available,
               v.is_active and p.status = 'published' as is_for_sale, p.name as "name?",
               concat_ws(' / ', v.option1, v.option2, v.option3) as "variant_name!",
               coalesce(v.low_stock_at, (select (value #>> '{}')::int from settings where key = 'lowStockThreshold'))
                   as low_at
        from checked c
        left join variants v on v.id = c.variant_id
        left join products p on p.id = v.product_id"#,
        &ids,
        &variants,
        &quantities,
        way.on_hand,
        way.reserved,
        way.kind.word(),
        cause.reason,
        actor.kind.word(),
        actor.id,
        actor.name,
        cause.order as _,
        now,
    )
    .fetch_all(&mut **act)
    .await?;
    // one that is not possible keeps all others from moving
    if rows.iter().all(|row| row.is_possible) {
        for row in &rows {
            let (Some(location_id), Some(sku)) = (row.location, row.sku.clone()) else { continue };
            let (Some(on_hand), Some(reserved)) = (row.on_hand, row.reserved) else { continue };
            if let (Some(true), Some(name), Some(was)) = (row.is_for_sale, &row.name, row.was_available) {
                let scarce = Scarce {
                    variant: row.variant,
                    sku: &sku,
                    name: &named(name, &row.variant_name),
                    low_at: row.low_at.unwrap_or(settings::LOW_STOCK_AT_FIRST),
                };
                scarce.tell(act, was, on_hand - reserved)?;
            }
            let told = StockEvent {
                variant_id: row.variant,
                location_id,
                sku,
                on_hand,
                reserved,
                available: on_hand - reserved,
                cause: way.kind.into(),
                order_id: cause.order,
            };
            events::record(act, &Event::StockChanged(told))?;
        }
    }
    let moved = rows.into_iter().map(|row| {
        let level = row.on_hand.zip(row.reserved).map(|(on_hand, reserved)| Level { on_hand, reserved });
        Moved { variant: row.variant, level: level.filter(|_| row.is_possible) }
    });
    Ok(moved.collect())
}

/// A variant on sale of which there may be few left.
struct Scarce<'a> {
    variant: VariantId,
    sku: &'a str,
    name: &'a str,
    /// So many or fewer is low.
    low_at: i32,
}

impl Scarce<'_> {
    /// Tells staff when it became low, or sold out, by this movement: once, until it was above that again. Its level is
    /// locked, so that of two sales at once one crosses the threshold.
    fn tell(&self, act: &mut Act<'_>, was: i32, is: i32) -> Result<()> {
        let (variant, sku, name) = (self.variant, self.sku.to_owned(), self.name.to_owned());
        let crosses = |threshold: i32| was > threshold && is <= threshold;
        if crosses(0) {
            notifications::record(act, &Happened::SoldOut { variant, sku, name }, None)
        } else if crosses(self.low_at) {
            notifications::record(act, &Happened::LowStock { variant, sku, name, left: is }, None)
        } else {
            Ok(())
        }
    }
}

/// Of a product, and which variant of it.
fn named(product: &str, variant: &str) -> String {
    if variant.is_empty() { product.to_owned() } else { format!("{product} ({variant})") }
}

/// Moves all of it: that it does not go is a fault of ours. Answers the last level.
async fn change_all(
    act: &mut Act<'_>,
    items: &[Item],
    way: LevelChange,
    cause: MovementCause<'_>,
) -> Result<Option<Level>> {
    let items = in_order(items);
    let moved = change(act, &items, way, cause).await?;
    match moved.iter().find(|moved| moved.level.is_none()) {
        Some(moved) => Err(impossible(way.kind, moved.variant)),
        None => Ok(moved.last().and_then(|moved| moved.level)),
    }
}

/// Each variant once, in ascending order: all acts lock levels in the same order, so none deadlocks.
fn in_order(items: &[Item]) -> Vec<Item> {
    let mut sums = std::collections::BTreeMap::new();
    for item in items.iter().filter(|item| item.quantity > 0) {
        *sums.entry(item.variant).or_insert(0_i32) += item.quantity;
    }
    sums.into_iter().map(|(variant, quantity)| Item { variant, quantity }).collect()
}

/// Promises items to an order: all of them, or none. What is sold out is named in a `sold_out` conflict.
pub async fn reserve(act: &mut Act<'_>, items: &[Item], cause: MovementCause<'_>) -> Result<()> {
    let missing = promise(act, items, cause).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let detail = |(variant, missing): (VariantId, Missing)| FieldError::new(variant.to_string(), missing.message());
    Err(Error::conflict_of("sold_out", missing.into_iter().map(detail).collect()))
}

/// As [`reserve`], for whoever goes on without: answers what there is too little of. Then nothing was promised.
pub async fn reserve_or_miss(act: &mut Act<'_>, items: &[Item], cause: MovementCause<'_>) -> Result<Vec<Missing>> {
    let missing = promise(act, items, cause).await?;
    Ok(missing.into_iter().map(|(_, missing)| missing).collect())
}

async fn promise(act: &mut Act<'_>, items: &[Item], cause: MovementCause<'_>) -> Result<Vec<(VariantId, Missing)>> {
    let reserved = change(act, &in_order(items), RESERVED, cause).await?;
    let missing: Vec<_> = reserved.iter().filter(|moved| moved.level.is_none()).map(|moved| moved.variant).collect();
    if missing.is_empty() { Ok(Vec::new()) } else { look_up(act, &missing).await }
}

/// What there is too little of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Of the product, and which variant of it.
    pub name: String,
    /// So many can still be bought.
    pub left: i32,
}

impl Missing {
    pub fn message(&self) -> Message {
        match self.left {
            0 => said!("refusal-sold-out", name = &self.name),
            left => said!("refusal-only-left", name = &self.name, left = left),
        }
    }
}

/// All of it, in one line.
pub fn name_missing(missing: &[Missing]) -> Message {
    Message::All(missing.iter().map(Missing::message).collect())
}

async fn look_up(conn: &mut PgConnection, missing: &[VariantId]) -> Result<Vec<(VariantId, Missing)>> {
    let ids: Vec<_> = missing.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select v.id, p.name,
                  concat_ws(' / ', v.option1, v.option2, v.option3) as "variant_name!",
                  coalesce(l.available, 0) as "left!"
           from variants v
           join products p on p.id = v.product_id
           left join sellable_stock l on l.variant_id = v.id
           where v.id = any($1)
           order by v.id"#,
        &ids,
    )
    .fetch_all(conn)
    .await?;
    let missing = rows
        .into_iter()
        .map(|row| (VariantId(row.id), Missing { name: named(&row.name, &row.variant_name), left: row.left }));
    Ok(missing.collect())
}

/// Takes a promise back: the order was cancelled, or nobody paid in time.
pub async fn release(act: &mut Act<'_>, items: &[Item], cause: MovementCause<'_>) -> Result<()> {
    change_all(act, items, RELEASED, cause).await.map(drop)
}

/// What was promised leaves the shop.
pub async fn ship(act: &mut Act<'_>, items: &[Item], cause: MovementCause<'_>) -> Result<()> {
    change_all(act, items, SHIPPED, cause).await.map(drop)
}

/// Shipped goods come back to the shelf.
pub async fn give_back(act: &mut Act<'_>, items: &[Item], cause: MovementCause<'_>) -> Result<()> {
    for item in in_order(items) {
        open_level(act, item.variant).await?;
    }
    change_all(act, items, RETURNED, cause).await.map(drop)
}

/// Goods arrive.
pub async fn receive(act: &mut Act<'_>, item: Item, cause: MovementCause<'_>) -> Result<Level> {
    open_level(act, item.variant).await?;
    change_all(act, &[item], RECEIVED, cause).await?.ok_or_else(|| impossible(RECEIVED.kind, item.variant))
}

/// Puts a level right after a count. Fewer than are promised to orders is refused.
pub async fn adjust(
    act: &mut Act<'_>,
    variant: VariantId,
    adjustment: Adjustment,
    cause: MovementCause<'_>,
) -> Result<Level> {
    open_level(act, variant).await?;
    let now = hold(act, variant).await?;
    let by = match adjustment {
        Adjustment::By(by) => Some(by),
        Adjustment::To(counted) => counted.checked_sub(now.on_hand),
    };
    let by = by.filter(|by| now.on_hand.checked_add(*by).is_some()).ok_or_else(too_many)?;
    if by == 0 {
        return Ok(now);
    }
    if now.on_hand + by < now.reserved {
        let message = match now.reserved {
            0 => format!("There are only {}", now.on_hand),
            n => format!("{n} are promised to orders; the stock cannot be less"),
        };
        return Err(Error::conflict("reserved", message));
    }
    let item = Item { variant, quantity: by };
    let moved = change(act, &[item], ADJUSTED, cause).await?;
    moved.first().and_then(|moved| moved.level).ok_or_else(|| impossible(ADJUSTED.kind, variant))
}

/// A level as it stands, locked until the transaction ends. Nothing of what never had stock.
pub(super) async fn hold(conn: &mut PgConnection, variant: VariantId) -> Result<Level> {
    let level = sqlx::query_as!(
        Level,
        "select on_hand, reserved
         from stock_levels
         where variant_id = $1 and location_id = (select id from stock_locations where is_default)
         for update",
        variant as _,
    )
    .fetch_optional(conn)
    .await?;
    Ok(level.unwrap_or(Level { on_hand: 0, reserved: 0 }))
}

/// A level is created when stock first moves.
async fn open_level(act: &mut Act<'_>, variant: VariantId) -> Result<()> {
    let now = act.now;
    let known = sqlx::query_scalar!(
        r#"with opened as (
            insert into stock_levels (variant_id, product_id, location_id, updated_at)
            select v.id, v.product_id, place.id, $2
            from variants v
            cross join stock_locations place
            where v.id = $1 and place.is_default
            on conflict do nothing
        )
        select true as "known!" from variants where id = $1"#,
        variant as _,
        now,
    )
    .fetch_optional(&mut **act)
    .await?;
    known.map(drop).ok_or(Error::NotFound)
}

fn too_many() -> Error {
    Error::invalid("quantity", "is too large")
}

fn impossible(kind: MovementKind, variant: VariantId) -> Error {
    Error::internal(format!("the stock of variant {variant} cannot be {}", kind.word()))
}
