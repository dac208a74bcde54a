//! Who acts. Only `accounts` can make a customer, a member of staff or an API client, so a command that takes one
//! knows that somebody proved to be it.

use crate::id::{ApiKeyId, SessionId, UserId};
use crate::{Error, Result};
use std::net::{IpAddr, Ipv6Addr};
use uuid::Uuid;

/// From where a request comes; kept in the audit log and the list of sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
    /// Came under an idempotency key, and must not be done twice.
    pub once: Option<Once>,
}

impl Origin {
    /// The network it comes from: an address, or of IPv6 the /64 that one household has.
    pub fn network(&self) -> Option<String> {
        let ip = self.ip.as_deref()?.parse::<IpAddr>().ok()?;
        Some(network_of(ip).to_string())
    }
}

/// Whoever has one address of IPv6 has the other 2⁶⁴ of its network as well.
pub fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

/// One try at a request: what an act names when it says that it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    pub(crate) key: Uuid,
    pub(crate) attempt: i32,
}

/// Whoever browses the shop: a guest with perhaps a cart, or a customer.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// The secret of a guest's cart, from the cookie or the `X-Cart-Token` header.
    pub cart_token: Option<String>,
    /// The token of a device that signed in before, from its cookie or the app.
    pub device_token: Option<String>,
    pub customer: Option<Customer>,
    pub origin: Origin,
}

/// Somebody signed in to an account, as a shopper. Staff may shop too.
#[derive(Debug, Clone)]
pub struct Customer {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) session: Option<SessionId>,
    pub(crate) origin: Origin,
}

/// Somebody who works here, with what they may do.
#[derive(Debug, Clone)]
pub struct Staff {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) is_admin: bool,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) session: Option<SessionId>,
    pub(crate) origin: Origin,
}

/// A machine with an API key.
#[derive(Debug, Clone)]
pub struct ApiClient {
    pub(crate) id: ApiKeyId,
    pub(crate) name: String,
    pub(crate) scopes: Vec<Permission>,
    pub(crate) origin: Origin,
}

/// The shop itself: jobs, schedules, commands at the terminal.
#[derive(Debug, Clone, Copy)]
pub struct System;

words! {
    /// What a member of staff or an API key may be allowed to do.
    pub enum Permission {
        CatalogRead = "catalog:read" => "See products and categories, drafts too",
        CatalogWrite = "catalog:write" => "Create, edit and publish products and categories",
        InventoryRead = "inventory:read" => "See stock and its movements",
        InventoryWrite = "inventory:write" => "Receive and adjust stock",
        OrdersRead = "orders:read" => "See orders",
        OrdersWrite = "orders:write" => "Move, ship and cancel orders",
        OrdersRefund = "orders:refund" => "Give money back",
        PaymentsRead = "payments:read" => "See payments, and whether they agree with Stripe",
        CustomersRead = "customers:read" => "See customers",
        CustomersWrite = "customers:write" => "Edit and deactivate customers",
        SettingsRead = "settings:read" => "See settings",
        SettingsWrite = "settings:write" => "Change settings",
        StaffRead = "staff:read" => "See staff and roles",
        StaffWrite = "staff:write" => "Invite staff, change roles, give permissions",
        AuditRead = "audit:read" => "Read the audit log",
        JobsRead = "jobs:read" => "See work in the background, what failed and why",
        JobsWrite = "jobs:write" => "Retry and delete work in the background",
        ConversationsRead = "conversations:read" => "Read what shoppers write, and what is answered",
        ConversationsWrite = "conversations:write" => "Answer shoppers, assign and close conversations",
        WebhooksRead = "webhooks:read" => "See webhooks, and what became of their messages",
        WebhooksWrite = "webhooks:write" => "Send what happens to other programs, by webhooks",
        WebhooksReadPayload = "webhooks:read_payload" => "Read what webhooks sent, and what was answered",
    }
}

impl Permission {
    /// What it is about, for people.
    pub fn group(self) -> &'static str {
        match self {
            Self::CatalogRead | Self::CatalogWrite => "Catalogue",
            Self::InventoryRead | Self::InventoryWrite => "Inventory",
            Self::OrdersRead | Self::OrdersWrite | Self::OrdersRefund => "Orders",
            Self::PaymentsRead => "Payments",
            Self::CustomersRead | Self::CustomersWrite => "Customers",
            Self::SettingsRead | Self::SettingsWrite => "Settings",
            Self::StaffRead | Self::StaffWrite => "Staff and roles",
            Self::AuditRead => "Audit log",
            Self::JobsRead | Self::JobsWrite => "Work in the background",
            Self::ConversationsRead | Self::ConversationsWrite => "Conversations",
            Self::WebhooksRead | Self::WebhooksWrite | Self::WebhooksReadPayload => "Webhooks",
        }
    }

    /// Whoever may change these may see them, too.
    pub fn implied_by(self) -> Option<Self> {
        match self {
            Self::StaffRead => Some(Self::StaffWrite),
            Self::JobsRead => Some(Self::JobsWrite),
            Self::ConversationsRead => Some(Self::ConversationsWrite),
            Self::WebhooksRead => Some(Self::WebhooksWrite),
            _ => None,
        }
    }
}

impl Customer {
    pub fn id(&self) -> UserId {
        self.id
    }
    pub fn email(&self) -> &str {
        &self.email
    }
    pub fn name(&self) -> &str {
        &self.name
    }
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }
}

impl Staff {
    pub fn id(&self) -> UserId {
        self.id
    }
    pub fn name(&self) -> &str {
        &self.name
    }
    pub fn email(&self) -> &str {
        &self.email
    }
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }
    pub fn is_admin(&self) -> bool {
        self.is_admin
    }

    pub fn can(&self, permission: Permission) -> bool {
        let has = |permission| self.permissions.contains(&permission);
        self.is_admin || has(permission) || permission.implied_by().is_some_and(has)
    }

    /// The first line of every staff command.
    pub fn may(&self, permission: Permission) -> Result<()> {
        if self.can(permission) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// Tests need not sign in.
#[cfg(feature = "testing")]
impl Customer {
    pub fn for_tests(id: UserId, email: &str, name: &str) -> Self {
        Self { id, email: email.into(), name: name.into(), session: None, origin: Origin::default() }
    }
}

/// Tests need not sign in.
#[cfg(feature = "testing")]
impl Staff {
    pub fn for_tests(id: UserId, name: &str, permissions: &[Permission]) -> Self {
        Self {
            id,
            name: name.into(),
            email: format!("{id}@shop.test"),
            is_admin: false,
            permissions: permissions.to_vec(),
            session: None,
            origin: Origin::default(),
        }
    }
}

impl ApiClient {
    /// The same, asking under an idempotency key.
    pub fn asking_once(mut self, once: Once) -> Self {
        self.origin.once = Some(once);
        self
    }
    pub fn id(&self) -> ApiKeyId {
        self.id
    }
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Staff, a machine with a key, or the terminal: whoever may give the commands of staff.
pub trait May: AsActor + Proven {
    fn can(&self, permission: Permission) -> bool;

    /// The first line of every such command.
    fn may(&self, permission: Permission) -> Result<()> {
        if self.can(permission) { Ok(()) } else { Err(Error::Forbidden) }
    }
}

/// Nobody outside can name this, and so nobody can make another kind of worker.
pub trait Proven {}
impl Proven for Staff {}
impl Proven for ApiClient {}
impl Proven for System {}

impl May for Staff {
    fn can(&self, permission: Permission) -> bool {
        Staff::can(self, permission)
    }
}

impl May for ApiClient {
    fn can(&self, permission: Permission) -> bool {
        let has = |permission| self.scopes.contains(&permission);
        has(permission) || permission.implied_by().is_some_and(has)
    }
}

/// Whoever sits at the terminal of the machine that the shop runs on may do anything.
impl May for System {
    fn can(&self, _: Permission) -> bool {
        true
    }
}

words! {
    /// What kind of actor did something.
    pub enum ActorKind {
        /// Nobody whom we know.
        Visitor = "visitor" => "Visitor",
        Customer = "customer" => "Customer",
        Staff = "staff" => "Staff",
        ApiClient = "api_client" => "Api client",
        System = "system" => "System",
    }
}

impl ActorKind {
    /// Acts for the shop, and chose to: staff, or a machine with a key.
    pub fn works_here(self) -> bool {
        matches!(self, Self::Staff | Self::ApiClient)
    }
}

/// Who did it, as written into stock movements, the timeline and the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<Uuid>,
    pub name: String,
    pub ip: Option<String>,
    pub request_id: Option<String>,
}

/// Anyone in whose name something is written down.
pub trait AsActor: Sync {
    fn actor(&self) -> Actor;

    /// The try at a request under an idempotency key, if it is one.
    fn once(&self) -> Option<Once> {
        None
    }
}

fn actor(kind: ActorKind, id: Option<Uuid>, name: &str, origin: &Origin) -> Actor {
    Actor { kind, id, name: name.to_owned(), ip: origin.ip.clone(), request_id: origin.request_id.clone() }
}

impl AsActor for Visitor {
    fn actor(&self) -> Actor {
        match &self.customer {
            Some(customer) => customer.actor(),
            None => actor(ActorKind::Visitor, None, "Guest", &self.origin),
        }
    }

    fn once(&self) -> Option<Once> {
        self.customer.as_ref().map_or(self.origin.once, Customer::once)
    }
}

impl AsActor for Customer {
    fn actor(&self) -> Actor {
        actor(ActorKind::Customer, Some(self.id.0), &self.name, &self.origin)
    }

    fn once(&self) -> Option<Once> {
        self.origin.once
    }
}

impl AsActor for Staff {
    fn actor(&self) -> Actor {
        actor(ActorKind::Staff, Some(self.id.0), &self.name, &self.origin)
    }

    fn once(&self) -> Option<Once> {
        self.origin.once
    }
}

impl AsActor for ApiClient {
    fn actor(&self) -> Actor {
        actor(ActorKind::ApiClient, Some(self.id.0), &self.name, &self.origin)
    }

    fn once(&self) -> Option<Once> {
        self.origin.once
    }
}

impl AsActor for System {
    fn actor(&self) -> Actor {
        actor(ActorKind::System, None, "System", &Origin::default())
    }
}

/// A customer whose password was just proved.
pub(crate) fn customer(id: UserId, email: &str, name: &str, session: SessionId, origin: &Origin) -> Customer {
    Customer { id, email: email.to_owned(), name: name.to_owned(), session: Some(session), origin: origin.clone() }
}

impl Actor {
    /// Somebody who was written down.
    pub(crate) fn remembered(kind: ActorKind, id: Option<Uuid>, name: String) -> Self {
        Self { kind, id, name, ip: None, request_id: None }
    }
}

/// An act may also be written down for an actor who was remembered.
impl AsActor for Actor {
    fn actor(&self) -> Actor {
        self.clone()
    }
}
