//! Forms that came when the account they were made for was not signed in: its session was over, or somebody else had
//! signed in meanwhile. What was typed is kept for an hour and shown again to that account, in that browser.
//!
//! A page writes into its forms for whom it was made ([`MadeFor`]), in a way that nobody else can. So a form is never
//! carried out for another account, it is known whose it is when the session has gone with its cookie, and strangers
//! can make us keep nothing. What is kept is sealed under a key made of our secret and of one that only the browser
//! holds: neither the database nor whoever uses the browser next can open it, and the database says not even where the
//! form stood.

use crate::accounts::SignedIn;
use crate::actors::{Customer, System, Visitor};
use crate::id::{KeptFormId, UserId};
use crate::{Error, Result, Shop, seal, token_hash};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// How long a form is kept.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(1);
/// The most that is kept of one form, in bytes: as much as a form may be.
const LARGEST: usize = 1 << 20;
/// The same of a customer's: a checkout with all its addresses and a long note fits several times over.
const LARGEST_OF_CUSTOMER: usize = 64 << 10;
/// Of one account; beyond, the oldest goes.
const MOST_OF_ACCOUNT: i64 = 10;
/// Of all customers together, for anybody may become one. Staff are few, and those are not counted.
const MOST_OF_CUSTOMERS: i64 = 2_000;

/// The account that a form was made for, as the form itself says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeFor(UserId);

impl MadeFor {
    /// What a form carries along that is made for this customer: the account, and a digest that only we can make of it.
    pub fn mark(shop: &Shop, customer: &Customer) -> Result<String> {
        let digest = digests(shop, customer.id())
            .into_iter()
            .next()
            .ok_or_else(|| Error::internal("no secret to mark forms with"))?;
        Ok(format!("{}-{}", customer.id().0.simple(), digest?))
    }

    /// Reads a mark. `None` for one that we did not make.
    pub fn read(shop: &Shop, mark: &str) -> Option<Self> {
        let (user, given) = mark.split_once('-')?;
        let user: UserId = user.parse().ok()?;
        // compared as hashes, so that the time it takes tells nothing of the digest
        let is_ours = digests(shop, user).into_iter().flatten().any(|digest| token_hash(&digest) == token_hash(given));
        is_ours.then_some(Self(user))
    }

    pub fn is(self, visitor: &Visitor) -> bool {
        visitor.customer.as_ref().is_some_and(|customer| customer.id() == self.0)
    }
}

/// One for each of our secrets, the one in use first.
fn digests(shop: &Shop, user: UserId) -> Vec<Result<String>> {
    let parts = [&user.0.as_bytes()[..]];
    let whole = shop.token_keys.derived("form.made_for", &parts);
    // half of it cannot be guessed either, and is shorter in every form
    whole.map(|digest| Ok(hex::encode(&digest?[..16]))).collect()
}

/// A form as it was sent, without passwords and files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptForm {
    /// Where it stood, and is shown again.
    pub page: String,
    /// By what its page knows it.
    pub action: String,
    /// Tells it from others of its page with the same action.
    pub which: String,
    pub values: Vec<(String, String)>,
    /// There were files with it, which are not kept.
    pub had_files: bool,
}

/// Keeps a form for the account that it was made for. `secret` is the browser's. `false`: it is larger than what is
/// kept, or there are too many.
pub async fn keep(shop: &Shop, owner: MadeFor, secret: &str, form: &KeptForm) -> Result<bool> {
    let plain = serde_json::to_vec(form)?;
    if plain.len() > LARGEST {
        return Ok(false);
    }
    let small = plain.len() <= LARGEST_OF_CUSTOMER;
    let key = keys(shop, owner.0, secret)
        .into_iter()
        .next()
        .ok_or_else(|| Error::internal("no secret to seal forms with"))??;
    let sealed = seal::close(&key, plain)?;
    act!(shop, &System, "kept_form.keep", |act| {
        let now = act.now;
        let kept = sqlx::query!(
            "insert into kept_forms (id, user_id, token_hash, page_hash, form_hash, sealed, created_at, expires_at)
             select $1, u.id, $3, $4, $5, $6, $7, $8
             from users u
             where u.id = $2
               and u.is_active
               and (u.role <> 'customer'
                    or $9 and $10 > (select count(*)
                                     from kept_forms k
                                     join users o on o.id = k.user_id
                                     where o.role = 'customer'))
             on conflict (user_id, token_hash, form_hash) do update
             set page_hash = excluded.page_hash, sealed = excluded.sealed, created_at = excluded.created_at,
                 expires_at = excluded.expires_at",
            KeptFormId::new() as _,
            owner.0 as _,
            &token_hash(secret)[..],
            &page_hash(secret, &form.page)[..],
            &token_hash(&format!("{secret} {} {} {}", form.page, form.action, form.which))[..],
            sealed,
            now,
            now + KEPT_FOR,
            small,
            MOST_OF_CUSTOMERS,
        )
        .execute(&mut *act)
        .await?;
        sqlx::query!(
            "delete from kept_forms
             where user_id = $1
               and id not in (select id from kept_forms where user_id = $1 order by created_at desc, id desc limit $2)",
            owner.0 as _,
            MOST_OF_ACCOUNT,
        )
        .execute(&mut *act)
        .await?;
        act.commit(kept.rows_affected() == 1).await
    })
}

/// Where somebody who just signed in finds a form of theirs: on the page that they wanted, if one is kept of it, else
/// where the last one stood.
pub async fn page_after(shop: &Shop, who: &SignedIn, secret: &str, wanted: &str) -> Result<Option<String>> {
    let row = sqlx::query!(
        "select sealed, page_hash
         from kept_forms
         where user_id = $1 and token_hash = $2 and expires_at > $3
         order by page_hash = $4 desc, created_at desc
         limit 1",
        who.user as _,
        &token_hash(secret)[..],
        shop.clock.now(),
        &page_hash(secret, wanted)[..],
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(row.and_then(|row| opened(shop, who.user, secret, &row.sealed)).map(|form| form.page))
}

/// The last form that is kept for the customer at this page, if there is one.
pub async fn at_page(
    shop: &Shop,
    customer: &Customer,
    secret: &str,
    page: &str,
) -> Result<Option<(KeptFormId, KeptForm)>> {
    let row = sqlx::query!(
        r#"select id as "id: KeptFormId", sealed
           from kept_forms
           where user_id = $1 and token_hash = $2 and page_hash = $3 and expires_at > $4
           order by created_at desc, id desc
           limit 1"#,
        customer.id() as _,
        &token_hash(secret)[..],
        &page_hash(secret, page)[..],
        shop.clock.now(),
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(row.and_then(|row| Some((row.id, opened(shop, customer.id(), secret, &row.sealed)?))))
}

/// Forgets a form of the customer's: it was shown again. Answers whether the browser has others here, of whomever.
pub async fn forget(shop: &Shop, customer: &Customer, secret: &str, id: KeptFormId) -> Result<bool> {
    sqlx::query!("delete from kept_forms where id = $1 and user_id = $2", id as _, customer.id() as _)
        .execute(&shop.db)
        .await?;
    let others = sqlx::query_scalar!(
        r#"select exists(select from kept_forms where token_hash = $1 and expires_at > $2) as "others!""#,
        &token_hash(secret)[..],
        shop.clock.now(),
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(others)
}

/// Removes those whose hour is over.
pub async fn sweep(shop: &Shop) -> Result<u64> {
    let now = shop.clock.now();
    let gone = sqlx::query!("delete from kept_forms where expires_at <= $1", now).execute(&shop.db).await?;
    Ok(gone.rows_affected())
}

fn page_hash(secret: &str, page: &str) -> [u8; 32] {
    token_hash(&format!("{secret} {page}"))
}

/// One for each of our secrets, the one in use first.
fn keys(shop: &Shop, owner: UserId, secret: &str) -> Vec<Result<[u8; 32]>> {
    shop.token_keys.derived("form.kept", &[owner.0.as_bytes(), secret.as_bytes()]).collect()
}

/// `None` when our secret was changed meanwhile.
fn opened(shop: &Shop, owner: UserId, secret: &str, sealed: &[u8]) -> Option<KeptForm> {
    let plain =
        keys(shop, owner, secret).into_iter().flatten().find_map(|key| seal::open(&key, sealed.to_vec()).ok())?;
    serde_json::from_slice(&plain).ok()
}
