//! One message: what is sent, and all attempts to send it.

use super::acts::Redeliver;
use super::breadcrumb;
use crate::ui::{Empty, Form, Hidden, StatusBadge, page, time};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use serde_json::Value;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::Permission;
use shop::id::DeliveryId;
use shop::webhooks::{self, Attempt, Exchange};

#[component]
pub fn DeliveryPage() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("delivery"));
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let id: DeliveryId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let (delivery, body) = webhooks::delivery(shop, staff, id).await?;
        let endpoint = webhooks::endpoint(shop, staff, delivery.webhook).await?;
        let attempts = webhooks::attempts(shop, staff, id).await?;
        let again = staff.can(Permission::WebhooksWrite).then(|| {
            view! {
                <div class="admin-head__actions">
                    <Form action=Redeliver::url() class="">
                        <Hidden name="delivery" value=id.to_string() />
                        <button class="button button--small">"Send again"</button>
                    </Form>
                </div>
            }
        });
        let next = delivery.next_attempt_at.map(|at| view! { <p>"It is tried next " {time(at)} "."</p> });
        let list = match attempts.is_empty() {
            true => view! {
                <Empty title="Not sent yet">
                    <p>"It waits for its turn."</p>
                </Empty>
            }
            .into_any(),
            false => attempts.into_iter().map(attempt).collect_view().into_any(),
        };
        Ok(view! {
            <Title text=delivery.topic.clone() />
            {breadcrumb(Some(&endpoint), "Message")}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{delivery.topic.clone()}</h1>
                    <StatusBadge status=delivery.status />
                </div>
                <p class="admin-head__meta mono">{delivery.event.to_string()}</p>
                {again}
            </header>
            <section class="panel" aria-labelledby="body">
                <div class="panel__head">
                    <h2 class="panel__title" id="body">
                        "What is sent"
                    </h2>
                </div>
                <div class="panel__body stack">{next} {shown_body(body)}</div>
            </section>
            <section class="panel" aria-labelledby="attempts">
                <div class="panel__head">
                    <h2 class="panel__title" id="attempts">
                        "Attempts"
                    </h2>
                </div>
                <div class="panel__body stack">{list}</div>
            </section>
        })
    })
}

const FOR_OTHERS: &str = "What was sent and answered may hold personal data, and is shown to those who may read it.";

fn shown_body(body: Option<String>) -> AnyView {
    match body {
        Some(body) => view! { <pre class="mono small">{pretty(&body)}</pre> }.into_any(),
        None => view! { <p class="muted">{FOR_OTHERS}</p> }.into_any(),
    }
}

/// JSON with its lines broken; anything else as it is.
fn pretty(text: &str) -> String {
    let parsed: Option<Value> = serde_json::from_str(text).ok();
    parsed.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
}

fn attempt(attempt: Attempt) -> impl IntoView {
    let result = match (&attempt.error, attempt.http_status) {
        (Some(error), _) => error.clone(),
        (None, Some(status)) => format!("the receiver answered {status}"),
        (None, None) => String::new(),
    };
    let encrypted = if attempt.is_encrypted { ", encrypted" } else { "" };
    view! {
        <div class="stack stack--tight">
            <h3>{time(attempt.sent_at)} ": " {result}</h3>
            <p class="muted small">
                <span class="mono">{attempt.url}</span>
                {format!(", {} ms{encrypted}", attempt.duration_ms)}
            </p>
            {attempt.exchange.map(exchange)}
        </div>
    }
}

fn exchange(exchange: Exchange) -> impl IntoView {
    let answer = exchange.answer.filter(|answer| !answer.is_empty());
    view! {
        <details class="disclosure">
            <summary>"What went back and forth"</summary>
            <pre class="mono small">{headers(&exchange.request_headers)}</pre>
            {exchange.answer_headers.map(|all| view! { <pre class="mono small">{headers(&all)}</pre> })}
            {answer.map(|answer| view! { <pre class="mono small">{answer}</pre> })}
        </details>
    }
}

fn headers(all: &Value) -> String {
    let lines = all.as_object().map(|all| {
        let line = |(name, value): (&String, &Value)| format!("{name}: {}", value.as_str().unwrap_or_default());
        all.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    lines.unwrap_or_default()
}
