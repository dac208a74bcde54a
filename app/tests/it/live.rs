//! Live updates over HTTP: server-sent events for pages, a WebSocket for programs, and the sealed channel on it.

mod client;
mod events;
mod sealed;
mod socket;
