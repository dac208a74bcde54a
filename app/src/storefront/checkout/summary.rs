//! What is ordered and what it costs, with the button. Lines that cannot be bought as they are can be settled here.

use super::{Keep, Settle};
use crate::storefront::cart;
use crate::ui::{Icon, free_or, no_picture, thumbnail, totals};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::cart::{CartLine, Problem};
use shop::checkout::{Quote, Totals};

pub fn summary(quote: &Quote, sums: &Totals) -> impl IntoView + use<> {
    let method = quote.methods.iter().find(|m| m.code == quote.shipping_method).map(|m| m.name.clone());
    let total = sums.total;
    let lines = quote.cart.lines.iter().map(line).collect_view();
    let unpayable = sums.payable().err().map(|e| e.to_string());
    let is_ready = quote.cart.can_check_out && unpayable.is_none();
    let pay = if total.is_zero() { "Order".to_owned() } else { format!("Pay {total}") };
    view! {
        <aside class="columns__side summary" aria-labelledby="sum">
            <h2 class="summary__title" id="sum">"Your order"</h2>
            <ul class="summary__lines">{lines}</ul>
            <p>
                <button class="link" formaction=Keep::url() formnovalidate name="next" value="cart">"Change the cart"</button>
            </p>
            {totals(sums, format!("Delivery, {}", method.unwrap_or_default()))}
            {match is_ready {
                true => {
                    let next = match total.is_zero() {
                        true => "There is nothing to pay.",
                        false => {
                            "You pay on the next page, at Stripe; we never see your card. Your goods are held while you do."
                        }
                    };
                    view! {
                        <button class="button button--block">
                            <Icon name="lock" />
                            {pay}
                        </button>
                        <p class="summary__note">{next}</p>
                    }
                        .into_any()
                }
                false => {
                    let why = match unpayable.filter(|_| quote.cart.can_check_out) {
                        Some(why) => format!("{why}. Please change your cart. What you typed stays."),
                        None => "Please settle the marked lines first. What you typed stays.".to_owned(),
                    };
                    view! {
                        <button class="button button--block" disabled>
                            <Icon name="lock" />
                            {pay}
                        </button>
                        <p class="summary__note">{why}</p>
                    }
                        .into_any()
                }
            }}
        </aside>
    }
}

fn line(line: &CartLine) -> impl IntoView + use<> {
    let picture = match &line.picture {
        Some(picture) => thumbnail(picture, String::new()).into_any(),
        None => no_picture().into_any(),
    };
    let options = cart::options(&line.variant_name);
    let sum = match line.can_be_bought() {
        false => "–".to_owned(),
        true => free_or(line.line_total),
    };
    view! {
        <li class="summary__line">
            {picture} <span>
                {line.name.clone()} {(!options.is_empty()).then(|| view! { <br /> <span class="muted">{options}</span> })} <br />
                <span class="muted">{line.quantity} " × " {line.unit_price.to_string()}</span>
            </span> <span>{sum}</span> {line.problem.map(|problem| trouble(line, problem))}
        </li>
    }
}

/// What is wrong with a line, and buttons that settle it.
fn trouble(line: &CartLine, problem: Problem) -> impl IntoView + use<> {
    let id = line.id.to_string();
    let offer = match problem {
        Problem::NoLongerSold | Problem::SoldOut => None,
        Problem::OnlyLeft { left } => Some(("take", format!("{id}:{left}"), format!("Take {left}"))),
        Problem::PriceChanged { new, .. } => {
            Some(("accept", format!("{id}:{}", new.decimal()), format!("Accept {new}")))
        }
    };
    let name = line.full_name();
    view! {
        <div class="summary__trouble" role="alert">
            <p class="field__error">
                <Icon name="error" />
                {problem.to_string()}
            </p>
            <p class="cluster">
                {offer
                    .map(|(field, value, words)| {
                        view! {
                            <button class="link" formaction=Settle::url() formnovalidate name=field value=value>
                                {words}
                            </button>
                        }
                    })}
                <button class="link link--danger" formaction=Settle::url() formnovalidate name="remove" value=id>
                    "Remove" <span class="visually-hidden">" " {name}</span>
                </button>
            </p>
        </div>
    }
}
