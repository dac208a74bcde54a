//! Orders: the list, and one with all that can be done with it.

mod acts;
mod money;
mod refund;
mod show;

pub use refund::RefundPage;
pub use show::OrderPage;

use crate::ui::{Empty, Field, Head, Hidden, Pagination, Select, SortHead, StatusBadge, Table, date_time};
use crate::web::{links, page, use_visit};
use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_meta::Title;
use shop::Paging;
use shop::orders::{self, OrderQuery, OrderRow, OrderSort, OrderStatus, PaymentStatus};

#[component]
pub fn Orders() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let day = |name: &str| visit.param(name).and_then(|text| text.parse::<NaiveDate>().ok());
        let query = OrderQuery {
            search: visit.param("q").unwrap_or_default(),
            status: visit.param("status").and_then(|word| OrderStatus::parse(&word)),
            payment_status: visit.param("payment").and_then(|word| PaymentStatus::parse(&word)),
            from: day("from"),
            until: day("until"),
            sort: visit.param("sort").and_then(|word| OrderSort::parse(&word)).unwrap_or_default(),
            paging: Paging::new(links::page_number(&visit), 50),
        };
        let found = orders::list(visit.shop(), visit.staff()?, &query).await?;
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let rows = found.items.into_iter().map(row).collect_view();
        let sort = query.sort.word();
        let tabs = tabs(&query);
        let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let any = [(String::new(), "Any".to_owned())];
        let payments = PaymentStatus::ALL.map(|status| (status.word().to_owned(), status.to_string()));
        let payments = any.into_iter().chain(payments).collect();
        let filtered = visit.pairs().iter().any(|(key, value)| key != "sort" && key != "page" && !value.is_empty());
        let turn = visit.clone();
        Ok(view! {
            <Title text="Orders" />
            <header class="admin-head">
                <div class="admin-head__title"><h1>"Orders"</h1></div>
                <p class="admin-head__meta">{counted(total)}</p>
            </header>
            {tabs}
            <section class="panel" aria-label="Orders">
                <form class="toolbar" role="search">
                    <Field name="q" label="Search" kind="search" value=query.search.clone() placeholder="Number, e-mail, name" class="toolbar__search" />
                    <Select name="payment" label="Payment" options=payments value=query.payment_status.map(PaymentStatus::word).unwrap_or_default() />
                    <Field name="from" label="From" kind="date" value=text(query.from) />
                    <Field name="until" label="Until" kind="date" value=text(query.until) />
                    {query.status.map(|status| view! { <Hidden name="status" value=status.word() /> })}
                    {(query.sort != OrderSort::default()).then(|| view! { <Hidden name="sort" value=sort /> })}
                    <button class="button button--secondary">"Filter"</button>
                    {filtered.then(|| view! { <a class="button button--quiet" href="/admin/orders">"Clear"</a> })}
                </form>
                {match total {
                    0 if filtered => {
                        view! { <Empty title="No order fits"><p>"Try fewer words, or another filter."</p></Empty> }.into_any()
                    }
                    0 => view! { <Empty title="No orders yet"><p>"The first one will stand here."</p></Empty> }.into_any(),
                    _ => {
                        view! {
                            <Table
                                label="Orders, scrolls sideways"
                                class="table table--cards"
                                head=view! {
                                    <Head label="Order" />
                                    <SortHead label="Placed" up="created:asc" down="created:desc" now=sort />
                                    <Head label="Customer" />
                                    <Head label="Status" />
                                    <Head label="Payment" />
                                    <Head label="Pieces" number=true />
                                    <SortHead label="Total" up="total:asc" down="total:desc" now=sort number=true />
                                }
                            >
                                {rows}
                            </Table>
                        }
                            .into_any()
                    }
                }}
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn counted(total: i64) -> String {
    match total {
        1 => "1 order".to_owned(),
        n => format!("{n} orders"),
    }
}

fn tabs(query: &OrderQuery) -> impl IntoView {
    let visit = use_visit();
    let tab = |status: Option<OrderStatus>, label: String| {
        let href = links::with(&visit, &[("status", status.map(OrderStatus::word).unwrap_or_default())]);
        view! {
            <a class="tabs__link" href=href aria-current=(query.status == status).then_some("page")>
                {label}
            </a>
        }
    };
    let some = OrderStatus::ALL.map(|status| tab(Some(status), status.to_string()));
    view! { <nav class="tabs" aria-label="Status">{tab(None, "All".to_owned())} {some.into_iter().collect_view()}</nav> }
}

fn row(order: OrderRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=format!("/admin/orders/{}", order.number)>{order.number.clone()}</a>
            </th>
            <td data-label="Placed" class="nowrap">{date_time(order.created_at)}</td>
            <td data-label="Customer">
                {order.name}
                <span class="table__sub">{order.email}</span>
            </td>
            <td data-label="Status"><StatusBadge status=order.status.word() /></td>
            <td data-label="Payment"><StatusBadge status=order.payment_status.word() /></td>
            <td class="num" data-label="Pieces">{order.pieces}</td>
            <td class="num" data-label="Total">{order.total.to_string()}</td>
        </tr>
    }
}
