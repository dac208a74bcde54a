//! What happened, in values. Sentences are made of it where it is read.

use super::NotificationKind;
use crate::entity::Entity;
use crate::id::{DifferenceId, ImportId, OrderId, VariantId, WebhookId};
use crate::{Currency, Message, Money, Result, said};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One happening. Stored as its kind and its values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum Happened {
    NewOrder { order: OrderId, number: String, total: i64, currency: Currency, is_paid: bool },
    PaymentFailed { order: OrderId, number: String, reason: String },
    PaymentDisputed { order: OrderId, number: String },
    DifferenceFound { difference: DifferenceId, number: Option<String> },
    LowStock { variant: VariantId, sku: String, name: String, left: i32 },
    SoldOut { variant: VariantId, sku: String, name: String },
    ImportFinished { import: ImportId, file: String, is_done: bool, failures: u64 },
    WebhookPaused { webhook: WebhookId, name: String },
    JobDead { job: i64, what: String },
}

impl Happened {
    pub fn kind(&self) -> NotificationKind {
        match self {
            Self::NewOrder { .. } => NotificationKind::NewOrder,
            Self::PaymentFailed { .. } => NotificationKind::PaymentFailed,
            Self::PaymentDisputed { .. } => NotificationKind::PaymentDisputed,
            Self::DifferenceFound { .. } => NotificationKind::DifferenceFound,
            Self::LowStock { .. } => NotificationKind::LowStock,
            Self::SoldOut { .. } => NotificationKind::SoldOut,
            Self::ImportFinished { .. } => NotificationKind::ImportFinished,
            Self::WebhookPaused { .. } => NotificationKind::WebhookPaused,
            Self::JobDead { .. } => NotificationKind::JobDead,
        }
    }

    /// What it is about, and which one.
    pub fn entity(&self) -> (Entity, String) {
        match self {
            Self::NewOrder { order, .. } | Self::PaymentFailed { order, .. } | Self::PaymentDisputed { order, .. } => {
                (Entity::Order, order.to_string())
            }
            Self::DifferenceFound { difference, .. } => (Entity::PaymentDifference, difference.to_string()),
            Self::LowStock { variant, .. } | Self::SoldOut { variant, .. } => (Entity::Variant, variant.to_string()),
            Self::ImportFinished { import, .. } => (Entity::Import, import.to_string()),
            Self::WebhookPaused { webhook, .. } => (Entity::Webhook, webhook.to_string()),
            Self::JobDead { job, .. } => (Entity::Job, job.to_string()),
        }
    }

    /// In a sentence.
    pub fn message(&self) -> Message {
        match self {
            Self::NewOrder { number, total, currency, is_paid, .. } => {
                let total = Money::new(*total, *currency);
                match is_paid {
                    true => said!("notification-new-order-paid", number = number, total = total),
                    false => said!("notification-new-order-offline", number = number, total = total),
                }
            }
            Self::PaymentFailed { number, reason, .. } if reason.is_empty() => {
                said!("notification-payment-failed-only", number = number)
            }
            Self::PaymentFailed { number, reason, .. } => {
                said!("notification-payment-failed-why", number = number, reason = reason)
            }
            Self::PaymentDisputed { number, .. } => said!("notification-payment-disputed-of", number = number),
            Self::DifferenceFound { number: Some(number), .. } => {
                said!("notification-difference-found-of", number = number)
            }
            Self::DifferenceFound { number: None, .. } => said!("notification-difference-found-only"),
            Self::LowStock { name, sku, left, .. } => {
                said!("notification-low-stock-of", name = name, sku = sku, left = *left)
            }
            Self::SoldOut { name, sku, .. } => said!("notification-sold-out-of", name = name, sku = sku),
            Self::ImportFinished { file, is_done: false, .. } => said!("notification-import-failed-of", file = file),
            Self::ImportFinished { file, failures, .. } => {
                let failures = i64::try_from(*failures).unwrap_or(i64::MAX);
                said!("notification-import-finished-of", file = file, failures = failures)
            }
            Self::WebhookPaused { name, .. } => said!("notification-webhook-paused-of", name = name),
            Self::JobDead { what, .. } => said!("notification-job-dead-of", job = what.replace('_', " ")),
        }
    }

    /// Its page in the admin.
    pub fn path(&self) -> String {
        match self {
            Self::NewOrder { number, .. }
            | Self::PaymentFailed { number, .. }
            | Self::PaymentDisputed { number, .. } => format!("/admin/orders/{number}"),
            Self::DifferenceFound { difference, .. } => format!("/admin/payments/differences/{difference}"),
            Self::LowStock { variant, .. } | Self::SoldOut { variant, .. } => format!("/admin/inventory/{variant}"),
            Self::ImportFinished { import, .. } => format!("/admin/import/{import}"),
            Self::WebhookPaused { webhook, .. } => format!("/admin/webhooks/{webhook}"),
            Self::JobDead { .. } => "/admin/jobs?state=dead".to_owned(),
        }
    }

    /// Its values, as they are kept.
    pub fn data(&self) -> Result<Value> {
        Ok(serde_json::to_value(self)?["data"].take())
    }

    pub(super) fn read(kind: NotificationKind, data: Value) -> Result<Self> {
        Ok(serde_json::from_value(json!({ "kind": kind, "data": data }))?)
    }
}
