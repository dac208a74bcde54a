//! The tree of categories.

mod acts;
mod picture;

use super::products::category_choices;
use crate::admin::audit::history;
use crate::ui::{Field, Form, Hidden, Icon, Select, TextArea, TickBox, counted};
use crate::web::{page, use_visit};
use acts::{Create, Delete, Edit, Put, Show};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::Permission;
use shop::catalog::{self, AdminCategory, CategoryInput, Tree};
use shop::id::CategoryId;

pub use picture::upload_route;

fn address(id: CategoryId) -> String {
    format!("/admin/categories/{id}")
}

#[component]
pub fn Categories() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let staff = visit.staff()?;
        let all = catalog::admin_categories(visit.shop(), staff).await?;
        let tree = catalog::tree(visit.shop()).await?;
        let may_write = staff.can(Permission::CatalogWrite);
        let levels = all.iter().map(|line| line.category.depth + 1).max().unwrap_or(0);
        let meta = format!("{}, {levels} {}", categories(all.len()), if levels == 1 { "level" } else { "levels" });
        let list = match all.is_empty() {
            true => view! { <p class="panel__body muted">"None yet. Products are published into categories."</p> }
                .into_any(),
            false => view! { <ul class="tree">{branch(&all, None, may_write)}</ul> }.into_any(),
        };
        let new = may_write.then(|| {
            let parent = visit.param("inside").unwrap_or_default();
            view! {
                <section class="panel" aria-labelledby="new">
                    <div class="panel__head"><h2 class="panel__title" id="new">"New category"</h2></div>
                    <Form action=Create::url() class="panel__body form" asks=true>
                        {fields(CategoryInput { parent: parent.into(), is_active: "on".into(), ..Default::default() }, category_choices(&tree, "None, at the top"))}
                        <div class="form__actions"><button class="button">"Create"</button></div>
                    </Form>
                </section>
            }
        });
        Ok(view! {
            <Title text="Categories" />
            <header class="admin-head">
                <div class="admin-head__title"><h1>"Categories"</h1></div>
                <p class="admin-head__meta">{meta}</p>
            </header>
            <div class="edit">
                <section class="panel" aria-label="Tree of categories">{list}</section>
                {new}
            </div>
        })
    })
}

fn categories(n: usize) -> String {
    if n == 1 { "1 category".to_owned() } else { format!("{n} categories") }
}

/// The categories directly below one, each with its own branch.
fn branch(all: &[AdminCategory], parent: Option<CategoryId>, may_write: bool) -> Vec<AnyView> {
    let siblings: Vec<_> = all.iter().filter(|line| line.category.parent == parent).collect();
    let last = siblings.len().saturating_sub(1);
    let item = |(n, line): (usize, &&AdminCategory)| {
        let below = branch(all, Some(line.category.id), may_write);
        let below = (!below.is_empty()).then(|| view! { <ul>{below}</ul> });
        view! { <li>{row(line, n, last, may_write)} {below}</li> }.into_any()
    };
    siblings.iter().enumerate().map(item).collect()
}

fn row(line: &AdminCategory, n: usize, last: usize, may_write: bool) -> impl IntoView + use<> {
    let category = &line.category;
    let (id, name) = (category.id, category.name.clone());
    let hidden = match (category.is_active, category.shown) {
        (false, _) => Some("Hidden"),
        (true, false) => Some("Hidden from above"),
        _ => None,
    };
    let actions = may_write.then(|| {
        let parent = category.parent.map(|id| id.to_string()).unwrap_or_default();
        let edit = format!("Edit {name}");
        let (up, down) = (format!("Move {name} up"), format!("Move {name} down"));
        view! {
            <Form action=Put::url() class="tree__actions">
                <Hidden name="category" value=id.to_string() />
                <Hidden name="parentId" value=parent />
                <button class="icon-button" name="position" value=n disabled=n == 0 aria-label=up><Icon name="up" /></button>
                <button class="icon-button" name="position" value=n + 2 disabled=n == last aria-label=down><Icon name="down" /></button>
                <a class="icon-button" href=address(id) aria-label=edit><Icon name="edit" /></a>
            </Form>
        }
    });
    let products = view! {
        <a class="tree__meta" href=format!("/admin/products?category={id}")>{counted(line.products, "product")}</a>
    };
    view! {
        <div class="tree__row">
            <div class="tree__text">
                <a class="tree__name" href=address(id)>{category.name.clone()}</a> {products}
                {hidden.map(|word| view! { <span class="badge">{word}</span> })}
            </div>
            {actions}
        </div>
    }
}

fn fields(input: CategoryInput, parents: Vec<(String, String)>) -> impl IntoView {
    view! {
        <Field name="name" label="Name" value=input.name.to_string() required=true />
        <Select name="parentId" label="Inside" options=parents value=input.parent.to_string() />
        <Field name="slug" label="Address" value=input.slug.to_string() hint="The last part of the link; empty, it is made from the name." optional=true />
        <TextArea name="description" label="Description" value=input.description.to_string() rows=4 optional=true />
        <TickBox name="isActive" label="Shown in the shop" ticked=input.is_active.is_on() />
    }
}

#[component]
pub fn EditCategory() -> impl IntoView {
    let visit = use_visit();
    let id = use_params_map().with_untracked(|params| params.get("category"));
    page(async move {
        let (shop, staff) = (visit.shop(), visit.staff()?);
        let id: CategoryId = id.and_then(|id| id.parse().ok()).ok_or(Error::NotFound)?;
        let category = catalog::admin_category(shop, staff, id).await?;
        let input = catalog::category_for_edit(shop, staff, id).await?;
        let tree = catalog::tree(shop).await?;
        let line = catalog::admin_categories(shop, staff).await?.into_iter().find(|line| line.category.id == id);
        let products = line.map_or(0, |line| line.products);
        let may_write = staff.can(Permission::CatalogWrite);
        let name = category.name.clone();
        let link = category.shown.then(|| {
            view! {
                <a class="button button--secondary button--small" href=format!("/categories/{}", category.slug)>
                    <Icon name="eye" />
                    "View in the shop"
                </a>
            }
        });
        let below = may_write.then(|| {
            view! {
                <a class="button button--secondary button--small" href=format!("/admin/categories?inside={id}#new")>
                    <Icon name="plus" />
                    "New one inside"
                </a>
            }
        });
        let parents = places(&tree, id);
        let picture = picture::panel(&visit, &category, may_write);
        let side = may_write.then(|| side(id, category.is_active));
        let log = history(&visit, "category", &id.to_string()).await;
        let title = name.clone();
        Ok(view! {
            <Title text=title />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li><a href="/admin/categories">"Categories"</a></li>
                    <li aria-current="page">{name.clone()}</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{name.clone()}</h1>
                    {(!category.shown).then(|| view! { <span class="badge">"Hidden"</span> })}
                </div>
                <p class="admin-head__meta">
                    <a href=format!("/admin/products?category={id}")>{counted(products, "product")}</a> " directly in it"
                </p>
                <div class="admin-head__actions">{link} {below}</div>
            </header>
            <div class="edit">
                <section class="panel" aria-labelledby="edit-title">
                    <div class="panel__head"><h2 class="panel__title" id="edit-title">"Category"</h2></div>
                    <Form action=Edit::url() which=id.to_string() class="panel__body" asks=true>
                        <fieldset class="form" disabled=!may_write>
                            <Hidden name="category" value=id.to_string() />
                            {fields(input, parents)}
                            {may_write.then(|| view! { <div class="form__actions"><button class="button">"Save"</button></div> })}
                        </fieldset>
                    </Form>
                </section>
                <div class="edit__side">{picture} {side} {log}</div>
            </div>
        })
    })
}

/// Where a category may be put: anywhere but below itself.
fn places(tree: &Tree, id: CategoryId) -> Vec<(String, String)> {
    let own: Vec<_> = tree.branch(id).iter().map(|category| category.id.to_string()).collect();
    category_choices(tree, "None, at the top").into_iter().filter(|(place, _)| !own.contains(place)).collect()
}

fn side(id: CategoryId, active: bool) -> impl IntoView {
    let (words, label, next) = match active {
        true => ("Hidden, it takes all below it and their products out of the shop.", "Hide from the shop", "false"),
        false => ("Shoppers see neither it nor what lies below it.", "Show in the shop", "true"),
    };
    view! {
        <section class="panel" aria-labelledby="shown">
                <div class="panel__head"><h2 class="panel__title" id="shown">"In the shop"</h2></div>
                <Form action=Show::url() class="panel__body stack">
                    <p class="muted">{words}</p>
                    <Hidden name="category" value=id.to_string() />
                    <Hidden name="active" value=next />
                    <div><button class="button button--secondary button--small">{label}</button></div>
                </Form>
            </section>
            <section class="panel" aria-labelledby="delete">
                <div class="panel__head"><h2 class="panel__title" id="delete">"Delete"</h2></div>
                <Form action=Delete::url() class="panel__body stack">
                    <p class="muted">"Only a category without products and without others below it."</p>
                    <Hidden name="category" value=id.to_string() />
                    <div><button class="button button--danger button--small">"Delete the category"</button></div>
                </Form>
            </section>
    }
}
