//! What is told of customers and their carts, of those who work here, and of what they decide. People are told of by
//! id.

use super::entity::{Amount, EntityKind, Payload};
use crate::Currency;
use crate::id::{ApiKeyId, CartId, RoleId, UserId, VariantId, WebhookId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// The kind of an account.
    pub enum KindOfAccount {
        /// Buys here.
        Customer = "customer",
        /// Works here, and may do what the roles say.
        Staff = "staff",
        /// Works here, and may do everything.
        Admin = "admin",
    }
}

/// Somebody's account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "accountId": "0190b5a0-7c1e-7000-8000-000000000011" }))]
pub struct AccountEvent {
    pub account_id: UserId,
}

impl Payload for AccountEvent {
    const ENTITY: EntityKind = EntityKind::Account;

    fn entity_id(&self) -> String {
        self.account_id.to_string()
    }
}

/// A cart that was left, and where its owner can be reached: an account, or the address that a guest typed at the
/// checkout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "cartId": "0190b5a0-7c1e-7000-8000-000000000081", "email": "ada@example.org", "usedAt": "2026-12-01T09:00:00Z",
    "lines": [{ "variantId": "0190b5a0-7c1e-7000-8000-000000000003", "quantity": 2, "unitPrice": "18.50" }],
    "subtotal": "37.00", "currency": "GBP",
}))]
pub struct CartEvent {
    pub cart_id: CartId,
    /// Of a customer's cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub account_id: Option<UserId>,
    /// Of a guest's cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<String>,
    /// When it was changed last, to the hour.
    pub used_at: DateTime<Utc>,
    pub lines: Vec<CartEventLine>,
    /// All lines, at the prices that the shopper saw, without delivery.
    pub subtotal: Amount,
    pub currency: Currency,
}

/// So many of a variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CartEventLine {
    pub variant_id: VariantId,
    /// Pieces.
    pub quantity: i32,
    /// Of one piece, as the shopper saw it.
    pub unit_price: Amount,
}

impl Payload for CartEvent {
    const ENTITY: EntityKind = EntityKind::Cart;

    fn entity_id(&self) -> String {
        self.cart_id.to_string()
    }
}

/// Somebody who works here, after what happened; as it was, when an invitation was withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "accountId": "0190b5a0-7c1e-7000-8000-000000000012", "accountKind": "staff", "isActive": true, "isInvited": false,
}))]
pub struct StaffEvent {
    pub account_id: UserId,
    pub account_kind: KindOfAccount,
    /// Whether the account is open.
    pub is_active: bool,
    /// Whether the invitation was not followed yet.
    pub is_invited: bool,
}

impl Payload for StaffEvent {
    const ENTITY: EntityKind = EntityKind::Staff;

    fn entity_id(&self) -> String {
        self.account_id.to_string()
    }
}

/// A role after what happened; as it was, when it was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "roleId": "0190b5a0-7c1e-7000-8000-000000000071", "name": "Warehouse",
    "permissions": ["inventory:read", "inventory:write"],
}))]
pub struct RoleEvent {
    pub role_id: RoleId,
    pub name: String,
    /// What it allows.
    pub permissions: Vec<String>,
}

impl Payload for RoleEvent {
    const ENTITY: EntityKind = EntityKind::Role;

    fn entity_id(&self) -> String {
        self.role_id.to_string()
    }
}

/// A machine's key, without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "apiKeyId": "0190b5a0-7c1e-7000-8000-000000000091", "name": "Warehouse robot", "prefix": "im_0f4636c78f65",
    "scopes": ["inventory:read"],
}))]
pub struct ApiKeyEvent {
    pub api_key_id: ApiKeyId,
    pub name: String,
    /// How the key begins, by which it is known.
    pub prefix: String,
    /// What it may do.
    pub scopes: Vec<String>,
}

impl Payload for ApiKeyEvent {
    const ENTITY: EntityKind = EntityKind::ApiKey;

    fn entity_id(&self) -> String {
        self.api_key_id.to_string()
    }
}

/// Which settings have other values now. The values are not told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "keys": ["lowStockThreshold", "shopName"] }))]
pub struct SettingsEvent {
    /// In the order of the alphabet.
    pub keys: Vec<String>,
}

impl Payload for SettingsEvent {
    const ENTITY: EntityKind = EntityKind::Settings;

    fn entity_id(&self) -> String {
        "shop".into()
    }
}

/// A webhook that was tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({ "webhookId": "0190b5a0-7c1e-7000-8000-000000000095", "name": "Accounting" }))]
pub struct WebhookEvent {
    pub webhook_id: WebhookId,
    pub name: String,
}

impl Payload for WebhookEvent {
    const ENTITY: EntityKind = EntityKind::Webhook;

    fn entity_id(&self) -> String {
        self.webhook_id.to_string()
    }
}
