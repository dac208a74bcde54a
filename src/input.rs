//! Input as it arrives, from a form or as JSON: parsed at the boundary, every fault noted beside its field.

mod list;
mod patch;
mod script;

pub use list::RawList;
pub(crate) use list::one_line;
pub use patch::patched;
pub(crate) use script::{plain, visible};

use crate::number::{Unreadable, Written};
use crate::{Currency, Invalid, Message, Money, said};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// A value as typed. Forms send text; JSON may send a string, a number or a boolean. Absent and null are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = Option<String>)]
pub struct Raw(pub String);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Text(String),
            Whole(i64),
            Number(serde_json::Number),
            Truth(bool),
            Nothing(()),
        }
        Ok(Self(match Any::deserialize(d)? {
            Any::Text(s) => s,
            Any::Whole(n) => n.to_string(),
            Any::Number(n) => n.to_string(),
            Any::Truth(b) => b.to_string(),
            Any::Nothing(()) => String::new(),
        }))
    }
}

impl<T: Into<String>> From<T> for Raw {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

type Field = Cow<'static, str>;

impl Raw {
    /// Without white space at the ends.
    pub fn trimmed(&self) -> &str {
        self.0.trim()
    }

    /// Nothing was typed, or nothing that anybody can see.
    pub fn is_empty(&self) -> bool {
        let typed = self.trimmed();
        typed.is_empty() || !typed.is_ascii() && visible(typed).trim().is_empty()
    }

    /// Text of one or several lines, at most `max` characters; may be empty. Where there is only room for a name or a
    /// code, what nobody can see is left out, so that no two look alike; longer text is kept as it was typed.
    pub fn text(&self, field: impl Into<Field>, max: usize, faults: &mut Invalid) -> String {
        const LONGEST_NAME: usize = 255;
        let text = if max <= LONGEST_NAME { visible(self.trimmed()) } else { self.trimmed().to_owned() };
        let text = text.trim();
        if text.chars().count() > max {
            faults.add(field, said!("fault-too-long", max = max));
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            faults.add(field, said!("fault-odd-character"));
        }
        text.replace("\r\n", "\n")
    }

    /// Text that must be there.
    pub fn required(&self, field: impl Into<Field>, max: usize, faults: &mut Invalid) -> String {
        let field = field.into();
        let noted = faults.0.len();
        let text = self.text(field.clone(), max, faults);
        if text.is_empty() && faults.0.len() == noted {
            faults.add(field, said!("fault-required"));
        }
        text
    }

    /// Text of a single line that must be there: a name, a street.
    pub fn line(&self, field: impl Into<Field>, max: usize, faults: &mut Invalid) -> String {
        let field = field.into();
        let noted = faults.0.len();
        let line = self.required(field.clone(), max, faults);
        if faults.0.len() == noted && line.contains(['\n', '\r', '\t']) {
            faults.add(field, said!("fault-one-line"));
        }
        line
    }

    /// Text of a single line that may be left out.
    pub fn optional_line(&self, field: impl Into<Field>, max: usize, faults: &mut Invalid) -> String {
        if self.is_empty() { String::new() } else { self.line(field, max, faults) }
    }

    /// Text that may be left out: empty is `None`.
    pub fn optional(&self, field: impl Into<Field>, max: usize, faults: &mut Invalid) -> Option<String> {
        let text = self.text(field, max, faults);
        (!text.is_empty()).then_some(text)
    }

    /// A whole number within bounds. `None` (and a fault) when it is not one.
    pub fn whole(&self, field: impl Into<Field>, bounds: RangeInclusive<i32>, faults: &mut Invalid) -> Option<i32> {
        let field = field.into();
        match whole(&self.0, &bounds) {
            Ok(n) => Some(n),
            Err(why) => {
                faults.add(field, why);
                None
            }
        }
    }

    /// An amount of zero or more.
    pub fn money(&self, field: impl Into<Field>, currency: Currency, faults: &mut Invalid) -> Option<Money> {
        let field = field.into();
        if self.is_empty() {
            faults.add(field, said!("fault-required"));
            return None;
        }
        let money = faults.check(field.clone(), Money::parse(&self.0, currency))?;
        if money.minor < 0 {
            faults.add(field, said!("fault-negative"));
            return None;
        }
        if money.minor > 100_000_000_000 {
            faults.add(field, said!("fault-too-large"));
            return None;
        }
        Some(money)
    }

    /// An amount that may be left out.
    pub fn optional_money(&self, field: impl Into<Field>, currency: Currency, faults: &mut Invalid) -> Option<Money> {
        if self.is_empty() { None } else { self.money(field, currency, faults) }
    }

    /// A price, or another amount that is charged or given back: a multiple of the currency's step.
    pub fn price(&self, field: impl Into<Field>, currency: Currency, faults: &mut Invalid) -> Option<Money> {
        let field = field.into();
        let money = self.money(field.clone(), currency, faults)?;
        if !money.is_in_steps() {
            faults.add(field, off_step(money));
            return None;
        }
        Some(money)
    }

    /// A price that may be left out.
    pub fn optional_price(&self, field: impl Into<Field>, currency: Currency, faults: &mut Invalid) -> Option<Money> {
        if self.is_empty() { None } else { self.price(field, currency, faults) }
    }

    /// A check box or JSON boolean.
    pub fn is_on(&self) -> bool {
        matches!(self.trimmed(), "on" | "true" | "1" | "yes")
    }
}

/// A whole number as it is written, by the grammar of [`crate::number`]: `1500`, `1,500`, `1 500`, `5.0`; or why not. A
/// lone point before three digits is refused: it parts thousands in some countries, and begins the decimals in others.
fn whole(text: &str, bounds: &RangeInclusive<i32>) -> Result<i32, Message> {
    let (least, most) = (*bounds.start(), *bounds.end());
    let written = match Written::read(text) {
        Ok(written) => written,
        Err(Unreadable::Nothing) => return Err(said!("fault-required")),
        Err(why) => {
            let why = Message::from(&why);
            return Err(said!("fault-whole-number-unreadable", least = least, most = most, why = why));
        }
    };
    let written = match written.either {
        Some(',') => written.in_thousands(),
        Some(_) => {
            let (one, other) = (written.clone(), written.in_thousands());
            return Err(said!("fault-two-numbers", one = one.to_string(), other = other.to_string()));
        }
        None => written,
    };
    if !written.is_whole() {
        return Err(said!("fault-not-whole", typed = written.to_string()));
    }
    let number = written.scaled(0).and_then(|n| i32::try_from(n).ok());
    number.filter(|n| bounds.contains(n)).ok_or_else(|| said!("fault-whole-number", least = least, most = most))
}

/// What is wrong with an amount that the payment provider cannot charge.
pub(crate) fn off_step(money: Money) -> Message {
    let step = Money::new(money.currency.step(), money.currency);
    let (below, above) = (money.in_steps(), money.in_steps().plus(step).unwrap_or(money));
    said!("fault-off-step", step = step.decimal(), below = below.decimal(), above = above.decimal())
}

/// Makes a slug of any text: `Ø 8 mm Dübel` becomes `o-8-mm-dubel`. May be empty when nothing is left.
pub fn slugify(text: &str) -> String {
    let mut slug = String::new();
    for c in deunicode::deunicode(text).chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            '\'' => {}
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(120);
    slug.trim_end_matches('-').to_owned()
}

/// The pattern for SQL's `like` that finds the text anywhere, lower-case; `%` and `_` in it stand for themselves.
pub fn like_pattern(text: &str) -> String {
    let text = text.trim().to_lowercase().replace('\0', "");
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

#[cfg(test)]
mod tests;
