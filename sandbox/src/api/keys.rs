//! Who is asking. <https://docs.stripe.com/api/authentication> and <https://docs.stripe.com/keys>

use axum::http::{HeaderMap, header};
use base64::Engine;

use crate::config::Access;
use crate::errors::ApiError;
use crate::state::State;

#[derive(Debug)]
pub(super) struct Caller {
    pub publishable: bool,
    /// Whom an ephemeral key is for.
    pub customer: Option<String>,
}

/// Keys that may ask for an endpoint beside the secret ones.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct OpenTo {
    pub publishable: bool,
    pub ephemeral: bool,
}

/// The key of the request, if it may ask this.
pub(super) fn check(
    state: &State,
    headers: &HeaderMap,
    path: &str,
    method: &str,
    open_to: OpenTo,
) -> Result<Caller, ApiError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = given.and_then(given_key).filter(|key| !key.is_empty());
    let Some(key) = key.as_deref() else {
        return Err(ApiError::unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization \
             header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
             https://stripe.com/docs/api#authentication for details, or we can help at \
             https://support.stripe.com/.",
        ));
    };
    let config = &state.config;
    let full = Caller { publishable: false, customer: None };
    if key == config.secret_key {
        return Ok(full);
    }
    if let Some(restricted) = config.restricted_keys.iter().find(|known| known.key == key) {
        let resource = resource(path);
        let needed = if method == "GET" { Access::Read } else { Access::Write };
        let allowed = restricted.allows.iter().any(|(allowed, access)| allowed == resource && *access >= needed);
        if allowed {
            return Ok(full);
        }
        let access = if needed == Access::Read { "read" } else { "write" };
        return Err(ApiError::forbidden(format!(
            "The provided key '{}' does not have the required permissions for this endpoint. \
             Having the 'rak_{}_{access}' permission would allow this request to continue.",
            masked(key),
            resource.trim_end_matches('s'),
        )));
    }
    if config.publishable_key.as_deref() == Some(key) {
        if open_to.publishable {
            return Ok(Caller { publishable: true, customer: None });
        }
        return Err(ApiError::unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API key. \
             You can find a list of your API keys at https://dashboard.stripe.com/account/apikeys.",
        )
        .code("secret_key_required"));
    }
    if let Some(ephemeral) = state.ephemeral_keys.iter().find(|known| known.secret == key) {
        if ephemeral.expires <= state.now() {
            let message = format!("Expired API Key provided: {}", masked(key));
            return Err(ApiError::unauthorized(message).code("api_key_expired"));
        }
        if open_to.ephemeral {
            return Ok(Caller { publishable: false, customer: Some(ephemeral.customer.clone()) });
        }
        return Err(ApiError::forbidden("This API call cannot be made with an ephemeral key."));
    }
    Err(ApiError::unauthorized(format!("Invalid API Key provided: {}", masked(key))))
}

/// A bearer's key, or the user name of basic authentication, whose password is empty.
fn given_key(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(rest.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    Some(text.strip_suffix(':')?.to_owned())
}

/// `/v1/refunds/re_1/cancel` → `refunds`; `/v1/checkout/sessions` → `checkout_sessions`.
fn resource(path: &str) -> &str {
    let path = path.trim_start_matches("/v1/");
    if path.starts_with("checkout/sessions") {
        return "checkout_sessions";
    }
    path.split('/').next().unwrap_or_default()
}

/// As much of a key as may be written down.
fn masked(key: &str) -> String {
    let known = ["sk_test_", "sk_live_", "rk_test_", "rk_live_", "pk_test_", "pk_live_", "ek_test_"];
    let prefix = known.into_iter().find(|prefix| key.starts_with(prefix)).unwrap_or("");
    let secret: Vec<char> = key.chars().skip(prefix.len()).collect();
    let shown = if secret.len() > 4 { secret.len() - 4 } else { secret.len() };
    let tail: String = secret[shown..].iter().collect();
    format!("{prefix}{}{tail}", "*".repeat(shown.min(24)))
}
