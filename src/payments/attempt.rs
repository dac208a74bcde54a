//! One attempt to pay an order: a row of `payments`.

use super::gateway::Failure;
use crate::id::{OrderId, PaymentId};
use crate::{Act, Currency, Error, Money, Result};
use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

words! {
    /// Who takes the money.
    #[schema(as = PaymentProvider)]
    pub enum Provider {
        Stripe = "stripe" => "Stripe",
        /// Nobody: it is handed over at the counter, or comes by transfer.
        Offline = "offline" => "Offline",
    }
}

words! {
    /// How the shopper pays.
    #[schema(as = PaymentMethod)]
    pub enum Method {
        /// On Stripe's own page.
        Checkout = "checkout" => "Stripe’s page",
        /// In an app, with a PaymentIntent.
        Intent = "intent" => "Stripe, in place",
        /// Without a provider: at the counter, by transfer, or nothing to pay.
        Offline = "offline" => "Offline",
    }
}

impl Method {
    /// By which a shopper asks to pay: on a page, unless said otherwise. None for what nobody can ask for.
    pub fn asked(word: &str) -> Option<Self> {
        match word {
            "" => Some(Self::Checkout),
            word => Self::parse(word).filter(|method| *method != Self::Offline),
        }
    }
}

words! {
    /// How far an attempt has got. Only ever forward.
    pub enum PaymentState {
        /// Written down; the provider was not asked yet, or its answer is not known.
        Created = "created" => "Not begun",
        /// The shopper can pay.
        Pending = "pending" => "Waiting for the shopper",
        /// The shopper is done and the money is on its way.
        Processing = "processing" => "On its way",
        Succeeded = "succeeded" => "Paid",
        Failed = "failed" => "Failed",
        Cancelled = "cancelled" => "Cancelled",
        Expired = "expired" => "Expired",
    }
}

impl PaymentState {
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Pending | Self::Processing)
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

/// The columns of an attempt.
struct Row {
    id: PaymentId,
    order: OrderId,
    method: Method,
    idempotency_key: String,
    provider_session: Option<String>,
    provider_intent: Option<String>,
    checkout_url: Option<String>,
    currency: String,
    amount: i64,
    state: PaymentState,
    failure_message: Option<String>,
    failure_charge: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    provider_customer: Option<String>,
    keeps_card: bool,
    is_settled: bool,
}

impl Row {
    fn attempt(self) -> Result<Attempt> {
        Ok(Attempt {
            id: self.id,
            order: self.order,
            method: self.method,
            key: self.idempotency_key,
            session: self.provider_session,
            intent: self.provider_intent,
            url: self.checkout_url,
            amount: Money::new(self.amount, Currency::stored(&self.currency)?),
            state: self.state,
            failure: self.failure_message,
            failure_charge: self.failure_charge,
            expires_at: self.expires_at,
            customer: self.provider_customer,
            keeps_card: self.keeps_card,
            is_settled: self.is_settled,
        })
    }
}

impl Attempt {
    pub async fn load(db: impl PgExecutor<'_>, id: PaymentId) -> Result<Self> {
        let row = sqlx::query_as!(
            Row,
            r#"select id as "id: PaymentId", order_id as "order: OrderId", method as "method: Method", idempotency_key,
                      provider_session, provider_intent, checkout_url, currency, amount,
                      status as "state: PaymentState", failure_message, failure_charge, expires_at, provider_customer,
                      keeps_card, settled_at is not null as "is_settled!"
               from payments
               where id = $1"#,
            id as _,
        )
        .fetch_optional(db)
        .await?;
        row.ok_or(Error::NotFound)?.attempt()
    }

    /// Fixes what the provider is asked for, of an attempt at an order that is locked: until when one can pay, and
    /// whose kept cards are offered. One that was fixed before stays so: the same request again. The goods are held at
    /// least until `held_until`. `None` for one that is over or has its page.
    pub async fn fix(
        act: &mut Act<'_>,
        (payment, order): (PaymentId, OrderId),
        expires_at: DateTime<Utc>,
        held_until: DateTime<Utc>,
        customer: Option<&str>,
        keeps_card: bool,
    ) -> Result<Option<Self>> {
        let now = act.now;
        let row = sqlx::query_as!(
            Row,
            r#"with fixed as (
                update payments
                set expires_at = coalesce(expires_at, $4),
                    provider_customer = case when expires_at is null then $6 else provider_customer end,
                    keeps_card = case when expires_at is null then $7 else keeps_card end,
                    updated_at = $3
                where id = $1 and status in ('created', 'pending')
                  and (checkout_url is null or provider_session is null)
                returning *, expires_at = $4 as is_fresh
            ),
            held as (
                update orders
                set reserved_until = $5
                where id = $2 and reserved_until < $5 and exists (select from fixed where is_fresh)
            )
            select id as "id: PaymentId", order_id as "order: OrderId", method as "method: Method", idempotency_key,
                   provider_session, provider_intent, checkout_url, currency, amount, status as "state: PaymentState",
                   failure_message, failure_charge, expires_at, provider_customer, keeps_card,
                   settled_at is not null as "is_settled!"
            from fixed"#,
            payment as _,
            order as _,
            now,
            expires_at,
            held_until,
            customer,
            keeps_card,
        )
        .fetch_optional(&mut **act)
        .await?;
        row.map(Row::attempt).transpose()
    }

    /// Whether there is anything at the provider to look at.
    pub fn was_asked(&self) -> bool {
        self.session.is_some() || self.intent.is_some()
    }

    /// Closes the attempt with the provider's last word on it, or with ours (`settled` false): then the provider's own
    /// page has still to be closed.
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
    pub provider: Provider,
    pub method: Method,
    pub status: PaymentState,
    pub settled_at: Option<DateTime<Utc>>,
    /// Until when one can pay, where the gateway is asked as soon as it is written.
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewPayment {
    /// What costs nothing is paid at once, without a provider.
    pub fn of(total: Money, method: Method, now: DateTime<Utc>) -> Self {
        match total.is_zero() {
            true => {
                Self { settled_at: Some(now), ..Self::new(Provider::Offline, Method::Offline, PaymentState::Succeeded) }
            }
            false => Self::new(Provider::Stripe, method, PaymentState::Created),
        }
    }

    /// To be paid without a provider.
    pub(super) fn offline() -> Self {
        Self::new(Provider::Offline, Method::Offline, PaymentState::Pending)
    }

    fn new(provider: Provider, method: Method, state: PaymentState) -> Self {
        let id = PaymentId::new();
        Self { id, key: format!("payment-{id}"), provider, method, status: state, settled_at: None, expires_at: None }
    }

    /// As it is once it is written.
    pub(super) fn attempt(&self, order: OrderId, amount: Money) -> Attempt {
        Attempt {
            id: self.id,
            order,
            method: self.method,
            key: self.key.clone(),
            session: None,
            intent: None,
            url: None,
            amount,
            state: self.status,
            failure: None,
            failure_charge: None,
            expires_at: self.expires_at,
            customer: None,
            keeps_card: false,
            is_settled: self.settled_at.is_some(),
        }
    }

    pub(super) async fn write(&self, act: &mut Act<'_>, order: OrderId, total: Money) -> Result<()> {
        sqlx::query!(
            "insert into payments
                (id, order_id, provider, method, idempotency_key, currency, amount, status, settled_at, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
            self.id as _,
            order as _,
            self.provider.word(),
            self.method as Method,
            self.key,
            total.currency.code(),
            total.minor,
            self.status.word(),
            self.settled_at,
            act.now,
        )
        .execute(&mut **act)
        .await?;
        Ok(())
    }
}

/// Opens a new attempt at an order, which is locked. Answers by which method it is paid, too: what costs nothing is
/// paid at once, without a provider.
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
