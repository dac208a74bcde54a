//! What happens to the payments of an order when the order itself moves.

use crate::Result;
use crate::id::{OrderId, PaymentId};
use crate::jobs::{self, Job};
use crate::lifecycle::Locked;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Nothing more is to be paid at the gateway; whatever page of it is still open will be closed. Money that comes all the
/// same is still found by `settle`.
pub(crate) async fn close_gateway_payments(conn: &mut PgConnection, now: DateTime<Utc>, order: OrderId) -> Result<()> {
    let closed = sqlx::query_scalar!(
        r#"update payments
           set status = 'cancelled', updated_at = $2
           where order_id = $1 and provider <> 'offline' and status in ('created', 'pending', 'processing')
           returning id as "id: PaymentId""#,
        order as _,
        now,
    )
    .fetch_all(&mut *conn)
    .await?;
    for payment in closed {
        jobs::enqueue(conn, &Job::SettlePayment { payment }).await?;
    }
    Ok(())
}

/// It will be paid in another way.
pub(crate) async fn expect_offline_payment(conn: &mut PgConnection, now: DateTime<Utc>, order: &Locked) -> Result<()> {
    let payment = PaymentId::new();
    sqlx::query!(
        "insert into payments
            (id, order_id, provider, method, idempotency_key, currency, amount, status, created_at, updated_at)
         values ($1, $2, 'offline', 'offline', $3, $4, $5, 'pending', $6, $6)",
        payment as _,
        order.id as _,
        format!("payment-{payment}"),
        order.total.currency.code(),
        order.total.minor,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The gateway's page of a cancelled order may still be open: `settle` has it closed, and gives back what was paid on it.
pub(crate) async fn settle_open_payments(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    let open = sqlx::query_scalar!(
        r#"select id as "id: PaymentId"
           from payments
           where order_id = $1 and status in ('created', 'pending', 'processing')"#,
        order as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    for payment in open {
        jobs::enqueue(conn, &Job::SettlePayment { payment }).await?;
    }
    Ok(())
}

/// The money for an order that was accepted to be paid offline is there. Answers whether any was waited for.
pub(crate) async fn offline_payment_came(conn: &mut PgConnection, now: DateTime<Utc>, order: OrderId) -> Result<bool> {
    let came = sqlx::query!(
        "update payments
         set status = 'succeeded', amount_captured = amount, settled_at = $2, updated_at = $2
         where order_id = $1 and provider = 'offline' and status = 'pending'",
        order as _,
        now,
    )
    .execute(conn)
    .await?;
    Ok(came.rows_affected() > 0)
}

/// Nothing more is waited for that was to be paid offline.
pub(crate) async fn drop_offline_payments(conn: &mut PgConnection, now: DateTime<Utc>, order: OrderId) -> Result<()> {
    sqlx::query!(
        "update payments
         set status = 'cancelled', updated_at = $2
         where order_id = $1 and provider = 'offline' and status in ('created', 'pending', 'processing')",
        order as _,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
