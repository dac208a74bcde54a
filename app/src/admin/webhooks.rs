//! Webhooks: the list, making and changing one, and one with its keys and all that was sent to it.

mod acts;
mod delivery;
mod edit;
mod keys;
mod log;
mod replay;
mod show;

pub use delivery::DeliveryPage;
pub use edit::{DeleteWebhook, EditWebhook, NewWebhook};
pub use replay::ReplayPage;
pub use show::WebhookPage;

use crate::ui::{
    Empty, Field, Head, Icon, Pagination, Select, StatusBadge, Table, counted, date_time, page, thousands,
};
use crate::web::{Visit, links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use shop::accounts::Permission;
use shop::id::WebhookId;
use shop::webhooks::{self, ALL_TOPICS, Endpoint, EndpointQuery, EndpointState};
use shop::{Error, Paging};

const HERE: &str = "/admin/webhooks";

fn address(id: WebhookId) -> String {
    format!("{HERE}/{id}")
}

/// The webhook that a page is about.
async fn asked(visit: &Visit, id: Option<String>) -> shop::Result<Endpoint> {
    let id: WebhookId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
    webhooks::endpoint(visit.shop(), visit.staff()?, id).await
}

fn breadcrumb(of: Option<&Endpoint>, last: &'static str) -> impl IntoView + use<> {
    let step = of.map(|endpoint| {
        view! {
            <li>
                <a href=address(endpoint.id)>{endpoint.name.clone()}</a>
            </li>
        }
    });
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                <li>
                    <a href=HERE>"Webhooks"</a>
                </li>
                {step}
                <li aria-current="page">{last}</li>
            </ol>
        </nav>
    }
}

fn topics_in_words(topics: &[String]) -> String {
    match topics {
        [all] if all == ALL_TOPICS => "All topics".to_owned(),
        [one] => one.clone(),
        several => counted(i64::try_from(several.len()).unwrap_or(i64::MAX), "topic"),
    }
}

#[component]
pub fn Webhooks() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let query = EndpointQuery {
            search: visit.param("q").unwrap_or_default(),
            state: visit.param("state").and_then(|word| EndpointState::parse(&word)),
            paging: Paging::new(links::page_number(&visit), 50),
        };
        let found = webhooks::endpoints(visit.shop(), staff, &query).await?;
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let filtered = !query.search.trim().is_empty() || query.state.is_some();
        let rows = found.items.into_iter().map(row).collect_view();
        let list = match total {
            0 if filtered => view! {
                <Empty title="No webhook fits">
                    <p>"Try fewer words, or another filter."</p>
                </Empty>
            }
            .into_any(),
            0 => view! {
                <Empty title="No webhooks yet">
                    <p>
                        "A webhook posts what happens in the shop to another program: that an order was paid, for instance, to your accounts."
                    </p>
                </Empty>
            }
            .into_any(),
            _ => view! {
                <Table
                    label="Webhooks, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <Head label="Name" />
                        <Head label="State" />
                        <Head label="Topics" />
                        <Head label="Delivered today" number=true />
                        <Head label="Waiting" number=true />
                        <Head label="Dead" number=true />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let new = staff.can(Permission::WebhooksWrite).then(|| {
            view! {
                <div class="admin-head__actions">
                    <a class="button button--small" href="/admin/webhooks/new">
                        <Icon name="plus" />
                        "New webhook"
                    </a>
                </div>
            }
        });
        let turn = visit.clone();
        Ok(view! {
            <Title text="Webhooks" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Webhooks"</h1>
                </div>
                <p class="admin-head__meta">{counted(total, "webhook")} " that tell other programs what happens"</p>
                {new}
            </header>
            <section class="panel" aria-label="Webhooks">
                {toolbar(&query, filtered)}
                {list}
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn toolbar(query: &EndpointQuery, filtered: bool) -> impl IntoView + use<> {
    let any = [(String::new(), "Any".to_owned())];
    let states = EndpointState::ALL.map(|state| (state.word().to_owned(), state.to_string()));
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=query.search.clone()
                placeholder="Name or address"
                class="toolbar__search"
            />
            <Select
                name="state"
                label="State"
                options=any.into_iter().chain(states).collect()
                value=query.state.map(EndpointState::word).unwrap_or_default()
            />
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

fn row(endpoint: Endpoint) -> impl IntoView {
    let waits = endpoint.health.oldest_pending.map(|at| {
        view! { <span class="table__sub nowrap">"since " {date_time(at)}</span> }
    });
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=address(endpoint.id)>
                    {endpoint.name}
                </a>
                <span class="table__sub mono">{endpoint.url}</span>
            </th>
            <td data-label="State">
                <StatusBadge status=endpoint.state />
            </td>
            <td data-label="Topics">{topics_in_words(&endpoint.topics)}</td>
            <td class="num" data-label="Delivered today">
                {thousands(endpoint.health.delivered)}
            </td>
            <td class="num" data-label="Waiting">
                {thousands(endpoint.health.pending)}
                {waits}
            </td>
            <td class="num" data-label="Dead">
                {thousands(endpoint.health.dead)}
            </td>
        </tr>
    }
}
