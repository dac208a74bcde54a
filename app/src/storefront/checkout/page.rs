//! The page of the checkout.

use super::book::Book;
use super::{Keep, Place, steps, summary};
use crate::storefront::paths::order_path;
use crate::storefront::{cart, pay_here};
use crate::ui::{Empty, Form, Hidden, page};
use crate::web::flash::FormState;
use crate::web::{Visit, use_visit};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use serde_json::Value;
use server_fn::ServerFn;
use shop::checkout::{PlaceOrder, Quote, QuoteInput, draft, quote};
use shop::{orders, secret_token};

#[component]
pub fn Checkout() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let state = typed_before(&visit).await?;
        let book = Book::of(&visit, &state).await?;
        let asked = QuoteInput {
            country: book.country(&state).into(),
            shipping_method: state.value("shippingMethod", "").into(),
        };
        let quote = quote(visit.shop(), &visit.visitor, asked).await?;
        let content = match quote.totals {
            None => {
                let why = nothing_to_order(&visit, &quote).await?;
                view! { <div class="container">{why}</div> }.into_any()
            }
            Some(sums) => {
                let key =
                    Some(state.value("idempotencyKey", "")).filter(|key| !key.is_empty()).unwrap_or_else(secret_token);
                let cart_id = quote.cart.id.map(|id| id.to_string()).unwrap_or_default();
                let ready = quote.cart.can_check_out && sums.payable().is_ok();
                let expected = sums.total.decimal();
                view! {
                    <Form action=Place::url() class="container" state=state.clone()>
                        <h1 class="visually-hidden">{t!("checkout-checkout")}</h1>
                        // what Enter in a field presses: the first button
                        <button class="visually-hidden" tabindex="-1" aria-hidden="true" disabled=!ready>
                            {t!("checkout-order")}
                        </button>
                        <input type="hidden" name="cartId" value=cart_id data-keep=Keep::url() />
                        <Hidden name="expectedTotal" value=expected />
                        <Hidden name="idempotencyKey" value=key />
                        {pay_here::marker(&visit)}
                        <div class="columns">
                            // in here, so that the fields find what was typed
                            <div>
                                {steps::who(&visit)} {steps::where_to(&book, &quote, &state)} {steps::how(&quote)}
                                {steps::bill(&book)} {steps::note()}
                            </div>
                            {summary::summary(&quote, &sums)}
                        </div>
                    </Form>
                }
                .into_any()
            }
        };
        Ok(view! {
            <Title text=t!("checkout-checkout").into_owned() />
            <Meta name="robots" content="noindex" />
            {content}
        })
    })
}

/// What the form holds: as it was sent a moment ago, or as it was left.
async fn typed_before(visit: &Visit) -> shop::Result<FormState> {
    let sent = visit.flash.form(Place::url(), "");
    if sent.is_refused() {
        return Ok(sent);
    }
    let draft = draft(visit.shop(), &visit.visitor).await?.unwrap_or_default();
    Ok(FormState::of(pairs(&draft), Vec::new()))
}

/// What was typed, by the names of the form.
fn pairs(order: &PlaceOrder) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in serde_json::to_value(order).ok().as_ref().and_then(|v| v.as_object()).into_iter().flatten() {
        match value {
            Value::Object(parts) => {
                let of_part =
                    |(part, value): (&String, &Value)| Some((format!("{name}[{part}]"), value.as_str()?.to_owned()));
                pairs.extend(parts.iter().filter_map(of_part));
            }
            value => pairs.extend(value.as_str().map(|value| (name.clone(), value.to_owned()))),
        }
    }
    pairs.retain(|(_, value)| !value.is_empty());
    pairs
}

/// Why there is no checkout, and where to go on: to an order that waits for its money, or back to the cart.
async fn nothing_to_order(visit: &Visit, quote: &Quote) -> shop::Result<AnyView> {
    if !quote.cart.is_empty() {
        let advice = quote.advice.unwrap_or_default().say(visit.locale());
        return Ok(view! {
            <Empty title=t!("checkout-nothing-to-order")>
                <p>{advice} "."</p>
                <a class="button" href="/cart">
                    {t!("checkout-to-the-cart")}
                </a>
            </Empty>
        }
        .into_any());
    }
    let wrong: Vec<_> =
        visit.flash.form(Place::url(), "").fault_lines().into_iter().map(|line| line.sentence).collect();
    Ok(match orders::waiting_of(visit.shop(), &visit.visitor).await? {
        Some(number) => {
            let href = order_path(&number, None);
            view! {
                <Empty title=t!(
                    "checkout-order-waits"
                )>
                    {(!wrong.is_empty())
                        .then(|| {
                            view! { <p role="alert">{t!("checkout-it-was-not-changed", faults = wrong.join(" "))}</p> }
                        })} <p>{t!("checkout-is-placed", number = number)}</p> <a class="button" href=href>
                        {t!("checkout-to-the-order")}
                    </a>
                </Empty>
            }
            .into_any()
        }
        None => cart::nothing_to_order().into_any(),
    })
}
