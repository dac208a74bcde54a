//! Payments and refunds as people see them.

use super::attempt::{Method, PaymentState};
use super::gateway_request::way_back;
use super::refunds::RefundedLine;
use super::refunds::{Cause, in_words};
use super::settle::{Settled, settle};
use super::split::Split;
use crate::id::{OrderId, PaymentId, RefundId};
use crate::{Currency, Error, Money, Result, Shop};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgExecutor;

/// One attempt to pay an order.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Payment)]
pub struct PaymentView {
    pub id: PaymentId,
    pub method: Method,
    pub status: PaymentState,
    pub currency: Currency,
    pub amount: Money,
    pub captured: Money,
    pub refunding: Money,
    /// In the provider's words for shoppers.
    #[schema(example = "Your card was declined.")]
    pub failure: Option<String>,
    /// At the provider: the intent, else the session.
    #[schema(example = "pi_3RtX2kLq8eZvKYlo1aBcDeFg")]
    pub reference: Option<String>,
    #[schema(example = "pi_3RtX2kLq8eZvKYlo1aBcDeFg")]
    pub payment_intent_id: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
}

/// The attempts at an order that the caller may see, the first first.
pub async fn attempts(db: impl PgExecutor<'_>, order: OrderId) -> Result<Vec<PaymentView>> {
    let rows = sqlx::query!(
        r#"select id as "id: PaymentId", method as "method: Method", status as "status: PaymentState", currency, amount,
                  amount_captured, amount_refunding, failure_message, coalesce(provider_intent, provider_session) as reference,
                  provider_intent, created_at, updated_at, settled_at
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
            Ok(PaymentView {
                id: row.id,
                method: row.method,
                status: row.status,
                currency,
                amount: Money::new(row.amount, currency),
                captured: Money::new(row.amount_captured, currency),
                refunding: Money::new(row.amount_refunding, currency),
                failure: row.failure_message,
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
    #[schema(example = "The shaft was split")]
    pub reason: String,
    /// `pending`, `succeeded`, `failed`, `cancelled`.
    #[schema(example = "succeeded")]
    pub status: String,
    #[schema(example = "expired_or_canceled_card")]
    pub failure: Option<String>,
    pub restock: bool,
    #[schema(example = "Ruth Calder")]
    pub by: String,
    #[schema(example = "re_3RtX2kLq8eZvKYlo1hIjKlMn")]
    pub reference: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// The refunds of an order that the caller may see, the first first.
pub async fn refunds_of(db: impl PgExecutor<'_>, order: OrderId) -> Result<Vec<RefundView>> {
    let rows = sqlx::query!(
        r#"select id as "id: RefundId", payment_id as "payment: PaymentId", amount, currency, goods, shipping, tax, tax_included,
                  lines, cause as "cause: Cause", reason, status, failure_message, restock, actor_name, provider_refund, created_at
           from refunds
           where order_id = $1
           order by created_at, id"#,
        order as _,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = Currency::stored(&row.currency)?;
            let money = |minor| Money::new(minor, currency);
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
                reason: in_words(row.cause, &row.reason),
                status: row.status,
                failure: row.failure_message,
                restock: row.restock,
                by: row.actor_name,
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
    let key = sqlx::query_scalar!(
        "select o.access_key from payments p join orders o on o.id = p.order_id where p.id = $1",
        payment as _,
    )
    .fetch_one(&shop.db)
    .await?;
    way_back(shop, payment, &key)
}

/// A shopper is back from the gateway's page. The key is the order's own, from the address that we gave the gateway.
pub async fn came_back(shop: &Shop, payment: PaymentId, key: &str) -> Result<CameBack> {
    let order = sqlx::query!(
        r#"select o.id as "id: OrderId", o.number, o.access_key
           from payments p
           join orders o on o.id = p.order_id
           where p.id = $1"#,
        payment as _,
    )
    .fetch_one(&shop.db)
    .await?;
    // compared by hash, so that the time it takes tells nothing
    if crate::token_hash(key) != crate::token_hash(&order.access_key) {
        return Err(Error::NotFound);
    }
    let settled = settle(shop, payment).await?;
    Ok(CameBack { settled, order: order.id, number: order.number, access_key: order.access_key })
}
