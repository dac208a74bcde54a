//! Where Stripe's statement and our books differ: the list.

use super::acts::{Compare, Repair as SendRepair};
use super::{file, rooms};
use crate::ui::{
    Empty, Field, Form, Head, Hidden, Icon, Notice, Pagination, Select, Table, date_time, page, thousands,
};
use crate::web::flash::Tone;
use crate::web::{Visit, links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::Paging;
use shop::accounts::Permission;
use shop::payments::{
    self, ComparisonSummary, Difference, DifferenceKind, DifferenceQuery, DifferenceStatus, Repair, StatementProgress,
};

const HERE: &str = "/admin/payments/differences";

/// What the address asks for; the file has the same. Open ones, unless it says otherwise.
pub fn query(visit: &Visit) -> DifferenceQuery {
    let status = match visit.param("status").as_deref() {
        None | Some("") => Some(DifferenceStatus::Open),
        Some(word) => DifferenceStatus::parse(word),
    };
    DifferenceQuery {
        search: visit.param("q").unwrap_or_default(),
        status,
        kind: visit.param("kind").and_then(|word| DifferenceKind::parse(&word)),
        paging: Paging::new(links::page_number(visit), 50),
    }
}

#[component]
pub fn Differences() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let query = query(&visit);
        let found = payments::differences(visit.shop(), staff, &query).await?;
        let summary = payments::comparison_summary(visit.shop(), staff).await?;
        let may_repair = staff.can(Permission::OrdersRefund);
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let filtered = !query.search.trim().is_empty() || query.kind.is_some();
        let rows = found.items.into_iter().map(|one| row(one, may_repair)).collect_view();
        let list = match total {
            0 => nothing(&query, filtered, &summary.progress),
            _ => view! {
                <Table
                    label="Differences, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <Head label="What" />
                        <Head label="Order" />
                        <Head label="At Stripe" number=true />
                        <Head label="In our books" number=true />
                        <Head label="Found" />
                        <Head label="Repair" unseen=true />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let csv = file(&visit, "/admin/payments/differences.csv");
        Ok(view! {
            <Title text="Differences from Stripe" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Differences from Stripe"</h1>
                </div>
                <p class="admin-head__meta">{as_of(&summary.progress)}</p>
                <div class="admin-head__actions">
                    <Form action=Compare::url() class="">
                        <button class="button button--secondary button--small">
                            <Icon name="refund" />
                            "Compare now"
                        </button>
                    </Form>
                    <a class="button button--secondary button--small" href=csv>
                        <Icon name="down" />
                        "Save as CSV"
                    </a>
                </div>
            </header>
            {rooms(true, summary.open)}
            {not_reached(&summary.progress)}
            {statuses(&visit, &query, &summary)}
            <section class="panel" aria-label="Differences">
                {toolbar(&query, filtered)}
                {list}
                <Pagination page=shown pages=pages href=move |n| links::with(&visit, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

pub fn as_of(progress: &StatementProgress) -> String {
    match progress.read_at {
        Some(at) => format!("Stripe’s statement was last compared with our books on {}.", date_time(at)),
        None => "Stripe’s statement was not compared with our books yet.".to_owned(),
    }
}

/// Stripe could not be reached, or refuses our key: what is shown is as old as it says above.
fn not_reached(progress: &StatementProgress) -> impl IntoView + use<> {
    progress.failure.clone().map(|why| {
        view! {
            <Notice tone=Tone::Warning title="Stripe’s statement cannot be read at the moment">
                <p>"It is tried again every few minutes. What is listed is as of the last time."</p>
                <p class="muted">{why}</p>
            </Notice>
        }
    })
}

fn nothing(query: &DifferenceQuery, filtered: bool, progress: &StatementProgress) -> AnyView {
    if filtered {
        return view! {
            <Empty title="No difference fits">
                <p>"Try fewer words, or another filter."</p>
            </Empty>
        }
        .into_any();
    }
    match (query.status, progress.read_at) {
        (Some(DifferenceStatus::Open), None) => {
            view! {
                <Empty title="Not compared yet">
                    <p>"The first comparison is made within five minutes."</p>
                </Empty>
            }
                .into_any()
        }
        (Some(DifferenceStatus::Open), Some(_)) => view! {
            <Empty title="The books agree">
                <p>
                    "Each payment and refund at Stripe has its own in our books, with the same amount, and the other way round."
                </p>
            </Empty>
        }
        .into_any(),
        _ => view! { <Empty title="None so far" /> }.into_any(),
    }
}

/// Those not of this shop are a tab of their own: they are another program's.
fn statuses(visit: &Visit, query: &DifferenceQuery, summary: &ComparisonSummary) -> impl IntoView + use<> {
    let foreign = query.kind == Some(DifferenceKind::ForeignPayment);
    let tab = |status: DifferenceStatus, count: i64| {
        let word = if status == DifferenceStatus::Open { "" } else { status.word() };
        let kind = if foreign { "" } else { query.kind.map(DifferenceKind::word).unwrap_or_default() };
        let href = links::with(visit, &[("status", word), ("kind", kind)]);
        let here = !foreign && query.status == Some(status);
        view! {
            <a class="tabs__link" href=href aria-current=here.then_some("page")>
                {status.to_string()}
                " "
                <span class="tabs__count">{thousands(count)}</span>
            </a>
        }
    };
    let apart = links::with(visit, &[("status", ""), ("kind", DifferenceKind::ForeignPayment.word())]);
    view! {
        <nav class="tabs" aria-label="Status">
            {tab(DifferenceStatus::Open, summary.open)}
            {tab(DifferenceStatus::Dismissed, summary.dismissed)}
            {tab(DifferenceStatus::Resolved, summary.resolved)}
            <a class="tabs__link" href=apart aria-current=foreign.then_some("page")>
                "Not of this shop "
                <span class="tabs__count">{thousands(summary.foreign)}</span>
            </a>
        </nav>
    }
}

fn toolbar(query: &DifferenceQuery, filtered: bool) -> impl IntoView + use<> {
    let any = [(String::new(), "Any".to_owned())];
    let kinds = DifferenceKind::ALL.iter().map(|kind| (kind.word().to_owned(), kind.to_string()));
    let kinds = any.into_iter().chain(kinds).collect();
    let status = query.status.filter(|status| *status != DifferenceStatus::Open);
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=query.search.clone()
                placeholder="Order, Stripe’s id"
                class="toolbar__search"
            />
            <Select
                name="kind"
                label="What"
                options=kinds
                value=query.kind.map(DifferenceKind::word).unwrap_or_default()
            />
            {status.map(|status| view! { <Hidden name="status" value=status.word() /> })}
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

fn row(one: Difference, may_repair: bool) -> impl IntoView {
    let href = format!("{HERE}/{}", one.id);
    let nothing = || "nothing".to_owned();
    let (theirs, ours) = (one.their_amount().unwrap_or_else(nothing), one.our_amount().unwrap_or_else(nothing));
    let is_open = one.status == DifferenceStatus::Open;
    // what cannot be taken back is done where all that is known stands beside it
    let harmless = |how: &&Repair| !how.is_final();
    let first = one.repairs().first().filter(|_| is_open && may_repair).filter(harmless);
    let actions = first.map(|how| button(&one, *how, "button button--small"));
    let outcome = (!is_open).then(|| outcome(&one));
    let reference = one.provider_refund.or(one.intent);
    let order = match one.number {
        Some(number) => view! { <a href=format!("/admin/orders/{number}")>{number.clone()}</a> }.into_any(),
        None => view! { <span class="muted">"none"</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=href.clone()>
                    {one.kind.to_string()}
                </a>
                {reference.map(|id| view! { <span class="table__sub mono reference">{id}</span> })}
            </th>
            <td data-label="Order" class="nowrap">
                {order}
            </td>
            <td class="num" data-label="At Stripe">
                {theirs}
            </td>
            <td class="num" data-label="In our books">
                {ours}
            </td>
            <td data-label="Found">
                <span class="nowrap">{date_time(one.opened_at)}</span>
                {outcome.map(|text| view! { <span class="table__sub">{text}</span> })}
            </td>
            <td>
                <div class="table__actions">
                    {actions} <a class="button button--secondary button--small" href=href>
                        "Look"
                        <span class="visually-hidden">{format!(" at: {}", one.kind)}</span>
                    </a>
                </div>
            </td>
        </tr>
    }
}

/// What became of one that is over.
pub fn outcome(one: &Difference) -> String {
    let by = one.repair_by.as_deref().map(|name| format!(" by {name}")).unwrap_or_default();
    match (one.status, one.repair) {
        (DifferenceStatus::Open, _) => "Open".to_owned(),
        (DifferenceStatus::Dismissed, _) => format!("Dismissed{by}: {}", one.reason.as_deref().unwrap_or_default()),
        (DifferenceStatus::Resolved, Some(_)) => format!("Repaired{by}"),
        (DifferenceStatus::Resolved, None) => "Closed by itself".to_owned(),
    }
}

/// The button that repairs it.
pub fn button(one: &Difference, how: Repair, class: &'static str) -> impl IntoView + use<> {
    let id = one.id.to_string();
    view! {
        <Form action=SendRepair::url() class="">
            <Hidden name="difference" value=id />
            <Hidden name="how" value=how.word() />
            <button class=class>{how.to_string()}</button>
        </Form>
    }
}
