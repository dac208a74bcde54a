//! Before an order is given up.

use crate::orders::view::OrderView;
use crate::payments::{Settled, settle};
use crate::{Error, Result, Shop};

/// Asks the gateway whether somebody paid this order meanwhile, in another tab or on another device. Conflicts: `order_paid`,
/// `payment_under_way`, `payment_unknown` when the gateway gives no clear answer.
pub async fn check_unpaid(shop: &Shop, order: &OrderView) -> Result<()> {
    let Some(payment) = order.open_payment() else { return Ok(()) };
    match settle(shop, payment).await? {
        Settled::Open { .. } | Settled::Over { .. } | Settled::GoesBack => Ok(()),
        Settled::Paid => Err(Error::conflict("order_paid", "The order is paid already.")),
        Settled::OnItsWay | Settled::Differs => {
            let words = "A payment is on its way; the order cannot be given up just now.";
            Err(Error::conflict("payment_under_way", words))
        }
        Settled::Unknown => {
            let words = "We cannot see just now whether a payment is under way. Please try again in a moment.";
            Err(Error::conflict("payment_unknown", words))
        }
    }
}
