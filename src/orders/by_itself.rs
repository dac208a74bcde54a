//! Orders that are completed by themselves: delivered so many days ago that nobody is expected to say anything any
//! more.

use super::commands::complete_locked;
use crate::actors::System;
use crate::id::OrderId;
use crate::lifecycle::{HappeningKind, Why, audited, lock};
use crate::{Result, Shop, audit, settings};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

/// How many orders are looked up at once.
const BATCH: i64 = 200;
/// After so many batches the rest waits for the next round.
const BATCHES: usize = 25;

/// An order whose time has come.
struct Due {
    id: OrderId,
    delivered_at: DateTime<Utc>,
}

/// Completes what was delivered as many days ago as the settings say, each order in an act of its own, as staff do it
/// by hand. An order stays as it is while its money is not in, while a part of it is on its way back, and while a
/// dispute is open. May run twice, and in several workers at once. Answers how many were completed.
pub async fn complete_delivered(shop: &Shop) -> Result<usize> {
    let days = settings::load(shop).await?.complete_after_days;
    if days <= 0 {
        return Ok(0);
    }
    let mut completed = 0;
    let mut after: Option<Due> = None;
    for _ in 0..BATCHES {
        let batch = due(&mut *shop.db.acquire().await?, shop.clock.now(), days, After(after.as_ref())).await?;
        for order in &batch {
            match complete_if_due(shop, order.id, days).await {
                Ok(true) => completed += 1,
                Ok(false) => {}
                // the others need not wait for it; the next round tries it again
                Err(e) => tracing::warn!(order = %order.id, "was not completed by itself: {e}"),
            }
        }
        if batch.len() < BATCH as usize {
            break;
        }
        after = batch.into_iter().next_back();
    }
    Ok(completed)
}

/// Looks again once the order is locked: since it was listed, somebody else may have completed it, or asked for a
/// refund.
async fn complete_if_due(shop: &Shop, order: OrderId, days: i32) -> Result<bool> {
    act!(shop, &System, "order.complete", |act| {
        let mut order = lock(&mut act, order).await?;
        let now = act.now;
        if due(&mut act, now, days, Only(order.id)).await?.is_empty() {
            return Ok(false);
        }
        let from = order.status;
        let why = Why::AfterDelivery { days };
        complete_locked(&mut act, &mut order, why.clone()).await?;
        // moves of the shop itself follow from what others did, and are not audited; this one follows from nothing else
        let entry = audit::Entry {
            action: "order.completed",
            entity_type: audit::Entity::Order,
            entity_id: order.id.to_string(),
        };
        audit::record(&mut act, entry, &serde_json::json!({ "status": from }), &audited(order.status, &why)?)?;
        act.commit(true).await
    })
}

/// Which orders are looked at.
enum Which<'a> {
    After(Option<&'a Due>),
    Only(OrderId),
}
use Which::{After, Only};

async fn due(conn: &mut PgConnection, now: DateTime<Utc>, days: i32, which: Which<'_>) -> Result<Vec<Due>> {
    let (only, after) = match which {
        Only(order) => (Some(order), None),
        After(last) => (None, last),
    };
    // steps of a dispute that were noted before they named it count as open: staff complete such an order by hand
    let due = sqlx::query_as!(
        Due,
        r#"select o.id as "id: OrderId", o.delivered_at as "delivered_at!"
           from orders o
           where o.status = 'delivered'
             and o.delivered_at <= $1
             and ($2::uuid is null or o.id = $2)
             and ($3::timestamptz is null or (o.delivered_at, o.id) > ($3, $4::uuid))
             and o.payment_status in ('paid', 'partially_refunded')
             and not exists (select from refunds r where r.order_id = o.id and r.status = 'pending')
             and not exists (
                select from order_events e
                where e.order_id = o.id
                  and e.kind = $6
                  and not exists (
                    select from order_events last
                    where last.order_id = o.id
                      and last.kind = $6
                      and last.data->>'dispute' = e.data->>'dispute'
                      and last.data->>'isOver' = 'true'
                  )
             )
           order by o.delivered_at, o.id
           limit $5"#,
        now - TimeDelta::days(days.into()),
        only as _,
        after.map(|due| due.delivered_at),
        after.map(|due| due.id) as _,
        BATCH,
        HappeningKind::Dispute.word(),
    )
    .fetch_all(conn)
    .await?;
    Ok(due)
}
