//! The own account of whoever works here: name, password, and where it is signed in.

use crate::ui::{Field, Form, Head, Hidden, Table, counted, page, time};
use crate::web::{Done, Next, form, use_visit};
use leptos::prelude::*;
use leptos_meta::Title;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::devices::{self, Device};
use shop::accounts::profile::{self, ChangePassword as NewPassword, ProfileInput};
use shop::input::Raw;

pub const HERE: &str = "/admin/account";

#[server]
pub async fn save(#[server(flatten)] person: ProfileInput) -> Done {
    form(|visit| async move {
        visit.staff()?;
        profile::edit(visit.shop(), visit.customer()?, person).await?;
        Ok(Next::to(HERE).say("Saved."))
    })
    .await
}

#[server]
pub async fn change_password(#[server(flatten)] change: NewPassword) -> Done {
    form(|visit| async move {
        visit.staff()?;
        profile::change_password(visit.shop(), visit.customer()?, change).await?;
        Ok(Next::to(HERE).say("Your password is changed. You are signed out everywhere else."))
    })
    .await
}

#[server]
pub async fn end(id: Raw) -> Done {
    form(|visit| async move {
        visit.staff()?;
        let id = id.trimmed().parse().map_err(|_| Error::NotFound)?;
        devices::end(visit.shop(), visit.customer()?, id).await?;
        Ok(Next::to(HERE).say("Signed out there."))
    })
    .await
}

#[server]
pub async fn end_others() -> Done {
    form(|visit| async move {
        visit.staff()?;
        let ended = devices::end_others(visit.shop(), visit.customer()?).await?;
        let ended = i64::try_from(ended).unwrap_or(i64::MAX);
        Ok(Next::to(HERE).say(format!("Signed out of {}.", counted(ended, "other device"))))
    })
    .await
}

#[component]
pub fn Account() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        visit.staff()?;
        let (shop, customer) = (visit.shop(), visit.customer()?);
        let person = profile::get(shop, customer).await?;
        let all = devices::list(shop, customer).await?;
        let ProfileInput { first_name, last_name, phone } = ProfileInput::from(&person);
        Ok(view! {
            <Title text="My account" />
            <header class="admin-head">
                <div class="admin-head__title">
                    <h1>"My account"</h1>
                </div>
                <p class="admin-head__meta">
                    {person.email.clone()} " · " <a href="/admin/notifications/preferences">"What you are told"</a>
                </p>
            </header>
            <div class="grid--2">
                <section class="panel" aria-labelledby="person">
                    <div class="panel__head">
                        <h2 class="panel__title" id="person">
                            "Who you are"
                        </h2>
                    </div>
                    <Form action=Save::url() class="panel__body form">
                        <div class="form__row">
                            <Field
                                name="firstName"
                                label="First name"
                                value=first_name.0
                                autocomplete="given-name"
                                required=true
                            />
                            <Field
                                name="lastName"
                                label="Last name"
                                value=last_name.0
                                autocomplete="family-name"
                                optional=true
                            />
                        </div>
                        <Field
                            name="phone"
                            label="Telephone"
                            kind="tel"
                            value=phone.0
                            autocomplete="tel"
                            optional=true
                        />
                        <div class="form__actions">
                            <button class="button">"Save"</button>
                        </div>
                    </Form>
                </section>
                <section class="panel" aria-labelledby="password">
                    <div class="panel__head">
                        <h2 class="panel__title" id="password">
                            "Password"
                        </h2>
                    </div>
                    <Form action=ChangePassword::url() class="panel__body form">
                        <Field
                            name="currentPassword"
                            label="Current password"
                            kind="password"
                            autocomplete="current-password"
                            required=true
                        />
                        <Field
                            name="newPassword"
                            label="New password"
                            kind="password"
                            hint="At least 8 characters. A few plain words do well."
                            autocomplete="new-password"
                            required=true
                        />
                        <div class="form__actions">
                            <button class="button">"Change the password"</button>
                        </div>
                    </Form>
                </section>
            </div>
            {signed_in(&all)}
        })
    })
}

fn signed_in(all: &[Device]) -> impl IntoView + use<> {
    let rows = all.iter().map(row).collect_view();
    let others = all.iter().any(|device| !device.is_current);
    view! {
        <section class="panel" aria-labelledby="devices">
            <div class="panel__head">
                <h2 class="panel__title" id="devices">
                    "Where you are signed in"
                </h2>
                {others
                    .then(|| {
                        view! {
                            <Form action=EndOthers::url() class="">
                                <button class="button button--secondary button--small">
                                    "Sign out everywhere else"
                                </button>
                            </Form>
                        }
                    })}
            </div>
            <Table
                label="Devices, scrolls sideways"
                class="table table--cards"
                head=view! {
                    <Head label="Device" />
                    <Head label="Address" />
                    <Head label="Signed in" />
                    <Head label="Last seen" />
                    <Head label="Actions" unseen=true />
                }
            >
                {rows}
            </Table>
        </section>
    }
}

fn row(device: &Device) -> impl IntoView + use<> {
    let (id, name) = (device.id.to_string(), device.device.to_string());
    let seen = if device.is_current { "Now".into_any() } else { time(device.last_seen_at).into_any() };
    let this = device.is_current.then(|| {
        view! {
            " "
            <span class="badge badge--success">"This device"</span>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <strong>{name.clone()}</strong>
                {this}
            </th>
            <td data-label="Address">{device.ip.clone().unwrap_or_else(|| "–".into())}</td>
            <td data-label="Signed in" class="nowrap">
                {time(device.created_at)}
            </td>
            <td data-label="Last seen" class="nowrap">
                {seen}
            </td>
            <td>
                {(!device.is_current)
                    .then(|| {
                        view! {
                            <Form action=End::url() which=id.clone() class="table__actions">
                                <Hidden name="id" value=id />
                                <button class="link link--danger">
                                    "Sign out" <span class="visually-hidden">" of " {name}</span>
                                </button>
                            </Form>
                        }
                    })}
            </td>
        </tr>
    }
}
