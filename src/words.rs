//! The words that people read: every message of `words/en.ftl` by its key, with dates, numbers and money as the
//! language writes them.
//!
//! A message is said by [`say!`](crate::say): `say!(shop.locale, "products", count = 3)`. Pages have `t!`, which takes
//! the language of the visit. What is said only later, such as what is wrong with a form, is a [`Message`].
//! `tests/it/words.rs` holds keys and arguments in the sources against the file, both ways.
//!
//! The file is written in Fluent: <https://projectfluent.org/fluent/guide/>.

use crate::message::{Message, Value};
use crate::number::in_groups;
use crate::{Currency, Money, Rate};
use chrono::{Datelike, NaiveDate, NaiveDateTime};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

/// A language, with its ways to write numbers and dates. It comes with whoever asks; nothing of it is global.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locale {
    #[default]
    English,
    /// English with each message in brackets, `[!! Cart !!]`: what stands outside of them came by another way.
    #[cfg(feature = "testing")]
    Pseudo,
}

const ENGLISH: [&str; 2] = [include_str!("../words/en.ftl"), include_str!("../words/countries.en.ftl")];

type Bundle = FluentBundle<FluentResource>;

static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| {
    let mut bundle = Bundle::new_concurrent(vec!["en-GB".parse().unwrap_or_default()]);
    // no marks of direction round arguments: there is one direction
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(n) if n.options.use_grouping => Some(grouped(n.value as i64)),
        _ => None,
    }));
    // for `NUMBER($n, useGrouping: "false")`
    if let Err(e) = bundle.add_builtins() {
        tracing::error!(%e, "numbers cannot be written in another way");
    }
    for file in ENGLISH {
        // a line that cannot be read is a message less: a test reads the files first
        let resource = FluentResource::try_new(file.to_owned()).unwrap_or_else(|(readable, _)| readable);
        if let Err(twice) = bundle.add_resource(resource) {
            tracing::error!(?twice, "messages with the same key");
        }
    }
    bundle
});

/// What stands in a message for one of its arguments.
#[derive(Debug, Clone)]
pub enum Arg<'a> {
    Text(Cow<'a, str>),
    /// Chooses the plural form, and is written with its thousands apart.
    Number(i64),
    Money(Money),
    Rate(Rate),
}

/// A message that holds views: text, and places for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    /// The place of the view of this number.
    Place(usize),
}

/// Round the number of a place while a message is put together. Neither is ever typed: they are no text in HTML.
const PLACE: (char, char) = ('\u{2}', '\u{3}');

impl Locale {
    /// For `lang` in HTML. <https://www.rfc-editor.org/info/bcp47>
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            #[cfg(feature = "testing")]
            Self::Pseudo => "en-XA",
        }
    }

    /// The message; use [`say!`](crate::say), which a test watches. Of a key that is none, the key itself.
    pub fn message(self, key: &'static str, args: &[(&'static str, Arg<'_>)]) -> Cow<'static, str> {
        let args = args.iter().map(|(name, arg)| (*name, self.value(arg))).collect();
        self.put_together(key, &args).unwrap_or(Cow::Borrowed(key))
    }

    /// A message that was made elsewhere, by [`said!`](crate::said).
    pub fn say(self, message: &Message) -> Cow<'static, str> {
        self.say_of("", message)
    }

    /// The same of a fault, with the label of its field: `Postcode is required`. Without one, what goes on from it: `is
    /// required`.
    pub fn say_of(self, label: &str, message: &Message) -> Cow<'static, str> {
        match message {
            Message::Text(text) => text.clone().into(),
            Message::All(all) => all.iter().map(|one| self.say_of(label, one)).collect::<Vec<_>>().join("; ").into(),
            Message::Said { key, args } => {
                let mut values = FluentArgs::new();
                values.set("label", label);
                for (name, value) in args {
                    values.set(name.as_ref(), self.of(value));
                }
                self.put_together(key, &values).unwrap_or_else(|| key.clone())
            }
        }
    }

    fn put_together(self, key: &str, args: &FluentArgs<'_>) -> Option<Cow<'static, str>> {
        let Some(pattern) = BUNDLE.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(key, "there is no such message");
            return None;
        };
        let mut faults = Vec::new();
        let text = BUNDLE.format_pattern(pattern, Some(args), &mut faults);
        if !faults.is_empty() {
            tracing::error!(key, ?faults, "a message could not be put together");
        }
        // behind a label that is not there
        let text = if text.starts_with(' ') { Cow::Owned(text.trim_start().to_owned()) } else { text };
        Some(match self {
            Self::English => text,
            #[cfg(feature = "testing")]
            Self::Pseudo => format!("[!! {text} !!]").into(),
        })
    }

    /// A message some of whose arguments are views: what stands before, between and behind them.
    pub fn pieces(self, key: &'static str, args: &[(&'static str, Arg<'_>)], views: &[&'static str]) -> Vec<Piece> {
        let place = |n: usize| Arg::from(format!("{}{n}{}", PLACE.0, PLACE.1));
        let places = views.iter().enumerate().map(|(n, name)| (*name, place(n)));
        let text = self.message(key, &args.iter().cloned().chain(places).collect::<Vec<_>>());
        let (first, rest) = text.split_once(PLACE.0).unwrap_or((&text, ""));
        let mut pieces = vec![Piece::Text(first.to_owned())];
        for part in rest.split(PLACE.0).filter(|part| !part.is_empty()) {
            let (place, text) = part.split_once(PLACE.1).unwrap_or(("", part));
            pieces.extend(place.parse().ok().map(Piece::Place));
            pieces.push(Piece::Text(text.to_owned()));
        }
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        pieces
    }

    fn value<'a>(self, arg: &'a Arg<'_>) -> FluentValue<'a> {
        match arg {
            Arg::Text(text) => FluentValue::String(Cow::Borrowed(text)),
            Arg::Number(n) => FluentValue::from(*n),
            Arg::Money(money) => FluentValue::String(self.money(*money).into()),
            Arg::Rate(rate) => FluentValue::String(self.rate(*rate).into()),
        }
    }

    fn of(self, value: &Value) -> FluentValue<'_> {
        match value {
            Value::Text(text) => FluentValue::String(Cow::Borrowed(text)),
            Value::Number(n) => FluentValue::from(*n),
            Value::Money(minor, currency) => {
                let money = Currency::parse(currency).map(|currency| self.money(Money::new(*minor, currency)));
                FluentValue::String(money.unwrap_or_default().into())
            }
            Value::Message(message) => FluentValue::String(self.say(message)),
        }
    }

    /// `12,345`.
    pub fn number(self, n: i64) -> String {
        grouped(n)
    }

    /// `£1,299.00`.
    pub fn money(self, money: Money) -> String {
        money.to_string()
    }

    /// Without decimals if they are zeros: `£60`, `£4.95`.
    pub fn round_money(self, money: Money) -> String {
        let symbol = money.currency.symbol();
        format!("{}{symbol}{}", minus(money.minor), round_digits(money))
    }

    /// The same where the currency stands elsewhere: `60`, `4.95`.
    pub fn round_amount(self, money: Money) -> String {
        format!("{}{}", minus(money.minor), round_digits(money))
    }

    /// `9.975%`.
    pub fn rate(self, rate: Rate) -> String {
        rate.to_string()
    }

    /// `640 g`, `1.25 kg`.
    pub fn weight(self, grams: i32) -> Cow<'static, str> {
        if grams < 1000 {
            return crate::say!(self, "weight-grams", weight = grams);
        }
        let kilos = format!("{}.{:03}", grams / 1000, grams % 1000);
        crate::say!(self, "weight-kilos", weight = kilos.trim_end_matches('0').trim_end_matches('.'))
    }

    /// `14 Nov`, where nobody asks for the year.
    pub fn day(self, day: NaiveDate) -> Cow<'static, str> {
        crate::say!(self, "date-day", day = day.day().to_string(), month = self.month(day.month()))
    }

    /// `14 Nov 2026`, of a moment as the clock of the shop shows it.
    pub fn date(self, at: NaiveDateTime) -> Cow<'static, str> {
        crate::say!(
            self,
            "date",
            day = at.day().to_string(),
            month = self.month(at.month()),
            year = at.year().to_string()
        )
    }

    /// `14 Nov 2026, 12:05`.
    pub fn date_time(self, at: NaiveDateTime) -> Cow<'static, str> {
        crate::say!(self, "date-time", date = self.date(at), time = at.format("%H:%M").to_string())
    }

    /// `14 November 2026`.
    pub fn long_date(self, at: NaiveDateTime) -> Cow<'static, str> {
        let month = match at.month() {
            1 => crate::say!(self, "date-long-january"),
            2 => crate::say!(self, "date-long-february"),
            3 => crate::say!(self, "date-long-march"),
            4 => crate::say!(self, "date-long-april"),
            5 => crate::say!(self, "date-long-may"),
            6 => crate::say!(self, "date-long-june"),
            7 => crate::say!(self, "date-long-july"),
            8 => crate::say!(self, "date-long-august"),
            9 => crate::say!(self, "date-long-september"),
            10 => crate::say!(self, "date-long-october"),
            11 => crate::say!(self, "date-long-november"),
            _ => crate::say!(self, "date-long-december"),
        };
        crate::say!(self, "date", day = at.day().to_string(), month = month, year = at.year().to_string())
    }

    fn month(self, month: u32) -> Cow<'static, str> {
        match month {
            1 => crate::say!(self, "date-january"),
            2 => crate::say!(self, "date-february"),
            3 => crate::say!(self, "date-march"),
            4 => crate::say!(self, "date-april"),
            5 => crate::say!(self, "date-may"),
            6 => crate::say!(self, "date-june"),
            7 => crate::say!(self, "date-july"),
            8 => crate::say!(self, "date-august"),
            9 => crate::say!(self, "date-september"),
            10 => crate::say!(self, "date-october"),
            11 => crate::say!(self, "date-november"),
            _ => crate::say!(self, "date-december"),
        }
    }
}

/// Says a message in a language: `say!(locale, "products", count = 3)`.
#[macro_export]
macro_rules! say {
    ($locale:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::words::Locale::message($locale, $key, &[$((stringify!($name), $crate::words::Arg::from($value))),*])
    };
}

/// In English, for programs and the log.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Locale::English.say(self))
    }
}

fn grouped(n: i64) -> String {
    format!("{}{}", minus(n), in_groups(n.unsigned_abs()))
}

fn minus(n: i64) -> &'static str {
    if n < 0 { "−" } else { "" }
}

fn round_digits(money: Money) -> String {
    let (unit, abs) = (money.currency.unit().unsigned_abs(), money.minor.unsigned_abs());
    if abs.is_multiple_of(unit) { in_groups(abs / unit) } else { money.digits() }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<Cow<'a, str>> for Arg<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg<'_> {
    fn from(n: i64) -> Self {
        Self::Number(n)
    }
}

impl From<i32> for Arg<'_> {
    fn from(n: i32) -> Self {
        Self::Number(n.into())
    }
}

impl From<u32> for Arg<'_> {
    fn from(n: u32) -> Self {
        Self::Number(n.into())
    }
}

impl From<u16> for Arg<'_> {
    fn from(n: u16) -> Self {
        Self::Number(n.into())
    }
}

impl From<usize> for Arg<'_> {
    fn from(n: usize) -> Self {
        Self::Number(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<Money> for Arg<'_> {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}

impl From<Rate> for Arg<'_> {
    fn from(rate: Rate) -> Self {
        Self::Rate(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::said;

    const EN: Locale = Locale::English;

    #[test]
    fn the_files_are_whole() {
        let mut bundle = Bundle::new_concurrent(vec!["en-GB".parse().unwrap()]);
        for file in ENGLISH {
            let resource = FluentResource::try_new(file.to_owned()).map_err(|(_, faults)| faults);
            assert!(bundle.add_resource(resource.unwrap()).is_ok(), "two messages with one key");
        }
    }

    #[test]
    fn what_was_said_elsewhere_is_put_into_words_here() {
        let long = said!("fault-too-long", max = 2000);
        assert_eq!(EN.say_of("Note", &long), "Note is too long (at most 2000 characters)");
        assert_eq!(long.to_string(), "is too long (at most 2000 characters)");
        let problem = said!("cart-problem-only-left", left = 2);
        let line = said!("refusal-line", name = "Rasp", problem = problem);
        let price = Money::new(5_00, Currency::parse("GBP").unwrap());
        let all = Message::All(vec![line, said!("refusal-price-changed", price = price)]);
        assert_eq!(EN.say(&all), "Rasp: Only 2 left; The price changed again: it is £5.00 now");
        assert_eq!(EN.say(&"Ada’s own words".into()), "Ada’s own words");
    }

    #[test]
    fn numbers_choose_the_plural_and_are_written_in_groups() {
        let said = [0, 1, 2, 1234].map(|count| say!(EN, "products", count = count));
        assert_eq!(said, ["0 products", "1 product", "2 products", "1,234 products"]);
        assert_eq!(
            [0, 999, 1_000, 1_234_567, -1_000].map(|n| EN.number(n)),
            ["0", "999", "1,000", "1,234,567", "−1,000"]
        );
    }

    #[test]
    fn money_and_times_are_written_as_the_language_does() {
        let price = Money::new(129_900, Currency::parse("GBP").unwrap());
        assert_eq!(say!(EN, "cart-accept", price = price), "Accept £1,299.00");
        let at: NaiveDateTime = "2026-07-01T23:05:59".parse().unwrap();
        assert_eq!((EN.date(at).as_ref(), EN.date_time(at).as_ref()), ("1 Jul 2026", "1 Jul 2026, 23:05"));
        assert_eq!(EN.day(at.date()), "1 Jul");
        assert_eq!(say!(EN, "totals-tax", rate = Rate::percent(20)), "Tax 20%");
    }

    #[test]
    fn a_round_amount_is_written_without_its_zeros() {
        let of = |minor, currency| Money::new(minor, currency);
        let all = [
            of(60_00, Currency::GBP),
            of(4_95, Currency::GBP),
            of(129_900, Currency::GBP),
            of(129_950, Currency::GBP),
            of(-5_00, Currency::GBP),
            of(1_500, Currency::JPY),
            of(2_000, Currency::KWD),
        ];
        assert_eq!(
            all.map(|money| EN.round_money(money)),
            ["£60", "£4.95", "£1,299", "£1,299.50", "−£5", "¥1,500", "KD 2"]
        );
        assert_eq!(all.map(|money| EN.round_amount(money)), ["60", "4.95", "1,299", "1,299.50", "−5", "1,500", "2"]);
    }

    #[test]
    fn weights_are_written_in_the_unit_that_fits() {
        assert_eq!([640, 1000, 1250, 12_005].map(|grams| EN.weight(grams)), ["640 g", "1 kg", "1.25 kg", "12.005 kg"]);
    }

    #[test]
    fn views_stand_where_the_message_puts_them() {
        let pieces = EN.pieces("checkout-sign-in-to-fill-in", &[], &["link"]);
        assert_eq!(
            pieces,
            [
                Piece::Text("Been here before? ".into()),
                Piece::Place(0),
                Piece::Text(" and we fill in the rest.".into())
            ]
        );
    }

    #[cfg(feature = "testing")]
    #[test]
    fn the_pseudo_locale_puts_brackets_round_messages() {
        assert_eq!(say!(Locale::Pseudo, "products", count = 1), "[!! 1 product !!]");
    }
}
