//! A cart that was ordered is ordered again, and the order is not paid: with the same wishes it is the same order, with
//! others the order is corrected where it stands. Its lines, their prices, its number and its link stay.
//!
//! What was begun at the gateway is ended first, outside of any transaction, and only a clear answer counts: whoever
//! still has an old page cannot pay the old sum. Then one transaction, with the order's row locked, looks at everything
//! again and writes the wishes, the sums and a new payment. Of two corrections at once the one that comes second here
//! stands; the payment of the first is closed, so nobody is led to a sum that they did not see.

use super::input::Placed;
use super::input::{CheckedOrder, OrderRequest, check_expected};
use super::replay::{Ordered, by_key};
use super::write::{self, Correction};
use crate::actors::Visitor;
use crate::address::Address;
use crate::id::{OrderId, PaymentId};
use crate::inventory;
use crate::lifecycle::{self, CorrectedPart, KeptAddresses, Locked, OrderStatus};
use crate::payments::{self, Ended, Method};
use crate::pricing::Totals;
use crate::{Act, Error, Result, Shop, settings};

/// Between ending what was begun and the transaction somebody may begin anew; who does that all the time hears "busy".
const TRIES: u32 = 4;

enum CorrectOutcome {
    Corrected(Placed),
    /// As it stands it is what is asked for.
    Stands(Placed),
    /// Something may be open at the gateway.
    EndFirst(Method),
}

/// Answers for an order whose cart is ordered again.
pub(super) async fn again(
    shop: &Shop,
    visitor: &Visitor,
    request: &OrderRequest<'_>,
    order: OrderId,
) -> Result<Placed> {
    let mut fresh = None;
    for _ in 0..TRIES {
        let step = act!(shop, visitor, "order.correct", |act| { attempt(act, visitor, request, order, fresh).await })?;
        match step {
            CorrectOutcome::Corrected(placed) => {
                crash_point!("order-corrected");
                return Ok(placed);
            }
            CorrectOutcome::Stands(placed) => return Ok(placed),
            CorrectOutcome::EndFirst(method) => match payments::end_begun(shop, order, method).await? {
                Ended::All(payment) => fresh = Some(payment),
                Ended::SomebodyPays => {
                    let mut conn = shop.db.acquire().await?;
                    return Err(Ordered::load(&mut conn, shop, order).await?.stays());
                }
            },
        }
        crash_point!("page-ended");
    }
    Err(Error::Busy)
}

async fn attempt(
    mut act: Act<'_>,
    visitor: &Visitor,
    request: &OrderRequest<'_>,
    order: OrderId,
    fresh: Option<PaymentId>,
) -> Result<CorrectOutcome> {
    let locked = lifecycle::lock(&mut act, order).await?;
    // sent twice at once: the first one is done now
    if let Some(placed) = by_key(&mut act, request).await? {
        return Ok(CorrectOutcome::Stands(placed));
    }
    let ordered = Ordered::load(&mut act, request.shop, order).await?;
    let current_order = CurrentOrder::load(&mut act, order).await?;
    if locked.status != OrderStatus::Pending || locked.payment_status.has_money() || current_order.is_on_its_way {
        return Err(ordered.stays());
    }
    let settings = settings::load_in(&mut act).await?;
    let checked = CheckedOrder::check(&mut act, visitor, request, &settings).await?;
    let differences = current_order.differences(&checked, ordered.placed.payment_method);
    if differences.is_empty() {
        check_expected(request.expected_total, &ordered.totals)?;
        return Ok(CorrectOutcome::Stands(ordered.placed));
    }
    let totals = Totals::of(&settings, checked.shipping.country.code(), checked.method, ordered.totals.subtotal)?;
    check_expected(request.expected_total, &totals)?;
    totals.payable()?;
    if current_order.is_begun {
        return Ok(CorrectOutcome::EndFirst(checked.payment_method));
    }
    hold_again(&mut act, &locked).await?;
    let new =
        Correction { checked: &checked, totals: &totals, settings: &settings, request, parts: differences, fresh };
    let (payment, payment_method) = write::correction(&mut act, visitor, &locked, &new).await?;
    let placed = Placed { payment, payment_method, total: totals.total, replayed: false, ..ordered.placed };
    act.commit(CorrectOutcome::Corrected(placed)).await
}

/// Goods that were given back meanwhile are held again.
async fn hold_again(act: &mut Act<'_>, order: &Locked) -> Result<()> {
    let missing = lifecycle::reserve_again(act, order.id).await?;
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::conflict("sold_out", inventory::name_missing(&missing)))
}

/// What an order says now of all that can be corrected.
struct CurrentOrder {
    email: String,
    shipping: Address,
    billing: Address,
    method: String,
    note: String,
    /// Something may be open at the gateway: it was asked, or is about to be.
    is_begun: bool,
    /// The shopper is done, and the money takes its time.
    is_on_its_way: bool,
}

impl CurrentOrder {
    async fn load(act: &mut Act<'_>, order: OrderId) -> Result<Self> {
        let row = sqlx::query!(
            r#"select o.email::text as "email!", o.shipping_address, o.billing_address, o.sealed_addresses, o.shipping_method, o.customer_note,
                      exists (
                          select from payments
                          where order_id = o.id and provider <> 'offline' and settled_at is null
                            and (expires_at is not null or provider_session is not null or provider_intent is not null)
                      ) as "is_begun!",
                      exists (select from payments where order_id = o.id and status = 'processing') as "is_on_its_way!"
               from orders o
               where o.id = $1"#,
            order as _,
        )
        .fetch_one(&mut **act)
        .await?;
        let kept = KeptAddresses {
            shipping: row.shipping_address,
            billing: row.billing_address,
            sealed: row.sealed_addresses,
        };
        let (shipping, billing) = kept.read(&act.shop.encryption_keys, order)?;
        Ok(Self {
            email: row.email,
            shipping,
            billing,
            method: row.shipping_method,
            note: row.customer_note,
            is_begun: row.is_begun,
            is_on_its_way: row.is_on_its_way,
        })
    }

    /// In what the wishes differ.
    fn differences(&self, checked: &CheckedOrder<'_>, method: Method) -> Vec<CorrectedPart> {
        let all = [
            (!self.email.eq_ignore_ascii_case(&checked.email), CorrectedPart::Email),
            (self.shipping != checked.shipping, CorrectedPart::ShippingAddress),
            (self.billing != checked.billing, CorrectedPart::BillingAddress),
            (self.method != checked.method.code, CorrectedPart::Delivery),
            (self.note != checked.note, CorrectedPart::Note),
            // what costs nothing is not paid by any method
            (method != Method::Offline && method != checked.payment_method, CorrectedPart::Payment),
        ];
        all.into_iter().filter_map(|(differs, part)| differs.then_some(part)).collect()
    }
}
