//! The audit log: who changed what, found by filters; one entry field by field; the last entries of one thing; the
//! file.

mod export;
mod history;
mod show;

pub use export::audit_csv;
pub use history::history;
pub use show::EntryPage;

use crate::ui::{Empty, Field, Head, Hidden, Icon, Pagination, Select, Table, date_time, page};
use crate::web::{Visit, links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use shop::audit::Entity;
use shop::audit_log::{self, AuditEntry, AuditFilter, Facets};
use shop::id::AuditId;

const HERE: &str = "/admin/audit";

fn address(id: AuditId) -> String {
    format!("{HERE}/{id}")
}

/// The address of the log with all entries of one thing.
fn all_of(kind: Entity, id: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("entityType", kind.word()).append_pair("entityId", id);
    format!("{}?{}", HERE, query.finish())
}

/// What the address asks for; the file has the same.
fn filter(visit: &Visit) -> AuditFilter {
    AuditFilter {
        actor: visit.param("actor"),
        action: visit.param("action"),
        entity_type: visit.param("entityType"),
        entity_id: visit.param("entityId"),
        search: visit.param("q"),
        from: visit.param("from"),
        to: visit.param("until"),
        page: links::page_number(visit).to_string().into(),
        limit: "50".into(),
    }
}

#[component]
pub fn AuditLog() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let filter = filter(&visit);
        let found = audit_log::list(shop, staff, &filter).await?;
        let facets = audit_log::facets(shop, staff).await?;
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let rows = found.items.iter().map(row).collect_view();
        let filtered = visit.pairs().iter().any(|(key, value)| key != "page" && !value.is_empty());
        let list = match total {
            0 if filtered => view! {
                <Empty title="No entry fits">
                    <p>"Try fewer words, or another filter."</p>
                </Empty>
            }
            .into_any(),
            0 => view! {
                <Empty title="No entries yet">
                    <p>"Whatever is changed stands here from then on."</p>
                </Empty>
            }
            .into_any(),
            _ => view! {
                <Table
                    label="Entries, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <Head label="What" />
                        <Head label="Of what" />
                        <Head label="By" />
                        <Head label="Fields" number=true />
                        <Head label="When" />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let csv = match links::with(&visit, &[("page", "")]).split_once('?') {
            Some((_, query)) => format!("/admin/audit.csv?{query}"),
            None => "/admin/audit.csv".to_owned(),
        };
        let turn = visit.clone();
        Ok(view! {
            <Title text="Audit log" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Audit log"</h1>
                </div>
                <p class="admin-head__meta">{entries(total)}</p>
                <div class="admin-head__actions">
                    <a class="button button--secondary button--small" href=csv>
                        <Icon name="down" />
                        "Save as CSV"
                    </a>
                </div>
            </header>
            <section class="panel" aria-label="Audit log">
                {toolbar(&filter, facets, filtered)}
                {list}
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn entries(n: i64) -> String {
    match n {
        1 => "1 entry".to_owned(),
        n => format!("{} entries", crate::ui::thousands(n)),
    }
}

fn toolbar(filter: &AuditFilter, facets: Facets, filtered: bool) -> impl IntoView + use<> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let options = |known: Vec<(String, String)>, chosen: &str| {
        let mut options = vec![(String::new(), "Any".to_owned())];
        // one that is older than what the facets look at is kept
        if !chosen.is_empty() && !known.iter().any(|(word, _)| word == chosen) {
            options.push((chosen.to_owned(), in_words(chosen)));
        }
        options.extend(known);
        options
    };
    let (action, entity) = (text(&filter.action), text(&filter.entity_type));
    let actions = facets.actions.into_iter().map(|word| (word.clone(), in_words(&word))).collect();
    let entities = facets.entity_types.iter().map(|kind| (kind.word().to_owned(), kind.to_string())).collect();
    let (actions, entities) = (options(actions, &action), options(entities, &entity));
    let one = filter.entity_id.clone().filter(|id| !id.is_empty());
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=text(&filter.search)
                placeholder="Name, value, id"
                class="toolbar__search"
            />
            <Field name="actor" label="By" value=text(&filter.actor) placeholder="Name or id" />
            <Select name="action" label="What" options=actions value=action />
            <Select name="entityType" label="Of what" options=entities value=entity />
            <Field name="from" label="From" kind="date" value=text(&filter.from) />
            <Field name="until" label="Until" kind="date" value=text(&filter.to) />
            {one.map(|id| view! { <Hidden name="entityId" value=id /> })}
            <button class="button button--secondary">"Filter"</button>
            {filtered
                .then(|| {
                    view! {
                        <a class="button button--quiet" href=HERE>
                            "Clear"
                        </a>
                    }
                })}
        </form>
    }
}

/// `product.picture_retry` as people read it: `Product: picture retry`.
fn in_words(action: &str) -> String {
    let words = action.replacen('.', ": ", 1).replace('_', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn row(entry: &AuditEntry) -> impl IntoView + use<> {
    let changes = i64::try_from(entry.changes().len()).unwrap_or(i64::MAX);
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=address(entry.id)>
                    {in_words(&entry.action)}
                </a>
            </th>
            <td data-label="Of what">{thing(entry)}</td>
            <td data-label="By">
                {entry.actor_name.clone()} <span class="table__sub">{entry.actor_type.to_string()}</span>
            </td>
            <td class="num" data-label="Fields">
                {changes}
            </td>
            <td data-label="When" class="nowrap">
                {date_time(entry.created_at)}
            </td>
        </tr>
    }
}

/// The name of the thing, as far as the entry holds it, and its id, which leads to all of its entries.
fn thing(entry: &AuditEntry) -> impl IntoView + use<> {
    let sides = [&entry.after, &entry.before];
    let field = |name: &str| sides.iter().find_map(|side| side.as_ref()?.get(name)?.as_str()).map(str::to_owned);
    let name = field("name").or_else(|| field("email")).or_else(|| field("number"));
    let kind = entry.entity_type.to_string();
    let words = name.map_or_else(|| kind.clone(), |name| format!("{kind} {name}"));
    view! {
        {words}
        <span class="table__sub mono">
            <a href=all_of(entry.entity_type, &entry.entity_id)>{entry.entity_id.clone()}</a>
        </span>
    }
}

/// Where a thing is looked after, if it has a page of its own. (That of a user depends on who it is.)
fn page_of(entry: &AuditEntry) -> Option<String> {
    let id = &entry.entity_id;
    Some(match entry.entity_type {
        Entity::Product => format!("/admin/products/{id}"),
        Entity::Category => format!("/admin/categories/{id}"),
        Entity::Variant => format!("/admin/inventory/{id}"),
        Entity::Role => format!("/admin/roles/{id}"),
        Entity::ApiKey => format!("/admin/api-keys/{id}"),
        Entity::PaymentDifference => format!("/admin/payments/differences/{id}"),
        _ => return None,
    })
}
