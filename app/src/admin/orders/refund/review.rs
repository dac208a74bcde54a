//! What a refund comes to, before it is sent.

use super::super::acts::Refund as SendRefund;
use super::super::money::{in_parts, pieces};
use crate::ui::{Form, Hidden};
use crate::words::locale;
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::orders::OrderView;
use shop::payments::{RefundInput, RefundPlan};

pub fn review(
    order: &OrderView,
    plan: &RefundPlan,
    input: &RefundInput,
    key: String,
    change: String,
) -> shop::Result<impl IntoView + use<>> {
    let (left, after) = (plan.left.total()?, plan.left_after.total()?);
    let lines = plan
        .lines
        .iter()
        .map(|line| {
            let shelf = if line.restock { ", back on the shelf" } else { "" };
            let words = format!("{}{shelf}", pieces(order, line.item, line.quantity));
            let worth = line.amount.to_string();
            view! {
                <div>
                    <dt>{words}</dt>
                    <dd>{worth}</dd>
                </div>
            }
        })
        .collect_view();
    let way = match plan.is_by_hand {
        true => "It was paid offline: you hand it over yourself, and then say so on the order’s page.",
        false => "It goes back to the card or account that was used. The customer gets a mail when it has left.",
    };
    let goods = match (plan.restocks(), plan.lines.is_empty()) {
        (true, true) => Some("All the goods go back on the shelf."),
        (false, _) => Some("No goods go back on the shelf."),
        (true, false) => None,
    };
    let remain = match after.is_zero() {
        true => format!("Nothing is left of the {left} after this."),
        false => format!("Of the {left}, {after} is left after this: {}.", plan.left_after.words()),
    };
    let reason = Some(plan.reason.say(locale()).into_owned()).filter(|reason| !reason.is_empty());
    let hidden = hidden(input);
    let (id, number, amount) = (order.id.to_string(), order.number.clone(), plan.amount.to_string());
    Ok(view! {
        <section class="panel" aria-labelledby="review">
            <div class="panel__head">
                <h2 class="panel__title" id="review">
                    {format!("Give {amount} back?")}
                </h2>
            </div>
            <div class="panel__body stack">
                {(!plan.lines.is_empty()).then(|| view! { <dl class="totals">{lines}</dl> })}
                {in_parts(plan.amount, plan.split)} <dl class="facts facts--stacked">
                    <dt>"Reason"</dt>
                    <dd>{reason.unwrap_or_else(|| "None given".to_owned())}</dd>
                    <dt>"Left"</dt>
                    <dd>{remain}</dd>
                </dl> <p>{way} " " {goods}</p> <Form action=SendRefund::url()>
                    <Hidden name="order" value=id />
                    <Hidden name="number" value=number />
                    <Hidden name="key" value=key />
                    <Hidden name="expectedLeft" value=left.decimal() />
                    {hidden}
                    <div class="form__actions">
                        <button class="button button--danger">{format!("Give {amount} back")}</button>
                        <a class="button button--quiet" href=change>
                            "Change it"
                        </a>
                    </div>
                </Form>
            </div>
        </section>
    })
}

/// All that was asked for, to be sent along.
fn hidden(input: &RefundInput) -> impl IntoView + use<> {
    let mut fields: Vec<(String, String)> = [
        ("what", &input.what),
        ("amount", &input.amount),
        ("delivery", &input.delivery),
        ("restock", &input.restock),
        ("cause", &input.cause),
        ("reason", &input.reason),
    ]
    .map(|(name, value)| (name.to_owned(), value.0.clone()))
    .into();
    for (n, line) in input.lines.iter().filter(|line| !line.quantity.is_empty()).enumerate() {
        for (name, value) in [("item", &line.item), ("quantity", &line.quantity), ("restock", &line.restock)] {
            fields.push((format!("lines[{n}][{name}]"), value.0.clone()));
        }
    }
    fields.retain(|(_, value)| !value.is_empty());
    fields.into_iter().map(|(name, value)| view! { <Hidden name=name value=value /> }).collect_view()
}
