//! One webhook: how it stands, what signs and encrypts its messages, and what was sent.

use super::acts::{Pause, Resume, Test};
use super::keys::{receiver_keys, signing_keys};
use super::log::log;
use super::{address, asked, breadcrumb};
use crate::ui::{Form, Hidden, Notice, StatusBadge, page, thousands, time};
use crate::web::flash::Tone;
use crate::web::{reveal_once, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::webhooks::{self, ALL_TOPICS, Endpoint, EndpointState};

#[component]
pub fn WebhookPage() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("webhook"));
    let secret = reveal_once::take(&visit);
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let endpoint = asked(&visit, id).await?;
        let may_write = staff.can(Permission::WebhooksWrite);
        let signing = webhooks::signing_keys(shop, staff, endpoint.id).await?;
        let receiving = webhooks::keys(shop, staff, endpoint.id).await?;
        let sent = log(&visit, endpoint.id).await?;
        // a secret, and not a cookie that somebody else set
        let secret = secret.filter(|secret| secret.starts_with("whsec_"));
        Ok(view! {
            <Title text=endpoint.name.clone() />
            {breadcrumb(None, "Webhook")}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{endpoint.name.clone()}</h1>
                    <StatusBadge status=endpoint.state />
                </div>
                <p class="admin-head__meta mono">{endpoint.url.clone()}</p>
                {may_write.then(|| actions(&endpoint))}
            </header>
            {secret.map(shown_once)}
            {trouble(&endpoint)}
            <div class="grid--2">
                {facts(&endpoint)}
                <div class="stack">
                    {signing_keys(endpoint.id, signing, may_write)} {receiver_keys(endpoint.id, receiving, may_write)}
                </div>
            </div>
            {sent}
        })
    })
}

fn actions(endpoint: &Endpoint) -> impl IntoView + use<> {
    let id = endpoint.id.to_string();
    let (of_test, of_pause) = (id.clone(), id);
    let pause = match endpoint.state {
        EndpointState::Paused => view! {
            <Form action=Resume::url() class="">
                <Hidden name="webhook" value=of_pause />
                <button class="button button--small">"Resume"</button>
            </Form>
        }
        .into_any(),
        EndpointState::Active | EndpointState::Failing => view! {
            <Form action=Pause::url() class="">
                <Hidden name="webhook" value=of_pause />
                <button class="button button--secondary button--small">"Pause"</button>
            </Form>
        }
        .into_any(),
    };
    let to = |what: &str| format!("{}/{what}", address(endpoint.id));
    view! {
        <div class="admin-head__actions cluster">
            <Form action=Test::url() class="">
                <Hidden name="webhook" value=of_test />
                <button class="button button--secondary button--small">"Send a test"</button>
            </Form>
            {pause}
            <a class="button button--secondary button--small" href=to("replay")>
                "Send again…"
            </a>
            <a class="button button--secondary button--small" href=to("edit")>
                "Edit"
            </a>
            <a class="button button--danger button--small" href=to("delete")>
                "Delete…"
            </a>
        </div>
    }
}

fn shown_once(secret: String) -> impl IntoView {
    view! {
        <Notice tone=Tone::Success title="Copy the secret now: it is shown this once">
            <p>
                <code class="secret">{secret}</code>
            </p>
            <p>"The receiver checks with it that a message comes from this shop. Lost, it is replaced by a new one."</p>
        </Notice>
    }
}

fn trouble(endpoint: &Endpoint) -> Option<AnyView> {
    if let (Some(reason), Some(at)) = (endpoint.pause_reason, endpoint.paused_at) {
        let view = view! {
            <Notice tone=Tone::Warning title="Paused">
                <p>{reason.to_string()} ", " {time(at)} "."</p>
                <p>"What happens is kept for thirty days. Resumed, all of it is sent."</p>
            </Notice>
        };
        return Some(view.into_any());
    }
    endpoint.failing_since.map(|since| {
        view! {
            <Notice tone=Tone::Warning title="Nothing arrives there">
                <p>"Since " {time(since)} ". Messages are kept and tried again; after five days it is paused."</p>
            </Notice>
        }
        .into_any()
    })
}

fn facts(endpoint: &Endpoint) -> impl IntoView + use<> {
    let topics = match &endpoint.topics[..] {
        [all] if all == ALL_TOPICS => "All, and those that come later".into_any(),
        topics => {
            let list = topics.iter().map(|topic| view! { <li class="mono small">{topic.clone()}</li> }).collect_view();
            view! { <ul class="stack stack--tight">{list}</ul> }.into_any()
        }
    };
    let order = if endpoint.is_ordered { "One at a time, in order" } else { "As they come, four at once" };
    let by = endpoint.created_by.clone().unwrap_or_else(|| "At the terminal".to_owned());
    let health = &endpoint.health;
    view! {
        <section class="panel" aria-labelledby="facts">
            <div class="panel__head">
                <h2 class="panel__title" id="facts">
                    "The webhook"
                </h2>
            </div>
            <div class="panel__body">
                <dl class="facts">
                    <dt>"Delivered"</dt>
                    <dd>{thousands(health.delivered)} " within 24 hours"</dd>
                    <dt>"Waiting"</dt>
                    <dd>
                        {thousands(health.pending)}
                        {health
                            .oldest_pending
                            .map(|at| {
                                view! {
                                    ", since "
                                    {time(at)}
                                }
                            })}
                    </dd>
                    <dt>"Dead"</dt>
                    <dd>{thousands(health.dead)}</dd>
                    <dt>"Messages"</dt>
                    <dd>{order}</dd>
                    <dt>"Payloads of"</dt>
                    <dd>{endpoint.payload_version.to_string()}</dd>
                    <dt>"Made"</dt>
                    <dd>{time(endpoint.created_at)}</dd>
                    <dt>"By"</dt>
                    <dd>{by}</dd>
                    <dt>"Topics"</dt>
                    <dd>{topics}</dd>
                </dl>
            </div>
        </section>
    }
}
