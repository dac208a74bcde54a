//! Categories, and the two shelves that cut across all of them: what is new, what is on offer.

use super::listing::{List, Shelf, subcategories};
use super::paths::category_path;
use super::seo::{breadcrumb_data, data_block};
use crate::ui::{breadcrumb, page};
use crate::web::use_visit;
use crate::words::Words;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::{Error, catalog, settings};

#[component]
pub fn CategoryPage() -> impl IntoView {
    let visit = use_visit();
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    page(async move {
        let tree = catalog::tree(visit.shop()).await?;
        let category = tree.by_slug(&slug).filter(|c| c.shown).ok_or(Error::NotFound)?;
        let list = List::read(&visit, Shelf::Category(slug)).await?;
        let mut way = tree.breadcrumb(category.id);
        let data = breadcrumb_data(visit.shop(), way.iter().map(|c| (category_path(&c.slug), c.name.as_str())));
        way.pop();
        let steps = way.into_iter().map(|c| (category_path(&c.slug), c.name)).collect();
        let mut seo = list.seo(category.name.clone(), category.description.clone());
        seo.picture = category.picture.clone().or(seo.picture);
        if seo.description.is_empty() {
            let settings = settings::current(visit.shop()).await?;
            seo.description = t!("listing-at", category = &category.name, shop = &settings.shop_name).into_owned();
        }
        Ok(view! {
            {seo.view(&visit)}
            {data_block(&data)}
            <div class="container">
                {breadcrumb(steps, category.name.clone())}
                {heading(category.name.clone(), category.description.clone())} {subcategories(&list)} {list.view()}
            </div>
        })
    })
}

#[component]
pub fn Offers() -> impl IntoView {
    shelf(Shelf::Offers, t!("listing-on-offer"), t!("listing-on-offer-lead"))
}

#[component]
pub fn New() -> impl IntoView {
    shelf(Shelf::New, t!("listing-new-in"), t!("listing-new-in-lead"))
}

fn shelf(shelf: Shelf, title: Words, lead: Words) -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let list = List::read(&visit, shelf).await?;
        Ok(view! {
            {list.seo(title.to_string(), lead.to_string()).view(&visit)}
            <div class="container">
                {breadcrumb(Vec::new(), title.to_string())} {heading(title.into_owned(), lead.into_owned())}
                {list.view()}
            </div>
        })
    })
}

fn heading(title: String, lead: String) -> impl IntoView {
    view! {
        <header class="page-head">
            <h1>{title}</h1>
            {(!lead.is_empty()).then(|| view! { <p class="page-head__lead">{lead}</p> })}
        </header>
    }
}
