//! What events are about, and what a payload must say.

use crate::Money;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

words! {
    /// What an event is about. Each topic begins with it, and each one of it counts its events.
    pub enum EntityKind {
        Order = "order",
        Shipment = "shipment",
        Payment = "payment",
        Refund = "refund",
        /// A variant at a location.
        Stock = "stock",
        Product = "product",
        Category = "category",
        Picture = "picture",
        Import = "import",
        Account = "account",
        Cart = "cart",
        /// The account of somebody who works here.
        Staff = "staff",
        Role = "role",
        ApiKey = "api_key",
        Webhook = "webhook",
        /// All of them together.
        Settings = "settings",
    }
}

/// What is told of something that happened. Its shape stands for as long as the version of its topics does: fields may
/// be added, none goes away or comes to mean something else.
pub trait Payload: Serialize + DeserializeOwned + ToSchema {
    const ENTITY: EntityKind;

    /// Which one it is about.
    fn entity_id(&self) -> String;
}

/// An amount as the API writes it, `"78.50"`; its currency stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Amount(String);

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self(money.decimal())
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        Money::schema()
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        Money::name()
    }
}
