//! Paying in place: Stripe's own form on a page of ours. Only where it is switched on and scripts run; the button to
//! Stripe's page is always there. This is the one page whose Content-Security-Policy opens for Stripe.

use super::paths::order_path;
use super::payment::Pay;
use crate::ui::{Form, Hidden, Icon, Notice, date_time, page};
use crate::web::flash::Tone;
use crate::web::{Visit, assets, errors, headers, use_visit};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form as Fields, Json};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;
use serde::Deserialize;
use serde_json::json;
use server_fn::ServerFn;
use shop::input::Raw;
use shop::orders::{self, OrderStatus, OrderView};
use shop::payments::{self, ShownIn, Wish};

/// Where the script asks for the payment: [`intent`].
const INTENT: &str = "/checkout/intent";

/// The field of the checkout's form that the script fills in: no script, no form in place.
pub fn marker(visit: &Visit) -> Option<impl IntoView + use<>> {
    visit.app.config.pays_in_place().then(|| {
        view! {
            <input type="hidden" name="paymentMethod" value="" data-pays-in-place="intent" />
            {script(visit)}
        }
    })
}

fn script(visit: &Visit) -> impl IntoView + use<> {
    view! { <script type="module" src=assets::path("js/pay-in-place.js") nonce=visit.nonce.clone()></script> }
}

#[derive(Deserialize)]
pub struct PayRequest {
    number: Raw,
    #[serde(default)]
    key: Raw,
}

/// What the form needs, for the script. A page at Stripe that is open for the same order is closed first.
pub async fn intent(Extension(visit): Extension<Visit>, Fields(asked): Fields<PayRequest>) -> Response {
    match begun(&visit, &asked).await {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(e) => {
            crate::web::errors::log(&e);
            (errors::status_of(&e), Json(json!({ "message": errors::message(visit.locale(), &e) }))).into_response()
        }
    }
}

async fn begun(visit: &Visit, asked: &PayRequest) -> shop::Result<serde_json::Value> {
    if !visit.app.config.pays_in_place() {
        return Err(shop::Error::NotFound);
    }
    let key = (!asked.key.is_empty()).then(|| asked.key.trimmed());
    let order = orders::find_own(&visit.shop().db, &visit.visitor, asked.number.trimmed(), key).await?;
    let wish = Wish::form(visit.visitor.customer.as_ref(), ShownIn::Browser);
    let begun = payments::pay_again(visit.shop(), order, &wish).await?.intent()?;
    let back = payments::return_url(visit.shop(), begun.payment).await?;
    Ok(json!({
        "clientSecret": begun.client_secret,
        "customerSession": begun.customer.map(|customer| customer.session_secret),
        "publishableKey": begun.publishable_key,
        "returnUrl": back,
    }))
}

#[component]
pub fn PayHere() -> impl IntoView {
    let (visit, params) = (use_visit(), use_params_map());
    let number = params.with_untracked(|p| p.get("number")).unwrap_or_default();
    let options = use_context::<ResponseOptions>();
    page(async move {
        let key = visit.param("key").filter(|key| !key.is_empty());
        let order = orders::for_visitor(visit.shop(), &visit.visitor, &number, key.as_deref()).await?;
        let in_place = order.status == OrderStatus::Pending && visit.app.config.pays_in_place();
        if let Some(options) = options {
            // the order's key stands in the address: it must not travel on to where links lead
            options.insert_header(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
            let opened = if in_place { headers::for_payment(&visit.app, &visit.nonce) } else { Vec::new() };
            opened.into_iter().for_each(|(name, value)| options.insert_header(name, value));
        }
        let content = match order.status {
            OrderStatus::Pending => to_pay(&visit, &order, key.as_deref(), in_place).into_any(),
            _ => nothing(&order, key.as_deref()).into_any(),
        };
        Ok(view! {
            <Title text=t!("payment-pay-for", number = &order.number).into_owned() />
            <Meta name="robots" content="noindex" />
            <div class="container container--narrow">{content}</div>
        })
    })
}

fn to_pay(visit: &Visit, order: &OrderView, key: Option<&str>, in_place: bool) -> impl IntoView + use<> {
    let (number, total) = (order.number.clone(), order.totals.total);
    let key = key.unwrap_or_default().to_owned();
    let held = order.reserved_until.map(|until| t!("payment-held-until", date = date_time(until)));
    let form = in_place.then(|| {
        view! {
            <section
                class="stack"
                aria-label=t!("payment-pay-here")
                hidden=true
                data-pay-here=""
                data-script=visit.app.config.stripe_script.clone()
                data-intent=INTENT
                data-number=number.clone()
                data-key=key.clone()
                data-refused=t!("payment-refused-here")
                data-unclear=t!("payment-unclear")
            >
                <form class="stack">
                    <div data-element=""></div>
                    <p class="field__error" role="alert" hidden=true data-alert=""></p>
                    <button class="button button--block" disabled=true>
                        <Icon name="lock" />
                        {t!("payment-pay", total = total)}
                    </button>
                </form>
                <p class="small muted">{t!("payment-whose-form")}</p>
                {script(visit)}
            </section>
        }
    });
    let order_page = order_path(&number, Some(key.as_str()).filter(|key| !key.is_empty()));
    let name = number.clone();
    view! {
        <header class="page-head">
            <h1>{t!("payment-pay", total = total)}</h1>
            <p class="page-head__lead">
                {rich!("payment-for-your-order", number = view! { <a href=order_page>{name}</a> })} " " {held}
            </p>
        </header>
        <div class="stack stack--loose">
            {form} <Form action=Pay::url() class="">
                <Hidden name="number" value=number />
                <Hidden name="key" value=key />
                <button class="button button--secondary">{t!("payment-pay-on-page")}</button>
            </Form>
        </div>
    }
}

fn nothing(order: &OrderView, key: Option<&str>) -> impl IntoView + use<> {
    let order_page = order_path(&order.number, key);
    view! {
        <header class="page-head">
            <h1>{t!("order-number", number = &order.number)}</h1>
        </header>
        <Notice tone=Tone::Info title=t!("payment-nothing-to-pay")>
            <p>
                {rich!("payment-paid-or-over", link = view! { <a href=order_page>{t!("payment-see-the-order")}</a> })}
            </p>
        </Notice>
    }
}
