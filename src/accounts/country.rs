//! Countries, and how their addresses are written.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::Postgres;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use std::fmt;
use std::sync::LazyLock;

/// A country of ISO 3166-1, known by its two letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country {
    code: &'static str,
    name: &'static str,
}

impl utoipa::PartialSchema for Country {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::text("ISO 3166-1", r"^[A-Z]{2}$", "GB")
    }
}

impl utoipa::ToSchema for Country {}

static ALL: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let lines = include_str!("countries.txt").lines();
    lines.filter_map(|line| line.split_once(' ')).map(|(code, name)| Country { code, name }).collect()
});

impl Country {
    /// All of them, by their English names.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// By its two letters, large or small.
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.trim();
        ALL.iter().find(|country| country.code.eq_ignore_ascii_case(code)).copied()
    }

    pub fn code(self) -> &'static str {
        self.code
    }

    /// In English.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Where mail does not arrive without a state or province.
    pub(super) fn needs_state(self) -> bool {
        matches!(self.code, "US" | "CA" | "AU")
    }

    /// Where there are postal codes in daily use; elsewhere one may be given or not.
    fn needs_postal_code(self) -> bool {
        // those without, or hardly in use: Universal Postal Union, addressing systems
        const WITHOUT: &str = "AE AG AO AQ AW BF BI BJ BO BQ BS BW BZ CD CF CG CI CK CM CO CW DJ DM ER FJ GA GD GH GM \
            GN GQ GY HK IE JM KI KM KN KP LC LY ML MO MR MS MW NR NU PA QA RW SB SC SL SR SS ST SX SY TD TG TK TL TO TV \
            UG VU YE ZW";
        !WITHOUT.contains(self.code)
    }

    /// A postal code as this country writes it, or what is wrong with it. Strict only where a wrong one is sure to be a
    /// slip; a code that we do not know may still be right.
    pub(super) fn postal_code(self, typed: &str) -> Result<String, String> {
        let code = typed.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
        if code.is_empty() {
            return if self.needs_postal_code() { Err("is required".into()) } else { Ok(code) };
        }
        if code.chars().count() > 12 || !code.chars().all(|c| c.is_ascii_alphanumeric() || " -".contains(c)) {
            return Err("is not a postal code".into());
        }
        let Some((shapes, example)) = shapes(self.code) else { return Ok(code) };
        let bare: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let fit = shapes.iter().find(|shape| {
            let marks: Vec<char> = shape.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
            marks.len() == bare.len()
                && marks.iter().zip(bare.chars()).all(|(mark, c)| match mark {
                    '9' => c.is_ascii_digit(),
                    'A' => c.is_ascii_alphabetic(),
                    _ => true,
                })
        });
        let Some(shape) = fit else {
            return Err(format!("does not look like one of {} (such as {example})", self.name));
        };
        let mut letters = bare.chars();
        Ok(shape.chars().map(|c| if c.is_ascii_alphanumeric() { letters.next().unwrap_or(c) } else { c }).collect())
    }
}

/// How postal codes are written: `9` a digit, `A` a letter, `X` either.
fn shapes(country: &str) -> Option<(&'static [&'static str], &'static str)> {
    Some(match country {
        "GB" | "GG" | "JE" | "IM" => (&["AX 9AA", "AXX 9AA", "AXXX 9AA"], "S1 2AB"),
        "IE" => (&["AXX XXXX"], "D02 AF30"),
        "US" | "PR" => (&["99999", "99999-9999"], "10001"),
        "CA" => (&["A9A 9A9"], "K1A 0B1"),
        "AU" | "NZ" | "AT" | "BE" | "CH" | "DK" | "NO" | "LU" | "HU" | "SI" | "BG" | "CY" | "ZA" => (&["9999"], "1010"),
        "DE" | "FR" | "ES" | "IT" | "FI" | "EE" | "HR" | "MC" | "SM" => (&["99999"], "10115"),
        "NL" => (&["9999 AA"], "1012 AB"),
        "SE" | "CZ" | "SK" | "GR" => (&["999 99"], "111 22"),
        "PL" => (&["99-999"], "00-950"),
        "PT" => (&["9999-999"], "1000-205"),
        "JP" => (&["999-9999"], "100-0001"),
        _ => return None,
    })
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code)
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let code = String::deserialize(d)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom("not a country code of ISO 3166-1"))
    }
}

impl sqlx::Type<Postgres> for Country {
    fn type_info() -> PgTypeInfo {
        <&str as sqlx::Type<Postgres>>::type_info()
    }

    fn compatible(ty: &PgTypeInfo) -> bool {
        <&str as sqlx::Type<Postgres>>::compatible(ty)
    }
}

impl sqlx::Encode<'_, Postgres> for Country {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <&str as sqlx::Encode<Postgres>>::encode_by_ref(&self.code, buf)
    }
}

impl sqlx::Decode<'_, Postgres> for Country {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let code = <&str as sqlx::Decode<Postgres>>::decode(value)?;
        Self::parse(code).ok_or_else(|| format!("{code} is no country of ISO 3166-1").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_there_once_in_order() {
        assert_eq!(Country::all().len(), 249);
        let mut codes: Vec<_> = Country::all().iter().map(|c| c.code()).collect();
        assert!(codes.iter().all(|c| c.len() == 2 && c.chars().all(|c| c.is_ascii_uppercase())));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 249);
        let names: Vec<_> = Country::all().iter().map(|c| deunicode::deunicode(c.name()).to_lowercase()).collect();
        assert!(names.is_sorted(), "{names:?}");
        assert_eq!(Country::parse(" gb ").map(Country::name), Some("United Kingdom"));
        assert_eq!(Country::parse("UK"), None);
    }

    #[test]
    fn postal_codes_are_written_as_their_country_does() {
        let code = |country: &str, typed: &str| Country::parse(country).unwrap().postal_code(typed);
        for (country, typed, kept) in [
            ("GB", "s12ab", "S1 2AB"),
            ("GB", "sw1a  1aa", "SW1A 1AA"),
            ("GB", "M1 1AE", "M1 1AE"),
            ("IE", "d02af30", "D02 AF30"),
            ("IE", "", ""),
            ("US", "10001-1234", "10001-1234"),
            ("CA", "k1a0b1", "K1A 0B1"),
            ("NL", "1012ab", "1012 AB"),
            ("PL", "00950", "00-950"),
            ("BR", "01310-100", "01310-100"),
            ("HK", "", ""),
        ] {
            assert_eq!(code(country, typed).as_deref(), Ok(kept), "{country} {typed}");
        }
        for (country, typed) in [("GB", ""), ("GB", "12345"), ("US", "1000"), ("DE", "1011"), ("BR", "<b>"), ("BR", "")]
        {
            assert!(code(country, typed).is_err(), "{country} {typed}");
        }
    }
}
