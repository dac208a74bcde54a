//! What a search finds, and help when it finds nothing.

use super::home::row;
use super::listing::{List, Shelf};
use super::paths::category_path;
use super::seo::Seo;
use crate::ui::{Icon, Notice, page};
use crate::web::flash::Tone;
use crate::web::{Visit, use_visit};
use leptos::prelude::*;
use shop::{Result, catalog};

#[component]
pub fn Search() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let list = List::read(&visit, Shelf::Search).await?;
        if list.filter.q.is_empty() && !list.is_narrowed() && list.filter.category.is_none() {
            return Ok(nothing_asked(&visit).await?.into_any());
        }
        if list.listing.page.total == 0 && !list.is_narrowed() {
            return Ok(nothing_found(&visit, &list).await?.into_any());
        }
        let title = title(&list);
        let seo = list.seo(title.clone(), String::new());
        let instead = list.listing.did_you_mean.clone().map(|words| {
            let typed = list.filter.q.clone();
            view! {
                <Notice tone=Tone::Info>
                    <p>
                        {rich!(
                            "search-instead",
                            typed = view! { <strong>{typed}</strong> },
                            instead = view! { <strong>{words}</strong> }
                        )}
                    </p>
                </Notice>
            }
        });
        Ok(view! {
            {seo.view(&visit)}
            <div class="container">
                <header class="page-head">
                    <h1>{title}</h1>
                </header>
                <div class="stack stack--loose">{instead} {list.view()}</div>
            </div>
        }
        .into_any())
    })
}

fn title(list: &List) -> String {
    let found = list.listing.did_you_mean.as_ref().unwrap_or(&list.filter.q);
    let mut brands = list.filter.brands.iter();
    match (found.as_str(), brands.next(), brands.next()) {
        ("", Some(brand), None) => brand.clone(),
        ("", ..) => t!("search-all-products").into_owned(),
        (words, ..) => t!("search-results-for", words = words).into_owned(),
    }
}

fn head(title: String) -> Seo {
    Seo { title, canonical: "/search".into(), hidden: true, ..Seo::default() }
}

/// Nobody typed anything: where to begin.
async fn nothing_asked(visit: &Visit) -> Result<impl IntoView + use<>> {
    let home = catalog::home(visit.shop()).await?;
    let links = home.categories.iter().map(|c| link(category_path(&c.slug), c.name.clone())).collect_view();
    Ok(view! {
        {head(t!("search-search").into_owned()).view(visit)}
        <div class="container">
            <div class="empty">
                <Icon name="search" large=true />
                <h1>{t!("search-heading")}</h1>
                <p>{t!("search-what-to-type")}</p>
            </div>
            <section class="section" aria-labelledby="h-departments">
                <div class="section__head">
                    <h2 id="h-departments">{t!("search-by-department")}</h2>
                </div>
                <ul class="subcategories">{links}</ul>
            </section>
            {row("featured", t!("home-featured"), None, &home.featured)}
        </div>
    })
}

async fn nothing_found(visit: &Visit, list: &List) -> Result<impl IntoView + use<>> {
    let home = catalog::home(visit.shop()).await?;
    let listing = &list.listing;
    let title = match list.filter.q.as_str() {
        "" => t!("search-empty").into_owned(),
        words => t!("search-nothing-found-for", words = words).into_owned(),
    };
    let suggestions = listing
        .suggestions
        .iter()
        .enumerate()
        .map(|(n, words)| {
            let href = list.href(&list.filter.with_query(words).with_category(None));
            view! {
                {(n > 0).then_some(", ")}
                <a href=href>{words.clone()}</a>
            }
        })
        .collect_view();
    let popular = listing.popular.iter().map(|c| link(category_path(&c.slug), c.name.clone())).collect_view();
    Ok(view! {
        {head(title.clone()).view(visit)}
        <div class="container">
            <div class="empty">
                <Icon name="search" large=true />
                <h1>{title}</h1>
                <p>{t!("search-try-this")}</p>
                {(!listing.suggestions.is_empty())
                    .then(|| view! { <p>{rich!("search-did-you-mean", suggestions = suggestions)}</p> })}
            </div>
            {(!listing.popular.is_empty())
                .then(|| {
                    view! {
                        <section class="section" aria-labelledby="h-popular">
                            <div class="section__head">
                                <h2 id="h-popular">{t!("search-look-around")}</h2>
                            </div>
                            <ul class="subcategories">{popular}</ul>
                        </section>
                    }
                })}
            {row("featured", t!("home-featured"), None, &home.featured)}
        </div>
    })
}

fn link(href: String, text: String) -> impl IntoView {
    view! {
        <li>
            <a href=href>{text}</a>
        </li>
    }
}
