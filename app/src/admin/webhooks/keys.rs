//! What signs a webhook's messages, and for whom they are encrypted.

use super::acts::{ActivateKey, AddKey, DeactivateKey, RemoveKey, Rotate};
use crate::ui::{Form, Hidden, Select, TextArea, TickBox, time};
use crate::web::use_visit;
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::id::WebhookId;
use shop::webhooks::{ReceiverKey, SecretKind, SigningKey};

const OVERLAPS: [(&str, &str); 4] = [
    ("24", "For a day"),
    ("168", "For a week"),
    ("1", "For an hour"),
    ("0", "Not at all: it may be known to somebody"),
];

pub fn signing_keys(webhook: WebhookId, keys: Vec<SigningKey>, may_write: bool) -> impl IntoView {
    let rows = keys
        .into_iter()
        .map(|key| {
            let what = match key.public_key {
                Some(public) => view! { <span class="reference mono small">{public}</span> }.into_any(),
                None => "Shown when it was made".into_any(),
            };
            let until = key.retires_at.map(|at| view! { <span class="table__sub">"until " {time(at)}</span> });
            view! {
                <dt>{key.kind.to_string()} {until}</dt>
                <dd>{what}</dd>
            }
        })
        .collect_view();
    let rotate = may_write.then(|| {
        let kinds = SecretKind::ALL.map(|kind| (kind.word().to_owned(), kind.to_string())).to_vec();
        let overlaps = OVERLAPS.map(|(hours, text)| (hours.to_owned(), text.to_owned())).to_vec();
        view! {
            <details class="disclosure">
                <summary>"Replace one…"</summary>
                <Form action=Rotate::url() class="stack">
                    <Hidden name="webhook" value=webhook.to_string() />
                    <Select name="kind" label="Which" options=kinds />
                    <Select name="overlapHours" label="The former one goes on signing" options=overlaps value="24" />
                    <div>
                        <button class="button button--secondary button--small">"Replace it"</button>
                    </div>
                </Form>
            </details>
        }
    });
    view! {
        <section class="panel" aria-labelledby="signing">
            <div class="panel__head">
                <h2 class="panel__title" id="signing">
                    "What signs messages"
                </h2>
            </div>
            <div class="panel__body stack">
                <dl class="facts">{rows}</dl>
                {rotate}
            </div>
        </section>
    }
}

pub fn receiver_keys(webhook: WebhookId, keys: Vec<ReceiverKey>, may_write: bool) -> impl IntoView {
    let none = keys.is_empty().then(|| {
        view! { <p class="muted">"None: messages are signed and sent by https, and read by whoever ends that."</p> }
    });
    let rows = keys
        .into_iter()
        .map(|key| {
            let (id, same) = (key.id.to_string(), key.id.to_string());
            let acts = may_write.then(|| match key.is_active {
                true => view! {
                    <Form action=DeactivateKey::url() which=id.clone() class="">
                        <Hidden name="key" value=id />
                        <button class="button button--quiet button--small">"Encrypt no more"</button>
                    </Form>
                }
                .into_any(),
                false => view! {
                    <div class="cluster">
                        <Form action=ActivateKey::url() which=id.clone() class="">
                            <Hidden name="key" value=id.clone() />
                            <button class="button button--secondary button--small">"Encrypt with it"</button>
                        </Form>
                        <Form action=RemoveKey::url() which=same.clone() class="">
                            <Hidden name="key" value=same />
                            <button class="button button--quiet button--small">"Remove"</button>
                        </Form>
                    </div>
                }
                .into_any(),
            });
            let state = if key.is_active { "Messages are encrypted with it" } else { "Not in use" };
            view! {
                <dt class="mono">{key.kid}</dt>
                <dd>
                    <p>{key.curve} ". " {state} "."</p>
                    {acts}
                </dd>
            }
        })
        .collect_view();
    // what is wrong must be seen
    let is_wrong = use_visit().flash.form(AddKey::url(), "").is_wrong("jwk");
    let add = may_write.then(|| {
        view! {
            <details class="disclosure" open=is_wrong>
                <summary>"Add a key…"</summary>
                <Form action=AddKey::url() class="stack">
                    <Hidden name="webhook" value=webhook.to_string() />
                    <TextArea
                        name="jwk"
                        label="Public key"
                        hint="As a JWK, EC on P-256 or OKP on X25519. The private part stays with the receiver"
                        rows=5
                        required=true
                        maxlength=4096
                    />
                    <TickBox name="isActive" label="Encrypt messages with it from now on" ticked=true />
                    <div>
                        <button class="button button--secondary button--small">"Add the key"</button>
                    </div>
                </Form>
            </details>
        }
    });
    view! {
        <section class="panel" aria-labelledby="encryption">
            <div class="panel__head">
                <h2 class="panel__title" id="encryption">
                    "Keys of the receiver"
                </h2>
            </div>
            <div class="panel__body stack">{none} <dl class="facts">{rows}</dl> {add}</div>
        </section>
    }
}
