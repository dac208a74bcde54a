//! Links sent by mail: to verify an address, to set a new password. Each works once.
//!
//! The secret of a link is made in the job that sends the mail, and only its hash is stored: it lies neither in the
//! database nor in the queue.

use super::links::{gone, valid_for};
use super::{Secret, devices, known_devices, password, registration};
use crate::actors::{Actor, ActorKind, AsActor, Customer, System, Visitor};
use crate::address::Email;
use crate::events::{self, AccountEvent, Event};
use crate::id::{LinkId, SessionId, UserId};
use crate::input::Raw;
use crate::jobs::{self, Job, JobOptions};
use crate::throttle::{self, After, Count};
use crate::{Act, Error, Invalid, Result, Shop, audit, email, said, secret_token, token_hash};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use url::Url;

/// A letter with a link that works once.
pub(super) struct Letter {
    pub to: String,
    pub name: String,
    pub link: Url,
    /// In words: `one hour`.
    pub valid_for: Cow<'static, str>,
}

words! {
    pub(super) enum Purpose {
        ResetPassword = "reset_password",
        VerifyEmail = "verify_email",
        /// Follows an invitation to work here.
        JoinStaff = "join_staff",
    }
}

impl Purpose {
    fn page(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset-password",
            Self::VerifyEmail => "verify-email",
            Self::JoinStaff => "admin/join",
        }
    }

    fn lifetime(self) -> TimeDelta {
        match self {
            Self::ResetPassword => TimeDelta::hours(RESET_HOURS),
            Self::VerifyEmail => TimeDelta::days(3),
            Self::JoinStaff => TimeDelta::days(7),
        }
    }
}

/// How long a link to set a new password is good for.
pub const RESET_HOURS: i64 = 1;

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "email": "ada@example.org" }))]
pub struct RequestReset {
    #[schema(value_type = String, example = "ada@example.org")]
    pub email: Raw,
}

/// Asks for a mail with a link to set a new password. The answer, and the work until then, is the same whether the
/// address has an account or not: only the job looks. Further requests than five in a quarter of an hour send nothing.
pub async fn request_reset(shop: &Shop, visitor: &Visitor, input: RequestReset) -> Result<()> {
    let email = Email::parse(&input.email.0).map_err(|e| Error::invalid("email", e))?;
    act!(shop, visitor, "user.ask_for_password", |act| {
        if let Some(ip) = &visitor.origin.ip {
            throttle::attempt(&mut act, &Count::mails_from(ip)).await?;
        }
        match throttle::attempt(&mut act, &Count::mails(&email)).await {
            Ok(()) => {
                let job = Job::SendPasswordReset { link: LinkId::new(), email: email.to_string() };
                jobs::enqueue(&mut act, &job)?;
            }
            Err(Error::TooMany { .. }) => {}
            Err(e) => return Err(e),
        }
        act.commit(()).await
    })
}

/// Asks for another mail with a link to verify the own address.
pub async fn request_verification(shop: &Shop, customer: &Customer) -> Result<()> {
    act!(shop, customer, "user.ask_for_link", |act| {
        let account = sqlx::query!(
            r#"select email::text as "email!", email_verified_at from users where id = $1"#,
            customer.id as _,
        )
        .fetch_one(&mut *act)
        .await?;
        if account.email_verified_at.is_some() {
            return Err(Error::conflict("already_verified", said!("refusal-already-verified")));
        }
        let email = Email::parse(&account.email).map_err(Error::internal)?;
        throttle::attempt(&mut act, &Count::mails(&email)).await?;
        let link = LinkId::new();
        let key = JobOptions { key: Some(format!("verify:{}", customer.id)), ..JobOptions::default() };
        jobs::enqueue_with(&mut act, &Job::SendVerifyEmail { link, user: customer.id }, key)?;
        act.commit(()).await
    })
}

/// Mails a link with which a new password can be set, if the address has an account that is open; once for each `link`.
pub async fn send_reset(shop: &Shop, link: LinkId, email: &str) -> Result<()> {
    let user = sqlx::query_scalar!(
        r#"select id as "id: UserId" from users where email = $1::text::citext and is_active"#,
        email,
    )
    .fetch_optional(&shop.db)
    .await?;
    let Some(user) = user else { return Ok(()) };
    let Some(letter) = issue(shop, user, Purpose::ResetPassword).await? else { return Ok(()) };
    email::password_reset(shop, &link.to_string(), &letter.to, &letter.name, &letter.link, &letter.valid_for).await
}

/// Mails the link that verifies an address, if that is not done already; once for each `link`.
pub async fn send_verification(shop: &Shop, link: LinkId, user: UserId) -> Result<()> {
    let Some(letter) = issue(shop, user, Purpose::VerifyEmail).await? else { return Ok(()) };
    email::verify_email(shop, &link.to_string(), &letter.to, &letter.name, &letter.link).await
}

/// Tells the owner that the password was changed, and where to ask for a new one.
pub async fn send_password_changed(shop: &Shop, notice: LinkId, user: UserId) -> Result<()> {
    let owner = sqlx::query!(r#"select email::text as "email!", first_name from users where id = $1"#, user as _)
        .fetch_optional(&shop.db)
        .await?;
    let Some(owner) = owner else { return Ok(()) };
    let link = page(shop, "forgot-password")?;
    email::password_changed(shop, &notice.to_string(), &owner.email, &owner.first_name, &link).await
}

/// Tells a former address that another one took its place.
pub async fn send_email_changed(shop: &Shop, notice: LinkId, user: UserId, former: &str) -> Result<()> {
    let name = sqlx::query_scalar!("select first_name from users where id = $1", user as _)
        .fetch_optional(&shop.db)
        .await?
        .unwrap_or_default();
    email::email_changed(shop, &notice.to_string(), former, &name, &shop.public_url).await
}

pub(super) async fn issue(shop: &Shop, user: UserId, purpose: Purpose) -> Result<Option<Letter>> {
    let lifetime = purpose.lifetime();
    let for_how_long = valid_for(lifetime, shop.locale);
    let token = secret_token();
    let owner = act!(shop, &System, "link.issue", |act| {
        // locked against a change of the address: a link never verifies another address than the one it was sent to
        let owner = sqlx::query!(
            r#"select email::text as "email!", first_name, email_verified_at, invited_at
                   from users
                   where id = $1 and is_active
                   for share"#,
            user as _,
        )
        .fetch_optional(&mut *act)
        .await?;
        let Some(owner) = owner else { return Ok(None) };
        if purpose == Purpose::VerifyEmail && owner.email_verified_at.is_some() {
            return Ok(None);
        }
        // whoever is invited comes by the invitation or not at all: else its end would mean nothing
        if (purpose == Purpose::JoinStaff) != owner.invited_at.is_some() {
            return Ok(None);
        }
        let now = act.now;
        // a row for each try: if the mail left before the job was done again, its link still works
        sqlx::query!(
            "insert into user_tokens (id, user_id, purpose, token_hash, created_at, expires_at)
                 values ($1, $2, $3, $4, $5, $6)",
            LinkId::new() as _,
            user as _,
            purpose.word(),
            &token_hash(&token)[..],
            now,
            now + lifetime,
        )
        .execute(&mut *act)
        .await?;
        act.commit(Some((owner.email, owner.first_name))).await
    })?;
    let Some((to, name)) = owner else { return Ok(None) };
    let mut link = page(shop, purpose.page())?;
    link.query_pairs_mut().append_pair("token", &token);
    Ok(Some(Letter { to, name, link, valid_for: for_how_long }))
}

fn page(shop: &Shop, path: &str) -> Result<Url> {
    shop.public_url.join(path).map_err(|e| Error::Internal(e.into()))
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "token": "d203c9ddd66cc482db5f44a4d7a576a1cb210958a02eacd37fb79cca35d298e4",
    "password": "four plain words here",
}))]
pub struct ResetPassword {
    pub token: Secret,
    pub password: Secret,
}

/// Whether a link to set a new password still works: `Gone` when it does not. For the page that it leads to.
pub async fn check_reset(shop: &Shop, token: &str) -> Result<()> {
    owner_of(shop, token, Purpose::ResetPassword).await.map(drop)
}

pub(super) struct Owner {
    pub user: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

pub(super) async fn owner_of(shop: &Shop, token: &str, purpose: Purpose) -> Result<Owner> {
    sqlx::query_as!(
        Owner,
        r#"select u.id as "user: UserId", u.email::text as "email!", u.first_name, u.last_name
           from user_tokens t
           join users u on u.id = t.user_id
           where t.token_hash = $1 and t.purpose = $3 and t.used_at is null and t.expires_at > $2
             and u.is_active"#,
        &token_hash(token)[..],
        shop.clock.now(),
        purpose.word(),
    )
    .fetch_optional(&shop.db)
    .await?
    .ok_or_else(gone)
}

/// A new password is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reset {
    pub user: UserId,
    /// What this device shows when it signs in: whoever reads the owner's mail is no stranger.
    pub device_token: String,
}

/// Sets a new password by a link from a mail. Ends all sessions, makes all such links void and forgets the wrong
/// passwords that were tried. `Gone` when the link was used or is too old.
pub async fn reset_password(shop: &Shop, visitor: &Visitor, input: ResetPassword) -> Result<Reset> {
    let token = input.token.expose();
    let owner = owner_of(shop, token, Purpose::ResetPassword).await?;
    let mut faults = Invalid::default();
    let own_words = [owner.email.as_str(), &owner.first_name, &owner.last_name];
    password::note(&input.password, "password", &own_words, &mut faults);
    faults.into_result()?;
    let hash = password::hash(&input.password).await?;

    let who = owner_acts(ActorKind::Customer, visitor, &owner);
    act!(shop, &who, "user.reset_password", |act| {
        if let Ok(email) = Email::parse(&owner.email) {
            let from_here = Count::account_from(&email, visitor.origin.ip.as_deref());
            let counts = [(from_here, After::Forget), (Count::account(&email), After::Forget)];
            throttle::settle(&mut *act, &counts).await?;
        }
        // whoever holds the link reads the mail of this address, so it is verified too
        let changed = sqlx::query!(
            "update users
             set password_hash = $2, password_changed_at = $3, updated_at = $3,
                 email_verified_at = coalesce(email_verified_at, $3)
             where id = $1 and is_active",
            owner.user as _,
            hash,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        let is_mine = use_link(&mut act, token, Purpose::ResetPassword).await? == Some(owner.user);
        if changed.rows_affected() == 0 || !is_mine {
            return Err(gone());
        }
        void_links(&mut act, owner.user).await?;
        devices::end_all(&mut act, owner.user, None).await?;
        let device_token = known_devices::remember(&mut act, visitor, owner.user, SessionId::new()).await?;
        jobs::enqueue(&mut act, &Job::SendPasswordChanged { notice: LinkId::new(), user: owner.user })?;
        let entry = audit::Entry {
            action: "user.reset_password",
            entity_type: audit::Entity::User,
            entity_id: owner.user.to_string(),
        };
        audit::record(&mut act, entry, &(), &())?;
        events::record(&mut act, &Event::AccountPasswordChanged(AccountEvent { account_id: owner.user }))?;
        act.commit(Reset { user: owner.user, device_token }).await
    })
}

pub(super) fn owner_acts(kind: ActorKind, visitor: &Visitor, owner: &Owner) -> Actor {
    Actor {
        kind,
        id: Some(owner.user.0),
        name: format!("{} {}", owner.first_name, owner.last_name).trim().to_owned(),
        ..visitor.actor()
    }
}

/// Verifies an address by the link from a mail, and makes the account if it was asked for and not there yet. `Gone`
/// when the link was used or is too old.
pub async fn verify_email(shop: &Shop, visitor: &Visitor, token: &str) -> Result<UserId> {
    act!(shop, visitor, "user.verify_email", |act| {
        let Some(user) = use_link(&mut act, token, Purpose::VerifyEmail).await? else {
            return registration::confirm(act, visitor, token).await?.ok_or_else(gone);
        };
        let owner = sqlx::query_as!(
            Owner,
            r#"update users
               set email_verified_at = coalesce(email_verified_at, $2), updated_at = $2
               where id = $1 and is_active
               returning id as "user: UserId", email::text as "email!", first_name, last_name"#,
            user as _,
            act.now,
        )
        .fetch_optional(&mut *act)
        .await?
        .ok_or_else(gone)?;
        let who = owner_acts(ActorKind::Customer, visitor, &owner);
        let mut act = act;
        act.act_as(&who);
        let entry =
            audit::Entry { action: "user.verify_email", entity_type: audit::Entity::User, entity_id: user.to_string() };
        audit::record(&mut act, entry, &(), &owner.email)?;
        events::record(&mut act, &Event::AccountVerified(AccountEvent { account_id: user }))?;
        act.commit(user).await
    })
}

/// Uses a link up: of two at the same time, one gets it.
pub(super) async fn use_link(act: &mut Act<'_>, token: &str, purpose: Purpose) -> Result<Option<UserId>> {
    let user = sqlx::query_scalar!(
        r#"update user_tokens
           set used_at = $3
           where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3
           returning user_id as "user_id: UserId""#,
        &token_hash(token)[..],
        purpose.word(),
        act.now,
    )
    .fetch_optional(&mut **act)
    .await?;
    Ok(user)
}

/// Makes all links of an account void: they were sent to an address, or for a password, that is no longer the one.
pub(super) async fn void_links(act: &mut Act<'_>, user: UserId) -> Result<()> {
    sqlx::query!("update user_tokens set used_at = $2 where user_id = $1 and used_at is null", user as _, act.now,)
        .execute(&mut **act)
        .await?;
    Ok(())
}
