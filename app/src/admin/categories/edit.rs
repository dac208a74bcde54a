//! The page of one category.

use super::acts::{Delete, Edit, Show};
use super::fields::fields;
use super::picture;
use crate::admin::audit::history;
use crate::admin::products::category_choices;
use crate::ui::{Form, Hidden, Icon, counted, page};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::Permission;
use shop::audit::Entity;
use shop::catalog::{self, Tree};
use shop::id::CategoryId;

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
        let log = history(&visit, Entity::Category, &id.to_string()).await;
        let title = name.clone();
        Ok(view! {
            <Title text=title />
            <nav class="breadcrumb" aria-label="Breadcrumb">
                <ol>
                    <li>
                        <a href="/admin/categories">"Categories"</a>
                    </li>
                    <li aria-current="page">{name.clone()}</li>
                </ol>
            </nav>
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>{name.clone()}</h1>
                    {(!category.shown).then(|| view! { <span class="badge">"Hidden"</span> })}
                </div>
                <p class="admin-head__meta">
                    <a href=format!("/admin/products?category={id}")>{counted(products, "product")}</a>
                    " directly in it"
                </p>
                <div class="admin-head__actions">{link} {below}</div>
            </header>
            <div class="edit">
                <section class="panel" aria-labelledby="edit-title">
                    <div class="panel__head">
                        <h2 class="panel__title" id="edit-title">
                            "Category"
                        </h2>
                    </div>
                    <Form action=Edit::url() which=id.to_string() class="panel__body" asks=true>
                        <fieldset class="form" disabled=!may_write>
                            <Hidden name="category" value=id.to_string() />
                            {fields(input, parents)}
                            {may_write
                                .then(|| {
                                    view! {
                                        <div class="form__actions">
                                            <button class="button">"Save"</button>
                                        </div>
                                    }
                                })}
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
            <div class="panel__head">
                <h2 class="panel__title" id="shown">
                    "In the shop"
                </h2>
            </div>
            <Form action=Show::url() class="panel__body stack">
                <p class="muted">{words}</p>
                <Hidden name="category" value=id.to_string() />
                <Hidden name="active" value=next />
                <div>
                    <button class="button button--secondary button--small">{label}</button>
                </div>
            </Form>
        </section>
        <section class="panel" aria-labelledby="delete">
            <div class="panel__head">
                <h2 class="panel__title" id="delete">
                    "Delete"
                </h2>
            </div>
            <Form action=Delete::url() class="panel__body stack">
                <p class="muted">"Only a category without products and without others below it."</p>
                <Hidden name="category" value=id.to_string() />
                <div>
                    <button class="button button--danger button--small">"Delete the category"</button>
                </div>
            </Form>
        </section>
    }
}
