//! How somebody comes to work here: by a mail with a link, with which they choose a password themselves.
//!
//! The account is made with the invitation. Until the link is followed nobody can sign in to it, neither with the
//! password that it has (which nobody knows) nor by asking for a new one; an invitation that is withdrawn takes the
//! account with it.

use super::account_kind::AccountKind;
use super::bounds::{locked, may_change};
use crate::accounts::links;
use crate::accounts::recovery::{self, Purpose};
use crate::accounts::{Secret, known_devices, password};
use crate::actors::{ActorKind, Permission, Staff, Visitor};
use crate::address::Email;
use crate::events::{self, Event, StaffEvent};
use crate::id::{LinkId, SessionId, UserId};
use crate::jobs::{self, Job};
use crate::throttle::{self, Count};
use crate::{Act, Error, Invalid, Result, Shop, audit, email};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// How long the link of an invitation works.
pub(super) const LIFE: TimeDelta = TimeDelta::days(7);

pub(super) fn mail(act: &mut Act<'_>, user: UserId) -> Result<()> {
    jobs::enqueue(act, &Job::SendStaffInvitation { link: LinkId::new(), user })
}

/// Mails the link of an invitation, if it still stands; once for each `link`.
pub async fn send(shop: &Shop, link: LinkId, user: UserId) -> Result<()> {
    let Some(letter) = recovery::issue(shop, user, Purpose::JoinStaff).await? else { return Ok(()) };
    email::staff_invitation(shop, &link.to_string(), &letter.to, &letter.name, &letter.link, &letter.valid_for).await
}

/// Sends an invitation again. The link from before works no more, and the new one as long as the first did at first.
/// `Conflict` (`not_invited`) when there is none: it was followed or withdrawn.
pub async fn send_again(shop: &Shop, staff: &Staff, id: UserId) -> Result<()> {
    staff.may(Permission::StaffWrite)?;
    act!(shop, staff, "staff.invite_again", |act| {
        let before = locked(&mut act, id).await?;
        may_change(staff, &before)?;
        if before.invited_at.is_none() {
            return Err(not_invited());
        }
        let address = Email::parse(&before.email).map_err(Error::internal)?;
        let now = act.now;
        throttle::attempt(&mut act, &Count::mails(&address)).await?;
        recovery::void_links(&mut act, id).await?;
        sqlx::query!("update users set invited_at = $2 where id = $1", id as _, now).execute(&mut *act).await?;
        mail(&mut act, id)?;
        let entry =
            audit::Entry { action: "staff.invite_again", entity_type: audit::Entity::User, entity_id: id.to_string() };
        audit::record(&mut act, entry, &(), &())?;
        act.commit(()).await
    })
}

/// Withdraws an invitation: its link works no more, and the account that it made is gone. `Conflict` (`not_invited`)
/// when it was followed already.
pub async fn withdraw(shop: &Shop, staff: &Staff, id: UserId) -> Result<()> {
    staff.may(Permission::StaffWrite)?;
    act!(shop, staff, "staff.withdraw", |act| {
        let before = locked(&mut act, id).await?;
        may_change(staff, &before)?;
        if before.invited_at.is_none() {
            return Err(not_invited());
        }
        sqlx::query!("delete from users where id = $1", id as _).execute(&mut *act).await?;
        let entry =
            audit::Entry { action: "staff.withdraw", entity_type: audit::Entity::User, entity_id: id.to_string() };
        audit::record(&mut act, entry, &before.shown(), &())?;
        let (account_kind, is_active) = (before.account_kind.into(), before.is_active);
        let told = StaffEvent { account_id: id, account_kind, is_active, is_invited: true };
        events::record(&mut act, &Event::StaffWithdrawn(told))?;
        act.commit(()).await
    })
}

fn not_invited() -> Error {
    Error::conflict("not_invited", "This invitation is not open any more")
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Join {
    pub token: Secret,
    pub password: Secret,
}

/// Somebody who was invited works here now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    pub user: UserId,
    /// What this device shows when it signs in.
    pub device_token: String,
}

/// Whose invitation a link is, for the page that it leads to: the e-mail address. `Gone` when it does not work any
/// more.
pub async fn check(shop: &Shop, token: &str) -> Result<String> {
    Ok(recovery::owner_of(shop, token, Purpose::JoinStaff).await?.email)
}

/// Follows the link of an invitation: the invited person chooses a password, and can sign in with it. `Gone` when the
/// link was used, was withdrawn or is too old.
pub async fn join(shop: &Shop, visitor: &Visitor, input: Join) -> Result<Joined> {
    let token = input.token.expose();
    let owner = recovery::owner_of(shop, token, Purpose::JoinStaff).await?;
    let mut faults = Invalid::default();
    let own_words = [owner.email.as_str(), &owner.first_name, &owner.last_name];
    password::note(&input.password, "password", &own_words, &mut faults);
    faults.into_result()?;
    let hash = password::hash(&input.password).await?;

    let who = recovery::owner_acts(ActorKind::Staff, visitor, &owner);
    act!(shop, &who, "staff.join", |act| {
        let joined = sqlx::query_scalar!(
            r#"update users
             set password_hash = $2, password_changed_at = $3, updated_at = $3, invited_at = null,
                 email_verified_at = coalesce(email_verified_at, $3)
             where id = $1 and is_active and invited_at is not null
             returning role as "account_kind: AccountKind""#,
            owner.user as _,
            hash,
            act.now,
        )
        .fetch_optional(&mut *act)
        .await?;
        let is_theirs = recovery::use_link(&mut act, token, Purpose::JoinStaff).await? == Some(owner.user);
        let Some(account_kind) = joined.filter(|_| is_theirs) else { return Err(links::gone()) };
        recovery::void_links(&mut act, owner.user).await?;
        let device_token = known_devices::remember(&mut act, visitor, owner.user, SessionId::new()).await?;
        let entry =
            audit::Entry { action: "staff.join", entity_type: audit::Entity::User, entity_id: owner.user.to_string() };
        audit::record(&mut act, entry, &(), &json!({ "email": owner.email }))?;
        let told = StaffEvent {
            account_id: owner.user,
            account_kind: account_kind.into(),
            is_active: true,
            is_invited: false,
        };
        events::record(&mut act, &Event::StaffJoined(told))?;
        act.commit(Joined { user: owner.user, device_token }).await
    })
}
