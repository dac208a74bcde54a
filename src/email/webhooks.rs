//! Mail about webhooks, to whoever made them.

use super::accounts::{render, render_text};
use super::markup::{html, mail_link};
use super::view::Letterhead;
use super::{Mail, send};
use crate::id::WebhookId;
use crate::{Message, Result, Shop, said, say};
use askama::Template;
use chrono::{DateTime, Utc};

#[derive(Template)]
#[template(path = "email/webhook_trouble.html")]
struct TroubleHtml<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    heading: &'a str,
    happened: &'a str,
    what_now: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "email/webhook_trouble.txt")]
struct TroubleText<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    happened: &'a str,
    what_now: &'a str,
    link: &'a str,
}

/// Nothing has arrived at a webhook for a day.
pub async fn webhook_failing(shop: &Shop, webhook: WebhookId) -> Result<()> {
    let Some(found) = find(shop, webhook).await? else { return Ok(()) };
    let Some(since) = found.failing_since else { return Ok(()) };
    let heading = said!("mail-webhook-failing", webhook = found.name.clone());
    let happened = said!("mail-webhook-failing-happened", webhook = found.name.clone(), url = found.url.clone());
    let what_now = said!("mail-webhook-failing-now");
    tell(shop, webhook, found, ("failing", since), [heading, happened, what_now]).await
}

/// The shop paused a webhook.
pub async fn webhook_paused(shop: &Shop, webhook: WebhookId) -> Result<()> {
    let Some(found) = find(shop, webhook).await? else { return Ok(()) };
    let Some(since) = found.paused_at else { return Ok(()) };
    let (name, url) = (found.name.clone(), found.url.clone());
    let happened = match found.pause_reason.as_deref() {
        Some("gone" | "asked") => said!("mail-webhook-paused-asked", webhook = name.clone(), url = url),
        _ => said!("mail-webhook-paused-failing", webhook = name.clone(), url = url),
    };
    let heading = said!("mail-webhook-paused", webhook = name);
    tell(shop, webhook, found, ("paused", since), [heading, happened, said!("mail-webhook-paused-now")]).await
}

struct Found {
    name: String,
    url: String,
    pause_reason: Option<String>,
    paused_at: Option<DateTime<Utc>>,
    failing_since: Option<DateTime<Utc>>,
    maker_email: Option<String>,
    maker_name: Option<String>,
}

async fn find(shop: &Shop, webhook: WebhookId) -> Result<Option<Found>> {
    let found = sqlx::query_as!(
        Found,
        r#"select e.name, e.url, e.pause_reason, e.paused_at, e.failing_since, u.email::text as "maker_email?",
                  u.first_name as "maker_name?"
           from webhook_endpoints e
           left join users u on u.id = e.created_by and u.is_active and u.role <> 'customer'
           where e.id = $1"#,
        webhook as _,
    );
    Ok(found.fetch_optional(&shop.db).await?)
}

/// To its maker; to the shop itself, if nobody made it who works here.
async fn tell(
    shop: &Shop,
    webhook: WebhookId,
    found: Found,
    (what, since): (&str, DateTime<Utc>),
    [heading, happened, what_now]: [Message; 3],
) -> Result<()> {
    let head = Letterhead::load(shop).await?;
    let say = |message: &Message| head.locale.say(message).into_owned();
    let (heading, happened, what_now) = (say(&heading), say(&happened), say(&what_now));
    let (to, name) = match found.maker_email {
        Some(email) => (email, found.maker_name.unwrap_or_default()),
        None => (head.contact.clone(), String::new()),
    };
    let mut link = shop.public_url.clone();
    link.set_path(&format!("/admin/webhooks/{webhook}"));
    let (name, link) = (name.as_str(), link.as_str());
    let mail = Mail {
        key: format!("webhook_{what}:{webhook}:{}", since.timestamp()),
        to,
        to_name: name.to_owned(),
        subject: heading.clone(),
        text: render_text(&TroubleText { shop: &head, name, happened: &happened, what_now: &what_now, link })?,
        html: render(&TroubleHtml {
            shop: &head,
            name,
            heading: &heading,
            happened: &happened,
            what_now: &what_now,
            link,
        })?,
        unsubscribe: None,
    };
    send(shop, &mail).await
}
