//! Stripe's own statement: payments and refunds in the order in which they were made, the newest first.
//! <https://docs.stripe.com/api/payment_intents/list>, <https://docs.stripe.com/api/refunds/list>

use super::refunds::seen;
use super::{Gateway, GatewayError, IntentStatus, RefundSeen, intents, under};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use stripe::StripeRequest;
use stripe_core::payment_intent::{ListPaymentIntent, RetrievePaymentIntent};
use stripe_core::refund::{CreateRefund, ListRefund};
use stripe_shared::{PaymentIntent, Refund};
use stripe_types::{Expandable, List, RangeQueryTs};
use uuid::Uuid;

/// As many as Stripe gives at once.
const PAGE: i64 = 100;
/// The charge says what went back, its entry in the balance what Stripe kept.
const EXPAND: &str = "latest_charge.balance_transaction";

/// A range of the statement: from its newest row, or from behind one that was read before, back to a moment.
#[derive(Debug, Clone)]
pub(crate) struct StatementRange {
    pub from: DateTime<Utc>,
    pub after: Option<String>,
}

/// A page of it. `after` is where the next one begins; nothing when this is the last.
#[derive(Debug)]
pub(crate) struct StatementPage<T> {
    pub rows: Vec<T>,
    pub after: Option<String>,
}

/// A payment as Stripe's statement has it. Amounts in minor units: another program's may be in any currency.
#[derive(Debug, Clone)]
pub(crate) struct IntentEntry {
    pub intent: String,
    pub status: IntentStatus,
    pub received: i64,
    pub refunded: i64,
    /// In the payment's own currency; not known while Stripe has not settled it, or when it keeps another currency.
    pub fee: Option<i64>,
    /// In capitals.
    pub currency: String,
    /// Whether it carries our marks.
    pub is_ours: bool,
    pub payment: Option<Uuid>,
    pub order: Option<Uuid>,
    pub created: DateTime<Utc>,
}

/// A refund as Stripe's statement has it.
#[derive(Debug, Clone)]
pub(crate) struct RefundEntry {
    pub intent: String,
    pub seen: RefundSeen,
}

impl Gateway {
    pub(crate) async fn list_intents(
        &self,
        range: &StatementRange,
    ) -> Result<StatementPage<IntentEntry>, GatewayError> {
        let mut list = ListPaymentIntent::new().created(range.created()).limit(PAGE).expand([format!("data.{EXPAND}")]);
        if let Some(after) = &range.after {
            list = list.starting_after(after);
        }
        let list = list.send(self.client()).await?;
        let after = next(&list, |intent| intent.id.to_string());
        Ok(StatementPage { rows: list.data.into_iter().map(IntentEntry::from).collect(), after })
    }

    /// One payment by its name; `None` when Stripe has none of that name.
    pub(crate) async fn intent_entry(&self, id: &str) -> Result<Option<IntentEntry>, GatewayError> {
        match RetrievePaymentIntent::new(id).expand([EXPAND.to_owned()]).send(self.client()).await {
            Ok(intent) => Ok(Some(intent.into())),
            Err(e) => match GatewayError::from(e) {
                e if e.is_missing() => Ok(None),
                e => Err(e),
            },
        }
    }

    /// A refund that we cannot read (in a currency that this shop does not know) is another program's and left out.
    pub(crate) async fn list_refunds(
        &self,
        range: &StatementRange,
    ) -> Result<StatementPage<RefundEntry>, GatewayError> {
        let mut list = ListRefund::new().created(range.created()).limit(PAGE);
        if let Some(after) = &range.after {
            list = list.starting_after(after);
        }
        let list = list.send(self.client()).await?;
        let after = next(&list, |refund| refund.id.to_string());
        Ok(StatementPage { rows: list.data.into_iter().filter_map(entry).collect(), after })
    }

    /// All refunds of a payment, the first hundred.
    pub(crate) async fn refund_entries(&self, intent: &str) -> Result<Vec<RefundEntry>, GatewayError> {
        let list = ListRefund::new().payment_intent(intent).limit(PAGE).send(self.client()).await?;
        Ok(list.data.into_iter().filter_map(entry).collect())
    }

    /// Gives back money of a payment that our books do not have. `mark` is written on the refund.
    pub(crate) async fn give_back(&self, intent: &str, amount: i64, key: &str, mark: &str) -> Result<(), GatewayError> {
        let metadata = HashMap::from([("difference_id".to_owned(), mark.to_owned())]);
        let request = CreateRefund::new().payment_intent(intent).amount(amount).metadata(metadata);
        request.customize().request_strategy(under(key)?).send(self.client()).await?;
        Ok(())
    }
}

impl StatementRange {
    /// Without an end: Stripe's clock may be ahead of ours.
    fn created(&self) -> RangeQueryTs {
        RangeQueryTs::gte(self.from.timestamp())
    }
}

fn next<T>(list: &List<T>, id: impl Fn(&T) -> String) -> Option<String> {
    list.data.last().filter(|_| list.has_more).map(id)
}

fn entry(refund: Refund) -> Option<RefundEntry> {
    let intent = refund.payment_intent.as_ref().map(|intent| intent.id().to_string())?;
    Some(RefundEntry { intent, seen: seen(refund).ok()? })
}

impl From<PaymentIntent> for IntentEntry {
    fn from(intent: PaymentIntent) -> Self {
        let named = |key: &str| intent.metadata.get(key).and_then(|id| id.parse().ok());
        let charge = match &intent.latest_charge {
            Some(Expandable::Object(charge)) => Some(charge.as_ref()),
            _ => None,
        };
        let fee = charge.and_then(|charge| match &charge.balance_transaction {
            Some(Expandable::Object(entry)) if entry.currency == intent.currency => Some(entry.fee),
            _ => None,
        });
        Self {
            intent: intent.id.to_string(),
            // one that this program does not know is not paid
            status: intents::status(&intent.status).unwrap_or(IntentStatus::Open),
            received: intent.amount_received,
            refunded: charge.map_or(0, |charge| charge.amount_refunded),
            fee,
            currency: intent.currency.to_string().to_uppercase(),
            is_ours: ["payment_id", "order_id"].iter().any(|mark| intent.metadata.contains_key(*mark)),
            payment: named("payment_id"),
            order: named("order_id"),
            created: DateTime::from_timestamp(intent.created, 0).unwrap_or_default(),
        }
    }
}
