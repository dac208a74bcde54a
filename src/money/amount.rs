//! Amounts as people and programs write them.

use super::{Currency, Money};
use crate::message::Message;
use crate::number::{self, Unreadable, Written};
use crate::said;
use std::fmt;

/// Why a text is no amount. Each says what was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AmountError {
    /// No number.
    Unreadable(Unreadable, Currency),
    /// It names another currency.
    OtherCurrency(Currency),
    /// It has more decimals than the currency.
    TooPrecise { reads: String, currency: Currency },
    /// A lone comma before three digits, in a currency with three decimals.
    TwoReadings { one: Money, other: Money },
    /// More than can be counted.
    TooLarge,
}

impl From<&AmountError> for Message {
    fn from(e: &AmountError) -> Self {
        match e {
            AmountError::Unreadable(Unreadable::Nothing, currency) => {
                said!("fault-amount", example = example(*currency))
            }
            AmountError::Unreadable(why, currency) => {
                said!("fault-amount-unreadable", example = example(*currency), why = Self::from(why))
            }
            AmountError::OtherCurrency(currency) => said!("fault-other-currency", currency = currency.code()),
            AmountError::TooPrecise { reads, currency } => {
                said!("fault-too-precise", typed = reads, currency = currency.code(), decimals = currency.decimals())
            }
            AmountError::TwoReadings { one, other } => said!(
                "fault-two-amounts",
                one = *one,
                other = *other,
                one_written = one.decimal(),
                other_written = other.decimal()
            ),
            AmountError::TooLarge => said!("fault-too-large"),
        }
    }
}

impl From<AmountError> for Message {
    fn from(e: AmountError) -> Self {
        Self::from(&e)
    }
}

impl fmt::Display for AmountError {
    /// Goes on from the field's label.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Message::from(self).fmt(f)
    }
}

impl std::error::Error for AmountError {}

impl From<AmountError> for crate::Error {
    fn from(e: AmountError) -> Self {
        Self::invalid("amount", e)
    }
}

fn example(currency: Currency) -> String {
    let minor = if currency.decimals() == 0 { 50 } else { 49 * currency.unit() + currency.unit() / 100 * 99 };
    Money::new(minor, currency).decimal()
}

impl Money {
    /// Reads what a person types or a program sends, by the grammar of [`number`]: `49.99`, `1,299.00`, `1.299,00`,
    /// `£5`, `12,50 EUR`. The currency's sign or letters may stand before or after it.
    ///
    /// Of a lone mark before exactly three digits, a point is the decimal mark and a comma parts thousands: `1,500` is
    /// 1500, while `1.500` is 1.50 where there are two decimals, one and a half dinars where there are three, and
    /// refused where there are none. With three decimals `1,500` is refused, since both are written there.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let text = number::in_ascii(text);
        let bare = without_sign_of(&text, currency);
        let written = match Written::read(&bare) {
            Ok(written) => written,
            Err(_) if names_another(&text, currency) => return Err(AmountError::OtherCurrency(currency)),
            Err(why) => return Err(AmountError::Unreadable(why, currency)),
        };
        match (written.either, currency.decimals()) {
            (Some(','), 3) => {
                let one = amount(&written, currency)?;
                let other = amount(&written.in_thousands(), currency)?;
                Err(AmountError::TwoReadings { one, other })
            }
            (Some(','), _) => amount(&written.in_thousands(), currency),
            _ => amount(&written, currency),
        }
    }
}

fn amount(written: &Written, currency: Currency) -> Result<Money, AmountError> {
    match written.scaled(currency.decimals()) {
        Some(minor) => Ok(Money::new(minor, currency)),
        None if written.has_more_than(currency.decimals()) => {
            Err(AmountError::TooPrecise { reads: written.to_string(), currency })
        }
        None => Err(AmountError::TooLarge),
    }
}

/// The text without the currency's sign or letters, which stand at one end, before or after the sign of a negative
/// amount.
fn without_sign_of(text: &str, currency: Currency) -> String {
    let text = text.trim_matches(number::is_around);
    let (minus, rest) = match text.chars().next() {
        Some(sign @ ('-' | '−' | '+')) => (Some(sign), text[sign.len_utf8()..].trim_matches(number::is_around)),
        _ => (None, text),
    };
    let names = [currency.symbol().trim(), currency.code()];
    let bare = names.into_iter().find_map(|name| without(rest, name));
    match (minus, bare) {
        (_, None) => text.to_owned(),
        (None, Some(bare)) => bare.to_owned(),
        (Some(minus), Some(bare)) => format!("{minus}{bare}"),
    }
}

/// The rest of a text that begins or ends with a name, in any case.
fn without<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let is_name = |part: Option<&str>| part.is_some_and(|part| part.to_lowercase() == name.to_lowercase());
    let end = text.len().checked_sub(name.len());
    let rest = match end {
        Some(_) if is_name(text.get(..name.len())) => &text[name.len()..],
        Some(end) if is_name(text.get(end..)) => &text[..end],
        _ => return None,
    };
    Some(rest.trim_matches(number::is_around))
}

fn names_another(text: &str, currency: Currency) -> bool {
    let is_amount = |other: &Currency| {
        let bare = without_sign_of(text, *other);
        bare != text.trim_matches(number::is_around) && Written::read(&bare).is_ok()
    };
    Currency::ALL.iter().filter(|other| **other != currency).any(is_amount)
}
