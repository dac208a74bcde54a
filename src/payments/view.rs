//! Payments and refunds as people see them.

use super::attempt::{Method, PaymentState, Provider};
use super::gateway_request::way_back;
use super::refunds::{RefundState, RefundedLine};
use super::settle::{Settled, settle};
use super::split::Split;
use crate::id::{OrderId, PaymentId, RefundId};
use crate::lifecycle::{
    KeptKey, PaymentFailure, PaymentFault, RefundCause, RefundFailure, RefundFault, RefundOccasion, RefundReason,
    is_key,
};
use crate::words::Locale;
use crate::{Currency, Error, Money, Result, Shop};
use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use sqlx::PgExecutor;

/// One attempt to pay an order: the same to its shopper, to staff and to machines.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Payment)]
pub struct PaymentView {
    pub id: PaymentId,
    pub provider: Provider,
    pub method: Method,
    pub status: PaymentState,
    pub currency: Currency,
    pub amount: Money,
    pub captured: Money,
    /// Refunded or about to be.
    pub refunding: Money,
    /// In the provider's words for shoppers, or in English.
    #[serde(serialize_with = "payment_failure_in_english")]
    #[schema(value_type = Option<String>, example = "Your card was declined.")]
    pub failure: Option<PaymentFailure>,
    /// The same as `failure`.
    #[serde(serialize_with = "payment_failure_in_english")]
    #[schema(value_type = Option<String>, example = "Your card was declined.")]
    pub failure_message: Option<PaymentFailure>,
    /// At the provider: the intent, else the session.
    #[schema(example = "pi_3RtX2kLq8eZvKYlo1aBcDeFg")]
    pub reference: Option<String>,
    #[schema(example = "pi_3RtX2kLq8eZvKYlo1aBcDeFg")]
    pub payment_intent_id: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
}

impl PaymentView {
    /// No provider takes it: staff do.
    pub fn is_offline(&self) -> bool {
        self.provider == Provider::Offline
    }
}

fn payment_failure_in_english<S: Serializer>(failure: &Option<PaymentFailure>, to: S) -> Result<S::Ok, S::Error> {
    failure.as_ref().map(|failure| failure.say(Locale::English)).serialize(to)
}

/// The attempts at an order that the caller may see, the first first.
pub async fn attempts(db: impl PgExecutor<'_>, order: OrderId) -> Result<Vec<PaymentView>> {
    let rows = sqlx::query!(
        r#"select id as "id: PaymentId", provider as "provider: Provider", method as "method: Method",
                  status as "status: PaymentState", currency, amount, amount_captured, amount_refunding,
                  failure_fault as "fault: PaymentFault", failure_message,
                  coalesce(provider_intent, provider_session) as reference, provider_intent, created_at, updated_at, settled_at
           from payments
           where order_id = $1
           order by created_at, id"#,
        order as _,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = Currency::stored(&row.currency)?;
            let failure = PaymentFailure::kept(row.fault, row.failure_message);
            Ok(PaymentView {
                id: row.id,
                provider: row.provider,
                method: row.method,
                status: row.status,
                currency,
                amount: Money::new(row.amount, currency),
                captured: Money::new(row.amount_captured, currency),
                refunding: Money::new(row.amount_refunding, currency),
                failure: failure.clone(),
                failure_message: failure,
                reference: row.reference,
                payment_intent_id: row.provider_intent,
                created_at: row.created_at,
                updated_at: row.updated_at,
                settled_at: row.settled_at,
            })
        })
        .collect()
}

/// Money that goes back, or went.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Refund)]
pub struct RefundView {
    pub id: RefundId,
    #[serde(rename = "paymentId")]
    pub payment: PaymentId,
    pub currency: Currency,
    pub amount: Money,
    #[serde(flatten)]
    pub split: Split,
    /// The pieces that were paid back, where it was asked for by line.
    pub lines: Vec<RefundedLine>,
    /// In English.
    #[serde(serialize_with = "reason_in_english")]
    #[schema(value_type = String, example = "A seam was open")]
    pub reason: RefundReason,
    pub status: RefundState,
    /// What the provider says of one that failed, for those who work here.
    #[serde(serialize_with = "refund_failure_in_english")]
    #[schema(value_type = Option<String>, example = "expired_or_canceled_card")]
    pub failure: Option<RefundFailure>,
    pub restock: bool,
    /// Who asked for it; to shoppers, the shop.
    #[schema(example = "Ruth Calder")]
    pub by: String,
    /// It was paid offline: staff hand it back, no gateway does.
    pub is_by_hand: bool,
    #[schema(example = "re_3RtX2kLq8eZvKYlo1hIjKlMn")]
    pub reference: Option<String>,
    pub created_at: DateTime<Utc>,
}

fn reason_in_english<S: Serializer>(reason: &RefundReason, to: S) -> Result<S::Ok, S::Error> {
    reason.say(Locale::English).serialize(to)
}

fn refund_failure_in_english<S: Serializer>(failure: &Option<RefundFailure>, to: S) -> Result<S::Ok, S::Error> {
    failure.as_ref().map(|failure| failure.say(Locale::English)).serialize(to)
}

impl RefundView {
    /// Without who of the shop gave money back, and what went wrong with that.
    pub(crate) fn for_shopper(self) -> Self {
        Self { by: "The shop".into(), failure: None, ..self }
    }

    /// Staff still have to hand it over.
    pub fn waits_for_hand(&self) -> bool {
        self.is_by_hand && self.status == RefundState::Pending
    }
}

/// The refunds of an order that the caller may see, the first first.
pub async fn refunds_of(db: impl PgExecutor<'_>, order: OrderId) -> Result<Vec<RefundView>> {
    let rows = sqlx::query!(
        r#"select r.id as "id: RefundId", r.payment_id as "payment: PaymentId", r.amount, r.currency, r.goods, r.shipping, r.tax,
                  r.tax_included, r.lines, r.occasion as "occasion: RefundOccasion", r.cause as "cause: RefundCause", r.reason,
                  r.status as "status: RefundState", r.failure_fault as "fault: RefundFault", r.failure_message, r.restock,
                  r.actor_name, p.provider as "provider!: Provider", r.provider_refund, r.created_at
           from refunds r
           join payments p on p.id = r.payment_id
           where r.order_id = $1
           order by r.created_at, r.id"#,
        order as _,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = Currency::stored(&row.currency)?;
            let money = |minor| Money::new(minor, currency);
            let reason = RefundReason { occasion: row.occasion, cause: row.cause, text: row.reason };
            let failure = RefundFailure::kept(row.fault, row.failure_message);
            Ok(RefundView {
                id: row.id,
                payment: row.payment,
                currency,
                amount: money(row.amount),
                split: Split {
                    goods: money(row.goods),
                    shipping: money(row.shipping),
                    tax: money(row.tax),
                    tax_included: money(row.tax_included),
                },
                lines: serde_json::from_value(row.lines)?,
                reason,
                status: row.status,
                failure,
                restock: row.restock,
                by: row.actor_name,
                is_by_hand: row.provider == Provider::Offline,
                reference: row.provider_refund,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// For the page to which Stripe sends shoppers back.
#[derive(Debug, Clone)]
pub struct CameBack {
    pub settled: Settled,
    pub order: OrderId,
    pub number: String,
    pub access_key: String,
}

/// The page to which the provider, or its form on our page, returns the shopper.
pub async fn return_url(shop: &Shop, payment: PaymentId) -> Result<url::Url> {
    let order = sqlx::query!(
        r#"select o.id as "id: OrderId", o.access_key, o.sealed_key
           from payments p
           join orders o on o.id = p.order_id
           where p.id = $1"#,
        payment as _,
    )
    .fetch_one(&shop.db)
    .await?;
    let key = KeptKey { plain: order.access_key, sealed: order.sealed_key };
    way_back(shop, payment, &key.open(&shop.encryption_keys, order.id)?)
}

/// A shopper is back from the gateway's page. The key is the order's own, from the address that we gave the gateway.
pub async fn came_back(shop: &Shop, payment: PaymentId, key: &str) -> Result<CameBack> {
    let order = sqlx::query!(
        r#"select o.id as "id: OrderId", o.number, o.access_key, o.access_hash
           from payments p
           join orders o on o.id = p.order_id
           where p.id = $1"#,
        payment as _,
    )
    .fetch_one(&shop.db)
    .await?;
    if !is_key(key, order.access_hash.as_deref(), order.access_key.as_deref()) {
        return Err(Error::NotFound);
    }
    let settled = settle(shop, payment).await?;
    Ok(CameBack { settled, order: order.id, number: order.number, access_key: key.to_owned() })
}
