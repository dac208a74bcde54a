//! Whose cart it is, and finding or opening it.

use crate::actors::Visitor;
use crate::id::{CartId, UserId};
use crate::{Clock, Currency, Error, Result, secret_token, token_hash};
use chrono::TimeDelta;
use sqlx::{PgConnection, PgExecutor};

const GUEST_DAYS: i64 = 30;
const CUSTOMER_DAYS: i64 = 365;

/// Whose cart, and whose idempotency keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    User(UserId),
    Guest([u8; 32]),
}

impl Owner {
    /// `None`: a guest who has put nothing in a cart yet.
    pub fn of(visitor: &Visitor) -> Option<Self> {
        match (&visitor.customer, &visitor.cart_token) {
            (Some(customer), _) => Some(Self::User(customer.id())),
            (None, Some(token)) => Some(Self::Guest(token_hash(token))),
            (None, None) => None,
        }
    }

    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(*id),
            Self::Guest(_) => None,
        }
    }

    pub fn token_hash(&self) -> Option<&[u8]> {
        match self {
            Self::User(_) => None,
            Self::Guest(hash) => Some(hash),
        }
    }

    /// Within which an idempotency key is unique.
    pub fn scope(&self) -> String {
        match self {
            Self::User(id) => format!("user:{id}"),
            Self::Guest(hash) => format!("cart:{}", hex::encode(hash)),
        }
    }

    fn days(&self) -> TimeDelta {
        TimeDelta::days(if self.user().is_some() { CUSTOMER_DAYS } else { GUEST_DAYS })
    }
}

/// The open cart, if there is one.
pub(crate) async fn find(db: impl PgExecutor<'_>, owner: &Owner) -> Result<Option<CartId>> {
    let cart = sqlx::query_scalar!(
        r#"select id as "id: CartId"
           from carts
           where ordered_at is null and (user_id = $1 or token_hash = $2)"#,
        owner.user() as _,
        owner.token_hash(),
    )
    .fetch_optional(db)
    .await?;
    Ok(cart)
}

/// The open cart with its row locked, if there is one.
pub(crate) async fn lock(conn: &mut PgConnection, owner: &Owner) -> Result<Option<CartId>> {
    let cart = sqlx::query_scalar!(
        r#"select id as "id: CartId"
           from carts
           where ordered_at is null and (user_id = $1 or token_hash = $2)
           for update"#,
        owner.user() as _,
        owner.token_hash(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(cart)
}

/// The open cart with its row locked, opened if there is none. A guest whom we gave no token gets one: the second answer.
pub(crate) async fn open(
    conn: &mut PgConnection,
    clock: &Clock,
    visitor: &Visitor,
    currency: Currency,
) -> Result<(CartId, Owner, Option<String>)> {
    if let Some(owner) = Owner::of(visitor) {
        if let Some(cart) = lock(conn, &owner).await? {
            return Ok((cart, owner, None));
        }
        if owner.user().is_some() || was_ours(conn, &owner).await? {
            return Ok((open_for(conn, clock, &owner, currency).await?, owner, None));
        }
        // a token that we never gave (or forgot) is not taken over: it could have been planted
    }
    let token = secret_token();
    let owner = Owner::Guest(token_hash(&token));
    let cart = fresh(conn, clock, &owner, currency).await?.ok_or(Error::Busy)?;
    Ok((cart, owner, Some(token)))
}

/// The open cart of an owner with its row locked, opened if there is none.
pub(crate) async fn open_for(
    conn: &mut PgConnection,
    clock: &Clock,
    owner: &Owner,
    currency: Currency,
) -> Result<CartId> {
    // another request may open one, or order this one, between the two statements
    for _ in 0..3 {
        if let Some(cart) = lock(conn, owner).await? {
            return Ok(cart);
        }
        if let Some(cart) = fresh(conn, clock, owner, currency).await? {
            return Ok(cart);
        }
    }
    Err(Error::Busy)
}

/// A new cart, unless the owner has an open one.
async fn fresh(conn: &mut PgConnection, clock: &Clock, owner: &Owner, currency: Currency) -> Result<Option<CartId>> {
    let now = clock.now();
    let cart = sqlx::query_scalar!(
        r#"insert into carts (id, user_id, token_hash, currency, created_at, updated_at, expires_at)
           values ($1, $2, $3, $4, $5, $5, $6)
           on conflict do nothing
           returning id as "id: CartId""#,
        CartId::new() as _,
        owner.user() as _,
        owner.token_hash(),
        currency.code(),
        now,
        now + owner.days(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(cart)
}

/// Whether a cart with this secret was ordered.
async fn was_ours(conn: &mut PgConnection, owner: &Owner) -> Result<bool> {
    let known = sqlx::query_scalar!(
        r#"select exists(select from carts where ordered_at is not null and token_hash = $1) as "known!""#,
        owner.token_hash(),
    )
    .fetch_one(conn)
    .await?;
    Ok(known)
}

/// A cart that is used lives on. By the hour is near enough, and most changes to a cart then need not write its row.
pub(crate) async fn touch(conn: &mut PgConnection, clock: &Clock, cart: CartId, owner: &Owner) -> Result<()> {
    let now = clock.now();
    sqlx::query!(
        "update carts set updated_at = $2, expires_at = $3 where id = $1 and expires_at < $4",
        cart as _,
        now,
        now + owner.days(),
        now + owner.days() - TimeDelta::hours(1),
    )
    .execute(conn)
    .await?;
    Ok(())
}
