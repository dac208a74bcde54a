//! The endpoints of payment methods. <https://docs.stripe.com/api/payment_methods>

use serde_json::{Map, Value, json};

use crate::address::address;
use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::objects::{Behaviour, Method, REDISPLAY};
use crate::params::Params;
use crate::state::State;

fn billing_details(params: &mut Params) -> Result<Map<String, Value>, ApiError> {
    let mut details = Map::new();
    if let Some(address) = params.object("address", address)? {
        details.insert("address".to_owned(), address);
    }
    for line in ["email", "name", "phone", "tax_id"] {
        if let Some(text) = params.text_or_unset(line)? {
            details.insert(line.to_owned(), json!(text));
        }
    }
    Ok(details)
}

fn write_details(method: &mut Method, details: Option<Map<String, Value>>) {
    if let (Some(details), Some(kept)) = (details, method.billing_details.as_object_mut()) {
        kept.extend(details);
    }
}

/// A card is made of a test token such as `tok_visa`; numbers are refused, as Stripe refuses them
/// from servers. <https://docs.stripe.com/testing#cards>
pub(crate) fn create(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    params.one_of("type", &["card"])?.ok_or_else(|| params.missing("type"))?;
    let token = params
        .object("card", |card| {
            if card.text("number")?.is_some() {
                return Err(ApiError::card(
                    "incorrect_number",
                    "Sending credit card numbers directly to the Stripe API is generally unsafe. \
                     To continue processing use Stripe.js, the Stripe mobile bindings, or Stripe \
                     Elements.",
                )
                .unsaved());
            }
            card.required("token")
        })?
        .ok_or_else(|| params.missing("card"))?;
    let details = params.object("billing_details", billing_details)?;
    let redisplay = params.one_of("allow_redisplay", REDISPLAY)?;
    let metadata = params.new_metadata()?;
    params.finish()?;
    let test = token.replacen("tok_", "pm_card_", 1);
    if test == token {
        return Err(ApiError::no_such_param("token", &token, "card[token]"));
    }
    let id =
        state.method(&test, "card[token]").map_err(|_| ApiError::no_such_param("token", &token, "card[token]"))?.id;
    let method = find_mut(state, &id)?;
    method.metadata = metadata;
    method.allow_redisplay = redisplay.unwrap_or(method.allow_redisplay);
    write_details(method, details);
    Ok(method.render())
}

fn find_mut<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Method, ApiError> {
    let missing = || ApiError::no_such("PaymentMethod", id, "payment_method");
    state.methods.get_mut(id).ok_or_else(missing)
}

pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    Ok(find_mut(state, call.id())?.render())
}

pub(crate) fn update(state: &mut State, call: &mut Call) -> Outcome {
    let metadata = call.params.metadata("metadata")?;
    let details = call.params.object("billing_details", billing_details)?;
    let redisplay = call.params.one_of("allow_redisplay", REDISPLAY)?;
    call.params.finish()?;
    let method = find_mut(state, call.id())?;
    if method.customer.is_none() {
        return Err(ApiError::invalid("You must save this PaymentMethod to a customer before you can update it."));
    }
    if let Some(change) = metadata {
        change.apply(&mut method.metadata);
    }
    method.allow_redisplay = redisplay.unwrap_or(method.allow_redisplay);
    write_details(method, details);
    let object = method.render();
    state.emit("payment_method.updated", object.clone());
    Ok(object)
}

/// A card that is always declined cannot be kept: <https://docs.stripe.com/testing#declined-payments>
pub(crate) fn attach(state: &mut State, call: &mut Call) -> Outcome {
    let customer = call.params.required("customer")?;
    call.params.finish()?;
    state.require_customer(&customer)?;
    let method = state.method_for(call.id(), Some(&customer))?;
    if let Behaviour::Declined(decline) = method.behaviour {
        return Err(decline.error());
    }
    state.attach(&method.id, &customer);
    Ok(find_mut(state, &method.id)?.render())
}

/// Detached is for ever: <https://docs.stripe.com/api/payment_methods/detach>
pub(crate) fn detach(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let method = find_mut(state, call.id())?;
    if method.customer.is_none() {
        return Err(ApiError::invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
        ));
    }
    let before = json!({ "customer": method.customer });
    method.customer = None;
    method.spent = true;
    let object = method.render();
    state.emit_update("payment_method.detached", object.clone(), Some(before));
    Ok(object)
}

pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let customer = call.params.text("customer")?;
    listed(state, call, customer)
}

/// `GET /v1/customers/{id}/payment_methods`
pub(crate) fn list_of_customer(state: &mut State, call: &mut Call) -> Outcome {
    let customer = call.id().to_owned();
    state.require_customer(&customer)?;
    listed(state, call, Some(customer))
}

fn listed(state: &mut State, call: &mut Call, customer: Option<String>) -> Outcome {
    let page = Page::read(call)?;
    let kind = call.params.text("type")?;
    call.params.finish()?;
    page.of(state.methods.iter(), Method::render, |method| {
        // Without a customer Stripe lists only Treasury's methods, of which there are none here.
        customer.is_some() && method.customer == customer && kind.as_deref().is_none_or(|kind| kind == method.kind())
    })
}

/// `GET /v1/customers/{id}/payment_methods/{method}`
pub(crate) fn retrieve_of_customer(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let wanted = call.ids.get(1).map_or("", String::as_str);
    match state.methods.get(wanted) {
        Some(method) if method.customer.as_deref() == Some(call.id()) => Ok(method.render()),
        _ => Err(ApiError::no_such("PaymentMethod", wanted, "payment_method")),
    }
}
