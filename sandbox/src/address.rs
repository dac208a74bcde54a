//! Addresses as parameters give them. <https://docs.stripe.com/api/customers/create#create_customer-address>

use serde_json::{Value, json};

use crate::errors::ApiError;
use crate::params::Params;

pub(crate) fn shipping(params: &mut Params) -> Result<Value, ApiError> {
    let address = params.object("address", address)?.ok_or_else(|| params.missing("address"))?;
    Ok(json!({
        "address": address,
        "carrier": params.text("carrier")?,
        "name": params.required("name")?,
        "phone": params.text("phone")?,
        "tracking_number": params.text("tracking_number")?,
    }))
}

pub(crate) fn address(params: &mut Params) -> Result<Value, ApiError> {
    let mut address = serde_json::Map::new();
    for line in ["city", "country", "line1", "line2", "postal_code", "state"] {
        let text = params.text_or_unset(line)?.flatten();
        address.insert(line.to_owned(), json!(text));
    }
    Ok(Value::Object(address))
}
