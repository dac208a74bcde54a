//! The money of an order: attempts to pay, and refunds.

use super::acts::HandedBack;
use crate::ui::{Form, Hidden, date_time};
use crate::words::{Words, locale};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::Money;
use shop::id::OrderItemId;
use shop::orders::{OrderView, PaymentWord};
use shop::payments::{PaymentView, RefundView, Split};

pub fn payments(order: &OrderView) -> impl IntoView + use<> {
    let attempts = order.payments.iter().rev().map(attempt).collect_view();
    let refunds = order.refunds.iter().rev().map(|r| refund(order, r)).collect_view();
    view! {
        <section class="panel" aria-labelledby="payment">
            <div class="panel__head">
                <h2 class="panel__title" id="payment">
                    {PaymentWord::about(locale())}
                </h2>
            </div>
            <div class="panel__body stack">{attempts} {refunds}</div>
        </section>
    }
}

fn attempt(payment: &PaymentView) -> impl IntoView + use<> {
    let (way, state) = (payment.provider.to_string(), payment.status.to_string());
    let failure = payment.failure.as_ref().map(|why| why.say(locale()).into_owned());
    let reference = payment.reference.clone();
    let refunding = payment.refunding;
    view! {
        <dl class="facts">
            <dt>{way}</dt>
            <dd>{state}</dd>
            <dt>"Amount"</dt>
            <dd>{payment.amount.to_string()}</dd>
            {(!refunding.is_zero())
                .then(|| {
                    view! {
                        <dt>"Refunded"</dt>
                        <dd>{refunding.to_string()}</dd>
                    }
                })}
            {failure
                .map(|text| {
                    view! {
                        <dt>"Declined"</dt>
                        <dd>{text}</dd>
                    }
                })}
            {reference
                .map(|text| {
                    view! {
                        <dt>"Reference"</dt>
                        <dd class="mono">{text}</dd>
                    }
                })}
            <dt>"Begun"</dt>
            <dd>{date_time(payment.created_at)}</dd>
        </dl>
    }
}

/// One refund, with all that staff may want to know of it.
pub fn refund(order: &OrderView, refund: &RefundView) -> impl IntoView + use<> {
    let state = refund.status.to_string();
    let reason = refund.reason.say(locale()).into_owned();
    let failure = refund.failure.as_ref().map(|why| why.say(locale()).into_owned());
    let lines = refund.lines.iter().map(|line| {
        let shelf = if line.restock { ", back on the shelf" } else { "" };
        format!("{}{shelf}", pieces(order, line.item, line.quantity))
    });
    let mut lines: Vec<String> = lines.collect();
    if lines.is_empty() && refund.restock {
        lines.push("All goods, back on the shelf".to_owned());
    }
    view! {
        <div class="stack stack--tight">
            <dl class="facts">
                <dt>"Refund"</dt>
                <dd>{state}</dd>
            </dl>
            {in_parts(refund.amount, refund.split)}
            <dl class="facts facts--stacked">
                {(!lines.is_empty())
                    .then(|| {
                        view! {
                            <dt>"For"</dt>
                            <dd>{lines.join("; ")}</dd>
                        }
                    })}
                {(!reason.is_empty())
                    .then(|| {
                        view! {
                            <dt>"Reason"</dt>
                            <dd>{reason}</dd>
                        }
                    })}
                {failure
                    .map(|why| {
                        view! {
                            <dt>"What went wrong"</dt>
                            <dd>{why}</dd>
                        }
                    })} <dt>"Asked for"</dt> <dd>{date_time(refund.created_at)} ", " {refund.by.clone()}</dd>
            </dl>
        </div>
    }
}

/// `2 × Cotton T-shirt Red / M`
pub fn pieces(order: &OrderView, item: OrderItemId, quantity: i32) -> String {
    let name = order.items.iter().find(|i| i.id == item).map(|i| format!("{} {}", i.name, i.variant_name));
    format!("{quantity} × {}", name.unwrap_or_default().trim_end())
}

/// An amount by what it was paid for.
pub fn in_parts(amount: Money, split: Split) -> impl IntoView + use<> {
    let line = |label: Words, part: Money| {
        (!part.is_zero()).then(|| {
            view! {
                <div>
                    <dt>{label}</dt>
                    <dd>{part.to_string()}</dd>
                </div>
            }
        })
    };
    view! {
        <dl class="totals">
            {line(t!("totals-goods"), split.goods)} {line(t!("totals-delivery"), split.shipping)}
            {line(t!("totals-tax-back"), split.tax)} <div class="totals__total">
                <dt>{t!("totals-given-back")}</dt>
                <dd>{amount.to_string()}</dd>
            </div>
            {(!split.tax_included.is_zero())
                .then(|| {
                    view! {
                        <div class="totals__note">
                            <dt>{t!("totals-including-tax-back")}</dt>
                            <dd>{split.tax_included.to_string()}</dd>
                        </div>
                    }
                })}
        </dl>
    }
}

/// A refund that staff hand over themselves, with the button to say that it was done for those who may.
pub fn hand_back(refund: &RefundView, may_refund: bool) -> impl IntoView + use<> {
    let (amount, id) = (refund.amount.to_string(), refund.id.to_string());
    let button = may_refund.then(|| {
        view! {
            <Form action=HandedBack::url() class="">
                <Hidden name="refund" value=id />
                <button class="button button--block">{format!("{amount} handed back")}</button>
            </Form>
        }
    });
    view! {
        <p>
            {format!(
                "{} was paid offline and goes back by hand, in cash or by transfer. Say here when it is done.",
                refund.amount,
            )}
        </p>
        {button}
    }
}
