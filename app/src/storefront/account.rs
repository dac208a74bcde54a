//! The customer's own pages: orders, addresses, cards, profile, devices.

mod address_book;
mod cards;
mod devices;
mod orders;
mod profile;

use super::sign_in::Leave;
use crate::ui::{Form, Icon, address};
use crate::web::{Visit, page, use_visit};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use server_fn::ServerFn;
use shop::Paging;
use shop::accounts::addresses::AddressKind;
use shop::accounts::{addresses, profile as person};
use shop::orders::list_of;

pub use address_book::{Addresses, EditAddress, NewAddress};
pub use cards::Cards;
pub use devices::Devices;
pub use orders::Orders;
pub use profile::ProfilePage;

const PAGES: [(&str, &str, &str); 6] = [
    ("/account", "Overview", "user"),
    ("/account/orders", "Orders", "receipt"),
    ("/account/addresses", "Addresses", "home"),
    ("/account/cards", "Cards", "card"),
    ("/account/profile", "Profile and password", "edit"),
    ("/account/devices", "Devices", "device"),
];

/// Links to all pages of the account beside the content of one.
fn account(visit: &Visit, title: &'static str, content: impl IntoView + 'static) -> AnyView {
    let path = visit.path.clone();
    let here = move |href: &str| path == href || (href != "/account" && path.starts_with(&format!("{href}/")));
    let links = PAGES
        .iter()
        .map(|(href, name, icon)| {
            let current = here(href).then_some("page");
            view! {
                <li>
                    <a class="side-nav__link" href=*href aria-current=current>
                        <Icon name=icon />
                        {*name}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <Title text=title />
        <Meta name="robots" content="noindex" />
        <div class="container">
            <div class="columns columns--start">
                <nav class="side-nav" aria-label="Your account">
                    <ul class="side-nav__list">
                        {links} <li>
                            <Form action=Leave::url() anyones=true class="">
                                <button class="side-nav__link link">
                                    <Icon name="logout" />
                                    "Sign out"
                                </button>
                            </Form>
                        </li>
                    </ul>
                </nav>
                <div>{content}</div>
            </div>
        </div>
    }
    .into_any()
}

#[component]
pub fn Overview() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let customer = visit.customer()?;
        let person = person::get(visit.shop(), customer).await?;
        let latest = list_of(visit.shop(), customer, Paging::new(1, 3)).await?;
        let book = addresses::list(visit.shop(), customer).await?;
        let home = book.iter().find(|a| a.kind == AddressKind::Shipping && a.is_default).map(|a| address(&a.address));
        let has_more = latest.total > 3;
        let content = view! {
            <header class="page-head">
                <h1>{format!("Hello, {}", person.first_name)}</h1>
            </header>
            <div class="stack stack--loose">
                {(!person.email_verified).then(|| profile::please_verify(&person.email))}
                <section class="stack" aria-labelledby="latest">
                    <h2 id="latest">"Your latest orders"</h2>
                    {if latest.items.is_empty() { orders::none().into_any() } else { orders::table(&latest.items).into_any() }}
                    {has_more.then(|| view! { <p><a href="/account/orders">"All your orders"</a></p> })}
                </section>
                <div class="grid--2">
                    <section class="stack stack--tight" aria-labelledby="home">
                        <h2 id="home">"Where your parcels go"</h2>
                        {match home {
                            Some(home) => home.into_any(),
                            None => view! { <p class="muted">"No address yet."</p> }.into_any(),
                        }}
                        <p><a href="/account/addresses">"Your addresses"</a></p>
                    </section>
                    <section class="stack stack--tight" aria-labelledby="person">
                        <h2 id="person">"Who you are"</h2>
                        <p>{format!("{} {}", person.first_name, person.last_name)} <br /> {person.email}</p>
                        <p><a href="/account/profile">"Profile and password"</a></p>
                    </section>
                </div>
            </div>
        };
        Ok(account(&visit, "Your account", content))
    })
}
