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
        let text = format!(
            "A mail is on its way to {}. Open the link in it to confirm your account, then sign in here.",
            asked.email
        );
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
            <Title text="Sign in" />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>"Sign in"</h1>
                    {signed_in.map(|name| view! { <p>"You are signed in as " {name} ". " <a href="/account">"To your account"</a></p> })}
                    <Form action=Enter::url() anyones=true>
                        {credentials(next)}
                        <p class="small"><a href="/forgot-password">"Forgot your password?"</a></p>
                    </Form>
                    <div class="sign-in__other stack">
                        <h2>"New here?"</h2>
                        <p>"You can order without an account. With one, your addresses and orders are kept."</p>
                        <a class="button button--secondary" href=register>"Make an account"</a>
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
            <Title text="Make an account" />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>"Make an account"</h1>
                    <Form action=Join::url() anyones=true>
                        <Hidden name="next" value=next />
                        <div class="form__row">
                            <Field name="firstName" label="First name" autocomplete="given-name" required=true />
                            <Field name="lastName" label="Last name" autocomplete="family-name" optional=true />
                        </div>
                        <Field name="email" label="E-mail address" kind="email" autocomplete="email" required=true />
                        <Field
                            name="password"
                            label="Password"
                            kind="password"
                            hint="At least 8 characters. A few plain words do well."
                            autocomplete="new-password"
                            required=true
                        />
                        <button class="button button--block">"Make the account"</button>
                    </Form>
                    <p class="sign-in__other">"Have one already? " <a href=login>"Sign in"</a></p>
                </div>
            </div>
        })
    })
}
