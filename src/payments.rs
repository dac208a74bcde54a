//! Payments: the gateway, what became of each payment, refunds.

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

/// How the shop reaches its payment provider.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    pub secret_key: String,
    /// Signing secrets of the webhook endpoint; two while one is being rotated out.
    pub webhook_secrets: Vec<String>,
    /// Stripe's own address unless set: the offline Stripe in development and tests.
    pub api_base: Option<url::Url>,
}

/// Stripe, or what answers in its place.
#[derive(Clone, Debug)]
pub struct Gateway {
    #[expect(unused, reason = "read by the client")]
    config: GatewayConfig,
}

impl Gateway {
    pub fn new(config: GatewayConfig) -> Self {
        Self { config }
    }
}
