//! Webhook endpoints, and what is to be sent to them. <https://docs.stripe.com/webhooks>

pub(crate) mod deliver;
mod endpoints;
pub(crate) mod signature;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub(crate) use endpoints::{create, delete, list, retrieve, update};

use crate::events::{API_VERSION, kind_matches};
use crate::faults::Forgery;
use crate::params::Metadata;
use crate::state::{Record, State};

#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub id: String,
    created: i64,
    pub url: String,
    enabled_events: Vec<String>,
    enabled: bool,
    deleted: bool,
    description: Option<String>,
    metadata: Metadata,
    /// The newest first. While a secret is being rolled the one before it signs too.
    pub secrets: Vec<String>,
}

impl Record for Endpoint {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Endpoint {
    pub fn wants(&self, kind: &str) -> bool {
        self.enabled && !self.deleted && self.enabled_events.iter().any(|pattern| kind_matches(pattern, kind))
    }

    fn render(&self) -> Value {
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

/// An event on its way to an endpoint.
#[derive(Debug)]
pub(crate) struct Dispatch {
    pub event: String,
    pub endpoint: String,
    /// Told after the first attempt.
    pub attempted: Option<oneshot::Sender<()>>,
}

impl Dispatch {
    pub fn new(event: String, endpoint: String) -> Self {
        Self { event, endpoint, attempted: None }
    }
}

/// One attempt to deliver an event, for tests to look at.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    pub event: String,
    pub kind: String,
    pub endpoint: String,
    /// Whether this delivery was one to be refused, and why.
    pub forgery: Option<Forgery>,
    /// The status the receiver answered with; none if it could not be reached in time.
    pub status: Option<u16>,
}

impl State {
    pub fn add_endpoint(&mut self, url: String, events: Vec<String>, secret: String) -> String {
        let id = self.id("we");
        let endpoint = Endpoint {
            id: id.clone(),
            created: self.now(),
            url,
            enabled_events: events,
            enabled: true,
            deleted: false,
            description: None,
            metadata: Metadata::new(),
            secrets: vec![secret],
        };
        self.endpoints.insert(endpoint);
        id
    }
}
