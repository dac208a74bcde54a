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
        Ok(Next::to(HERE).say("Saved."))
    })
    .await
}

#[server]
pub async fn change_email(#[server(flatten)] change: NewEmail) -> Done {
    form(|visit| async move {
        profile::change_email(visit.shop(), visit.customer()?, change).await?;
        Ok(Next::to(HERE).say("Your e-mail address is changed. We have sent you a mail to confirm it."))
    })
    .await
}

#[server]
pub async fn change_password(#[server(flatten)] change: NewPassword) -> Done {
    form(|visit| async move {
        profile::change_password(visit.shop(), visit.customer()?, change).await?;
        Ok(Next::to(HERE).say("Your password is changed. You are signed out everywhere else."))
    })
    .await
}

#[server]
pub async fn send_again() -> Done {
    form(|visit| async move {
        recovery::request_verification(visit.shop(), visit.customer()?).await?;
        Ok(Next::back().say("The mail is on its way."))
    })
    .await
}

pub fn please_verify(email: &str) -> impl IntoView + use<> {
    let email = email.to_owned();
    view! {
        <Notice tone=Tone::Info title="Is this your e-mail address?">
            <p>"We have sent a mail to " {email} ". Its link confirms that the address is yours."</p>
            <div class="notice__actions">
                <Form action=SendAgain::url() class="">
                    <button class="button button--secondary button--small">"Send it again"</button>
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
            <header class="page-head"><h1>"Profile and password"</h1></header>
            <div class="stack stack--loose container--narrow">
                <section class="stack" aria-labelledby="p-name">
                    <div class="section__head"><h2 id="p-name">"Who you are"</h2></div>
                    <Form action=Save::url()>
                        <div class="form__row">
                            <Field name="firstName" label="First name" value=first_name.0 autocomplete="given-name" required=true />
                            <Field name="lastName" label="Last name" value=last_name.0 autocomplete="family-name" optional=true />
                        </div>
                        <Field name="phone" label="Telephone" kind="tel" value=phone.0 autocomplete="tel" optional=true />
                        <div class="form__actions"><button class="button">"Save"</button></div>
                    </Form>
                </section>
                <section class="stack" aria-labelledby="p-mail">
                    <div class="section__head"><h2 id="p-mail">"E-mail address"</h2></div>
                    {match verified {
                        true => view! { <p><strong>{email.clone()}</strong> ", confirmed"</p> }.into_any(),
                        false => please_verify(&email).into_any(),
                    }}
                <Form action=ChangeEmail::url()>
                    <Field name="email" label="New e-mail address" kind="email" autocomplete="email" required=true />
                    <Field
                        name="password"
                        label="Your password"
                        kind="password"
                        autocomplete="current-password"
                        required=true
                    />
                    <div class="form__actions"><button class="button">"Change the address"</button></div>
                </Form>
                </section>
                <section class="stack" aria-labelledby="p-password">
                    <div class="section__head"><h2 id="p-password">"Password"</h2></div>
                <Form action=ChangePassword::url()>
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
                    <div class="form__actions"><button class="button">"Change the password"</button></div>
                </Form>
                </section>
            </div>
        };
        Ok(account(&visit, "Profile and password", content))
    })
}
