//! Numbers as people and programs write them: `1,299.00`, `1.299,00`, `1 299,00`, `1’299`, `１２`, `١٢`.
//!
//! One grammar for money, whole numbers and rates. A number is parsed and never made of what is left when its
//! separators are thrown away:
//!
//! - A thousands separator is a comma, a point, a space (also U+00A0, U+2009, U+202F), an apostrophe (`'`, `’`) or the
//!   Arabic `٬`. It stands before exactly three digits, it is the same one throughout a number, and it never comes
//!   after a leading zero or after the decimal mark.
//! - The decimal mark is a point, a comma or the Arabic `٫`, once, and never of the sign that parts the thousands.
//! - Digits of any script count, full-width ones too. Exponents, fractions and anything else do not.
//!
//! So nearly all numbers have one meaning. Two have a second one: a lone point or comma before exactly three digits
//! (`1.500`, `1,500`). [`Written::either`] tells of it, and whoever reads says which one it is, or refuses.

mod digits;

pub(crate) use digits::{in_ascii, is_around};

use crate::message::Message;
use crate::said;
use std::fmt;

/// A number, parted into its sign and its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub negative: bool,
    /// The digits before the decimal mark; `0` where there are none.
    pub whole: String,
    /// The digits after it; empty without one.
    pub part: String,
    /// The lone mark before exactly three digits that could as well part thousands. It is read as the decimal mark
    /// here; [`Written::in_thousands`] is the other reading.
    pub either: Option<char>,
}

/// Why a text is no number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It holds nothing.
    Nothing,
    /// It holds something else than digits, a sign and separators.
    NotANumber { typed: String },
    /// Its separators do not stand before three digits each, or are of two kinds.
    Separators { typed: String },
}

impl From<&Unreadable> for Message {
    fn from(why: &Unreadable) -> Self {
        match why {
            Unreadable::Nothing => said!("number-nothing"),
            Unreadable::NotANumber { typed } => said!("number-none", typed = typed),
            Unreadable::Separators { typed } => said!("number-separators", typed = typed),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Message::from(self).fmt(f)
    }
}

impl Written {
    /// Reads a number. White space and invisible marks of direction at the ends do not count.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let clean = in_ascii(text);
        let clean = clean.trim_matches(is_around);
        if clean.is_empty() {
            return Err(Unreadable::Nothing);
        }
        let (negative, digits) = match clean.strip_prefix(['-', '−']) {
            Some(rest) => (true, rest),
            None => (false, clean.strip_prefix('+').unwrap_or(clean)),
        };
        let may_be = |c: char| c.is_ascii_digit() || is_separator(c) || is_mark(c);
        if !digits.chars().all(may_be) || !digits.contains(|c: char| c.is_ascii_digit()) {
            return Err(Unreadable::NotANumber { typed: shortened(clean) });
        }
        let (whole, part, either) = parted(digits).ok_or_else(|| Unreadable::Separators { typed: shortened(clean) })?;
        Ok(Self { negative, whole, part, either })
    }

    /// The reading of a lone mark before three digits as a separator of thousands: `1.500` as 1500.
    pub fn in_thousands(self) -> Self {
        Self { whole: self.whole + &self.part, part: String::new(), either: None, ..self }
    }

    /// Whether digits other than zeros stand behind so many decimals.
    pub fn has_more_than(&self, decimals: u32) -> bool {
        self.part.bytes().skip(decimals as usize).any(|digit| digit != b'0')
    }

    /// Whether there is nothing but zeros after the decimal mark.
    pub fn is_whole(&self) -> bool {
        !self.has_more_than(0)
    }

    /// As many units as there are when the decimal mark moves `decimals` places to the right: 12.5 with two is 1250.
    /// `None` when digits other than zeros are left behind it, or when that is beyond what is counted.
    pub fn scaled(&self, decimals: u32) -> Option<i64> {
        if self.has_more_than(decimals) {
            return None;
        }
        let places = decimals as usize;
        let kept = &self.part[..self.part.len().min(places)];
        // through i128, whose negative reaches as far as its positive: the least i64 is written too
        let digits: i128 = format!("{}{kept:0<places$}", self.whole).parse().ok()?;
        i64::try_from(if self.negative { -digits } else { digits }).ok()
    }
}

/// Plainly, as it was understood: `-1200.5`.
impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.whole.trim_start_matches('0');
        let (sign, whole) = (if self.negative { "-" } else { "" }, if whole.is_empty() { "0" } else { whole });
        match self.part.as_str() {
            "" => write!(f, "{sign}{}", shortened(whole)),
            part => write!(f, "{sign}{}.{}", shortened(whole), shortened(part)),
        }
    }
}

/// With its thousands apart: `1,299`.
pub(crate) fn in_groups(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn is_separator(c: char) -> bool {
    matches!(c, ',' | '.' | ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '’' | '٬')
}

fn is_mark(c: char) -> bool {
    matches!(c, '.' | ',' | '٫')
}

/// Digits before the decimal mark and after it, and the mark if it could be the other thing.
fn parted(text: &str) -> Option<(String, String, Option<char>)> {
    let Some((at, last)) = text.char_indices().rfind(|(_, c)| !c.is_ascii_digit()) else {
        return Some((text.to_owned(), String::new(), None));
    };
    let (before, after) = (&text[..at], &text[at + last.len_utf8()..]);
    let decimal = is_mark(last).then(|| grouped(before, last)).flatten();
    let thousands = is_separator(last).then(|| grouped(text, '٫')).flatten();
    match (decimal, thousands) {
        (Some(whole), None) => Some((whole, after.to_owned(), None)),
        (Some(whole), Some(_)) => Some((whole, after.to_owned(), Some(last))),
        (None, Some(whole)) => Some((whole, String::new(), None)),
        (None, None) => None,
    }
}

/// The digits of a whole number whose thousands may be parted, not by `mark`. Nothing at all is zero: `.5`.
fn grouped(text: &str, mark: char) -> Option<String> {
    let Some(separator) = text.chars().find(|c| !c.is_ascii_digit()) else {
        return Some(if text.is_empty() { "0".to_owned() } else { text.to_owned() });
    };
    let mut groups = text.split(separator);
    let first = groups.next()?;
    let begins = (1..=3).contains(&first.len()) && !first.starts_with('0');
    let goes_on = groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()));
    let fits = separator != mark && is_separator(separator) && begins && goes_on;
    fits.then(|| text.split(separator).collect())
}

/// What was typed, for a message: a line and not a page.
pub(crate) fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    let kept: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect();
    if text.chars().count() > MOST { kept + "…" } else { kept }
}

#[cfg(test)]
mod tests;
