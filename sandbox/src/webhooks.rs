//! Webhook endpoints, and what is sent to them. <https://docs.stripe.com/webhooks>

pub(crate) mod deliver;
mod endpoints;
mod signature;

pub(crate) use endpoints::{create, delete, list, retrieve, update};

use crate::objects::WebhookEndpoint;
use crate::params::Metadata;
use crate::state::State;

impl State {
    pub fn add_endpoint(&mut self, url: String, events: Vec<String>, secret: String) -> String {
        let id = self.id("we");
        let endpoint = WebhookEndpoint {
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
