//! API keys: the list, making one, and one with all that is known of it.

mod acts;
mod new;
mod show;

pub use new::NewKey;
pub use show::{KeyPage, RevokeKey};

use crate::ui::{
    Empty, Field, Head, Hidden, Icon, Pagination, Select, SortHead, StatusBadge, Table, counted, date, date_time, page,
};
use crate::web::{links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use shop::Paging;
use shop::accounts::api_keys::{self, ApiKey, KeyQuery, KeySort, KeyState};
use shop::id::ApiKeyId;

const HERE: &str = "/admin/api-keys";

fn address(id: ApiKeyId) -> String {
    format!("{HERE}/{id}")
}

#[component]
pub fn ApiKeys() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let query = KeyQuery {
            search: visit.param("q").unwrap_or_default(),
            state: visit.param("state").and_then(|word| KeyState::parse(&word)),
            sort: visit.param("sort").and_then(|word| KeySort::parse(&word)).unwrap_or_default(),
            paging: Paging::new(links::page_number(&visit), 50),
        };
        let found = api_keys::list(visit.shop(), visit.staff()?, &query).await?;
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let rows = found.items.into_iter().map(row).collect_view();
        let sort = query.sort.word();
        let filtered = !query.search.trim().is_empty() || query.state.is_some();
        let list = match total {
            0 if filtered => view! {
                <Empty title="No key fits">
                    <p>"Try fewer words, or another filter."</p>
                </Empty>
            }
            .into_any(),
            0 => view! {
                <Empty title="No keys yet">
                    <p>"A key lets another program see orders, for instance, or receive goods."</p>
                </Empty>
            }
            .into_any(),
            _ => view! {
                <Table
                    label="API keys, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <SortHead label="Name" up="name:asc" down="name:desc" now=sort />
                        <Head label="State" />
                        <Head label="Scopes" number=true />
                        <Head label="Made by" />
                        <SortHead label="Made" up="created:asc" down="created:desc" now=sort />
                        <SortHead label="Last used" up="used:asc" down="used:desc" now=sort />
                        <Head label="Ends" />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let turn = visit.clone();
        Ok(view! {
            <Title text="API keys" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"API keys"</h1>
                </div>
                <p class="admin-head__meta">{counted(total, "key")} " for other programs"</p>
                <div class="admin-head__actions">
                    <a class="button button--small" href="/admin/api-keys/new">
                        <Icon name="plus" />
                        "New key"
                    </a>
                </div>
            </header>
            <section class="panel" aria-label="API keys">
                {toolbar(&query, filtered)}
                {list}
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn toolbar(query: &KeyQuery, filtered: bool) -> impl IntoView + use<> {
    let any = [(String::new(), "Any".to_owned())];
    let states = KeyState::ALL.map(|state| (state.word().to_owned(), state.to_string()));
    let states = any.into_iter().chain(states).collect();
    let sort = query.sort;
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=query.search.clone()
                placeholder="Name, beginning, maker"
                class="toolbar__search"
            />
            <Select
                name="state"
                label="State"
                options=states
                value=query.state.map(KeyState::word).unwrap_or_default()
            />
            {(sort != KeySort::default()).then(|| view! { <Hidden name="sort" value=sort.word() /> })}
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

fn row(key: ApiKey) -> impl IntoView {
    let ends = key.expires_at.map_or_else(|| "Never".into_any(), |at| date(at).into_any());
    let used = key.last_used_at.map_or_else(|| "Never".into_any(), |at| date_time(at).into_any());
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=address(key.id)>
                    {key.name}
                </a>
                <span class="table__sub mono">{key.prefix} "…"</span>
            </th>
            <td data-label="State">
                <StatusBadge status=key.state />
            </td>
            <td class="num" data-label="Scopes">
                {key.scopes.len()}
            </td>
            <td data-label="Made by">{maker(key.created_by)}</td>
            <td data-label="Made" class="nowrap">
                {date(key.created_at)}
            </td>
            <td data-label="Last used" class="nowrap">
                {used}
            </td>
            <td data-label="Ends" class="nowrap">
                {ends}
            </td>
        </tr>
    }
}

fn maker(email: Option<String>) -> String {
    email.unwrap_or_else(|| "At the terminal".to_owned())
}
