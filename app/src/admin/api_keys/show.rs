//! One key: what is known of it, the key itself when it was just made, and revoking it.

use super::acts::Revoke;
use super::{HERE, address, maker};
use crate::ui::{Form, Hidden, Notice, StatusBadge, page, time};
use crate::web::flash::Tone;
use crate::web::{Visit, reveal_once, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::api_keys::{self, ApiKey, KeyState};
use shop::id::ApiKeyId;

async fn asked(visit: &Visit, key: Option<String>) -> shop::Result<ApiKey> {
    let id: ApiKeyId = key.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
    api_keys::get(visit.shop(), visit.staff()?, id).await
}

fn breadcrumb(key: &ApiKey, last: Option<&'static str>) -> impl IntoView + use<> {
    let name = key.name.clone();
    let own = match last {
        None => view! { <li aria-current="page">{name}</li> }.into_any(),
        Some(last) => view! {
            <li>
                <a href=address(key.id)>{name}</a>
            </li>
            <li aria-current="page">{last}</li>
        }
        .into_any(),
    };
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                <li>
                    <a href=HERE>"API keys"</a>
                </li>
                {own}
            </ol>
        </nav>
    }
}

#[component]
pub fn KeyPage() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("key"));
    let secret = reveal_once::take(&visit);
    page(async move {
        let key = asked(&visit, id).await?;
        let revoke = (key.state != KeyState::Revoked).then(|| {
            view! {
                <div class="admin-head__actions">
                    <a class="button button--danger button--small" href=format!("{}/revoke", address(key.id))>
                        "Revoke…"
                    </a>
                </div>
            }
        });
        // of this key, and not a cookie that somebody else set
        let secret = secret.filter(|secret| secret.starts_with(&format!("{}_", key.prefix)));
        Ok(view! {
            <Title text=key.name.clone() />
            {breadcrumb(&key, None)}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{key.name.clone()}</h1>
                    <StatusBadge status=key.state />
                </div>
                <p class="admin-head__meta mono">{key.prefix.clone()} "…"</p>
                {revoke}
            </header>
            {secret.map(shown_once)}
            {stopped(&key)}
            <div class="grid--2">{facts(&key)} {scopes(&key)}</div>
        })
    })
}

fn shown_once(secret: String) -> impl IntoView {
    view! {
        <Notice tone=Tone::Success title="Copy the key now: it is shown this once">
            <p>
                <code class="secret">{secret}</code>
            </p>
            <p>
                "Keep it like a password. We keep only its beginning and a fingerprint; lost, it is replaced by a new one."
            </p>
        </Notice>
    }
}

fn stopped(key: &ApiKey) -> Option<impl IntoView + use<>> {
    (key.state == KeyState::Stopped).then(|| {
        view! {
            <Notice tone=Tone::Warning title="Stopped">
                <p>
                    "Whoever made it does not work here any more, and a key can do no more than its maker. Make a new one in its place."
                </p>
            </Notice>
        }
    })
}

fn facts(key: &ApiKey) -> impl IntoView + use<> {
    let never = || "Never".into_any();
    view! {
        <section class="panel" aria-labelledby="facts">
            <div class="panel__head">
                <h2 class="panel__title" id="facts">
                    "The key"
                </h2>
            </div>
            <div class="panel__body">
                <dl class="facts">
                    <dt>"Made"</dt>
                    <dd>{time(key.created_at)}</dd>
                    <dt>"By"</dt>
                    <dd>{maker(key.created_by.clone())}</dd>
                    <dt>"Last used"</dt>
                    <dd>{key.last_used_at.map_or_else(never, |at| time(at).into_any())}</dd>
                    <dt>{if key.state == KeyState::Expired { "Ended" } else { "Ends" }}</dt>
                    <dd>{key.expires_at.map_or_else(never, |at| time(at).into_any())}</dd>
                    {key
                        .revoked_at
                        .map(|at| {
                            view! {
                                <dt>"Revoked"</dt>
                                <dd>{time(at)}</dd>
                            }
                        })}
                </dl>
            </div>
        </section>
    }
}

fn scopes(key: &ApiKey) -> impl IntoView + use<> {
    let list = key
        .scopes
        .iter()
        .map(|scope| view! { <li>{scope.to_string()} " " <code class="muted">{scope.word()}</code></li> })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="scopes">
            <div class="panel__head">
                <h2 class="panel__title" id="scopes">
                    "What it may do"
                </h2>
            </div>
            <div class="panel__body stack stack--tight">
                <ul class="stack stack--tight">{list}</ul>
                {key
                    .created_by
                    .is_some()
                    .then(|| view! { <p class="muted">"As far as its maker may do that now."</p> })}
            </div>
        </section>
    }
}

/// Asks once more: what uses the key stands still from that moment on.
#[component]
pub fn RevokeKey() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("key"));
    page(async move {
        let key = asked(&visit, id).await?;
        let used = match key.last_used_at {
            Some(at) => view! { <p>"It was last used " {time(at)} "."</p> }.into_any(),
            None => view! { <p>"It was never used."</p> }.into_any(),
        };
        Ok(view! {
            <Title text=format!("Revoke {}", key.name) />
            {breadcrumb(&key, Some("Revoke"))}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{format!("Revoke {}?", key.name)}</h1>
                </div>
                <p class="admin-head__meta mono">{key.prefix.clone()} "…"</p>
            </header>
            <section class="panel" aria-label="Revoke">
                <Form action=Revoke::url() class="panel__body stack">
                    <Hidden name="key" value=key.id.to_string() />
                    <p>"Whatever uses this key is refused with its next request, and that cannot be undone."</p>
                    {used}
                    <div class="form__actions">
                        <button class="button button--danger">"Revoke the key"</button>
                        <a class="button button--quiet" href=address(key.id)>
                            "Cancel"
                        </a>
                    </div>
                </Form>
            </section>
        })
    })
}
