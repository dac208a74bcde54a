//! Stock, for those who work here: how many there are, why, and putting it right.

use super::answer::{Answer, Envelope, ListEnvelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Json, Path, Query};
use super::fault::Result;
use super::query::{flag, paging, word};
use crate::web::App;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use shop::id::VariantId;
use shop::input::Raw;
use shop::inventory::{
    self, AdjustStock, Level, LevelFilter, LevelQuery, LevelRow, LevelSort, MovementRow, ReceiveStock,
};
use shop::{Error, Invalid};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(movements))
        .routes(routes!(adjust))
        .routes(routes!(receive))
}

/// How many there are of a variant.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VariantStock {
    variant_id: VariantId,
    /// What lies on the shelf.
    on_hand: i32,
    /// What of it is promised to orders.
    reserved: i32,
    /// What can be bought.
    available: i32,
}

impl VariantStock {
    fn of(variant_id: VariantId, level: Level) -> Self {
        Self { variant_id, on_hand: level.on_hand, reserved: level.reserved, available: level.available() }
    }
}

/// Which levels; what cannot be understood is refused, not left out.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListLevels {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
    #[param(value_type = Option<String>, pattern = "^(name|sku|available:asc|available:desc|watchers:asc|watchers:desc)$",
            default = "name")]
    sort: Raw,
    /// In the product's name or the SKU.
    #[param(value_type = Option<String>, max_length = 200)]
    search: Raw,
    /// Only those of which a few are left, as the settings say.
    #[param(value_type = Option<bool>)]
    low: Raw,
    /// Only those that are sold out.
    #[param(value_type = Option<bool>)]
    out: Raw,
    /// Only those that somebody waits for until they are back in stock.
    #[param(value_type = Option<bool>)]
    watched: Raw,
}

impl ListLevels {
    fn check(&self) -> shop::Result<LevelQuery> {
        let mut faults = Invalid::default();
        let f = &mut faults;
        let flags = (flag(&self.low, "low", f), flag(&self.out, "out", f), flag(&self.watched, "watched", f));
        let filter = match flags {
            (false, false, false) => LevelFilter::All,
            (true, false, false) => LevelFilter::Low,
            (false, true, false) => LevelFilter::Out,
            (false, false, true) => LevelFilter::Watched,
            (true, true, _) => {
                f.add("out", "cannot be asked for beside low");
                LevelFilter::All
            }
            (_, _, true) => {
                f.add("watched", "cannot be asked for beside low or out");
                LevelFilter::All
            }
        };
        let query = LevelQuery {
            search: self.search.text("search", 200, f),
            filter,
            sort: word(&self.sort, "sort", LevelSort::parse, f).unwrap_or_default(),
            paging: paging(&self.page, &self.limit, f),
        };
        faults.into_result()?;
        Ok(query)
    }
}

/// Stock of all variants that are sold
#[utoipa::path(
    get, path = "/inventory", tag = "Inventory",
    params(ListLevels),
    responses((status = 200, body = ListEnvelope<LevelRow>), Faults),
    security(("token" = []), ("key" = ["inventory:read"])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListLevels>,
) -> Result<Answer<Vec<LevelRow>>> {
    let who = caller.operator()?;
    Ok(Answer::page(inventory::levels(&app.shop, who, &query.check()?).await?))
}

#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct WhichPage {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
}

/// Why the stock of a variant is what it is
///
/// Its movements, the newest first; each with the balances after it.
#[utoipa::path(
    get, path = "/inventory/{variant}/movements", tag = "Inventory",
    params(("variant" = VariantId, Path), WhichPage),
    responses((status = 200, body = ListEnvelope<MovementRow>), Faults),
    security(("token" = []), ("key" = ["inventory:read"])),
)]
async fn movements(
    State(app): State<App>,
    caller: Caller,
    Path(variant): Path,
    Query(query): Query<WhichPage>,
) -> Result<Answer<Vec<MovementRow>>> {
    let who = caller.operator()?;
    let mut faults = Invalid::default();
    let paging = paging(&query.page, &query.limit, &mut faults);
    faults.into_result()?;
    Ok(Answer::page(inventory::movements_of(&app.shop, who, named(&variant)?, paging).await?.movements))
}

fn named(variant: &str) -> shop::Result<VariantId> {
    variant.parse().map_err(|_| Error::NotFound)
}

/// Puts the stock of a variant right
///
/// To the number `counted`, or by a `change`; with a reason.
#[utoipa::path(
    post, path = "/inventory/{variant}/adjust", tag = "Inventory",
    params(("variant" = VariantId, Path)),
    request_body = AdjustStock,
    responses((status = 200, body = Envelope<VariantStock>), Faults),
    security(("token" = []), ("key" = ["inventory:write"])),
)]
async fn adjust(
    State(app): State<App>,
    caller: Caller,
    Path(variant): Path,
    Json(input): Json<AdjustStock>,
) -> Result<Answer<VariantStock>> {
    let (who, id) = (caller.operator()?, named(&variant)?);
    Ok(Answer::ok(VariantStock::of(id, inventory::adjust_level(&app.shop, who, id, input).await?)))
}

/// Puts goods that arrived on the shelf
#[utoipa::path(
    post, path = "/inventory/{variant}/receive", tag = "Inventory",
    params(("variant" = VariantId, Path)),
    request_body = ReceiveStock,
    responses((status = 200, body = Envelope<VariantStock>), Faults),
    security(("token" = []), ("key" = ["inventory:write"])),
)]
async fn receive(
    State(app): State<App>,
    caller: Caller,
    Path(variant): Path,
    Json(input): Json<ReceiveStock>,
) -> Result<Answer<VariantStock>> {
    let (who, id) = (caller.operator()?, named(&variant)?);
    Ok(Answer::ok(VariantStock::of(id, inventory::receive_goods(&app.shop, who, id, input).await?)))
}
