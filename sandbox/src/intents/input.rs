//! The parameters that making, changing and confirming a PaymentIntent share with each other and with other endpoints.

use crate::errors::ApiError;
use crate::params::Params;

pub(super) const CAPTURE_METHODS: &[&str] = &["automatic", "automatic_async", "manual"];
pub(super) const FUTURE_USES: &[&str] = &["off_session", "on_session"];

/// What only a confirmation takes.
#[derive(Debug, Default)]
pub(crate) struct Confirmation {
    pub return_url: Option<String>,
    pub off_session: bool,
    pub error_on_requires_action: bool,
    given: Option<&'static str>,
}

impl Confirmation {
    pub fn read(params: &mut Params) -> Result<Self, ApiError> {
        let return_url = params.url_of_page_or_app("return_url")?;
        let off_session = params.boolean("off_session")?;
        let error_on_requires_action = params.boolean("error_on_requires_action")?;
        let given = [
            (return_url.is_some(), "return_url"),
            (off_session.is_some(), "off_session"),
            (error_on_requires_action.is_some(), "error_on_requires_action"),
        ];
        Ok(Self {
            return_url,
            off_session: off_session.unwrap_or(false),
            error_on_requires_action: error_on_requires_action.unwrap_or(false),
            given: given.iter().find(|(given, _)| *given).map(|(_, name)| *name),
        })
    }

    /// A confirmation in the shopper's presence.
    pub fn back_to(return_url: Option<String>) -> Self {
        Self { return_url, ..Self::default() }
    }

    pub fn given(&self) -> Option<&'static str> {
        self.given
    }

    /// <https://docs.stripe.com/api/payment_intents/confirm#confirm_payment_intent-return_url>
    pub fn check_return_url(&self, automatic: Option<&str>) -> Result<(), ApiError> {
        if self.return_url.is_some() || self.off_session || automatic != Some("always") {
            return Ok(());
        }
        Err(ApiError::invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. \
             Because some of these payment methods might redirect your customer off of your page, \
             you must provide a `return_url`. If you don't want to accept redirect-based payment \
             methods, set `automatic_payment_methods[enabled]` to `true` and \
             `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents \
             and Payment Intents.",
        )
        .unsaved())
    }
}

/// The methods that a request names itself, all of which the account must have.
/// <https://docs.stripe.com/api/payment_intents/create#create_payment_intent-payment_method_types>
pub(crate) fn method_types(params: &mut Params) -> Result<Option<Vec<String>>, ApiError> {
    const ACTIVATED: &[&str] = &["card", "link", "us_bank_account"];
    let (old, new) = (params.texts("payment_method_types")?, params.texts("allowed_payment_method_types")?);
    // The name of the same parameter in newer versions of the API.
    let named = new.or(old);
    let unknown = named.iter().flatten().find(|kind| !ACTIVATED.contains(&kind.as_str()));
    match unknown {
        Some(kind) => Err(params.refuse(
            "payment_method_types",
            format!(
                "The payment method type provided: {kind} is invalid. Please ensure the provided type is activated \
                 in your dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is \
                 enabled for any preview features that you are trying to use."
            ),
        )),
        None => Ok(named),
    }
}

/// None: not said. Some(None): switched off. Some(Some(redirects)): on.
pub(crate) fn automatic_methods(params: &mut Params) -> Result<Option<Option<&'static str>>, ApiError> {
    params.object("automatic_payment_methods", |automatic| {
        let enabled = automatic.boolean("enabled")?.ok_or_else(|| automatic.missing("enabled"))?;
        let redirects = automatic.one_of("allow_redirects", &["always", "never"])?.unwrap_or("always");
        Ok(enabled.then_some(redirects))
    })
}

pub(crate) fn no_method() -> ApiError {
    ApiError::invalid(
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can \
         either update the PaymentIntent with a payment method and then confirm it again, or \
         confirm it again directly with a payment method or ConfirmationToken.",
    )
    .code("payment_intent_unexpected_state")
}
