//! Making a webhook, changing it, and deleting it.

use super::acts::{Create, Delete, Edit};
use super::{HERE, address, asked, breadcrumb};
use crate::ui::{Field, Form, Hidden, TickBox, fault_note, form_state, id_of, page, thousands};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::events::Topic;
use shop::webhooks::{ALL_TOPICS, EndpointInput, selectable_topics};
use utoipa::openapi::{RefOr, Schema};

#[component]
pub fn NewWebhook() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        visit.staff()?.may(Permission::WebhooksWrite)?;
        Ok(view! {
            <Title text="New webhook" />
            {breadcrumb(None, "New")}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"New webhook"</h1>
                </div>
                <p class="admin-head__meta">"What happens in the shop is posted to it, signed, until it arrives."</p>
            </header>
            <section class="panel" aria-label="New webhook">
                <Form action=Create::url() class="panel__body form" asks=true>
                    <Fields input=EndpointInput::default() />
                    <div class="form__actions">
                        <button class="button">"Make the webhook"</button>
                        <a class="button button--quiet" href=HERE>
                            "Cancel"
                        </a>
                    </div>
                </Form>
            </section>
        })
    })
}

#[component]
pub fn EditWebhook() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("webhook"));
    page(async move {
        visit.staff()?.may(Permission::WebhooksWrite)?;
        let endpoint = asked(&visit, id).await?;
        Ok(view! {
            <Title text=format!("Edit {}", endpoint.name) />
            {breadcrumb(Some(&endpoint), "Edit")}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Edit the webhook"</h1>
                </div>
                <p class="admin-head__meta">"It counts for all that is sent from then on, also of what waits."</p>
            </header>
            <section class="panel" aria-label="Edit the webhook">
                <Form action=Edit::url() class="panel__body form" asks=true>
                    <Hidden name="webhook" value=endpoint.id.to_string() />
                    <Fields input=EndpointInput::from(&endpoint) />
                    <div class="form__actions">
                        <button class="button">"Save"</button>
                        <a class="button button--quiet" href=address(endpoint.id)>
                            "Cancel"
                        </a>
                    </div>
                </Form>
            </section>
        })
    })
}

#[component]
fn Fields(input: EndpointInput) -> impl IntoView {
    view! {
        <Field name="name" label="Name" value=input.name.0 hint="What receives there" required=true maxlength=100 />
        <Field
            name="url"
            label="Address"
            kind="url"
            value=input.url.0
            hint="It begins with https://, and the whole internet can reach it"
            required=true
            maxlength=2000
        />
        <TickBox
            name="isOrdered"
            label="One at a time, in order: a message that does not arrive holds up those behind it"
            ticked=input.is_ordered.trimmed() == "true"
        />
        <Topics held=input.topics.into_iter().map(|topic| topic.0).collect() />
    }
}

const NAME: &str = "topics[]";

/// Topics as boxes, in groups by what they are about, each with a sample of what is sent.
#[component]
fn Topics(held: Vec<String>) -> impl IntoView {
    let state = form_state();
    let typed = state.all(NAME);
    let is_ticked = |name: &str| match &typed {
        Some(typed) => typed.iter().any(|word| word == name),
        None => held.iter().any(|word| word == name),
    };
    let mut groups: Vec<(&'static str, Vec<&'static Topic>)> = Vec::new();
    for topic in selectable_topics() {
        let about = topic.name.split('.').next().unwrap_or_default();
        match groups.last_mut().filter(|(group, _)| *group == about) {
            Some((_, members)) => members.push(topic),
            None => groups.push((about, vec![topic])),
        }
    }
    let groups = groups
        .into_iter()
        .map(|(group, members)| {
            let boxes = members.into_iter().map(|topic| topic_box(topic, is_ticked(topic.name))).collect_view();
            view! {
                <fieldset class="choices">
                    <legend class="choices__legend">{in_words(group)}</legend>
                    <div class="stack stack--tight">{boxes}</div>
                </fieldset>
            }
        })
        .collect_view();
    let id = id_of("topics");
    let fault = state.fault("topics", "Topics", &id);
    let all = is_ticked(ALL_TOPICS);
    view! {
        <div class="stack" id=id.clone()>
            <label class="check">
                <input type="checkbox" name=NAME value=ALL_TOPICS checked=all />
                <span>
                    "All topics, and those that come later " <span class="check__hint">"whatever is ticked below"</span>
                </span>
            </label>
            {groups}
            {fault_note(&id, fault)}
        </div>
    }
}

/// `api_key` as people read it.
fn in_words(group: &str) -> String {
    let words = group.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn topic_box(topic: &'static Topic, ticked: bool) -> impl IntoView {
    let personal = topic.is_personal.then(|| view! { <strong>" Holds personal data."</strong> });
    view! {
        <div>
            <label class="check">
                <input type="checkbox" name=NAME value=topic.name checked=ticked />
                <span>
                    <code>{topic.name}</code>
                    <span class="check__hint">" " {topic.about} {personal}</span>
                </span>
            </label>
            {sample(topic)
                .map(|sample| {
                    view! {
                        <details class="more more--inset">
                            <summary>"A sample of its data"</summary>
                            <pre class="mono small">{sample}</pre>
                        </details>
                    }
                })}
        </div>
    }
}

/// The example of its payload, as it stands in the API's document.
fn sample(topic: &Topic) -> Option<String> {
    let RefOr::T(Schema::Object(object)) = (topic.schema)() else { return None };
    let example = object.examples.into_iter().next().or(object.example)?;
    serde_json::to_string_pretty(&example).ok()
}

/// Asks once more: what waits is lost.
#[component]
pub fn DeleteWebhook() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("webhook"));
    page(async move {
        visit.staff()?.may(Permission::WebhooksWrite)?;
        let endpoint = asked(&visit, id).await?;
        let waiting = match endpoint.health.pending {
            0 => "Nothing waits to be sent.".to_owned(),
            1 => "1 message waits to be sent, and is lost.".to_owned(),
            n => format!("{} messages wait to be sent, and are lost.", thousands(n)),
        };
        Ok(view! {
            <Title text=format!("Delete {}", endpoint.name) />
            {breadcrumb(Some(&endpoint), "Delete")}
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{format!("Delete {}?", endpoint.name)}</h1>
                </div>
                <p class="admin-head__meta mono">{endpoint.url.clone()}</p>
            </header>
            <section class="panel" aria-label="Delete">
                <Form action=Delete::url() class="panel__body stack">
                    <Hidden name="webhook" value=endpoint.id.to_string() />
                    <p>"Its secrets, its keys and its log go with it, and that cannot be undone. " {waiting}</p>
                    <p>"A webhook that is paused sends nothing either, and keeps what happens for thirty days."</p>
                    <div class="form__actions">
                        <button class="button button--danger">"Delete the webhook"</button>
                        <a class="button button--quiet" href=address(endpoint.id)>
                            "Cancel"
                        </a>
                    </div>
                </Form>
            </section>
        })
    })
}
