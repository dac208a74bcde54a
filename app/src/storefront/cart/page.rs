//! The page of the cart.

use super::Clear;
use super::line::line;
use crate::ui::{Empty, Form, Icon, Live, money, page, totals};
use crate::web::live::{Follows, follows_one};
use crate::web::use_visit;
use crate::words::locale;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use server_fn::ServerFn;
use shop::Money;
use shop::cart::{self, CartView};
use shop::checkout::{Advice, Quote, QuoteInput, Totals, quote};
use shop::live::LiveTopic;
use shop::settings::{self, Settings};

#[component]
pub fn Cart() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let there = cart::of(visit.shop(), &visit.visitor).await?;
        let follows = match there.id {
            Some(cart) => follows_one(&visit, LiveTopic::Cart(cart)).await?,
            None => Follows::default(),
        };
        let content = match there.is_empty() {
            true => empty().into_any(),
            false => {
                let quote = quote(visit.shop(), &visit.visitor, QuoteInput::default()).await?;
                let settings = settings::load(visit.shop()).await?;
                filled(&quote, &settings).into_any()
            }
        };
        Ok(view! {
            <Title text=t!("cart-cart").into_owned() />
            <Meta name="robots" content="noindex" />
            <Live id="cart" follows=follows class="container">
                {content}
            </Live>
        })
    })
}

fn empty() -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name="cart" large=true />
            <h1>{t!("cart-empty")}</h1>
            <p>{t!("cart-empty-text")}</p>
            <div class="cluster">
                <a class="button" href="/">
                    {t!("cart-look-around")}
                </a>
                <a class="button button--quiet" href="/offers">
                    {t!("cart-see-offers")}
                </a>
            </div>
        </div>
    }
}

fn filled(quote: &Quote, settings: &Settings) -> impl IntoView + use<> {
    let cart = &quote.cart;
    let sums = match (&quote.totals, quote.advice) {
        (Some(sums), _) => summary(quote, sums, settings).into_any(),
        (None, advice) => what_to_do(advice.unwrap_or_default()).into_any(),
    };
    let lines = cart.lines.iter().map(line).collect_view();
    view! {
        <header class="page-head">
            <h1>{t!("cart-cart")}</h1>
        </header>
        <div class="columns">
            <div class="stack stack--loose">
                <ul class="cart-lines">{lines}</ul>
                <div class="cluster cluster--between">
                    <a href="/">{t!("cart-go-on-shopping")}</a>
                    <Form action=Clear::url() class="">
                        <button class="link link--danger">{t!("cart-empty-the-cart")}</button>
                    </Form>
                </div>
            </div>
            {sums}
        </div>
    }
}

fn summary(quote: &Quote, sums: &Totals, settings: &Settings) -> impl IntoView + use<> {
    let delivery = quote.methods.iter().find(|m| m.code == quote.shipping_method).map(|m| m.name.clone());
    view! {
        <aside class="columns__side summary" aria-labelledby="sum">
            <h2 class="summary__title" id="sum">
                {t!("cart-summary")}
            </h2>
            {totals(sums, t!("totals-delivery-by", method = delivery.unwrap_or_default()).into_owned())}
            {to_free_delivery(quote, sums, settings)
                .map(|missing| {
                    view! {
                        <p class="summary__note">
                            {rich!("cart-only-more", missing = view! { <strong>{money(missing)}</strong> })}
                        </p>
                    }
                })}
            {match troubled(&quote.cart) {
                0 => {
                    view! {
                        <a class="button button--block" href="/checkout">
                            {t!("cart-check-out")}
                        </a>
                    }
                        .into_any()
                }
                n => {
                    let words = t!("cart-lines-need-a-look", count = n);
                    view! {
                        <button class="button button--block" disabled aria-describedby="why-not">
                            {t!("cart-check-out")}
                        </button>
                        <p class="summary__note" id="why-not">
                            {words}
                        </p>
                    }
                        .into_any()
                }
            }}
            <p class="summary__note">{t!("cart-nothing-is-held")}</p>
        </aside>
    }
}

/// In place of the sums of a cart of which nothing can be bought.
fn what_to_do(advice: Advice) -> impl IntoView {
    view! {
        <aside class="columns__side summary" aria-labelledby="sum">
            <h2 class="summary__title" id="sum">
                {t!("cart-nothing-to-buy-yet")}
            </h2>
            <p class="summary__note">{advice.say(locale())} "."</p>
            <a class="button button--block" href="/">
                {t!("cart-look-around")}
            </a>
        </aside>
    }
}

fn troubled(cart: &CartView) -> usize {
    cart.lines.iter().filter(|line| line.problem.is_some()).count()
}

/// How much more has to be in the cart for the quoted delivery to be free.
fn to_free_delivery(quote: &Quote, sums: &Totals, settings: &Settings) -> Option<Money> {
    let method = settings.shipping_methods.iter().find(|m| m.code == quote.shipping_method)?;
    let missing = method.free_from?.minus(quote.cart.subtotal).ok()?;
    (missing.minor > 0 && !sums.shipping.is_zero()).then_some(missing)
}

/// A cart without anything to order, on other pages.
pub fn nothing_to_order() -> impl IntoView {
    view! {
        <Empty title=t!("cart-nothing-to-order")>
            <p>{t!("cart-nothing-to-order-text")}</p>
            <a class="button" href="/">
                {t!("cart-look-around")}
            </a>
        </Empty>
    }
}
