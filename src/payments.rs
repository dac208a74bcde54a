//! Payments: the gateway, what became of each payment, refunds.

mod gateway;

pub use gateway::{Gateway, GatewayConfig};

use crate::accounts::Acts;
use crate::id::{OrderId, RefundId};
use crate::{Clock, Result};
use sqlx::PgConnection;

/// Part of the cancellation of an order whose money was taken: writes down that all of what is left goes back.
pub async fn refund_in_full(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
    reason: &str,
) -> Result<()> {
    let actor = who.actor();
    let taken = sqlx::query!(
        r#"select id, currency, amount_captured - amount_refunding as "left!"
           from payments
           where order_id = $1 and status = 'succeeded' and amount_captured > amount_refunding
           for update"#,
        order as _,
    )
    .fetch_all(&mut *conn)
    .await?;
    for payment in taken {
        let refund = RefundId::new();
        sqlx::query!(
            "insert into refunds
                (id, payment_id, order_id, idempotency_key, amount, currency, reason,
                 actor_type, actor_id, actor_name, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
            refund as _,
            payment.id,
            order as _,
            format!("refund-{refund}"),
            payment.left,
            payment.currency,
            reason,
            actor.kind,
            actor.id,
            actor.name,
            clock.now(),
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
