//! What a mobile app needs beside an intent's client secret: a short-lived right to a customer.
//! <https://docs.stripe.com/payments/accept-a-payment?platform=ios>

use serde_json::{Map, Value, json};

use crate::answer::{Call, Outcome};
use crate::errors::ApiError;
use crate::objects::{CustomerSession, EphemeralKey};
use crate::params::Params;
use crate::state::State;

const HALF_AN_HOUR: i64 = 30 * 60;
const AN_HOUR: i64 = 60 * 60;

/// What a customer session may open; the answer names them all.
/// <https://docs.stripe.com/api/customer_sessions/object#customer_session_object-components>
const COMPONENTS: &[&str] = &[
    "active_entitlements",
    "buy_button",
    "customer_portal",
    "customer_sheet",
    "mobile_payment_element",
    "payment_element",
    "pricing_table",
];

/// `POST /v1/customer_sessions`: <https://docs.stripe.com/api/customer_sessions/create>
pub(crate) fn customer_session(state: &mut State, call: &mut Call) -> Outcome {
    let customer = call.params.required("customer")?;
    let components = call
        .params
        .object("components", |components| {
            let mut all = Map::new();
            for name in COMPONENTS {
                let off = json!({ "enabled": false, "features": null });
                all.insert((*name).to_owned(), components.object(name, component)?.unwrap_or(off));
            }
            if all.values().all(|component| component["enabled"] == false) {
                return Err(ApiError::invalid("You must enable at least one component.").param("components"));
            }
            Ok(Value::Object(all))
        })?
        .ok_or_else(|| call.params.missing("components"))?;
    call.params.finish()?;
    state.require_customer(&customer)?;
    let now = state.now();
    let secret = format!("cuss_secret_{}", state.token(48));
    state.customer_sessions.push(CustomerSession {
        secret: secret.clone(),
        customer: customer.clone(),
        expires: now + HALF_AN_HOUR,
    });
    Ok(json!({
        "object": "customer_session",
        "client_secret": secret,
        "components": components,
        "created": now,
        "customer": customer,
        "expires_at": now + HALF_AN_HOUR,
        "livemode": false,
    }))
}

impl State {
    /// Whose cards this secret opens, while it lasts.
    pub fn customer_of_session(&self, secret: &str) -> Option<String> {
        let session = self.customer_sessions.iter().find(|session| session.secret == secret)?;
        (session.expires > self.now()).then(|| session.customer.clone())
    }
}

/// A component that is switched on has all its features in the answer, those not asked for as they are by default.
/// <https://docs.stripe.com/api/customer_sessions/object#customer_session_object-components>
fn component(params: &mut Params) -> Result<Value, ApiError> {
    let enabled = params.boolean("enabled")?.ok_or_else(|| params.missing("enabled"))?;
    let features = params.object("features", |features| {
        let mut read = Map::new();
        for name in ["payment_method_redisplay", "payment_method_remove", "payment_method_save"] {
            let asked = features.one_of(name, &["disabled", "enabled"])?;
            read.insert(name.to_owned(), json!(asked.unwrap_or("disabled")));
        }
        for name in ["payment_method_save_allow_redisplay_override", "payment_method_save_usage"] {
            read.insert(name.to_owned(), json!(features.text(name)?));
        }
        let limit = features.integer("payment_method_redisplay_limit")?;
        read.insert("payment_method_redisplay_limit".to_owned(), json!(limit.unwrap_or(3)));
        let filters = features.texts("payment_method_allow_redisplay_filters")?;
        let filters = filters.unwrap_or_else(|| vec!["always".to_owned()]);
        read.insert("payment_method_allow_redisplay_filters".to_owned(), json!(filters));
        Ok(Value::Object(read))
    })?;
    Ok(json!({ "enabled": enabled, "features": features }))
}

/// `POST /v1/ephemeral_keys`, with the app's own API version in the header: what is answered is for its library.
/// <https://stripe.dev/stripe-ios/docs/Protocols/STPCustomerEphemeralKeyProvider.html>
pub(crate) fn ephemeral_key(state: &mut State, call: &mut Call) -> Outcome {
    let customer = call.params.required("customer")?;
    call.params.finish()?;
    if !call.names_version {
        // The words are not documented.
        let message = "You must set the API version of the app's library in the header Stripe-Version.";
        return Err(ApiError::invalid(message).unsaved());
    }
    state.require_customer(&customer)?;
    let now = state.now();
    let key = EphemeralKey {
        id: state.id("ephkey"),
        secret: format!("ek_test_{}", state.token(48)),
        customer,
        expires: now + AN_HOUR,
    };
    state.ephemeral_keys.push(key.clone());
    Ok(render(&key))
}

/// `DELETE /v1/ephemeral_keys/{id}`: ends it before its time.
pub(crate) fn end_ephemeral_key(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let now = state.now();
    let key = state.ephemeral_keys.iter_mut().find(|key| key.id == call.id());
    let key = key.ok_or_else(|| ApiError::no_such("ephemeral_key", call.id(), "key"))?;
    key.expires = key.expires.min(now);
    Ok(render(key))
}

fn render(key: &EphemeralKey) -> Value {
    json!({
        "id": key.id,
        "object": "ephemeral_key",
        "associated_objects": [{ "id": key.customer, "type": "customer" }],
        "created": key.expires - AN_HOUR,
        "expires": key.expires,
        "livemode": false,
        "secret": key.secret,
    })
}

/// Refuses what an app asks about anybody but its own customer.
pub(crate) fn check_customer(state: &State, call: &Call, customer: &str) -> Result<(), ApiError> {
    let asked = match call.path.as_str() {
        path if path.starts_with("/v1/customers/") => Some(call.id().to_owned()),
        path if path.ends_with("/detach") => state.methods.get(call.id()).and_then(|method| method.customer.clone()),
        _ => call.params.peek("customer"),
    };
    if asked.as_deref() == Some(customer) {
        return Ok(());
    }
    Err(ApiError::forbidden("This ephemeral key is for another customer."))
}
