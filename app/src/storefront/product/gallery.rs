//! The pictures of a product: a strip that scrolls, and thumbnails that lead to each.

use crate::ui::{Fetch, no_picture, picture, thumbnail};
use leptos::prelude::*;
use shop::catalog::{ProductPage, ProductPicture, Variant};

const STAGE: &str = "(min-width: 80rem) 42rem, (min-width: 60rem) 54vw, 92vw";

pub fn view(product: &ProductPage, chosen: &Variant) -> impl IntoView + use<> {
    let shown = shown(&product.pictures, chosen);
    if shown.is_empty() {
        return view! {
            <div class="gallery">
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
                        {thumbnail(&it.picture, format!("Picture {}", n + 1))}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="gallery" data-gallery="">
            <div
                class="gallery__stage"
                tabindex=several.then_some("0")
                role=several.then_some("region")
                aria-label=several.then_some("Pictures")
            >
                {pictures}
            </div>
            {several
                .then(|| {
                    view! {
                        <ul class="gallery__thumbs" aria-label="Choose a picture">
                            {thumbs}
                        </ul>
                    }
                })}
        </div>
    }
    .into_any()
}

/// The chosen variant's own pictures, then those of all; never another variant's, unless there is nothing else.
fn shown<'a>(pictures: &'a [ProductPicture], chosen: &Variant) -> Vec<&'a ProductPicture> {
    let own = pictures.iter().filter(|p| p.variant == Some(chosen.id));
    let common = pictures.iter().filter(|p| p.variant.is_none());
    let shown: Vec<_> = own.chain(common).collect();
    if shown.is_empty() { pictures.iter().take(1).collect() } else { shown }
}
