//! Before an order is given up.

use crate::orders::view::OrderView;
use crate::payments::{Settled, settle};
use crate::{Error, Result, Shop, said};

/// Asks the gateway whether somebody paid this order meanwhile, in another tab or on another device. Conflicts:
/// `order_paid`, `payment_under_way`, `payment_unknown` when the gateway gives no clear answer.
pub async fn check_unpaid(shop: &Shop, order: &OrderView) -> Result<()> {
    let Some(payment) = order.open_payment() else { return Ok(()) };
    match settle(shop, payment).await? {
        Settled::Open { .. } | Settled::Over { .. } | Settled::GoesBack => Ok(()),
        Settled::Paid => Err(Error::conflict("order_paid", said!("refusal-is-paid"))),
        Settled::OnItsWay | Settled::Differs => {
            Err(Error::conflict("payment_under_way", said!("refusal-payment-on-its-way")))
        }
        Settled::Unknown => Err(Error::conflict("payment_unknown", said!("refusal-payment-unknown"))),
    }
}
