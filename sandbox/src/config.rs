//! How a sandbox is set up.

use std::str::FromStr;
use std::time::Duration;

use url::Url;

use crate::errors::Refused;
use crate::faults::Faults;

#[derive(Debug, Clone)]
pub struct Config {
    /// The one secret key that is accepted: `sk_test_…`.
    pub secret_key: String,
    /// Accepted only for what a client may do with an object's client secret: `pk_test_…`.
    pub publishable_key: Option<String>,
    /// `rk_test_…` keys and what each may do.
    pub restricted_keys: Vec<RestrictedKey>,
    /// Where webhooks go from the start. `http` only.
    pub webhook_url: Option<Url>,
    /// What they are signed with: `whsec_…`.
    pub webhook_secret: String,
    /// Where browsers reach the hosted page. Otherwise the `Host` the API was asked under.
    pub public_url: Option<Url>,
    /// Whose name stands on the hosted page.
    pub merchant: String,
    pub faults: Faults,
    /// The same seed draws the same ids and the same faults. Without one they differ at each start,
    /// which they must where a database outlives the sandbox.
    pub seed: Option<u64>,
    /// How long "pay later" takes to end.
    pub pay_later_after: Duration,
    pub webhook_retry: Retry,
    /// Webhooks are signed by the sandbox's clock instead of the wall's: for receivers whose clock is moved with it.
    pub signs_by_own_clock: bool,
}

impl Config {
    pub fn new(secret_key: impl Into<String>, webhook_secret: impl Into<String>) -> Self {
        Self {
            secret_key: secret_key.into(),
            publishable_key: None,
            restricted_keys: Vec::new(),
            webhook_url: None,
            webhook_secret: webhook_secret.into(),
            public_url: None,
            merchant: "Ironmonger".to_owned(),
            faults: Faults::default(),
            seed: None,
            pay_later_after: Duration::from_secs(15),
            webhook_retry: Retry::default(),
            signs_by_own_clock: false,
        }
    }

    /// Refuses keys that are not what they are used as, and every key of live mode: real money never comes here.
    /// <https://docs.stripe.com/keys#obtain-api-keys>
    pub fn check(&self) -> Result<(), Refused> {
        let is = |prefix: &str, key: &str| key.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty());
        let refuse = |what: &str, prefix: &str| Err(Refused(format!("the {what} must begin with {prefix}")));
        if !is("sk_test_", &self.secret_key) {
            return refuse("secret key", "sk_test_");
        }
        if self.publishable_key.as_deref().is_some_and(|key| !is("pk_test_", key)) {
            return refuse("publishable key", "pk_test_");
        }
        if self.restricted_keys.iter().any(|restricted| !is("rk_test_", &restricted.key)) {
            return refuse("restricted key", "rk_test_");
        }
        if !is("whsec_", &self.webhook_secret) {
            return refuse("webhook secret", "whsec_");
        }
        Ok(())
    }
}

/// A key that may do only some things. <https://docs.stripe.com/keys/restricted-api-keys>
#[derive(Debug, Clone)]
pub struct RestrictedKey {
    pub key: String,
    /// `("refunds", Access::Write)`: the resource as it stands in the path.
    pub allows: Vec<(String, Access)>,
}

impl FromStr for RestrictedKey {
    type Err = Refused;

    /// `rk_test_x:refunds=write,charges=read`
    fn from_str(text: &str) -> Result<Self, Refused> {
        let refuse = || Refused(format!("{text:?} is not like rk_test_x:refunds=write,charges=read"));
        let (key, list) = text.split_once(':').ok_or_else(refuse)?;
        let allow = |one: &str| match one.split_once('=') {
            Some((resource, "read")) => Ok((resource.to_owned(), Access::Read)),
            Some((resource, "write")) => Ok((resource.to_owned(), Access::Write)),
            _ => Err(refuse()),
        };
        Ok(Self { key: key.to_owned(), allows: list.split(',').map(allow).collect::<Result<_, _>>()? })
    }
}

/// Writing includes reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Read,
    Write,
}

/// How often a webhook that was not accepted is sent, with pauses that double.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    pub attempts: u32,
    pub first: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 12, first: Duration::from_secs(1) }
    }
}
