//! Those who work here.
//!
//! Whoever has `staff:write` looks after staff, but only an admin makes or changes an admin, and nobody gives a role
//! that can do more than they can themselves. One active admin is always left. People come by [`invitations`] and
//! choose their passwords themselves.

mod account_kind;
mod bounds;
pub mod invitations;
mod list;

pub use account_kind::AccountKind;
pub use list::{MemberQuery, MemberSort, get, list};

use self::bounds::{locked, may_change, may_make};
use super::account_state::DISABLED;
use super::devices::{self, Device};
use super::profile::{self, ProfileInput};
use super::{Secret, password};
use crate::actors::{AsActor, Permission, Staff, System};
use crate::address::Email;
use crate::events::{self, AccountEvent, Event, StaffEvent};
use crate::id::{RoleId, UserId};
use crate::input::Raw;
use crate::{Error, Invalid, OnConstraint, Result, Shop, audit, secret_token};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;

/// A member of staff, as staff see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub account_kind: AccountKind,
    pub state: MemberState,
    pub is_active: bool,
    pub roles: Vec<MemberRole>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Until when the invitation stands, if it was not followed yet.
    pub invited_until: Option<DateTime<Utc>>,
    pub last_login_at: Option<DateTime<Utc>>,
    pub last_seen_at: Option<DateTime<Utc>>,
}

impl Member {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

words! {
    /// How an account stands.
    pub enum MemberState {
        Active = "active" => "Active",
        /// Has not chosen a password yet.
        Invited = "invited" => "Invited",
        /// Was invited, and the invitation is too old.
        Expired = "expired" => "Invitation expired",
        /// Was closed.
        Inactive = "inactive" => DISABLED,
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = StaffRole)]
pub struct MemberRole {
    pub id: RoleId,
    #[schema(example = "Fulfilment")]
    pub name: String,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InviteStaff {
    pub email: Raw,
    pub first_name: Raw,
    pub last_name: Raw,
    /// `staff` or `admin`.
    pub role: Raw,
    /// Roles of staff, by id or name.
    pub roles: Vec<Raw>,
    /// At the terminal only, where it may be left out: then an invitation is mailed.
    pub password: Secret,
}

/// Invites somebody to work here: makes the account and mails a link with which they choose a password. Nobody types
/// one for another, so a password is refused.
pub async fn create(shop: &Shop, staff: &Staff, input: InviteStaff) -> Result<UserId> {
    staff.may(Permission::StaffWrite)?;
    if !input.password.is_empty() {
        return Err(Error::invalid("password", "is chosen by whoever is invited, by the link in the mail"));
    }
    make(shop, staff, Some(staff), input).await
}

/// Makes an account for somebody who works here, at the terminal of the machine that the shop runs on.
pub async fn create_at_terminal(shop: &Shop, system: System, input: InviteStaff) -> Result<UserId> {
    make(shop, &system, None, input).await
}

async fn make(shop: &Shop, who: &dyn AsActor, staff: Option<&Staff>, input: InviteStaff) -> Result<UserId> {
    let mut faults = Invalid::default();
    let first_name = input.first_name.line("firstName", 100, &mut faults);
    let last_name = input.last_name.optional_line("lastName", 100, &mut faults);
    let account_kind =
        parse_kind(&input.role, &mut faults).filter(|account_kind| *account_kind != AccountKind::Customer);
    if account_kind.is_none() && faults.0.iter().all(|fault| fault.field != "role") {
        faults.add("role", "must be staff or admin");
    }
    let email = faults.check("email", Email::to_write_to(&input.email.0));
    let is_invited = input.password.is_empty();
    if !is_invited {
        let own_words = [input.email.trimmed(), &first_name, &last_name];
        password::note(&input.password, "password", &own_words, &mut faults);
    }
    faults.into_result()?;
    let (Some(email), Some(account_kind)) = (email, account_kind) else {
        return Err(Error::invalid("email", "is required"));
    };
    may_make(staff, account_kind)?;
    let secret = if is_invited { Secret::from(secret_token()) } else { input.password.clone() };
    let hash = password::hash(&secret).await?;

    let user = UserId::new();
    act!(shop, who, "staff.create", |act| {
        let roles = find_roles(&mut act, staff, &input.roles).await?;
        sqlx::query!(
            "insert into users
                (id, email, password_hash, first_name, last_name, role, invited_at, password_changed_at, created_at, updated_at)
             values ($1, $2::text::citext, $3, $4, $5, $6, case when $8::bool then $7::timestamptz end, $7, $7, $7)",
            user as _,
            email.as_str(),
            hash,
            first_name,
            last_name,
            account_kind as _,
            act.now,
            is_invited,
        )
        .execute(&mut *act)
        .await
        .on_constraint("users_email_key", || {
            Error::taken("email_taken", "email", "already has an account; change its role instead")
        })?;
        give_roles(&mut act, user, &roles).await?;
        if is_invited {
            invitations::mail(&mut act, user)?;
        }
        let entry =
            audit::Entry { action: "staff.create", entity_type: audit::Entity::User, entity_id: user.to_string() };
        let after = json!({
            "email": email.as_str(), "accountKind": account_kind, "roles": names(&roles), "isActive": true,
            "isInvited": is_invited,
        });
        audit::record(&mut act, entry, &(), &after)?;
        let told = StaffEvent { account_id: user, account_kind: account_kind.into(), is_active: true, is_invited };
        events::record(&mut act, &Event::StaffCreated(told))?;
        act.commit(user).await
    })
}

/// The account of an e-mail address, if there is one: somebody who buys here may come to work here too.
pub async fn find(shop: &Shop, staff: &Staff, email: &str) -> Result<Option<UserId>> {
    staff.may(Permission::StaffWrite)?;
    let Ok(email) = Email::parse(email) else { return Ok(None) };
    let id =
        sqlx::query_scalar!(r#"select id as "id: UserId" from users where email = $1::text::citext"#, email.as_str(),)
            .fetch_optional(&shop.db)
            .await?;
    Ok(id)
}

/// Where a member of staff is signed in, the last seen first.
pub async fn devices(shop: &Shop, staff: &Staff, id: UserId) -> Result<Vec<Device>> {
    staff.may(Permission::StaffRead)?;
    devices::of(shop, id, staff.session()).await
}

/// Signs somebody out everywhere; not oneself where one is now. Answers how many devices there were.
pub async fn sign_out(shop: &Shop, staff: &Staff, id: UserId) -> Result<u64> {
    staff.may(Permission::StaffWrite)?;
    let but = staff.session().filter(|_| staff.id() == id);
    act!(shop, staff, "staff.sign_out", |act| {
        let before = locked(&mut act, id).await?;
        may_change(staff, &before)?;
        let ended = devices::end_all(&mut act, id, but).await?;
        let entry =
            audit::Entry { action: "staff.sign_out", entity_type: audit::Entity::User, entity_id: id.to_string() };
        audit::record(&mut act, entry, &(), &json!({ "devices": ended }))?;
        act.commit(ended).await
    })
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChangeStaff {
    /// `customer` (no longer works here), `staff` or `admin`.
    pub role: Raw,
    /// Roles of staff, by id or name. All of them: one that is not named is taken away.
    pub roles: Vec<Raw>,
    /// A check box: absent is off.
    pub is_active: Raw,
}

impl From<&Member> for ChangeStaff {
    fn from(member: &Member) -> Self {
        Self {
            role: member.account_kind.word().into(),
            roles: member.roles.iter().map(|role| Raw(role.id.to_string())).collect(),
            is_active: member.is_active.to_string().into(),
        }
    }
}

/// Changes what somebody may do here, and whether the account is open. It counts from their next request on; whoever
/// may no longer enter is signed out everywhere. `Conflict` (`last_admin`) when no active admin would be left.
pub async fn edit(shop: &Shop, staff: &Staff, id: UserId, input: ChangeStaff) -> Result<()> {
    staff.may(Permission::StaffWrite)?;
    let mut faults = Invalid::default();
    let account_kind = parse_kind(&input.role, &mut faults);
    faults.into_result()?;
    let Some(account_kind) = account_kind else { return Err(Error::invalid("role", "is required")) };
    let is_active = input.is_active.is_on();

    act!(shop, staff, "staff.edit", |act| {
        // all admins who can sign in are locked in one order, so that of two who demote each other the second one sees
        // what the first did
        let admins: Vec<UserId> = sqlx::query_scalar!(
            r#"select id as "id: UserId" from users where role = 'admin' and is_active and invited_at is null
               order by id for update"#,
        )
        .fetch_all(&mut *act)
        .await?;
        let before = locked(&mut act, id).await?;
        may_change(staff, &before)?;
        may_make(Some(staff), account_kind)?;
        let stays_admin = account_kind == AccountKind::Admin && is_active;
        if before.account_kind == AccountKind::Admin && !stays_admin && admins.iter().all(|admin| *admin == id) {
            return Err(Error::conflict("last_admin", "The shop needs one active admin; make somebody else one first"));
        }
        let roles = match account_kind {
            AccountKind::Customer => Vec::new(),
            _ => find_roles(&mut act, Some(staff), &input.roles).await?,
        };
        sqlx::query!(
            "update users set role = $2, is_active = $3, updated_at = $4 where id = $1",
            id as _,
            account_kind as _,
            is_active,
            act.now,
        )
        .execute(&mut *act)
        .await?;
        set_roles(&mut act, id, &roles).await?;
        if !is_active || (before.account_kind != AccountKind::Customer && account_kind == AccountKind::Customer) {
            devices::end_all(&mut act, id, None).await?;
        }
        let entry = audit::Entry { action: "staff.edit", entity_type: audit::Entity::User, entity_id: id.to_string() };
        let was = before.shown();
        let is = json!({
            "email": before.email, "accountKind": account_kind, "roles": names(&roles), "isActive": is_active,
        });
        audit::record(&mut act, entry, &was, &is)?;
        let is_invited = before.invited_at.is_some();
        let told = StaffEvent { account_id: id, account_kind: account_kind.into(), is_active, is_invited };
        events::record(&mut act, &Event::StaffUpdated(told))?;
        if before.is_active != is_active {
            let event = if is_active { Event::AccountReopened } else { Event::AccountClosed };
            events::record(&mut act, &event(AccountEvent { account_id: id }))?;
        }
        act.commit(()).await
    })
}

/// Changes name and telephone number of somebody who works here and can do no more than oneself. `NotFound` for
/// customers.
pub async fn correct(shop: &Shop, staff: &Staff, id: UserId, input: &ProfileInput) -> Result<()> {
    staff.may(Permission::StaffWrite)?;
    act!(shop, staff, "user.edit", |act| {
        let before = locked(&mut act, id).await?;
        if before.account_kind == AccountKind::Customer {
            return Err(Error::NotFound);
        }
        may_change(staff, &before)?;
        profile::write(&mut act, id, input).await?;
        act.commit(()).await
    })
}

fn parse_kind(typed: &Raw, faults: &mut Invalid) -> Option<AccountKind> {
    let account_kind = AccountKind::parse(typed.trimmed());
    if account_kind.is_none() {
        faults.add("role", if typed.is_empty() { "is required" } else { "must be customer, staff or admin" });
    }
    account_kind
}

struct FoundRole {
    id: RoleId,
    name: String,
}

fn names(roles: &[FoundRole]) -> Value {
    roles.iter().map(|role| role.name.as_str()).collect()
}

async fn find_roles(conn: &mut PgConnection, staff: Option<&Staff>, typed: &[Raw]) -> Result<Vec<FoundRole>> {
    let known = sqlx::query!(r#"select id as "id: RoleId", name, permissions from roles order by name for key share"#)
        .fetch_all(conn)
        .await?;
    let mut faults = Invalid::default();
    let mut found: Vec<FoundRole> = Vec::new();
    for (i, typed) in typed.iter().enumerate().filter(|(_, typed)| !typed.is_empty()) {
        let typed = typed.trimmed();
        let is_meant = |id: &RoleId, name: &str| id.to_string() == typed || name.eq_ignore_ascii_case(typed);
        let Some(role) = known.iter().find(|role| is_meant(&role.id, &role.name)) else {
            faults.add(format!("roles[{i}]"), "is not a role that we know");
            continue;
        };
        if let Some(staff) = staff {
            staff.may_give(&role.permissions.iter().filter_map(|p| Permission::parse(p)).collect::<Vec<_>>())?;
        }
        if found.iter().all(|other| other.id != role.id) {
            found.push(FoundRole { id: role.id, name: role.name.clone() });
        }
    }
    faults.into_result()?;
    Ok(found)
}

async fn set_roles(conn: &mut PgConnection, user: UserId, roles: &[FoundRole]) -> Result<()> {
    let ids: Vec<uuid::Uuid> = roles.iter().map(|role| role.id.0).collect();
    sqlx::query!("delete from user_roles where user_id = $1 and role_id <> all($2)", user as _, &ids)
        .execute(&mut *conn)
        .await?;
    give_roles(conn, user, roles).await
}

async fn give_roles(conn: &mut PgConnection, user: UserId, roles: &[FoundRole]) -> Result<()> {
    if roles.is_empty() {
        return Ok(());
    }
    let ids: Vec<uuid::Uuid> = roles.iter().map(|role| role.id.0).collect();
    sqlx::query!(
        "insert into user_roles (user_id, role_id) select $1, unnest($2::uuid[]) on conflict do nothing",
        user as _,
        &ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}
