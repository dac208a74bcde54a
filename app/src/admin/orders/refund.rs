//! Giving money back, in two steps: what is asked for, and what it comes to. What was asked for stands in the address,
//! with the key that makes it one action, so that going back, reloading and sending twice do no harm.

mod ask;
mod review;

use super::money;
use crate::ui::{Notice, page};
use crate::web::flash::{FormState, Tone};
use crate::web::{Visit, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use shop::Error;
use shop::accounts::Permission;
use shop::input::Raw;
use shop::orders::{self, OrderView};
use shop::payments::{self, RefundInput, RefundLine, RefundView};

#[component]
pub fn RefundPage() -> impl IntoView {
    let visit = use_visit();
    let number = use_params_map().with_untracked(|params| params.get("number")).unwrap_or_default();
    page(async move {
        let staff = visit.staff()?;
        staff.may(Permission::OrdersRefund)?;
        let order = orders::for_staff(visit.shop(), staff, &number).await?;
        let content = content(&visit, &order).await?;
        let here = format!("/admin/orders/{}", order.number);
        Ok(view! {
            <Title text=format!("Refund {}", order.number) />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href="/admin/orders">"Orders"</a>
                    </li>
                    <li>
                        <a href=here>{order.number.clone()}</a>
                    </li>
                    <li aria-current="page">"Refund"</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Give money back"</h1>
                </div>
                <p class="admin-head__meta">{order.number.clone()} " · " {order.shipping_address.name()}</p>
            </header>
            <div class="refund">{content}</div>
        })
    })
}

async fn content(visit: &Visit, order: &OrderView) -> shop::Result<AnyView> {
    let (shop, staff) = (visit.shop(), visit.staff()?);
    let key = visit.param("key").filter(|key| !key.is_empty());
    if let Some(key) = &key
        && let Some(made) = payments::refund_of_key(shop, staff, key).await?
        && let Some(refund) = order.refunds.iter().find(|refund| refund.id == made)
    {
        return Ok(done(order, refund).into_any());
    }
    let everything = RefundInput { what: "all".into(), ..RefundInput::default() };
    let left = match payments::preview_refund(shop, staff, order.id, &everything).await {
        Err(e @ Error::Conflict { .. }) => return Ok(nothing(order, &e).into_any()),
        left => left?.left,
    };
    let key = key.unwrap_or_else(shop::secret_token);
    let asked = visit.pairs();
    if visit.param("review").is_none() {
        return ask::form(order, left, key, FormState::of(asked, Vec::new())).map(|view| view.into_any());
    }
    let input = input(&FormState::of(asked.clone(), Vec::new()), order);
    match payments::preview_refund(shop, staff, order.id, &input).await {
        Ok(plan) => review::review(order, &plan, &input, key, change(visit)).map(|view| view.into_any()),
        Err(Error::Invalid(faults)) => {
            ask::form(order, left, key, FormState::of(asked, faults.0)).map(|view| view.into_any())
        }
        Err(e) => Err(e),
    }
}

/// The address of this page with what was asked for, to change it.
fn change(visit: &Visit) -> String {
    crate::web::links::with(visit, &[("review", "")])
}

/// What was asked for. What belongs to a choice that was not made does not count.
fn input(state: &FormState, order: &OrderView) -> RefundInput {
    let raw = |name: &str| Raw(state.value(name, ""));
    let what = raw("what");
    let is = |word: &str| what.trimmed() == word;
    let line = |n: usize| RefundLine {
        item: raw(&format!("lines[{n}][item]")),
        quantity: raw(&format!("lines[{n}][quantity]")),
        restock: raw(&format!("lines[{n}][restock]")),
    };
    RefundInput {
        amount: if is("amount") { raw("amount") } else { Raw::default() },
        delivery: if is("parts") { raw("delivery") } else { Raw::default() },
        lines: if is("parts") { (0..order.items.len()).map(line).collect() } else { Vec::new() },
        restock: if is("all") { raw("restock") } else { Raw::default() },
        cause: raw("cause"),
        reason: raw("reason"),
        expected_left: Raw::default(),
        what,
    }
}

fn done(order: &OrderView, refund: &RefundView) -> impl IntoView + use<> {
    let (here, words) = (format!("/admin/orders/{}", order.number), format!("{} went on its way.", refund.amount));
    let more = (!order.refundable().is_zero()).then(|| {
        let again = format!("{here}/refund");
        view! {
            <a class="button button--secondary button--small" href=again>
                "Give more back"
            </a>
        }
    });
    view! {
        <Notice tone=Tone::Info title="This was sent already">
            <p>{words} " Sending it again makes no second refund."</p>
            <div class="notice__actions">
                <a class="button button--small" href=here>
                    "To the order"
                </a>
                {more}
            </div>
        </Notice>
        <section class="panel" aria-label="The refund">
            <div class="panel__body">{money::refund(order, refund)}</div>
        </section>
    }
}

fn nothing(order: &OrderView, why: &Error) -> impl IntoView + use<> {
    let (here, why) = (format!("/admin/orders/{}", order.number), why.to_string());
    view! {
        <Notice tone=Tone::Info title="Nothing is left">
            <p>{why} "."</p>
            <div class="notice__actions">
                <a class="button button--small" href=here>
                    "To the order"
                </a>
            </div>
        </Notice>
    }
}
