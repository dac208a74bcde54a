//! Customers at the payment provider. Each is made once, when first needed, under a stored key; guests never are.
//!
//! A changed name or address follows with the next payment or the next card. An account that is no longer active is not
//! looked up any more; what it kept over there stays until it is active again, or staff delete it in Stripe's
//! dashboard.

use super::gateway::NewCustomer;
use super::retry::retrying;
use crate::actors::Customer;
use crate::{Error, Result, Shop};

/// The customer's id at the provider, made if there is none. `Unavailable` when the provider gave no clear answer.
pub(super) async fn ensure(shop: &Shop, customer: &Customer) -> Result<String> {
    let (live, now) = (shop.gateway.is_live(), shop.clock.now());
    sqlx::query!(
        "insert into provider_customers (user_id, livemode, idempotency_key, email, name, created_at, updated_at)
         select id, $2, $3, email, trim(first_name || ' ' || last_name), $4, $4
         from users
         where id = $1 and is_active
         on conflict do nothing",
        customer.id() as _,
        live,
        new_key(),
        now,
    )
    .execute(&shop.db)
    .await?;
    let row = sqlx::query!(
        r#"select c.idempotency_key, c.provider_customer, c.email, c.name,
                  u.email::text as "email_now!", trim(u.first_name || ' ' || u.last_name) as "name_now!"
           from provider_customers c
           join users u on u.id = c.user_id
           where c.user_id = $1 and c.livemode = $2 and u.is_active"#,
        customer.id() as _,
        live,
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or(Error::NotFound)?;
    if let Some(id) = row.provider_customer {
        if (&row.email, &row.name) != (&row.email_now, &row.name_now) {
            follow(shop, &id, &row.email_now, &row.name_now).await?;
        }
        return Ok(id);
    }
    let new =
        NewCustomer { key: row.idempotency_key, user_id: customer.id().to_string(), email: row.email, name: row.name };
    match retrying(|| shop.gateway.create_customer(&new)).await {
        Ok(id) => keep(shop, &new.key, id).await,
        Err(e) => {
            if e.burns_key() {
                redraw_key(shop, &new.key).await?;
            }
            Err(e.into())
        }
    }
}

/// The customer's id at the provider, if there is one. Nothing is made.
pub(super) async fn find(shop: &Shop, customer: &Customer) -> Result<Option<String>> {
    let id = sqlx::query_scalar!(
        "select provider_customer from provider_customers where user_id = $1 and livemode = $2",
        customer.id() as _,
        shop.gateway.is_live(),
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(id.flatten())
}

/// The provider knows no such customer (any more): somebody deleted it there, or the key is another account's.
pub(super) async fn forget(shop: &Shop, id: &str) -> Result<()> {
    tracing::warn!(customer = id, "the payment provider does not know a customer of ours");
    sqlx::query!("delete from provider_customers where provider_customer = $1", id).execute(&shop.db).await?;
    Ok(())
}

/// Two requests at once are answered the same customer, since they send the same key.
async fn keep(shop: &Shop, key: &str, id: String) -> Result<String> {
    let kept = sqlx::query_scalar!(
        r#"update provider_customers
           set provider_customer = coalesce(provider_customer, $2), updated_at = $3
           where idempotency_key = $1
           returning provider_customer as "id!""#,
        key,
        id,
        shop.clock.now(),
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(kept.unwrap_or(id))
}

async fn redraw_key(shop: &Shop, key: &str) -> Result<()> {
    sqlx::query!(
        "update provider_customers
         set idempotency_key = $2, updated_at = $3
         where idempotency_key = $1 and provider_customer is null",
        key,
        new_key(),
        shop.clock.now(),
    )
    .execute(&shop.db)
    .await?;
    Ok(())
}

/// Tells the provider a new address or name. If it does not answer, the next payment tries again.
async fn follow(shop: &Shop, id: &str, email: &str, name: &str) -> Result<()> {
    match shop.gateway.update_customer(id, email, name).await {
        Ok(()) => {
            sqlx::query!(
                "update provider_customers set email = $2, name = $3, updated_at = $4 where provider_customer = $1",
                id,
                email,
                name,
                shop.clock.now(),
            )
            .execute(&shop.db)
            .await?;
        }
        Err(e) if e.is_missing() => {
            forget(shop, id).await?;
            return Err(e.into());
        }
        Err(e) => tracing::warn!("the provider did not take a customer's new address: {e}"),
    }
    Ok(())
}

fn new_key() -> String {
    format!("customer-{}", crate::secret_token())
}
