//! Money in minor units, never in floats.

use std::fmt;

/// A currency of ISO 4217 that this shop can trade in, with its own number of decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    code: &'static str,
    decimals: u32,
    symbol: &'static str,
}

impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::text("ISO 4217", r"^[A-Z]{3}$", "GBP")
    }
}

impl utoipa::ToSchema for Currency {}

macro_rules! currencies {
    ($($code:ident $decimals:literal $symbol:literal),+ $(,)?) => {
        impl Currency {
            $(pub const $code: Self = Self { code: stringify!($code), decimals: $decimals, symbol: $symbol };)+
            pub const ALL: &'static [Self] = &[$(Self::$code),+];
        }
    };
}

// Decimals: ISO 4217, list one. Stripe counts ISK and UGX in hundredths all the same
// (https://docs.stripe.com/currencies#special-cases), so those two are left out.
currencies! {
    GBP 2 "£", EUR 2 "€", USD 2 "$", CHF 2 "CHF ", SEK 2 "kr ", NOK 2 "kr ", DKK 2 "kr ", PLN 2 "zł ", CZK 2 "Kč ",
    CAD 2 "CA$", AUD 2 "A$", NZD 2 "NZ$", JPY 0 "¥", KRW 0 "₩", KWD 3 "KD ", BHD 3 "BD ", TND 3 "DT ",
}

impl Currency {
    /// From its three letters, in any case.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|c| c.code.eq_ignore_ascii_case(code)).copied()
    }

    /// The three letters, upper-case.
    pub fn code(self) -> &'static str {
        self.code
    }

    /// How many digits stand behind the point: 2 for pounds, 0 for yen.
    pub fn decimals(self) -> u32 {
        self.decimals
    }

    /// What stands before an amount; a letter code ends with a space.
    pub fn symbol(self) -> &'static str {
        self.symbol
    }

    /// One of the currency in its smallest unit: 100 for pounds, 1 for yen.
    pub fn unit(self) -> i64 {
        10i64.pow(self.decimals)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code)
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom("unknown currency"))
    }
}

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
    #[error("must be an amount such as 49.99")]
    NotAnAmount,
    #[error("has more decimals than the currency knows")]
    TooPrecise,
}

impl From<MoneyError> for crate::Error {
    fn from(e: MoneyError) -> Self {
        match e {
            MoneyError::NotAnAmount | MoneyError::TooPrecise => Self::invalid("amount", e.to_string()),
            MoneyError::Overflow | MoneyError::MixedCurrencies => Self::internal(e),
        }
    }
}

/// A share in basis points: 2000 is 20%.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct BasisPoints(pub u32);

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole}%"),
            p if p % 10 == 0 => write!(f, "{whole}.{}%", p / 10),
            p => write!(f, "{whole}.{p:02}%"),
        }
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

    /// The share `rate` of this amount: tax that is added on top.
    pub fn share(self, rate: BasisPoints) -> Result<Self, MoneyError> {
        self.proportion(i64::from(rate.0), 10_000)
    }

    /// The tax contained in this amount when prices include tax at `rate`.
    pub fn share_included(self, rate: BasisPoints) -> Result<Self, MoneyError> {
        self.proportion(i64::from(rate.0), 10_000 + i64::from(rate.0))
    }

    /// `part / whole` of this amount, rounded by the shop's one rule. `Overflow` when it does not fit.
    pub fn proportion(self, part: i64, whole: i64) -> Result<Self, MoneyError> {
        round_div(i128::from(self.minor) * i128::from(part), i128::from(whole)).map(|minor| Self { minor, ..self })
    }

    /// Reads what a person types or a program sends: `49.99`, `1,299.00`, `£5`. A lone comma before one or two
    /// last digits is taken for a decimal comma.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let text = text.trim();
        let text = text.strip_prefix(currency.symbol.trim()).unwrap_or(text).trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let decimal_comma = !digits.contains('.') && digits.rsplit_once(',').is_some_and(|(_, d)| d.len() <= 2);
        let digits: String = match decimal_comma {
            true => digits.replacen(',', ".", 1),
            false => digits.replace(',', ""),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((&digits, ""));
        if (whole.is_empty() && part.is_empty()) || !(whole.chars().chain(part.chars())).all(|c| c.is_ascii_digit()) {
            return Err(MoneyError::NotAnAmount);
        }
        let decimals = currency.decimals as usize;
        if part.len() > decimals && part[decimals..].bytes().any(|b| b != b'0') {
            return Err(MoneyError::TooPrecise);
        }
        let part: String = part.chars().chain(std::iter::repeat('0')).take(decimals).collect();
        let minor: i64 = format!("{whole}{part}").parse().map_err(|_| MoneyError::Overflow)?;
        Ok(Self::new(if negative { -minor } else { minor }, currency))
    }

    /// `49.99`: a decimal string without symbol, as the API and forms carry it.
    pub fn decimal(self) -> String {
        let unit = self.currency.unit().unsigned_abs();
        let (sign, abs) = (if self.minor < 0 { "-" } else { "" }, self.minor.unsigned_abs());
        match self.currency.decimals {
            0 => format!("{sign}{abs}"),
            d => format!("{sign}{}.{:0width$}", abs / unit, abs % unit, width = d as usize),
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

/// For people: `£1,299.00`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = Self { minor: self.minor.abs(), ..*self }.decimal();
        let (whole, part) = decimal.split_once('.').map_or((decimal.as_str(), None), |(w, p)| (w, Some(p)));
        if self.minor < 0 {
            f.write_str("−")?;
        }
        f.write_str(self.currency.symbol)?;
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        part.map_or(Ok(()), |p| write!(f, ".{p}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        let gbp = |s| Money::parse(s, Currency::GBP).map(|m| m.minor);
        assert_eq!(gbp("49.99"), Ok(4999));
        assert_eq!(gbp(" £1,299 "), Ok(129900));
        assert_eq!(gbp("12,5"), Ok(1250));
        assert_eq!(gbp("1,299"), Ok(129900));
        assert_eq!(gbp(".5"), Ok(50));
        assert_eq!(gbp("-3.10"), Ok(-310));
        assert_eq!(gbp("1.999"), Err(MoneyError::TooPrecise));
        assert_eq!(gbp("1.990"), Ok(199));
        assert_eq!(gbp("99999999999999999999"), Err(MoneyError::Overflow));
        for bad in ["", ".", "abc", "1e3", "1.2.3", "٣", "NaN", "--1"] {
            assert_eq!(gbp(bad), Err(MoneyError::NotAnAmount), "{bad}");
        }
        assert_eq!(Money::parse("500", Currency::JPY).map(|m| m.minor), Ok(500));
        assert_eq!(Money::parse("1.234", Currency::KWD).map(|m| m.minor), Ok(1234));
    }

    #[test]
    fn shows_each_currency_with_its_own_decimals() {
        assert_eq!(Money::new(129900, Currency::GBP).to_string(), "£1,299.00");
        assert_eq!(Money::new(-5, Currency::GBP).to_string(), "−£0.05");
        assert_eq!(Money::new(1234567, Currency::JPY).to_string(), "¥1,234,567");
        assert_eq!(Money::new(1234, Currency::KWD).decimal(), "1.234");
    }

    #[test]
    fn rounds_half_away_from_zero() {
        let share = |minor, rate| Money::new(minor, Currency::GBP).share(BasisPoints(rate)).map(|m| m.minor);
        assert_eq!(share(250, 1000), Ok(25));
        assert_eq!(share(5, 1000), Ok(1));
        assert_eq!(share(-5, 1000), Ok(-1));
        assert_eq!(share(4, 1000), Ok(0));
        assert_eq!(share(i64::MAX, 20000), Err(MoneyError::Overflow));
        // 20% contained in £12.00 is £2.00; in £9.99 it is £1.665, so £1.67
        let included = |minor| Money::new(minor, Currency::GBP).share_included(BasisPoints(2000)).map(|m| m.minor);
        assert_eq!(included(1200), Ok(200));
        assert_eq!(included(999), Ok(167));
        assert_eq!(Money::new(100, Currency::GBP).proportion(1, 3).map(|m| m.minor), Ok(33));
        assert_eq!(Money::new(200, Currency::GBP).proportion(1, 3).map(|m| m.minor), Ok(67));
    }

    #[test]
    fn refuses_to_mix_or_overflow() {
        let pound = Money::new(1, Currency::GBP);
        assert_eq!(pound.plus(Money::new(1, Currency::EUR)), Err(MoneyError::MixedCurrencies));
        assert_eq!(Money::new(i64::MAX, Currency::GBP).plus(pound), Err(MoneyError::Overflow));
        assert_eq!(Money::new(i64::MAX, Currency::GBP).times(2), Err(MoneyError::Overflow));
    }
}
