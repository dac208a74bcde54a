//! The endpoints of a PaymentIntent that exists.

use super::input::{CAPTURE_METHODS, Confirmation, FUTURE_USES, no_method};
use crate::address::shipping;
use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::money;
use crate::objects::{Intent, IntentStatus};
use crate::search::{Field, Query};
use crate::state::State;

fn find<'a>(state: &'a State, call: &Call) -> Result<&'a Intent, ApiError> {
    let id = call.id();
    state.intents.get(id).ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))
}

/// With a publishable key, an intent is shown only to who holds its client secret.
fn check_client_secret(state: &State, call: &mut Call) -> Result<(), ApiError> {
    let secret = call.params.text("client_secret")?;
    let intent = find(state, call)?;
    match secret {
        Some(secret) if secret == intent.client_secret => Ok(()),
        None if !call.publishable => Ok(()),
        Some(_) => Err(ApiError::no_such("payment_intent", call.id(), "intent")),
        None => Err(call.params.missing("client_secret")),
    }
}

pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    check_client_secret(state, call)?;
    call.params.finish()?;
    Ok(find(state, call)?.render())
}

/// `POST /v1/payment_intents/{id}`
pub(crate) fn update(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let amount = params.integer_from("amount", 1)?;
    let currency = match params.text("currency")? {
        Some(text) => Some(money::currency(&text, "currency")?),
        None => None,
    };
    let customer = params.text("customer")?;
    let description = params.text_or_unset("description")?;
    let metadata = params.metadata("metadata")?;
    let method = params.text("payment_method")?;
    let receipt_email = params.text_or_unset("receipt_email")?;
    let setup_future_usage = params.one_of("setup_future_usage", FUTURE_USES)?;
    let capture_method = params.one_of("capture_method", CAPTURE_METHODS)?;
    let shipping = params.object("shipping", shipping)?;
    let statement_descriptor = params.text_up_to("statement_descriptor", 22)?;
    let statement_descriptor_suffix = params.text_up_to("statement_descriptor_suffix", 22)?;
    params.finish()?;

    let intent = find(state, call)?;
    let frozen = matches!(
        intent.status,
        IntentStatus::Succeeded | IntentStatus::Canceled | IntentStatus::Processing | IntentStatus::RequiresCapture
    );
    let touches_money =
        amount.is_some() || currency.is_some() || method.is_some() || capture_method.is_some() || customer.is_some();
    if frozen && touches_money {
        return Err(intent.unexpected_state(
            "amount or payment method could not be updated",
            "updated in this way: requires_payment_method, requires_confirmation, requires_action",
        ));
    }
    let currency = currency.unwrap_or_else(|| intent.currency.clone());
    let amount = amount.unwrap_or(intent.amount);
    money::chargeable(amount, &currency, "amount")?;
    if let Some(customer) = &customer {
        state.require_customer(customer)?;
    }
    let owner = customer.clone().or_else(|| find(state, call).ok()?.customer.clone());
    let method = match method {
        Some(id) => Some(state.method_for(&id, owner.as_deref())?.id),
        None => None,
    };

    let id = call.id().to_owned();
    let Some(intent) = state.intents.get_mut(&id) else {
        return Err(ApiError::no_such("payment_intent", &id, "intent"));
    };
    intent.amount = amount;
    intent.currency = currency;
    if let Some(change) = metadata {
        change.apply(&mut intent.metadata);
    }
    if let Some(description) = description {
        intent.description = description;
    }
    if let Some(email) = receipt_email {
        intent.receipt_email = email;
    }
    intent.customer = customer.or(intent.customer.take());
    intent.shipping = shipping.or(intent.shipping.take());
    intent.setup_future_usage = setup_future_usage.or(intent.setup_future_usage);
    intent.capture_method = capture_method.unwrap_or(intent.capture_method);
    intent.statement_descriptor = statement_descriptor.or(intent.statement_descriptor.take());
    intent.statement_descriptor_suffix = statement_descriptor_suffix.or(intent.statement_descriptor_suffix.take());
    if let Some(method) = method {
        intent.method = Some(method);
        intent.status = IntentStatus::RequiresConfirmation;
    }
    state.intent_object(&id)
}

/// `POST /v1/payment_intents/{id}/confirm`
pub(crate) fn confirm(state: &mut State, call: &mut Call) -> Outcome {
    check_client_secret(state, call)?;
    let params = &mut call.params;
    let method = params.text("payment_method")?;
    let receipt_email = params.text("receipt_email")?;
    let setup_future_usage = params.one_of("setup_future_usage", FUTURE_USES)?;
    let capture_method = params.one_of("capture_method", CAPTURE_METHODS)?;
    let shipping = params.object("shipping", shipping)?;
    params.boolean("use_stripe_sdk")?;
    let confirmation = Confirmation::read(params)?;
    params.finish()?;

    let intent = find(state, call)?;
    if !matches!(
        intent.status,
        IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation | IntentStatus::RequiresAction
    ) {
        return Err(intent.unexpected_state(
            "payment could not be confirmed",
            "confirmed: requires_confirmation, requires_action, requires_payment_method",
        ));
    }
    // <https://docs.stripe.com/api/payment_intents/object#payment_intent_object-confirmation_method>
    if intent.confirms_by_hand() && call.publishable {
        return Err(ApiError::invalid(
            "This PaymentIntent's confirmation_method is manual: it can only be confirmed with a secret key.",
        )
        .unsaved());
    }
    confirmation.check_return_url(intent.automatic)?;
    let Some(method) = method.or_else(|| intent.method.clone()) else {
        return Err(no_method());
    };
    let id = call.id().to_owned();
    if let Some(intent) = state.intents.get_mut(&id) {
        intent.receipt_email = receipt_email.or(intent.receipt_email.take());
        intent.shipping = shipping.or(intent.shipping.take());
        intent.setup_future_usage = setup_future_usage.or(intent.setup_future_usage);
        intent.capture_method = capture_method.unwrap_or(intent.capture_method);
    }
    state.confirm(&id, &method, &confirmation, &call.public_url)?;
    state.intent_object(&id)
}

/// `POST /v1/payment_intents/{id}/capture`
pub(crate) fn capture(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let amount = params.integer_from("amount_to_capture", 1)?;
    let metadata = params.metadata("metadata")?;
    let is_final = params.boolean("final_capture")?;
    let descriptor = params.text_up_to("statement_descriptor", 22)?;
    let suffix = params.text_up_to("statement_descriptor_suffix", 22)?;
    params.finish()?;
    if is_final == Some(false) {
        // An account must be enabled for it: <https://docs.stripe.com/payments/multicapture>.
        return Err(params.refuse("final_capture", "This account is not eligible for multicapture."));
    }

    let intent = find(state, call)?;
    if intent.status != IntentStatus::RequiresCapture {
        return Err(intent.unexpected_state("payment could not be captured", "captured: requires_capture"));
    }
    let capturable = intent.amount_capturable;
    let amount = amount.unwrap_or(capturable);
    if amount > capturable {
        return Err(ApiError::invalid(format!(
            "The remaining amount available to capture for this PaymentIntent is {}, but you \
             attempted to capture {}.",
            money::format(capturable, &intent.currency),
            money::format(amount, &intent.currency),
        ))
        .code("amount_too_large")
        .param("amount_to_capture"));
    }
    let id = call.id().to_owned();
    if let Some(intent) = state.intents.get_mut(&id) {
        if let Some(change) = metadata {
            change.apply(&mut intent.metadata);
        }
        intent.statement_descriptor = descriptor.or(intent.statement_descriptor.take());
        intent.statement_descriptor_suffix = suffix.or(intent.statement_descriptor_suffix.take());
    }
    state.capture(&id, amount);
    state.intent_object(&id)
}

/// `POST /v1/payment_intents/{id}/cancel`: <https://docs.stripe.com/api/payment_intents/cancel>
pub(crate) fn cancel(state: &mut State, call: &mut Call) -> Outcome {
    let reason = call
        .params
        .one_of("cancellation_reason", &["abandoned", "duplicate", "fraudulent", "requested_by_customer"])?;
    call.params.finish()?;
    let intent = find(state, call)?;
    let of_open_session =
        intent.session.as_ref().and_then(|id| state.sessions.get(id)).is_some_and(|session| session.is_open());
    if of_open_session {
        return Err(ApiError::invalid(
            "You cannot cancel the PaymentIntent of a Checkout Session. Expire the Checkout \
             Session instead.",
        )
        .code("payment_intent_unexpected_state"));
    }
    if matches!(intent.status, IntentStatus::Succeeded | IntentStatus::Canceled | IntentStatus::Processing) {
        return Err(intent.unexpected_state(
            "payment could not be canceled",
            "canceled: requires_payment_method, requires_capture, requires_confirmation, \
             requires_action",
        ));
    }
    let id = call.id().to_owned();
    state.cancel_intent(&id, reason);
    state.intent_object(&id)
}

pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    let customer = call.params.text("customer")?;
    call.params.finish()?;
    page.of(state.intents.iter(), Intent::render, |intent| {
        customer.as_ref().is_none_or(|customer| Some(customer) == intent.customer.as_ref())
    })
}

/// `GET /v1/payment_intents/search`: <https://docs.stripe.com/search#query-fields-for-payment-intents>
pub(crate) fn search(state: &mut State, call: &mut Call) -> Outcome {
    let search = Query::read(state, call)?;
    search.run(
        state.intents.iter(),
        Intent::render,
        |intent, field| match field {
            Field::Named("amount") => Some(intent.amount.to_string()),
            Field::Named("created") => Some(intent.created.to_string()),
            Field::Named("currency") => Some(intent.currency.clone()),
            Field::Named("customer") => intent.customer.clone(),
            Field::Named("status") => Some(intent.status.as_str().to_owned()),
            Field::Metadata(key) => intent.metadata.get(key).cloned(),
            Field::Named(_) => None,
        },
        &["amount", "created", "currency", "customer", "status"],
    )
}
