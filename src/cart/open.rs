//! Whose cart it is, and finding or opening it. One plan serves all owners, as for the lines of a cart: where the
//! planner sees that it is a guest it makes a plan for each, which takes five times as long as to run it.

use crate::actors::Visitor;
use crate::id::{CartId, UserId};
use crate::live_topic::LiveTopic;
use crate::{Act, Error, Result, secret_token, token_hash};
use chrono::TimeDelta;
use sqlx::{PgConnection, PgExecutor};

pub(super) const GUEST_DAYS: i64 = 30;
pub(super) const CUSTOMER_DAYS: i64 = 365;

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
           where ordered_at is null and (user_id = (select $1::uuid) or token_hash = (select $2::bytea))"#,
        owner.user() as _,
        owner.token_hash(),
    )
    .fetch_optional(db)
    .await?;
    Ok(cart)
}

/// The open cart with its row locked, if there is one.
pub(super) async fn lock(conn: &mut PgConnection, owner: &Owner) -> Result<Option<CartId>> {
    let cart = sqlx::query_scalar!(
        r#"select id as "id: CartId"
           from carts
           where ordered_at is null and (user_id = (select $1::uuid) or token_hash = (select $2::bytea))
           for update"#,
        owner.user() as _,
        owner.token_hash(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(cart)
}

/// The same for a change to it: a cart that is used lives on. By the hour is near enough, and most changes to a cart
/// then need not write its row.
pub(super) async fn lock_to_use(act: &mut Act<'_>, owner: &Owner) -> Result<Option<CartId>> {
    let now = act.now;
    let cart = sqlx::query_scalar!(
        r#"with there as (
            select id
            from carts
            where ordered_at is null and (user_id = (select $1::uuid) or token_hash = (select $2::bytea))
            for update
        ),
        used as (
            update carts c
            set updated_at = $3, expires_at = $4
            from there
            where c.id = there.id and c.expires_at < $5
        )
        select id as "id: CartId" from there"#,
        owner.user() as _,
        owner.token_hash(),
        now,
        now + owner.days(),
        now + owner.days() - TimeDelta::hours(1),
    )
    .fetch_optional(&mut **act)
    .await?;
    cart.into_iter().for_each(|cart| act.changes(LiveTopic::Cart(cart)));
    Ok(cart)
}

/// The visitor's open cart with its row locked, for a change to it; opened if there is none. A guest whom we gave no
/// token gets one: the second answer.
pub(crate) async fn open(act: &mut Act<'_>, visitor: &Visitor) -> Result<(CartId, Option<String>)> {
    if let Some(owner) = Owner::of(visitor)
        && let Some(cart) = find_or_open(act, &owner, owner.user().is_some()).await?
    {
        return Ok((cart, None));
    }
    // a token that we never gave (or forgot) is not taken over: it could have been planted
    let token = secret_token();
    let cart = open_for(act, &Owner::Guest(token_hash(&token))).await?;
    Ok((cart, Some(token)))
}

/// The same of an owner whom we know.
pub(super) async fn open_for(act: &mut Act<'_>, owner: &Owner) -> Result<CartId> {
    find_or_open(act, owner, true).await?.ok_or(Error::Busy)
}

/// `None` for a guest whom we do not know, unless told that we do: no cart ever had this secret.
async fn find_or_open(act: &mut Act<'_>, owner: &Owner, is_known: bool) -> Result<Option<CartId>> {
    let now = act.now;
    let currency = act.shop.currency;
    // one that another request opens at the same time is seen by the next look
    for _ in 0..3 {
        let found = sqlx::query!(
            r#"with there as (
                select id
                from carts
                where ordered_at is null and (user_id = (select $2::uuid) or token_hash = (select $3::bytea))
                for update
            ),
            used as (
                update carts c
                set updated_at = $5, expires_at = $6
                from there
                where c.id = there.id and c.expires_at < $7
            ),
            owner as (
                select $8::bool
                       or exists (select from carts where ordered_at is null and token_hash = (select $3::bytea))
                       or exists (select from carts where ordered_at is not null and token_hash = (select $3::bytea)) as is_known
            ),
            opened as (
                insert into carts (id, user_id, token_hash, currency, created_at, updated_at, expires_at)
                select $1, $2, $3, $4, $5, $5, $6
                from owner
                where is_known and not exists (select from there)
                on conflict do nothing
                returning id
            )
            select coalesce((select id from there), (select id from opened)) as "cart?: CartId", is_known as "is_known!"
            from owner"#,
            CartId::new() as _,
            owner.user() as _,
            owner.token_hash(),
            currency.code(),
            now,
            now + owner.days(),
            now + owner.days() - TimeDelta::hours(1),
            is_known,
        )
        .fetch_one(&mut **act)
        .await?;
        if found.cart.is_some() || !found.is_known {
            found.cart.into_iter().for_each(|cart| act.changes(LiveTopic::Cart(cart)));
            return Ok(found.cart);
        }
    }
    Err(Error::Busy)
}
