//! Mail about accounts.

use super::markup::{html, mail_link};
use super::view::Letterhead;
use super::{Mail, send};
use crate::{Error, Result, Shop, say};
use askama::Template;
use url::Url;

#[derive(Template)]
#[template(path = "email/password_reset.html")]
struct ResetHtml<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
    valid_for: &'a str,
}

#[derive(Template)]
#[template(path = "email/password_reset.txt")]
struct ResetText<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
    valid_for: &'a str,
}

/// A link with which a new password can be set. `key` names this request for one; the link holds a secret, so make it
/// in the job that sends it and never in the queue.
pub async fn password_reset(shop: &Shop, key: &str, to: &str, name: &str, link: &Url, valid_for: &str) -> Result<()> {
    let (head, link) = (Letterhead::load(shop).await?, link.as_str());
    let mail = Mail {
        key: format!("password_reset:{key}"),
        to: to.to_owned(),
        to_name: name.to_owned(),
        subject: say!(head.locale, "mail-reset").into_owned(),
        text: render_text(&ResetText { shop: &head, name, link, valid_for })?,
        html: render(&ResetHtml { shop: &head, name, link, valid_for })?,
        unsubscribe: None,
    };
    send(shop, &mail).await
}

#[derive(Template)]
#[template(path = "email/staff_invitation.html")]
struct InvitationHtml<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
    valid_for: &'a str,
}

#[derive(Template)]
#[template(path = "email/staff_invitation.txt")]
struct InvitationText<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
    valid_for: &'a str,
}

/// A link with which somebody who was invited to work here chooses a password; a secret, as in [`password_reset`].
pub async fn staff_invitation(shop: &Shop, key: &str, to: &str, name: &str, link: &Url, valid_for: &str) -> Result<()> {
    let (head, link) = (Letterhead::load(shop).await?, link.as_str());
    let mail = Mail {
        key: format!("staff_invitation:{key}"),
        to: to.to_owned(),
        to_name: name.to_owned(),
        subject: say!(head.locale, "mail-invitation", shop = &head.name).into_owned(),
        text: render_text(&InvitationText { shop: &head, name, link, valid_for })?,
        html: render(&InvitationHtml { shop: &head, name, link, valid_for })?,
        unsubscribe: None,
    };
    send(shop, &mail).await
}

#[derive(Template)]
#[template(path = "email/verify_email.html")]
struct VerifyHtml<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "email/verify_email.txt")]
struct VerifyText<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
}

/// A link that proves that the address is theirs.
pub async fn verify_email(shop: &Shop, key: &str, to: &str, name: &str, link: &Url) -> Result<()> {
    let (head, link) = (Letterhead::load(shop).await?, link.as_str());
    let mail = Mail {
        key: format!("verify_email:{key}"),
        to: to.to_owned(),
        to_name: name.to_owned(),
        subject: say!(head.locale, "mail-verify").into_owned(),
        text: render_text(&VerifyText { shop: &head, name, link })?,
        html: render(&VerifyHtml { shop: &head, name, link })?,
        unsubscribe: None,
    };
    send(shop, &mail).await
}

#[derive(Template)]
#[template(path = "email/confirm_account.html")]
struct ConfirmHtml<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
    valid_for: &'a str,
}

#[derive(Template)]
#[template(path = "email/confirm_account.txt")]
struct ConfirmText<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
    valid_for: &'a str,
}

/// A link that makes the account that somebody asked for.
pub async fn confirm_account(shop: &Shop, key: &str, to: &str, name: &str, link: &Url, valid_for: &str) -> Result<()> {
    let (head, link) = (Letterhead::load(shop).await?, link.as_str());
    let mail = Mail {
        key: format!("confirm_account:{key}"),
        to: to.to_owned(),
        to_name: name.to_owned(),
        subject: say!(head.locale, "mail-confirm").into_owned(),
        text: render_text(&ConfirmText { shop: &head, name, link, valid_for })?,
        html: render(&ConfirmHtml { shop: &head, name, link, valid_for })?,
        unsubscribe: None,
    };
    send(shop, &mail).await
}

#[derive(Template)]
#[template(path = "email/already_registered.html")]
struct AlreadyHtml<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    login: &'a str,
    reset: &'a str,
}

#[derive(Template)]
#[template(path = "email/already_registered.txt")]
struct AlreadyText<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    login: &'a str,
    reset: &'a str,
}

/// Somebody asked for an account with an address that has one.
pub async fn already_registered(shop: &Shop, key: &str, to: &str, name: &str, login: &Url, reset: &Url) -> Result<()> {
    let (head, login, reset) = (Letterhead::load(shop).await?, login.as_str(), reset.as_str());
    let mail = Mail {
        key: format!("already_registered:{key}"),
        to: to.to_owned(),
        to_name: name.to_owned(),
        subject: say!(head.locale, "mail-already").into_owned(),
        text: render_text(&AlreadyText { shop: &head, name, login, reset })?,
        html: render(&AlreadyHtml { shop: &head, name, login, reset })?,
        unsubscribe: None,
    };
    send(shop, &mail).await
}

#[derive(Template)]
#[template(path = "email/password_changed.html")]
struct ChangedHtml<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "email/password_changed.txt")]
struct ChangedText<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
}

/// Tells the owner of an account that its password was changed; `link` leads to asking for a new one.
pub async fn password_changed(shop: &Shop, key: &str, to: &str, name: &str, link: &Url) -> Result<()> {
    let (head, link) = (Letterhead::load(shop).await?, link.as_str());
    let mail = Mail {
        key: format!("password_changed:{key}"),
        to: to.to_owned(),
        to_name: name.to_owned(),
        subject: say!(head.locale, "mail-changed").into_owned(),
        text: render_text(&ChangedText { shop: &head, name, link })?,
        html: render(&ChangedHtml { shop: &head, name, link })?,
        unsubscribe: None,
    };
    send(shop, &mail).await
}

#[derive(Template)]
#[template(path = "email/email_changed.html")]
struct MovedHtml<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "email/email_changed.txt")]
struct MovedText<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    link: &'a str,
}

/// Tells a former address that another one took its place.
pub async fn email_changed(shop: &Shop, key: &str, to: &str, name: &str, link: &Url) -> Result<()> {
    let (head, link) = (Letterhead::load(shop).await?, link.as_str());
    let mail = Mail {
        key: format!("email_changed:{key}"),
        to: to.to_owned(),
        to_name: name.to_owned(),
        subject: say!(head.locale, "mail-moved").into_owned(),
        text: render_text(&MovedText { shop: &head, name, link })?,
        html: render(&MovedHtml { shop: &head, name, link })?,
        unsubscribe: None,
    };
    send(shop, &mail).await
}

#[derive(Template)]
#[template(path = "email/token_reused.html")]
struct ReusedHtml<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    device: &'a str,
    link: &'a str,
}

#[derive(Template)]
#[template(path = "email/token_reused.txt")]
struct ReusedText<'a> {
    shop: &'a Letterhead,
    name: &'a str,
    device: &'a str,
    link: &'a str,
}

/// Tells the owner of an account that an app was signed out, because its sign-in may have been copied; `link` leads to
/// asking for a new password.
pub async fn token_reused(shop: &Shop, key: &str, to: &str, name: &str, device: &str, link: &Url) -> Result<()> {
    let (head, link) = (Letterhead::load(shop).await?, link.as_str());
    let mail = Mail {
        key: format!("token_reused:{key}"),
        to: to.to_owned(),
        to_name: name.to_owned(),
        subject: say!(head.locale, "mail-reused").into_owned(),
        text: render_text(&ReusedText { shop: &head, name, device, link })?,
        html: render(&ReusedHtml { shop: &head, name, device, link })?,
        unsubscribe: None,
    };
    send(shop, &mail).await
}

pub(super) fn render(template: &impl Template) -> Result<String> {
    template.render().map_err(|e| Error::Internal(e.into()))
}

/// The same for text, whose long lines are broken between words.
pub(super) fn render_text(template: &impl Template) -> Result<String> {
    Ok(wrapped(&render(template)?))
}

/// As wide as a line of a mail shall be. <https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1>
const WIDTH: usize = 78;

fn wrapped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut width = 0;
        for word in line.split_inclusive(' ') {
            let letters = word.trim_end().chars().count();
            // an address that is broken leads nowhere, and one on a line of its own says nothing
            if width > 0 && width + letters > WIDTH && !word.contains("://") {
                whole.truncate(whole.trim_end_matches(' ').len());
                whole.push('\n');
                width = 0;
            }
            whole.push_str(word);
            width += word.chars().count();
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn long_lines_are_broken_between_words() {
        let long = format!("{} {} end\n  short\n-- \n", "a".repeat(40), "b".repeat(40));
        assert_eq!(wrapped(&long), format!("{}\n{} end\n  short\n-- \n", "a".repeat(40), "b".repeat(40)));
        assert_eq!(wrapped(&"x".repeat(200)), "x".repeat(200));
    }
}
