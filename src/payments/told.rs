//! What the world is told of a refund: one shape, as the refund stands, whatever became of it.

use super::refunds::RefundState;
use crate::events::{self, Event, RefundEvent, RefundOutcome, RefundProblem, RefundSplit};
use crate::id::RefundId;
use crate::lifecycle::{Locked, RefundFault};
use crate::{Act, Money, Result};

impl From<RefundState> for RefundOutcome {
    fn from(state: RefundState) -> Self {
        match state {
            RefundState::Pending => Self::Pending,
            RefundState::Succeeded => Self::Succeeded,
            RefundState::Failed => Self::Failed,
            RefundState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<RefundFault> for RefundProblem {
    fn from(fault: RefundFault) -> Self {
        match fault {
            RefundFault::NoSuchRefund => Self::NoSuchRefund,
            RefundFault::NoPayment => Self::NoPayment,
        }
    }
}

/// Tells of a refund that came to be, whatever became of it already.
pub(super) async fn refund_came_to_be(act: &mut Act<'_>, order: &Locked, refund: RefundId) -> Result<()> {
    let told = load(act, order, refund).await?;
    events::record(act, &Event::RefundCreated(told))
}

/// Tells what became of a refund, if anything did.
pub(super) async fn refund_ended(act: &mut Act<'_>, order: &Locked, refund: RefundId) -> Result<()> {
    let told = load(act, order, refund).await?;
    let event = match told.status {
        RefundOutcome::Pending => return Ok(()),
        RefundOutcome::Succeeded => Event::RefundSucceeded(told),
        RefundOutcome::Failed => Event::RefundFailed(told),
        RefundOutcome::Cancelled => Event::RefundCancelled(told),
    };
    events::record(act, &event)
}

async fn load(act: &mut Act<'_>, order: &Locked, refund: RefundId) -> Result<RefundEvent> {
    let row = sqlx::query!(
        r#"select status as "status: RefundState", amount, goods, shipping, tax, tax_included,
                  failure_fault as "fault: RefundFault", failure_message
           from refunds
           where id = $1"#,
        refund as _,
    )
    .fetch_one(&mut **act)
    .await?;
    let currency = order.total.currency;
    let money = |minor| Money::new(minor, currency).into();
    Ok(RefundEvent {
        refund_id: refund,
        order_id: order.id,
        number: order.number.clone(),
        status: row.status.into(),
        amount: money(row.amount),
        currency,
        split: RefundSplit {
            goods: money(row.goods),
            shipping: money(row.shipping),
            tax: money(row.tax),
            tax_included: money(row.tax_included),
        },
        fault: row.fault.map(RefundProblem::from),
        failure: row.failure_message,
    })
}
