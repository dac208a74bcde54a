//! Categories: the tree that shoppers see, for everybody; all of it, for those who work here.

use super::answer::{Answer, DoneEnvelope, Envelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Path, Query};
use super::fault::Result;
use super::patch::Patch;
use super::precondition::{IfMatch, tag};
use super::query::flag;
use crate::web::App;
use axum::extract::State;
use axum::http::header;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shop::accounts::{May, Permission};
use shop::catalog::{self, Category, CategoryInput, CategoryNode, Crumb, Picture, Tree};
use shop::id::CategoryId;
use shop::input::Raw;
use shop::{Error, Invalid, Shop};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, change, delete))
}

/// A category, with those below it.
#[derive(Serialize, ToSchema)]
#[schema(as = Category)]
#[serde(rename_all = "camelCase")]
pub struct CategoryView {
    id: CategoryId,
    parent_id: Option<CategoryId>,
    #[schema(example = "shirts")]
    slug: String,
    #[schema(example = "Shirts")]
    name: String,
    #[schema(example = "Short sleeves and long ones")]
    description: String,
    /// Among its siblings, ascending.
    position: i32,
    image: Option<Picture>,
    /// Those that shoppers find in it, with all below.
    product_count: i64,
    #[schema(no_recursion)]
    children: Vec<CategoryView>,
    /// By itself; shoppers see it if all above it are active too.
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// From the root down to the category itself; of a category that was asked for by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Vec<Crumb>>,
    /// Active, with all above it: shoppers see it. For staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_shown: Option<bool>,
}

impl CategoryView {
    fn new(category: &Category, product_count: i64, children: Vec<Self>) -> Self {
        Self {
            id: category.id,
            parent_id: category.parent,
            slug: category.slug.clone(),
            name: category.name.clone(),
            description: category.description.clone(),
            position: category.position,
            image: category.picture.clone(),
            product_count,
            children,
            is_active: category.is_active,
            created_at: category.created_at,
            updated_at: category.updated_at,
            path: None,
            is_shown: None,
        }
    }

    /// With hidden ones, for those who work here.
    fn details(tree: &Tree, counts: &HashMap<CategoryId, i64>, category: &Category) -> Self {
        let below = tree.children(Some(category.id)).map(|child| Self::details(tree, counts, child)).collect();
        Self {
            is_shown: Some(category.shown),
            ..Self::new(category, counts.get(&category.id).copied().unwrap_or_default(), below)
        }
    }
}

impl From<&CategoryNode> for CategoryView {
    fn from(node: &CategoryNode) -> Self {
        Self::new(&node.category, node.product_count, node.children.iter().map(Self::from).collect())
    }
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListCategories {
    /// For those who work here (`catalog:read`): those that shoppers do not see, too.
    #[param(value_type = Option<bool>)]
    include_hidden: Raw,
}

/// The tree of categories
#[utoipa::path(
    get, path = "/categories", tag = "Categories",
    params(ListCategories),
    responses((status = 200, body = Envelope<Vec<CategoryView>>), (status = 304, description = "You have it already"), Faults),
    security((), ("token" = []), ("key" = ["catalog:read"])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListCategories>,
) -> Result<Answer<Vec<CategoryView>>> {
    let shop = &app.shop;
    let mut faults = Invalid::default();
    let include_hidden = flag(&query.include_hidden, "includeHidden", &mut faults);
    faults.into_result()?;
    if !include_hidden {
        let tree = catalog::category_tree(shop).await?;
        return Ok(Answer::ok(tree.iter().map(CategoryView::from).collect()).public());
    }
    caller.cataloguer()?;
    let (tree, counts) = (catalog::tree(shop).await?, catalog::category_counts(shop).await?);
    Ok(Answer::ok(tree.children(None).map(|root| CategoryView::details(&tree, &counts, root)).collect()))
}

/// One category, with those below it
///
/// Those who work here (`catalog:read`) get hidden ones too, and `ETag` with the version.
#[utoipa::path(
    get, path = "/categories/{category}", tag = "Categories",
    params(("category" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Envelope<CategoryView>), (status = 304, description = "You have it already"), Faults),
    security((), ("token" = []), ("key" = ["catalog:read"])),
)]
async fn show(State(app): State<App>, caller: Caller, Path(category): Path) -> Result<Answer<CategoryView>> {
    let shop = &app.shop;
    if let Some(who) = caller.operator().ok().filter(|who| who.can(Permission::CatalogRead)) {
        let tree = catalog::tree(shop).await?;
        let id = tree.by_slug(&category).map(|found| found.id).or_else(|| category.parse().ok());
        return details(shop, who, id.ok_or(Error::NotFound)?).await;
    }
    let page = catalog::category(shop, &category).await?;
    let view = CategoryView { path: Some(page.breadcrumb.clone()), ..CategoryView::from(&page.node) };
    Ok(Answer::ok(view).public())
}

async fn details(shop: &Shop, who: &dyn May, id: CategoryId) -> Result<Answer<CategoryView>> {
    // the version first, and from the database: a version that is too old only stops an edit
    let version = catalog::category_as_it_stands(shop, who, id).await?.updated_at;
    let (tree, counts) = (catalog::tree(shop).await?, catalog::category_counts(shop).await?);
    let category = tree.get(id).ok_or(Error::NotFound)?;
    let view = CategoryView { path: Some(tree.breadcrumb(id)), ..CategoryView::details(&tree, &counts, category) };
    Ok(Answer::ok(view).with(header::ETAG, Some(&tag(version.timestamp_micros()))))
}

/// Makes a category
///
/// It is shown, unless `isActive` says no.
#[utoipa::path(
    post, path = "/categories", tag = "Categories",
    request_body = CategoryInput,
    responses((status = 201, body = Envelope<CategoryView>), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn create(State(app): State<App>, caller: Caller, body: Patch<CategoryInput>) -> Result<Answer<CategoryView>> {
    let (shop, who) = (&app.shop, caller.cataloguer()?);
    let shown = CategoryInput { is_active: "true".into(), ..CategoryInput::default() };
    let id = catalog::create_category(shop, who, body.onto(&shown)?).await?;
    shop.cache.forget();
    let at = format!("/api/categories/{id}");
    Ok(details(shop, who, id).await?.as_created().with(header::LOCATION, Some(&at)))
}

fn named(category: &str) -> shop::Result<CategoryId> {
    category.parse().map_err(|_| Error::NotFound)
}

/// Changes a category in part
///
/// JSON Merge Patch (RFC 7396): what is named is replaced, `null` empties it, the rest stays.
#[utoipa::path(
    patch, path = "/categories/{category}", tag = "Categories",
    params(
        ("category" = CategoryId, Path),
        ("If-Match" = Option<String>, Header, description = "The version that is changed, as `ETag` said"),
    ),
    request_body = CategoryInput,
    responses((status = 200, body = Envelope<CategoryView>), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(category): Path,
    if_match: IfMatch,
    patch: Patch<CategoryInput>,
) -> Result<Answer<CategoryView>> {
    let (shop, who, id) = (&app.shop, caller.cataloguer()?, named(&category)?);
    if_match
        .hold(|| async {
            let now = catalog::category_as_it_stands(shop, who, id).await?;
            if_match.check(&tag(now.updated_at.timestamp_micros()))?;
            let input = patch.onto(&now.input)?;
            catalog::edit_category_if_unchanged(shop, who, id, Some(now.updated_at), input).await
        })
        .await?;
    if patch.empties("fileId") {
        catalog::remove_category_picture(shop, who, id).await?;
    }
    shop.cache.forget();
    details(shop, who, id).await
}

/// Deletes a category
///
/// One that has neither products nor categories below it.
#[utoipa::path(
    delete, path = "/categories/{category}", tag = "Categories",
    params(
        ("category" = CategoryId, Path),
        ("If-Match" = Option<String>, Header, description = "The version that is deleted, as `ETag` said"),
    ),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn delete(State(app): State<App>, caller: Caller, Path(category): Path, if_match: IfMatch) -> Result<Answer<()>> {
    let (shop, who, id) = (&app.shop, caller.cataloguer()?, named(&category)?);
    if_match
        .hold(|| async {
            let now = catalog::category_as_it_stands(shop, who, id).await?;
            if_match.check(&tag(now.updated_at.timestamp_micros()))?;
            catalog::delete_category_if_unchanged(shop, who, id, Some(now.updated_at)).await
        })
        .await?;
    Ok(Answer::ok(()))
}
