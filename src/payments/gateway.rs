//! The only place that speaks to Stripe, or to what answers in its place. What comes back is put into words of our own.

mod cards;
mod charge;
mod customers;
mod intents;
mod refunds;
mod sessions;
mod statement;

pub use cards::Card;
pub use customers::ShownIn;

pub(crate) use cards::NewKeeping;
pub(crate) use charge::Failure;
pub(crate) use customers::NewCustomer;
pub(crate) use intents::{IntentSeen, IntentStatus, NewIntent};
pub(crate) use refunds::{NewRefund, RefundSeen};
pub(crate) use sessions::{Line, NewSession, SessionSeen, SessionStatus};
pub(crate) use statement::{IntentEntry, RefundEntry, StatementPage, StatementRange};

use crate::{Error, said};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use stripe::{ApiErrorsType, IdempotencyKey, RequestStrategy, StripeError};

/// How long one request may take, answer included.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How the shop reaches its payment provider.
#[derive(Clone)]
pub struct GatewayConfig {
    pub secret_key: String,
    /// For what runs at the shopper: Stripe's own script, and the payment sheet of apps.
    pub publishable_key: Option<String>,
    /// Signing secrets of the webhook endpoint; two while one is being rotated out.
    pub webhook_secrets: Vec<String>,
    /// Stripe's own address unless set: the offline Stripe in development and tests.
    pub api_base: Option<url::Url>,
}

impl fmt::Debug for GatewayConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayConfig").field("api_base", &self.api_base).finish_non_exhaustive()
    }
}

/// Stripe, or what answers in its place. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gateway(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: stripe::Client,
    config: GatewayConfig,
}

/// Why the gateway did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    /// It says no, and nothing happened.
    #[error("refused with {status}: {message}")]
    Definite { status: u16, code: Option<String>, message: String },
    /// It may or may not have acted: ask again with the same key, or fetch the object.
    #[error("no clear answer: {reason}")]
    Unknown { status: Option<u16>, reason: String },
}

impl GatewayError {
    /// There is no such object: a definite answer.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Definite { status: 404, .. })
            || matches!(self, Self::Definite { code: Some(code), .. } if code == "resource_missing")
    }

    /// The refusal is about our account or key and not about this payment, so it says nothing about it.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Definite { status: 401 | 403, .. })
    }

    /// The error is kept for the idempotency key: asking with it again gives the same answer for a day.
    /// <https://docs.stripe.com/api/idempotent_requests>
    pub(crate) fn burns_key(&self) -> bool {
        matches!(self, Self::Unknown { status: Some(500), .. })
    }
}

impl From<GatewayError> for Error {
    /// A refusal of what was asked is a conflict `payment_refused`, in the provider's words: asking again gives the
    /// same answer. No clear answer, or a refusal of our account or key, is `Unavailable`: it may be mended, and asked
    /// again.
    fn from(e: GatewayError) -> Self {
        match e {
            GatewayError::Definite { ref message, .. } if !e.is_ours() => {
                let message = message.trim().trim_end_matches('.');
                Self::conflict("payment_refused", said!("refusal-payment-refused", why = message))
            }
            e => Self::Unavailable(e.into()),
        }
    }
}

impl From<StripeError> for GatewayError {
    /// Definite refusals are only Stripe's own errors 400, 401, 402, 403 and 404; all else may have acted.
    /// (The client parses answers all or nothing, so a call that took money can come back as a parse error.)
    fn from(e: StripeError) -> Self {
        match e {
            // A key that was used with other parameters, which did act.
            StripeError::Stripe(error, status) if error.type_ == ApiErrorsType::IdempotencyError => {
                Self::Unknown { status: Some(status), reason: error.message.unwrap_or_default() }
            }
            StripeError::Stripe(error, status @ 400..=404) => Self::Definite {
                status,
                code: error.code.as_ref().map(|c| c.as_str().to_owned()),
                message: error.message.unwrap_or_default(),
            },
            StripeError::Stripe(error, status) => {
                Self::Unknown { status: Some(status), reason: error.message.unwrap_or_default() }
            }
            other => Self::Unknown { status: None, reason: other.to_string() },
        }
    }
}

impl Gateway {
    /// Panics on a secret key that is no header value or an address that is none: both are checked when the program
    /// starts.
    #[expect(clippy::expect_used, reason = "the program checks both before it comes here")]
    pub fn new(config: GatewayConfig) -> Self {
        Self::try_new(config).expect("a usable gateway configuration")
    }

    pub fn try_new(config: GatewayConfig) -> anyhow::Result<Self> {
        Self::with_timeout(config, TIMEOUT)
    }

    /// With another limit to how long one request may take: tests have less time than shoppers.
    pub fn with_timeout(config: GatewayConfig, timeout: Duration) -> anyhow::Result<Self> {
        let mut builder = stripe::ClientBuilder::new(&config.secret_key).timeout(timeout).app_info(
            "Ironmonger",
            Some(env!("CARGO_PKG_VERSION").into()),
            None,
        );
        if let Some(base) = &config.api_base {
            // the client appends "v1/…"
            builder = builder.url(format!("{}/", base.as_str().trim_end_matches('/')));
        }
        Ok(Self(Arc::new(Inner { client: builder.build()?, config })))
    }

    /// Whether money moves: said by the key itself. <https://docs.stripe.com/keys>
    pub fn is_live(&self) -> bool {
        let key = &self.0.config.secret_key;
        key.starts_with("sk_live_") || key.starts_with("rk_live_")
    }

    /// The key that may be shown to shoppers; without one nothing is paid but on Stripe's own page.
    pub fn publishable_key(&self) -> Option<&str> {
        self.0.config.publishable_key.as_deref()
    }

    pub(crate) fn webhook_secrets(&self) -> &[String] {
        &self.0.config.webhook_secrets
    }

    fn client(&self) -> &stripe::Client {
        &self.0.client
    }

    /// Whether the gateway answers and knows our key: for `doctor`.
    pub async fn check(&self) -> crate::Result<()> {
        let no_such = self.retrieve_intent("pi_doctor_asks_whether_this_answers").await;
        match no_such {
            Err(e) if !e.is_missing() => Err(e.into()),
            _ => Ok(()),
        }
    }
}

/// For a request that creates something: once, under our own stored key. (The client's other strategies draw a key of
/// their own, or none.)
fn under(key: &str) -> Result<RequestStrategy, GatewayError> {
    let key = IdempotencyKey::new(key).map_err(|e| GatewayError::Unknown { status: None, reason: e.to_string() })?;
    Ok(RequestStrategy::Idempotent(key))
}
