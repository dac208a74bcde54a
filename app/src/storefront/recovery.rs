//! Pages that a mail leads to: a forgotten password, an address to be confirmed.

use crate::ui::{Field, Form, Hidden, page};
use crate::web::flash::Tone;
use crate::web::{Done, Next, cookies, form, use_visit};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use server_fn::ServerFn;
use shop::accounts::recovery::{self, RequestReset, ResetPassword};

#[server]
pub async fn request(#[server(flatten)] who: RequestReset) -> Done {
    form(|visit| async move {
        recovery::request_reset(visit.shop(), &visit.visitor, who).await?;
        let text = t!("sign-in-mail-with-a-link", hours = recovery::RESET_HOURS);
        Ok(Next::to("/login").tell(Tone::Info, text))
    })
    .await
}

#[server]
pub async fn reset(#[server(flatten)] fresh: ResetPassword) -> Done {
    form(|visit| async move {
        let reset = recovery::reset_password(visit.shop(), &visit.visitor, fresh).await?;
        let known = cookies::device_cookie(&visit.app.config, &reset.device_token);
        Ok(Next::to("/login").cookie(Some(known)).say(t!("sign-in-password-set")))
    })
    .await
}

#[server]
pub async fn verify(token: String) -> Done {
    form(|visit| async move {
        recovery::verify_email(visit.shop(), &visit.visitor, &token).await?;
        // whoever opens the link need not be who chose the password, so it signs nobody in
        let next = if visit.visitor.customer.is_some() { "/account" } else { "/login" };
        Ok(Next::to(next).say(t!("sign-in-email-confirmed")))
    })
    .await
}

#[component]
pub fn ForgotPassword() -> impl IntoView {
    page(async move {
        Ok(view! {
            <Title text=t!("sign-in-forgot").into_owned() />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>{t!("sign-in-forgot")}</h1>
                    <p>{t!("sign-in-forgot-text")}</p>
                    <Form action=Request::url() anyones=true>
                        <Field
                            name="email"
                            label=t!("sign-in-email")
                            kind="email"
                            autocomplete="username"
                            required=true
                        />
                        <button class="button button--block">{t!("sign-in-send-the-link")}</button>
                    </Form>
                    <p class="sign-in__other">
                        <a href="/login">{t!("sign-in-back")}</a>
                    </p>
                </div>
            </div>
        })
    })
}

#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let token = visit.param("token").unwrap_or_default();
        recovery::check_reset(visit.shop(), &token).await?;
        Ok(view! {
            <Title text=t!("sign-in-set-a-new-password").into_owned() />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>{t!("sign-in-set-a-new-password")}</h1>
                    <Form action=Reset::url() anyones=true>
                        <Hidden name="token" value=token />
                        <Field
                            name="password"
                            label=t!("sign-in-new-password")
                            kind="password"
                            hint=t!("sign-in-password-hint")
                            autocomplete="new-password"
                            required=true
                        />
                        <button class="button button--block">{t!("sign-in-set-the-password")}</button>
                    </Form>
                </div>
            </div>
        })
    })
}

/// A link in a mail may be fetched by a program that looks for harm, so the page asks for a press of the button.
#[component]
pub fn VerifyEmail() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let token = visit.param("token").unwrap_or_default();
        Ok(view! {
            <Title text=t!("sign-in-confirm-email").into_owned() />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>{t!("sign-in-confirm-email")}</h1>
                    <p>{t!("sign-in-confirm-email-text")}</p>
                    <Form action=Verify::url() anyones=true>
                        <Hidden name="token" value=token />
                        <button class="button button--block">{t!("sign-in-confirm")}</button>
                    </Form>
                </div>
            </div>
        })
    })
}
