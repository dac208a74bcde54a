//! Outgoing webhooks: what happened is posted to the addresses that staff gave, as the Standard Webhooks say
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! An [`Endpoint`] is such an address with the topics that it wants. [`fan_out()`] makes a delivery of each event for
//! each endpoint that wants it, as one act; [`run`] sends what is due. Nothing is lost on the way: a delivery is tried
//! until it arrives or, after three days, is visibly dead, and can be sent again for thirty days. It is sent at least
//! once, with the same `webhook-id` and the same body each time.
//!
//! `docs/EVENTS.md` is for whoever receives them.

mod acts;
mod deliveries;
mod endpoints;
mod fan_out;
mod jwe;
mod keys;
mod messages;
mod outcome;
mod pause;
mod queue;
mod record;
mod replay;
mod schedule;
mod secrets;
mod send;
mod sender;
mod signing;
mod topics;

pub use deliveries::{Attempt, Delivery, DeliveryQuery, DeliveryStatus, Exchange, attempts, deliveries, delivery};
pub use endpoints::{
    Backlog, Endpoint, EndpointInput, EndpointQuery, EndpointState, Health, MadeEndpoint, backlog, create, delete,
    edit, endpoint, endpoints, posts_to, troubled,
};
pub use fan_out::fan_out;
pub use keys::{KeyInput, ReceiverKey, activate_key, add_key, deactivate_key, keys, remove_key};
pub use messages::PAYLOAD_VERSIONS;
pub use pause::{PauseReason, pause, resume};
pub use replay::{ReplayInput, redeliver, replay, send_test};
pub use schedule::{ATTEMPTS, LONGEST_WAIT};
pub(crate) use secrets::SEALED;
pub use secrets::{RotateInput, SecretKind, SigningKey, check_secrets, is_signed, rotate_secret, signing_keys};
pub use sender::{run, send_due, sweep};
pub use topics::{ALL_TOPICS, selectable as selectable_topics};
