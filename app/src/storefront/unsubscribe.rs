//! Where the link at the foot of a mail to staff leads: no more of it, without signing in.
//!
//! Mail programs post to the same address when their own button is pressed (RFC 8058), without a cookie and from no
//! page. Whatever only looks at the link changes nothing.

use crate::ui::{Form, Hidden, page};
use crate::web::csrf::UNSUBSCRIBE;
use crate::web::{App, Done, Next, Visit, error_page, form, use_visit};
use axum::Extension;
use axum::extract::Query;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use serde::Deserialize;
use server_fn::ServerFn;
use shop::notifications::{self, MailKind, Unsubscription};

#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    key: String,
}

/// One press of a button in a mail program.
pub async fn one_click(State(app): State<App>, visit: Option<Extension<Visit>>, Query(link): Query<Link>) -> Response {
    match notifications::unsubscribe(&app.shop, &link.key).await {
        Ok(_) => StatusCode::OK.into_response(),
        Err(e) => error_page::of(&e, visit.as_deref()).into_response(),
    }
}

#[server]
pub async fn stop(key: String) -> Done {
    form(|visit| async move {
        notifications::unsubscribe(visit.shop(), &key).await?;
        let key: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
        Ok(Next::to(format!("{UNSUBSCRIBE}?key={key}")))
    })
    .await
}

#[component]
pub fn Unsubscribe() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let key = visit.param("key").unwrap_or_default();
        let Unsubscription { mail, is_off } = notifications::unsubscription(visit.shop(), &key).await?;
        let kind = match mail {
            MailKind::AtOnce(kind) => kind.say(visit.locale()),
            MailKind::Daily => t!("notification-mail-daily"),
        };
        let title = if is_off { t!("notification-mail-is-off") } else { t!("notification-mail-stop") };
        let rest = match is_off {
            true => view! { <p>{t!("notification-mail-is-off-text", kind = kind)}</p> }.into_any(),
            false => view! {
                <p>{t!("notification-mail-stop-text", kind = kind)}</p>
                <Form action=Stop::url() anyones=true>
                    <Hidden name="key" value=key />
                    <button class="button button--block">{t!("notification-mail-stop-button")}</button>
                </Form>
            }
            .into_any(),
        };
        Ok(view! {
            <Title text=title.clone().into_owned() />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>{title}</h1>
                    {rest}
                </div>
            </div>
        })
    })
}
