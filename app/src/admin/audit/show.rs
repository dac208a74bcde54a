//! One entry: what it was, what it became.

use super::{HERE, all_of, in_words, page_of};
use crate::ui::{Empty, Head, Table, page, time};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use serde_json::Value;
use shop::Error;
use shop::audit::Entity;
use shop::audit_log::{self, AuditEntry, Change};
use shop::id::AuditId;

#[component]
pub fn EntryPage() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("entry"));
    page(async move {
        let id: AuditId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let entry = audit_log::get(visit.shop(), visit.staff()?, id).await?;
        let title = in_words(&entry.action);
        let page = match entry.entity_type == Entity::User {
            true if audit_log::is_about_staff(visit.shop(), visit.staff()?, &entry).await? => {
                Some(format!("/admin/staff/{}", entry.entity_id))
            }
            true => Some(format!("/admin/customers/{}", entry.entity_id)),
            false => page_of(&entry),
        };
        Ok(view! {
            <Title text=title.clone() />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href=HERE>"Audit log"</a>
                    </li>
                    <li aria-current="page">{title.clone()}</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{title}</h1>
                </div>
                <p class="admin-head__meta">{time(entry.created_at)} " · " {entry.actor_name.clone()}</p>
                <div class="admin-head__actions">
                    {page
                        .map(|href| {
                            view! {
                                <a class="button button--secondary button--small" href=href>
                                    "Open it"
                                </a>
                            }
                        })}
                    <a class="button button--secondary button--small" href=all_of(entry.entity_type, &entry.entity_id)>
                        "All of its history"
                    </a>
                </div>
            </header>
            <div class="edit">
                <div class="edit__main">{differences(&entry)}</div>
                <div class="edit__side">{facts(&entry)}</div>
            </div>
        })
    })
}

fn differences(entry: &AuditEntry) -> impl IntoView + use<> {
    let changes = entry.changes();
    let body = match changes.is_empty() {
        true => view! {
            <Empty title="Nothing but the act itself">
                <p>"This act changes no field that is written down."</p>
            </Empty>
        }
        .into_any(),
        false => {
            let rows = changes.into_iter().map(row).collect_view();
            view! {
                <Table
                    label="Changes, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <Head label="Field" />
                        <Head label="Before" />
                        <Head label="After" />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any()
        }
    };
    view! {
        <section class="panel" aria-labelledby="changes">
            <div class="panel__head">
                <h2 class="panel__title" id="changes">
                    "What changed"
                </h2>
            </div>
            {body}
        </section>
    }
}

fn row(change: Change) -> impl IntoView {
    let field = if change.field.is_empty() { "Value".to_owned() } else { change.field };
    let (was, is) = (change.before.as_ref().map(text), change.after.as_ref().map(text));
    view! {
        <tr>
            <th scope="row" class="mono">
                {field}
            </th>
            <td data-label="Before">{was.map(|was| view! { <del class="diff">{was}</del> })}</td>
            <td data-label="After">{is.map(|is| view! { <ins class="diff">{is}</ins> })}</td>
        </tr>
    }
}

/// A value as people read it; lists and what lies in them as JSON.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

fn facts(entry: &AuditEntry) -> impl IntoView + use<> {
    let given = |text: &Option<String>| text.clone().unwrap_or_else(|| "Unknown".to_owned());
    let sealed = if entry.is_sealed { "Yes, in the chain" } else { "Within a minute" };
    view! {
        <section class="panel" aria-labelledby="facts">
            <div class="panel__head">
                <h2 class="panel__title" id="facts">
                    "The act"
                </h2>
            </div>
            <div class="panel__body">
                <dl class="facts facts--stacked">
                    <dt>"By"</dt>
                    <dd>{entry.actor_name.clone()} " (" {entry.actor_type.to_string()} ")"</dd>
                    <dt>"When"</dt>
                    <dd>{time(entry.created_at)}</dd>
                    <dt>"Of what"</dt>
                    <dd>{entry.entity_type.to_string()} " " <code>{entry.entity_id.clone()}</code></dd>
                    <dt>"From the address"</dt>
                    <dd class="mono">{given(&entry.ip)}</dd>
                    <dt>"Request"</dt>
                    <dd class="mono">{given(&entry.request_id)}</dd>
                    <dt>"Sealed"</dt>
                    <dd>{sealed}</dd>
                </dl>
            </div>
        </section>
    }
}
