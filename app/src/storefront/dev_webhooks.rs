//! What webhooks posted to this very shop, for development. Elsewhere these addresses are not there.
//!
//! The sample has a webhook that posts here. A message is checked with the public keys of the webhooks that do, and
//! decrypted in the browser, with a key that everybody knows.

use crate::ui::{Icon, page, time};
use crate::web::csrf::DEV_WEBHOOKS;
use crate::web::{App, Visit, assets, use_visit};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use shop::accounts::System;
use shop::webhooks::{self, EndpointInput, KeyInput};
use shop::{Error, Shop};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many messages are kept, in memory.
const KEPT: usize = 50;

/// Bob's of RFC 7518, appendix C: no secret.
const PUBLIC_KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"of everybody","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"}"#;
const PRIVATE_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"}"#;

#[derive(Clone)]
struct Arrived {
    at: DateTime<Utc>,
    id: String,
    is_signed: bool,
    body: String,
}

fn arrived() -> MutexGuard<'static, VecDeque<Arrived>> {
    static ARRIVED: Mutex<VecDeque<Arrived>> = Mutex::new(VecDeque::new());
    ARRIVED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the webhook that posts here, unless there is one, or this machine may not be posted to.
pub async fn make(shop: &Shop) -> shop::Result<()> {
    let mut url = shop.public_url.clone();
    url.set_path(DEV_WEBHOOKS);
    if shop.outbound.check_encrypted(&url).is_err() || webhooks::posts_to(shop, url.as_str()).await? {
        return Ok(());
    }
    let input = EndpointInput {
        name: "The page /dev/webhooks".into(),
        url: url.as_str().into(),
        topics: vec![webhooks::ALL_TOPICS.into()],
        ..EndpointInput::default()
    };
    let made = webhooks::create(shop, &System, input).await?;
    let key = KeyInput { jwk: PUBLIC_KEY.into(), is_active: "true".into() };
    webhooks::add_key(shop, &System, made.id, key).await.map(drop)
}

/// Takes a message.
pub async fn receive(State(app): State<App>, headers: HeaderMap, body: String) -> StatusCode {
    if !app.config.is_development() {
        return StatusCode::NOT_FOUND;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (id, timestamp, signature) = (text("webhook-id"), text("webhook-timestamp"), text("webhook-signature"));
    let mut url = app.shop.public_url.clone();
    url.set_path(DEV_WEBHOOKS);
    let content = format!("{id}.{timestamp}.{body}");
    let is_signed = webhooks::is_signed(&app.shop, url.as_str(), &content, &signature).await.unwrap_or(false);
    let mut arrived = arrived();
    arrived.push_front(Arrived { at: app.shop.clock.now(), id, is_signed, body });
    arrived.truncate(KEPT);
    StatusCode::NO_CONTENT
}

fn in_development(visit: &Visit) -> shop::Result<()> {
    if visit.is_development() { Ok(()) } else { Err(Error::NotFound) }
}

#[component]
pub fn Messages() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        in_development(&visit)?;
        let messages = arrived().clone();
        let list = match messages.is_empty() {
            true => view! {
                <div class="empty">
                    <Icon name="mail" large=true />
                    <p class="empty__title">"No message yet"</p>
                    <p>
                        "What happens in the shop is posted here by the sample's webhook: buy something, then load the page again."
                    </p>
                </div>
            }
            .into_any(),
            false => messages.into_iter().map(message).collect_view().into_any(),
        };
        Ok(view! {
            <Title text="Webhooks" />
            <Meta name="robots" content="noindex" />
            <script type="module" src=assets::path("js/dev-webhooks.js") nonce=visit.nonce.clone()></script>
            <div class="container" data-decrypts=PRIVATE_KEY>
                <header class="page-head">
                    <h1>"Webhooks"</h1>
                    <p>"What was posted here, the newest first. A script decrypts it in your browser."</p>
                </header>
                {list}
            </div>
        })
    })
}

fn message(one: Arrived) -> impl IntoView {
    let name = one.id.clone();
    let signature = if one.is_signed { "signature checked" } else { "signature wrong" };
    view! {
        <section class="panel" aria-label=name>
            <div class="panel__body stack stack--tight">
                <p class="muted small">{time(one.at)} ", " <span class="mono">{one.id}</span> ", " {signature}</p>
                <pre class="mono small" data-message>
                    {one.body}
                </pre>
            </div>
        </section>
    }
}
