//! The shop's name, for whatever shows it.

use super::errors::log;
use leptos::prelude::use_context;
use shop::{Shop, settings};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// As the settings have it. Empty when they cannot be read and never were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopName(Arc<str>);

impl ShopName {
    pub async fn of(shop: &Shop) -> Self {
        let settings = settings::current(shop).await.inspect_err(log).ok();
        Self::in_settings(settings.or_else(|| settings::last_known(shop)))
    }

    /// For callers that cannot wait: the last known name, unless the read answers at once.
    pub async fn at_once(shop: &Shop) -> Self {
        let settings = timeout(Duration::from_millis(250), settings::current(shop)).await;
        Self::in_settings(settings.ok().and_then(Result::ok).or_else(|| settings::last_known(shop)))
    }

    fn in_settings(settings: Option<Arc<settings::Settings>>) -> Self {
        Self(settings.map(|settings| settings.shop_name.as_str().into()).unwrap_or_default())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A title with the name behind it.
    pub fn after(&self, title: &str) -> String {
        match (title, self.as_str()) {
            (title, "") => title.to_owned(),
            ("", name) => name.to_owned(),
            (title, name) => format!("{title} · {name}"),
        }
    }
}

/// The name of the shop whose page is being rendered.
pub fn use_shop_name() -> ShopName {
    use_context().unwrap_or_default()
}
