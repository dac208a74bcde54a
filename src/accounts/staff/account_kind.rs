//! What kind of account it is.

use serde::{Deserialize, Serialize};

/// How far somebody's say goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[schema(as = Role)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum AccountKind {
    /// Does not work here.
    Customer,
    /// May do what the roles say.
    Staff,
    /// May do everything.
    Admin,
}

impl AccountKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Customer, Self::Staff, Self::Admin].into_iter().find(|account_kind| account_kind.word() == word)
    }
}
