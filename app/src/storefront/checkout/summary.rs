//! What is ordered and what it costs, with the button. Lines that cannot be bought as they are can be settled here.

use super::{Keep, Settle};
use crate::storefront::cart;
use crate::ui::{Icon, free_or, money, no_picture, thumbnail, totals};
use crate::web::errors::message;
use crate::words::locale;
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::cart::{CartLine, Problem};
use shop::checkout::{Quote, Totals};

pub fn summary(quote: &Quote, sums: &Totals) -> impl IntoView + use<> {
    let method = quote.methods.iter().find(|m| m.code == quote.shipping_method).map(|m| m.name.clone());
    let total = sums.total;
    let lines = quote.cart.lines.iter().map(line).collect_view();
    let unpayable = sums.payable().err().map(|e| message(locale(), &e));
    let is_ready = quote.cart.can_check_out && unpayable.is_none();
    let pay = if total.is_zero() { t!("checkout-order") } else { t!("payment-pay", total = total) };
    view! {
        <aside class="columns__side summary" aria-labelledby="sum">
            <h2 class="summary__title" id="sum">
                {t!("checkout-your-order")}
            </h2>
            <ul class="summary__lines">{lines}</ul>
            <p>
                <button class="link" formaction=Keep::url() formnovalidate name="next" value="cart">
                    {t!("checkout-change-the-cart")}
                </button>
            </p>
            {totals(sums, t!("totals-delivery-by", method = method.unwrap_or_default()).into_owned())}
            {match is_ready {
                true => {
                    let next = match total.is_zero() {
                        true => t!("checkout-nothing-to-pay"),
                        false => t!("checkout-you-pay-next"),
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
                        Some(why) => t!("checkout-please-change-your-cart", why = why),
                        None => t!("checkout-settle-the-lines"),
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
            {picture}
            <span>
                {line.name.clone()}
                {(!options.is_empty())
                    .then(|| {
                        view! {
                            <br />
                            <span class="muted">{options}</span>
                        }
                    })} <br /> <span class="muted">{line.quantity} " × " {money(line.unit_price)}</span>
            </span> <span>{sum}</span> {line.problem.map(|problem| trouble(line, problem))}
        </li>
    }
}

/// What is wrong with a line, and buttons that settle it.
fn trouble(line: &CartLine, problem: Problem) -> impl IntoView + use<> {
    let id = line.id.to_string();
    let offer = match problem {
        Problem::NoLongerSold | Problem::SoldOut => None,
        Problem::OnlyLeft { left } => Some(("take", format!("{id}:{left}"), t!("cart-take", count = left))),
        Problem::PriceChanged { new, .. } => {
            Some(("accept", format!("{id}:{}", new.decimal()), t!("cart-accept", price = new)))
        }
    };
    let name = line.full_name();
    view! {
        <div class="summary__trouble" role="alert">
            <p class="field__error">
                <Icon name="error" />
                {problem.say(locale())}
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
                    {t!("checkout-remove")}
                    <span class="visually-hidden">" " {name}</span>
                </button>
            </p>
        </div>
    }
}
