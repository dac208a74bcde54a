//! The shop window.

use super::frame::delivery_words;
use super::paths::category_path;
use super::seo::{Seo, absolute, data_block};
use crate::ui::{Empty, Fetch, Icon, no_picture, page, picture, products};
use crate::web::{Visit, use_visit};
use crate::words::Words;
use leptos::either::Either;
use leptos::prelude::*;
use serde_json::{Value, json};
use shop::catalog::{self, CategoryTile, ProductCard};
use shop::settings::{self, Settings};

/// A parcel, since any shop sends some.
const DRAWING: &str = include_str!("home/parcel.svg");

/// Three hang in the first band of tiles; the rest is below the fold.
const SHOWN: usize = 4;
const TILE: &str = "(min-width: 80rem) 18rem, (min-width: 60rem) 23vw, 46vw";

#[component]
pub fn Home() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let home = catalog::home(visit.shop()).await?;
        let settings = settings::current(visit.shop()).await?;
        let seo = Seo {
            title: settings.tagline.clone().unwrap_or_default(),
            description: settings.about.clone().unwrap_or_default(),
            canonical: "/".into(),
            ..Seo::default()
        };
        let headline = settings.tagline.clone().unwrap_or_else(|| settings.shop_name.clone());
        let empty = home.fresh.is_empty() && home.categories.is_empty();
        let first = home.categories.first().map(|c| (category_path(&c.slug), c.name.clone()));
        let tiles = home.categories.iter().map(tile).collect_view();
        Ok(view! {
            {seo.view(&visit)}
            {data_block(&who_sells(&visit, &settings))}
            <section class="hero">
                <div class="hero__inner container">
                    <div class="hero__text">
                        <h1 class="hero__title">{headline}</h1>
                        {settings.about.clone().map(|about| view! { <p class="hero__lead">{about}</p> })}
                        <p class="hero__actions">
                            {first
                                .map(|(href, name)| {
                                    view! {
                                        <a class="button" href=href>
                                            {name}
                                        </a>
                                    }
                                })} <a href="/new">{t!("home-see-new")}</a>
                        </p>
                    </div>
                    <div inner_html=DRAWING></div>
                </div>
            </section>
            <div class="promises-band">
                <ul class="promises container">
                    {delivery_words(&settings)
                        .map(|words| {
                            view! {
                                <li>
                                    <Icon name="truck" />
                                    {words}
                                </li>
                            }
                        })}
                    {(settings.return_days > 0)
                        .then(|| {
                            view! {
                                <li>
                                    <Icon name="refund" />
                                    {t!("product-days-to-send-back", count = settings.return_days)}
                                </li>
                            }
                        })}
                </ul>
            </div>
            <div class="container">
                {empty
                    .then(|| {
                        view! {
                            <Empty title=t!("home-empty")>
                                <p>{t!("home-empty-text")}</p>
                            </Empty>
                        }
                    })} {row("featured", t!("home-featured"), None, &home.featured)}
                {(!home.categories.is_empty())
                    .then(|| {
                        view! {
                            <section class="section" aria-labelledby="h-departments">
                                <div class="section__head">
                                    <h2 id="h-departments">{t!("home-by-department")}</h2>
                                </div>
                                <ul class="tiles">{tiles}</ul>
                            </section>
                        }
                    })} {row("new", t!("home-just-in"), Some(("/new", t!("home-all-new-products"))), &home.fresh)}
                {row("offers", t!("home-on-offer"), Some(("/offers", t!("home-all-offers"))), &home.on_offer)}
            </div>
        })
    })
}

/// <https://schema.org/OnlineStore>
fn who_sells(visit: &Visit, settings: &Settings) -> Value {
    let home = absolute(visit.shop(), "/");
    let mut store = json!({
        "@context": "https://schema.org", "@type": "OnlineStore", "name": settings.shop_name, "url": home,
        "email": settings.contact_email,
    });
    let more = [
        ("slogan", settings.tagline.clone()),
        ("description", settings.about.clone()),
        ("telephone", settings.contact_phone.clone()),
        ("address", Some(settings.address_lines.join(", ")).filter(|lines| !lines.is_empty())),
    ];
    for (key, value) in more {
        if let Some(value) = value {
            store[key] = value.into();
        }
    }
    store
}

fn tile(tile: &CategoryTile) -> impl IntoView + use<> {
    let shown = match &tile.picture {
        Some(it) => Either::Left(picture(it, TILE, Fetch::Lazily, String::new())),
        None => Either::Right(no_picture()),
    };
    view! {
        <li>
            <a class="tile" href=category_path(&tile.slug)>
                <div class="tile__picture">{shown}</div>
                <span class="tile__name">{tile.name.clone()}</span>
                <span class="tile__count">{t!("products", count = tile.product_count)}</span>
            </a>
        </li>
    }
}

/// A row of products under a heading; nothing when there are none.
pub fn row(
    id: &'static str,
    title: Words,
    more: Option<(&'static str, Words)>,
    cards: &[ProductCard],
) -> impl IntoView + use<> {
    let cards = &cards[..cards.len().min(SHOWN)];
    let heading = format!("h-{id}");
    (!cards.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby=heading>
                <div class="section__head">
                    <h2 id=heading.clone()>{title}</h2>
                    {more
                        .map(|(href, text)| {
                            view! {
                                <a class="section__link" href=href>
                                    {text}
                                </a>
                            }
                        })}
                </div>
                {products(cards, "products products--row", 0)}
            </section>
        }
    })
}
