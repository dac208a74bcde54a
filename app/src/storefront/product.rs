//! The page of one product.

mod choices;
mod gallery;
mod structured;

use super::frame::delivery_words;
use super::paths::{category_path, product_path};
use super::seo::{Seo, breadcrumb_data, data_block};
use super::watches;
use crate::ui::{Empty, Form, Hidden, Icon, Price, Quantity, breadcrumb, live_stock, page, products};
use crate::web::live::{Follows, follows};
use crate::web::redirect::redirect;
use crate::web::{Visit, use_visit};
use crate::words::{Words, locale};
use axum::http::StatusCode;
use choices::{Choices, PLACE};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::catalog::{self, Condition, ProductAt, ProductCard, ProductPage, Variant, description_html};
use shop::live::{LiveTopic, product_version};
use shop::settings::{self, Settings};
use shop::{Error, Result};
use std::sync::Arc;

#[component]
pub fn Product() -> impl IntoView {
    let visit = use_visit();
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    page(async move {
        let product = match catalog::product(visit.shop(), &slug).await? {
            ProductAt::Here(product) => product,
            ProductAt::Moved(slug) => {
                let query = if visit.query.is_empty() { String::new() } else { format!("?{}", visit.query) };
                redirect(&format!("{}{query}", product_path(&slug)), StatusCode::MOVED_PERMANENTLY);
                return Ok(().into_any());
            }
        };
        let settings = settings::current(visit.shop()).await?;
        let related = catalog::related(visit.shop(), &product).await?;
        let at = product_path(&product.slug);
        let choices = Choices::new(&product, visit.param("sku").as_deref(), at).ok_or(Error::NotFound)?;
        let steps = || product.breadcrumb.iter().map(|c| (category_path(&c.slug), c.name.as_str()));
        let here = std::iter::once((product_path(&product.slug), product.texts.name.as_str()));
        Ok(view! {
            {seo(&product).view(&visit)}
            {data_block(&structured::product(visit.shop(), &product))}
            {data_block(&breadcrumb_data(visit.shop(), steps().chain(here)))}
            {body(&product, &choices, &settings, &related, false)?}
        }
        .into_any())
    })
}

/// The page for staff, at an address of theirs, whatever the product's status: nothing on it can be bought, and
/// machines are told nothing.
pub async fn preview(visit: &Visit, product: &ProductPage, at: String) -> Result<AnyView> {
    let settings = settings::current(visit.shop()).await?;
    let related = catalog::related(visit.shop(), product).await?;
    match Choices::new(product, visit.param("sku").as_deref(), at) {
        Some(choices) => Ok(body(product, &choices, &settings, &related, true)?.into_any()),
        None => Ok(view! {
            <div class="container">
                <Empty title=t!("product-nothing-to-sell")>
                    <p>{t!("product-nothing-to-sell-text")}</p>
                </Empty>
            </div>
        }
        .into_any()),
    }
}

/// What people see of the page.
fn body(
    product: &ProductPage,
    choices: &Choices<'_>,
    settings: &Settings,
    related: &[Arc<ProductCard>],
    preview: bool,
) -> Result<impl IntoView + use<>> {
    let steps = product.breadcrumb.iter().map(|c| (category_path(&c.slug), c.name.clone())).collect();
    Ok(view! {
        <div class="container">
            {breadcrumb(steps, product.texts.name.clone())} <div class="product" data-chooses="">
                {gallery::view(product, choices.chosen)}
                {buy(product, choices, settings, preview)?}
                <p class="visually-hidden" role="status" data-says=""></p>
            </div> {about(product, choices.chosen)} {others(related)}
        </div>
    })
}

fn seo(product: &ProductPage) -> Seo {
    let or = |first: &str, second: &str| if first.is_empty() { second.to_owned() } else { first.to_owned() };
    Seo {
        title: or(&product.texts.seo_title, &product.texts.name),
        description: or(&product.texts.seo_description, &or(&product.texts.summary, &product.texts.name)),
        canonical: product_path(&product.slug),
        picture: product.pictures.first().map(|p| p.picture.clone()),
        kind: Some("product"),
        ..Seo::default()
    }
}

/// Name, price, stock, what there is to choose, and the form that puts it in the cart.
fn buy(
    product: &ProductPage,
    choices: &Choices<'_>,
    settings: &Settings,
    preview: bool,
) -> Result<impl IntoView + use<>> {
    let chosen = choices.chosen;
    // on sale it is kept as things are
    let follows = match preview {
        true => Follows::default(),
        false => follows(&use_visit(), &[(LiveTopic::Product(product.id), product_version(product))]),
    };
    let saved = chosen.compare_at.map(|was| was.minus(chosen.price)).transpose()?;
    let brand = (!product.texts.brand.is_empty()).then(|| {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("brand", &product.texts.brand).finish();
        view! {
            <p class="product__brand">
                <a href=format!("/search?{query}")>{product.texts.brand.clone()}</a>
            </p>
        }
    });
    Ok(view! {
        <div
            class="product__buy"
            id=PLACE
            data-renews=PLACE
            data-said=choices.said()
            data-live=follows.live
            data-ticket=follows.ticket
        >
            {brand}
            <h1 class="product__title">{product.texts.name.clone()}</h1>
            <div class="product__price">
                <Price now=chosen.price was=chosen.compare_at large=true live=Some(chosen.id) />
                {saved.map(|saved| view! { <span class="tag tag--offer">{t!("product-save", amount = saved)}</span> })}
                {not_new(product).map(|condition| view! { <span class="tag">{condition.say(locale())}</span> })}
            </div>
            <p class="muted small">
                {rich!(
                    "product-tax-and-delivery", [tax = tax_words(settings)], link = view! {
                    <a href="/help#delivery">{t!("product-delivery")}</a>
                }
                )}
            </p>
            {(!product.texts.summary.is_empty())
                .then(|| view! { <p class="product__lead">{product.texts.summary.clone()}</p> })}
            {form(choices, preview)}
            {(!preview).then(|| watches::offers(chosen, settings))}
            <ul class="product__perks">
                {delivery_words(settings)
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
                    })} <li>
                    <Icon name="receipt" />
                    {t!("product-sku-is", sku = &chosen.sku)}
                </li>
            </ul>
        </div>
    })
}

fn tax_words(settings: &Settings) -> Words {
    let rate = settings.default_tax_rate;
    match settings.prices_include_tax {
        true => t!("product-including-tax", rate = rate),
        false => t!("product-plus-tax", rate = rate),
    }
}

/// More than so many of one thing are asked for by telephone.
const AT_ONCE: i32 = 99;

fn form(choices: &Choices<'_>, preview: bool) -> impl IntoView + use<> {
    let chosen = choices.chosen;
    let (id, can_buy, most) = (chosen.id.to_string(), chosen.in_stock, chosen.available.clamp(1, AT_ONCE));
    let (links, stock_words) = (choices.view(), live_stock(chosen.id, chosen.availability));
    let content = move || {
        view! {
            {links}
            <Hidden name="variantId" value=id />
            <p>{stock_words}</p>
            {if can_buy {
                view! {
                    <div class="buy__row">
                        <Quantity max=most />
                        <button class="button">{t!("product-add-to-cart")}</button>
                    </div>
                }
                    .into_any()
            } else {
                view! { <p class="muted">{t!("product-sold-out")}</p> }.into_any()
            }}
        }
    };
    match preview {
        true => view! {
            <fieldset class="buy" disabled>
                {content()}
            </fieldset>
        }
        .into_any(),
        false => view! {
            <Form action=super::cart::Add::url() class="buy">
                {content()}
            </Form>
        }
        .into_any(),
    }
}

/// Description and specification, side by side where there is room.
fn about(product: &ProductPage, chosen: &Variant) -> impl IntoView + use<> {
    let description = (!product.texts.description.is_empty()).then(|| {
        view! {
            <section class="prose" aria-labelledby="h-about">
                <h2 id="h-about">{t!("product-about-it")}</h2>
                <div class="prose" inner_html=description_html(&product.texts.description)></div>
            </section>
        }
    });
    let line = |name: Words, value: String| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    let texts = &product.texts;
    let specifications =
        texts.specifications.iter().map(|s| line(s.name.clone().into(), s.value.clone())).collect_view();
    let says = |name: &str| texts.specifications.iter().any(|s| s.name.eq_ignore_ascii_case(name));
    let grams = chosen.weight_grams.filter(|_| !says("weight"));
    let weight = grams.map(|grams| line(t!("product-weight"), locale().weight(grams).into_owned()));
    let facts = [
        (
            "country of origin",
            t!("product-country-of-origin"),
            texts.country_of_origin.map(|country| country.say(locale()).into_owned()),
        ),
        ("condition", t!("product-condition"), not_new(product).map(|condition| condition.say(locale()).into_owned())),
        ("gtin", t!("product-gtin"), texts.gtin.clone()),
        ("mpn", t!("product-mpn"), texts.mpn.clone()),
    ];
    let facts = facts.into_iter().filter(|(name, ..)| !says(name));
    let facts = facts.filter_map(|(_, name, value)| Some(line(name, value?))).collect_view();
    let class = if description.is_some() { "section columns" } else { "section" };
    view! {
        <div class=class>
            {description} <section class="columns__side" aria-labelledby="h-specification" data-renews="specification">
                <h2 id="h-specification">{t!("product-specification")}</h2>
                <dl class="spec">{specifications} {weight} {facts} {line(t!("product-sku"), chosen.sku.clone())}</dl>
            </section>
        </div>
    }
}

/// What shoppers must know before they buy.
fn not_new(product: &ProductPage) -> Option<Condition> {
    Some(product.texts.condition).filter(|condition| *condition != Condition::New)
}

fn others(related: &[Arc<ProductCard>]) -> impl IntoView + use<> {
    let cards = &related[..related.len().min(6)];
    (!cards.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby="h-related">
                <div class="section__head">
                    <h2 id="h-related">{t!("product-related")}</h2>
                </div>
                {products(cards, "products products--compact", 0)}
            </section>
        }
    })
}
