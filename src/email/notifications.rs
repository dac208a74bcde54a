//! Mail to staff about what happened: of one kind at once, or once a day of several.

use super::accounts::{render, render_text};
use super::markup::{html, mail_link};
use super::view::Letterhead;
use super::{Mail, send};
use crate::id::NotificationMailId;
use crate::notifications::{MailContents, MailKind, Notification, NotificationKind, contents};
use crate::{Result, Shop, say, settings};
use askama::Template;
use std::borrow::Cow;

#[derive(Template)]
#[template(path = "email/notifications.html")]
struct Html<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    heading: &'a str,
    groups: &'a [Group],
    preferences: &'a str,
    unsubscribe: &'a str,
    stop: &'a str,
}

#[derive(Template)]
#[template(path = "email/notifications.txt")]
struct Text<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    groups: &'a [Group],
    preferences: &'a str,
    unsubscribe: &'a str,
    stop: &'a str,
}

/// What happened of one kind.
struct Group {
    /// With how many they are; none where the mail is about this kind alone.
    title: Option<String>,
    lines: Vec<Line>,
    /// That there are more, and where.
    more: Option<(String, String)>,
}

struct Line {
    text: String,
    at: String,
    link: String,
}

/// Sends what was made for somebody, if it is still for them.
pub async fn notifications(shop: &Shop, mail: NotificationMailId) -> Result<()> {
    let Some(contents) = contents(shop, mail).await? else { return Ok(()) };
    let head = Letterhead::load(shop).await?;
    let zone = settings::time_zone(shop).await?;
    let locale = head.locale;
    let address = |path: &str| {
        let path = path.trim_start_matches('/');
        shop.public_url.join(path).map_or_else(|_| shop.public_url.to_string(), String::from)
    };
    let line = |one: &Notification| Line {
        text: locale.say(&one.what.message()).into_owned(),
        at: locale.date_time(zone.local(one.at)).into_owned(),
        link: address(&one.what.path()),
    };
    let is_alone = contents.kind != MailKind::Daily;
    let group = |(kind, total, all): &(NotificationKind, i64, Vec<Notification>)| {
        let others = total - i64::try_from(all.len()).unwrap_or(*total);
        let list = address(&format!("/admin/notifications?kind={}", kind.word()));
        Group {
            title: (!is_alone)
                .then(|| say!(locale, "mail-notifications-of", kind = kind.say(locale), count = *total).into()),
            lines: all.iter().map(line).collect(),
            more: (others > 0).then(|| (say!(locale, "mail-notifications-more", count = others).into(), list)),
        }
    };
    let groups: Vec<Group> = contents.groups.iter().map(group).collect();
    let heading = heading(&head, &contents, &groups);
    let stop = match contents.kind {
        MailKind::AtOnce(kind) => say!(locale, "mail-notifications-stop", kind = kind.say(locale)),
        MailKind::Daily => say!(locale, "mail-notifications-stop-daily"),
    };
    let preferences = address("/admin/notifications/preferences");
    let (name, unsubscribe) = (contents.first_name.as_str(), contents.unsubscribe.as_str());
    let text = Text { shop: &head, name, groups: &groups, preferences: &preferences, unsubscribe, stop: &stop };
    let html = Html {
        shop: &head,
        name,
        heading: &heading,
        groups: &groups,
        preferences: &preferences,
        unsubscribe,
        stop: &stop,
    };
    let mail = Mail {
        key: format!("notifications:{mail}"),
        text: render_text(&text)?,
        html: render(&html)?,
        subject: heading.into_owned(),
        to: contents.to,
        to_name: contents.name,
        unsubscribe: Some(contents.unsubscribe),
    };
    send(shop, &mail).await
}

/// One that is alone says itself what it is about.
fn heading<'a>(head: &Letterhead, contents: &MailContents, groups: &'a [Group]) -> Cow<'a, str> {
    let total: i64 = contents.groups.iter().map(|(_, total, _)| total).sum();
    match (contents.kind, groups) {
        (MailKind::AtOnce(_), [Group { lines, more: None, .. }]) if lines.len() == 1 => lines[0].text.as_str().into(),
        (MailKind::AtOnce(kind), _) => {
            say!(head.locale, "mail-notifications-of", kind = kind.say(head.locale), count = total)
        }
        (MailKind::Daily, _) => say!(head.locale, "mail-notifications-daily", shop = &head.name, count = total),
    }
}
