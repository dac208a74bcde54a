//! What was sent to a webhook, and what waits.

use crate::ui::{Empty, Field, Head, Pagination, Select, StatusBadge, Table, date_time};
use crate::web::{Visit, links};
use leptos::prelude::*;
use shop::Paging;
use shop::id::WebhookId;
use shop::webhooks::{self, Delivery, DeliveryQuery, DeliveryStatus, selectable_topics};

pub async fn log(visit: &Visit, webhook: WebhookId) -> shop::Result<impl IntoView + use<>> {
    let event = visit.param("event").unwrap_or_default();
    let query = DeliveryQuery {
        status: visit.param("status").and_then(|word| DeliveryStatus::parse(&word)),
        topic: visit.param("topic").filter(|topic| !topic.is_empty()),
        event: event.trim().parse().ok(),
        paging: Paging::new(links::page_number(visit), 25),
    };
    let found = webhooks::deliveries(visit.shop(), visit.staff()?, webhook, &query).await?;
    let (total, shown, pages) = (found.total, found.page, found.total_pages());
    let filtered = query.status.is_some() || query.topic.is_some() || query.event.is_some();
    let rows = found.items.into_iter().map(row).collect_view();
    let list = match total {
        0 if filtered => view! {
            <Empty title="No message fits">
                <p>"Try another filter."</p>
            </Empty>
        }
        .into_any(),
        0 => view! {
            <Empty title="Nothing sent yet">
                <p>
                    "Messages appear here when something happens that this webhook wants. A test shows whether they arrive."
                </p>
            </Empty>
        }
        .into_any(),
        _ => view! {
            <Table
                label="Messages, scrolls sideways"
                class="table table--cards"
                head=view! {
                    <Head label="Topic" />
                    <Head label="State" />
                    <Head label="Attempts" number=true />
                    <Head label="Made" />
                    <Head label="Next attempt" />
                    <Head label="Answer" />
                }
            >
                {rows}
            </Table>
        }
        .into_any(),
    };
    let any = || (String::new(), "Any".to_owned());
    let statuses = DeliveryStatus::ALL.map(|status| (status.word().to_owned(), status.to_string()));
    let topics = selectable_topics().map(|topic| (topic.name.to_owned(), topic.name.to_owned()));
    let clear = filtered.then(|| {
        view! {
            <a class="button button--quiet" href=visit.path.clone()>
                "Clear"
            </a>
        }
    });
    let turn = visit.clone();
    Ok(view! {
        <section class="panel" aria-labelledby="messages">
            <div class="panel__head">
                <h2 class="panel__title" id="messages">
                    "Messages"
                </h2>
            </div>
            <form class="toolbar" role="search">
                <Field
                    name="event"
                    label="Message id"
                    kind="search"
                    value=event
                    placeholder="webhook-id"
                    class="toolbar__search"
                />
                <Select
                    name="status"
                    label="State"
                    options=std::iter::once(any()).chain(statuses).collect()
                    value=query.status.map(DeliveryStatus::word).unwrap_or_default()
                />
                <Select
                    name="topic"
                    label="Topic"
                    options=std::iter::once(any()).chain(topics).collect()
                    value=query.topic.clone().unwrap_or_default()
                />
                <button class="button button--secondary">"Filter"</button>
                {clear}
            </form>
            {list}
            <Pagination page=shown pages=pages href=move |n| links::with(&turn, &[("page", &n.to_string())]) />
        </section>
    })
}

fn row(delivery: Delivery) -> impl IntoView {
    let answer = match (delivery.http_status, delivery.error) {
        (_, Some(error)) => error,
        (Some(status), None) => status.to_string(),
        (None, None) => String::new(),
    };
    view! {
        <tr>
            <th scope="row">
                <a class="table__main mono" href=format!("/admin/webhook-deliveries/{}", delivery.id)>
                    {delivery.topic}
                </a>
                <span class="table__sub mono">{delivery.event.to_string()}</span>
            </th>
            <td data-label="State">
                <StatusBadge status=delivery.status />
            </td>
            <td class="num" data-label="Attempts">
                {delivery.attempts}
            </td>
            <td data-label="Made" class="nowrap">
                {date_time(delivery.created_at)}
            </td>
            <td data-label="Next attempt" class="nowrap">
                {delivery.next_attempt_at.map(date_time)}
            </td>
            <td data-label="Answer">
                <span class="diff small">{answer}</span>
            </td>
        </tr>
    }
}
