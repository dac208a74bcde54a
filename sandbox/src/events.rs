//! Events: what happened, kept, listed, and sent to webhook endpoints.
//! <https://docs.stripe.com/api/events>

use serde_json::Value;

use crate::answer::{Call, Outcome, Page};
use crate::deliveries::Dispatch;
use crate::errors::ApiError;
use crate::objects::{Event, kind_matches};
use crate::state::State;

/// Events are kept for thirty days: <https://docs.stripe.com/api/events>.
const LISTED_FOR: i64 = 30 * 24 * 60 * 60;

impl State {
    /// Records what happened to `object` and queues it for every endpoint that wants it.
    pub fn emit(&mut self, kind: &'static str, object: Value) {
        self.emit_update(kind, object, None);
    }

    pub fn emit_update(&mut self, kind: &'static str, object: Value, previous: Option<Value>) {
        let id = self.id("evt");
        let endpoints: Vec<String> =
            self.endpoints.iter().filter(|endpoint| endpoint.wants(kind)).map(|endpoint| endpoint.id.clone()).collect();
        let event = Event {
            id: id.clone(),
            created: self.now(),
            kind,
            object,
            previous,
            cause: self.cause.clone(),
            pending: endpoints.len(),
        };
        self.events.insert(event);
        for endpoint in endpoints {
            self.outbox.push(Dispatch::new(id.clone(), endpoint));
        }
    }

    /// Records what happened to the object of this id.
    pub fn emit_for(&mut self, kind: &'static str, id: &str) {
        if let Some(object) = self.render(id) {
            self.emit(kind, object);
        }
    }
}

pub(crate) fn retrieve(state: &mut State, call: &mut Call) -> Outcome {
    call.params.finish()?;
    let id = call.id();
    let event = state.events.get(id).ok_or_else(|| ApiError::no_such("event", id, "id"))?;
    Ok(event.render())
}

/// <https://docs.stripe.com/api/events/list>
pub(crate) fn list(state: &mut State, call: &mut Call) -> Outcome {
    let page = Page::read(call)?;
    let kind = call.params.text("type")?;
    let kinds = call.params.texts("types")?;
    if kinds.as_ref().is_some_and(|kinds| kinds.len() > 20) {
        return Err(call.params.refuse("types", "You may only specify up to 20 event types."));
    }
    if kind.is_some() && kinds.is_some() {
        return Err(call.params.refuse("types", "You may only specify one of these parameters: type, types."));
    }
    let delivered = call.params.boolean("delivery_success")?;
    call.params.finish()?;
    let since = state.now() - LISTED_FOR;
    page.of(state.events.iter().filter(|event| event.created >= since), Event::render, |event| {
        kind.as_deref().is_none_or(|kind| kind_matches(kind, event.kind))
            && kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| kind == event.kind))
            && delivered.is_none_or(|delivered| delivered == (event.pending == 0))
    })
}
