//! The customer's orders.

use super::frame::account;
use crate::storefront::paths::order_path;
use crate::ui::{Head, Icon, Pagination, Table, date, fulfilment_badge, money, page, payment_badge, thousands};
use crate::web::use_visit;
use crate::words::locale;
use leptos::prelude::*;
use shop::Paging;
use shop::orders::{Fulfilment, OrderRow, PaymentWord, list_of};

const ON_A_PAGE: u32 = 20;

#[component]
pub fn Orders() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let number = visit.param("page").and_then(|n| n.parse().ok()).unwrap_or(1);
        let orders = list_of(visit.shop(), visit.customer()?, Paging::new(number, ON_A_PAGE)).await?;
        let (here, pages) = (orders.page, orders.total_pages());
        let list = match orders.items.is_empty() {
            true if here > 1 => view! {
                <p>
                    {rich!(
                        "account-nothing-on-this-page", link = view! {
                        <a href="/account/orders">{t!("account-to-latest-orders")}</a>
                    }
                    )}
                </p>
            }
            .into_any(),
            true => none().into_any(),
            false => table(&orders.items).into_any(),
        };
        let content = view! {
            <header class="page-head">
                <h1>{t!("account-orders")}</h1>
            </header>
            {list}
            <Pagination page=here pages=pages href=|n| format!("/account/orders?page={n}") />
        };
        Ok(account(&visit, t!("account-orders"), content))
    })
}

pub fn none() -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name="receipt" large=true />
            <p class="empty__title">{t!("account-no-orders-yet")}</p>
            <p>{t!("account-no-orders-text")}</p>
            <a class="button" href="/">
                {t!("account-look-around")}
            </a>
        </div>
    }
}

pub fn table(orders: &[OrderRow]) -> impl IntoView + use<> {
    let rows = orders
        .iter()
        .map(|order| {
            view! {
                <tr>
                    <th scope="row">
                        <a class="table__main" href=order_path(&order.number, None)>
                            {order.number.clone()}
                        </a>
                    </th>
                    <td data-label=t!("account-date")>{date(order.created_at)}</td>
                    <td data-label=PaymentWord::about(locale())>{payment_badge(order.payment())}</td>
                    <td data-label=Fulfilment::about(locale())>{fulfilment_badge(order.fulfilment)}</td>
                    <td class="num" data-label=t!("account-pieces")>
                        {thousands(order.pieces)}
                    </td>
                    <td class="num" data-label=t!("account-total")>
                        {money(order.total)}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table
            label=t!("account-orders")
            class="table table--cards"
            head=view! {
                <Head label=t!("account-order") />
                <Head label=t!("account-date") />
                <Head label=PaymentWord::about(locale()) />
                <Head label=Fulfilment::about(locale()) />
                <Head label=t!("account-pieces") number=true />
                <Head label=t!("account-total") number=true />
            }
        >
            {rows}
        </Table>
    }
}
