//! The state of the shop at a glance: what came in, what is to be done.

use crate::ui::{Bar, BarChart, Empty, Head, Live, Notice, Table, date_time, page, payment_badge, thousands};
use crate::web::flash::Tone;
use crate::web::live::{Follows, follows_one};
use crate::web::use_visit;
use crate::words::locale;
use leptos::prelude::*;
use leptos_meta::Title;
use shop::accounts::Permission;
use shop::id::WebhookId;
use shop::inventory::{self, LevelRow};
use shop::live::LiveTopic;
use shop::orders::{self, Day, Figures, Fulfilment, OrderQuery, OrderRow, OrderSort, PaymentFilter, PaymentWord};
use shop::{Page, Paging, webhooks};

#[component]
pub fn Dashboard() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let sees_orders = staff.can(Permission::OrdersRead);
        let follows = match sees_orders {
            true => follows_one(&visit, LiveTopic::AdminOrders).await?,
            false => Follows::default(),
        };
        let figures = match sees_orders {
            true => Some(orders::figures(shop, staff).await?),
            false => None,
        };
        let waiting = match sees_orders {
            true => Some(to_process(shop, staff).await?),
            false => None,
        };
        let low = match staff.can(Permission::InventoryRead) {
            true => Some(inventory::low_stock(shop, staff, 8).await?),
            false => None,
        };
        let troubled = match staff.can(Permission::WebhooksRead) {
            true => webhooks::troubled(shop, staff).await?,
            false => Vec::new(),
        };
        let first_name = staff.name().split(' ').next().unwrap_or_default().to_owned();
        Ok(view! {
            <Title text="Dashboard" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Good day, " {first_name}</h1>
                </div>
                <p class="admin-head__meta">{date_time(shop.clock.now())}</p>
            </header>
            {(!troubled.is_empty()).then(|| failing_webhooks(troubled))}
            <Live id="figures" follows=follows>
                {figures.map(numbers)}
                <div class="edit">{waiting.map(waiting_orders)} {low.map(low_stock)}</div>
            </Live>
        })
    })
}

fn failing_webhooks(troubled: Vec<(WebhookId, String)>) -> impl IntoView {
    let list = troubled
        .into_iter()
        .map(|(id, name)| {
            view! {
                <li>
                    <a href=format!("/admin/webhooks/{id}")>{name}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <Notice tone=Tone::Warning title="Webhooks at which nothing arrives">
            <ul>{list}</ul>
        </Notice>
    }
}

async fn to_process(shop: &shop::Shop, staff: &shop::accounts::Staff) -> shop::Result<Page<OrderRow>> {
    let query = OrderQuery {
        fulfilment: Some(Fulfilment::Unfulfilled),
        payment: Some(PaymentFilter::Received),
        sort: OrderSort::Oldest,
        paging: Paging::new(1, 8),
        ..OrderQuery::default()
    };
    orders::list(shop, staff, &query).await
}

/// What is paid and not begun.
fn to_process_address() -> String {
    format!("/admin/orders?delivery={}&payment={}", Fulfilment::Unfulfilled.word(), PaymentFilter::Received.word())
}

fn numbers(figures: Figures) -> impl IntoView {
    let stat = |label: &'static str, value: String, note: AnyView| {
        view! {
            <div class="stat">
                <dt class="stat__label">{label}</dt>
                <dd class="stat__value">{value}</dd>
                <dd class="stat__note">{note}</dd>
            </div>
        }
    };
    let to_prepare = match figures.to_process {
        0 => "All done".into_any(),
        _ => view! { <a href=to_process_address()>"See them"</a> }.into_any(),
    };
    let to_ship =
        [(Fulfilment::InPreparation, figures.in_preparation), (Fulfilment::PartiallyShipped, figures.partly_shipped)];
    let links = to_ship.iter().filter(|(_, count)| *count > 0).map(|(word, count)| {
        let href = format!("/admin/orders?delivery={}", word.word());
        view! {
            <a href=href>{format!("{word}: {}", thousands(*count))}</a>
            <br />
        }
    });
    let links = links.collect_view();
    let to_ship: i64 = to_ship.iter().map(|(_, count)| count).sum();
    let orders = match figures.orders {
        1 => "1 order".to_owned(),
        n => format!("{n} orders"),
    };
    let best = figures.days.iter().max_by_key(|day| day.revenue.minor).map(|day| day.revenue.to_string());
    let summary = format!(
        "Revenue a day over the last 30 days: {} in all, the best day {}.",
        figures.revenue,
        best.unwrap_or_default()
    );
    let unit = 10i64.pow(figures.revenue.currency.decimals());
    let bars = figures.days.iter().map(|day| bar(day, unit)).collect();
    let caption = format!("Revenue a day, last 30 days, in {}", figures.revenue.currency);
    let rows = figures
        .days
        .iter()
        .rev()
        .map(|day| {
            view! {
                <tr>
                    <th scope="row">{locale().day(day.date).into_owned()}</th>
                    <td class="num">{day.orders}</td>
                    <td class="num">{day.revenue.to_string()}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <dl class="stats">
            {stat("Revenue today", figures.today.revenue.to_string(), "Since midnight".into_any())}
            {stat("Orders today", figures.today.orders.to_string(), "Placed since midnight".into_any())}
            {stat("Revenue, 30 days", figures.revenue.to_string(), orders.into_any())}
            {stat("To prepare", thousands(figures.to_process), to_prepare)}
            {stat("To ship", thousands(to_ship), if to_ship == 0 { "All done".into_any() } else { links.into_any() })}
        </dl>
        <section class="panel" aria-labelledby="revenue">
            <div class="panel__head">
                <h2 class="panel__title" id="revenue">
                    "Revenue"
                </h2>
                <a href="/admin/orders">"Orders"</a>
            </div>
            <div class="panel__body">
                <BarChart bars=bars caption=caption summary=summary scale=|value| value.to_string() />
                <details class="disclosure chart__table">
                    <summary>"The figures as a table"</summary>
                    <div class="disclosure__body">
                        <Table
                            label="Revenue a day"
                            class="table table--compact"
                            head=view! {
                                <Head label="Day" />
                                <Head label="Orders" number=true />
                                <Head label="Revenue" number=true />
                            }
                        >
                            {rows}
                        </Table>
                    </div>
                </details>
            </div>
        </section>
    }
}

fn bar(day: &Day, unit: i64) -> Bar {
    let label = locale().day(day.date).into_owned();
    Bar { title: format!("{label}: {}", day.revenue), value: day.revenue.minor / unit, label }
}

fn waiting_orders(waiting: Page<OrderRow>) -> impl IntoView {
    let more = waiting.total;
    let rows = waiting
        .items
        .into_iter()
        .map(|order| {
            let href = format!("/admin/orders/{}", order.number);
            let payment = payment_badge(order.payment());
            view! {
                <tr>
                    <th scope="row">
                        <a class="table__main" href=href>
                            {order.number}
                        </a>
                    </th>
                    <td data-label="Customer">{order.name}</td>
                    <td data-label=PaymentWord::about(locale())>{payment}</td>
                    <td data-label="Placed" class="nowrap">
                        {date_time(order.created_at)}
                    </td>
                    <td class="num" data-label="Total">
                        {order.total.to_string()}
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="waiting">
            <div class="panel__head">
                <h2 class="panel__title" id="waiting">
                    "Orders to prepare"
                </h2>
                <a href=to_process_address()>{format!("All {more}")}</a>
            </div>
            {match more {
                0 => {
                    view! {
                        <Empty title="Nothing is waiting">
                            <p>"Paid orders appear here."</p>
                        </Empty>
                    }
                        .into_any()
                }
                _ => {
                    view! {
                        <Table
                            label="Table of orders to prepare"
                            class="table table--cards"
                            head=view! {
                                <Head label="Order" />
                                <Head label="Customer" />
                                <Head label=PaymentWord::about(locale()) />
                                <Head label="Placed" />
                                <Head label="Total" number=true />
                            }
                        >
                            {rows}
                        </Table>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

fn low_stock(low: Page<LevelRow>) -> impl IntoView {
    let more = low.total;
    let rows = low
        .items
        .into_iter()
        .map(|row| {
            let href = format!("/admin/inventory/{}", row.variant_id);
            view! {
                <tr>
                    <th scope="row">
                        <a class="table__main" href=href>
                            {row.name}
                        </a>
                        <span class="table__sub">{super::inventory::variant_line(&row.variant_name, &row.sku)}</span>
                    </th>
                    <td class="num">{super::inventory::free(row.available, row.is_low)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="low">
            <div class="panel__head">
                <h2 class="panel__title" id="low">
                    "Low in stock"
                </h2>
                <a href="/admin/inventory?stock=low">{format!("All {more}")}</a>
            </div>
            {match more {
                0 => view! { <Empty title="The shelves are full" /> }.into_any(),
                _ => {
                    view! {
                        <Table
                            label="Table of low stock"
                            class="table"
                            head=view! {
                                <Head label="Variant" />
                                <Head label="Free" number=true />
                            }
                        >
                            {rows}
                        </Table>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}
