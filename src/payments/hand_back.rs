//! Money that was paid offline goes back by hand: there is no gateway to ask, so staff say when they did it.

use super::gateway::RefundSeen;
use super::refunds::RefundState;
use super::send_refund;
use crate::actors::{Actor, ActorKind, Permission, Staff};
use crate::id::{OrderId, RefundId};
use crate::{Currency, Error, Money, Result, Shop, audit, lifecycle};

/// Writes down that staff handed a refund over, in cash or by transfer. `not_by_hand` for one that the gateway sends,
/// or that is over already.
pub async fn handed_back(shop: &Shop, staff: &Staff, refund: RefundId) -> Result<()> {
    staff.may(Permission::OrdersRefund)?;
    let row = sqlx::query!(
        r#"select r.order_id as "order: OrderId", r.amount, r.currency, p.provider = 'offline' as "is_by_hand!",
                  r.actor_type as "actor_type: ActorKind", r.actor_id, r.actor_name
           from refunds r
           join payments p on p.id = r.payment_id
           where r.id = $1"#,
        refund as _,
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or(Error::NotFound)?;
    let nothing = || Error::conflict("not_by_hand", "There is nothing to hand back, or it was written down before");
    if !row.is_by_hand {
        return Err(nothing());
    }
    let amount = Money::new(row.amount, Currency::stored(&row.currency)?);
    let id = format!("offline-{refund}");
    let seen = RefundSeen { id, status: RefundState::Succeeded, amount, refund_id: None, failure: None };
    let asked_by = Actor::remembered(row.actor_type, row.actor_id, row.actor_name);
    act!(shop, staff, "order.hand_back", |act| {
        let order = lifecycle::lock(&mut act, row.order).await?;
        if !send_refund::write_down(&mut act, &order, refund, &asked_by, &seen).await? {
            return Err(nothing());
        }
        let entry = audit::Entry {
            action: "order.hand_back",
            entity_type: audit::Entity::Order,
            entity_id: row.order.to_string(),
        };
        let done = serde_json::json!({ "refund": refund, "amount": amount.decimal(), "currency": amount.currency });
        audit::record(&mut act, entry, &(), &done)?;
        act.commit(()).await
    })
}
