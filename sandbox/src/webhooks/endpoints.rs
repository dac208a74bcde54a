//! Webhook endpoints by API. <https://docs.stripe.com/api/webhook_endpoints>

use crate::answer::{Call, Outcome, Page};
use crate::errors::ApiError;
use crate::objects::WebhookEndpoint;
use crate::params::Params;
use crate::state::State;

/// The sandbox delivers within one machine and speaks no TLS.
fn url(params: &mut Params) -> Result<Option<String>, ApiError> {
    let url = params.url("url")?;
    match url {
        Some(url) if !url.starts_with("http://") => {
            Err(params.refuse("url", "The sandbox delivers to http:// addresses only.").code("url_invalid"))
        }
        other => Ok(other),
    }
}

/// Kinds of events that exist in the families a shop meets; `*` is all of them.
const KINDS: &str = include_str!("kinds.txt");

/// <https://docs.stripe.com/api/webhook_endpoints/create#create_webhook_endpoint-enabled_events>
fn enabled_events(params: &mut Params) -> Result<Option<Vec<String>>, ApiError> {
    let Some(events) = params.texts("enabled_events")? else {
        return Ok(None);
    };
    // None at all: not documented.
    if events.is_empty() {
        return Err(params.refuse("enabled_events", "You must enable at least one event."));
    }
    match events.iter().find(|event| *event != "*" && !KINDS.lines().any(|kind| kind == *event)) {
        Some(unknown) => Err(params.refuse("enabled_events", format!("There is no event of the type {unknown}."))),
        None => Ok(Some(events)),
    }
}

fn find<'a>(state: &'a mut State, call: &Call) -> Result<&'a mut WebhookEndpoint, ApiError> {
    let id = call.id();
    state
        .endpoints
        .get_mut(id)
        .filter(|endpoint| !endpoint.deleted)
        .ok_or_else(|| ApiError::no_such("webhook_endpoint", id, "webhook_endpoint"))
}

/// The secret is shown in this one answer only.
pub(crate) fn create(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let url = url(params)?.ok_or_else(|| params.missing("url"))?;
    let events = enabled_events(params)?.ok_or_else(|| params.missing("enabled_events"))?;
    let description = params.text("description")?;
    let metadata = params.new_metadata()?;
    params.text("api_version")?;
    params.finish()?;
    let secret = format!("whsec_{}", state.token(32));
    let id = state.add_endpoint(url, events, secret.clone());
    let Some(endpoint) = state.endpoints.get_mut(&id) else {
        return Err(ApiError::no_such("webhook_endpoint", &id, "webhook_endpoint"));
    };
    endpoint.description = description;
    endpoint.metadata = metadata;
    let mut object = endpoint.render();
    object["secret"] = secret.into();
    Ok(object)
}

pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    Ok(find(state, call)?.render())
}

pub(crate) fn update(state: &mut State, call: &mut Call) -> Outcome {
    let params = &mut call.params;
    let url = url(params)?;
    let events = enabled_events(params)?;
    let disabled = params.boolean("disabled")?;
    let description = params.text_or_unset("description")?;
    let metadata = params.metadata("metadata")?;
    params.finish()?;
    let endpoint = find(state, call)?;
    if let Some(url) = url {
        endpoint.url = url;
    }
    if let Some(events) = events {
        endpoint.enabled_events = events;
    }
    if let Some(disabled) = disabled {
        endpoint.enabled = !disabled;
    }
    if let Some(description) = description {
        endpoint.description = description;
    }
    if let Some(change) = metadata {
        change.apply(&mut endpoint.metadata);
    }
    Ok(endpoint.render())
}

pub(crate) fn delete(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let endpoint = find(state, call)?;
    endpoint.deleted = true;
    Ok(serde_json::json!({ "id": endpoint.id, "object": "webhook_endpoint", "deleted": true }))
}

pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    call.params.finish()?;
    page.of(state.endpoints.iter(), WebhookEndpoint::render, |endpoint| !endpoint.deleted)
}
