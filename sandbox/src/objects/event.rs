//! Something that happened to an object. <https://docs.stripe.com/api/events/object>

use serde_json::{Value, json};

use crate::table::Record;

/// The version whose shapes the sandbox speaks: the client's own.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub id: String,
    pub created: i64,
    pub kind: &'static str,
    pub object: Value,
    pub previous: Option<Value>,
    pub cause: EventRequest,
    /// Endpoints that have not yet answered 2xx.
    pub pending: usize,
}

/// The API request that caused an event, if one did.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventRequest {
    pub request: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Record for Event {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Event {
    pub fn render(&self) -> Value {
        let mut data = json!({ "object": self.object });
        if let Some(previous) = &self.previous {
            data["previous_attributes"] = previous.clone();
        }
        json!({
            "id": self.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.created,
            "data": data,
            "livemode": false,
            "pending_webhooks": self.pending,
            "request": {
                "id": self.cause.request,
                "idempotency_key": self.cause.idempotency_key,
            },
            "type": self.kind,
        })
    }
}

/// `charge.*` matches every event of charges.
pub(crate) fn kind_matches(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => pattern == kind,
    }
}
