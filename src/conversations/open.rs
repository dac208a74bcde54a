//! Beginning a conversation.

use super::hold::changed;
use super::words::ConversationStatus;
use crate::actors::Customer;
use crate::entity::Entity;
use crate::id::{ConversationId, OrderId, ProductId};
use crate::input::Raw;
use crate::throttle::{self, Count};
use crate::{Act, Error, Invalid, OnConstraint, Result, Shop, idempotency, said};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) const TITLE: usize = 120;

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(as = OpenSession, example = json!({ "title": "Does the rasp come with a handle?", "productId": null }))]
pub struct OpenConversation {
    /// What it is about, in a few words.
    #[schema(max_length = 120, example = "Does the rasp come with a handle?")]
    pub title: Raw,
    /// The product that it is about.
    #[schema(value_type = Option<ProductId>)]
    pub product_id: Raw,
    /// Or the order of yours.
    #[schema(value_type = Option<OrderId>)]
    pub order_id: Raw,
}

/// What is asked for, checked.
struct Wanted {
    title: String,
    product: Option<ProductId>,
    order: Option<OrderId>,
}

impl OpenConversation {
    fn check(&self) -> Result<Wanted> {
        let mut faults = Invalid::default();
        let title = self.title.line("title", TITLE, &mut faults);
        let id = |raw: &Raw| (!raw.is_empty()).then(|| raw.trimmed().parse::<Uuid>());
        let product = id(&self.product_id).transpose().unwrap_or_else(|_| {
            faults.add("productId", said!("fault-no-such-product"));
            None
        });
        let order = id(&self.order_id).transpose().unwrap_or_else(|_| {
            faults.add("orderId", said!("fault-no-such-order"));
            None
        });
        if product.is_some() && order.is_some() {
            faults.add("orderId", said!("fault-product-or-order"));
        }
        faults.into_result()?;
        Ok(Wanted { title, product: product.map(ProductId), order: order.map(OrderId) })
    }
}

/// Another one about the same thing goes on.
pub(super) fn exists() -> Error {
    Error::conflict("session_exists", said!("refusal-conversation-exists"))
}

/// Begins a conversation of a customer with the shop. At most five in an hour.
///
/// # Errors
/// Faults of the input; a conflict `session_exists` when one about the same thing goes on; `TooMany`.
pub async fn open(shop: &Shop, who: &Customer, input: OpenConversation) -> Result<ConversationId> {
    let wanted = input.check()?;
    act!(shop, who, "conversation.open", |act| {
        throttle::attempt(&mut act, &Count::conversations(who.id)).await?;
        check_subject(&mut act, who, &wanted).await?;
        let id = ConversationId::new();
        let about = wanted.product.map(|id| id.0).or(wanted.order.map(|id| id.0)).unwrap_or(Uuid::nil());
        sqlx::query!(
            "insert into conversations
                 (id, title, about_id, product_id, order_id, customer_id, status, created_at, last_message_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
            id as _,
            wanted.title,
            about,
            wanted.product as _,
            wanted.order as _,
            who.id as _,
            ConversationStatus::Open as _,
            act.now,
        )
        .execute(&mut *act)
        .await
        .on_constraint("conversations_open_key", exists)?;
        changed(&mut act, id).await?;
        idempotency::done(&mut act, Entity::Conversation, &id.to_string())?;
        act.commit(id).await
    })
}

/// Only what shoppers see, and orders of their own, are talked about.
async fn check_subject(act: &mut Act<'_>, who: &Customer, wanted: &Wanted) -> Result<()> {
    if let Some(product) = wanted.product {
        let is_shown = sqlx::query_scalar!(
            r#"select exists (select from product_index where product_id = $1 and shown) as "is_shown!""#,
            product as _
        );
        if !is_shown.fetch_one(&mut **act).await? {
            return Err(Error::invalid("productId", said!("fault-no-such-product")));
        }
    }
    if let Some(order) = wanted.order {
        let is_theirs = sqlx::query_scalar!(
            r#"select exists (select from orders where id = $1 and user_id = $2) as "is_theirs!""#,
            order as _,
            who.id as _,
        );
        if !is_theirs.fetch_one(&mut **act).await? {
            return Err(Error::invalid("orderId", said!("fault-no-such-order")));
        }
    }
    Ok(())
}
