//! Name and telephone, the address one signs in with, the password.

use super::frame::account;
use crate::ui::{Field, Form, Notice, page};
use crate::web::flash::Tone;
use crate::web::{Done, Next, form, use_visit};
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::accounts::profile::{self, ChangeEmail as NewEmail, ChangePassword as NewPassword, ProfileInput};
use shop::accounts::recovery;

const HERE: &str = "/account/profile";

#[server]
pub async fn save(#[server(flatten)] person: ProfileInput) -> Done {
    form(|visit| async move {
        profile::edit(visit.shop(), visit.customer()?, person).await?;
        Ok(Next::to(HERE).say(t!("account-saved")))
    })
    .await
}

#[server]
pub async fn change_email(#[server(flatten)] change: NewEmail) -> Done {
    form(|visit| async move {
        profile::change_email(visit.shop(), visit.customer()?, change).await?;
        Ok(Next::to(HERE).say(t!("account-email-changed")))
    })
    .await
}

#[server]
pub async fn change_password(#[server(flatten)] change: NewPassword) -> Done {
    form(|visit| async move {
        profile::change_password(visit.shop(), visit.customer()?, change).await?;
        Ok(Next::to(HERE).say(t!("account-password-changed")))
    })
    .await
}

#[server]
pub async fn send_again() -> Done {
    form(|visit| async move {
        recovery::request_verification(visit.shop(), visit.customer()?).await?;
        Ok(Next::back().say(t!("account-mail-sent")))
    })
    .await
}

pub fn please_verify(email: &str) -> impl IntoView + use<> {
    let email = email.to_owned();
    view! {
        <Notice tone=Tone::Info title=t!("account-is-this-your-email")>
            <p>{t!("account-mail-to-confirm", email = email)}</p>
            <div class="notice__actions">
                <Form action=SendAgain::url() class="">
                    <button class="button button--secondary button--small">{t!("account-send-it-again")}</button>
                </Form>
            </div>
        </Notice>
    }
}

#[component]
pub fn ProfilePage() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let person = profile::get(visit.shop(), visit.customer()?).await?;
        let ProfileInput { first_name, last_name, phone } = ProfileInput::from(&person);
        let (email, verified) = (person.email.clone(), person.email_verified);
        let content = view! {
            <header class="page-head">
                <h1>{t!("account-profile")}</h1>
            </header>
            <div class="stack stack--loose container--narrow">
                <section class="stack" aria-labelledby="p-name">
                    <div class="section__head">
                        <h2 id="p-name">{t!("account-person")}</h2>
                    </div>
                    <Form action=Save::url()>
                        <div class="form__row">
                            <Field
                                name="firstName"
                                label=t!("address-first-name")
                                value=first_name.0
                                autocomplete="given-name"
                                required=true
                            />
                            <Field
                                name="lastName"
                                label=t!("address-last-name")
                                value=last_name.0
                                autocomplete="family-name"
                                optional=true
                            />
                        </div>
                        <Field
                            name="phone"
                            label=t!("address-telephone")
                            kind="tel"
                            value=phone.0
                            autocomplete="tel"
                            optional=true
                        />
                        <div class="form__actions">
                            <button class="button">{t!("account-save")}</button>
                        </div>
                    </Form>
                </section>
                <section class="stack" aria-labelledby="p-mail">
                    <div class="section__head">
                        <h2 id="p-mail">{t!("account-email")}</h2>
                    </div>
                    {match verified {
                        true => {
                            view! {
                                <p>
                                    {rich!(
                                        "account-email-confirmed", email = view! { <strong>{email.clone()}</strong> }
                                    )}
                                </p>
                            }
                                .into_any()
                        }
                        false => please_verify(&email).into_any(),
                    }}
                    <Form action=ChangeEmail::url()>
                        <Field
                            name="email"
                            label=t!("account-new-email")
                            kind="email"
                            autocomplete="email"
                            required=true
                        />
                        <Field
                            name="password"
                            label=t!("account-your-password")
                            kind="password"
                            autocomplete="current-password"
                            required=true
                        />
                        <div class="form__actions">
                            <button class="button">{t!("account-change-the-address")}</button>
                        </div>
                    </Form>
                </section>
                <section class="stack" aria-labelledby="p-password">
                    <div class="section__head">
                        <h2 id="p-password">{t!("account-password")}</h2>
                    </div>
                    <Form action=ChangePassword::url()>
                        <Field
                            name="currentPassword"
                            label=t!("account-current-password")
                            kind="password"
                            autocomplete="current-password"
                            required=true
                        />
                        <Field
                            name="newPassword"
                            label=t!("account-new-password")
                            kind="password"
                            hint=t!("sign-in-password-hint")
                            autocomplete="new-password"
                            required=true
                        />
                        <div class="form__actions">
                            <button class="button">{t!("account-change-the-password")}</button>
                        </div>
                    </Form>
                </section>
            </div>
        };
        Ok(account(&visit, t!("account-profile"), content))
    })
}
