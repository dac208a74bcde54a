//! Signing in with a password.

use super::throttle::{self, Count, Counted};
use super::{Secret, known_devices, password};
use crate::actors::{Acts, Visitor};
use crate::address::Email;
use crate::db::Transaction;
use crate::id::{SessionId, UserId};
use crate::input::Raw;
use crate::{Error, Result, Shop, audit, cart};
use serde::{Deserialize, Serialize};
use serde_json::json;

use uuid::Uuid;

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
    /// What the device shows when it signs in again: a secret that the door leaves there.
    pub device_token: String,
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

async fn admit((tx, signed_in): (Transaction, SignedIn)) -> Result<SignedIn> {
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
) -> Result<(Transaction, SignedIn)> {
    let email = Email::parse(&input.email.0).map_err(|e| Error::invalid("email", e.to_string()))?;
    if input.password.is_empty() {
        return Err(Error::invalid("password", "is required"));
    }
    let attempt = Attempt { email: &email, device: known_devices::find(shop, visitor, &email).await?, visitor };
    attempt.count(shop).await?;

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
    attempt.succeeded(&mut tx).await?;
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
    let device_token = known_devices::remember(&mut tx, shop, visitor, account.id, session).await?;
    let is_staff = account.role != "customer";
    let mut actor = crate::actors::customer(account.id, &account.email, &name, session, &visitor.origin).actor();
    if is_staff {
        actor.kind = "staff";
    }
    let entry = audit::Entry { action: "user.sign_in", entity_type: "user", entity_id: account.id.to_string() };
    let device = json!({ "device": visitor.origin.user_agent.as_deref().map(super::devices::device_words) });
    audit::record(&mut tx, &shop.clock, &actor, entry, &(), &device).await?;
    Ok((tx, SignedIn { user: account.id, session, name, is_staff, device_token, cart }))
}

/// Somebody tries to sign in.
struct Attempt<'a> {
    email: &'a Email,
    visitor: &'a Visitor,
    /// One that signed in to this account before.
    device: Option<Uuid>,
}

impl Attempt<'_> {
    /// Counts the attempt, or refuses it. A known device is counted by itself; whatever strangers did to the account or from
    /// the same network does not touch it. Others are counted for account and network together, for the network, and for the
    /// account: in this order always, so that two attempts never wait for each other in a ring, and so that what one network
    /// has no more attempts for does not count for the account. The attempt that uses up a count is written down, the refused
    /// ones after it are not: whoever knocks all night shall not fill the log.
    async fn count(&self, shop: &Shop) -> Result<()> {
        let (now, ip) = (shop.clock.now(), self.visitor.origin.ip.as_deref());
        let account = || ("user", self.email.to_string());
        let mut counts = Vec::new();
        match self.device {
            Some(device) => counts.push((account(), Count::device(device))),
            None => {
                counts.push((account(), Count::account_from(self.email, ip)));
                counts.extend(ip.map(|ip| (("address", ip.to_owned()), Count::address(ip))));
                counts.push((account(), Count::account(self.email)));
            }
        }
        let mut tx = shop.db.begin().await?;
        for ((entity_type, entity_id), count) in counts {
            if throttle::attempt(&mut tx, now, &count).await? == Counted::Last {
                let entry = audit::Entry { action: "user.sign_in_throttled", entity_type, entity_id };
                // of the attempt, not of what was asked for
                let what = json!({ "email": self.email.as_str() });
                audit::record(&mut tx, &shop.clock, &self.visitor.actor(), entry, &(), &what).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// The right password: wrong ones from here are forgotten. What strangers did to the account is not, so that it stays
    /// bounded while the owner comes and goes.
    async fn succeeded(&self, tx: &mut Transaction) -> Result<()> {
        if let Some(device) = self.device {
            return throttle::forget(tx, &Count::device(device)).await;
        }
        let ip = self.visitor.origin.ip.as_deref();
        throttle::forget(tx, &Count::account_from(self.email, ip)).await?;
        if let Some(ip) = ip {
            throttle::give_back(tx, &Count::address(ip)).await?;
        }
        throttle::give_back(tx, &Count::account(self.email)).await
    }
}
