//! Events on their way to an endpoint, and how the attempts went.

use serde::Serialize;
use tokio::sync::oneshot;

use crate::faults::Forgery;

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
