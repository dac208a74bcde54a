//! Pictures that imports named by address: what became of them, and trying those again that did not come.

use super::address;
use crate::ui::{
    Empty, Field, Form, Head, Hidden, Icon, Notice, Pagination, SortHead, StatusBadge, Table, counted, date_time, page,
    thousands,
};
use crate::web::flash::Tone;
use crate::web::{Done, Next, Visit, form, links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::Paging;
use shop::accounts::Permission;
use shop::catalog::images::{
    FetchLine, FetchList, FetchQuery, FetchRow, FetchSort, FetchStatus, Retry, fetch_list, retry_fetches,
};
use shop::id::FetchId;

pub const HERE: &str = "/admin/products/pictures";

#[server]
pub async fn try_again(fetch: FetchId) -> Done {
    form(|visit| async move { Ok(retried(retry_fetches(visit.shop(), visit.staff()?, Retry::One(fetch)).await?)) })
        .await
}

#[server]
pub async fn try_all_again() -> Done {
    form(|visit| async move { Ok(retried(retry_fetches(visit.shop(), visit.staff()?, Retry::All).await?)) }).await
}

fn retried(again: usize) -> Next {
    match again {
        0 => Next::back().tell(Tone::Info, "Nothing had failed: it is tried already, or it came."),
        1 => Next::back().say("It is tried again in a moment."),
        n => Next::back().say(format!("{n} pictures are tried again, one after the other.")),
    }
}

#[component]
pub fn Fetches() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let query = FetchQuery {
            search: visit.param("q").unwrap_or_default(),
            status: visit.param("status").and_then(|word| FetchStatus::parse(&word)),
            sort: visit.param("sort").and_then(|word| FetchSort::parse(&word)).unwrap_or_default(),
            paging: Paging::new(links::page_number(&visit), 50),
        };
        let found = fetch_list(visit.shop(), staff, &query).await?;
        let may_write = staff.can(Permission::CatalogWrite);
        let filtered = !query.search.trim().is_empty() || query.status.is_some();
        let (total, shown, pages) = (found.page.total, found.page.page, found.page.total_pages());
        let all = (may_write && found.count(Some(FetchStatus::Failed)) > 0).then(|| {
            view! {
                <Form action=TryAllAgain::url() class="admin-head__actions">
                    <button class="button button--small">
                        <Icon name="refund" />
                        "Try all that failed again"
                    </button>
                </Form>
            }
        });
        let tabs = tabs(&visit, query.status, &found);
        let list = match found.page.items.is_empty() {
            true => nothing(&visit, total, filtered),
            false => table(&query, found.page.items, may_write),
        };
        Ok(view! {
            <Title text="Pictures by address" />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href="/admin/products">"Products"</a>
                    </li>
                    <li aria-current="page">"Pictures by address"</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Pictures by address"</h1>
                </div>
                <p class="admin-head__meta">
                    "An import may name pictures by their address. They are fetched in the background, and listed here."
                </p>
                {all}
            </header>
            {tabs}
            <section class="panel" aria-label="Pictures by address">
                {toolbar(&query, filtered)}
                {list}
                <Pagination page=shown pages=pages href=move |n| links::with(&visit, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn tabs(visit: &Visit, now: Option<FetchStatus>, found: &FetchList) -> impl IntoView + use<> {
    let tab = |status: Option<FetchStatus>| {
        let href = links::with(visit, &[("status", status.map(FetchStatus::word).unwrap_or_default())]);
        let text = status.map_or_else(|| "All".to_owned(), |status| status.to_string());
        view! {
            <a class="tabs__link" href=href aria-current=(now == status).then_some("page")>
                {text}
                " "
                <span class="tabs__count">{thousands(found.count(status))}</span>
            </a>
        }
    };
    let some = FetchStatus::ALL.map(|status| tab(Some(status)));
    view! {
        <nav class="tabs" aria-label="Status">
            {tab(None)}
            {some.into_iter().collect_view()}
        </nav>
    }
}

fn toolbar(query: &FetchQuery, filtered: bool) -> impl IntoView + use<> {
    let (status, sort) = (query.status, query.sort);
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=query.search.clone()
                placeholder="Product or address"
                class="toolbar__search"
            />
            {status.map(|status| view! { <Hidden name="status" value=status.word() /> })}
            {(sort != FetchSort::default()).then(|| view! { <Hidden name="sort" value=sort.word() /> })}
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
            <Empty title="No picture fits">
                <p>"Try fewer words, or another status."</p>
            </Empty>
        }
        .into_any(),
        (0, false) => view! {
            <Empty title="None so far">
                <p>"No import named a picture by its address."</p>
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

fn table(query: &FetchQuery, lines: Vec<FetchLine>, may_write: bool) -> AnyView {
    let now = query.sort.word();
    let rows = lines.into_iter().map(|line| row(line, may_write)).collect_view();
    let head = view! {
        <SortHead label="Product" up="name:asc" down="name:desc" now=now />
        <Head label="Status" />
        <Head label="Address" />
        <SortHead label="Asked for" up="created:asc" down="created:desc" now=now />
        <Head label="Actions" unseen=true />
    };
    view! {
        <Table label="Pictures, scrolls sideways" class="table table--cards" head=head>
            {rows}
        </Table>
    }
    .into_any()
}

fn row(line: FetchLine, may_write: bool) -> impl IntoView {
    let failed = line.status == FetchStatus::Failed;
    let retry = (may_write && failed).then(|| {
        let of = format!(" {}", line.product_name);
        view! {
            <Form action=TryAgain::url() class="table__actions">
                <Hidden name="fetch" value=line.id.to_string() />
                <button class="button button--secondary button--small">
                    "Try again" <span class="visually-hidden">{of}</span>
                </button>
            </Form>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=address(line.product)>
                    {line.product_name.clone()}
                </a>
            </th>
            <td data-label="Status">
                <StatusBadge status=line.status />
            </td>
            <td data-label="Address" class="fetch">
                <span class="fetch__url">{line.url}</span>
                {line.reason.map(|why| view! { <span class="table__sub">{sentence(&why)}</span> })}
            </td>
            <td data-label="Asked for" class="nowrap">
                {date_time(line.created_at)}
            </td>
            <td>{retry}</td>
        </tr>
    }
}

/// `the server answered 404` is "The server answered 404."
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// On the page of a product: what is still to come, and what did not.
pub fn of_product(name: &str, rows: Vec<FetchRow>) -> impl IntoView + use<> {
    let count = |status| rows.iter().filter(|row| row.status == status).count() as i64;
    let (waiting, failed) = (count(FetchStatus::Pending), count(FetchStatus::Failed));
    let tone = if failed > 0 { Tone::Warning } else { Tone::Info };
    let words = match (waiting, failed) {
        (0, failed) => format!("{} could not be fetched.", counted(failed, "picture")),
        (waiting, 0) => format!("{} still to be fetched.", counted(waiting, "picture")),
        (waiting, failed) => {
            format!("{} could not be fetched, {waiting} still to come.", counted(failed, "picture"))
        }
    };
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", name).finish();
    (waiting + failed > 0).then(|| {
        view! {
            <Notice tone=tone>
                <p>{words} " " <a href=format!("{HERE}?{query}")>"Pictures by address"</a></p>
            </Notice>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn says_why_in_a_sentence() {
        assert_eq!(sentence("the server answered 404 Not Found"), "The server answered 404 Not Found.");
        assert_eq!(sentence(""), ".");
    }
}
