//! Refunds, our side: who may ask for one, what it comes to, and what is written down before the gateway is asked.
//!
//! A refund is a row with its own key first; then Stripe is asked, by [`send_refund()`](super::send_refund()) and as
//! often as it takes; then the answer is recorded. That their sum stays within what was captured is held by the
//! database.

mod in_full;
mod input;
mod plan;
mod restock;
mod state;

pub use in_full::refund_in_full;
pub(super) use in_full::{FullRefund, give_back_all};
pub use input::{RefundInput, RefundLine, RefundedLine};
pub use plan::{PlannedLine, RefundPlan};
pub use state::RefundState;

use super::split::Split;
use super::{send_refund, told};
use crate::act::Reading;
use crate::actors::{May, Permission};
use crate::id::{OrderId, PaymentId, RefundId};
use crate::jobs::{self, Job, JobOptions};
use crate::lifecycle::{self, Happening, Locked, RefundReason};
use crate::{Act, Currency, Error, Money, OnConstraint, Result, Shop, audit};
use input::CheckedRefund;
use sha2::Digest;

/// Gives money of an order back. `key` is that of the form or API request: the same action twice is one refund, two
/// actions of the same amount are two. The refund is on its way when this answers; Stripe may be asked again by a job.
///
/// `Invalid` names the field; `refund_overtaken` when not as much is left as was expected, `nothing_to_refund` when
/// nothing is.
pub async fn refund(shop: &Shop, who: &dyn May, order: OrderId, input: RefundInput, key: &str) -> Result<RefundId> {
    Ok(request_refund(shop, who, order, input, key).await?.id)
}

/// A refund that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestedRefund {
    pub id: RefundId,
    /// It was asked for before, with the same key.
    pub is_repeat: bool,
}

/// The same, for callers that tell a repeat from the first time.
pub async fn request_refund(
    shop: &Shop,
    who: &dyn May,
    order: OrderId,
    input: RefundInput,
    key: &str,
) -> Result<RequestedRefund> {
    let asked = ask(shop, who, order, input, key).await?;
    // now, so that staff see how it went; if it does not go, the job tries again
    if let Err(e) = send_refund::send(shop, asked.id).await {
        tracing::warn!(refund = %asked.id, "a refund waits for the gateway: {e}");
    }
    Ok(asked)
}

/// The same up to where the gateway is asked: the refund is written down, and a job is there to ask.
pub(crate) async fn ask(
    shop: &Shop,
    who: &dyn May,
    order: OrderId,
    input: RefundInput,
    key: &str,
) -> Result<RequestedRefund> {
    who.may(Permission::OrdersRefund)?;
    let checked = input.check(shop.currency)?;
    let hash: [u8; 32] = sha2::Sha256::digest(serde_json::to_vec(&(order, &input))?).into();
    let key = stored_key(who, key);
    write(shop, who, order, &checked, &key, &hash).await
}

/// What [`refund`] would do. Nothing is written, and nothing held: what is left may be less when it is done.
pub async fn preview_refund(shop: &Shop, who: &dyn May, order: OrderId, input: &RefundInput) -> Result<RefundPlan> {
    who.may(Permission::OrdersRefund)?;
    let checked = input.check(shop.currency)?;
    let mut reading = Reading::begin(shop).await?;
    let code = sqlx::query_scalar!("select currency from orders where id = $1", order as _);
    let code = code.fetch_one(&mut *reading).await?;
    let plan = plan::plan(&mut reading, order, Currency::stored(&code)?, &checked).await?;
    reading.end(plan).await
}

/// The refund that they asked for under this key, if they did.
pub async fn refund_of_key(shop: &Shop, who: &dyn May, key: &str) -> Result<Option<RefundId>> {
    who.may(Permission::OrdersRefund)?;
    let key = stored_key(who, key);
    let id = sqlx::query_scalar!(r#"select id as "id: RefundId" from refunds where request_key = $1"#, key)
        .fetch_optional(&shop.db)
        .await?;
    Ok(id)
}

/// Keys of two people, or machines, have nothing to do with one another.
fn stored_key(who: &dyn May, key: &str) -> String {
    format!("{}:{key}", who.actor().id.unwrap_or_default())
}

async fn write(
    shop: &Shop,
    who: &dyn May,
    id: OrderId,
    checked: &CheckedRefund,
    key: &str,
    hash: &[u8; 32],
) -> Result<RequestedRefund> {
    act!(shop, who, "order.refund", |act| {
        let order = lifecycle::lock(&mut act, id).await?;
        let same =
            sqlx::query!(r#"select id as "id: RefundId", request_hash from refunds where request_key = $1"#, key)
                .fetch_optional(&mut *act)
                .await?;
        if let Some(same) = same {
            let is_same = same.request_hash.as_deref() == Some(hash);
            return if is_same { Ok(RequestedRefund { id: same.id, is_repeat: true }) } else { Err(Error::KeyReused) };
        }
        let plan = plan::plan(&mut act, id, order.total.currency, checked).await?;
        let restocks = plan.restocks();
        let new = NewRow {
            payment: plan.payment,
            amount: plan.amount,
            split: plan.split,
            reason: plan.reason.clone(),
            lines: serde_json::to_value(&plan.lines)?,
            restock: restocks,
            notify: true,
            request: Some((key, hash)),
        };
        let too_much = || Error::invalid("amount", "is more than is left");
        let refund = insert(&mut act, &order, new)
            .await
            .on_constraint("payments_refund_within_captured", too_much)
            // for another order, at the same moment
            .on_constraint("refunds_request_key_key", || Error::KeyReused)?;
        if restocks {
            restock::restock(&mut act, id, &plan).await?;
        }
        let entry =
            audit::Entry { action: "order.refund", entity_type: audit::Entity::Order, entity_id: id.to_string() };
        let asked = serde_json::json!({
            "refund": refund, "amount": plan.amount.decimal(), "currency": plan.amount.currency, "split": plan.split,
            "cause": plan.reason.cause, "reason": plan.reason.text, "restock": restocks, "lines": plan.lines,
        });
        audit::record(&mut act, entry, &(), &asked)?;
        act.commit(RequestedRefund { id: refund, is_repeat: false }).await
    })
}

struct NewRow<'a> {
    payment: PaymentId,
    amount: Money,
    split: Split,
    reason: RefundReason,
    lines: serde_json::Value,
    restock: bool,
    notify: bool,
    request: Option<(&'a str, &'a [u8; 32])>,
}

/// Writes a refund down and has Stripe asked.
async fn insert(act: &mut Act<'_>, order: &Locked, new: NewRow<'_>) -> Result<RefundId> {
    let (id, actor, now) = (RefundId::new(), act.who.actor(), act.now);
    sqlx::query!(
        "insert into refunds
            (id, payment_id, order_id, idempotency_key, request_key, request_hash, amount, currency, goods, shipping, tax,
             tax_included, occasion, cause, reason, lines, restock, notify, actor_type, actor_id, actor_name, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $22)",
        id as _,
        new.payment as _,
        order.id as _,
        format!("refund-{id}"),
        new.request.map(|(key, _)| key),
        new.request.map(|(_, hash)| hash.as_slice()),
        new.amount.minor,
        new.amount.currency.code(),
        new.split.goods.minor,
        new.split.shipping.minor,
        new.split.tax.minor,
        new.split.tax_included.minor,
        new.reason.occasion as _,
        new.reason.cause as _,
        new.reason.text,
        new.lines,
        new.restock,
        new.notify,
        actor.kind.word(),
        actor.id,
        actor.name,
        now,
    )
    .execute(&mut **act)
    .await?;
    let Split { goods, shipping, tax, tax_included } = new.split;
    let begun = Happening::RefundBegun { amount: new.amount, goods, shipping, tax, tax_included, reason: new.reason };
    lifecycle::note_down(act, order.id, &begun)?;
    told::refund_came_to_be(act, order, id).await?;
    jobs::enqueue_with(act, &Job::SendRefund { refund: id }, JobOptions::unique(format!("refund:{id}")))?;
    Ok(id)
}
