//! The shop: what it sells and by which rules. Types, rules and SQL; no HTTP, no HTML.
//!
//! Read in the order of a sale: [`catalog`] holds what is sold and [`inventory`] how many there are; a visitor fills a
//! [`cart`], [`checkout`] turns it into one of the [`orders`], [`payments`] settles it. [`accounts`] knows who people
//! are.

#[macro_use]
mod crash;
#[macro_use]
pub mod act;
#[macro_use]
mod word;

pub mod accounts;
pub mod actors;
pub mod address;
pub mod announce;
pub mod audit;
pub mod audit_log;
pub mod cache;
pub mod cart;
pub mod catalog;
mod channel_keys;
pub mod checkout;
mod clock;
pub mod conversations;
pub mod csv;
pub mod db;
pub mod email;
pub mod entity;
mod error;
pub mod events;
pub mod files;
pub mod id;
pub mod idempotency;
pub mod input;
pub mod invariants;
pub mod inventory;
pub mod jobs;
pub mod kept_forms;
pub mod keys;
pub mod lifecycle;
pub mod live;
pub mod live_topic;
pub mod message;
mod migrate;
mod money;
pub mod notifications;
pub mod number;
pub mod orders;
pub mod outbound;
mod page;
pub mod payments;
pub mod pricing;
mod schema;
mod seal;
mod sealed_column;
pub mod seed;
pub mod settings;
#[cfg(feature = "testing")]
pub mod testing;
mod throttle;
mod time_zone;
pub mod watches;
pub mod webhooks;
pub mod words;
pub mod worker;

pub use act::Act;
pub use clock::{Clock, random_bytes, secret_token, token_hash};
pub use error::{ConstraintName, Error, FieldError, Invalid, OnConstraint, Result};
pub use message::Message;
pub use migrate::{at_rest, migrate};
pub use money::{AmountError, Currency, Money, MoneyError, Rate, RateError};
pub use page::{Page, Paging};
pub use time_zone::TimeZone;

/// The shop and all that its acts need. Cheap to clone.
#[derive(Clone)]
pub struct Shop {
    pub db: db::Db,
    pub clock: Clock,
    /// The one currency that prices are kept in.
    pub currency: Currency,
    /// The language of the shop's pages and mails.
    pub locale: words::Locale,
    /// Where shoppers reach us: the root of all links.
    pub public_url: url::Url,
    pub files: files::Files,
    pub mailer: email::Mailer,
    pub gateway: payments::Gateway,
    /// Asks addresses that people typed.
    pub outbound: outbound::Client,
    /// Sign the tokens that apps are signed in by.
    pub token_keys: keys::TokenKeys,
    /// Encrypt what must not be read in the database.
    pub encryption_keys: keys::EncryptionKeys,
    /// What one party may leave unpaid at once; `None` is no bound.
    pub unpaid: Option<checkout::UnpaidBounds>,
    /// What other processes are told after a commit.
    pub announcements: announce::Announcements,
    /// How they are told what changed, for whoever follows it.
    pub bus: std::sync::Arc<dyn announce::Bus>,
    /// What is kept in memory between requests.
    pub cache: cache::Cache,
}
