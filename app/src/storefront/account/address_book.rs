//! The customer's address book.

use super::frame::account;
use crate::ui::{AddressFields, Form, Hidden, Icon, Select, TickBox, address, address_fields, page};
use crate::web::{Done, Next, Visit, form, use_visit};
use crate::words::{Words, locale};
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
        Ok(Next::to(HERE).say(t!("account-address-saved")))
    })
    .await
}

#[server]
pub async fn edit(id: Raw, #[server(flatten)] address: SaveAddress) -> Done {
    form(|visit| async move {
        addresses::edit(visit.shop(), visit.customer()?, self::id(&id)?, address).await?;
        Ok(Next::to(HERE).say(t!("account-address-saved")))
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
        Ok(Next::to(HERE).say(t!("account-address-gone")))
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
                    <p class="empty__title">{t!("account-no-addresses-yet")}</p>
                    <p>{t!("account-no-addresses-text")}</p>
                </div>
            }
            .into_any(),
            false => view! { <ul class="address-cards">{all.iter().map(card).collect_view()}</ul> }.into_any(),
        };
        let content = view! {
            <header class="order-head">
                <h1>{t!("account-addresses")}</h1>
                <div class="order-head__actions">
                    <a class="button button--secondary" href="/account/addresses/new">
                        <Icon name="plus" />
                        {t!("account-new-address")}
                    </a>
                </div>
            </header>
            {list}
        };
        Ok(account(&visit, t!("account-addresses"), content))
    })
}

fn card(saved: &SavedAddress) -> impl IntoView + use<> {
    let is_default = saved.is_default;
    let tag = match (saved.kind, is_default) {
        (AddressKind::Shipping, true) => t!("account-default-for-delivery"),
        (AddressKind::Shipping, false) => t!("account-for-delivery"),
        (AddressKind::Billing, true) => t!("account-default-for-invoices"),
        (AddressKind::Billing, false) => t!("account-for-invoices"),
    };
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
                <a href=format!(
                    "/account/addresses/{id}",
                )>
                    {t!("account-edit")}
                    <span class="visually-hidden">" " {t!("account-the-address-of", name = name.clone())}</span>
                </a>
                {(!is_default)
                    .then(|| {
                        view! {
                            <Form action=MakeDefault::url() which=default_id.clone() class="">
                                <Hidden name="id" value=default_id />
                                <button class="link">
                                    {t!("account-make-default")}
                                    <span class="visually-hidden">" (" {default_name} ")"</span>
                                </button>
                            </Form>
                        }
                    })}
                <Form action=Remove::url() which=remove_id.clone() class="">
                    <Hidden name="id" value=remove_id />
                    <button class="link link--danger">
                        {t!("account-delete")}
                        <span class="visually-hidden">" " {t!("account-the-address-of", name = name)}</span>
                    </button>
                </Form>
            </div>
        </li>
    }
}

#[component]
pub fn NewAddress() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        visit.customer()?;
        let values = AddressInput { country: "GB".into(), ..AddressInput::default() };
        let blank = SaveAddress { address: values, ..SaveAddress::default() };
        Ok(editor(&visit, t!("account-new-address"), Add::url(), None, blank))
    })
}

#[component]
pub fn EditAddress() -> impl IntoView {
    let (visit, params) = (use_visit(), use_params_map());
    let id = params.with_untracked(|p| p.get("id")).unwrap_or_default();
    page(async move {
        let id = id.parse::<AddressId>().map_err(|_| Error::NotFound)?;
        let saved = addresses::get(visit.shop(), visit.customer()?, id).await?;
        Ok(editor(&visit, t!("account-edit-address"), Edit::url(), Some(id), SaveAddress::from(&saved)))
    })
}

fn editor(
    visit: &Visit,
    title: Words,
    action: &'static str,
    id: Option<AddressId>,
    saved: SaveAddress,
) -> impl IntoView + use<> {
    let kinds = AddressKind::ALL.map(|kind| (kind.word().to_owned(), kind.say(locale()).into_owned())).to_vec();
    let (is_default, kind) = (saved.is_default.is_on(), saved.kind.0);
    let content = view! {
        <header class="page-head">
            <h1>{title.clone()}</h1>
        </header>
        <Form action=action asks=true>
            {id.map(|id| view! { <Hidden name="id" value=id.to_string() /> })}
            <Select name="type" label=t!("account-address-kind") options=kinds value=kind class="field--short" />
            {address_fields(AddressFields {
                prefix: "",
                section: "",
                countries: Country::all_by_name(locale()),
                required: true,
                values: saved.address,
            })}
            <TickBox name="isDefault" label=t!("account-is-default") ticked=is_default />
            <div class="form__actions">
                <button class="button">{t!("account-save-the-address")}</button>
                <a href=HERE>{t!("account-cancel")}</a>
            </div>
        </Form>
    };
    account(visit, title, content)
}
