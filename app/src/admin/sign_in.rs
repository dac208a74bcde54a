//! The staff's own door.

use crate::ui::{Form, Logo, credentials, page};
use crate::web::sessions::welcome;
use crate::web::{Done, Next, form, sessions, use_visit};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use server_fn::ServerFn;
use shop::accounts::{self, SignIn};

#[server]
pub async fn enter(#[server(flatten)] who: SignIn, #[server(default)] next: String) -> Done {
    form(|visit| async move {
        let signed_in = accounts::sign_in_staff(visit.shop(), &visit.visitor, who).await?;
        welcome(&visit, signed_in, &next, "/admin").await
    })
    .await
}

#[server]
pub async fn leave() -> Done {
    form(|visit| async move {
        sessions::sign_out(&visit).await?;
        Ok(Next::to("/admin/login"))
    })
    .await
}

#[component]
pub fn Login() -> impl IntoView {
    let next = use_visit().param("next").unwrap_or_default();
    page(async move {
        Ok(view! {
            <Title text="Staff sign-in" />
            <Meta name="robots" content="noindex" />
            <div class="sign-in">
                <Logo />
                <h1>"Staff sign-in"</h1>
                <Form action=Enter::url() anyones=true>
                    {credentials(next)}
                </Form>
                <p class="sign-in__other">
                    <a href="/">"Back to the shop"</a>
                </p>
            </div>
        })
    })
}
