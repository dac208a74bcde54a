//! What staff do with keys.

use super::{HERE, address};
use crate::web::{Done, Next, form, reveal_once};
use leptos::prelude::*;
use shop::accounts::api_keys::{self, CreateApiKey};
use shop::input::Raw;

/// Makes a key, whose page shows it once.
#[server]
pub async fn create(#[server(flatten)] input: CreateApiKey) -> Done {
    form(|visit| async move {
        let made = api_keys::create(visit.shop(), visit.staff()?, input).await?;
        let page = address(made.id);
        let secret = reveal_once::send(&visit, &page, made.secret.expose());
        Ok(Next::to(page).cookie(Some(secret)))
    })
    .await
}

#[server]
pub async fn revoke(key: Raw) -> Done {
    form(|visit| async move {
        api_keys::revoke(visit.shop(), visit.staff()?, key.trimmed()).await?;
        Ok(Next::to(HERE).say("Revoked. It is refused from now on."))
    })
    .await
}
