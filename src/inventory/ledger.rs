//! The ledger: the one place that writes stock. All functions are parts of a transaction of the caller.

use crate::actors::Acts;
use crate::id::{MovementId, OrderId, VariantId};
use crate::{Clock, Error, FieldError, Result};
use sqlx::PgConnection;

/// So many of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub variant: VariantId,
    pub quantity: i32,
}

/// In whose name, for which order and why stock moves.
#[derive(Clone, Copy)]
pub struct Cause<'a> {
    pub clock: &'a Clock,
    pub who: &'a dyn Acts,
    pub order: Option<OrderId>,
    pub reason: &'a str,
}

impl<'a> Cause<'a> {
    pub fn order(clock: &'a Clock, who: &'a dyn Acts, order: OrderId) -> Self {
        Self { clock, who, order: Some(order), reason: "" }
    }

    pub fn reason(clock: &'a Clock, who: &'a dyn Acts, reason: &'a str) -> Self {
        Self { clock, who, order: None, reason }
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

struct Change {
    kind: &'static str,
    variant: VariantId,
    on_hand: i32,
    reserved: i32,
}

/// Moves a level and writes the movement, in one statement, if the level stays possible: nothing below zero, no more
/// promised than there is. `None`: it would not, or there is no such level.
async fn change(conn: &mut PgConnection, change: Change, cause: &Cause<'_>) -> Result<Option<Level>> {
    let actor = cause.who.actor();
    let level = sqlx::query_as!(
        Level,
        r#"with level as (
            update stock_levels
            set on_hand = on_hand + $3, reserved = reserved + $4, updated_at = $11
            where variant_id = $2
              and location_id = (select id from stock_locations where is_default)
              and on_hand + $3 >= 0
              and reserved + $4 >= 0
              and reserved + $4 <= on_hand + $3
            returning variant_id, location_id, on_hand, reserved
        )
        insert into inventory_movements
            (id, variant_id, location_id, kind, delta_on_hand, delta_reserved, on_hand_after, reserved_after,
             reason, actor_type, actor_id, actor_name, order_id, created_at)
        select $1, variant_id, location_id, $5, $3, $4, on_hand, reserved, $6, $7, $8, $9, $10, $11
        from level
        returning on_hand_after as on_hand, reserved_after as reserved"#,
        MovementId::new() as _,
        change.variant as _,
        change.on_hand,
        change.reserved,
        change.kind,
        cause.reason,
        actor.kind,
        actor.id,
        actor.name,
        cause.order as _,
        cause.clock.now(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(level)
}

/// Each variant once, in ascending order: whoever locks several levels locks them in the same order.
fn in_order(items: &[Item]) -> Vec<Item> {
    let mut sums = std::collections::BTreeMap::new();
    for item in items.iter().filter(|item| item.quantity > 0) {
        *sums.entry(item.variant).or_insert(0_i32) += item.quantity;
    }
    sums.into_iter().map(|(variant, quantity)| Item { variant, quantity }).collect()
}

/// Promises items to an order. What is sold out is named in a `sold_out` conflict, and the caller rolls back.
pub async fn reserve(conn: &mut PgConnection, items: &[Item], cause: &Cause<'_>) -> Result<()> {
    let mut missing = Vec::new();
    for item in in_order(items) {
        let wanted = Change { kind: "reserved", variant: item.variant, on_hand: 0, reserved: item.quantity };
        if change(conn, wanted, cause).await?.is_none() {
            missing.push(item.variant);
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(sold_out(conn, &missing).await?) }
}

async fn sold_out(conn: &mut PgConnection, missing: &[VariantId]) -> Result<Error> {
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
    let named = |name: &str, variant: &str| match variant {
        "" => name.to_owned(),
        variant => format!("{name} ({variant})"),
    };
    let details: Vec<_> = rows
        .iter()
        .map(|row| {
            let name = named(&row.name, &row.variant_name);
            let message = match row.left {
                0 => format!("{name} is sold out"),
                left => format!("Only {left} of {name} left"),
            };
            FieldError { field: row.id.to_string().into(), message }
        })
        .collect();
    let message = details.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("; ");
    Ok(Error::Conflict { code: "sold_out", message, details })
}

/// Takes a promise back: the order was cancelled, or nobody paid in time.
pub async fn release(conn: &mut PgConnection, items: &[Item], cause: &Cause<'_>) -> Result<()> {
    for item in in_order(items) {
        let back = Change { kind: "released", variant: item.variant, on_hand: 0, reserved: -item.quantity };
        change(conn, back, cause).await?.ok_or_else(|| impossible("release", item))?;
    }
    Ok(())
}

/// What was promised leaves the shop.
pub async fn ship(conn: &mut PgConnection, items: &[Item], cause: &Cause<'_>) -> Result<()> {
    for item in in_order(items) {
        let gone = Change { kind: "shipped", variant: item.variant, on_hand: -item.quantity, reserved: -item.quantity };
        change(conn, gone, cause).await?.ok_or_else(|| impossible("ship", item))?;
    }
    Ok(())
}

/// Shipped goods come back to the shelf.
pub async fn give_back(conn: &mut PgConnection, items: &[Item], cause: &Cause<'_>) -> Result<()> {
    for item in in_order(items) {
        add(conn, "returned", item, cause).await?;
    }
    Ok(())
}

/// Goods arrive.
pub async fn receive(conn: &mut PgConnection, item: Item, cause: &Cause<'_>) -> Result<Level> {
    add(conn, "received", item, cause).await
}

async fn add(conn: &mut PgConnection, kind: &'static str, item: Item, cause: &Cause<'_>) -> Result<Level> {
    open_level(conn, item.variant, cause.clock).await?;
    let more = Change { kind, variant: item.variant, on_hand: item.quantity, reserved: 0 };
    change(conn, more, cause).await?.ok_or_else(|| impossible(kind, item))
}

/// Puts a level right after a count. Fewer than are promised to orders is refused.
pub async fn adjust(
    conn: &mut PgConnection,
    variant: VariantId,
    adjustment: Adjustment,
    cause: &Cause<'_>,
) -> Result<Level> {
    open_level(conn, variant, cause.clock).await?;
    let now = hold(conn, variant).await?;
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
    let wanted = Change { kind: "adjusted", variant, on_hand: by, reserved: 0 };
    change(conn, wanted, cause).await?.ok_or_else(|| impossible("adjust", Item { variant, quantity: by }))
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
async fn open_level(conn: &mut PgConnection, variant: VariantId, clock: &Clock) -> Result<()> {
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
        clock.now(),
    )
    .fetch_optional(conn)
    .await?;
    known.map(drop).ok_or(Error::NotFound)
}

fn too_many() -> Error {
    Error::invalid("quantity", "is too large")
}

fn impossible(verb: &str, item: Item) -> Error {
    Error::internal(format!("the ledger refused to {verb} {} of variant {}", item.quantity, item.variant))
}
