//! Messages in the HTML of a mail: text is escaped, and what is bold or a link is put where the message has it.

use crate::words::{Arg, Locale, Piece};
use askama::filters::HtmlSafe;
use std::fmt;

/// A message with HTML in it, for a template: `html!(locale, "key", [date = …], number = strong(…))`.
macro_rules! html {
    ($locale:expr, $key:literal, [$($arg:ident = $value:expr),*] $(, $name:ident = $html:expr)* $(,)?) => {
        $crate::email::markup::put_together(
            $locale,
            $key,
            &[$((stringify!($arg), $crate::words::Arg::from($value))),*],
            &[$((stringify!($name), $html)),*],
        )
    };
    ($locale:expr, $key:literal $(, $name:ident = $html:expr)* $(,)?) => { html!($locale, $key, [] $(, $name = $html)*) };
}
pub(super) use html;

/// HTML that templates do not escape again.
#[derive(Debug, Clone)]
pub(super) struct Markup(String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

pub(super) fn strong(text: &str) -> Markup {
    Markup(format!("<strong>{}</strong>", escaped(text)))
}

pub(super) fn mail_link(address: &str) -> Markup {
    let address = escaped(address);
    Markup(format!(r#"<a href="mailto:{address}" style="color:#1d4d42;">{address}</a>"#))
}

/// For `html!`.
pub(super) fn put_together(
    locale: Locale,
    key: &'static str,
    args: &[(&'static str, Arg<'_>)],
    markup: &[(&'static str, Markup)],
) -> Markup {
    let names: Vec<_> = markup.iter().map(|(name, _)| *name).collect();
    let pieces = locale.pieces(key, args, &names).into_iter();
    let html = pieces.map(|piece| match piece {
        Piece::Text(text) => escaped(&text),
        Piece::Place(n) => markup.get(n).map(|(_, Markup(html))| html.clone()).unwrap_or_default(),
    });
    Markup(html.collect())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
