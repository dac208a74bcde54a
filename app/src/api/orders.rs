//! Orders, for those who work here.

use super::answer::Answer;
use super::caller::Caller;
use super::fault::Result;
use super::read::{Asked, IdempotencyKey, Named, Sent};
use crate::web::App;
use axum::extract::State;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shop::accounts::Permission;
use shop::id::UserId;
use shop::input::Raw;
use shop::orders::{self, OrderQuery, OrderRow, OrderSort, OrderStatus, OrderView, PaymentStatus};
use shop::payments::{self, RefundInput, RefundView};
use shop::{Invalid, Money, Paging};

/// An order with what only those who work here see.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StaffOrder {
    customer_id: Option<UserId>,
    /// What was taken and is not on its way back.
    refundable: Money,
    #[serde(flatten)]
    order: OrderView,
}

pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ListOrders>,
) -> Result<Answer<Vec<OrderRow>>> {
    let page = orders::list(&app.shop, caller.worker()?, &query.parse()?).await?;
    Ok(Answer::page(page))
}

pub async fn show(State(app): State<App>, caller: Caller, Named(order): Named) -> Result<Answer<StaffOrder>> {
    let order = orders::for_staff(&app.shop, caller.worker()?, &order).await?;
    Ok(Answer::ok(StaffOrder { customer_id: order.user_id, refundable: order.refundable(), order }))
}

/// Gives money back. The `Idempotency-Key` is that of the refund itself, so it is good for as long as there are books.
pub async fn refund(
    State(app): State<App>,
    caller: Caller,
    Named(order): Named,
    IdempotencyKey(key): IdempotencyKey,
    Sent(input): Sent<RefundInput>,
) -> Result<Answer<RefundView>> {
    let (shop, who) = (&app.shop, caller.worker()?);
    let order = orders::find(&shop.db, who, Permission::OrdersRefund, &order).await?;
    let asked = payments::refund_once(shop, who, order, input, &key).await?;
    let refund = payments::refund_made(shop, who, order, asked.id).await?;
    Ok(Answer::created(refund).replayed(asked.is_repeat))
}

/// Which orders; what cannot be understood is refused, not left out.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListOrders {
    page: Raw,
    limit: Raw,
    sort: Raw,
    search: Raw,
    status: Raw,
    payment_status: Raw,
    from: Raw,
    until: Raw,
}

impl ListOrders {
    fn parse(&self) -> shop::Result<OrderQuery> {
        let mut faults = Invalid::default();
        let count = |raw: &Raw, field: &'static str, otherwise: u32, most: u32, faults: &mut Invalid| {
            if raw.is_empty() {
                return otherwise;
            }
            let most = i32::try_from(most).unwrap_or(i32::MAX);
            raw.whole(field, 1..=most, faults).map_or(otherwise, i32::unsigned_abs)
        };
        let page = count(&self.page, "page", 1, Paging::MAX_PAGE, &mut faults);
        let limit = count(&self.limit, "limit", 20, Paging::MAX_LIMIT, &mut faults);
        let search = self.search.text("search", 200, &mut faults);
        let query = OrderQuery {
            search,
            status: word(&self.status, "status", OrderStatus::parse, &mut faults),
            payment_status: word(&self.payment_status, "paymentStatus", PaymentStatus::parse, &mut faults),
            from: word(&self.from, "from", day, &mut faults),
            until: word(&self.until, "until", day, &mut faults),
            sort: word(&self.sort, "sort", OrderSort::parse, &mut faults).unwrap_or_default(),
            paging: Paging::new(page, limit),
        };
        faults.into_result()?;
        Ok(query)
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

fn word<T>(raw: &Raw, field: &'static str, parse: impl Fn(&str) -> Option<T>, faults: &mut Invalid) -> Option<T> {
    if raw.is_empty() {
        return None;
    }
    let parsed = parse(raw.trimmed());
    if parsed.is_none() {
        faults.add(field, "is not one of the values that it can have");
    }
    parsed
}
