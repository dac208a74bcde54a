//! The visit: everything known about the request at hand, for pages and forms alike.

use super::flash::Flash;
use super::kept::KeptForms;
use crate::config::Config;
use shop::accounts::{Staff, Visitor};
use shop::live::Hub;
use shop::words::Locale;
use shop::{Error, Result, Shop};
use std::ops::Deref;
use std::sync::Arc;
use tower_sessions::Session;

/// What every door shares.
#[derive(Clone)]
pub struct App {
    pub shop: Arc<Shop>,
    pub config: Arc<Config>,
    /// Those who follow what they have open.
    pub live: Hub,
}

impl App {
    pub fn new(shop: Shop, config: Config) -> Self {
        let shop = Arc::new(shop);
        let live = Hub::new(shop.clone(), config.live);
        Self { shop, config: Arc::new(config), live }
    }
}

/// One request: by whom, where, with what message left from the last one. Cheap to clone.
#[derive(Clone)]
pub struct Visit(Arc<Inner>);

#[derive(Clone)]
pub struct Inner {
    pub app: App,
    pub session: Session,
    pub visitor: Visitor,
    pub staff: Option<Staff>,
    pub flash: Flash,
    /// What became of forms that came too late, in this browser.
    pub kept: KeptForms,
    /// Path without query.
    pub path: String,
    /// Query without question mark.
    pub query: String,
    /// For script elements of this answer; see the Content-Security-Policy.
    pub nonce: String,
}

impl Deref for Visit {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Visit {
    pub fn shop(&self) -> &Shop {
        &self.app.shop
    }

    /// The language of the page.
    pub fn locale(&self) -> Locale {
        self.shop().locale
    }

    /// The member of staff who asks; others are asked to sign in, or refused.
    pub fn staff(&self) -> Result<&Staff> {
        match (&self.staff, &self.visitor.customer) {
            (Some(staff), _) => Ok(staff),
            (None, None) => Err(Error::Unauthenticated),
            (None, Some(_)) => Err(Error::Forbidden),
        }
    }

    /// The customer who asks.
    pub fn customer(&self) -> Result<&shop::accounts::Customer> {
        self.visitor.customer.as_ref().ok_or(Error::Unauthenticated)
    }

    /// The address of this page, with its query.
    pub fn here(&self) -> String {
        address(&self.path, &self.query)
    }

    /// The value of a query parameter, the last one if it stands there twice.
    pub fn param(&self, name: &str) -> Option<String> {
        let pairs = url::form_urlencoded::parse(self.query.as_bytes());
        pairs.filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned())
    }

    /// All pairs of the query.
    pub fn pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    pub fn of(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The same with something of it changed.
    pub fn but(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner::clone(self);
        change(&mut inner);
        Self::of(inner)
    }

    pub fn is_development(&self) -> bool {
        self.app.config.is_development()
    }
}

/// The visit at hand, inside a page or form.
pub fn use_visit() -> Visit {
    leptos::prelude::expect_context()
}

/// Session keys. Only ids and the flash are kept there.
pub const USER: &str = "user";
pub const SESSION: &str = "session";
pub const FLASH: &str = "flash";

/// Path and query as they stand in an address.
pub(super) fn address(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
