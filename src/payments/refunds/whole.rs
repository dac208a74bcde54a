//! All of the money goes back: an order was cancelled, or nobody wants what came.

use super::super::split::Pots;
use super::{NewRow, insert};
use crate::actors::Acts;
use crate::id::{OrderId, PaymentId};
use crate::{Clock, Result, lifecycle};
use sqlx::PgConnection;

/// All that is left of an order's money, or of one of its payments.
pub(in crate::payments) struct Whole<'a> {
    pub clock: &'a Clock,
    pub who: &'a dyn Acts,
    pub order: OrderId,
    pub payment: Option<PaymentId>,
    pub reason: &'a str,
    /// Whether the shopper gets a mail about it.
    pub notify: bool,
}

pub(in crate::payments) async fn give_back_all(conn: &mut PgConnection, whole: Whole<'_>) -> Result<()> {
    let order = lifecycle::lock(conn, whole.order).await?;
    let taken = sqlx::query_scalar!(
        r#"select id as "id: PaymentId"
           from payments
           where order_id = $1 and status = 'succeeded' and amount_captured > amount_refunding
             and ($2::uuid is null or id = $2)
           order by id
           for update"#,
        whole.order as _,
        whole.payment.map(|p| p.0),
    )
    .fetch_all(&mut *conn)
    .await?;
    for payment in taken {
        let split = Pots::of(conn, payment).await?.left;
        let new = NewRow {
            payment,
            amount: split.total()?,
            split,
            cause: None,
            reason: whole.reason,
            words: whole.reason,
            lines: serde_json::Value::Array(Vec::new()),
            restock: false,
            notify: whole.notify,
            request: None,
        };
        insert(conn, whole.clock, whole.who, &order, new).await?;
    }
    Ok(())
}

/// Part of the cancellation of an order whose money was taken: all of what is left goes back. The mail about the
/// cancellation says so.
pub async fn refund_in_full(
    conn: &mut PgConnection,
    clock: &Clock,
    who: &dyn Acts,
    order: OrderId,
    reason: &str,
) -> Result<()> {
    give_back_all(conn, Whole { clock, who, order, payment: None, reason, notify: false }).await
}
