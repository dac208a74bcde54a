//! Accounts: who people are and what they may do.
//!
//! Somebody [`register`]s, confirms by a link ([`recovery`]) that the address is theirs, and signs in; the door opens a
//! session, and at each request [`identify`] turns it into a [`Customer`] and perhaps a [`Staff`], as things stand
//! then. Apps are signed in by [`tokens`]. People look after their own [`profile`], [`addresses`] and [`devices`];
//! staff look after [`customers`], [`staff`] and [`roles`]. Machines come with one of the [`api_keys`]; what they may
//! do as staff may takes `&dyn` [`May`].

mod account_state;
mod identity;
mod known_devices;
mod lifetimes;
mod links;
mod password;
mod registration;
mod rewrite_emails;
pub(crate) mod sealed;
mod sign_in;
mod sweep;

pub mod addresses;
pub mod api_keys;
pub mod customers;
pub mod devices;
pub mod profile;
pub mod recovery;
pub mod roles;
pub mod sessions;
pub mod staff;
pub mod tokens;

pub use crate::actors::{
    Actor, ApiClient, AsActor, Customer, May, Origin, Permission, Staff, System, Visitor, network_of,
};
pub use crate::address::{Address, AddressInput, Country, Email, NotAnEmail, ShownAddress};
pub use crate::keys::TokenKeys;
pub use identity::{Identity, identify};
pub use password::Secret;
pub(crate) use password::hash as hash_password;
pub(crate) use registration::send as send_registration;
pub use registration::{Register, Registration, register};
pub(crate) use rewrite_emails::keep_in_ascii;
pub use sign_in::{SignIn, SignedIn, refusal, sign_in, sign_in_staff};
pub use sweep::sweep;

#[cfg(feature = "testing")]
#[expect(clippy::expect_used, reason = "for tests")]
pub(crate) async fn hash_for_tests(password: &str) -> String {
    password::hash(&password.into()).await.expect("hashes a password")
}

#[cfg(feature = "testing")]
pub(crate) use password::weak_hash;
