//! Accounts: who people are and what they may do.

mod actors;

pub use actors::{Actor, Acts, ApiClient, Customer, Origin, Permission, Staff, System, Visitor};
