//! The pictures of a product: a strip that scrolls, and thumbnails that lead to each.

use crate::ui::{Fetch, no_picture, picture, thumbnail};
use leptos::prelude::*;
use shop::catalog::{ProductPage, ProductPicture, Variant};
use std::collections::{BTreeSet, HashSet};

const STAGE: &str = "(min-width: 80rem) 42rem, (min-width: 60rem) 54vw, 92vw";

pub fn view(product: &ProductPage, chosen: &Variant) -> impl IntoView + use<> {
    let shown = shown(product, chosen);
    if shown.is_empty() {
        return view! {
            <div class="gallery" data-renews="gallery">
                <div class="gallery__stage">
                    <figure class="gallery__picture">{no_picture()}</figure>
                </div>
            </div>
        }
        .into_any();
    }
    let several = shown.len() > 1;
    let pictures = shown
        .iter()
        .enumerate()
        .map(|(n, it)| {
            let fetch = if n == 0 { Fetch::First } else { Fetch::Lazily };
            view! {
                <figure class="gallery__picture" id=format!("picture-{}", n + 1)>
                    {picture(&it.picture, STAGE, fetch, it.picture.alt.clone())}
                </figure>
            }
        })
        .collect_view();
    let thumbs = shown
        .iter()
        .enumerate()
        .map(|(n, it)| {
            view! {
                <li>
                    <a class="gallery__thumb" href=format!("#picture-{}", n + 1)>
                        {thumbnail(&it.picture, t!("product-picture", number = n + 1).into_owned())}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="gallery" data-gallery="" data-renews="gallery">
            <div
                class="gallery__stage"
                tabindex=several.then_some("0")
                role=several.then_some("region")
                aria-label=several.then(|| t!("product-pictures"))
            >
                {pictures}
            </div>
            {several
                .then(|| {
                    view! {
                        <ul class="gallery__thumbs" aria-label=t!("product-choose-a-picture")>
                            {thumbs}
                        </ul>
                    }
                })}
        </div>
    }
    .into_any()
}

/// The pictures of what was chosen, then those of all; never another finish's, unless there is nothing else. A picture
/// of the small tin in this colour does for the large one.
fn shown<'a>(product: &'a ProductPage, chosen: &Variant) -> Vec<&'a ProductPicture> {
    let looks: Vec<usize> = (0..product.options.len()).filter(|&place| looks_different(product, place)).collect();
    let alike = |v: &Variant| looks.iter().all(|&place| v.values.get(place) == chosen.values.get(place));
    let own = |p: &ProductPicture| product.shows(p, chosen);
    let kin = |p: &ProductPicture| p.variant.and_then(|id| product.variant(id)).is_some_and(alike);
    let pictures = &product.pictures;
    let first = pictures.iter().filter(|p| own(p));
    let then = pictures.iter().filter(|p| !own(p) && kin(p));
    let common = pictures.iter().filter(|p| p.variant.is_none() && p.value.is_none());
    let mut shown: Vec<_> = first.chain(then).chain(common).collect();
    let mut seen = HashSet::new();
    shown.retain(|p| seen.insert(&p.picture.hash));
    if shown.is_empty() { pictures.iter().take(1).collect() } else { shown }
}

/// Whether one sees by the pictures which value of an option was chosen: finishes look different, sizes mostly do not.
/// A value without pictures of its own looks as the product does.
fn looks_different(product: &ProductPage, place: usize) -> bool {
    let Some(option) = product.options.get(place) else { return false };
    let of_value = |value: &String| -> BTreeSet<&str> {
        let shows = |p: &&ProductPicture| product.value_shown(p, place) == Some(value);
        product.pictures.iter().filter(shows).map(|p| p.picture.hash.as_str()).collect()
    };
    let mut of_each = option.values.iter().map(of_value);
    let first = of_each.next();
    of_each.any(|of_value| Some(of_value) != first)
}
