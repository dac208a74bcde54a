//! What our books say that the gateway took and gave back. An offline Stripe remembers nothing when it starts anew, and
//! is told this; a real one knows better than we do.

use crate::Result;
use crate::db::Db;
use crate::id::{PaymentId, RefundId};
use std::collections::HashMap;

/// Enough for any shop that somebody develops with.
const AT_MOST: i64 = 5_000;

/// A payment that succeeded. Amounts in minor units.
#[derive(Debug, Clone)]
pub struct Captured {
    pub intent: String,
    pub amount: i64,
    pub currency: String,
    /// What went back, by the refund that it was.
    pub given_back: Vec<(RefundId, i64)>,
}

/// The latest payments through the gateway that were only a test, with their refunds.
pub async fn captured(db: &Db) -> Result<Vec<Captured>> {
    let refunds = sqlx::query!(
        r#"select r.payment_id as "payment: PaymentId", r.id as "id: RefundId", r.amount
           from refunds r
           join payments p on p.id = r.payment_id
           where r.status = 'succeeded' and p.provider = 'stripe' and not p.livemode
           order by r.created_at desc
           limit $1"#,
        AT_MOST,
    )
    .fetch_all(db)
    .await?;
    let mut back: HashMap<PaymentId, Vec<(RefundId, i64)>> = HashMap::new();
    for refund in refunds {
        back.entry(refund.payment).or_default().push((refund.id, refund.amount));
    }
    let payments = sqlx::query!(
        r#"select id as "id: PaymentId", provider_intent as "intent!", amount_captured, currency
           from payments
           where status = 'succeeded' and amount_captured > 0 and provider = 'stripe' and not livemode
             and provider_intent is not null
           order by created_at desc
           limit $1"#,
        AT_MOST,
    )
    .fetch_all(db)
    .await?;
    let taken = payments.into_iter().map(|p| Captured {
        intent: p.intent,
        amount: p.amount_captured,
        currency: p.currency.to_lowercase(),
        given_back: back.remove(&p.id).unwrap_or_default(),
    });
    Ok(taken.collect())
}
