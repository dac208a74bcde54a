//! Signing in with a password.

use super::staff::AccountKind;
use super::{Secret, known_devices, password};
use crate::actors::{Actor, ActorKind, AsActor, Visitor};
use crate::address::Email;
use crate::entity::Entity;
use crate::id::{SessionId, UserId};
use crate::input::Raw;
use crate::throttle::{self, After, Count, Counted};
use crate::{Act, Error, Message, Result, Shop, audit, cart, said, token_hash};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct SignIn {
    #[schema(value_type = String, example = "ada@example.org")]
    pub email: Raw,
    #[schema(required, example = "three quiet green boats")]
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

/// What a sign-in is called, in the audit log too.
pub(super) const SIGN_IN: &str = "user.sign_in";

/// Signs in to an account. One sentence for an unknown address, a wrong password and an account that was closed, and
/// the same work for each, so that nobody learns who has an account here.
pub async fn sign_in(shop: &Shop, visitor: &Visitor, input: SignIn) -> Result<SignedIn> {
    admit(shop, prove(shop, visitor, input, |_| true).await?).await
}

/// Signs in at the staff's door, which is shut to customers, in the same words.
pub async fn sign_in_staff(shop: &Shop, visitor: &Visitor, input: SignIn) -> Result<SignedIn> {
    admit(shop, prove(shop, visitor, input, AccountKind::works_here).await?).await
}

async fn admit(shop: &Shop, proof: Proof<'_>) -> Result<SignedIn> {
    act!(shop, &proof.who, SIGN_IN, |act| {
        let entered = proof.enter(&mut act).await?;
        act.commit(entered.signed_in).await
    })
}

/// What is said to whoever gives a wrong address or password. An `Error::Invalid` of the field `password`.
pub fn refusal() -> Message {
    said!("fault-wrong-credentials")
}

fn refused() -> Error {
    Error::invalid("password", refusal())
}

/// An account, as it was when the password was compared.
struct Account {
    id: UserId,
    email: String,
    first_name: String,
    last_name: String,
    role: AccountKind,
    is_active: bool,
    password_hash: String,
    password_changed_at: DateTime<Utc>,
    /// The device at hand, if it signed in to this account before.
    device: Option<Uuid>,
}

/// Somebody gave the right password.
pub(super) struct Proof<'a> {
    attempt: Attempt<'a>,
    account: Account,
    /// A hash with today's parameters, when the stored one was made with older ones.
    fresh_hash: Option<String>,
    session: SessionId,
    /// In whose name the sign-in is written down.
    pub who: Actor,
}

/// Who signed in, and the account as it stands now: locked until the act ends, as by all who sign its devices out.
pub(super) struct Entered {
    pub signed_in: SignedIn,
    pub email: String,
    pub role: AccountKind,
}

/// Proves who it is.
pub(super) async fn prove<'a>(
    shop: &Shop,
    visitor: &'a Visitor,
    input: SignIn,
    may_enter: impl Fn(AccountKind) -> bool,
) -> Result<Proof<'a>> {
    let email = Email::parse(&input.email.0).map_err(|e| Error::invalid("email", e))?;
    if input.password.is_empty() {
        return Err(Error::invalid("password", said!("fault-required")));
    }
    let account = find(shop, visitor, &email).await?;
    let attempt = Attempt { email, visitor, device: account.as_ref().and_then(|account| account.device) };
    attempt.count(shop).await?;

    let hash = account.as_ref().map(|account| account.password_hash.clone());
    let verdict = password::verify(&input.password, hash).await?;
    let Some(account) = account.filter(|a| verdict.is_right && a.is_active && may_enter(a.role)) else {
        return Err(refused());
    };
    let (session, name) = (SessionId::new(), account.name());
    let mut who = crate::actors::customer(account.id, &account.email, &name, session, &visitor.origin).actor();
    if account.role.works_here() {
        who.kind = ActorKind::Staff;
    }
    Ok(Proof { attempt, account, fresh_hash: verdict.fresh_hash, session, who })
}

async fn find(shop: &Shop, visitor: &Visitor, email: &Email) -> Result<Option<Account>> {
    let device_hash = visitor.device_token.as_deref().map(token_hash);
    let account = sqlx::query_as!(
        Account,
        r#"select u.id as "id: UserId", u.email::text as "email!", u.first_name, u.last_name, u.role as "role: AccountKind", u.is_active,
                  u.password_hash, u.password_changed_at, d.id as "device?"
           from users u
           left join known_devices d on d.user_id = u.id and d.token_hash = $2 and d.last_used_at > $3
           where u.email = $1::text::citext"#,
        email.as_str(),
        device_hash.as_ref().map(|hash| &hash[..]),
        shop.clock.now() - known_devices::MEMORY,
    )
    .fetch_optional(&shop.db)
    .await?;
    Ok(account)
}

impl Account {
    fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

impl Proof<'_> {
    /// Signs in. What the caller opens before it commits is part of the same act.
    pub async fn enter(&self, act: &mut Act<'_>) -> Result<Entered> {
        let (account, visitor, session) = (&self.account, self.attempt.visitor, self.session);
        self.attempt.succeeded(act).await?;
        // a password that was changed while this one was compared is no longer the right one
        let now = act.now;
        let entered = sqlx::query!(
            r#"update users
               set last_login_at = $2, password_hash = coalesce($3, password_hash)
               where id = $1 and is_active and password_changed_at = $4
               returning email::text as "email!", role as "role: AccountKind""#,
            account.id as _,
            now,
            self.fresh_hash,
            account.password_changed_at,
        )
        .fetch_optional(&mut **act)
        .await?
        .ok_or_else(refused)?;
        let cart = match &visitor.cart_token {
            Some(token) => cart::merge_at_sign_in(act, token, account.id).await?,
            None => Vec::new(),
        };
        let device_token = known_devices::remember(act, visitor, account.id, session).await?;
        let entry =
            audit::Entry { action: SIGN_IN, entity_type: audit::Entity::User, entity_id: account.id.to_string() };
        let device = visitor.origin.user_agent.as_deref().map(|agent| super::devices::device_words(agent).to_string());
        let device = json!({ "device": device });
        audit::record(act, entry, &(), &device)?;
        let is_staff = account.role.works_here();
        let signed_in = SignedIn { user: account.id, session, name: account.name(), is_staff, device_token, cart };
        Ok(Entered { signed_in, email: entered.email, role: entered.role })
    }
}

/// Somebody tries to sign in.
struct Attempt<'a> {
    email: Email,
    visitor: &'a Visitor,
    /// One that signed in to this account before.
    device: Option<Uuid>,
}

impl Attempt<'_> {
    /// Counts the attempt, or refuses it. A known device is counted by itself; whatever strangers did to the account or
    /// from the same network does not touch it. Others are counted for account and network together, for the network,
    /// and for the account: in this order always, so that two attempts never wait for each other in a ring, and so that
    /// what one network has no more attempts for does not count for the account. The attempt that uses up a count is
    /// written down, the refused ones after it are not: whoever knocks all night shall not fill the log.
    async fn count(&self, shop: &Shop) -> Result<()> {
        let ip = self.visitor.origin.ip.as_deref();
        let account = || (Entity::User, self.email.to_string());
        let mut counts = Vec::new();
        match self.device {
            Some(device) => counts.push((account(), Count::device(device))),
            None => {
                counts.push((account(), Count::account_from(&self.email, ip)));
                counts.extend(ip.map(|ip| ((Entity::Address, ip.to_owned()), Count::address(ip))));
                counts.push((account(), Count::account(&self.email)));
            }
        }
        let (entities, counts): (Vec<_>, Vec<_>) = counts.into_iter().unzip();
        // of the attempt, not of what was asked for
        let who = self.visitor.actor();
        act!(shop, &who, "user.count_sign_in", |act| {
            let counted = throttle::attempt_all(&mut act, &counts).await?;
            for (&(entity_type, ref entity_id), _) in entities.iter().zip(counted).filter(|(_, c)| *c == Counted::Last)
            {
                let entity_id = entity_id.clone();
                let entry = audit::Entry { action: "user.sign_in_throttled", entity_type, entity_id };
                audit::record(&mut act, entry, &(), &json!({ "email": self.email.as_str() }))?;
            }
            act.commit(()).await
        })
    }

    /// The right password: wrong ones from here are forgotten. What strangers did to the account is not, so that it
    /// stays bounded while the owner comes and goes.
    async fn succeeded(&self, act: &mut Act<'_>) -> Result<()> {
        let ip = self.visitor.origin.ip.as_deref();
        let counts = match self.device {
            Some(device) => vec![(Count::device(device), After::Forget)],
            None => {
                let mut counts = vec![(Count::account_from(&self.email, ip), After::Forget)];
                counts.extend(ip.map(|ip| (Count::address(ip), After::GiveBack)));
                counts.push((Count::account(&self.email), After::GiveBack));
                counts
            }
        };
        throttle::settle(&mut **act, &counts).await
    }
}
