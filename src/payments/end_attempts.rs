//! Ending what was begun at the gateway, with its clear answer.

use super::attempt::Method;
use super::next_attempt::replace;
use super::settle::{Settled, settle};
use crate::id::{OrderId, PaymentId};
use crate::{Error, Result, Shop};
use anyhow::anyhow;

/// What came of ending all that was begun for an order.
pub(crate) enum Ended {
    /// Nobody can pay any more with what there was. This attempt is open instead, and the gateway has not heard of it.
    All(PaymentId),
    /// It cannot be ended: the order is paid, or the money is on its way; or the order is not to be paid any more.
    SomebodyPays,
}

/// Ends at the gateway whatever was begun for this order, for the order is to change. Outside of any transaction:
/// Stripe is asked. `Unavailable` without its clear answer; nothing about the order changed then but its open attempt.
pub(crate) async fn end_begun(shop: &Shop, order: OrderId, method: Method) -> Result<Ended> {
    // Paid meanwhile? An attempt on its way must not be closed.
    for payment in unsettled(shop, order, None).await? {
        match settle(shop, payment).await? {
            Settled::Unknown => return Err(unclear()),
            Settled::Open { .. } | Settled::Over { .. } => {}
            Settled::Paid | Settled::OnItsWay | Settled::GoesBack | Settled::Differs => {
                return Ok(Ended::SomebodyPays);
            }
        }
    }
    let fresh = match replace(shop, order, method).await {
        Ok(fresh) => fresh,
        Err(Error::Conflict { code: "payment_under_way" | "order_paid" | "order_cancelled", .. }) => {
            return Ok(Ended::SomebodyPays);
        }
        Err(e) => return Err(e),
    };
    if close_others(shop, order, fresh).await? {
        return Ok(Ended::SomebodyPays);
    }
    let somebody_pays = sqlx::query_scalar!(
        r#"select status <> 'pending'
                  or exists (select from payments where order_id = o.id and status in ('processing', 'succeeded')) as "pays!"
           from orders o
           where id = $1"#,
        order as _,
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(if somebody_pays { Ended::SomebodyPays } else { Ended::All(fresh) })
}

/// Settles all attempts at an order but this one, which closes them at the gateway. Answers whether one of them was
/// paid, or is about to be.
pub(super) async fn close_others(shop: &Shop, order: OrderId, but: PaymentId) -> Result<bool> {
    let mut is_paid = false;
    for earlier in unsettled(shop, order, Some(but)).await? {
        match settle(shop, earlier).await? {
            Settled::Open { .. } | Settled::Unknown => return Err(unclear()),
            Settled::Over { .. } => {}
            Settled::Paid | Settled::OnItsWay | Settled::GoesBack | Settled::Differs => is_paid = true,
        }
    }
    Ok(is_paid)
}

async fn unsettled(shop: &Shop, order: OrderId, but: Option<PaymentId>) -> Result<Vec<PaymentId>> {
    let payments = sqlx::query_scalar!(
        r#"select id as "id: PaymentId"
           from payments
           where order_id = $1 and id is distinct from $2 and provider = 'stripe' and settled_at is null
           order by id"#,
        order as _,
        but as _,
    )
    .fetch_all(&shop.db)
    .await?;
    Ok(payments)
}

fn unclear() -> Error {
    Error::Unavailable(anyhow!("an earlier attempt cannot be closed yet"))
}
