//! Mail to those who wait for something: whether they do, and that it is there.

use super::accounts::{render, render_text};
use super::markup::{html, mail_link};
use super::view::Letterhead;
use super::{Mail, send};
use crate::{Message, Money, Result, Shop, said, say};
use askama::Template;
use url::Url;

/// What all mails about a watch have.
pub struct WatchLetter {
    /// What this mail is, once and for all.
    pub key: String,
    pub to: String,
    /// Empty where none is known.
    pub to_name: String,
    pub name: String,
    /// `Red / M`, empty for a product without options.
    pub variant_name: String,
    pub price: Money,
    /// To confirm the watch, or to the product.
    pub link: Url,
    /// Where mail programs stop it.
    pub unsubscribe: Url,
}

#[derive(Template)]
#[template(path = "email/watch.html")]
struct WatchHtml<'a> {
    shop: &'a Letterhead,
    body: &'a Body<'a>,
}

#[derive(Template)]
#[template(path = "email/watch.txt")]
struct WatchText<'a> {
    shop: &'a Letterhead,
    body: &'a Body<'a>,
}

/// What stands in it, in words.
struct Body<'a> {
    letter: &'a WatchLetter,
    heading: String,
    happened: String,
    /// What it costs, where that is told.
    price: Option<String>,
    button: String,
    what_now: String,
    /// Where people stop it; none in the mail that asks.
    stop: Option<&'a str>,
}

/// Asks an address whether it wants to be told that a variant is back; `days` is how long the link is good.
pub async fn confirm_back_in_stock(shop: &Shop, letter: &WatchLetter, days: i64) -> Result<()> {
    let happened = said!("mail-watch-confirm-back", name = &letter.name);
    confirm(shop, letter, happened, days).await
}

/// The same for its price.
pub async fn confirm_price_drop(shop: &Shop, letter: &WatchLetter, days: i64) -> Result<()> {
    let happened = said!("mail-watch-confirm-price", name = &letter.name);
    confirm(shop, letter, happened, days).await
}

async fn confirm(shop: &Shop, letter: &WatchLetter, happened: Message, days: i64) -> Result<()> {
    let head = Letterhead::load(shop).await?;
    let valid_for = say!(head.locale, "mail-for-days", count = days);
    let body = Body {
        letter,
        heading: say!(head.locale, "mail-watch-confirm", name = &letter.name).into_owned(),
        happened: head.locale.say(&happened).into_owned(),
        price: None,
        button: say!(head.locale, "mail-watch-confirm-button").into_owned(),
        what_now: say!(head.locale, "mail-watch-confirm-no", valid_for = valid_for).into_owned(),
        stop: None,
    };
    post(shop, &head, &body).await
}

/// Tells that a variant is back in stock; `stop` is the page where people say that they have enough.
pub async fn back_in_stock(shop: &Shop, letter: &WatchLetter, stop: &Url) -> Result<()> {
    let head = Letterhead::load(shop).await?;
    let body = Body {
        letter,
        heading: say!(head.locale, "mail-watch-back", name = &letter.name).into_owned(),
        happened: say!(head.locale, "mail-watch-back-happened").into_owned(),
        price: Some(say!(head.locale, "mail-watch-price", price = letter.price).into_owned()),
        button: say!(head.locale, "mail-watch-look").into_owned(),
        what_now: say!(head.locale, "mail-watch-back-now").into_owned(),
        stop: Some(stop.as_str()),
    };
    post(shop, &head, &body).await
}

/// Tells that a variant costs less than `before`; `stop` as in [`back_in_stock`].
pub async fn price_drop(shop: &Shop, letter: &WatchLetter, before: Money, stop: &Url) -> Result<()> {
    let head = Letterhead::load(shop).await?;
    let price = say!(head.locale, "mail-watch-price-and-before", price = letter.price, before = before);
    let body = Body {
        letter,
        heading: say!(head.locale, "mail-watch-drop", name = &letter.name).into_owned(),
        happened: say!(head.locale, "mail-watch-drop-happened").into_owned(),
        price: Some(price.into_owned()),
        button: say!(head.locale, "mail-watch-look").into_owned(),
        what_now: say!(head.locale, "mail-watch-drop-now").into_owned(),
        stop: Some(stop.as_str()),
    };
    post(shop, &head, &body).await
}

async fn post(shop: &Shop, head: &Letterhead, body: &Body<'_>) -> Result<()> {
    let letter = body.letter;
    let mail = Mail {
        key: letter.key.clone(),
        to: letter.to.clone(),
        to_name: letter.to_name.clone(),
        subject: body.heading.clone(),
        text: render_text(&WatchText { shop: head, body })?,
        html: render(&WatchHtml { shop: head, body })?,
        unsubscribe: Some(letter.unsubscribe.clone()),
    };
    send(shop, &mail).await
}
