//! A payment and a refund as those who work here see them, and a shopper their own.

use super::view::{PaymentView, RefundView, attempts, refunds_of};
use crate::actors::{May, Permission, Visitor};
use crate::id::{OrderId, PaymentId, RefundId};
use crate::lifecycle::find_own;
use crate::{Error, Result, Shop};
use serde::Serialize;

/// A payment, what of it went back, and what it was for.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentDetails {
    #[serde(flatten)]
    pub payment: PaymentView,
    pub order_id: OrderId,
    #[schema(example = "IM-100042")]
    pub order_number: String,
    pub refunds: Vec<RefundView>,
}

/// Any payment.
pub async fn payment(shop: &Shop, who: &dyn May, id: PaymentId) -> Result<PaymentDetails> {
    who.may(Permission::PaymentsRead)?;
    details(shop, id).await
}

/// A payment for an order that the visitor may see: the account's own, a guest's by the order's key or its cart. Who of
/// the shop gave money back, and what went wrong with that, is not told.
pub async fn own_payment(shop: &Shop, visitor: &Visitor, id: PaymentId, key: Option<&str>) -> Result<PaymentDetails> {
    let mut found = details(shop, id).await?;
    find_own(&shop.db, visitor, &found.order_id.to_string(), key).await?;
    found.refunds = found.refunds.into_iter().map(RefundView::for_shopper).collect();
    Ok(found)
}

async fn details(shop: &Shop, id: PaymentId) -> Result<PaymentDetails> {
    let order = sqlx::query!(
        r#"select o.id as "id: OrderId", o.number from payments p join orders o on o.id = p.order_id where p.id = $1"#,
        id as _,
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or(Error::NotFound)?;
    let payment = attempts(&shop.db, order.id).await?.into_iter().find(|payment| payment.id == id);
    let mut refunds = refunds_of(&shop.db, order.id).await?;
    refunds.retain(|refund| refund.payment == id);
    let payment = payment.ok_or(Error::NotFound)?;
    Ok(PaymentDetails { payment, order_id: order.id, order_number: order.number, refunds })
}

/// A refund as it stands. Needs the permission to make one.
pub async fn refund_made(shop: &Shop, who: &dyn May, order: OrderId, id: RefundId) -> Result<RefundView> {
    who.may(Permission::OrdersRefund)?;
    refunds_of(&shop.db, order).await?.into_iter().find(|refund| refund.id == id).ok_or(Error::NotFound)
}
