//! What an order is made of: lines, addresses, sums, shipments, and what happened.

use super::super::cart::options;
use crate::ui::{address, money, no_picture, thumbnail, time, totals};
use crate::words::locale;
use leptos::prelude::*;
use shop::orders::{Happening, OrderItem, OrderView, Shipment, TimelineRow};

/// `method` is what the shop says of the delivery that was chosen, such as how many days it takes.
pub fn body(order: &OrderView, method: String) -> impl IntoView + use<> {
    let lines = order.items.iter().map(line).collect_view();
    let note = order.customer_note.clone();
    let delivery = t!("totals-delivery-by", method = &order.shipping_method_name).into_owned();
    view! {
        <div class="columns">
            <div class="stack stack--loose">
                <section aria-labelledby="o-items">
                    <h2 class="visually-hidden" id="o-items">
                        {t!("order-products")}
                    </h2>
                    <ul class="order-lines">{lines}</ul>
                </section>
                {shipments(&order.shipments)}
                <section class="stack stack--tight" aria-labelledby="o-method">
                    <h2 id="o-method">{t!("order-delivery-method")}</h2>
                    <p>
                        <strong>{order.shipping_method_name.clone()}</strong>
                        {(!method.is_empty())
                            .then(|| {
                                view! {
                                    <br />
                                    <span class="muted">{method}</span>
                                }
                            })}
                    </p>
                </section>
                <div class="grid--2">
                    <section class="stack stack--tight" aria-labelledby="o-to">
                        <h2 id="o-to">{t!("order-goes-to")}</h2>
                        {address(&order.shipping_address)}
                    </section>
                    <section class="stack stack--tight" aria-labelledby="o-bill">
                        <h2 id="o-bill">{t!("order-invoice-to")}</h2>
                        {address(&order.billing_address)}
                    </section>
                </div>
                {(!note.is_empty())
                    .then(|| {
                        view! {
                            <section class="stack stack--tight" aria-labelledby="o-note">
                                <h2 id="o-note">{t!("order-your-note")}</h2>
                                <p class="multiline">{note}</p>
                            </section>
                        }
                    })}
            </div>
            <div class="columns__side stack stack--loose">
                <section class="summary" aria-labelledby="o-sum">
                    <h2 class="summary__title" id="o-sum">
                        {t!("order-summary")}
                    </h2>
                    {totals(&order.totals, delivery)}
                    {super::money::refunds(order)}
                </section>
                <section class="stack" aria-labelledby="o-time">
                    <h2 id="o-time">{t!("order-what-happened")}</h2>
                    <ol class="timeline">{order.timeline.iter().rev().map(happening).collect_view()}</ol>
                </section>
            </div>
        </div>
    }
}

fn line(item: &OrderItem) -> impl IntoView + use<> {
    let picture = match &item.picture {
        Some(picture) => thumbnail(picture, String::new()).into_any(),
        None => no_picture().into_any(),
    };
    let mut small = vec![options(&item.variant_name), item.sku.clone()];
    small.retain(|text| !text.is_empty());
    let each = (item.quantity > 1).then(|| format!("{} × {}", item.quantity, money(item.unit_price)));
    view! {
        <li class="order-line">
            {picture} <div>
                <p>
                    <strong>{item.name.clone()}</strong>
                </p>
                <p class="muted small">{small.join(" · ")}</p>
                {(item.returned > 0)
                    .then(|| view! { <p class="muted small">{t!("order-returned", count = item.returned)}</p> })}
            </div>
            <p class="order-line__sum">
                {money(item.line_total)}
                {each
                    .map(|each| {
                        view! {
                            <br />
                            <span class="muted small">{each}</span>
                        }
                    })}
            </p>
        </li>
    }
}

fn shipments(all: &[Shipment]) -> Option<impl IntoView + use<>> {
    let list = all
        .iter()
        .map(|shipment| {
            let goods =
                shipment.items.iter().map(|i| format!("{} × {}", i.quantity, i.name)).collect::<Vec<_>>().join(", ");
            let number = shipment.tracking.clone();
            let tracking = match shipment.tracking_url.clone() {
                _ if number.is_empty() => None,
                Some(url) => Some(
                    view! {
                        " · "
                        <a href=url rel="noreferrer">
                            {number}
                        </a>
                    }
                    .into_any(),
                ),
                None => Some(
                    view! {
                        " · "
                        <span class="mono">{number}</span>
                    }
                    .into_any(),
                ),
            };
            view! {
                <li>
                    <p>
                        <strong>{shipment.carrier.clone()}</strong>
                        {tracking}
                    </p>
                    <p class="muted small">{time(shipment.created_at)} ": " {goods}</p>
                </li>
            }
        })
        .collect_view();
    (!all.is_empty()).then(|| {
        view! {
            <section class="stack stack--tight" aria-labelledby="o-ship">
                <h2 id="o-ship">{t!("order-on-its-way")}</h2>
                <ul class="stack stack--tight">{list}</ul>
            </section>
        }
    })
}

fn happening(row: &TimelineRow) -> impl IntoView + use<> {
    let said = row.what.say(locale()).into_owned();
    let (what, note) = match (&row.what, row.what.to()) {
        (Happening::Placed, _) => (t!("order-ordered").into_owned(), said),
        (_, Some(to)) => (to.say(locale()).into_owned(), said),
        // the bank's own words stand beside the button to pay again, as long as they help
        (Happening::PaymentDeclined { .. }, _) => (t!("order-attempt-failed").into_owned(), String::new()),
        _ => (said, String::new()),
    };
    view! {
        <li class="timeline__item">
            <p class="timeline__what">{what}</p>
            <p class="timeline__when">{time(row.created_at)}</p>
            {(!note.is_empty()).then(|| view! { <p class="timeline__note">{note}</p> })}
        </li>
    }
}
