//! Reconciling: whatever got lost on the way (a webhook, a job, we ourselves) is found here within a minute or two.

use super::settle::{self, settle};
use crate::actors::System;
use crate::id::{OrderId, PaymentId, RefundId};
use crate::jobs::{self, Job, JobOptions};
use crate::lifecycle::{self, CancelReason, OrderStatus};
use crate::{Result, Shop};
use chrono::TimeDelta;

const AT_ONCE: i64 = 500;

/// What was found unfinished; each has a job of its own now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unfinished {
    pub payments: usize,
    pub orders: usize,
    pub refunds: usize,
    pub events: usize,
}

/// Looks for payments, orders, refunds and events that should be finished by now, and enqueues a job for each. Young
/// ones are looked at every minute, old ones less often.
pub async fn reconcile(shop: &Shop) -> Result<Unfinished> {
    act!(shop, &System, "payment.reconcile", |act| {
        let now = act.now;
        let payments = sqlx::query_scalar!(
            r#"select id as "id: PaymentId"
               from payments
               where settled_at is null and status <> 'succeeded' and provider = 'stripe'
                 and created_at <= $1::timestamptz - interval '45 seconds'
                 and (checked_at is null or checked_at <= $1::timestamptz - case
                        when created_at > $1::timestamptz - interval '3 hours' then interval '45 seconds'
                        when created_at > $1::timestamptz - interval '3 days' then interval '15 minutes'
                        else interval '6 hours' end)
               order by checked_at nulls first, id
               limit $2"#,
            now,
            AT_ONCE,
        )
        .fetch_all(&mut *act)
        .await?;
        for &payment in &payments {
            settle::enqueue(&mut act, payment)?;
        }
        let orders = sqlx::query_scalar!(
            r#"select id as "id: OrderId" from orders where status = 'pending' and reserved_until <= $1 order by id limit $2"#,
            now,
            AT_ONCE,
        )
        .fetch_all(&mut *act)
        .await?;
        for &order in &orders {
            jobs::enqueue_with(&mut act, &Job::LapseOrder { order }, JobOptions::unique(format!("lapse:{order}")))?;
        }
        let refunds = sqlx::query_scalar!(
            r#"select id as "id: RefundId"
               from refunds
               where status = 'pending' and created_at <= $1::timestamptz - interval '45 seconds'
                 and not exists (select from payments p where p.id = payment_id and p.provider = 'offline')
                 and (checked_at is null or checked_at <= $1::timestamptz - case
                        when provider_refund is null then interval '45 seconds'
                        when created_at > $1::timestamptz - interval '1 day' then interval '10 minutes'
                        else interval '6 hours' end)
               order by checked_at nulls first, id
               limit $2"#,
            now,
            AT_ONCE,
        )
        .fetch_all(&mut *act)
        .await?;
        for &refund in &refunds {
            jobs::enqueue_with(&mut act, &Job::SendRefund { refund }, JobOptions::unique(format!("refund:{refund}")))?;
        }
        // each has a job from the start, which may have died with a worker
        let events = sqlx::query_scalar!(
            "select id from stripe_events where applied_at is null and received_at <= $1 order by received_at limit $2",
            now - TimeDelta::minutes(2),
            AT_ONCE,
        )
        .fetch_all(&mut *act)
        .await?;
        for event in &events {
            let options = JobOptions { keep_waiting: true, ..JobOptions::unique(format!("stripe-event:{event}")) };
            jobs::enqueue_with(&mut act, &Job::ApplyStripeEvent { event: event.clone() }, options)?;
        }
        act.commit(Unfinished {
            payments: payments.len(),
            orders: orders.len(),
            refunds: refunds.len(),
            events: events.len(),
        })
        .await
    })
}

/// Releases an order that nobody paid in time. The gateway is asked first: its page is closed, and money that came is
/// taken. If it does not answer, the goods go back on sale and the order itself goes on waiting.
pub async fn lapse(shop: &Shop, order: OrderId) -> Result<()> {
    let open = sqlx::query_scalar!(
        r#"select id as "id: PaymentId" from payments where order_id = $1 and settled_at is null and status <> 'succeeded'"#,
        order as _,
    )
    .fetch_all(&shop.db)
    .await?;
    for payment in open {
        settle(shop, payment).await?;
    }
    release(shop, order).await
}

async fn release(shop: &Shop, id: OrderId) -> Result<()> {
    act!(shop, &System, "order.lapse", |act| {
        let order = lifecycle::lock(&mut act, id).await?;
        let is_due = order.reserved_until.is_some_and(|until| until <= act.now);
        if order.status != OrderStatus::Pending || !is_due {
            return Ok(());
        }
        let in_the_dark = sqlx::query_scalar!(
            r#"select exists(
                   select from payments where order_id = $1 and status in ('created', 'pending', 'processing')
               ) as "open!""#,
            id as _,
        )
        .fetch_one(&mut *act)
        .await?;
        if in_the_dark {
            lifecycle::lapse_reservation(&mut act, id).await?;
        } else {
            lifecycle::cancel_unpaid(&mut act, id, CancelReason::NotPaidInTime).await?;
        }
        act.commit(()).await
    })
}
