//! One attempt to pay an order: a row of `payments`.

use super::gateway::Failure;
use crate::id::{OrderId, PaymentId};
use crate::{Act, Currency, Error, Money, Result};
use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use std::fmt;

/// How the shopper pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[schema(as = PaymentMethod)]
pub enum Method {
    /// On Stripe's own page.
    Checkout,
    /// In an app, with a PaymentIntent.
    Intent,
    /// Without a provider: at the counter, by transfer, or nothing to pay.
    Offline,
}

impl Method {
    pub const ALL: [Self; 3] = [Self::Checkout, Self::Intent, Self::Offline];

    pub fn word(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Intent => "intent",
            Self::Offline => "offline",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.word() == word)
    }
}

/// For people.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Checkout => "Stripe’s page",
            Self::Intent => "Stripe, in place",
            Self::Offline => "Offline",
        })
    }
}

/// How far an attempt has got. Only ever forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Written down; the provider was not asked yet, or its answer is not known.
    Created,
    /// The shopper can pay.
    Pending,
    /// The shopper is done and the money is on its way.
    Processing,
    Succeeded,
    Failed,
    Cancelled,
    Expired,
}

impl PaymentState {
    pub const ALL: [Self; 7] =
        [Self::Created, Self::Pending, Self::Processing, Self::Succeeded, Self::Failed, Self::Cancelled, Self::Expired];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Pending | Self::Processing)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// For people.
impl fmt::Display for PaymentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "Not begun",
            Self::Pending => "Waiting for the shopper",
            Self::Processing => "On its way",
            Self::Succeeded => "Paid",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
        })
    }
}

/// An attempt as stored.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub id: PaymentId,
    pub order: OrderId,
    pub method: Method,
    pub key: String,
    pub session: Option<String>,
    pub intent: Option<String>,
    pub url: Option<String>,
    pub amount: Money,
    pub state: PaymentState,
    pub failure: Option<String>,
    pub failure_charge: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    /// Whose kept cards it offers, at the provider.
    pub customer: Option<String>,
    /// Its card is kept in any case.
    pub keeps_card: bool,
    /// The provider has said its last word.
    pub is_settled: bool,
}

impl Attempt {
    pub async fn load(db: impl PgExecutor<'_>, id: PaymentId) -> Result<Self> {
        let row = sqlx::query!(
            r#"select order_id as "order: OrderId", method as "method: Method", idempotency_key, provider_session,
                      provider_intent, checkout_url, currency, amount, status as "state: PaymentState", failure_message,
                      failure_charge, expires_at, provider_customer, keeps_card, settled_at is not null as "is_settled!"
               from payments
               where id = $1"#,
            id as _,
        )
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotFound)?;
        Ok(Self {
            id,
            order: row.order,
            method: row.method,
            key: row.idempotency_key,
            session: row.provider_session,
            intent: row.provider_intent,
            url: row.checkout_url,
            amount: Money::new(row.amount, Currency::stored(&row.currency)?),
            state: row.state,
            failure: row.failure_message,
            failure_charge: row.failure_charge,
            expires_at: row.expires_at,
            customer: row.provider_customer,
            keeps_card: row.keeps_card,
            is_settled: row.is_settled,
        })
    }

    /// Whether there is anything at the provider to look at.
    pub fn was_asked(&self) -> bool {
        self.session.is_some() || self.intent.is_some()
    }

    /// Closes the attempt with the provider's last word on it, or with ours (`settled` false): then the provider's own page
    /// has still to be closed.
    pub async fn close(
        &self,
        act: &mut Act<'_>,
        state: PaymentState,
        failure: Option<&Failure>,
        settled: bool,
    ) -> Result<()> {
        sqlx::query!(
            "update payments
             set status = case when status in ('created', 'pending', 'processing') then $2 else status end,
                 failure_code = coalesce($3, failure_code),
                 failure_message = coalesce($4, failure_message),
                 settled_at = case when $6 then $5::timestamptz end,
                 checked_at = $5,
                 updated_at = $5
             where id = $1 and settled_at is null",
            self.id as _,
            state.word(),
            failure.map(|f| f.code.as_str()),
            failure.map(|f| f.message.as_str()),
            act.now,
            settled,
        )
        .execute(&mut **act)
        .await?;
        Ok(())
    }
}

/// An attempt that is to be written first, with the key that every request about it will carry.
pub(crate) struct NewPayment {
    pub id: PaymentId,
    pub key: String,
    pub provider: &'static str,
    pub method: Method,
    pub status: &'static str,
    pub settled_at: Option<DateTime<Utc>>,
}

impl NewPayment {
    /// What costs nothing is paid at once, without a provider.
    pub fn of(total: Money, method: Method, now: DateTime<Utc>) -> Self {
        match total.is_zero() {
            true => Self { settled_at: Some(now), ..Self::new("offline", Method::Offline, PaymentState::Succeeded) },
            false => Self::new("stripe", method, PaymentState::Created),
        }
    }

    /// To be paid without a provider.
    pub(super) fn offline() -> Self {
        Self::new("offline", Method::Offline, PaymentState::Pending)
    }

    fn new(provider: &'static str, method: Method, state: PaymentState) -> Self {
        let id = PaymentId::new();
        Self { id, key: format!("payment-{id}"), provider, method, status: state.word(), settled_at: None }
    }

    pub(super) async fn write(&self, act: &mut Act<'_>, order: OrderId, total: Money) -> Result<()> {
        sqlx::query!(
            "insert into payments
                (id, order_id, provider, method, idempotency_key, currency, amount, status, settled_at, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
            self.id as _,
            order as _,
            self.provider,
            self.method as Method,
            self.key,
            total.currency.code(),
            total.minor,
            self.status,
            self.settled_at,
            act.now,
        )
        .execute(&mut **act)
        .await?;
        Ok(())
    }
}

/// Opens a new attempt at an order, which is locked. Answers by which method it is paid, too: what costs nothing is paid at
/// once, without a provider.
pub(crate) async fn open_attempt(
    act: &mut Act<'_>,
    order: OrderId,
    total: Money,
    method: Method,
) -> Result<(PaymentId, Method)> {
    let new = NewPayment::of(total, method, act.now);
    new.write(act, order, total).await?;
    Ok((new.id, new.method))
}
