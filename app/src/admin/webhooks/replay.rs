//! Sending again what happened within some time.

use super::acts::Replay;
use super::{address, asked, breadcrumb};
use crate::ui::{Field, Form, Hidden, TickBox, page};
use crate::web::use_visit;
use chrono::{SecondsFormat, TimeDelta};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::accounts::Permission;

#[component]
pub fn ReplayPage() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("webhook"));
    page(async move {
        visit.staff()?.may(Permission::WebhooksWrite)?;
        let endpoint = asked(&visit, id).await?;
        let yesterday = visit.shop().clock.now() - TimeDelta::hours(24);
        Ok(view! {
            <Title text=format!("Send again to {}", endpoint.name) />
            {breadcrumb(Some(&endpoint), "Send again")}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Send again"</h1>
                </div>
                <p class="admin-head__meta">
                    "What happened within some time, of the topics that this webhook wants. Events are kept for thirty days."
                </p>
            </header>
            <section class="panel" aria-label="Send again">
                <Form action=Replay::url() class="panel__body form">
                    <Hidden name="webhook" value=endpoint.id.to_string() />
                    <Field
                        name="from"
                        label="From"
                        value=yesterday.to_rfc3339_opts(SecondsFormat::Secs, true)
                        hint="A moment with its offset, such as 2026-12-24T18:00:00Z"
                        required=true
                        maxlength=40
                    />
                    <Field name="to" label="To" hint="Left out, up to now" optional=true maxlength=40 />
                    <TickBox name="undelivered" label="Only what did not arrive" ticked=true />
                    <div class="form__actions">
                        <button class="button">"Send again"</button>
                        <a class="button button--quiet" href=address(endpoint.id)>
                            "Cancel"
                        </a>
                    </div>
                </Form>
            </section>
        })
    })
}
