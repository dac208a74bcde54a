//! An order as the API shows it.

use serde::Serialize;
use shop::Money;
use shop::id::UserId;
use shop::orders::OrderView;
use utoipa::ToSchema;

/// An order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownOrder {
    #[serde(flatten)]
    order: OrderView,
    /// For those who work here, like what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<UserId>,
    /// What was taken and is not on its way back.
    #[serde(skip_serializing_if = "Option::is_none")]
    refundable: Option<Money>,
}

impl ShownOrder {
    pub fn own(order: OrderView) -> Self {
        Self { order, customer_id: None, refundable: None }
    }

    pub fn for_staff(order: OrderView) -> Self {
        Self { customer_id: order.user_id, refundable: Some(order.refundable()), order }
    }
}
