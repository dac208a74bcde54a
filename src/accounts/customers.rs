//! The people who buy, as staff see them.

mod around;

pub use super::account_state::AccountState;
pub use around::{Closing, closing, devices, open_cart};

use super::devices::end_all;
use super::profile::{self, ProfileInput};
use super::sealed::{KeptPhone, seal_phone};
use super::staff::AccountKind;
use super::{Secret, addresses, password};
use crate::actors::{May, Permission};
use crate::address::{Email, hide_phone, sought};
use crate::events::{self, AccountEvent, Event};
use crate::id::{LinkId, UserId};
use crate::input::Raw;
use crate::jobs::{self, Job};
use crate::{Error, Invalid, Money, OnConstraint, Page, Paging, Result, Shop, audit, secret_token};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{Postgres, QueryBuilder};

/// Which accounts to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Part of a name or e-mail address.
    pub search: Option<String>,
    pub status: Option<AccountState>,
    /// `None` are all. Others than customers are for those who may see staff.
    pub account_kind: Option<AccountKind>,
    pub sort: CustomerSort,
    pub paging: Paging,
}

impl Default for CustomerFilter {
    fn default() -> Self {
        Self {
            search: None,
            status: None,
            account_kind: Some(AccountKind::Customer),
            sort: CustomerSort::default(),
            paging: Paging::new(1, 25),
        }
    }
}

words! {
    #[derive(Default)]
    pub enum CustomerSort {
        #[default]
        Newest = "created:desc",
        Oldest = "created:asc",
        NameUp = "name:asc",
        NameDown = "name:desc",
        EmailUp = "email:asc",
        EmailDown = "email:desc",
        LatestLogin = "lastLogin:desc",
        EarliestLogin = "lastLogin:asc",
    }
}

impl CustomerSort {
    fn sql(self) -> &'static str {
        match self {
            Self::Newest => " order by u.created_at desc, u.id desc",
            Self::Oldest => " order by u.created_at, u.id",
            Self::NameUp => " order by lower(u.last_name || ' ' || u.first_name), u.id",
            Self::NameDown => " order by lower(u.last_name || ' ' || u.first_name) desc, u.id desc",
            Self::EmailUp => " order by u.email, u.id",
            Self::EmailDown => " order by u.email desc, u.id desc",
            Self::LatestLogin => " order by u.last_login_at desc nulls last, u.id desc",
            Self::EarliestLogin => " order by u.last_login_at nulls first, u.id",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSummary {
    pub id: UserId,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub phone: Option<String>,
    pub account_kind: AccountKind,
    pub is_active: bool,
    pub email_verified: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
    /// Orders ever placed.
    pub orders: i64,
    /// What was paid for orders, less what was given back.
    pub spent: Money,
}

impl CustomerSummary {
    pub fn state(&self) -> AccountState {
        if self.is_active { AccountState::Active } else { AccountState::Inactive }
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

/// A customer, with the address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerDetail {
    pub summary: CustomerSummary,
    pub addresses: Vec<addresses::SavedAddress>,
}

#[derive(sqlx::FromRow)]
struct CustomerRow {
    id: UserId,
    email: String,
    first_name: String,
    last_name: String,
    phone: Option<String>,
    sealed_phone: Option<Vec<u8>>,
    role: AccountKind,
    is_active: bool,
    email_verified: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    last_login_at: Option<DateTime<Utc>>,
    orders: i64,
    spent: i64,
}

impl CustomerRow {
    fn summary(self, shop: &Shop) -> CustomerSummary {
        CustomerSummary {
            id: self.id,
            email: self.email,
            first_name: self.first_name,
            last_name: self.last_name,
            phone: KeptPhone { plain: self.phone, sealed: self.sealed_phone }.of(&shop.encryption_keys, self.id),
            account_kind: self.role,
            is_active: self.is_active,
            email_verified: self.email_verified,
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_login_at: self.last_login_at,
            orders: self.orders,
            spent: Money::new(self.spent, shop.currency),
        }
    }
}

/// One page of accounts.
pub async fn list(shop: &Shop, who: &dyn May, filter: &CustomerFilter) -> Result<Page<CustomerSummary>> {
    who.may(Permission::CustomersRead)?;
    if filter.account_kind != Some(AccountKind::Customer) {
        who.may(Permission::StaffRead)?;
    }
    let mut count = QueryBuilder::new("select count(*) from users u where true");
    narrow(&mut count, filter);
    let total: i64 = count.build_query_scalar().fetch_one(&shop.db).await?;
    // orders are counted for the people of this page only
    let mut page = QueryBuilder::new("with u as (");
    page.push(COLUMNS).push(" from users u where true");
    narrow(&mut page, filter);
    page.push(filter.sort.sql());
    let paging = filter.paging;
    page.push(" limit ").push_bind(i64::from(paging.limit())).push(" offset ").push_bind(paging.offset());
    page.push(") ").push(WITH_ORDERS).push(filter.sort.sql());
    let rows: Vec<CustomerRow> = page.build_query_as().fetch_all(&shop.db).await?;
    let items = rows.into_iter().map(|row| row.summary(shop)).collect();
    Ok(Page::new(items, total, paging))
}

const COLUMNS: &str = "select u.id, u.email::text as email, u.first_name, u.last_name, u.phone, u.sealed_phone, u.role, u.is_active, \
     u.email_verified_at is not null as email_verified, u.created_at, u.updated_at, u.last_login_at";

const WITH_ORDERS: &str = "select u.id, u.email, u.first_name, u.last_name, u.phone, u.sealed_phone, u.role, u.is_active, \
        u.email_verified, u.created_at, u.updated_at, u.last_login_at, o.orders, o.spent \
     from u cross join lateral ( \
        select count(*) as orders, \
               coalesce(sum(o.total) filter (where o.payment_status in ('paid', 'partially_refunded', 'refunded')), 0)::bigint \
               - coalesce((select sum(r.amount) from refunds r join orders own on own.id = r.order_id \
                           where own.user_id = u.id and r.status = 'succeeded'), 0)::bigint as spent \
        from orders o where o.user_id = u.id) o";

fn narrow(query: &mut QueryBuilder<Postgres>, filter: &CustomerFilter) {
    if let Some(account_kind) = filter.account_kind {
        query.push(" and u.role = ").push_bind(account_kind.word());
    }
    match filter.status {
        Some(AccountState::Active) => {
            query.push(" and u.is_active");
        }
        Some(AccountState::Inactive) => {
            query.push(" and not u.is_active");
        }
        None => {}
    }
    let words = filter.search.as_deref().unwrap_or_default();
    for word in words.split_whitespace().filter(|word| !word.contains('\0')).take(5) {
        query
            .push(" and fold(u.email::text || ' ' || u.first_name || ' ' || u.last_name) like fold_like(")
            .push_bind(sought(word))
            .push(")");
    }
}

/// One customer. `NotFound` for staff, whom `staff::get` shows.
pub async fn get(shop: &Shop, who: &dyn May, id: UserId) -> Result<CustomerDetail> {
    who.may(Permission::CustomersRead)?;
    let mut query = QueryBuilder::new("with u as (");
    query.push(COLUMNS).push(" from users u where u.role = 'customer' and u.id = ").push_bind(id);
    query.push(") ").push(WITH_ORDERS);
    let row: Option<CustomerRow> = query.build_query_as().fetch_optional(&shop.db).await?;
    let summary = row.ok_or(Error::NotFound)?.summary(shop);
    Ok(CustomerDetail { summary, addresses: addresses::of(&shop.db, &shop.encryption_keys, id).await? })
}

/// Closes a customer's account, or opens it again. Closed, it is signed out everywhere and can neither sign in nor set
/// a new password.
pub async fn set_active(shop: &Shop, who: &dyn May, id: UserId, is_active: bool) -> Result<()> {
    set(shop, who, id, is_active, None).await
}

/// The same with the reason, at most 500 characters, which stands in the audit log and is shown to staff. To close an
/// account one must be given.
pub async fn set_active_because(shop: &Shop, who: &dyn May, id: UserId, is_active: bool, reason: &Raw) -> Result<()> {
    who.may(Permission::CustomersWrite)?;
    let mut faults = Invalid::default();
    let reason = match is_active {
        true => reason.optional("reason", 500, &mut faults),
        false => Some(reason.required("reason", 500, &mut faults)),
    };
    faults.into_result()?;
    set(shop, who, id, is_active, reason).await
}

async fn set(shop: &Shop, who: &dyn May, id: UserId, is_active: bool, reason: Option<String>) -> Result<()> {
    who.may(Permission::CustomersWrite)?;
    let action = if is_active { "customer.activate" } else { "customer.deactivate" };
    act!(shop, who, action, |act| {
        let was_active =
            sqlx::query_scalar!("select is_active from users where id = $1 and role = 'customer' for update", id as _)
                .fetch_one(&mut *act)
                .await?;
        if was_active == is_active {
            return Ok(());
        }
        let now = act.now;
        sqlx::query!("update users set is_active = $2, updated_at = $3 where id = $1", id as _, is_active, now)
            .execute(&mut *act)
            .await?;
        if !is_active {
            end_all(&mut act, id, None).await?;
        }
        let entry = audit::Entry { action, entity_type: audit::Entity::User, entity_id: id.to_string() };
        let (before, mut after) = (json!({ "isActive": was_active }), json!({ "isActive": is_active }));
        if let Some(reason) = &reason {
            after["reason"] = reason.as_str().into();
        }
        audit::record(&mut act, entry, &before, &after)?;
        let event = if is_active { Event::AccountReopened } else { Event::AccountClosed };
        events::record(&mut act, &event(AccountEvent { account_id: id }))?;
        act.commit(()).await
    })
}

/// A customer whom those who work here give an account.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CreateCustomer {
    pub email: Raw,
    #[serde(flatten)]
    pub profile: ProfileInput,
}

/// Makes an account for a customer, who gets a mail with a link to set a password.
pub async fn create(shop: &Shop, who: &dyn May, input: CreateCustomer) -> Result<UserId> {
    who.may(Permission::CustomersWrite)?;
    let mut faults = Invalid::default();
    let first_name = input.profile.first_name.line("firstName", 100, &mut faults);
    let last_name = input.profile.last_name.optional_line("lastName", 100, &mut faults);
    let phone = crate::address::phone(&input.profile.phone, "phone", &mut faults);
    let email = faults.check("email", Email::to_write_to(&input.email.0));
    faults.into_result()?;
    let Some(email) = email else { return Err(Error::invalid("email", "is required")) };
    let nobody_knows = password::hash(&Secret::from(secret_token())).await?;
    let user = UserId::new();
    let sealed_phone = seal_phone(&shop.encryption_keys, user, phone.as_deref())?;
    let (_, hidden) = hide_phone(None, phone.as_deref());
    act!(shop, who, "customer.create", |act| {
        sqlx::query!(
            "insert into users
                (id, email, password_hash, first_name, last_name, sealed_phone, password_changed_at, created_at, updated_at)
             values ($1, $2::text::citext, $3, $4, $5, $6, $7, $7, $7)",
            user as _,
            email.as_str(),
            nobody_knows,
            first_name,
            last_name,
            sealed_phone,
            act.now,
        )
        .execute(&mut *act)
        .await
        .on_constraint("users_email_key", || Error::taken("email_taken", "email", "already has an account"))?;
        jobs::enqueue(&mut act, &Job::SendPasswordReset { link: LinkId::new(), email: email.to_string() })?;
        let entry =
            audit::Entry { action: "customer.create", entity_type: audit::Entity::User, entity_id: user.to_string() };
        let after = json!({ "email": email.as_str(), "firstName": first_name, "lastName": last_name, "phone": hidden });
        audit::record(&mut act, entry, &(), &after)?;
        events::record(&mut act, &Event::AccountRegistered(AccountEvent { account_id: user }))?;
        act.commit(user).await
    })
}

/// Changes name and telephone number of a customer. `NotFound` for those who work here.
pub async fn correct(shop: &Shop, who: &dyn May, id: UserId, input: &ProfileInput) -> Result<()> {
    who.may(Permission::CustomersWrite)?;
    act!(shop, who, "user.edit", |act| {
        sqlx::query_scalar!("select id from users where id = $1 and role = 'customer' for update", id as _)
            .fetch_one(&mut *act)
            .await?;
        profile::write(&mut act, id, input).await?;
        act.commit(()).await
    })
}
