//! The frame of every admin page: navigation at the side, or above on narrow screens.

use super::notifications::{self as bell, unread_said, unread_word};
use super::sign_in::Leave;
use crate::ui::{Form, Icon, Logo, thousands};
use crate::web::errors::log;
use crate::web::live::{Follows, follows};
use crate::web::path::is_below;
use crate::web::staff_only::is_open;
use crate::web::{Visit, use_visit};
use leptos::prelude::*;
use leptos_router::components::Outlet;
use server_fn::ServerFn;
use shop::accounts::Permission;
use shop::live::LiveTopic;

/// The frame round whatever page the router chose. Signing in has none.
#[component]
pub fn Outlined() -> impl IntoView {
    if is_open(&use_visit().path) {
        return view! {
            <a class="skip-link" href="#main">
                "Skip to content"
            </a>
            <main id="main" tabindex="-1" class="container">
                <Outlet />
            </main>
        }
        .into_any();
    }
    view! {
        <Frame>
            <Outlet />
        </Frame>
    }
    .into_any()
}

#[component]
pub fn Frame(children: Children) -> impl IntoView {
    view! {
        <a class="skip-link" href="#main">
            "Skip to content"
        </a>
        <header class="admin__top">
            <details class="menu">
                <summary class="menu__toggle">
                    <span class="visually-hidden">"Menu"</span>
                    <span class="menu__open">
                        <Icon name="menu" />
                    </span>
                    <span class="menu__close">
                        <Icon name="close" />
                    </span>
                </summary>
                <nav class="menu__panel" aria-label="Menu">
                    <Places />
                    <Foot />
                </nav>
            </details>
            <Logo href="/admin" />
        </header>
        <Bell />
        <header class="admin__side">
            <Logo href="/admin" />
            <nav class="admin-nav" aria-label="Admin">
                <Places />
            </nav>
            <div class="admin__foot">
                <Foot />
            </div>
        </header>
        <main class="admin__main" id="main" tabindex="-1">
            {children()}
        </main>
    }
}

const PAYMENTS: &str = "/admin/payments";

/// What the navigation tells of, read before the page is rendered. Pages are shown even when it cannot be read.
#[derive(Clone, Default)]
pub struct Badges {
    /// Open differences between Stripe's statement and our books.
    differences: i64,
    /// What whoever is signed in has not read, as far as it is counted.
    unread: i64,
    /// By which the bell is kept as things are.
    follows: Follows,
}

impl Badges {
    pub async fn of(visit: &Visit) -> Self {
        let Some(staff) = visit.staff.as_ref().filter(|_| visit.path.starts_with("/admin")) else {
            return Self::default();
        };
        let shop = visit.shop();
        let differences = match staff.can(Permission::PaymentsRead) {
            true => shop::payments::open_differences(shop).await.inspect_err(log).unwrap_or_default(),
            false => 0,
        };
        // before they are counted: what comes in between is counted once more
        let version = shop::live::version(shop, LiveTopic::AdminNotifications).await.inspect_err(log).ok();
        let unread = shop::notifications::unread_count(&shop.db, staff).await.inspect_err(log).unwrap_or_default();
        let follows = version.map(|version| follows(visit, &[(LiveTopic::AdminNotifications, version)]));
        Self { differences, unread, follows: follows.unwrap_or_default() }
    }
}

/// What whoever is signed in is told of. It stands once on the page, in the bar above or beside the logo.
#[component]
fn Bell() -> impl IntoView {
    let visit = use_visit();
    let Badges { unread, follows, .. } = use_context().unwrap_or_default();
    let here = visit.path == bell::HERE;
    visit.staff.is_some().then(|| {
        view! {
            <a
                class="bell"
                id="bell"
                href=bell::HERE
                aria-current=here.then_some("page")
                data-live=follows.live
                data-ticket=follows.ticket
            >
                <Icon name="bell" />
                {(unread > 0)
                    .then(|| {
                        view! {
                            <span class="bell__count" aria-hidden="true">
                                {unread_word(unread)}
                            </span>
                        }
                    })}
                <span class="visually-hidden">{unread_said(unread)}</span>
            </a>
        }
    })
}

/// A place in the admin: address, name, icon, and the permission that it takes to see it.
type Place = (&'static str, &'static str, &'static str, Permission);

const PLACES: &[(&str, &[Place])] = &[
    (
        "Sales",
        &[
            ("/admin/orders", "Orders", "receipt", Permission::OrdersRead),
            (PAYMENTS, "Payments", "card", Permission::PaymentsRead),
            ("/admin/customers", "Customers", "people", Permission::CustomersRead),
        ],
    ),
    (
        "Catalogue",
        &[
            ("/admin/products", "Products", "tag", Permission::CatalogRead),
            ("/admin/categories", "Categories", "tree", Permission::CatalogRead),
            ("/admin/inventory", "Inventory", "stock", Permission::InventoryRead),
            ("/admin/import", "Import", "upload", Permission::CatalogWrite),
        ],
    ),
    (
        "Shop",
        &[
            ("/admin/settings", "Settings", "gear", Permission::SettingsRead),
            ("/admin/audit", "Audit log", "eye", Permission::AuditRead),
            ("/admin/jobs", "Jobs", "clock", Permission::JobsRead),
        ],
    ),
    (
        "Access",
        &[
            ("/admin/staff", "Staff", "people", Permission::StaffRead),
            ("/admin/roles", "Roles", "lock", Permission::StaffRead),
            ("/admin/api-keys", "API keys", "key", Permission::StaffWrite),
            ("/admin/webhooks", "Webhooks", "upload", Permission::WebhooksRead),
        ],
    ),
];

/// The places that this member of staff may see.
#[component]
fn Places() -> impl IntoView {
    let visit = use_visit();
    let group = |(title, places): &(&'static str, &'static [Place])| {
        let seen: Vec<_> = places.iter().filter(|place| may_see(&visit, place.3)).collect();
        let links = seen.iter().map(|(href, name, icon, _)| link(&visit, href, name, icon)).collect_view();
        (!seen.is_empty()).then(|| {
            view! {
                <p class="admin-nav__title">{*title}</p>
                <ul class="admin-nav__list">{links}</ul>
            }
        })
    };
    view! {
        <ul class="admin-nav__list">{link(&visit, "/admin", "Dashboard", "home")}</ul>
        {PLACES.iter().map(group).collect_view()}
    }
}

fn may_see(visit: &Visit, permission: Permission) -> bool {
    visit.staff.as_ref().is_some_and(|staff| staff.can(permission))
}

fn link(visit: &Visit, href: &'static str, name: &'static str, icon: &'static str) -> impl IntoView {
    let here = match href {
        "/admin" => visit.path == href,
        _ => is_below(href, &visit.path),
    };
    let badges = use_context::<Badges>().unwrap_or_default();
    let count = if href == PAYMENTS { badges.differences } else { 0 };
    view! {
        <li>
            <a class="admin-nav__link" href=href aria-current=here.then_some("page")>
                <Icon name=icon />
                {name}
                {(count > 0)
                    .then(|| {
                        view! {
                            <span class="admin-nav__count">
                                {thousands(count)} <span class="visually-hidden">" open differences"</span>
                            </span>
                        }
                    })}
            </a>
        </li>
    }
}

#[component]
fn Foot() -> impl IntoView {
    let visit = use_visit();
    let name = visit.staff.as_ref().map(|staff| staff.name().to_owned());
    view! {
        <ul class="admin-nav__list">
            {link(&visit, super::account::HERE, "My account", "user")} <li>
                <a class="admin-nav__link" href="/">
                    <Icon name="external" />
                    "View the shop"
                </a>
            </li> <li>
                <Form action=Leave::url() anyones=true class="">
                    <button class="admin-nav__link">
                        <Icon name="logout" />
                        "Sign out"
                        {name.map(|name| view! { <span class="visually-hidden">" (" {name} ")"</span> })}
                    </button>
                </Form>
            </li>
        </ul>
    }
}
