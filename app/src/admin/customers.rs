//! Customers: the list, and one with all that is known of them.

mod acts;
mod show;

pub use show::CustomerPage;

use crate::ui::{
    Empty, Field, Head, Hidden, Pagination, Select, SortHead, StatusBadge, Table, counted, date, date_time, page,
    thousands,
};
use crate::web::{links, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use shop::Paging;
use shop::accounts::customers::{self, AccountState, CustomerFilter, CustomerSort, CustomerSummary};
use shop::id::UserId;

const HERE: &str = "/admin/customers";

pub fn address(id: UserId) -> String {
    format!("{HERE}/{id}")
}

#[component]
pub fn Customers() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let sort = visit.param("sort").and_then(|word| CustomerSort::parse(&word)).unwrap_or_default();
        let status = visit.param("status").and_then(|word| AccountState::parse(&word));
        let search = visit.param("q").unwrap_or_default();
        let filter = CustomerFilter {
            search: Some(search.clone()),
            status,
            sort,
            paging: Paging::new(links::page_number(&visit), 50),
            ..CustomerFilter::default()
        };
        let found = customers::list(visit.shop(), visit.staff()?, &filter).await?;
        let (total, shown, pages) = (found.total, found.page, found.total_pages());
        let rows = found.items.into_iter().map(row).collect_view();
        let filtered = !search.trim().is_empty() || status.is_some();
        let sort = sort.word();
        let list = match total {
            0 if filtered => view! {
                <Empty title="No customer fits">
                    <p>"Try fewer words, or another filter."</p>
                </Empty>
            }
            .into_any(),
            0 => view! {
                <Empty title="No customers yet">
                    <p>"Whoever makes an account in the shop stands here. Guests stand with their orders."</p>
                </Empty>
            }
            .into_any(),
            _ => view! {
                <Table
                    label="Customers, scrolls sideways"
                    class="table table--cards"
                    head=view! {
                        <SortHead label="Name" up="name:asc" down="name:desc" now=sort />
                        <SortHead label="E-mail" up="email:asc" down="email:desc" now=sort />
                        <Head label="State" />
                        <Head label="Orders" number=true />
                        <Head label="Spent" number=true />
                        <SortHead label="Since" up="created:asc" down="created:desc" now=sort />
                        <Head label="Last signed in" />
                    }
                >
                    {rows}
                </Table>
            }
            .into_any(),
        };
        let turn = visit.clone();
        Ok(view! {
            <Title text="Customers" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Customers"</h1>
                </div>
                <p class="admin-head__meta">{counted(total, "customer")} " with an account"</p>
            </header>
            <section class="panel" aria-label="Customers">
                {toolbar(search, status, sort, filtered)}
                {list}
                <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
            </section>
        })
    })
}

fn toolbar(search: String, status: Option<AccountState>, sort: &'static str, filtered: bool) -> impl IntoView {
    let any = [(String::new(), "Any".to_owned())];
    let states = AccountState::ALL.map(|state| (state.word().to_owned(), state.to_string()));
    let states = any.into_iter().chain(states).collect();
    view! {
        <form class="toolbar" role="search">
            <Field
                name="q"
                label="Search"
                kind="search"
                value=search
                placeholder="Name, e-mail"
                class="toolbar__search"
            />
            <Select
                name="status"
                label="State"
                options=states
                value=status.map(AccountState::word).unwrap_or_default()
            />
            {(sort != CustomerSort::default().word()).then(|| view! { <Hidden name="sort" value=sort /> })}
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

fn row(of: CustomerSummary) -> impl IntoView {
    let state = of.state();
    let seen = of.last_login_at.map_or_else(|| "Never".into_any(), |at| date_time(at).into_any());
    view! {
        <tr>
            <th scope="row">
                <a class="table__main" href=address(of.id)>
                    {of.name()}
                </a>
            </th>
            <td data-label="E-mail" class="reference">
                {of.email}
            </td>
            <td data-label="State">
                <StatusBadge status=state />
            </td>
            <td class="num" data-label="Orders">
                {thousands(of.orders)}
            </td>
            <td class="num" data-label="Spent">
                {of.spent.to_string()}
            </td>
            <td data-label="Since" class="nowrap">
                {date(of.created_at)}
            </td>
            <td data-label="Last signed in" class="nowrap">
                {seen}
            </td>
        </tr>
    }
}
