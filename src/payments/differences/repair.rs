//! Putting right what differs. Whoever clicks first begins the repair, in a transaction with its audit row; whoever
//! clicks then finds it begun. What is asked of Stripe is asked outside of it, so that asking twice does nothing twice.

mod books;
mod money;

use super::list::{Difference, one};
use super::{DifferenceStatus, Repair, ask_for_payment, ask_for_refund, compare_books};
use crate::actors::{Permission, Staff};
use crate::id::DifferenceId;
use crate::input::Raw;
use crate::{Error, Invalid, Result, Shop, audit};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// A repair that was begun and did not come to an end, since the program did not, may be begun again after this.
const ABANDONED: TimeDelta = TimeDelta::minutes(2);

/// What became of a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repaired {
    /// The books agree.
    Done,
    /// It is done; that the books agree takes a while, such as until Stripe has sent the money.
    UnderWay,
    /// Somebody else did it, or it closed by itself.
    Before,
}

/// A difference is to stay as it is.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DismissDifference {
    pub reason: Raw,
}

/// Repairs a difference. Two clicks, or two people, are one repair. `Unavailable` when Stripe gives no clear answer:
/// then it can be tried again.
pub async fn repair(shop: &Shop, staff: &Staff, id: DifferenceId, how: Repair) -> Result<Repaired> {
    staff.may(Permission::OrdersRefund)?;
    let difference = one(shop, id).await?;
    if difference.status != DifferenceStatus::Open {
        return Ok(Repaired::Before);
    }
    if !difference.repairs().contains(&how) {
        return Err(Error::conflict("no_such_repair", "This does not help here; please look at the list again"));
    }
    let Some(turn) = begin(shop, staff, &difference, how).await? else { return Ok(Repaired::Before) };
    if let Err(e) = carry_out(shop, staff, &difference, how, turn).await {
        let gave_up = "update payment_differences set repair = null where id = $1 and repairs = $2";
        sqlx::query(gave_up).bind(id).bind(turn).execute(&shop.db).await?;
        return Err(e);
    }
    look_again(shop, &difference).await;
    compare_books(shop).await?;
    match one(shop, id).await?.status {
        DifferenceStatus::Open => Ok(Repaired::UnderWay),
        _ => Ok(Repaired::Done),
    }
}

/// Takes the repair on. Answers which try it is, or nothing when somebody else is at it or was.
async fn begin(shop: &Shop, staff: &Staff, difference: &Difference, how: Repair) -> Result<Option<i32>> {
    act!(shop, staff, "payment.repair", |act| {
        let turn = sqlx::query_scalar!(
            "update payment_differences
             set repair = $2, repair_by = $3, repair_at = $4, repairs = repairs + 1
             where id = $1 and status = 'open' and (repair is null or repair_at < $5)
             returning repairs",
            difference.id as _,
            how.word(),
            staff.name(),
            act.now,
            act.now - ABANDONED,
        )
        .fetch_optional(&mut *act)
        .await?;
        if turn.is_some() {
            let entry = audit::Entry {
                action: "payment.repair",
                entity_type: audit::Entity::PaymentDifference,
                entity_id: difference.id.to_string(),
            };
            let done = serde_json::json!({ "repair": how });
            audit::record(&mut act, entry, &audited(difference), &done)?;
        }
        act.commit(turn).await
    })
}

fn audited(difference: &Difference) -> serde_json::Value {
    serde_json::json!({
        "kind": difference.kind, "order": difference.number, "payment": difference.intent,
        "refund": difference.provider_refund, "atStripe": difference.their_amount(), "inOurBooks": difference.our_amount(),
    })
}

async fn carry_out(shop: &Shop, staff: &Staff, difference: &Difference, how: Repair, turn: i32) -> Result<()> {
    match how {
        Repair::Settle => money::settle_again(shop, difference).await,
        Repair::Take => money::take(shop, staff, difference).await,
        Repair::GiveBack => money::give_back(shop, staff, difference, turn).await,
        Repair::SendAgain => money::send_again(shop, staff, difference, turn).await,
        Repair::Adopt => books::adopt(shop, staff, difference).await,
        Repair::WriteOff => books::write_off(shop, staff, difference).await,
    }
}

/// What Stripe says now. Without an answer the next round finds out.
async fn look_again(shop: &Shop, difference: &Difference) {
    let asked = async {
        if let Some(intent) = &difference.intent {
            ask_for_payment(shop, intent).await?;
            if let Some(refund) = difference.refund {
                ask_for_refund(shop, refund, difference.provider_refund.as_deref(), intent).await?;
            }
        }
        Ok::<_, Error>(())
    };
    if let Err(e) = asked.await {
        tracing::warn!(difference = %difference.id, "repaired, and Stripe does not say how it stands: {e}");
    }
}

/// A difference stays as it is, for a reason. It comes back when its figures change.
pub async fn dismiss(shop: &Shop, staff: &Staff, id: DifferenceId, why: DismissDifference) -> Result<()> {
    staff.may(Permission::OrdersRefund)?;
    let mut faults = Invalid::default();
    let reason = why.reason.required("reason", 500, &mut faults);
    faults.into_result()?;
    let difference = one(shop, id).await?;
    act!(shop, staff, "payment.dismiss", |act| {
        let dismissed = sqlx::query!(
            "update payment_differences set status = 'dismissed', reason = $2, repair_by = $3 where id = $1 and status = 'open'",
            id as _,
            reason,
            staff.name(),
        )
        .execute(&mut *act)
        .await?;
        if dismissed.rows_affected() == 1 {
            let entry = audit::Entry {
                action: "payment.dismiss",
                entity_type: audit::Entity::PaymentDifference,
                entity_id: id.to_string(),
            };
            audit::record(&mut act, entry, &audited(&difference), &serde_json::json!({ "reason": reason }))?;
        }
        act.commit(()).await
    })
}
