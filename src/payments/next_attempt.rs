//! The next attempt of an order, in place of the one before.

use super::attempt::{Method, open_attempt};
use super::settle;
use crate::actors::System;
use crate::id::{OrderId, PaymentId};
use crate::lifecycle::{self, OrderStatus};
use crate::{Error, OnConstraint, Result, Shop, said};

/// Writes a new attempt beside the old one, which is closed. [`super::begin()`] sees to it that the old one is closed
/// at the gateway too before the new one gets a page.
pub(super) async fn replace(shop: &Shop, order: OrderId, method: Method) -> Result<PaymentId> {
    act!(shop, &System, "payment.replace", |act| {
        let locked = lifecycle::lock(&mut act, order).await?;
        payable(locked.status)?;
        let old = sqlx::query_scalar!(
            r#"update payments
               set status = 'cancelled', updated_at = $2
               where order_id = $1 and status in ('created', 'pending')
               returning id as "id: PaymentId""#,
            order as _,
            act.now,
        )
        .fetch_all(&mut *act)
        .await?;
        for payment in old {
            settle::enqueue(&mut act, payment)?;
        }
        let under_way = || Error::conflict("payment_under_way", said!("refusal-payment-under-way"));
        let opened = open_attempt(&mut act, order, locked.total, method).await;
        let (payment, _) = opened.on_constraint("payments_one_open", under_way)?;
        act.commit(payment).await
    })
}

pub(super) fn payable(status: OrderStatus) -> Result<()> {
    match status {
        OrderStatus::Pending => Ok(()),
        OrderStatus::Cancelled => Err(Error::conflict("order_cancelled", said!("refusal-order-cancelled"))),
        _ => Err(Error::conflict("order_paid", said!("refusal-order-paid"))),
    }
}
