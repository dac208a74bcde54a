//! All of the money goes back: an order was cancelled, or nobody wants what came.

use super::super::split::Balance;
use super::{NewRow, insert};
use crate::id::{OrderId, PaymentId};
use crate::lifecycle::{self, Locked, RefundReason};
use crate::{Act, Result};

/// All that is left of an order's money, or of one of its payments.
pub(in crate::payments) struct FullRefund {
    pub payment: Option<PaymentId>,
    pub reason: RefundReason,
    /// Whether the shopper gets a mail about it.
    pub notify: bool,
}

pub(in crate::payments) async fn give_back_all(act: &mut Act<'_>, order: &Locked, refund: FullRefund) -> Result<()> {
    let taken = sqlx::query_scalar!(
        r#"select id as "id: PaymentId"
           from payments
           where order_id = $1 and status = 'succeeded' and amount_captured > amount_refunding
             and ($2::uuid is null or id = $2)
           order by id
           for update"#,
        order.id as _,
        refund.payment.map(|p| p.0),
    )
    .fetch_all(&mut **act)
    .await?;
    for payment in taken {
        let split = Balance::of(act, payment).await?.left;
        let new = NewRow {
            payment,
            amount: split.total()?,
            split,
            reason: refund.reason.clone(),
            lines: serde_json::Value::Array(Vec::new()),
            restock: false,
            notify: refund.notify,
            request: None,
        };
        insert(act, order, new).await?;
    }
    Ok(())
}

/// Part of the cancellation of an order whose money was taken: all of what is left goes back. The mail about the
/// cancellation says so. `reason` is what staff say.
pub async fn refund_in_full(act: &mut Act<'_>, order: OrderId, reason: &str) -> Result<()> {
    let order = lifecycle::lock(act, order).await?;
    let reason = RefundReason::typed(reason.to_owned());
    give_back_all(act, &order, FullRefund { payment: None, reason, notify: false }).await
}
