//! All categories, one below the other, with the form for a new one.

use super::acts::{Create, Put};
use super::address;
use super::fields::fields;
use crate::admin::products::category_choices;
use crate::ui::{Form, Hidden, Icon, counted, page};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::catalog::{self, AdminCategory, CategoryInput};
use shop::id::CategoryId;

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
                    <div class="panel__head">
                        <h2 class="panel__title" id="new">
                            "New category"
                        </h2>
                    </div>
                    <Form action=Create::url() class="panel__body form" asks=true>
                        {fields(
                            CategoryInput {
                                parent: parent.into(),
                                is_active: "on".into(),
                                ..Default::default()
                            },
                            category_choices(&tree, "None, at the top"),
                        )}
                        <div class="form__actions">
                            <button class="button">"Create"</button>
                        </div>
                    </Form>
                </section>
            }
        });
        Ok(view! {
            <Title text="Categories" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"Categories"</h1>
                </div>
                <p class="admin-head__meta">{meta}</p>
            </header>
            <div class="edit">
                <section class="panel" aria-label="Tree of categories">
                    {list}
                </section>
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
                <button class="icon-button" name="position" value=n disabled=n == 0 aria-label=up>
                    <Icon name="up" />
                </button>
                <button class="icon-button" name="position" value=n + 2 disabled=n == last aria-label=down>
                    <Icon name="down" />
                </button>
                <a class="icon-button" href=address(id) aria-label=edit>
                    <Icon name="edit" />
                </a>
            </Form>
        }
    });
    let products = view! {
        <a class="tree__meta" href=format!("/admin/products?category={id}")>
            {counted(line.products, "product")}
        </a>
    };
    view! {
        <div class="tree__row">
            <div class="tree__text">
                <a class="tree__name" href=address(id)>
                    {category.name.clone()}
                </a>
                {products}
                {hidden.map(|word| view! { <span class="badge">{word}</span> })}
            </div>
            {actions}
        </div>
    }
}
