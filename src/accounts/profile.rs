//! What a person may read and change of the own account.

use super::sealed::{KeptPhone, seal_phone};
use super::staff::AccountKind;
use super::{Secret, devices, password, recovery};
use crate::actors::Customer;
use crate::address::{Email, hide_phone};
use crate::events::{self, AccountEvent, Event};
use crate::id::{LinkId, UserId};
use crate::input::Raw;
use crate::jobs::{self, Job};
use crate::keys::EncryptionKeys;
use crate::throttle::{self, Count};
use crate::{Act, Error, Invalid, OnConstraint, Result, Shop, audit, said};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    pub id: UserId,
    #[schema(example = "ada@example.org")]
    pub email: String,
    pub email_verified: bool,
    #[schema(example = "Ada")]
    pub first_name: String,
    #[schema(example = "Byron")]
    pub last_name: String,
    #[schema(example = "+44 114 496 0000")]
    pub phone: Option<String>,
    pub role: AccountKind,
    pub is_active: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
}

pub async fn get(shop: &Shop, customer: &Customer) -> Result<Profile> {
    of(shop, customer.id).await
}

/// A row of a profile.
struct ProfileRow {
    id: UserId,
    email: String,
    email_verified: bool,
    first_name: String,
    last_name: String,
    phone: Option<String>,
    sealed_phone: Option<Vec<u8>>,
    role: AccountKind,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    last_login_at: Option<DateTime<Utc>>,
}

impl ProfileRow {
    fn profile(self, keys: &EncryptionKeys) -> Profile {
        Profile {
            id: self.id,
            email: self.email,
            email_verified: self.email_verified,
            first_name: self.first_name,
            last_name: self.last_name,
            phone: KeptPhone { plain: self.phone, sealed: self.sealed_phone }.of(keys, self.id),
            role: self.role,
            is_active: self.is_active,
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_login_at: self.last_login_at,
        }
    }
}

pub(super) async fn of(shop: &Shop, user: UserId) -> Result<Profile> {
    let row = sqlx::query_as!(
        ProfileRow,
        r#"select id as "id: UserId", email::text as "email!", email_verified_at is not null as "email_verified!",
                  first_name, last_name, phone, sealed_phone, role as "role: AccountKind", is_active, created_at, updated_at, last_login_at
           from users
           where id = $1"#,
        user as _,
    )
    .fetch_one(&shop.db)
    .await?;
    Ok(row.profile(&shop.encryption_keys))
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "firstName": "Ada", "lastName": "Byron", "phone": "+44 114 496 0000" }))]
pub struct ProfileInput {
    #[schema(max_length = 100, example = "Ada")]
    pub first_name: Raw,
    #[schema(max_length = 100, example = "Byron")]
    pub last_name: Raw,
    #[schema(example = "+44 114 496 0000")]
    pub phone: Raw,
}

impl From<&Profile> for ProfileInput {
    fn from(profile: &Profile) -> Self {
        Self {
            first_name: profile.first_name.as_str().into(),
            last_name: profile.last_name.as_str().into(),
            phone: profile.phone.as_deref().unwrap_or_default().into(),
        }
    }
}

impl ProfileInput {
    /// Whether all of it could be kept.
    pub fn check(&self) -> Result<()> {
        self.parse().map(drop)
    }

    fn parse(&self) -> Result<(String, String, Option<String>)> {
        let mut faults = Invalid::default();
        let first_name = self.first_name.line("firstName", 100, &mut faults);
        let last_name = self.last_name.optional_line("lastName", 100, &mut faults);
        let phone = crate::address::phone(&self.phone, "phone", &mut faults);
        faults.into_result()?;
        Ok((first_name, last_name, phone))
    }
}

/// Changes name and telephone number.
pub async fn edit(shop: &Shop, customer: &Customer, input: ProfileInput) -> Result<Profile> {
    act!(shop, customer, "user.edit", |act| {
        let profile = write(&mut act, customer.id, &input).await?;
        act.commit(profile).await
    })
}

/// Writes name and telephone number of an account, for its owner or for those who look after it. The caller asks
/// whether they may, and commits.
pub(super) async fn write(act: &mut Act<'_>, user: UserId, input: &ProfileInput) -> Result<Profile> {
    let (first_name, last_name, phone) = input.parse()?;
    let before = sqlx::query!(
        "select first_name, last_name, phone, sealed_phone from users where id = $1 for update",
        user as _
    )
    .fetch_one(&mut **act)
    .await?;
    let keys = &act.shop.encryption_keys;
    let former = KeptPhone { plain: before.phone, sealed: before.sealed_phone }.of(keys, user);
    let sealed_phone = seal_phone(keys, user, phone.as_deref())?;
    let now = act.now;
    let row = sqlx::query_as!(
        ProfileRow,
        r#"update users
           set first_name = $2, last_name = $3, phone = null, sealed_phone = $4, updated_at = $5
           where id = $1
           returning id as "id: UserId", email::text as "email!", email_verified_at is not null as "email_verified!",
                     first_name, last_name, phone, sealed_phone, role as "role: AccountKind", is_active, created_at, updated_at, last_login_at"#,
        user as _,
        first_name,
        last_name,
        sealed_phone,
        now,
    )
    .fetch_one(&mut **act)
    .await?;
    let entry = audit::Entry { action: "user.edit", entity_type: audit::Entity::User, entity_id: user.to_string() };
    let (was, is) = hide_phone(former.as_deref(), phone.as_deref());
    let before = json!({ "firstName": before.first_name, "lastName": before.last_name, "phone": was });
    let after = json!({ "firstName": first_name, "lastName": last_name, "phone": is });
    audit::record(act, entry, &before, &after)?;
    events::record(act, &Event::AccountUpdated(AccountEvent { account_id: user }))?;
    Ok(row.profile(&act.shop.encryption_keys))
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "email": "ada.byron@example.org", "password": "four plain words here" }))]
pub struct ChangeEmail {
    #[schema(value_type = String, example = "ada@example.org")]
    pub email: Raw,
    pub password: Secret,
}

/// Changes the address one signs in with, on proof of the password. The new one must be verified; links sent to the
/// former one are void.
pub async fn change_email(shop: &Shop, customer: &Customer, input: ChangeEmail) -> Result<()> {
    let email = Email::to_write_to(&input.email.0).map_err(|e| Error::invalid("email", e))?;
    prove(shop, customer, &input.password, "password").await?;

    act!(shop, customer, "user.change_email", |act| {
        let former = sqlx::query_scalar!(
            r#"select email::text as "email!" from users where id = $1 for update"#,
            customer.id as _,
        )
        .fetch_one(&mut *act)
        .await?;
        if former == email.as_str() {
            return Ok(());
        }
        sqlx::query!(
            "update users set email = $2::text::citext, email_verified_at = null, updated_at = $3 where id = $1",
            customer.id as _,
            email.as_str(),
            act.now,
        )
        .execute(&mut *act)
        .await
        .on_constraint("users_email_key", || Error::taken("email_taken", "email", said!("fault-email-taken")))?;
        recovery::void_links(&mut act, customer.id).await?;
        jobs::enqueue(&mut act, &Job::SendVerifyEmail { link: LinkId::new(), user: customer.id })?;
        let told = Job::SendEmailChanged { notice: LinkId::new(), user: customer.id, former: former.clone() };
        jobs::enqueue(&mut act, &told)?;
        let entry = audit::Entry {
            action: "user.change_email",
            entity_type: audit::Entity::User,
            entity_id: customer.id.to_string(),
        };
        audit::record(&mut act, entry, &former, &email)?;
        events::record(&mut act, &Event::AccountEmailChanged(AccountEvent { account_id: customer.id }))?;
        act.commit(()).await
    })
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "currentPassword": "four plain words here", "newPassword": "five other words for now" }))]
pub struct ChangePassword {
    pub current_password: Secret,
    pub new_password: Secret,
}

/// Changes the password on proof of the current one. Ends all other sessions and tells the owner by mail.
pub async fn change_password(shop: &Shop, customer: &Customer, input: ChangePassword) -> Result<()> {
    let mut faults = Invalid::default();
    if input.current_password.is_empty() {
        faults.add("currentPassword", said!("fault-required"));
    }
    password::note(&input.new_password, "newPassword", &[customer.email(), customer.name()], &mut faults);
    faults.into_result()?;
    prove(shop, customer, &input.current_password, "currentPassword").await?;
    let hash = password::hash(&input.new_password).await?;

    act!(shop, customer, "user.change_password", |act| {
        set_password(&mut act, customer.id, &hash).await?;
        devices::end_all(&mut act, customer.id, customer.session).await?;
        let entry = audit::Entry {
            action: "user.change_password",
            entity_type: audit::Entity::User,
            entity_id: customer.id.to_string(),
        };
        audit::record(&mut act, entry, &(), &())?;
        events::record(&mut act, &Event::AccountPasswordChanged(AccountEvent { account_id: customer.id }))?;
        act.commit(()).await
    })
}

async fn set_password(act: &mut Act<'_>, user: UserId, hash: &str) -> Result<()> {
    sqlx::query!(
        "update users set password_hash = $2, password_changed_at = $3, updated_at = $3 where id = $1",
        user as _,
        hash,
        act.now,
    )
    .execute(&mut **act)
    .await?;
    recovery::void_links(act, user).await?;
    jobs::enqueue(act, &Job::SendPasswordChanged { notice: LinkId::new(), user })
}

/// That the person at the keyboard knows the password, not only the way to a browser left open. Wrong ones are counted
/// for this sign-in alone: what others try elsewhere does not keep the owner from a new password.
async fn prove(shop: &Shop, customer: &Customer, typed: &Secret, field: &'static str) -> Result<()> {
    let account = sqlx::query!("select password_hash from users where id = $1 and is_active", customer.id as _,)
        .fetch_one(&shop.db)
        .await?;
    let count = Count::proof(customer.session.map_or(customer.id.0, |session| session.0));
    throttle::attempt_now(shop, &count).await?;
    let verdict = password::verify(typed, Some(account.password_hash)).await?;
    if !verdict.is_right {
        return Err(Error::invalid(field, said!("fault-wrong-password")));
    }
    throttle::forget(&shop.db, &count).await
}
