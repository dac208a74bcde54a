//! The words and the markup of the hosted pages.

use std::fmt::Write;

use crate::money;
use crate::objects::{Method, Session};

const STYLE: &str = include_str!("page.css");

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

pub(super) fn document(title: &str, body: &str, nonce: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n\
         <style nonce=\"{nonce}\">{STYLE}</style>\n</head>\n<body>\n\
         <p class=\"banner\">Test payments. No money moves.</p>\n{body}\n</body>\n</html>\n",
        escape(title)
    )
}

pub(super) fn notice(heading: &str, text: &str, link: Option<(&str, &str)>) -> String {
    let link = link.map_or(String::new(), |(url, label)| {
        format!("<p><a class=\"button primary\" href=\"{}\">{}</a></p>", escape(url), escape(label))
    });
    format!(
        "<main class=\"narrow\"><section class=\"card\"><h1>{}</h1><p>{}</p>{link}</section></main>",
        escape(heading),
        escape(text)
    )
}

/// What stands on the page where a session is paid.
pub(super) struct Payment<'a> {
    pub merchant: &'a str,
    pub session: &'a Session,
    pub saved: &'a [&'a Method],
    pub refusal: Option<&'a str>,
    pub now: i64,
}

pub(super) fn payment(page: &Payment<'_>) -> String {
    let Payment { merchant, session, saved, refusal, now } = page;
    let total = money::format(session.total(), &session.currency);
    let mut lines = String::new();
    for item in &session.items {
        let description = match &item.description {
            Some(text) => format!("<span class=\"quiet\">{}</span>", escape(text)),
            None => String::new(),
        };
        let count = match item.quantity {
            1 => String::new(),
            count => {
                format!("<span class=\"quiet\">{count} × {}</span>", money::format(item.unit_amount, &session.currency))
            }
        };
        // Writing to a String cannot fail.
        let _ = write!(
            lines,
            "<li><span class=\"what\"><span>{}</span>{description}{count}</span>\
             <span class=\"amount\">{}</span></li>",
            escape(&item.name),
            money::format(item.total(), &session.currency)
        );
    }
    let refusal = refusal.map_or(String::new(), |message| {
        format!(
            "<div class=\"alert\" role=\"alert\"><strong>{}</strong> No money was taken. \
             Try again, or choose another way to pay.</div>",
            escape(message)
        )
    });
    let email = session
        .customer_email
        .as_ref()
        .map_or(String::new(), |email| format!("<p class=\"quiet\">Paying as {}</p>", escape(email)));
    let keep = if session.saves_cards && session.customer.is_some() {
        "<label class=\"keep\"><input type=\"checkbox\" name=\"keep\" value=\"yes\"> \
         Keep this card for next time</label>"
    } else {
        ""
    };
    let cards = saved_cards(saved);
    let cancel = session.cancel_url.as_ref().map_or(String::new(), |url| {
        format!("<p class=\"back\"><a href=\"{}\">Cancel and go back to {}</a></p>", escape(url), escape(merchant))
    });
    let minutes = (session.expires_at - *now).max(0) / 60;
    let left = if minutes >= 120 { format!("{} hours", minutes / 60) } else { format!("{} minutes", minutes.max(1)) };
    format!(
        "<main>\
         <section class=\"summary\" aria-labelledby=\"order\">\
         <h1 id=\"order\"><span class=\"quiet\">Pay {merchant}</span><span class=\"total\">{total}</span></h1>\
         <ul>{lines}</ul>\
         <p class=\"sum\"><span>Total</span><span class=\"amount\">{total}</span></p>\
         </section>\
         <section class=\"card\" aria-labelledby=\"ways\">\
         <h2 id=\"ways\">How should this payment end?</h2>{refusal}{email}\
         <form method=\"post\" action=\"/pay/{id}\">{keep}\
         <button class=\"button primary\" name=\"way\" value=\"pay\">Pay {total}</button>{cards}\
         <fieldset><legend>The bank refuses</legend>\
         <button class=\"button\" name=\"way\" value=\"decline\">Decline</button>\
         <button class=\"button\" name=\"way\" value=\"insufficient_funds\">Insufficient funds</button></fieldset>\
         <fieldset><legend>The bank asks</legend>\
         <button class=\"button\" name=\"way\" value=\"needs_authentication\">Needs authentication</button></fieldset>\
         <fieldset><legend>Pay later: the order goes through, the money comes after a while</legend>\
         <button class=\"button\" name=\"way\" value=\"pay_later\">Pay later, and it arrives</button>\
         <button class=\"button\" name=\"way\" value=\"fail_later\">Pay later, and it fails</button></fieldset>\
         </form>{cancel}\
         <p class=\"quiet\">This page stays open for another {left}.</p>\
         </section></main>",
        merchant = escape(merchant),
        id = escape(&session.id),
    )
}

fn saved_cards(saved: &[&Method]) -> String {
    if saved.is_empty() {
        return String::new();
    }
    let mut buttons = String::from("<fieldset><legend>Saved cards</legend>");
    for method in saved {
        // Writing to a String cannot fail.
        let _ = write!(
            buttons,
            "<button class=\"button\" name=\"saved\" value=\"{}\">{}</button>",
            escape(&method.id),
            escape(&method.label())
        );
    }
    buttons.push_str("</fieldset>");
    buttons
}

/// The page of a session that only keeps a card.
pub(super) fn keeping(merchant: &str, session: &Session, refusal: Option<&str>) -> String {
    let refusal = refusal.map_or(String::new(), |message| {
        format!("<div class=\"alert\" role=\"alert\"><strong>{}</strong> No card was kept.</div>", escape(message))
    });
    let cancel = session.cancel_url.as_ref().map_or(String::new(), |url| {
        format!("<p class=\"back\"><a href=\"{}\">Cancel and go back to {}</a></p>", escape(url), escape(merchant))
    });
    format!(
        "<main class=\"narrow\"><section class=\"card\"><h1>Keep a card with {merchant}</h1>{refusal}\
         <p>No money is taken. How should this end?</p>\
         <form method=\"post\" action=\"/pay/{id}\">\
         <button class=\"button primary\" name=\"way\" value=\"pay\">Keep a card</button>\
         <fieldset><legend>The bank refuses</legend>\
         <button class=\"button\" name=\"way\" value=\"decline\">Decline</button></fieldset>\
         <fieldset><legend>The bank asks</legend>\
         <button class=\"button\" name=\"way\" value=\"needs_authentication\">Needs authentication</button></fieldset>\
         </form>{cancel}</section></main>",
        merchant = escape(merchant),
        id = escape(&session.id),
    )
}

/// The bank's page of "needs authentication".
pub(super) fn authentication(merchant: &str, id: &str, purpose: &str) -> String {
    format!(
        "<main class=\"narrow\"><section class=\"card\"><h1>Your bank wants to be sure it is you</h1>\
         <p>{} {}</p><form method=\"post\" action=\"/authenticate/{}\">\
         <button class=\"button primary\" name=\"answer\" value=\"complete\">Complete authentication</button>\
         <button class=\"button\" name=\"answer\" value=\"fail\">Fail authentication</button>\
         </form></section></main>",
        escape(merchant),
        escape(purpose),
        escape(id),
    )
}
