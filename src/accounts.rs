//! Accounts: who people are and what they may do.

mod actors;
mod identity;
pub mod sessions;

pub use actors::{Actor, Acts, ApiClient, Customer, Origin, Permission, Staff, System, Visitor};
pub use identity::{Identity, identify};
