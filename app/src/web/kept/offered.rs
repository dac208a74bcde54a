//! What a request knows of forms that were kept.

use crate::config::Config;
use crate::web::cookies;
use crate::web::flash::{Flash, Message, Refused, Tone};
use axum::http::HeaderMap;
use shop::accounts::Visitor;
use shop::id::KeptFormId;
use shop::kept_forms;
use shop::{Result, Shop, say};

/// What a request knows of forms kept for its browser.
#[derive(Debug, Clone, Default)]
pub struct KeptForms {
    pub(super) secret: Option<String>,
    pub(super) offered: Option<KeptFormId>,
    /// Of a form that was kept, on a page that does not have it.
    pub homeless: Option<Vec<(String, String)>>,
}

impl KeptForms {
    pub fn of(config: &Config, headers: &HeaderMap) -> Self {
        Self { secret: cookies::kept_token(config, headers), ..Self::default() }
    }

    /// Looks for a form that was kept of this page, and lays it before its owner.
    pub async fn offer(&mut self, shop: &Shop, visitor: &Visitor, page: &str, flash: &mut Flash) -> Result<()> {
        let (Some(secret), Some(customer)) = (&self.secret, &visitor.customer) else { return Ok(()) };
        let Some((id, form)) = kept_forms::at_page(shop, customer, secret, page).await? else { return Ok(()) };
        let text = match form.had_files {
            false => say!(shop.locale, "kept-is-here"),
            true => say!(shop.locale, "kept-is-here-without-files"),
        };
        flash.messages.push(Message { tone: Tone::Warning, text: text.into_owned() });
        flash.refused =
            Some(Refused { action: form.action, which: form.which, values: form.values, ..Refused::default() });
        self.offered = Some(id);
        Ok(())
    }
}
