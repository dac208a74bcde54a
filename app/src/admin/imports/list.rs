//! Past imports, below the form for another one.

use super::{HERE, address, named, send};
use crate::ui::{Empty, Field, Head, Hidden, Pagination, SortHead, StatusBadge, Table, date_time, page, thousands};
use crate::web::{Visit, links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use shop::Paging;
use shop::catalog::import::desk::{self, ImportLine, ImportQuery, ImportStatus};

#[component]
pub fn Imports() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let oldest = visit.param("sort").as_deref() == Some("created:asc");
        let query = ImportQuery {
            search: visit.param("q").unwrap_or_default(),
            status: visit.param("status").and_then(|word| ImportStatus::listed(&word)),
            oldest,
            paging: Paging::new(links::page_number(&visit), 25),
        };
        let found = desk::list(visit.shop(), visit.staff()?, &query).await?;
        let (shown, pages) = (found.page, found.total_pages());
        let filtered = !query.search.trim().is_empty() || query.status.is_some();
        let list = match found.items.is_empty() {
            true => nothing(&visit, found.total, filtered),
            false => table(oldest, found.items),
        };
        let (form, tabs) = (send::form(&visit), tabs(&visit, query.status));
        Ok(view! {
            <Title text="Import" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Import"</h1>
                </div>
                <p class="admin-head__meta">
                    "Products from a CSV file as Shopify exports them. The same file twice changes nothing, and what a file does not name stays."
                </p>
            </header>
            {form}
            {tabs}
            <section class="panel" aria-label="Past imports">
                {toolbar(&query, filtered)}
                {list}
                <Pagination page=shown pages=pages href=move |n| links::with(&visit, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn tabs(visit: &Visit, now: Option<ImportStatus>) -> impl IntoView + use<> {
    let tab = |status: Option<ImportStatus>| {
        let href = links::with(visit, &[("status", status.map(ImportStatus::word).unwrap_or_default())]);
        let text = status.map_or_else(|| "All imports".to_owned(), |status| status.to_string());
        view! {
            <a class="tabs__link" href=href aria-current=(now == status).then_some("page")>
                {text}
            </a>
        }
    };
    let some = ImportStatus::LISTED.map(|status| tab(Some(status)));
    view! {
        <nav class="tabs" aria-label="Status">
            {tab(None)}
            {some.into_iter().collect_view()}
        </nav>
    }
}

fn toolbar(query: &ImportQuery, filtered: bool) -> impl IntoView + use<> {
    let (status, oldest) = (query.status, query.oldest);
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=query.search.clone()
                placeholder="File or sender"
                class="toolbar__search"
            />
            {status.map(|status| view! { <Hidden name="status" value=status.word() /> })}
            {oldest.then(|| view! { <Hidden name="sort" value="created:asc" /> })}
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

fn nothing(visit: &Visit, total: i64, filtered: bool) -> AnyView {
    match (total, filtered) {
        (0, true) => view! {
            <Empty title="No import fits">
                <p>"Try fewer words, or another status."</p>
            </Empty>
        }
        .into_any(),
        (0, false) => view! {
            <Empty title="None so far">
                <p>"What comes of each import stays here."</p>
            </Empty>
        }
        .into_any(),
        _ => {
            let first = links::with(visit, &[("page", "")]);
            view! {
                <Empty title="The list is shorter than that">
                    <p>
                        <a href=first>"To the first page"</a>
                    </p>
                </Empty>
            }
            .into_any()
        }
    }
}

fn table(oldest: bool, lines: Vec<ImportLine>) -> AnyView {
    let now = if oldest { "created:asc" } else { "created:desc" };
    let rows = lines.into_iter().map(row).collect_view();
    let head = view! {
        <Head label="File" />
        <Head label="Status" />
        <Head label="Created" number=true />
        <Head label="Updated" number=true />
        <Head label="Unchanged" number=true />
        <Head label="Left out" number=true />
        <SortHead label="Sent" up="created:asc" down="created:desc" now=now />
    };
    view! {
        <Table label="Imports, scrolls sideways" class="table table--cards" head=head>
            {rows}
        </Table>
    }
    .into_any()
}

fn row(line: ImportLine) -> impl IntoView {
    let name = named(&line.file_name);
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=address(line.id)>
                    {name}
                </a>
            </th>
            <td data-label="Status">
                <StatusBadge status=line.status />
            </td>
            <td data-label="Created" class="num">
                {thousands(line.created)}
            </td>
            <td data-label="Updated" class="num">
                {thousands(line.updated)}
            </td>
            <td data-label="Unchanged" class="num">
                {thousands(line.unchanged)}
            </td>
            <td data-label="Left out" class="num">
                {thousands(line.failures)}
            </td>
            <td data-label="Sent">
                <span class="nowrap">{date_time(line.created_at)}</span>
                <span class="table__sub">{line.staff_name}</span>
            </td>
        </tr>
    }
}
