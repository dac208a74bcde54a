//! Products: what shoppers see, for everybody; all of it, for those who work here.

mod body;
mod query;
mod view;

use super::answer::{Answer, Envelope, FacetedEnvelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Json, Path, Query};
use super::fault::Result;
use super::patch::Patch;
use super::precondition::{IfMatch, tag};
use crate::web::App;
use axum::extract::{Request, State};
use axum::http::header;
use body::ProductForm;
use query::{CheckedQuery, ListProducts};
use serde::Serialize;
use shop::accounts::{May, Permission};
use shop::catalog::products::{self, Gone, ProductInput, Saved};
use shop::catalog::{self, ProductAt, ProductStatus};
use shop::id::ProductId;
use shop::input::Raw;
use shop::{Error, Shop};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use view::{Product, ProductSummary};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, replace, change, delete))
        .routes(routes!(publish))
        .routes(routes!(unpublish))
        .routes(routes!(archive))
}

/// Products
///
/// Those that shoppers see; with `status`, for those who work here, those of any status.
#[utoipa::path(
    get, path = "/products", tag = "Products",
    params(ListProducts),
    responses((status = 200, body = FacetedEnvelope<ProductSummary>), (status = 304, description = "You have it already"), Faults),
    security((), ("token" = []), ("key" = ["catalog:read"])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListProducts>,
) -> Result<Answer<Vec<ProductSummary>>> {
    let shop = &app.shop;
    let with_facets = query.wants_facets()?;
    match query.check(shop).await? {
        CheckedQuery::Shown(filter) => {
            let listing = match with_facets {
                true => catalog::list(shop, &filter).await?,
                false => catalog::list_without_facets(shop, &filter).await?,
            };
            let facets = with_facets.then(|| listing.facets.clone());
            Ok(Answer::page(listing.page.of(|card| ProductSummary::from(card))).with_facets(facets).public())
        }
        CheckedQuery::Any(filter) => {
            let listing = catalog::admin_list(shop, caller.operator()?, &filter).await?;
            Ok(Answer::page(listing.page.of(|line| ProductSummary::listed(line, shop.currency))))
        }
    }
}

/// One product
///
/// Those who work here (`catalog:read`) get products of any status, with costs and exact stock, and `ETag` with the
/// version.
#[utoipa::path(
    get, path = "/products/{product}", tag = "Products",
    params(("product" = String, Path, description = "Id or slug")),
    responses((status = 200, body = Envelope<Product>), (status = 304, description = "You have it already"), Faults),
    security((), ("token" = []), ("key" = ["catalog:read"])),
)]
async fn show(State(app): State<App>, caller: Caller, Path(product): Path) -> Result<Answer<Product>> {
    let shop = &app.shop;
    if let Some(who) = caller.operator().ok().filter(|who| who.can(Permission::CatalogRead)) {
        let id = products::find(shop, who, &product).await?;
        return details(shop, who, id).await;
    }
    let page = match product.parse::<ProductId>() {
        Ok(id) => catalog::product_by_id(shop, id).await?,
        Err(_) => match catalog::product(shop, &product).await? {
            ProductAt::Here(page) => page,
            ProductAt::Moved(slug) => match catalog::product(shop, &slug).await? {
                ProductAt::Here(page) => page,
                ProductAt::Moved(_) => return Err(Error::NotFound.into()),
            },
        },
    };
    Ok(Answer::ok(Product::from(&*page)).public())
}

async fn details(shop: &Shop, who: &dyn May, id: ProductId) -> Result<Answer<Product>> {
    let product = products::details(shop, who, id).await?;
    Ok(Answer::ok(Product::details(&product)).with(header::ETAG, Some(&tag(product.version))))
}

/// Makes a product
///
/// A draft, unless `status` says `published`. One without options is given flat; one with options by its `variants`, or
/// by its options alone, whose combinations then become variants. As a form it brings its pictures along: when one of
/// them is refused, nothing is made.
#[utoipa::path(
    post, path = "/products", tag = "Products",
    request_body(content((ProductInput = "application/json"), (ProductForm = "multipart/form-data"))),
    responses((status = 201, body = Envelope<Product>), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn create(State(app): State<App>, caller: Caller, request: Request) -> Result<Answer<Product>> {
    let (shop, who) = (&app.shop, caller.cataloguer()?);
    let (Json(input), files) = body::read::<Json<ProductInput>>(&app, who, request).await?;
    let made = products::create(shop, who, body::place(input, &files)).await?;
    let at = format!("/api/products/{}", made.id);
    Ok(details(shop, who, made.id).await?.as_created().with(header::LOCATION, Some(&at)))
}

fn named(product: &str) -> shop::Result<ProductId> {
    product.parse().map_err(|_| Error::NotFound)
}

/// Changes a product in part
///
/// JSON Merge Patch (RFC 7396): what is named is replaced, `null` empties it, the rest stays. Arrays are replaced as a
/// whole: of `variants`, those that are not named are no longer sold. When `options` change, variants keep their ids,
/// prices and stock and follow them; one that no option tells of any more is no longer sold. `images` are put behind
/// those that it shows.
#[utoipa::path(
    patch, path = "/products/{product}", tag = "Products",
    params(
        ("product" = ProductId, Path),
        ("If-Match" = Option<String>, Header, description = "The version that is changed, as `ETag` said"),
    ),
    request_body(content((ProductInput = "application/json"), (ProductForm = "multipart/form-data"))),
    responses((status = 200, body = Envelope<Product>), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(product): Path,
    if_match: IfMatch,
    request: Request,
) -> Result<Answer<Product>> {
    let (shop, who, id) = (&app.shop, caller.cataloguer()?, named(&product)?);
    let (patch, files) = body::read::<Patch<ProductInput>>(&app, who, request).await?;
    let patch = patch.by_first_names(&[("vendor", "brand")])?;
    let counts = patch.names("isActive") && !patch.names("status");
    edited(shop, who, id, &if_match, |now| {
        let mut input = patch.onto(now)?;
        match (counts, input.is_active.trimmed(), ProductStatus::parse(now.status.trimmed())) {
            // what shoppers do not see stays what it is
            (true, "false", Some(ProductStatus::Draft | ProductStatus::Archived)) => input.is_active = Raw::default(),
            (true, ..) => input.status = Raw::default(),
            (false, ..) => {}
        }
        Ok(body::place(input, &files))
    })
    .await
}

/// Makes of the version that is meant what `input` says.
async fn edited(
    shop: &Shop,
    who: &dyn May,
    id: ProductId,
    if_match: &IfMatch,
    input: impl Fn(&ProductInput) -> shop::Result<ProductInput>,
) -> Result<Answer<Product>> {
    if_match
        .hold(|| async {
            let now = products::for_edit(shop, who, id).await?;
            if_match.check(&tag(now.version))?;
            products::edit(shop, who, id, now.version, input(&now.input)?).await
        })
        .await?;
    details(shop, who, id).await
}

/// Replaces a product
///
/// What is left out is empty afterwards, but for slug, SKUs and status: those stay. What `GET` answered may be sent
/// back with what was changed of it: of `brand` and `vendor` the one that was changed counts.
#[utoipa::path(
    put, path = "/products/{product}", tag = "Products",
    params(
        ("product" = ProductId, Path),
        ("If-Match" = Option<String>, Header, description = "The version that is changed, as `ETag` said"),
    ),
    request_body = ProductInput,
    responses((status = 200, body = Envelope<Product>), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn replace(
    State(app): State<App>,
    caller: Caller,
    Path(product): Path,
    if_match: IfMatch,
    Json(input): Json<ProductInput>,
) -> Result<Answer<Product>> {
    let (shop, who, id) = (&app.shop, caller.cataloguer()?, named(&product)?);
    edited(shop, who, id, &if_match, |now| Ok(input.clone().replacing(now))).await
}

/// Deletes a draft, archives all others
///
/// A draft that was never ordered is gone (`deleted`). One that is or was published, or was ordered, is archived, as
/// orders and links still name it; the answer says which (`outcome`). An archived one stays as it is.
#[utoipa::path(
    delete, path = "/products/{product}", tag = "Products",
    params(
        ("product" = ProductId, Path),
        ("If-Match" = Option<String>, Header, description = "The version that is deleted, as `ETag` said"),
    ),
    responses((status = 200, body = Envelope<TakenAway>), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(product): Path,
    if_match: IfMatch,
) -> Result<Answer<TakenAway>> {
    let (shop, who, id) = (&app.shop, caller.cataloguer()?, named(&product)?);
    let outcome = if_match
        .hold(|| async {
            let now = products::for_edit(shop, who, id).await?;
            if_match.check(&tag(now.version))?;
            products::take_away(shop, who, id, now.version).await
        })
        .await?;
    Ok(Answer::ok(TakenAway { id, outcome }))
}

/// What became of a product that was to be deleted.
#[derive(Serialize, ToSchema)]
pub struct TakenAway {
    id: ProductId,
    outcome: Gone,
}

/// Shows a draft to shoppers
///
/// It must have a category, a price and something to sell.
#[utoipa::path(
    post, path = "/products/{product}/publish", tag = "Products",
    params(("product" = ProductId, Path)),
    responses((status = 200, body = Envelope<Product>), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn publish(State(app): State<App>, caller: Caller, Path(product): Path) -> Result<Answer<Product>> {
    let (shop, who) = (&app.shop, caller.cataloguer()?);
    let moved = products::publish(shop, who, named(&product)?).await?;
    after(shop, who, moved).await
}

/// Takes a product back to be a draft
///
/// A published one, or one that was archived.
#[utoipa::path(
    post, path = "/products/{product}/unpublish", tag = "Products",
    params(("product" = ProductId, Path)),
    responses((status = 200, body = Envelope<Product>), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn unpublish(State(app): State<App>, caller: Caller, Path(product): Path) -> Result<Answer<Product>> {
    let (shop, who, id) = (&app.shop, caller.cataloguer()?, named(&product)?);
    let moved = match products::unpublish(shop, who, id).await {
        Err(e) if e.conflict_code() == Some("product_status") => products::restore(shop, who, id).await?,
        moved => moved?,
    };
    after(shop, who, moved).await
}

/// Takes a product out of the shop for good
///
/// A published one, or a draft.
#[utoipa::path(
    post, path = "/products/{product}/archive", tag = "Products",
    params(("product" = ProductId, Path)),
    responses((status = 200, body = Envelope<Product>), Faults),
    security(("token" = []), ("key" = ["catalog:read", "catalog:write"])),
)]
async fn archive(State(app): State<App>, caller: Caller, Path(product): Path) -> Result<Answer<Product>> {
    let (shop, who) = (&app.shop, caller.cataloguer()?);
    let moved = products::archive(shop, who, named(&product)?).await?;
    after(shop, who, moved).await
}

async fn after(shop: &Shop, who: &dyn May, moved: Saved) -> Result<Answer<Product>> {
    details(shop, who, moved.id).await
}
