//! Orders: placed and followed by shoppers, moved by those who work here.

pub mod access;
mod moves;
mod place;
mod shown;

use super::answer::{Answer, Envelope, ListEnvelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{IdempotencyKey, Json, Path, Query};
use super::fault::Result;
use super::query::{day, paging, word};
use crate::web::App;
use access::{WithKey, needs_a_shopper, operator};
use axum::extract::State;
use serde::Deserialize;
use shop::Invalid;
use shop::accounts::Permission;
use shop::input::Raw;
use shop::orders::{self, Fulfilment, OrderQuery, OrderRow, OrderSort, OrderStatus, PaymentStatus};
use shop::payments::{self, RefundInput, RefundView};
use shown::ShownOrder;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, place::place))
        .routes(routes!(show, moves::change, moves::give_up))
        .routes(routes!(moves::cancel))
        .routes(routes!(refund))
}

/// Orders
///
/// All of them for whoever may see them; a customer's own for others, and with `mine`.
#[utoipa::path(
    get, path = "/orders", tag = "Orders",
    params(ListOrders),
    responses((status = 200, body = ListEnvelope<OrderRow>), Faults),
    security(("token" = []), ("key" = ["orders:read"])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListOrders>,
) -> Result<Answer<Vec<OrderRow>>> {
    let query = query.check()?;
    let page = match operator(&caller, Permission::OrdersRead).filter(|_| !query.mine) {
        Some(who) => orders::list(&app.shop, who, &query.orders).await?,
        None => orders::list_of(&app.shop, caller.customer()?, query.orders.paging).await?,
    };
    Ok(Answer::page(page))
}

/// One order
///
/// Of a customer who is signed in, of a guest with its key or cart, or any for whoever may see them.
#[utoipa::path(
    get, path = "/orders/{order}", tag = "Orders",
    params(("order" = String, Path, description = "Id or number"), WithKey, ("X-Cart-Token" = Option<String>, Header)),
    responses((status = 200, body = Envelope<ShownOrder>), Faults),
    security((), ("token" = []), ("key" = ["orders:read"])),
)]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path,
    Query(with): Query<WithKey>,
) -> Result<Answer<ShownOrder>> {
    let shown = match operator(&caller, Permission::OrdersRead) {
        Some(who) => ShownOrder::for_staff(orders::for_staff(&app.shop, who, &order).await?),
        None => {
            needs_a_shopper(&caller)?;
            let order = orders::for_visitor(&app.shop, &caller.visitor(), &order, with.secret()).await?;
            ShownOrder::own(order)
        }
    };
    Ok(Answer::ok(shown))
}

/// Gives money back
///
/// The `Idempotency-Key` is that of the refund itself, so it is good for as long as there are books.
#[utoipa::path(
    post, path = "/orders/{order}/refund", tag = "Orders",
    params(("order" = String, Path, description = "Id or number"), ("Idempotency-Key" = String, Header)),
    request_body = RefundInput,
    responses((status = 201, body = Envelope<RefundView>), Faults),
    security(("token" = []), ("key" = ["orders:refund"])),
)]
async fn refund(
    State(app): State<App>,
    caller: Caller,
    Path(order): Path,
    IdempotencyKey(key): IdempotencyKey,
    Json(input): Json<RefundInput>,
) -> Result<Answer<RefundView>> {
    let (shop, who) = (&app.shop, caller.operator()?);
    let order = orders::find(&shop.db, who, Permission::OrdersRefund, &order).await?;
    let asked = payments::request_refund(shop, who, order, input, &key).await?;
    let refund = payments::refund_made(shop, who, order, asked.id).await?;
    Ok(Answer::created(refund).replayed(asked.is_repeat))
}

/// Which orders; what cannot be understood is refused, not left out.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListOrders {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
    /// One of `created:desc`, `created:asc`, `total:desc`, `total:asc`.
    sort: Raw,
    /// In number, e-mail or name.
    #[param(max_length = 200)]
    search: Raw,
    #[param(value_type = Option<OrderStatus>)]
    status: Raw,
    #[param(value_type = Option<PaymentStatus>)]
    payment_status: Raw,
    #[param(value_type = Option<Fulfilment>)]
    fulfillment_status: Raw,
    /// Placed on this day (of the shop's time zone) or later.
    #[param(value_type = Option<NaiveDate>)]
    from: Raw,
    /// Placed on this day (of the shop's time zone) or earlier.
    #[param(value_type = Option<NaiveDate>)]
    until: Raw,
    /// Only one's own: for staff who shop here too. Customers see no others anyway.
    #[param(value_type = bool)]
    mine: Raw,
}

struct CheckedQuery {
    orders: OrderQuery,
    mine: bool,
}

impl ListOrders {
    fn check(&self) -> shop::Result<CheckedQuery> {
        let mut faults = Invalid::default();
        let paging = paging(&self.page, &self.limit, &mut faults);
        let search = self.search.text("search", 200, &mut faults);
        let query = OrderQuery {
            search,
            status: word(&self.status, "status", OrderStatus::parse, &mut faults),
            payment_status: word(&self.payment_status, "paymentStatus", PaymentStatus::parse, &mut faults),
            payment: None,
            fulfilment: word(&self.fulfillment_status, "fulfillmentStatus", Fulfilment::parse, &mut faults),
            from: word(&self.from, "from", day, &mut faults),
            until: word(&self.until, "until", day, &mut faults),
            sort: word(&self.sort, "sort", OrderSort::parse, &mut faults).unwrap_or_default(),
            paging,
        };
        faults.into_result()?;
        Ok(CheckedQuery { orders: query, mine: self.mine.is_on() })
    }
}
