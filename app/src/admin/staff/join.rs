//! The page behind the link of an invitation: a member of staff chooses a password, not signed in yet.

use super::acts::Join;
use crate::ui::{Field, Form, Hidden, Logo, page};
use crate::web::use_visit;
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use server_fn::ServerFn;
use shop::accounts::staff::invitations;

#[component]
pub fn JoinPage() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let token = visit.param("token").unwrap_or_default();
        let email = invitations::check(visit.shop(), &token).await?;
        Ok(view! {
            <Title text="Choose a password" />
            <Meta name="robots" content="noindex" />
            <div class="sign-in">
                <Logo />
                <h1>"Choose a password"</h1>
                <p>"You are invited to work here. You will sign in with " <strong>{email.clone()}</strong> "."</p>
                <Form action=Join::url() anyones=true>
                    <Hidden name="token" value=token />
                    // for the browser, which keeps it with the password
                    <input type="email" autocomplete="username" value=email readonly=true hidden=true />
                    <Field
                        name="password"
                        label="Password"
                        kind="password"
                        hint="At least 8 characters. A few plain words do well."
                        autocomplete="new-password"
                        required=true
                    />
                    <button class="button button--block">"Set the password"</button>
                </Form>
            </div>
        })
    })
}
