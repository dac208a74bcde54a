//! The cards that the customer kept with Stripe: seen, added on Stripe's own page, removed. None of them is ours to
//! hold.

use super::frame::account;
use crate::ui::{Form, Head, Hidden, Icon, Notice, Table, page};
use crate::web::flash::Tone;
use crate::web::{Done, Next, form, use_visit};
use crate::words::Words;
use chrono::Datelike;
use leptos::prelude::*;
use server_fn::ServerFn;
use shop::Error;
use shop::input::Raw;
use shop::payments::cards::{self, Card};

const HERE: &str = "/account/cards";

#[server]
pub async fn add() -> Done {
    form(|visit| async move {
        let page = cards::add(visit.shop(), visit.customer()?, HERE).await;
        or_told(page.map(Next::to), t!("account-no-page-for-a-card"))
    })
    .await
}

#[server]
pub async fn remove(id: Raw) -> Done {
    form(|visit| async move {
        let removed = cards::remove(visit.shop(), visit.customer()?, id.trimmed()).await;
        let next = removed.map(|()| Next::to(HERE).say(t!("account-card-removed")));
        or_told(next, t!("account-is-the-card-removed"))
    })
    .await
}

/// That Stripe does not answer is said on the page.
fn or_told(next: shop::Result<Next>, words: Words) -> shop::Result<Next> {
    match next {
        Err(e @ (Error::Unavailable(_) | Error::Busy | Error::Conflict { .. })) => {
            crate::web::errors::log(&e);
            Ok(Next::to(HERE).tell(Tone::Danger, words))
        }
        next => next,
    }
}

#[component]
pub fn Cards() -> impl IntoView {
    let visit = use_visit();
    page(async move {
        let customer = visit.customer()?;
        let today = visit.shop().clock.now();
        let month = i64::from(today.year()) * 12 + i64::from(today.month());
        let list = match cards::list(visit.shop(), customer).await {
            Ok(cards) if cards.is_empty() => none().into_any(),
            Ok(cards) => table(&cards, month).into_any(),
            Err(e @ (Error::Unavailable(_) | Error::Busy | Error::Conflict { .. })) => {
                crate::web::errors::log(&e);
                view! {
                    <Notice tone=Tone::Warning title=t!("account-cards-unknown")>
                        <p>{t!("account-cards-unknown-text")}</p>
                    </Notice>
                }
                .into_any()
            }
            Err(e) => return Err(e),
        };
        let content = view! {
            <header class="order-head">
                <h1>{t!("account-cards")}</h1>
                <div class="order-head__actions">
                    <Form action=Add::url() class="">
                        <button class="button button--secondary">
                            <Icon name="plus" />
                            {t!("account-add-a-card")}
                        </button>
                    </Form>
                </div>
            </header>
            <div class="stack">{list} <p class="small muted">{t!("account-who-keeps-cards")}</p></div>
        };
        Ok(account(&visit, t!("account-cards"), content))
    })
}

fn none() -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name="card" large=true />
            <p class="empty__title">{t!("account-no-cards-kept")}</p>
            <p>{t!("account-no-cards-text")}</p>
        </div>
    }
}

fn table(cards: &[Card], month: i64) -> impl IntoView + use<> {
    let rows = cards.iter().map(|card| row(card, month)).collect_view();
    view! {
        <Table
            label=t!("account-cards")
            class="table table--cards"
            head=view! {
                <Head label=t!("account-card") />
                <Head label=t!("account-expires") />
                <Head label=t!("account-actions") unseen=true />
            }
        >
            {rows}
        </Table>
    }
}

fn row(card: &Card, month: i64) -> impl IntoView + use<> {
    let name = t!("account-card-ending-in", brand = brand(&card.brand), digits = &card.last4);
    let expires = format!("{:02}/{}", card.exp_month, card.exp_year);
    let is_over = card.exp_year * 12 + card.exp_month < month;
    let over = is_over.then(|| {
        view! {
            " "
            <span class="badge badge--danger">{t!("account-expired")}</span>
        }
    });
    let id = card.id.clone();
    view! {
        <tr>
            <th scope="row">
                <strong>{name.clone()}</strong>
            </th>
            <td data-label=t!("account-expires")>{expires} {over}</td>
            <td>
                <Form action=Remove::url() which=id.clone() class="table__actions">
                    <Hidden name="id" value=id />
                    <button class="link link--danger">
                        {t!("account-remove")} <span class="visually-hidden">" " {name}</span>
                    </button>
                </Form>
            </td>
        </tr>
    }
}

/// As it stands on the card. <https://docs.stripe.com/api/payment_methods/object#payment_method_object-card-brand>
fn brand(word: &str) -> String {
    match word {
        "amex" => "American Express".to_owned(),
        "diners" => "Diners Club".to_owned(),
        "jcb" => "JCB".to_owned(),
        "unionpay" => "UnionPay".to_owned(),
        "cartes_bancaires" => "Cartes Bancaires".to_owned(),
        "eftpos_au" => "eftpos".to_owned(),
        "unknown" | "" => t!("account-card").into_owned(),
        word => {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}
