//! What belongs to one customer beside the account itself.

use crate::accounts::devices::{self, Device};
use crate::actors::{May, Permission};
use crate::cart::{self, CartView};
use crate::id::UserId;
use crate::{Result, Shop};
use chrono::{DateTime, Utc};

/// Who closed an account, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub at: DateTime<Utc>,
    pub by: String,
    /// None was given: by a machine, or before there were reasons.
    pub reason: Option<String>,
}

/// Where a customer is signed in, the last seen first.
pub async fn devices(shop: &Shop, who: &dyn May, id: UserId) -> Result<Vec<Device>> {
    who.may(Permission::CustomersRead)?;
    devices::of(shop, id, None).await
}

/// What a customer has in the cart, priced as of now; empty when there is none.
pub async fn open_cart(shop: &Shop, who: &dyn May, id: UserId) -> Result<CartView> {
    who.may(Permission::CustomersRead)?;
    cart::of_user(shop, id).await
}

/// How an account came to be closed, as the audit log tells. Of one that is open: how it was the last time.
pub async fn closing(shop: &Shop, who: &dyn May, id: UserId) -> Result<Option<Closing>> {
    who.may(Permission::CustomersRead)?;
    let closing = sqlx::query_as!(
        Closing,
        r#"select created_at as "at!", actor_name as "by!", after->>'reason' as "reason?"
           from audit_logs
           where entity_type = 'user' and entity_id = $1 and action = 'customer.deactivate'
           order by created_at desc, id desc
           limit 1"#,
        id.to_string(),
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(closing)
}
