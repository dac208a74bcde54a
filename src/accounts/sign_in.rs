//! Signing in with a password.

use super::throttle::{self, Count, Counted};
use super::{Acts, Email, Secret, Visitor, password};
use crate::id::{SessionId, UserId};
use crate::input::Raw;
use crate::{Error, Result, Shop, audit, cart};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{Postgres, Transaction};

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct SignIn {
    #[schema(value_type = String, example = "ada@example.org")]
    pub email: Raw,
    #[schema(required, example = "hammer and tongs")]
    pub password: Secret,
}

/// Somebody proved to be the owner of an account. The door opens a session: a new id, holding these two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub user: UserId,
    /// How the session is known in the list of devices; not the secret in the cookie.
    pub session: SessionId,
    pub name: String,
    pub is_staff: bool,
    /// What became of the cart filled before: it went into the account's.
    pub cart: Vec<cart::Notice>,
}

/// Signs in to an account. One sentence for an unknown address, a wrong password and an account that was closed, and
/// the same work for each, so that nobody learns who has an account here.
pub async fn sign_in(shop: &Shop, visitor: &Visitor, input: SignIn) -> Result<SignedIn> {
    admit(enter(shop, visitor, input, |_| true).await?).await
}

/// Signs in at the staff's door, which is shut to customers, in the same words.
pub async fn sign_in_staff(shop: &Shop, visitor: &Visitor, input: SignIn) -> Result<SignedIn> {
    admit(enter(shop, visitor, input, |role| matches!(role, "staff" | "admin")).await?).await
}

async fn admit((tx, signed_in): (Transaction<'static, Postgres>, SignedIn)) -> Result<SignedIn> {
    tx.commit().await?;
    Ok(signed_in)
}

/// What is said to whoever gives a wrong address or password. An `Error::Invalid` of the field `password`.
pub const REFUSED: &str = "E-mail address and password do not belong together, or the address is not confirmed yet";

fn refused() -> Error {
    Error::invalid("password", REFUSED)
}

/// Proves who it is. The caller commits, and what it opens until then is part of the same act.
pub(super) async fn enter(
    shop: &Shop,
    visitor: &Visitor,
    input: SignIn,
    may_enter: impl Fn(&str) -> bool,
) -> Result<(Transaction<'static, Postgres>, SignedIn)> {
    let email = Email::parse(&input.email.0).map_err(|e| Error::invalid("email", e.to_string()))?;
    if input.password.is_empty() {
        return Err(Error::invalid("password", "is required"));
    }
    count(shop, visitor, &email).await?;

    let account = sqlx::query!(
        r#"select id as "id: UserId", email::text as "email!", first_name, last_name, role, is_active,
                  password_hash, password_changed_at
           from users
           where email = $1::text::citext"#,
        email.as_str(),
    )
    .fetch_optional(&shop.db)
    .await?;
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let verdict = password::verify(&input.password, hash).await?;
    let Some(account) = account.filter(|a| verdict.is_right && a.is_active && may_enter(&a.role)) else {
        return Err(refused());
    };

    let now = shop.clock.now();
    let mut tx = shop.db.begin().await?;
    throttle::forget(&mut tx, &Count::account(&email)).await?;
    if let Some(ip) = &visitor.origin.ip {
        throttle::give_back(&mut tx, &Count::address(ip)).await?;
    }
    // a password that was changed while this one was compared is no longer the right one
    let entered = sqlx::query!(
        "update users
         set last_login_at = $2, password_hash = coalesce($3, password_hash)
         where id = $1 and is_active and password_changed_at = $4",
        account.id as _,
        now,
        verdict.fresh_hash,
        account.password_changed_at,
    )
    .execute(&mut *tx)
    .await?;
    if entered.rows_affected() == 0 {
        return Err(refused());
    }
    let cart = match &visitor.cart_token {
        Some(token) => cart::merge_at_sign_in(&mut tx, &shop.clock, shop.currency, token, account.id).await?,
        None => Vec::new(),
    };
    let name = format!("{} {}", account.first_name, account.last_name).trim().to_owned();
    let session = SessionId::new();
    let is_staff = account.role != "customer";
    let mut actor = super::actors::customer(account.id, &account.email, &name, session, &visitor.origin).actor();
    if is_staff {
        actor.kind = "staff";
    }
    let entry = audit::Entry { action: "user.sign_in", entity_type: "user", entity_id: account.id.to_string() };
    let device = json!({ "device": visitor.origin.user_agent.as_deref().map(super::devices::device_words) });
    audit::record(&mut tx, &shop.clock, &actor, entry, &(), &device).await?;
    Ok((tx, SignedIn { user: account.id, session, name, is_staff, cart }))
}

/// Counts the attempt for the account and the network address, in this order always, so that two attempts never wait for
/// each other in a ring. The attempt that uses up a count is written down, the refused ones after it are not: whoever
/// knocks all night shall not fill the log.
async fn count(shop: &Shop, visitor: &Visitor, email: &Email) -> Result<()> {
    let now = shop.clock.now();
    let mut counts = vec![("user", email.to_string(), Count::account(email))];
    if let Some(ip) = &visitor.origin.ip {
        counts.push(("address", ip.clone(), Count::address(ip)));
    }
    let mut tx = shop.db.begin().await?;
    for (entity_type, entity_id, count) in counts {
        if throttle::attempt(&mut tx, now, &count).await? == Counted::Last {
            let entry = audit::Entry { action: "user.sign_in_throttled", entity_type, entity_id };
            // of the attempt, not of what was asked for
            audit::record(&mut tx, &shop.clock, &visitor.actor(), entry, &(), &json!({ "email": email.as_str() }))
                .await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
