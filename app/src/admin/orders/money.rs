//! The money of an order: attempts to pay, refunds, and the form for one.

use super::acts::{HandedBack, Refund as SendRefund};
use crate::ui::{Field, Form, Hidden, StatusBadge, TickBox, date_time};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::orders::{OrderView, Payment, Refund};

pub fn payments(order: &OrderView) -> impl IntoView + use<> {
    let attempts = order.payments.iter().rev().map(attempt).collect_view();
    let refunds = order.refunds.iter().rev().map(refund).collect_view();
    view! {
        <section class="panel" aria-labelledby="payment">
            <div class="panel__head">
                <h2 class="panel__title" id="payment">"Payment"</h2>
                <StatusBadge status=order.payment_status.word() />
            </div>
            <div class="panel__body stack">{attempts} {refunds}</div>
        </section>
    }
}

fn attempt(payment: &Payment) -> impl IntoView + use<> {
    let way = if payment.provider == "offline" { "Offline" } else { "Stripe" };
    let failure = payment.failure_message.clone();
    let reference = payment.reference.clone();
    let refunding = payment.refunding;
    view! {
        <dl class="facts">
            <dt>{way}</dt>
            <dd><StatusBadge status=payment.status.clone() /></dd>
            <dt>"Amount"</dt>
            <dd>{payment.amount.to_string()}</dd>
            {(!refunding.is_zero()).then(|| view! { <dt>"Refunded"</dt><dd>{refunding.to_string()}</dd> })}
            {failure.map(|text| view! { <dt>"Declined"</dt><dd>{text}</dd> })}
            {reference.map(|text| view! { <dt>"Reference"</dt><dd class="mono">{text}</dd> })}
            <dt>"Begun"</dt>
            <dd>{date_time(payment.created_at)}</dd>
        </dl>
    }
}

fn refund(refund: &Refund) -> impl IntoView + use<> {
    let reason = refund.reason.clone();
    view! {
        <dl class="facts">
            <dt>"Refund"</dt>
            <dd><StatusBadge status=refund.status.clone() /></dd>
            <dt>"Amount"</dt>
            <dd>{refund.amount.to_string()}</dd>
            {(!reason.is_empty()).then(|| view! { <dt>"Reason"</dt><dd>{reason}</dd> })}
            <dt>"Asked for"</dt>
            <dd>{date_time(refund.created_at)}</dd>
        </dl>
    }
}

/// A refund that staff hand over themselves, with the button to say that it was done for those who may.
pub fn hand_back(refund: &Refund, may_refund: bool) -> impl IntoView + use<> {
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
            {format!("{} was paid offline and goes back by hand, in cash or by transfer. Say here when it is done.", refund.amount)}
        </p>
        {button}
    }
}

pub fn refund_form(order: &OrderView) -> impl IntoView + use<> {
    let left = order.refundable();
    let by_hand = (!order.refundable_by_hand().is_zero())
        .then_some(" It was paid offline, so you hand it over yourself and then say so here.");
    let (key, id) = (shop::secret_token(), order.id.to_string());
    let lines = order
        .items
        .iter()
        .enumerate()
        .map(|(i, item)| {
            view! {
                <Hidden name=format!("lines[{i}][item]") value=item.id.to_string() />
                <Field
                    name=format!("lines[{i}][quantity]")
                    label=format!("{} {}", item.name, item.variant_name)
                    hint=format!("of {}", item.quantity)
                    inputmode="numeric"
                    class="field--short"
                />
            }
        })
        .collect_view();
    view! {
        <details class="disclosure">
            <summary>"Give money back"</summary>
            <Form action=SendRefund::url() class="disclosure__body form">
                <p class="muted">{format!("Up to {left} can be given back.")} {by_hand}</p>
                <Hidden name="order" value=id />
                <Hidden name="key" value=key />
                <Field name="amount" label="Amount" value=left.decimal() inputmode="decimal" hint="Leave empty to refund the lines below" />
                <Field name="reason" label="Reason" optional=true />
                <details class="disclosure">
                    <summary>"By line"</summary>
                    <div class="disclosure__body form">{lines}</div>
                </details>
                <TickBox name="restock" label="The goods go back on the shelf" />
                <button class="button button--danger">"Refund"</button>
            </Form>
        </details>
    }
}
