//! Messages in the language of the visit at hand: `t!` for text, `rich!` for sentences that hold links and the like.

use crate::web::Visit;
use leptos::prelude::*;
use shop::words::{Arg, Locale, Piece};
use std::borrow::Cow;

/// What `t!` makes.
pub type Words = Cow<'static, str>;

/// The message with this key, with its arguments: `{t!("cart-take", count = left)}`.
macro_rules! t {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::words::text($key, &[$((stringify!($name), shop::words::Arg::from($value))),*])
    };
}

/// A message with views in it:
/// `{rich!("sign-in-have-one", link = view! { <a href=login>{t!("sign-in-sign-in")}</a> })}`. What it is told beside
/// them stands in brackets before: `rich!("listing-count", [count = total], number = …)`.
macro_rules! rich {
    ($key:literal, [$($arg:ident = $value:expr),*] $(, $name:ident = $view:expr)* $(,)?) => {
        $crate::words::rich(
            $key,
            &[$((stringify!($arg), shop::words::Arg::from($value))),*],
            vec![$((stringify!($name), leptos::prelude::IntoAny::into_any($view))),*],
        )
    };
    ($key:literal $(, $name:ident = $view:expr)* $(,)?) => { rich!($key, [] $(, $name = $view)*) };
}

/// The language of the visit at hand.
pub fn locale() -> Locale {
    use_context::<Visit>().map(|visit| visit.locale()).unwrap_or_default()
}

/// For `t!`.
pub fn text(key: &'static str, args: &[(&'static str, Arg<'_>)]) -> Words {
    locale().message(key, args)
}

/// For `rich!`.
pub fn rich(
    key: &'static str,
    args: &[(&'static str, Arg<'_>)],
    views: Vec<(&'static str, AnyView)>,
) -> impl IntoView + use<> {
    let (names, views): (Vec<_>, Vec<_>) = views.into_iter().unzip();
    let mut views: Vec<_> = views.into_iter().map(Some).collect();
    let pieces = locale().pieces(key, args, &names).into_iter();
    let shown = pieces.filter_map(|piece| match piece {
        Piece::Text(text) => Some(text.into_any()),
        Piece::Place(n) => views.get_mut(n).and_then(Option::take),
    });
    shown.collect::<Vec<_>>()
}
