//! Register, sign in, sign out.

use crate::ui::{Field, Form, Hidden, credentials, page};
use crate::web::flash::Tone;
use crate::web::sessions::welcome;
use crate::web::{Done, Next, form, sessions, use_visit};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use server_fn::ServerFn;
use shop::accounts::{self, Register, SignIn};

#[server]
pub async fn enter(#[server(flatten)] who: SignIn, #[server(default)] next: String) -> Done {
    form(|visit| async move {
        let signed_in = accounts::sign_in(visit.shop(), &visit.visitor, who).await?;
        welcome(&visit, signed_in, &next, "/account").await
    })
    .await
}

#[server]
pub async fn join(#[server(flatten)] who: Register, #[server(default)] next: String) -> Done {
    form(|visit| async move {
        let asked = accounts::register(visit.shop(), &visit.visitor, who).await?;
        // the same whether the address has an account or not
        let text = t!("sign-in-mail-to-confirm", email = asked.email.to_string());
        Ok(Next::to(with_next("/login", &next)).tell(Tone::Info, text))
    })
    .await
}

#[server]
pub async fn leave() -> Done {
    form(|visit| async move {
        sessions::sign_out(&visit).await?;
        Ok(Next::to("/"))
    })
    .await
}

/// Where to go after signing in, as the page was asked.
fn wanted() -> String {
    use_visit().param("next").unwrap_or_default()
}

fn with_next(path: &str, next: &str) -> String {
    if next.is_empty() {
        return path.to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{path}?next={next}")
}

#[component]
pub fn Login() -> impl IntoView {
    let visit = use_visit();
    let next = wanted();
    page(async move {
        let register = with_next("/register", &next);
        let signed_in = visit.visitor.customer.as_ref().map(|c| c.name().to_owned());
        Ok(view! {
            <Title text=t!("sign-in-sign-in").into_owned() />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>{t!("sign-in-sign-in")}</h1>
                    {signed_in
                        .map(|name| {
                            let link = view! { <a href="/account">{t!("sign-in-to-your-account")}</a> };
                            view! { <p>{rich!("sign-in-signed-in-as", [name = name], link = link)}</p> }
                        })}
                    <Form action=Enter::url() anyones=true>
                        {credentials(next)}
                        <p class="small">
                            <a href="/forgot-password">{t!("sign-in-forgot")}</a>
                        </p>
                    </Form>
                    <div class="sign-in__other stack">
                        <h2>{t!("sign-in-new-here")}</h2>
                        <p>{t!("sign-in-new-here-text")}</p>
                        <a class="button button--secondary" href=register>
                            {t!("sign-in-make-an-account")}
                        </a>
                    </div>
                </div>
            </div>
        })
    })
}

#[component]
pub fn RegisterPage() -> impl IntoView {
    let next = wanted();
    page(async move {
        let login = with_next("/login", &next);
        Ok(view! {
            <Title text=t!("sign-in-make-an-account").into_owned() />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>{t!("sign-in-make-an-account")}</h1>
                    <Form action=Join::url() anyones=true>
                        <Hidden name="next" value=next />
                        <div class="form__row">
                            <Field
                                name="firstName"
                                label=t!("address-first-name")
                                autocomplete="given-name"
                                required=true
                            />
                            <Field
                                name="lastName"
                                label=t!("address-last-name")
                                autocomplete="family-name"
                                optional=true
                            />
                        </div>
                        <Field name="email" label=t!("sign-in-email") kind="email" autocomplete="email" required=true />
                        <Field
                            name="password"
                            label=t!("sign-in-password")
                            kind="password"
                            hint=t!("sign-in-password-hint")
                            autocomplete="new-password"
                            required=true
                        />
                        <button class="button button--block">{t!("sign-in-make-the-account")}</button>
                    </Form>
                    <p class="sign-in__other">
                        {rich!("sign-in-have-one", link = view! { <a href=login>{t!("sign-in-sign-in")}</a> })}
                    </p>
                </div>
            </div>
        })
    })
}
