//! The customer's own pages: orders, addresses, cards, profile, devices.

mod address_book;
mod cards;
mod devices;
mod frame;
mod orders;
mod profile;
mod watches;

use crate::ui::{address, page};
use crate::web::use_visit;
use frame::account;
use leptos::prelude::*;
use shop::Paging;
use shop::accounts::addresses::AddressKind;
use shop::accounts::{addresses, profile as person};
use shop::orders::list_of;

pub use address_book::{Addresses, EditAddress, NewAddress};
pub use cards::Cards;
pub use devices::Devices;
pub use orders::Orders;
pub use profile::ProfilePage;
pub use watches::Watches;

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
                <h1>{t!("account-hello", name = person.first_name.clone())}</h1>
            </header>
            <div class="stack stack--loose">
                {(!person.email_verified).then(|| profile::please_verify(&person.email))}
                <section class="stack" aria-labelledby="latest">
                    <h2 id="latest">{t!("account-your-latest-orders")}</h2>
                    {if latest.items.is_empty() {
                        orders::none().into_any()
                    } else {
                        orders::table(&latest.items).into_any()
                    }}
                    {has_more
                        .then(|| {
                            view! {
                                <p>
                                    <a href="/account/orders">{t!("account-all-your-orders")}</a>
                                </p>
                            }
                        })}
                </section> <div class="grid--2">
                    <section class="stack stack--tight" aria-labelledby="home">
                        <h2 id="home">{t!("account-parcels-go-to")}</h2>
                        {match home {
                            Some(home) => home.into_any(),
                            None => view! { <p class="muted">{t!("account-no-address-yet")}</p> }.into_any(),
                        }}
                        <p>
                            <a href="/account/addresses">{t!("account-your-addresses")}</a>
                        </p>
                    </section>
                    <section class="stack stack--tight" aria-labelledby="person">
                        <h2 id="person">{t!("account-person")}</h2>
                        <p>{format!("{} {}", person.first_name, person.last_name)} <br /> {person.email}</p>
                        <p>
                            <a href="/account/profile">{t!("account-profile")}</a>
                        </p>
                    </section>
                </div>
            </div>
        };
        Ok(account(&visit, t!("account-your-account"), content))
    })
}
