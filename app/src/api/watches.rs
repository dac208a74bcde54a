//! Watches of a shopper: to be told when a variant is back in stock, or costs less.

use super::answer::{Answer, DoneEnvelope, Envelope, ListEnvelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Json, Path, Query};
use super::fault::Result;
use super::query::paging;
use crate::web::App;
use axum::extract::State;
use serde::Deserialize;
use shop::id::WatchId;
use shop::input::Raw;
use shop::watches::{self, AskForWatch, AskedForWatch, Watch};
use shop::{Error, Invalid};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, ask)).routes(routes!(end))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListWatches {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
}

/// What you watch
///
/// The newest first: what your account asked for, and what was asked for with its verified address. Ended watches are
/// left out.
#[utoipa::path(
    get, path = "/watches", tag = "Your account",
    params(ListWatches),
    responses((status = 200, body = ListEnvelope<Watch>), Faults),
    security(("token" = [])),
)]
async fn list(State(app): State<App>, caller: Caller, Query(query): Query<ListWatches>) -> Result<Answer<Vec<Watch>>> {
    let customer = caller.customer()?;
    let mut faults = Invalid::default();
    let paging = paging(&query.page, &query.limit, &mut faults);
    faults.into_result()?;
    Ok(Answer::page(watches::mine(&app.shop, customer, paging).await?))
}

/// Asks to be told of a variant
///
/// Of `back_in_stock` once, of `price_drop` each time it costs less, at most once a day. For the verified address of
/// your account it holds at once (`active`). To any other address, and for guests, a mail with a link goes first
/// (`pending`); nothing is told until it is opened. The answer is the same whether that address watches it already.
/// Further requests than five in an hour for one address send nothing.
#[utoipa::path(
    post, path = "/watches", tag = "Your account",
    request_body = AskForWatch,
    responses((status = 202, body = Envelope<AskedForWatch>), Faults),
    security((), ("token" = [])),
)]
async fn ask(State(app): State<App>, caller: Caller, Json(input): Json<AskForWatch>) -> Result<Answer<AskedForWatch>> {
    Ok(Answer::accepted(watches::ask(&app.shop, &caller.visitor(), input).await?))
}

/// Ends a watch
///
/// One that was told is taken off the list.
#[utoipa::path(
    delete, path = "/watches/{watch}", tag = "Your account",
    params(("watch" = WatchId, Path)),
    responses((status = 200, body = DoneEnvelope), Faults),
    security(("token" = [])),
)]
async fn end(State(app): State<App>, caller: Caller, Path(watch): Path) -> Result<Answer<()>> {
    let customer = caller.customer()?;
    watches::end_mine(&app.shop, customer, watch.parse().map_err(|_| Error::NotFound)?).await?;
    Ok(Answer::done())
}
