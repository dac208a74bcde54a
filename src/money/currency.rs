//! Currencies, and what may be charged in each.

use super::Money;
use std::fmt;

/// A currency of ISO 4217 that this shop can trade in, with its own number of decimals and what may be charged in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    code: &'static str,
    decimals: u32,
    symbol: &'static str,
    least: i64,
}

/// The most that is charged at once: eight digits, which all ways to pay take.
/// <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>
const EIGHT_DIGITS: i64 = 99_999_999;

impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::text("ISO 4217", r"^[A-Z]{3}$", "GBP")
    }
}

impl utoipa::ToSchema for Currency {}

macro_rules! currencies {
    ($($code:ident $decimals:literal $symbol:literal $least:literal),+ $(,)?) => {
        impl Currency {
            $(pub const $code: Self =
                Self { code: stringify!($code), decimals: $decimals, symbol: $symbol, least: $least };)+
            pub const ALL: &'static [Self] = &[$(Self::$code),+];
        }
    };
}

// Decimals: ISO 4217, list one. Stripe counts ISK and UGX in hundredths all the same
// (https://docs.stripe.com/currencies#special-cases), so those two are left out.
// The least amount, in minor units: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
// Stripe names none for the three-decimal ones; there it is the smallest step.
currencies! {
    GBP 2 "£" 30, EUR 2 "€" 50, USD 2 "$" 50, CHF 2 "CHF " 50, SEK 2 "kr " 300, NOK 2 "kr " 300, DKK 2 "kr " 250,
    PLN 2 "zł " 200, CZK 2 "Kč " 1500, CAD 2 "CA$" 50, AUD 2 "A$" 50, NZD 2 "NZ$" 50, JPY 0 "¥" 50, KRW 0 "₩" 50,
    KWD 3 "KD " 10, BHD 3 "BD " 10, TND 3 "DT " 10,
}

impl Currency {
    /// From its three letters, in any case.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|c| c.code.eq_ignore_ascii_case(code)).copied()
    }

    /// The three letters, upper-case.
    /// Of a row: whatever is stored is a currency, or the books are broken.
    pub(crate) fn stored(code: &str) -> crate::Result<Self> {
        Self::parse(code).ok_or_else(|| crate::Error::internal(format!("{code} is no currency of this shop")))
    }

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

    /// The smallest amount by which two charges can differ, in minor units: 10 where there are three decimals, whose
    /// last is always 0 at Stripe; else 1. <https://docs.stripe.com/currencies#three-decimal>
    pub fn step(self) -> i64 {
        if self.decimals == 3 { 10 } else { 1 }
    }

    /// The least that the payment provider charges. For an account that is paid out in another currency Stripe converts
    /// first and then holds the charge against that currency's least amount, so it can be more.
    pub fn least(self) -> Money {
        Money::new(self.least, self)
    }

    /// The most that the payment provider charges at once.
    pub fn most(self) -> Money {
        Money::new(EIGHT_DIGITS - EIGHT_DIGITS % self.step(), self)
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
