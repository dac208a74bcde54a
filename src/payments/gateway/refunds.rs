//! Refunds. <https://docs.stripe.com/api/refunds>

use super::{Gateway, GatewayError, under};
use crate::lifecycle::RefundFailure;
use crate::payments::refunds::RefundState;
use crate::{Currency, Money};
use std::collections::HashMap;
use stripe::StripeRequest;
use stripe_core::refund::{CreateRefund, ListRefund, RetrieveRefund};
use stripe_shared::Refund;

#[derive(Debug, Clone)]
pub(crate) struct NewRefund {
    pub key: String,
    pub refund_id: String,
    pub order_id: String,
    pub intent: String,
    pub amount: i64,
}

/// A refund as it stands.
#[derive(Debug, Clone)]
pub(crate) struct RefundSeen {
    pub id: String,
    pub status: RefundState,
    pub amount: Money,
    /// Ours, when we made it.
    pub refund_id: Option<String>,
    pub failure: Option<RefundFailure>,
}

impl Gateway {
    pub(crate) async fn create_refund(&self, new: &NewRefund) -> Result<RefundSeen, GatewayError> {
        let metadata = HashMap::from([
            ("order_id".to_owned(), new.order_id.clone()),
            ("refund_id".to_owned(), new.refund_id.clone()),
        ]);
        let request = CreateRefund::new().payment_intent(&new.intent).amount(new.amount).metadata(metadata);
        seen(request.customize().request_strategy(under(&new.key)?).send(self.client()).await?)
    }

    pub(crate) async fn retrieve_refund(&self, id: &str) -> Result<RefundSeen, GatewayError> {
        seen(RetrieveRefund::new(id).send(self.client()).await?)
    }

    /// All refunds of a payment: ours, and those made by hand at the provider. The first hundred.
    pub(crate) async fn refunds_of(&self, intent: &str) -> Result<Vec<RefundSeen>, GatewayError> {
        let list = ListRefund::new().payment_intent(intent).limit(100).send(self.client()).await?;
        list.data.into_iter().map(seen).collect()
    }
}

pub(super) fn seen(refund: Refund) -> Result<RefundSeen, GatewayError> {
    let unclear = |what: String| GatewayError::Unknown { status: None, reason: format!("refund with {what}") };
    let status = match refund.status.as_deref() {
        Some("succeeded") => RefundState::Succeeded,
        Some("pending" | "requires_action") => RefundState::Pending,
        Some("failed") => RefundState::Failed,
        Some("canceled") => RefundState::Cancelled,
        other => return Err(unclear(format!("status {other:?}"))),
    };
    let code = refund.currency.to_string();
    let currency = Currency::parse(&code).ok_or_else(|| unclear(format!("currency {code}")))?;
    Ok(RefundSeen {
        id: refund.id.to_string(),
        status,
        amount: Money::new(refund.amount, currency),
        refund_id: refund.metadata.and_then(|m| m.get("refund_id").cloned()),
        failure: refund.failure_reason.map(RefundFailure::words),
    })
}
