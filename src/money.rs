//! Money in minor units, never in floats.

mod amount;
mod currency;
mod rate;

pub use amount::AmountError;
pub use currency::Currency;
pub use rate::{Rate, RateError};

use crate::number::in_groups;
use std::fmt;

/// An amount in the currency's minor unit: `Money { minor: 4999, GBP }` is £49.99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl utoipa::PartialSchema for Money {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::text("An amount, with the decimals that the currency has", r"^-?[0-9]+(\.[0-9]+)?$", "78.50")
    }
}

impl utoipa::ToSchema for Money {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("the amount is too large")]
    Overflow,
    #[error("two currencies cannot be added")]
    MixedCurrencies,
}

/// It is written as the language does that it is said in.
impl From<Money> for crate::message::Value {
    fn from(money: Money) -> Self {
        Self::Money(money.minor, money.currency.code().to_owned())
    }
}

impl From<MoneyError> for crate::Error {
    fn from(e: MoneyError) -> Self {
        Self::internal(e)
    }
}

impl Money {
    /// So many of the currency's smallest unit: `new(18_50, GBP)` is £18.50.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum. `MixedCurrencies`, or `Overflow`.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Ok(Self { minor: self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?, ..self })
    }

    /// The difference, which may be negative. `MixedCurrencies`, or `Overflow`.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        Ok(Self { minor: self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?, ..self })
    }

    /// So many times this amount. `Overflow` when that is too much.
    pub fn times(self, quantity: i64) -> Result<Self, MoneyError> {
        Ok(Self { minor: self.minor.checked_mul(quantity).ok_or(MoneyError::Overflow)?, ..self })
    }

    /// The sum of all, zero for none.
    pub fn sum(currency: Currency, all: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        all.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    /// The share `rate` of this amount: tax that is added on top, in steps of the currency.
    pub fn share(self, rate: Rate) -> Result<Self, MoneyError> {
        self.part_in_steps(rate.millionths().into(), Rate::WHOLE.into(), self.currency.step())
    }

    /// The tax contained in this amount when prices include tax at `rate`, in steps of the currency.
    pub fn share_included(self, rate: Rate) -> Result<Self, MoneyError> {
        let (part, whole) = (i64::from(rate.millionths()), i64::from(Rate::WHOLE));
        self.part_in_steps(part, whole + part, self.currency.step())
    }

    /// As much of this amount as `part` is of `whole`, rounded by the shop's one rule. In steps of the currency if all
    /// three amounts are, so that the parts of what was charged can be given back. `Overflow` when it does not fit.
    pub fn in_proportion(self, part: Self, whole: Self) -> Result<Self, MoneyError> {
        self.same_currency(part)?;
        self.same_currency(whole)?;
        let is_in_steps = [self, part, whole].iter().all(|m| m.is_in_steps());
        self.part_in_steps(part.minor, whole.minor, if is_in_steps { self.currency.step() } else { 1 })
    }

    fn part_in_steps(self, part: i64, whole: i64, step: i64) -> Result<Self, MoneyError> {
        let steps = round_div(i128::from(self.minor) * i128::from(part), i128::from(whole) * i128::from(step))?;
        Ok(Self { minor: steps.checked_mul(step).ok_or(MoneyError::Overflow)?, ..self })
    }

    /// Whether it can be charged and given back as it is: a multiple of the currency's step.
    pub fn is_in_steps(self) -> bool {
        self.minor % self.currency.step() == 0
    }

    /// The largest multiple of the currency's step that is no more than this.
    pub fn in_steps(self) -> Self {
        Self { minor: self.minor - self.minor.rem_euclid(self.currency.step()), ..self }
    }

    /// `49.99`: a decimal string without symbol, as the API and forms carry it.
    pub fn decimal(self) -> String {
        let unit = self.currency.unit().unsigned_abs();
        let (sign, abs) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        match self.currency.decimals() {
            0 => format!("{sign}{abs}"),
            d => format!("{sign}{}.{:0width$}", abs / unit, abs % unit, width = d as usize),
        }
    }

    /// For people, without sign and symbol: `1,299.00`.
    pub(crate) fn digits(self) -> String {
        let (unit, abs) = (self.currency.unit().unsigned_abs(), self.minor.unsigned_abs());
        let whole = in_groups(abs / unit);
        match self.currency.decimals() {
            0 => whole,
            d => format!("{whole}.{:0width$}", abs % unit, width = d as usize),
        }
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::MixedCurrencies) }
    }
}

/// In JSON a price is a decimal string, `"49.99"`; its currency stands beside it.
impl serde::Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.decimal())
    }
}

/// The one rounding of the shop: half away from zero, as tills do.
fn round_div(number: i128, by: i128) -> Result<i64, MoneyError> {
    if by <= 0 {
        return Err(MoneyError::Overflow);
    }
    let rounded = (number * 2 + by * number.signum()) / (by * 2);
    i64::try_from(rounded).map_err(|_| MoneyError::Overflow)
}

/// In English: `£1,299.00`. Pages of shoppers and mail write it by [`Locale::money`](crate::words::Locale::money).
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "−" } else { "" };
        write!(f, "{sign}{}{}", self.currency.symbol(), self.digits())
    }
}

#[cfg(test)]
mod tests;
