//! What a mobile app needs beside an intent's client secret: a short-lived right to a customer.
//! <https://docs.stripe.com/payments/accept-a-payment?platform=ios>

use serde_json::{Map, Value, json};

use crate::answer::{Call, Outcome};
use crate::errors::ApiError;
use crate::params::Params;
use crate::state::State;

const HALF_AN_HOUR: i64 = 30 * 60;
const AN_HOUR: i64 = 60 * 60;

/// `POST /v1/customer_sessions`: <https://docs.stripe.com/api/customer_sessions/create>
pub(crate) fn customer_session(state: &mut State, call: &mut Call) -> Outcome {
    let customer = call.params.required("customer")?;
    let components = call
        .params
        .object("components", |components| {
            let mut enabled = Map::new();
            for name in ["buy_button", "customer_sheet", "mobile_payment_element", "payment_element", "pricing_table"] {
                if let Some(on) = components.object(name, component)? {
                    enabled.insert(name.to_owned(), on);
                }
            }
            Ok(Value::Object(enabled))
        })?
        .ok_or_else(|| call.params.missing("components"))?;
    call.params.finish()?;
    state.require_customer(&customer)?;
    let now = state.now();
    Ok(json!({
        "object": "customer_session",
        "client_secret": format!("cuss_secret_{}", state.token(48)),
        "components": components,
        "created": now,
        "customer": customer,
        "expires_at": now + HALF_AN_HOUR,
        "livemode": false,
    }))
}

fn component(params: &mut Params) -> Result<Value, ApiError> {
    let enabled = params.boolean("enabled")?.ok_or_else(|| params.missing("enabled"))?;
    let features = params.object("features", |features| {
        let mut read = Map::new();
        for name in [
            "payment_method_redisplay",
            "payment_method_remove",
            "payment_method_save",
            "payment_method_save_allow_redisplay_override",
            "payment_method_save_usage",
        ] {
            if let Some(text) = features.text(name)? {
                read.insert(name.to_owned(), json!(text));
            }
        }
        if let Some(filters) = features.texts("payment_method_allow_redisplay_filters")? {
            read.insert("payment_method_allow_redisplay_filters".to_owned(), json!(filters));
        }
        Ok(Value::Object(read))
    })?;
    Ok(json!({ "enabled": enabled, "features": features }))
}

/// `POST /v1/ephemeral_keys`, for apps of the older kind. Stripe wants the app's API version in the
/// header, which the client always sends.
pub(crate) fn ephemeral_key(state: &mut State, call: &mut Call) -> Outcome {
    let customer = call.params.required("customer")?;
    call.params.finish()?;
    state.require_customer(&customer)?;
    let now = state.now();
    Ok(json!({
        "id": state.id("ephkey"),
        "object": "ephemeral_key",
        "associated_objects": [{ "id": customer, "type": "customer" }],
        "created": now,
        "expires": now + AN_HOUR,
        "livemode": false,
        "secret": format!("ek_test_{}", state.token(48)),
    }))
}
