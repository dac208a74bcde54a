//! The customer's address book.

use super::frame::account;
use crate::ui::{AddressFields, Form, Hidden, Icon, Select, TickBox, address, address_fields, page};
use crate::web::{Done, Next, Visit, form, use_visit};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::addresses::{self, AddressKind, SaveAddress, SavedAddress};
use shop::accounts::{AddressInput, Country};
use shop::id::AddressId;
use shop::input::Raw;

const HERE: &str = "/account/addresses";

fn id(raw: &Raw) -> shop::Result<AddressId> {
    raw.trimmed().parse().map_err(|_| Error::NotFound)
}

#[server]
pub async fn add(#[server(flatten)] address: SaveAddress) -> Done {
    form(|visit| async move {
        addresses::add(visit.shop(), visit.customer()?, address).await?;
        Ok(Next::to(HERE).say("The address is saved."))
    })
    .await
}

#[server]
pub async fn edit(id: Raw, #[server(flatten)] address: SaveAddress) -> Done {
    form(|visit| async move {
        addresses::edit(visit.shop(), visit.customer()?, self::id(&id)?, address).await?;
        Ok(Next::to(HERE).say("The address is saved."))
    })
    .await
}

#[server]
pub async fn make_default(id: Raw) -> Done {
    form(|visit| async move {
        addresses::make_default(visit.shop(), visit.customer()?, self::id(&id)?).await?;
        Ok(Next::to(HERE))
    })
    .await
}

#[server]
pub async fn remove(id: Raw) -> Done {
    form(|visit| async move {
        addresses::remove(visit.shop(), visit.customer()?, self::id(&id)?).await?;
        Ok(Next::to(HERE).say("The address is gone from your book. Orders keep their copy."))
    })
    .await
}

#[component]
pub fn Addresses() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let all = addresses::list(visit.shop(), visit.customer()?).await?;
        let list = match all.is_empty() {
            true => view! {
                <div class="empty">
                    <Icon name="home" large=true />
                    <p class="empty__title">"No addresses yet"</p>
                    <p>"Keep one here, and the checkout fills itself in."</p>
                </div>
            }
            .into_any(),
            false => view! { <ul class="address-cards">{all.iter().map(card).collect_view()}</ul> }.into_any(),
        };
        let content = view! {
            <header class="order-head">
                <h1>"Addresses"</h1>
                <div class="order-head__actions">
                    <a class="button button--secondary" href="/account/addresses/new">
                        <Icon name="plus" />
                        "New address"
                    </a>
                </div>
            </header>
            {list}
        };
        Ok(account(&visit, "Addresses", content))
    })
}

fn card(saved: &SavedAddress) -> impl IntoView + use<> {
    let (kind, is_default) = (words(saved.kind), saved.is_default);
    let tag = if is_default { format!("Default for {kind}") } else { format!("For {kind}") };
    let (name, id) = (saved.address.name(), saved.id.to_string());
    let (default_id, remove_id, default_name) = (id.clone(), id.clone(), name.clone());
    let phone = saved.address.phone.clone();
    view! {
        <li class="address-card">
            <p>
                <span class=if is_default { "tag tag--offer" } else { "muted small" }>{tag}</span>
            </p>
            <div>{address(&saved.address)} {phone.map(|phone| view! { <p class="muted small">{phone}</p> })}</div>
            <div class="address-card__actions">
                <a href=format!("/account/addresses/{id}")>
                    "Edit" <span class="visually-hidden">" the address of " {name.clone()}</span>
                </a>
                {(!is_default)
                    .then(|| {
                        view! {
                            <Form action=MakeDefault::url() which=default_id.clone() class="">
                                <Hidden name="id" value=default_id />
                                <button class="link">
                                    "Make it the default"
                                    <span class="visually-hidden">" (" {default_name} ")"</span>
                                </button>
                            </Form>
                        }
                    })}
                <Form action=Remove::url() which=remove_id.clone() class="">
                    <Hidden name="id" value=remove_id />
                    <button class="link link--danger">
                        "Delete" <span class="visually-hidden">" the address of " {name}</span>
                    </button>
                </Form>
            </div>
        </li>
    }
}

fn words(kind: AddressKind) -> &'static str {
    match kind {
        AddressKind::Shipping => "delivery",
        AddressKind::Billing => "invoices",
    }
}

#[component]
pub fn NewAddress() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        visit.customer()?;
        let values = AddressInput { country: "GB".into(), ..AddressInput::default() };
        let blank = SaveAddress { address: values, ..SaveAddress::default() };
        Ok(editor(&visit, "New address", Add::url(), None, blank))
    })
}

#[component]
pub fn EditAddress() -> impl IntoView {
    let (visit, params) = (use_visit(), use_params_map());
    let id = params.with_untracked(|p| p.get("id")).unwrap_or_default();
    page(async move {
        let id = id.parse::<AddressId>().map_err(|_| Error::NotFound)?;
        let saved = addresses::get(visit.shop(), visit.customer()?, id).await?;
        Ok(editor(&visit, "Edit address", Edit::url(), Some(id), SaveAddress::from(&saved)))
    })
}

fn editor(
    visit: &Visit,
    title: &'static str,
    action: &'static str,
    id: Option<AddressId>,
    saved: SaveAddress,
) -> impl IntoView + use<> {
    let kinds = [("shipping", "Delivery"), ("billing", "Invoices")];
    let kinds = kinds.map(|(value, text)| (value.to_owned(), text.to_owned())).to_vec();
    let (is_default, kind) = (saved.is_default.is_on(), saved.kind.0);
    let content = view! {
        <header class="page-head"><h1>{title}</h1></header>
        <Form action=action asks=true>
            {id.map(|id| view! { <Hidden name="id" value=id.to_string() /> })}
            <Select name="type" label="What it is for" options=kinds value=kind class="field--short" />
            {address_fields(AddressFields {
                prefix: "",
                section: "",
                countries: Country::all().to_vec(),
                required: true,
                values: saved.address,
            })}
            <TickBox name="isDefault" label="Use it by default at the checkout" ticked=is_default />
            <div class="form__actions">
                <button class="button">"Save the address"</button>
                <a href=HERE>"Cancel"</a>
            </div>
        </Form>
    };
    account(visit, title, content)
}
