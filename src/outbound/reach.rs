//! How far requests may lead.

use super::public::is_public;
use std::net::IpAddr;

/// Where an address that somebody typed may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To public addresses only.
    Public,
    /// To this machine as well, without encryption too: for development.
    Local,
    /// To this machine alone: for tests, which ask nobody else.
    Loopback,
}

impl Reach {
    pub(super) fn allows(self, ip: IpAddr) -> bool {
        let is_here = || ip.to_canonical().is_loopback();
        match self {
            Self::Public => is_public(ip),
            Self::Local => is_public(ip) || is_here(),
            Self::Loopback => is_here(),
        }
    }
}

/// Why an address is not asked, in words for staff.
pub(super) fn not_public() -> String {
    "the address does not lead to a public server".into()
}
