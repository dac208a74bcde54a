//! Being told of goods: the forms on a product's page, and what the links of the mails lead to.

use super::paths::variant_path;
use crate::ui::{Field, Form, Hidden, page};
use crate::web::flash::Tone;
use crate::web::redirect::see_other;
use crate::web::{App, Done, Next, error_page, form, use_visit};
use crate::words::Words;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use serde::Deserialize;
use server_fn::ServerFn;
use shop::catalog::Variant;
use shop::input::Raw;
use shop::settings::Settings;
use shop::watches::{self, AskForWatch, WatchKind, WatchOfLink, WatchStatus};
use shop::{Error, say};

#[server]
pub async fn ask(kind: Raw, variant: Raw, #[server(default)] email: Raw) -> Done {
    form(|visit| async move {
        let wanted = AskForWatch { kind, variant_id: variant, email };
        let asked = watches::ask(visit.shop(), &visit.visitor, wanted).await?;
        Ok(match asked.status {
            WatchStatus::Active => Next::back().say(t!("watch-asked-own", email = asked.email)),
            // the same whether the address watches it already
            _ => Next::back().tell(Tone::Info, t!("watch-asked", email = asked.email)),
        })
    })
    .await
}

#[server]
pub async fn confirm(token: String) -> Done {
    form(|visit| async move {
        let watch = watches::confirm(visit.shop(), &visit.visitor, &token).await?;
        let name = &watch.name;
        let text = match watch.kind {
            WatchKind::BackInStock => t!("watch-confirmed-back", name = name),
            WatchKind::PriceDrop => t!("watch-confirmed-price", name = name),
        };
        Ok(Next::to(variant_path(&watch.slug, &watch.sku)).say(text))
    })
    .await
}

#[server]
pub async fn stop(token: String, #[server(default)] all: bool) -> Done {
    form(|visit| async move {
        if all {
            watches::end_all(visit.shop(), &token).await?;
        } else {
            watches::end(visit.shop(), &token).await?;
        }
        Ok(Next::back().say(t!("watch-stopped")))
    })
    .await
}

/// What a product's page offers: to be told that the chosen variant is back, and that it costs less.
pub fn offers(chosen: &Variant, settings: &Settings) -> impl IntoView + use<> {
    let back = (WatchKind::BackInStock.is_on(settings) && !chosen.in_stock).then(|| {
        view! {
            <section class="stack stack--tight" aria-labelledby="when-back">
                <h2 class="choices__legend" id="when-back">
                    {t!("watch-when-back")}
                </h2>
                {asking(WatchKind::BackInStock, chosen, t!("watch-when-back-text"))}
            </section>
        }
    });
    let cheaper = WatchKind::PriceDrop.is_on(settings).then(|| {
        let refused = use_visit().flash.form(Ask::url(), which(WatchKind::PriceDrop)).is_refused();
        view! {
            <details class="disclosure" open=refused>
                <summary>{t!("watch-when-cheaper")}</summary>
                <div class="disclosure__body">
                    {asking(WatchKind::PriceDrop, chosen, t!("watch-when-cheaper-text", price = chosen.price))}
                </div>
            </details>
        }
    });
    view! { <div class="watches">{back} {cheaper}</div> }
}

/// What tells the two forms of a page apart.
fn which(kind: WatchKind) -> &'static str {
    match kind {
        WatchKind::BackInStock => "back",
        WatchKind::PriceDrop => "price",
    }
}

/// The form that asks. Whoever is signed in need not type the address.
fn asking(kind: WatchKind, chosen: &Variant, text: Words) -> impl IntoView + use<> {
    let own = use_visit().visitor.customer.as_ref().map(|customer| customer.email().to_owned()).unwrap_or_default();
    let variant = chosen.id.to_string();
    view! {
        <Form action=Ask::url() which=which(kind)>
            <Hidden name="kind" value=kind.word() />
            <Hidden name="variant" value=variant />
            <Field
                name="email"
                label=t!("watch-email")
                kind="email"
                value=own
                hint=text
                autocomplete="email"
                required=true
            />
            <div class="form__actions">
                <button class="button button--secondary">{t!("watch-ask")}</button>
            </div>
        </Form>
    }
}

/// Programs that look at mail open its links, so the page asks for a press of the button.
#[component]
pub fn ConfirmWatch() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let token = visit.param("token").unwrap_or_default();
        let watch = watches::of_link(visit.shop(), &token).await?;
        let name = &watch.name;
        let text = match watch.kind {
            WatchKind::BackInStock => t!("watch-confirm-back", name = name),
            WatchKind::PriceDrop => t!("watch-confirm-price", name = name),
        };
        Ok(view! {
            <Title text=t!("watch-confirm").into_owned() />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>{t!("watch-confirm")}</h1>
                    <p>{text}</p>
                    <Form action=Confirm::url() anyones=true>
                        <Hidden name="token" value=token />
                        <button class="button button--block">{t!("watch-confirm-yes")}</button>
                    </Form>
                    {to_product(&watch)}
                </div>
            </div>
        })
    })
}

#[component]
pub fn StopWatching() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let token = visit.param("token").unwrap_or_default();
        let watch = watches::of_link(visit.shop(), &token).await?;
        let name = &watch.name;
        let lives = matches!(watch.status, WatchStatus::Pending | WatchStatus::Active);
        let text = match (lives, watch.kind) {
            (false, _) => t!("watch-stopped-already", name = name),
            (true, WatchKind::BackInStock) => t!("watch-stop-back", name = name),
            (true, WatchKind::PriceDrop) => t!("watch-stop-price", name = name),
        };
        let (of_one, of_all) = (token.clone(), token);
        let one = lives.then(|| {
            view! {
                <Form action=Stop::url() anyones=true>
                    <Hidden name="token" value=of_one />
                    <button class="button button--block">{t!("watch-stop-yes")}</button>
                </Form>
            }
        });
        let all = (watch.others > 0).then(|| {
            let words = match lives {
                true => t!("watch-stop-this-and-all", count = watch.others),
                false => t!("watch-stop-all", count = watch.others),
            };
            view! {
                <Form action=Stop::url() which="all" anyones=true>
                    <Hidden name="token" value=of_all />
                    <Hidden name="all" value="true" />
                    <button class="button button--secondary button--block">{words}</button>
                </Form>
            }
        });
        Ok(view! {
            <Title text=t!("watch-stop").into_owned() />
            <Meta name="robots" content="noindex" />
            <div class="container">
                <div class="sign-in">
                    <h1>{t!("watch-stop")}</h1>
                    <p>{text}</p>
                    {one}
                    {all}
                    {to_product(&watch)}
                </div>
            </div>
        })
    })
}

fn to_product(watch: &WatchOfLink) -> impl IntoView + use<> {
    view! {
        <p class="sign-in__other">
            <a href=variant_path(&watch.slug, &watch.sku)>{t!("watch-to-product")}</a>
        </p>
    }
}

/// The secret that the address of a mail's link holds.
#[derive(Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

/// `GET /watches/one-click`: where a mail program opens the address instead of posting to it, people are asked.
pub async fn ask_to_stop(Query(Link { token }): Query<Link>) -> Response {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("token", &token).finish();
    see_other(&format!("/watches/unsubscribe?{query}"))
}

/// `POST /watches/one-click`: what a mail program posts at the press of its button (RFC 8058, 3.2), without a session.
pub async fn stop_at_once(State(app): State<App>, Query(Link { token }): Query<Link>) -> Response {
    match watches::end(&app.shop, &token).await {
        Ok(()) => {
            let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            (plain, say!(app.shop.locale, "watch-stopped").into_owned()).into_response()
        }
        Err(e @ Error::Gone(_)) => error_page::of(&e, None).into_response(),
        Err(e) => {
            crate::web::errors::log(&e);
            error_page::of(&e, None).into_response()
        }
    }
}
