//! The page of a product that there is.

use super::acts::{Delete, Duplicate, Save};
use super::facts::Facts;
use super::form::{product_form, save_bar};
use super::{address, category_choices, fetches, pictures, rows};
use crate::admin::audit::history;
use crate::ui::{Form, Hidden, Icon, Live, Notice, StatusBadge, page};
use crate::web::flash::{FormState, Tone};
use crate::web::live::follows_one;
use crate::web::{Visit, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::audit::Entity;
use shop::catalog::products::{self, ProductForEdit, ProductInput};
use shop::catalog::{self, ProductStatus, images};
use shop::id::ProductId;
use shop::live::{LiveTopic, other_editors};
use shop::{Error, Result};

#[component]
pub fn EditProduct() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("product"));
    page(async move {
        let id: ProductId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let product = products::for_edit(visit.shop(), visit.staff()?, id).await?;
        let state = visit.flash.form(Save::url(), &id.to_string());
        edit_page(&visit, product, &state).await
    })
}

/// The page of one product, with what was typed if its form is shown again.
pub(super) async fn edit_page(visit: &Visit, product: ProductForEdit, state: &FormState) -> Result<AnyView> {
    let (shop, staff) = (visit.shop(), visit.staff()?);
    let ProductForEdit { id, version, status, updated_at, input: stored } = product;
    let name = stored.name.to_string();
    let slug = stored.slug.to_string();
    let preview = catalog::product_preview(shop, staff, id).await?;
    let choices = pictures::choices(&preview);
    let shots = images::of(shop, staff, id).await?;
    let wanted = fetches::of_product(&name, images::fetches(shop, staff, id).await?);
    let tree = catalog::tree(shop).await?;
    let may_write = staff.can(Permission::CatalogWrite);
    let facts = Facts {
        id: Some(id),
        which: id.to_string(),
        version,
        status,
        updated_at: Some(updated_at),
        categories: category_choices(&tree, "None"),
        free: preview.variants.iter().map(|v| (v.id, v.available)).collect(),
        only: preview.variants.first().map(|v| v.id),
        currency: shop.currency,
        may_write,
    };
    let input = shown(visit, state, Some(id), stored).await?;
    let (href, words) = match status {
        ProductStatus::Published => (format!("/products/{slug}"), "View in the shop"),
        ProductStatus::Draft | ProductStatus::Archived => (format!("{}/preview", address(id)), "Preview"),
    };
    let view_link = view! {
        <a class="button button--secondary button--small" href=href>
            <Icon name="eye" />
            {words}
        </a>
    };
    let copy = may_write.then(|| {
        view! {
            <Form action=Duplicate::url() class="">
                <Hidden name="product" value=id.to_string() />
                <button class="button button--secondary button--small">
                    <Icon name="copy" />
                    "Duplicate"
                </button>
            </Form>
        }
    });
    let editors = editors(visit, id).await?;
    let log = history(visit, Entity::Product, &id.to_string()).await;
    let title = name.clone();
    Ok(view! {
        <Title text=title />
        {crumbs(name.clone())}
        <header class="admin-head">
            <div class="admin-head__title">
                <h1>{name.clone()}</h1>
                <StatusBadge status=status />
            </div>
            <div class="admin-head__actions">{view_link} {copy}</div>
        </header>
        {editors}
        {product_form(facts, input)}
        {pictures::panel(visit, id, shots, wanted, choices, may_write)}
        {(may_write && status == ProductStatus::Draft).then(|| deletion(id))}
        {log}
        {may_write.then(|| save_bar(format!("Version {version}"), "/admin/products".to_owned()))}
    }
    .into_any())
}

/// Colleagues who have the product open, too: whoever saves second is asked what shall stand.
async fn editors(visit: &Visit, id: ProductId) -> Result<impl IntoView + use<>> {
    let follows = follows_one(visit, LiveTopic::Editing(id)).await?;
    let others: Vec<_> =
        other_editors(visit.shop(), visit.staff()?, id).await?.into_iter().map(|editor| editor.name).collect();
    let words = match others.split_last() {
        None => None,
        Some((one, [])) => Some(format!("{one} has this product open, too.")),
        Some((last, rest)) => Some(format!("{} and {last} have this product open, too.", rest.join(", "))),
    };
    let notice = words.map(|words| {
        view! {
            <Notice tone=Tone::Info>
                <p data-says-live="">{words}</p>
            </Notice>
        }
    });
    Ok(view! {
        <Live id="editors" follows=follows>
            {notice}
        </Live>
    })
}

/// What the form shows: what was typed, with or without some rows, or what is stored.
pub(super) async fn shown(
    visit: &Visit,
    state: &FormState,
    id: Option<ProductId>,
    stored: ProductInput,
) -> Result<ProductInput> {
    if !state.is_refused() {
        return Ok(stored);
    }
    let typed: ProductInput = state.input()?;
    let act = state.typed("act").unwrap_or_default();
    if act == rows::ALL && state.faults().is_empty() {
        // it was possible when it was asked for; if it no longer is, the rows stay as they are
        let filled = products::with_all_variants(visit.shop(), visit.staff()?, id, typed.clone()).await;
        return Ok(filled.map_or(typed, |filled| filled.input));
    }
    Ok(rows::changed(&act, state, typed))
}

pub(super) fn crumbs(here: String) -> impl IntoView {
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                <li>
                    <a href="/admin/products">"Products"</a>
                </li>
                <li aria-current="page">{here}</li>
            </ol>
        </nav>
    }
}

fn deletion(id: ProductId) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="delete-title">
            <div class="panel__head">
                <h2 class="panel__title" id="delete-title">
                    "Delete this draft"
                </h2>
            </div>
            <Form action=Delete::url() class="panel__body stack">
                <p class="muted">
                    "It goes with its pictures and stock, for good. What was once ordered can only be archived."
                </p>
                <Hidden name="product" value=id.to_string() />
                <div>
                    <button class="button button--danger button--small">"Delete the draft"</button>
                </div>
            </Form>
        </section>
    }
}
