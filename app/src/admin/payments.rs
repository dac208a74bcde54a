//! Payments: the list of them all with what they come to, where Stripe's statement differs from our books, and both as
//! files.

mod acts;
mod difference;
mod differences;
mod export;

pub use difference::DifferencePage;
pub use differences::Differences;
pub use export::{differences_csv, payments_csv};

use crate::ui::{
    Empty, Field, Head, Hidden, Icon, LiveList, Pagination, Select, SortHead, StatusBadge, Table, counted, date_time,
    page, thousands,
};
use crate::web::live::follows_one;
use crate::web::{Visit, links, use_visit};
use crate::words::locale;
use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_meta::Title;
use shop::accounts::Permission;
use shop::live::LiveTopic;
use shop::payments::{self, Method, PaymentQuery, PaymentRow, PaymentSort, PaymentState, Totals};
use shop::{Money, Paging};

const HERE: &str = "/admin/payments";

/// What the address asks for; the file has the same.
fn query(visit: &Visit) -> PaymentQuery {
    let day = |name: &str| visit.param(name).and_then(|text| text.parse::<NaiveDate>().ok());
    PaymentQuery {
        search: visit.param("q").unwrap_or_default(),
        status: visit.param("status").and_then(|word| PaymentState::parse(&word)),
        method: visit.param("method").and_then(|word| Method::parse(&word)),
        from: day("from"),
        until: day("until"),
        sort: visit.param("sort").and_then(|word| PaymentSort::parse(&word)).unwrap_or_default(),
        paging: Paging::new(links::page_number(visit), 50),
        customer: None,
    }
}

/// The address of a file with what this page shows.
fn file(visit: &Visit, path: &str) -> String {
    let query = links::with(visit, &[("sort", ""), ("page", "")]);
    match query.split_once('?') {
        Some((_, query)) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

#[component]
pub fn Payments() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let follows = follows_one(&visit, LiveTopic::AdminPayments).await?;
        let query = query(&visit);
        let found = payments::list(visit.shop(), staff, &query).await?;
        let sums = payments::totals(visit.shop(), staff, &query).await?;
        let open = payments::comparison_summary(visit.shop(), staff).await?.open;
        let may_see_orders = staff.can(Permission::OrdersRead);
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let filtered = visit.pairs().iter().any(|(key, value)| key != "sort" && key != "page" && !value.is_empty());
        let rows = found.items.into_iter().map(|payment| row(payment, may_see_orders)).collect_view();
        let sort = query.sort.word();
        let list = match total {
            0 if filtered => view! {
                <Empty title="No payment fits">
                    <p>"Try fewer words, or another filter."</p>
                </Empty>
            }
            .into_any(),
            0 => view! {
                <Empty title="No payments yet">
                    <p>"The first one will stand here."</p>
                </Empty>
            }
            .into_any(),
            _ => view! {
                <Table
                    label="Payments, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <Head label="Order" />
                        <SortHead label="Begun" up="created:asc" down="created:desc" now=sort />
                        <Head label="Way" />
                        <Head label="Status" />
                        <SortHead label="Amount" up="amount:asc" down="amount:desc" now=sort number=true />
                        <Head label="Refunded" number=true />
                        <Head label="Fee" number=true />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let csv = file(&visit, "/admin/payments.csv");
        Ok(view! {
            <Title text="Payments" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Payments"</h1>
                </div>
                <p class="admin-head__meta">{counted(total, "payment")}</p>
                <div class="admin-head__actions">
                    <a class="button button--secondary button--small" href=csv>
                        <Icon name="down" />
                        "Save as CSV"
                    </a>
                </div>
            </header>
            {rooms(false, open)}
            {stats(&sums)}
            <section class="panel" aria-label="Payments">
                {toolbar(&query, filtered)}
                <LiveList id="payments" follows=follows new=("new payment. Show", "new payments. Show")>
                    {list}
                </LiveList>
                <Pagination page=shown pages=pages href=move |n| links::with(&visit, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

/// The two lists; `open` differences are counted beside theirs.
fn rooms(differences: bool, open: i64) -> impl IntoView {
    let here = |yes: bool| yes.then_some("page");
    view! {
        <nav class="tabs" aria-label="Payments">
            <a class="tabs__link" href=HERE aria-current=here(!differences)>
                "All payments"
            </a>
            <a class="tabs__link" href="/admin/payments/differences" aria-current=here(differences)>
                "Differences from Stripe"
                {(open > 0)
                    .then(|| {
                        view! {
                            " "
                            <span class="tabs__count">{thousands(open)}</span>
                        }
                    })}
            </a>
        </nav>
    }
}

fn stats(sums: &Totals) -> impl IntoView + use<> {
    let stat = |label: &'static str, value: Money, note: String| {
        view! {
            <div class="stat">
                <dt class="stat__label">{label}</dt>
                <dd class="stat__value">{value.to_string()}</dd>
                <dd class="stat__note">{note}</dd>
            </div>
        }
    };
    let known = match sums.fees_unknown {
        0 => "Kept by Stripe".to_owned(),
        n => format!("Not known yet for {}", counted(n, "payment")),
    };
    view! {
        <dl class="stats">
            {stat("Captured", sums.captured, "Of the payments listed".to_owned())}
            {stat("Refunded", sums.refunded, "Given back or on its way".to_owned())} {stat("Fees", sums.fees, known)}
            {stat("Net", sums.net, "Captured, less refunds and fees".to_owned())}
        </dl>
    }
}

fn toolbar(query: &PaymentQuery, filtered: bool) -> impl IntoView + use<> {
    let any = || [(String::new(), "Any".to_owned())];
    let states = any().into_iter().chain(PaymentState::ALL.map(|s| (s.word().to_owned(), s.to_string()))).collect();
    let ways = any().into_iter().chain(Method::ALL.map(|m| (m.word().to_owned(), m.to_string()))).collect();
    let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=query.search.clone()
                placeholder="Order, e-mail, name, Stripe’s id"
                class="toolbar__search"
            />
            <Select
                name="status"
                label="Status"
                options=states
                value=query.status.map(PaymentState::word).unwrap_or_default()
            />
            <Select name="method" label="Way" options=ways value=query.method.map(Method::word).unwrap_or_default() />
            <Field name="from" label="From" kind="date" value=text(query.from) />
            <Field name="until" label="Until" kind="date" value=text(query.until) />
            {(query.sort != PaymentSort::default()).then(|| view! { <Hidden name="sort" value=query.sort.word() /> })}
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

fn row(payment: PaymentRow, may_see_orders: bool) -> impl IntoView {
    let (id, number) = (payment.id.to_string(), payment.number.clone());
    let order = match may_see_orders {
        true => view! {
            <a class="table__main" href=format!("/admin/orders/{number}")>
                {number.clone()}
            </a>
        }
        .into_any(),
        false => view! { <span class="table__main">{number}</span> }.into_any(),
    };
    let failure = payment.failure.map(|why| why.say(locale()).into_owned());
    let or_none = |money: Option<Money>| money.map_or("–".to_owned(), |money| money.to_string());
    let differs = payment.differs.then(|| {
        view! {
            " "
            <a class="badge badge--danger" href=format!("/admin/payments/differences?q={}", payment.number)>
                "Differs"
            </a>
        }
    });
    view! {
        <tr data-row=id>
            <th scope="row">{order} <span class="table__sub">{payment.email}</span></th>
            <td data-label="Begun" class="nowrap">
                {date_time(payment.created_at)}
            </td>
            <td data-label="Way">
                {payment.method.to_string()}
                {payment.reference.map(|id| view! { <span class="table__sub mono reference">{id}</span> })}
            </td>
            <td data-label="Status">
                <StatusBadge status=payment.status />
                {differs}
                {failure.map(|why| view! { <span class="table__sub">{why}</span> })}
            </td>
            <td class="num" data-label="Amount">
                {payment.amount.to_string()}
            </td>
            <td class="num" data-label="Refunded">
                {or_none(Some(payment.refunded).filter(|m| !m.is_zero()))}
            </td>
            <td class="num" data-label="Fee">
                {or_none(payment.fee)}
            </td>
        </tr>
    }
}
