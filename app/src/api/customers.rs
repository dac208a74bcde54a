//! Accounts of other people, for those who work here.

use super::answer::{Answer, Envelope, ListEnvelope};
use super::caller::Caller;
use super::document::Faults;
use super::extract::{Json, Path, Query};
use super::fault::Result;
use super::patch::Patch;
use super::query::{paging, word};
use crate::web::App;
use axum::extract::State;
use axum::http::header::LOCATION;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shop::accounts::addresses::SavedAddress;
use shop::accounts::customers::{self, AccountState, CreateCustomer, CustomerFilter, CustomerSort, CustomerSummary};
use shop::accounts::profile::ProfileInput;
use shop::accounts::staff::{self, AccountKind, ChangeStaff, InviteStaff, Member, MemberRole};
use shop::accounts::{May, Permission};
use shop::id::UserId;
use shop::input::Raw;
use shop::{Error, Invalid, Money, Shop};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(show, change, close))
}

/// An account, as those who work here see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    id: UserId,
    #[schema(example = "ada@example.org")]
    email: String,
    #[schema(example = "Ada")]
    first_name: String,
    #[schema(example = "Byron")]
    last_name: String,
    #[schema(example = "+44 114 496 0000")]
    phone: Option<String>,
    role: AccountKind,
    is_active: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    last_login_at: Option<DateTime<Utc>>,
    /// Of customers, like the two that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    /// Orders ever placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    orders: Option<i64>,
    /// What was paid for orders, less what was given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    spent: Option<Money>,
    /// Of a customer who was asked for by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<SavedAddress>>,
    /// What those who work here may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<MemberRole>>,
}

impl From<CustomerSummary> for Account {
    fn from(of: CustomerSummary) -> Self {
        Self {
            id: of.id,
            email: of.email,
            first_name: of.first_name,
            last_name: of.last_name,
            phone: of.phone,
            role: of.account_kind,
            is_active: of.is_active,
            created_at: of.created_at,
            updated_at: of.updated_at,
            last_login_at: of.last_login_at,
            email_verified: Some(of.email_verified),
            orders: Some(of.orders),
            spent: Some(of.spent),
            addresses: None,
            roles: None,
        }
    }
}

impl From<Member> for Account {
    fn from(of: Member) -> Self {
        Self {
            id: of.id,
            email: of.email,
            first_name: of.first_name,
            last_name: of.last_name,
            phone: None,
            role: of.account_kind,
            is_active: of.is_active,
            created_at: of.created_at,
            updated_at: of.updated_at,
            last_login_at: of.last_login_at,
            email_verified: None,
            orders: None,
            spent: None,
            addresses: None,
            roles: Some(of.roles),
        }
    }
}

/// Which accounts; what cannot be understood is refused, not left out.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct ListAccounts {
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, default = 1)]
    page: Raw,
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    limit: Raw,
    #[param(value_type = Option<String>, default = "createdAt:desc",
            pattern = "^(name|email|lastLogin|createdAt):(asc|desc)$")]
    sort: Raw,
    /// Part of a name or e-mail address.
    #[param(value_type = Option<String>, max_length = 200)]
    search: Raw,
    #[param(value_type = Option<String>, pattern = "^(active|inactive)$")]
    status: Raw,
    /// Others than customers are for those who may look after staff (`staff:write`).
    #[param(value_type = Option<String>, pattern = "^(customer|staff|admin|all)$", default = "customer")]
    role: Raw,
}

impl ListAccounts {
    fn check(&self) -> shop::Result<CustomerFilter> {
        let mut faults = Invalid::default();
        let f = &mut faults;
        let filter = CustomerFilter {
            paging: paging(&self.page, &self.limit, f),
            sort: word(&self.sort, "sort", sort, f).unwrap_or_default(),
            status: word(&self.status, "status", AccountState::parse, f),
            account_kind: word(&self.role, "role", role, f).unwrap_or(Some(AccountKind::Customer)),
            search: self.search.optional("search", 200, f),
        };
        faults.into_result()?;
        Ok(filter)
    }
}

/// The field is `createdAt` here, as in what is answered.
fn sort(typed: &str) -> Option<CustomerSort> {
    match typed {
        "createdAt:desc" => Some(CustomerSort::Newest),
        "createdAt:asc" => Some(CustomerSort::Oldest),
        typed => CustomerSort::parse(typed).filter(|sort| !matches!(sort, CustomerSort::Newest | CustomerSort::Oldest)),
    }
}

/// Which kind of account; of `all`, none in particular.
fn role(typed: &str) -> Option<Option<AccountKind>> {
    if typed == "all" { Some(None) } else { AccountKind::parse(typed).map(Some) }
}

/// Accounts
///
/// Customers, unless `role` says otherwise.
#[utoipa::path(
    get, path = "/users", tag = "Users",
    params(ListAccounts),
    responses((status = 200, body = ListEnvelope<Account>), Faults),
    security(("token" = []), ("key" = ["customers:read"])),
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ListAccounts>,
) -> Result<Answer<Vec<Account>>> {
    let who = caller.operator()?;
    let page = customers::list(&app.shop, who, &query.check()?).await?;
    Ok(Answer::page(page.map(Account::from)))
}

fn named(user: &str) -> shop::Result<UserId> {
    user.parse().map_err(|_| Error::NotFound)
}

/// One account
///
/// Of somebody who works here it is shown to people who may look after staff (`staff:write`), not to machines.
#[utoipa::path(
    get, path = "/users/{user}", tag = "Users",
    params(("user" = UserId, Path)),
    responses((status = 200, body = Envelope<Account>), Faults),
    security(("token" = []), ("key" = ["customers:read"])),
)]
async fn show(State(app): State<App>, caller: Caller, Path(user): Path) -> Result<Answer<Account>> {
    Ok(Answer::ok(account(&app.shop, &caller, named(&user)?).await?))
}

async fn account(shop: &Shop, caller: &Caller, id: UserId) -> shop::Result<Account> {
    let who = caller.operator()?;
    match customers::get(shop, who, id).await {
        Ok(customer) => Ok(Account { addresses: Some(customer.addresses), ..customer.summary.into() }),
        Err(Error::NotFound) => match caller.staff().ok().filter(|staff| staff.can(Permission::StaffWrite)) {
            Some(staff) => Ok(staff::get(shop, staff, id).await?.into()),
            None => Err(Error::NotFound),
        },
        Err(e) => Err(e),
    }
}

/// An account for somebody else.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({ "email": "ada@example.org", "firstName": "Ada", "lastName": "Byron", "role": "customer" }))]
pub struct CreateAccount {
    #[schema(value_type = String)]
    email: Raw,
    #[schema(value_type = String, max_length = 100)]
    first_name: Raw,
    #[schema(max_length = 100)]
    last_name: Raw,
    /// Of customers.
    phone: Raw,
    /// `customer` unless said otherwise. Others are made by people who may look after staff (`staff:write`); only an
    /// admin makes an admin, and nobody gives roles that can do more than they can themselves.
    #[schema(value_type = Option<AccountKind>)]
    role: Raw,
    /// Roles of staff, by id or name.
    roles: Vec<Raw>,
}

/// Makes an account for somebody else
///
/// They get a mail with a link to set a password. A taken address is a conflict (`email_taken`).
#[utoipa::path(
    post, path = "/users", tag = "Users",
    request_body = CreateAccount,
    responses((status = 201, body = Envelope<Account>), Faults),
    security(("token" = []), ("key" = ["customers:read", "customers:write"])),
)]
async fn create(State(app): State<App>, caller: Caller, Json(new): Json<CreateAccount>) -> Result<Answer<Account>> {
    let (shop, who): (_, &dyn May) = (&app.shop, caller.operator()?);
    who.may(Permission::CustomersRead)?;
    let CreateAccount { email, first_name, last_name, phone, role, roles } = new;
    let id = if role.is_empty() || AccountKind::parse(role.trimmed()) == Some(AccountKind::Customer) {
        if !roles.is_empty() {
            return Err(Error::invalid("roles", "are for those who work here; say role: staff").into());
        }
        customers::create(shop, who, CreateCustomer { email, profile: ProfileInput { first_name, last_name, phone } })
            .await?
    } else {
        if !phone.is_empty() {
            return Err(Error::invalid("phone", "is kept of customers only").into());
        }
        let new = InviteStaff { email, first_name, last_name, role, roles, ..InviteStaff::default() };
        staff::create(shop, caller.staff()?, new).await?
    };
    let at = format!("/api/users/{id}");
    Ok(Answer::created(account(shop, &caller, id).await?).with(LOCATION, Some(&at)))
}

/// What of an account is changed.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({ "isActive": false }))]
#[expect(dead_code, reason = "describes what is read as a patch")]
pub struct ChangeAccount {
    #[schema(max_length = 100)]
    first_name: Option<String>,
    #[schema(max_length = 100)]
    last_name: Option<String>,
    phone: Option<String>,
    /// Closed, an account is signed out everywhere and cannot sign in.
    is_active: Option<bool>,
    /// By people who may look after staff (`staff:write`), like `roles`.
    role: Option<AccountKind>,
    /// Roles of staff, by id or name. All of them: one that is not named is taken away.
    roles: Option<Vec<String>>,
}

/// Changes an account
///
/// Name and telephone number, whether it is open, and what somebody may do here. The e-mail address is changed by its
/// owner alone.
#[utoipa::path(
    patch, path = "/users/{user}", tag = "Users",
    params(("user" = UserId, Path)),
    request_body = ChangeAccount,
    responses((status = 200, body = Envelope<Account>), Faults),
    security(("token" = []), ("key" = ["customers:read", "customers:write"])),
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path,
    patch: Patch<ChangeStaff>,
) -> Result<Answer<Account>> {
    let (shop, who, id): (_, &dyn May, _) = (&app.shop, caller.operator()?, named(&user)?);
    let now = account(shop, &caller, id).await?;
    if patch.empties("isActive") {
        return Err(Error::invalid("isActive", "must be true or false").into());
    }
    let profile = patch.onto_its(&now.profile())?;
    let is_renamed = ["firstName", "lastName", "phone"].into_iter().any(|field| patch.names(field));
    if is_renamed {
        // all or nothing: what cannot be kept is found before anything is changed
        profile.check()?;
    }
    // also where nothing is named: whoever may change nothing is told so
    if !is_renamed || ["isActive", "role", "roles"].into_iter().any(|field| patch.names(field)) {
        let change = patch.onto(&now.as_change())?;
        if !["true", "false"].contains(&change.is_active.trimmed()) {
            return Err(Error::invalid("isActive", "must be true or false").into());
        }
        let stays_customer = now.role == AccountKind::Customer && !patch.names("role") && !patch.names("roles");
        stand(shop, &caller, id, stays_customer, change).await?;
    }
    match (is_renamed, account(shop, &caller, id).await?.role) {
        (true, AccountKind::Customer) => customers::correct(shop, who, id, &profile).await?,
        (true, AccountKind::Staff | AccountKind::Admin) => staff::correct(shop, caller.staff()?, id, &profile).await?,
        (false, _) => {}
    }
    Ok(Answer::ok(account(shop, &caller, id).await?))
}

impl Account {
    fn profile(&self) -> ProfileInput {
        ProfileInput {
            first_name: self.first_name.as_str().into(),
            last_name: self.last_name.as_str().into(),
            phone: self.phone.as_deref().unwrap_or_default().into(),
        }
    }

    fn as_change(&self) -> ChangeStaff {
        ChangeStaff {
            role: self.role.word().into(),
            roles: self.roles.iter().flatten().map(|role| Raw(role.id.to_string())).collect(),
            is_active: self.is_active.to_string().into(),
        }
    }
}

/// Opens or closes a customer's account, or says what somebody may do here.
async fn stand(shop: &Shop, caller: &Caller, id: UserId, is_customer: bool, change: ChangeStaff) -> shop::Result<()> {
    match is_customer {
        true => customers::set_active(shop, caller.operator()?, id, change.is_active.is_on()).await,
        false => staff::edit(shop, caller.staff()?, id, change).await,
    }
}

/// Closes an account
///
/// It is signed out everywhere and cannot sign in; its orders stay, so it is never erased. `PATCH` with
/// `isActive: true` opens it again. The last active admin stays (`last_admin`).
#[utoipa::path(
    delete, path = "/users/{user}", tag = "Users",
    params(("user" = UserId, Path)),
    responses((status = 200, body = Envelope<Account>), Faults),
    security(("token" = []), ("key" = ["customers:read", "customers:write"])),
)]
async fn close(State(app): State<App>, caller: Caller, Path(user): Path) -> Result<Answer<Account>> {
    let (shop, id) = (&app.shop, named(&user)?);
    let now = account(shop, &caller, id).await?;
    let closed = ChangeStaff { is_active: "false".into(), ..now.as_change() };
    stand(shop, &caller, id, now.role == AccountKind::Customer, closed).await?;
    Ok(Answer::ok(account(shop, &caller, id).await?))
}
