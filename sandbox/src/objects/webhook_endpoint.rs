//! Where events are sent. <https://docs.stripe.com/api/webhook_endpoints/object>

use serde_json::{Value, json};

use super::event::{API_VERSION, kind_matches};
use crate::params::Metadata;
use crate::table::Record;

#[derive(Debug, Clone)]
pub(crate) struct WebhookEndpoint {
    pub id: String,
    pub created: i64,
    pub url: String,
    pub enabled_events: Vec<String>,
    pub enabled: bool,
    pub deleted: bool,
    pub description: Option<String>,
    pub metadata: Metadata,
    /// The newest first. While a secret is being rolled the one before it signs too.
    pub secrets: Vec<String>,
}

impl Record for WebhookEndpoint {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl WebhookEndpoint {
    pub fn wants(&self, kind: &str) -> bool {
        self.enabled && !self.deleted && self.enabled_events.iter().any(|pattern| kind_matches(pattern, kind))
    }

    pub fn render(&self) -> Value {
        json!({
            "id": self.id,
            "object": "webhook_endpoint",
            "api_version": API_VERSION,
            "application": null,
            "created": self.created,
            "description": self.description,
            "enabled_events": self.enabled_events,
            "livemode": false,
            "metadata": self.metadata,
            "status": if self.enabled { "enabled" } else { "disabled" },
            "url": self.url,
        })
    }
}
