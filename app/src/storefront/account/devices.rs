//! Where the customer is signed in.

use super::frame::account;
use crate::ui::{Form, Head, Hidden, Table, page, time};
use crate::web::{Done, Next, form, use_visit};
use crate::words::locale;
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::Error;
use shop::accounts::devices::{self, Device};
use shop::input::Raw;

const HERE: &str = "/account/devices";

#[server]
pub async fn end(id: Raw) -> Done {
    form(|visit| async move {
        let id = id.trimmed().parse().map_err(|_| Error::NotFound)?;
        devices::end(visit.shop(), visit.customer()?, id).await?;
        Ok(Next::to(HERE).say(t!("account-signed-out-there")))
    })
    .await
}

#[server]
pub async fn end_others() -> Done {
    form(|visit| async move {
        let ended = devices::end_others(visit.shop(), visit.customer()?).await?;
        let ended = i64::try_from(ended).unwrap_or(i64::MAX);
        Ok(Next::to(HERE).say(t!("account-signed-out-of-others", count = ended)))
    })
    .await
}

#[component]
pub fn Devices() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let all = devices::list(visit.shop(), visit.customer()?).await?;
        let others = all.iter().any(|d| !d.is_current);
        let content = view! {
            <header class="page-head">
                <h1>{t!("account-devices")}</h1>
                <p class="page-head__lead">{t!("account-devices-text")}</p>
            </header>
            <div class="stack">
                <Table
                    label=t!("account-devices")
                    class="table table--cards"
                    head=view! {
                        <Head label=t!("account-device") />
                        <Head label=t!("account-address") />
                        <Head label=t!("account-last-seen") />
                        <Head label=t!("account-actions") unseen=true />
                    }
                >
                    {all.iter().map(row).collect_view()}
                </Table>
                {others
                    .then(|| {
                        view! {
                            <Form action=EndOthers::url() class="">
                                <button class="button button--secondary">{t!("account-sign-out-elsewhere")}</button>
                            </Form>
                        }
                    })}
            </div>
        };
        Ok(account(&visit, t!("account-devices"), content))
    })
}

fn row(device: &Device) -> impl IntoView + use<> {
    let (id, name) = (device.id.to_string(), locale().say(&device.device));
    let seen = match device.is_current {
        true => t!("account-now").into_any(),
        false => time(device.last_seen_at).into_any(),
    };
    let this = device.is_current.then(|| {
        view! {
            " "
            <span class="badge badge--success">{t!("account-this-device")}</span>
        }
    });
    view! {
        <tr>
            <th scope="row">
                <strong>{name.clone()}</strong>
                {this}
            </th>
            <td data-label=t!("account-address")>{device.ip.clone().unwrap_or_else(|| "–".into())}</td>
            <td data-label=t!("account-last-seen")>{seen}</td>
            <td>
                {(!device.is_current)
                    .then(|| {
                        view! {
                            <Form action=End::url() which=id.clone() class="table__actions">
                                <Hidden name="id" value=id />
                                <button class="link link--danger">
                                    {t!("account-sign-out")}
                                    <span class="visually-hidden">" " {t!("account-of-device", name = name)}</span>
                                </button>
                            </Form>
                        }
                    })}
            </td>
        </tr>
    }
}
