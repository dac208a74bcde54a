//! Phase one: the order is written and its stock held, in one transaction with the cart's row locked.

use super::input::{CheckedOrder, OrderRequest, PlaceOrder, Placed, asked_cart, check_expected};
use super::write::{self, NewOrder, Written};
use super::{correct, replay, unpaid};
use crate::actors::Visitor;
use crate::cart::{CartLine, CartView, Owner};
use crate::id::OrderId;
use crate::pricing::Totals;
use crate::{Act, Error, FieldError, Result, Shop, said, settings};

/// Turns the visitor's cart into a pending order whose stock is held until the deadline in the settings; one that costs
/// nothing is paid at once. A cart that was ordered and is not paid keeps its order, which is corrected where the
/// wishes are others now.
///
/// Conflicts: `cart_empty`, `no_longer_sold`, `sold_out`, `price_changed` (each naming its lines by variant),
/// `total_changed` (with the new totals), `total_too_small` and `total_too_large` (with the bound), `too_many_unpaid`,
/// `already_ordered` (with the order's number) when nothing can be changed about it any more. A key that came before
/// with another order is `KeyReused`.
pub async fn place_order(shop: &Shop, visitor: &Visitor, input: PlaceOrder) -> Result<Placed> {
    place(shop, visitor, input, false).await.map(|(placed, _)| placed)
}

/// As [`place_order`], for whoever begins to pay next, by [`begin_prepared`](crate::payments::begin_prepared).
pub async fn place_to_pay(shop: &Shop, visitor: &Visitor, input: PlaceOrder) -> Result<(Placed, Option<Written>)> {
    place(shop, visitor, input, true).await
}

async fn place(
    shop: &Shop,
    visitor: &Visitor,
    input: PlaceOrder,
    is_paid_next: bool,
) -> Result<(Placed, Option<Written>)> {
    let owner = Owner::of(visitor).ok_or_else(empty_cart)?;
    let request = OrderRequest::new(shop, &owner, &input, is_paid_next)?;
    match act!(shop, visitor, "order.place", |act| { attempt(act, visitor, &request).await })? {
        PlaceOutcome::Placed(placed, written) => {
            crash_point!("reservation-committed");
            Ok((placed, written.map(|written| *written)))
        }
        PlaceOutcome::PlacedBefore(placed) => Ok((placed, None)),
        PlaceOutcome::OrderedBefore(order) => Ok((correct::again(shop, visitor, &request, order).await?, None)),
    }
}

enum PlaceOutcome {
    Placed(Placed, Option<Box<Written>>),
    PlacedBefore(Placed),
    /// The cart became this order before.
    OrderedBefore(OrderId),
}

fn empty_cart() -> Error {
    Error::conflict("cart_empty", said!("refusal-cart-empty"))
}

async fn attempt(mut act: Act<'_>, visitor: &Visitor, request: &OrderRequest<'_>) -> Result<PlaceOutcome> {
    let (open, before) = replay::open_cart(&mut act, request).await?;
    if let Some(placed) = before {
        return Ok(PlaceOutcome::PlacedBefore(placed));
    }
    let cart = match (open, asked_cart(request.input)?) {
        (Some(open), None) => open,
        (Some(open), Some(named)) if open == named => open,
        (_, Some(named)) => {
            return Ok(PlaceOutcome::OrderedBefore(replay::of_cart(&mut act, request.owner, named).await?));
        }
        (None, None) => return Err(empty_cart()),
    };
    let settings = settings::load_in(&mut act).await?;
    let checked = CheckedOrder::check(&mut act, visitor, request, &settings).await?;
    let cart_view = CartView::read_in(&mut act, cart).await?;
    if cart_view.is_empty() {
        return Err(empty_cart());
    }
    refuse_problems(&cart_view.lines)?;
    let totals = Totals::of(&settings, checked.shipping.country.code(), checked.method, cart_view.subtotal)?;
    check_expected(request.expected_total, &totals)?;
    totals.payable()?;
    unpaid::check(&mut act, visitor, &checked, &cart_view.lines).await?;
    let new =
        NewOrder { cart, lines: &cart_view.lines, checked: &checked, totals: &totals, settings: &settings, request };
    let (placed, written) = write::order(&mut act, visitor, &new).await?;
    act.commit(PlaceOutcome::Placed(placed, written.map(Box::new))).await
}

/// Lines that cannot be bought as they are stop the order; the gravest problem names the conflict.
fn refuse_problems(lines: &[CartLine]) -> Result<()> {
    let troubled: Vec<_> = lines.iter().filter_map(|line| line.problem.map(|problem| (line, problem))).collect();
    let codes = ["no_longer_sold", "sold_out", "price_changed"];
    let Some(code) = codes.into_iter().find(|code| troubled.iter().any(|(_, p)| p.code() == *code)) else {
        return Ok(());
    };
    let details: Vec<_> = troubled
        .iter()
        .map(|(line, problem)| {
            let why = said!("refusal-line", name = line.full_name(), problem = problem.message());
            FieldError::new(line.variant_id.to_string(), why)
        })
        .collect();
    Err(Error::conflict_of(code, details))
}
