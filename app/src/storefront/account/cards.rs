//! The cards that the customer kept with Stripe: seen, added on Stripe's own page, removed. None of them is ours to hold.

use super::frame::account;
use crate::ui::{Form, Head, Hidden, Icon, Notice, Table, page};
use crate::web::flash::Tone;
use crate::web::{Done, Next, form, use_visit};
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
        or_told(page.map(Next::to), "The page for a new card does not answer just now. Please try again in a moment.")
    })
    .await
}

#[server]
pub async fn remove(id: Raw) -> Done {
    form(|visit| async move {
        let removed = cards::remove(visit.shop(), visit.customer()?, id.trimmed()).await;
        let next = removed.map(|()| Next::to(HERE).say("The card is removed. Orders paid with it stay as they are."));
        or_told(next, "We cannot see just now whether the card is removed. Please look again in a moment.")
    })
    .await
}

/// That Stripe does not answer is said on the page.
fn or_told(next: shop::Result<Next>, words: &str) -> shop::Result<Next> {
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
                    <Notice tone=Tone::Warning title="Your cards cannot be shown just now">
                        <p>"Stripe, who keeps them, does not answer. Nothing is lost; please look again in a moment."</p>
                    </Notice>
                }
                .into_any()
            }
            Err(e) => return Err(e),
        };
        let content = view! {
            <header class="order-head">
                <h1>"Cards"</h1>
                <div class="order-head__actions">
                    <Form action=Add::url() class="">
                        <button class="button button--secondary">
                            <Icon name="plus" />
                            "Add a card"
                        </button>
                    </Form>
                </div>
            </header>
            <div class="stack">
                {list}
                <p class="small muted">
                    "Stripe keeps your cards, not we: we see no more of them than you do here. They are offered to you when you \
                     pay, and nothing is ever charged without you."
                </p>
            </div>
        };
        Ok(account(&visit, "Cards", content))
    })
}

fn none() -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name="card" large=true />
            <p class="empty__title">"No cards kept"</p>
            <p>"Keep one here or when you pay, and the next payment is one press."</p>
        </div>
    }
}

fn table(cards: &[Card], month: i64) -> impl IntoView + use<> {
    let rows = cards.iter().map(|card| row(card, month)).collect_view();
    view! {
        <Table
            label="Cards"
            class="table table--cards"
            head=view! {
                <Head label="Card" />
                <Head label="Expires" />
                <Head label="Actions" unseen=true />
            }
        >
            {rows}
        </Table>
    }
}

fn row(card: &Card, month: i64) -> impl IntoView + use<> {
    let name = format!("{} ending in {}", brand(&card.brand), card.last4);
    let expires = format!("{:02}/{}", card.exp_month, card.exp_year);
    let is_over = card.exp_year * 12 + card.exp_month < month;
    let over = is_over.then(|| view! { " " <span class="badge badge--danger">"Expired"</span> });
    let id = card.id.clone();
    view! {
        <tr>
            <th scope="row">
                <strong>{name.clone()}</strong>
            </th>
            <td data-label="Expires">{expires} {over}</td>
            <td>
                <Form action=Remove::url() which=id.clone() class="table__actions">
                    <Hidden name="id" value=id />
                    <button class="link link--danger">
                        "Remove" <span class="visually-hidden">" " {name}</span>
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
        "unknown" | "" => "Card".to_owned(),
        word => {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}
