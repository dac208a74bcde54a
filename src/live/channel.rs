//! The sealed channel: encryption between a client and this process, through whatever ends TLS or logs on the way.
//!
//! Both send an ephemeral key (ECDH on P-256); the shop signs all that was said ([`ChannelKey`], ECDSA P-256 with
//! SHA-256), so that nobody in between can put a key of their own there. From the shared secret HKDF-SHA256 makes one
//! AES-256-GCM key for each direction. Frames are numbered; a number is the nonce, and each is taken once and in order.
//! `docs/SECURITY.md` says what this protects from and what not, and `docs/API.md` how a client is written.

mod frames;
mod handshake;

pub use crate::channel_keys::{ChannelKey, PublicKey, published, rotate, signing};
pub use frames::{Broken, Opener, Sealer};
pub use handshake::{ClientHello, Handshake, ServerHello, Session, answer, transcript};

/// How the channel is called among WebSocket subprotocols.
pub const PROTOCOL: &str = "ironmonger.sealed.v1";
