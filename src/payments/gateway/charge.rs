//! What a charge or an error of the provider says about a payment that did not work.

use stripe_shared::ApiErrors;

/// Why the provider's last attempt to take the money failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// `insufficient_funds`, `card_declined` …
    pub code: String,
    /// Made for shoppers by the provider.
    pub message: String,
    /// The attempt that failed; each is written down once.
    pub charge: Option<String>,
}

impl From<&ApiErrors> for Failure {
    fn from(e: &ApiErrors) -> Self {
        let code = e.decline_code.clone().or_else(|| e.code.as_ref().map(|c| c.as_str().to_owned()));
        Self {
            code: code.unwrap_or_else(|| e.type_.as_str().to_owned()),
            message: e.message.clone().unwrap_or_default(),
            charge: e.charge.clone(),
        }
    }
}
