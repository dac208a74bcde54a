//! Paying again: by the attempt that is open, or the next one.

use super::attempt::{Attempt, Method};
use super::begin_payment::{Begun, Wish, begin, is_of};
use super::next_attempt::replace;
use super::settle::{Settled, settle};
use crate::actors::Customer;
use crate::id::{OrderId, PaymentId};
use crate::{Error, Result, Shop};
use anyhow::anyhow;
use chrono::TimeDelta;

/// A page is not shown with less time left than this.
const ENOUGH_TIME: TimeDelta = TimeDelta::minutes(2);

/// "Pay now" for an order that the visitor may see: the page or intent that is open, or a new attempt when that one is
/// over. An old page is closed for good before there is a new one, so that nobody pays twice. A customer finds the kept
/// cards there if the order is theirs.
pub async fn pay_again(shop: &Shop, order: OrderId, wish: &Wish<'_>) -> Result<Begun> {
    let payment = open_payment(shop, order, wish.method(), wish.payer).await?;
    begin(shop, payment, wish).await
}

/// The order's open attempt by this method, made if there is none.
async fn open_payment(shop: &Shop, order: OrderId, method: Method, payer: Option<&Customer>) -> Result<PaymentId> {
    let last = sqlx::query_scalar!(
        r#"select id as "id: PaymentId"
           from payments
           where order_id = $1 and status in ('created', 'pending', 'processing')"#,
        order as _,
    )
    .fetch_optional(&shop.db)
    .await?;
    if let Some(payment) = last {
        match settle(shop, payment).await? {
            Settled::Unknown => return Err(Error::Unavailable(anyhow!("the gateway gives no clear answer"))),
            Settled::Open { .. } => {
                let attempt = Attempt::load(&shop.db, payment).await?;
                let lasts = attempt.expires_at.is_none_or(|at| at > shop.clock.now() + ENOUGH_TIME);
                // the link to an order must not show its owner's cards to others
                let shows_others = attempt.customer.is_some() && !is_of(shop, order, payer).await?;
                if attempt.method == method && lasts && !shows_others {
                    return Ok(payment);
                }
            }
            _ => {}
        }
    }
    replace(shop, order, method).await
}
