//! Where the customer is signed in.

use super::frame::account;
use crate::ui::{Form, Head, Hidden, Table, counted, page, time};
use crate::web::{Done, Next, form, use_visit};
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
        Ok(Next::to(HERE).say("Signed out there."))
    })
    .await
}

#[server]
pub async fn end_others() -> Done {
    form(|visit| async move {
        let ended = devices::end_others(visit.shop(), visit.customer()?).await?;
        let ended = i64::try_from(ended).unwrap_or(i64::MAX);
        Ok(Next::to(HERE).say(format!("Signed out of {}.", counted(ended, "other device"))))
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
                <h1>"Devices"</h1>
                <p class="page-head__lead">"Where you are signed in. Sign out of what you no longer use."</p>
            </header>
            <div class="stack">
                <Table
                    label="Devices"
                    class="table table--cards"
                    head=view! {
                        <Head label="Device" />
                        <Head label="Address" />
                        <Head label="Last seen" />
                        <Head label="Actions" unseen=true />
                    }
                >
                    {all.iter().map(row).collect_view()}
                </Table>
                {others
                    .then(|| {
                        view! {
                            <Form action=EndOthers::url() class="">
                                <button class="button button--secondary">"Sign out everywhere else"</button>
                            </Form>
                        }
                    })}
            </div>
        };
        Ok(account(&visit, "Devices", content))
    })
}

fn row(device: &Device) -> impl IntoView + use<> {
    let (id, name) = (device.id.to_string(), device.device.clone());
    let seen = match device.is_current {
        true => "Now".into_any(),
        false => time(device.last_seen_at).into_any(),
    };
    let this = device.is_current.then(|| view! { " " <span class="badge badge--success">"This device"</span> });
    view! {
        <tr>
            <th scope="row"><strong>{name.clone()}</strong> {this}</th>
            <td data-label="Address">{device.ip.clone().unwrap_or_else(|| "–".into())}</td>
            <td data-label="Last seen">{seen}</td>
            <td>
                {(!device.is_current)
                    .then(|| {
                        view! {
                            <Form action=End::url() which=id.clone() class="table__actions">
                                <Hidden name="id" value=id />
                                <button class="link link--danger">
                                    "Sign out" <span class="visually-hidden">" of " {name}</span>
                                </button>
                            </Form>
                        }
                    })}
            </td>
        </tr>
    }
}
