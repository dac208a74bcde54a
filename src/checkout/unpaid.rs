//! How much may be held without being paid. An order holds its goods from the moment it is placed, and costs nothing
//! until it is paid: without a bound one guest could keep a product from everybody, order after order.
//!
//! Two bounds, each for one party (an account, or a guest's e-mail address) and for one network (an address, or the /64
//! of one of IPv6, since e-mail addresses are easily made up):
//!
//! - so many unpaid orders at once; a network has twice as many, for an office and a mobile network are one address;
//! - beyond a handful of pieces of a variant, at most half of what there is. Whoever wants more pays and orders the
//!   rest, and a customer who has paid an order before is not asked to: that is where a business orders the whole
//!   shelf.
//!
//! Orders whose money is on its way do not count. Those of one party queue up behind a lock, so many at once cannot
//! slip through.

use super::input::CheckedOrder;
use crate::actors::Visitor;
use crate::cart::CartLine;
use crate::id::UserId;
use crate::{Act, Error, FieldError, Result, said};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::HashMap;
use uuid::Uuid;

/// What one party, and one network, may leave unpaid at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnpaidBounds {
    pub orders: u32,
    /// Pieces of a variant that nobody has to think about.
    pub pieces: i32,
    /// Of what there is of a variant, in per cent.
    pub share: i32,
}

impl UnpaidBounds {
    /// Ten pieces are a large household's order, and half of the shelf leaves as much for everybody else.
    pub fn of(orders: u32) -> Self {
        Self { orders, pieces: 10, share: 50 }
    }

    fn orders_of_network(self) -> i64 {
        i64::from(self.orders) * 2
    }

    /// How many pieces of a variant may be held of which there are so many, were it not for what is held.
    fn most(self, there: i32) -> i32 {
        let share = i64::from(there) * i64::from(self.share) / 100;
        self.pieces.max(i32::try_from(share).unwrap_or(i32::MAX))
    }
}

/// Refuses an order that would hold too much unpaid (`too_many_unpaid`). Part of the act that places it, before any
/// lock on stock.
pub(super) async fn check(
    act: &mut Act<'_>,
    visitor: &Visitor,
    checked: &CheckedOrder<'_>,
    lines: &[CartLine],
) -> Result<()> {
    let Some(bounds) = act.shop.unpaid else { return Ok(()) };
    let user = visitor.customer.as_ref().map(|c| c.id());
    let network = visitor.origin.network();
    queue(act, user, &checked.email, network.as_deref()).await?;
    let held = Held::load(act, user, &checked.email, network.as_deref(), lines).await?;
    if held.orders >= i64::from(bounds.orders) {
        return Err(Error::conflict("too_many_unpaid", said!("refusal-orders-unpaid", count = held.orders)));
    }
    if held.orders_of_network >= bounds.orders_of_network() {
        return Err(Error::conflict("too_many_unpaid", said!("refusal-orders-of-network-unpaid")));
    }
    if held.has_paid_before {
        return Ok(());
    }
    let details: Vec<_> = lines.iter().filter_map(|line| too_much(bounds, &held, line)).collect();
    if details.is_empty() {
        return Ok(());
    }
    Err(Error::conflict_of("too_many_unpaid", details))
}

fn too_much(bounds: UnpaidBounds, held: &Held, line: &CartLine) -> Option<FieldError> {
    let already = held.pieces.get(&line.variant_id.0).copied().unwrap_or(0);
    let most = bounds.most(line.available.saturating_add(already));
    (already.saturating_add(line.quantity) > most).then(|| {
        let name = line.full_name();
        let message = match most - already {
            left if left > 0 => said!("refusal-line-most-unpaid", name = name, left = left),
            _ => said!("refusal-line-unpaid", name = name),
        };
        FieldError::new(line.variant_id.to_string(), message)
    })
}

/// One order after the other, for each party and each network. The party always first, so nobody waits crosswise.
async fn queue(conn: &mut PgConnection, user: Option<UserId>, email: &str, network: Option<&str>) -> Result<()> {
    let party = user.map_or_else(|| email.to_ascii_lowercase(), |user| user.to_string());
    // of no network there is no lock
    sqlx::query!(
        "select pg_advisory_xact_lock(kind, hashtext(name))
         from (values (1001, $1::text), (1002, $2::text)) as queue (kind, name)",
        party,
        network,
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct Held {
    orders: i64,
    orders_of_network: i64,
    /// Of the variants in question: what the party holds, or the network, whichever is more.
    pieces: HashMap<Uuid, i32>,
    has_paid_before: bool,
}

impl Held {
    async fn load(
        conn: &mut PgConnection,
        user: Option<UserId>,
        email: &str,
        network: Option<&str>,
        lines: &[CartLine],
    ) -> Result<Self> {
        let variants: Vec<_> = lines.iter().map(|line| line.variant_id.0).collect();
        let row = sqlx::query!(
            r#"with held as (
                select id, placed_from = $3 as is_of_network,
                       case when $1::uuid is null then user_id is null and email = $2::text::citext else user_id = $1 end as is_own
                from orders
                where status = 'pending' and reserved_until is not null
                  and (user_id = $1 or email = $2::text::citext or placed_from = $3)
            ),
            piece as (
                select i.variant_id,
                       greatest(
                           coalesce(sum(i.reserved_quantity) filter (where held.is_own), 0),
                           coalesce(sum(i.reserved_quantity) filter (where held.is_of_network), 0)
                       )::int as pieces
                from held
                join order_items i on i.order_id = held.id
                where i.variant_id = any($4)
                group by i.variant_id
            )
            select (select count(*) from held where is_own) as "orders!",
                   (select count(*) from held where is_of_network) as "orders_of_network!",
                   coalesce(
                       (select jsonb_object_agg(variant_id, pieces) from piece), '{}'
                   ) as "pieces!: Json<HashMap<Uuid, i32>>",
                   exists (select from orders where user_id = $1 and paid_at is not null) as "has_paid_before!""#,
            user as _,
            email,
            network,
            &variants,
        )
        .fetch_one(conn)
        .await?;
        Ok(Self {
            orders: row.orders,
            orders_of_network: row.orders_of_network,
            pieces: row.pieces.0,
            has_paid_before: row.has_paid_before,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handful_is_free_and_half_of_the_shelf_the_most() {
        let bounds = UnpaidBounds::of(10);
        assert_eq!([0, 5, 20, 21, 22, 500].map(|there| bounds.most(there)), [10, 10, 10, 10, 11, 250]);
        assert_eq!((bounds.most(i32::MAX), bounds.orders_of_network()), (i32::MAX / 2, 20));
    }
}
