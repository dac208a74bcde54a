//! Orders: the list, and one with all that can be done with it.

mod acts;
mod money;
mod refund;
mod show;

pub use refund::RefundPage;
pub use show::OrderPage;

use crate::ui::{
    Empty, Field, Head, Hidden, LiveList, Pagination, Select, SortHead, Table, date_time, fulfilment_badge, page,
    payment_badge, thousands,
};
use crate::web::live::follows_one;
use crate::web::{links, use_visit};
use crate::words::locale;
use chrono::NaiveDate;
use leptos::prelude::*;
use leptos_meta::Title;
use shop::Paging;
use shop::live::LiveTopic;
use shop::orders::{self, Fulfilment, FulfilmentCounts, OrderQuery, OrderRow, OrderSort, PaymentFilter, PaymentWord};

#[component]
pub fn Orders() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let day = |name: &str| visit.param(name).and_then(|text| text.parse::<NaiveDate>().ok());
        let query = OrderQuery {
            search: visit.param("q").unwrap_or_default(),
            payment: visit.param("payment").and_then(|word| PaymentFilter::parse(&word)),
            fulfilment: visit.param("delivery").and_then(|word| Fulfilment::parse(&word)),
            from: day("from"),
            until: day("until"),
            sort: visit.param("sort").and_then(|word| OrderSort::parse(&word)).unwrap_or_default(),
            paging: Paging::new(links::page_number(&visit), 50),
            ..OrderQuery::default()
        };
        let follows = follows_one(&visit, LiveTopic::AdminOrders).await?;
        let (found, counts) = orders::list_and_count(visit.shop(), visit.staff()?, &query).await?;
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let rows = found.items.into_iter().map(row).collect_view();
        let sort = query.sort.word();
        let tabs = tabs(&query, &counts);
        let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let any = [(String::new(), "Any".to_owned())];
        let payments = PaymentFilter::ALL.map(|payment| (payment.word().to_owned(), payment.to_string()));
        let payments = any.into_iter().chain(payments).collect();
        let filtered = visit.pairs().iter().any(|(key, value)| key != "sort" && key != "page" && !value.is_empty());
        let turn = visit.clone();
        Ok(view! {
            <Title text="Orders" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Orders"</h1>
                </div>
                <p class="admin-head__meta">{counted(total)}</p>
            </header>
            {tabs}
            <section class="panel" aria-label="Orders">
                <form class="toolbar" role="search">
                    <Field
                        name="q"
                        label="Search"
                        kind="search"
                        value=query.search.clone()
                        placeholder="Number, e-mail, name"
                        class="toolbar__search"
                    />
                    <Select
                        name="payment"
                        label=PaymentWord::about(locale())
                        options=payments
                        value=query.payment.map(PaymentFilter::word).unwrap_or_default()
                    />
                    <Field name="from" label="From" kind="date" value=text(query.from) />
                    <Field name="until" label="Until" kind="date" value=text(query.until) />
                    {query.fulfilment.map(|word| view! { <Hidden name="delivery" value=word.word() /> })}
                    {(query.sort != OrderSort::default()).then(|| view! { <Hidden name="sort" value=sort /> })}
                    <button class="button button--secondary">"Filter"</button>
                    {filtered
                        .then(|| {
                            view! {
                                <a class="button button--quiet" href="/admin/orders">
                                    "Clear"
                                </a>
                            }
                        })}
                </form>
                <LiveList id="orders" follows=follows new=("new order. Show", "new orders. Show")>
                    {match total {
                        0 if filtered => {
                            view! {
                                <Empty title="No order fits">
                                    <p>"Try fewer words, or another filter."</p>
                                </Empty>
                            }
                                .into_any()
                        }
                        0 => {
                            view! {
                                <Empty title="No orders yet">
                                    <p>"The first one will stand here."</p>
                                </Empty>
                            }
                                .into_any()
                        }
                        _ => {
                            view! {
                                <Table
                                    label="Orders, scrolls sideways"
                                    class="table table--cards"
                                    head=view! {
                                        <Head label="Order" />
                                        <SortHead label="Placed" up="created:asc" down="created:desc" now=sort />
                                        <Head label="Customer" />
                                        <Head label=PaymentWord::about(locale()) />
                                        <Head label=Fulfilment::about(locale()) />
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
                </LiveList>
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

fn tabs(query: &OrderQuery, counts: &FulfilmentCounts) -> impl IntoView + use<> {
    let visit = use_visit();
    let tab = |fulfilment: Option<Fulfilment>, label: String| {
        let href = links::with(&visit, &[("delivery", fulfilment.map(Fulfilment::word).unwrap_or_default())]);
        view! {
            <a class="tabs__link" href=href aria-current=(query.fulfilment == fulfilment).then_some("page")>
                {label}
                " "
                <span class="tabs__count">{thousands(counts.of(fulfilment))}</span>
            </a>
        }
    };
    let some = Fulfilment::ALL.map(|fulfilment| tab(Some(fulfilment), fulfilment.to_string()));
    view! {
        <nav class="tabs" aria-label=Fulfilment::about(locale())>
            {tab(None, "All".to_owned())}
            {some.into_iter().collect_view()}
        </nav>
    }
}

fn row(order: OrderRow) -> impl IntoView {
    let (payment, fulfilment) = (payment_badge(order.payment()), fulfilment_badge(order.fulfilment));
    view! {
        <tr data-row=order.number.clone()>
            <th scope="row">
                <a class="table__main" href=format!("/admin/orders/{}", order.number)>
                    {order.number.clone()}
                </a>
            </th>
            <td data-label="Placed" class="nowrap">
                {date_time(order.created_at)}
            </td>
            <td data-label="Customer">{order.name} <span class="table__sub">{order.email}</span></td>
            <td data-label=PaymentWord::about(locale())>{payment}</td>
            <td data-label=Fulfilment::about(locale())>{fulfilment}</td>
            <td class="num" data-label="Pieces">
                {order.pieces}
            </td>
            <td class="num" data-label="Total">
                {order.total.to_string()}
            </td>
        </tr>
    }
}
