//! Live updates: whoever has something open hears when it is not as it was any more.
//!
//! Nothing hangs on a message having arrived. Whoever follows a topic is told its *version*, a text that is another one
//! when the thing is; first when they begin, so that they find out what they missed, and then each time it changes.
//! What changed, they read as they read it before.
//!
//! An act says what it changes ([`crate::Act`]); after the commit `crate::announce` tells all processes; the [`Hub`] of
//! each reads the versions of what is followed there, once for all who follow it. A message that is lost costs half a
//! minute at most: so often the hub looks at everything.

pub mod channel;
mod editing;
mod hub;
mod mailbox;
mod product;
mod standing;
mod ticket;
mod update;
mod versions;

pub use editing::{Editor, others as other_editors};
pub use hub::{Bounds, Connection, Hub, NoPlace, Viewer};
pub use mailbox::End;
pub use product::version as product_version;
pub use standing::Standing;
pub use ticket::{CREDENTIAL_LIFETIME, Credential, Ticket, lend, lent, page_viewer};
pub use update::Update;
pub use versions::version;

pub use crate::live_topic::LiveTopic;
