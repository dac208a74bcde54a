//! Products in a list.

use super::money::Price;
use super::picture::{Fetch, no_picture, picture};
use super::stock::stock;
use leptos::either::Either;
use leptos::prelude::*;
use shop::catalog::{Fragment, ProductCard};
use std::borrow::Borrow;

/// How wide a card is: two side by side on a phone, then as many as fit.
const CARD: &str = "(min-width: 80rem) 18rem, (min-width: 60rem) 23vw, (min-width: 40rem) 30vw, 46vw";

/// A grid of cards. The first `at_once` pictures are fetched with the page, the others when they come near.
pub fn products<C: Borrow<ProductCard>>(cards: &[C], class: &'static str, at_once: usize) -> impl IntoView + use<C> {
    let cards = cards
        .iter()
        .enumerate()
        .map(|(n, card)| product_card(card.borrow(), if n < at_once { Fetch::Now } else { Fetch::Lazily }))
        .collect_view();
    view! { <ul class=class>{cards}</ul> }
}

fn product_card(card: &ProductCard, fetch: Fetch) -> impl IntoView + use<> {
    let shown = match &card.picture {
        Some(it) => Either::Left(picture(it, CARD, fetch, String::new())),
        None => Either::Right(no_picture()),
    };
    let excerpt = card.marked_summary.iter().any(|part| part.hit).then(|| {
        view! { <p class="product-card__excerpt">{marked(&card.marked_summary)}</p> }
    });
    let name = match card.marked_name.is_empty() {
        true => Either::Left(card.name.clone()),
        false => Either::Right(marked(&card.marked_name)),
    };
    view! {
        <li class="product-card">
            <h3 class="product-card__title">
                <a href=format!("/products/{}", card.slug)>{name}</a>
            </h3>
            <div class="product-card__picture">
                {shown}
                {card
                    .on_offer
                    .then(|| {
                        view! {
                            <p class="product-card__tags">
                                <span class="tag tag--offer">{t!("product-offer")}</span>
                            </p>
                        }
                    })}
            </div>
            {(!card.brand.is_empty()).then(|| view! { <p class="product-card__brand">{card.brand.clone()}</p> })}
            {excerpt}
            <Price now=card.price was=card.compare_at from=card.has_price_range() />
            {stock(card.availability)}
        </li>
    }
}

/// Text with the words marked that were searched for.
pub fn marked(fragments: &[Fragment]) -> impl IntoView + use<> {
    let parts = fragments.iter().map(|part| match part.hit {
        true => Either::Left(view! { <mark>{part.text.clone()}</mark> }),
        false => Either::Right(part.text.clone()),
    });
    parts.collect_view()
}
