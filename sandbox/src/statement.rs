//! What happened to money, in one answer, for tests to hold a shop's books against.

use serde::Serialize;

use crate::params::Metadata;
use crate::state::State;

#[derive(Debug, Clone, Serialize)]
pub struct Statement {
    pub sessions: Vec<StatementSession>,
    pub intents: Vec<StatementIntent>,
    pub charges: Vec<StatementCharge>,
    pub refunds: Vec<StatementRefund>,
    pub disputes: Vec<StatementDispute>,
    /// What moved on the balance, with Stripe's fees.
    pub entries: Vec<StatementEntry>,
}

#[derive(Debug, Clone, Serialize)]
pub struct StatementSession {
    pub id: String,
    pub status: &'static str,
    pub payment_status: &'static str,
    pub amount_total: i64,
    pub currency: String,
    pub payment_intent: Option<String>,
    pub client_reference_id: Option<String>,
    pub metadata: Metadata,
}

#[derive(Debug, Clone, Serialize)]
pub struct StatementIntent {
    pub id: String,
    pub status: &'static str,
    pub amount: i64,
    pub amount_received: i64,
    pub currency: String,
    pub session: Option<String>,
    pub customer: Option<String>,
    pub metadata: Metadata,
}

#[derive(Debug, Clone, Serialize)]
pub struct StatementCharge {
    pub id: String,
    pub status: &'static str,
    pub payment_intent: String,
    pub amount: i64,
    pub amount_captured: i64,
    pub amount_refunded: i64,
    pub currency: String,
    pub disputed: bool,
    pub failure_code: Option<&'static str>,
    pub metadata: Metadata,
}

#[derive(Debug, Clone, Serialize)]
pub struct StatementRefund {
    pub id: String,
    pub status: &'static str,
    pub charge: String,
    pub payment_intent: String,
    pub amount: i64,
    pub currency: String,
    pub metadata: Metadata,
}

#[derive(Debug, Clone, Serialize)]
pub struct StatementDispute {
    pub id: String,
    pub status: &'static str,
    pub reason: &'static str,
    pub charge: String,
    pub payment_intent: String,
    pub amount: i64,
    pub currency: String,
}

/// An entry of the balance: positive towards the shop.
#[derive(Debug, Clone, Serialize)]
pub struct StatementEntry {
    pub id: String,
    pub kind: &'static str,
    pub source: String,
    pub amount: i64,
    pub fee: i64,
    pub currency: String,
}

impl State {
    pub fn statement(&self) -> Statement {
        Statement {
            sessions: self
                .sessions
                .iter()
                .map(|session| StatementSession {
                    id: session.id.clone(),
                    status: session.status.as_str(),
                    payment_status: session.payment_status.as_str(),
                    amount_total: session.total(),
                    currency: session.currency.clone(),
                    payment_intent: session.intent.clone(),
                    client_reference_id: session.client_reference_id.clone(),
                    metadata: session.metadata.clone(),
                })
                .collect(),
            intents: self
                .intents
                .iter()
                .map(|intent| StatementIntent {
                    id: intent.id.clone(),
                    status: intent.status.as_str(),
                    amount: intent.amount,
                    amount_received: intent.amount_received,
                    currency: intent.currency.clone(),
                    session: intent.session.clone(),
                    customer: intent.customer.clone(),
                    metadata: intent.metadata.clone(),
                })
                .collect(),
            charges: self
                .charges
                .iter()
                .map(|charge| StatementCharge {
                    id: charge.id.clone(),
                    status: charge.status.as_str(),
                    payment_intent: charge.intent.clone(),
                    amount: charge.amount,
                    amount_captured: charge.amount_captured,
                    amount_refunded: charge.amount_refunded,
                    currency: charge.currency.clone(),
                    disputed: charge.disputed,
                    failure_code: charge.failure.map(|failure| failure.code),
                    metadata: charge.metadata.clone(),
                })
                .collect(),
            refunds: self
                .refunds
                .iter()
                .map(|refund| StatementRefund {
                    id: refund.id.clone(),
                    status: refund.status.as_str(),
                    charge: refund.charge.clone(),
                    payment_intent: refund.intent.clone(),
                    amount: refund.amount,
                    currency: refund.currency.clone(),
                    metadata: refund.metadata.clone(),
                })
                .collect(),
            disputes: self
                .disputes
                .iter()
                .map(|dispute| StatementDispute {
                    id: dispute.id.clone(),
                    status: dispute.status.as_str(),
                    reason: dispute.reason,
                    charge: dispute.charge.clone(),
                    payment_intent: dispute.intent.clone(),
                    amount: dispute.amount,
                    currency: dispute.currency.clone(),
                })
                .collect(),
            entries: self
                .balance
                .iter()
                .map(|entry| StatementEntry {
                    id: entry.id.clone(),
                    kind: entry.kind,
                    source: entry.source.clone(),
                    amount: entry.amount,
                    fee: entry.fee,
                    currency: entry.currency.clone(),
                })
                .collect(),
        }
    }
}
