//! The endpoints of SetupIntents.

use super::NewSetup;
use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::intents::{Confirmation, automatic_methods, method_types, no_method};
use crate::objects::{Setup, SetupStatus};
use crate::state::State;

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Setup, ApiError> {
    let id = call.id();
    state.setups.get(id).ok_or_else(|| ApiError::no_such("setupintent", id, "intent"))
}

fn rendered(state: &State, id: &str) -> Outcome {
    state.render(id).ok_or_else(|| ApiError::no_such("setupintent", id, "intent"))
}

fn check_client_secret(state: &State, call: &mut Call) -> Result<(), ApiError> {
    let secret = call.params.text("client_secret")?;
    let setup = find(state, call)?;
    match secret {
        Some(secret) if secret == setup.client_secret => Ok(()),
        None if !call.publishable => Ok(()),
        Some(_) => Err(ApiError::no_such("setupintent", call.id(), "intent")),
        None => Err(call.params.missing("client_secret")),
    }
}

/// That of a Checkout Session is confirmed on its page and ends with it.
/// <https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-setup_intent>
fn refuse_if_of_session(setup: &Setup, act: &str) -> Result<(), ApiError> {
    match &setup.session {
        Some(_) => Err(ApiError::invalid(format!("You cannot {act} the SetupIntent of a Checkout Session."))
            .code("setup_intent_unexpected_state")),
        None => Ok(()),
    }
}

/// `POST /v1/setup_intents`
pub(crate) fn create(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let automatic = automatic_methods(params)?;
    let named = method_types(params)?;
    let customer = params.text("customer")?;
    let description = params.text_up_to("description", 1000)?;
    let metadata = params.new_metadata()?;
    let method = params.text("payment_method")?;
    let usage = params.one_of("usage", &["off_session", "on_session"])?.unwrap_or("off_session");
    params.boolean("use_stripe_sdk")?;
    let confirm = params.boolean("confirm")?.unwrap_or(false);
    let return_url = params.url_of_page_or_app("return_url")?;
    params.finish()?;
    if let Some(customer) = &customer {
        state.require_customer(customer)?;
    }
    let automatic = match (&named, automatic) {
        (Some(_), _) => None,
        (None, asked) => asked.unwrap_or(Some("always")),
    };
    if confirm {
        Confirmation::back_to(return_url.clone()).check_return_url(automatic)?;
        if method.is_none() {
            return Err(no_method());
        }
    }
    let method = match method {
        Some(id) => Some(state.method_for(&id, customer.as_deref())?),
        None => None,
    };
    let id = state.new_setup(NewSetup {
        customer,
        description,
        metadata,
        method: method.as_ref().map(|method| method.id.clone()),
        method_types: named.unwrap_or_else(|| vec!["card".to_owned()]),
        automatic,
        usage,
        return_url,
        session: None,
    });
    if let (true, Some(method)) = (confirm, method) {
        state.set_up(&id, &method, &call.public_url)?;
    }
    rendered(state, &id)
}

pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    check_client_secret(state, call)?;
    call.params.finish()?;
    Ok(find(state, call)?.render())
}

pub(crate) fn update(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let customer = params.text("customer")?;
    let description = params.text_or_unset("description")?;
    let metadata = params.metadata("metadata")?;
    let method = params.text("payment_method")?;
    params.finish()?;
    let setup = find(state, call)?;
    if matches!(setup.status, SetupStatus::Succeeded | SetupStatus::Canceled) && method.is_some() {
        return Err(setup.unexpected_state("update"));
    }
    if let Some(customer) = &customer {
        state.require_customer(customer)?;
    }
    let owner = customer.clone().or_else(|| find(state, call).ok()?.customer.clone());
    let method = match method {
        Some(id) => Some(state.method_for(&id, owner.as_deref())?.id),
        None => None,
    };
    if let Some(setup) = state.setups.get_mut(call.id()) {
        setup.customer = owner;
        if let Some(description) = description {
            setup.description = description;
        }
        if let Some(change) = metadata {
            change.apply(&mut setup.metadata);
        }
        if let Some(method) = method {
            setup.method = Some(method);
            setup.status = SetupStatus::RequiresConfirmation;
        }
    }
    rendered(state, call.id())
}

/// `POST /v1/setup_intents/{id}/confirm`
pub(crate) fn confirm(state: &mut State, call: &mut Call) -> Outcome {
    check_client_secret(state, call)?;
    let params = &mut call.params;
    let method = params.text("payment_method")?;
    let return_url = params.url_of_page_or_app("return_url")?;
    params.boolean("use_stripe_sdk")?;
    params.finish()?;
    let setup = find(state, call)?;
    if matches!(setup.status, SetupStatus::Succeeded | SetupStatus::Canceled) {
        return Err(setup.unexpected_state("confirm"));
    }
    refuse_if_of_session(setup, "confirm")?;
    Confirmation::back_to(return_url.clone()).check_return_url(setup.automatic)?;
    let customer = setup.customer.clone();
    let Some(method) = method.or_else(|| setup.method.clone()) else { return Err(no_method()) };
    let method = state.method_for(&method, customer.as_deref())?;
    if let Some(setup) = state.setups.get_mut(call.id()) {
        setup.return_url = return_url;
    }
    state.set_up(call.id(), &method, &call.public_url)?;
    rendered(state, call.id())
}

pub(crate) fn cancel(state: &mut State, call: &mut Call) -> Outcome {
    let reason = call.params.one_of("cancellation_reason", &["abandoned", "duplicate", "requested_by_customer"])?;
    call.params.finish()?;
    let setup = find(state, call)?;
    if matches!(setup.status, SetupStatus::Succeeded | SetupStatus::Canceled) {
        return Err(setup.unexpected_state("cancel"));
    }
    refuse_if_of_session(setup, "cancel")?;
    state.cancel_setup(call.id(), reason);
    rendered(state, call.id())
}

pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    let customer = call.params.text("customer")?;
    let method = call.params.text("payment_method")?;
    call.params.finish()?;
    page.of(state.setups.iter(), Setup::render, |setup| {
        customer.as_ref().is_none_or(|customer| Some(customer) == setup.customer.as_ref())
            && method.as_ref().is_none_or(|method| Some(method) == setup.method.as_ref())
    })
}
