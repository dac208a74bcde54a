//! The cart, of a customer or of a guest who has the secret of one. The same acts as on the pages of the shop.

use super::answer::{Answer, Envelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Json, Path, Query};
use super::fault::Result;
use super::headers::CART_TOKEN;
use crate::web::App;
use axum::extract::State;
use serde::Serialize;
use shop::Error;
use shop::cart::{self, AcceptPrice, AddToCart, CartView, Changed, Notice, SetQuantity};
use shop::checkout::{Quote, QuoteInput, quote};
use shop::id::CartItemId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show, empty))
        .routes(routes!(add))
        .routes(routes!(set_quantity, remove))
        .routes(routes!(accept_price))
        .routes(routes!(quote_cart))
}

/// A cart, and what there is to say about a change to it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ShownCart {
    #[serde(flatten)]
    cart: CartView,
    notices: Vec<Notice>,
    /// The secret of a guest's new cart: send it as `X-Cart-Token` from now on. Also in the header of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "d203c9ddd66cc482db5f44a4d7a576a1cb210958a02eacd37fb79cca35d298e4")]
    cart_token: Option<String>,
}

fn changed(changed: Changed) -> Answer<ShownCart> {
    let Changed { cart, notices, new_token } = changed;
    let token = new_token.clone();
    Answer::ok(ShownCart { cart, notices, cart_token: new_token }).with(CART_TOKEN, token.as_deref())
}

fn unchanged(cart: CartView) -> Answer<ShownCart> {
    changed(Changed { cart, notices: Vec::new(), new_token: None })
}

fn line(Path(line): Path) -> Result<CartItemId> {
    Ok(line.parse().map_err(|_| Error::NotFound)?)
}

/// The cart
///
/// Priced and checked against stock now. A guest without a cart has an empty one.
#[utoipa::path(
    get, path = "/cart", tag = "Cart",
    params(("X-Cart-Token" = Option<String>, Header, description = "The secret of a guest's cart")),
    responses((status = 200, body = Envelope<ShownCart>), Faults),
    security((), ("token" = [])),
)]
async fn show(State(app): State<App>, caller: Caller) -> Result<Answer<ShownCart>> {
    Ok(unchanged(cart::of(&app.shop, &caller.visitor()).await?))
}

/// Puts a product's variant in the cart
///
/// More of it when it is there already, never more than there are: `notices` says so. A guest without a cart is given
/// one, and its secret.
#[utoipa::path(
    post, path = "/cart/items", tag = "Cart",
    params(("X-Cart-Token" = Option<String>, Header, description = "The secret of a guest's cart")),
    request_body = AddToCart,
    responses(
        (status = 200, body = Envelope<ShownCart>,
         headers(("X-Cart-Token" = String, description = "The secret of a guest's new cart"))),
        Faults
    ),
    security((), ("token" = [])),
)]
async fn add(State(app): State<App>, caller: Caller, Json(input): Json<AddToCart>) -> Result<Answer<ShownCart>> {
    Ok(changed(cart::add(&app.shop, &caller.visitor(), input).await?))
}

/// Sets how many of a line are wanted
#[utoipa::path(
    patch, path = "/cart/items/{item}", tag = "Cart",
    params(("item" = CartItemId, Path), ("X-Cart-Token" = Option<String>, Header)),
    request_body = SetQuantity,
    responses((status = 200, body = Envelope<ShownCart>), Faults),
    security((), ("token" = [])),
)]
async fn set_quantity(
    State(app): State<App>,
    caller: Caller,
    item: Path,
    Json(input): Json<SetQuantity>,
) -> Result<Answer<ShownCart>> {
    Ok(changed(cart::set_quantity(&app.shop, &caller.visitor(), line(item)?, input).await?))
}

/// Takes a line out of the cart
#[utoipa::path(
    delete, path = "/cart/items/{item}", tag = "Cart",
    params(("item" = CartItemId, Path), ("X-Cart-Token" = Option<String>, Header)),
    responses((status = 200, body = Envelope<ShownCart>), Faults),
    security((), ("token" = [])),
)]
async fn remove(State(app): State<App>, caller: Caller, item: Path) -> Result<Answer<ShownCart>> {
    Ok(changed(cart::remove(&app.shop, &caller.visitor(), line(item)?).await?))
}

/// Consents to the new price of a line
///
/// A line whose price changed since it was put in is not ordered before.
#[utoipa::path(
    post, path = "/cart/items/{item}/accept-price", tag = "Cart",
    params(("item" = CartItemId, Path), ("X-Cart-Token" = Option<String>, Header)),
    request_body = AcceptPrice,
    responses((status = 200, body = Envelope<ShownCart>), Faults),
    security((), ("token" = [])),
)]
async fn accept_price(
    State(app): State<App>,
    caller: Caller,
    item: Path,
    Json(input): Json<AcceptPrice>,
) -> Result<Answer<ShownCart>> {
    Ok(changed(cart::accept_price(&app.shop, &caller.visitor(), line(item)?, input).await?))
}

/// Empties the cart
#[utoipa::path(
    delete, path = "/cart", tag = "Cart",
    params(("X-Cart-Token" = Option<String>, Header)),
    responses((status = 200, body = Envelope<ShownCart>), Faults),
    security((), ("token" = [])),
)]
async fn empty(State(app): State<App>, caller: Caller) -> Result<Answer<ShownCart>> {
    Ok(unchanged(cart::clear(&app.shop, &caller.visitor()).await?))
}

/// What the cart would cost, sent there in this way
///
/// With all countries and ways on offer. What is left out or not on offer is chosen by the shop, and the answer says
/// which.
#[utoipa::path(
    get, path = "/cart/quote", tag = "Cart",
    params(QuoteInput, ("X-Cart-Token" = Option<String>, Header)),
    responses((status = 200, body = Envelope<Quote>), Faults),
    security((), ("token" = [])),
)]
async fn quote_cart(State(app): State<App>, caller: Caller, Query(input): Query<QuoteInput>) -> Result<Answer<Quote>> {
    Ok(Answer::ok(quote(&app.shop, &caller.visitor(), input).await?))
}
