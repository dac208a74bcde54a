//! Countries, and how their addresses are written.

use crate::input::plain;
use crate::words::Locale;
use crate::{Message, said};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::Postgres;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

/// A country of ISO 3166-1, known by its two letters.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country {
    /// Of the message that is its name: `country-GB`.
    key: &'static str,
    name: &'static str,
}

const KEY: &str = "country-";

impl utoipa::PartialSchema for Country {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::text("ISO 3166-1", r"^[A-Z]{2}$", "GB")
    }
}

impl utoipa::ToSchema for Country {}

static ALL: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let lines = include_str!("../../words/countries.en.ftl").lines();
    let named = lines.filter(|line| line.starts_with(KEY)).filter_map(|line| line.split_once(" = "));
    named.map(|(key, name)| Country { key, name }).collect()
});

impl Country {
    /// All of them, by their English names.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// By its two letters, large or small. `UK` and `EL` are what people write for the United Kingdom (ISO 3166-1 keeps
    /// the code free for it) and the European Union for Greece.
    pub fn parse(code: &str) -> Option<Self> {
        let code = match code.trim() {
            code if code.eq_ignore_ascii_case("UK") => "GB",
            code if code.eq_ignore_ascii_case("EL") => "GR",
            code => code,
        };
        ALL.iter().find(|country| country.code().eq_ignore_ascii_case(code)).copied()
    }

    pub fn code(self) -> &'static str {
        &self.key[KEY.len()..]
    }

    /// In English.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Its name, to be said later.
    pub fn message(self) -> Message {
        Message::of_key(self.key)
    }

    pub fn say(self, locale: Locale) -> Cow<'static, str> {
        match locale {
            Locale::English => self.name.into(),
            #[cfg(feature = "testing")]
            Locale::Pseudo => locale.say(&self.message()),
        }
    }

    /// All of them, in the order of their names in this language.
    pub fn all_by_name(locale: Locale) -> Vec<Self> {
        let mut all = ALL.clone();
        if locale != Locale::English {
            all.sort_by_cached_key(|country| deunicode::deunicode(&country.say(locale)).to_lowercase());
        }
        all
    }

    /// Where mail does not arrive without a state or province.
    pub(super) fn needs_state(self) -> bool {
        matches!(self.code(), "US" | "CA" | "AU")
    }

    /// Where everybody has a postal code at hand and mail goes astray without; elsewhere one may be given or not.
    fn needs_postal_code(self) -> bool {
        // those whose addresses need one: the countries' own rules in the Universal Postal Union's addressing systems
        const WITH: &str = "AD AS AT AU AX BE BG BR BY CA CC CH CN CX CY CZ DE DK EE ES FI FK FO FR GB GF GG GI GL GP GR \
            GS GU HR HU ID IM IN IO IT JE JP KR LI LT LU LV MC MD ME MH MK MP MQ MT MX MY NC NF NL NO NZ PF PH PL PM PN PR \
            PT RE RO RS RU SE SG SH SI SJ SK SM TC TH TR TW UA US VA VI WF YT ZA";
        WITH.contains(self.code())
    }

    /// What people of the country write before the code: its letters, those of its cars, and how it calls itself.
    fn marks(self) -> impl Iterator<Item = &'static str> {
        let of_cars = match self.code() {
            "AT" => "A",
            "BE" => "B",
            "DE" => "D",
            "ES" => "E",
            "FI" => "FIN",
            "FR" => "F",
            "GB" => "UK",
            "GR" => "EL",
            "HU" => "H",
            "IE" => "IRL",
            "IT" => "I",
            "LI" => "FL",
            "LU" => "L",
            "NO" => "N",
            "PT" => "P",
            "SE" => "S",
            "SI" => "SLO",
            "SM" => "RSM",
            "US" => "USA",
            _ => self.code(),
        };
        [self.code(), of_cars].into_iter()
    }

    /// A postal code as this country writes it, or what is wrong with it. Strict only where a wrong one is sure to be a
    /// slip; a code that we do not know may still be right.
    pub(super) fn postal_code(self, typed: &str) -> Result<String, Message> {
        let code = plain(typed).to_uppercase();
        // the mark of Japan's post office stands before its codes
        let code = code.trim_start_matches(['\u{3012}', '\u{3036}', '\u{3020}']).trim().replace('.', "");
        if code.is_empty() {
            return if self.needs_postal_code() { Err(said!("fault-required")) } else { Ok(code) };
        }
        if code.chars().count() > 12 || !code.chars().all(|c| c.is_ascii_alphanumeric() || " -".contains(c)) {
            return Err(said!("fault-postal-code"));
        }
        let Some((shapes, example)) = shapes(self.code()) else { return Ok(code) };
        let bare: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        // with the country before it where the shape has no place for it: `D-10115`, `SE-111 22`
        let without = |mark| bare.strip_prefix(mark);
        // a mark that stands apart is no part of the code, even where it could be
        let apart = |mark: &&str| code.strip_prefix(mark).is_some_and(|rest| rest.starts_with([' ', '-']));
        let fit = (self.marks().filter(apart).filter_map(without))
            .chain([bare.as_str()])
            .chain(self.marks().filter_map(without))
            .find_map(|bare| shapes.iter().find_map(|shape| written(bare, shape)));
        fit.ok_or_else(|| said!("fault-postcode-of", country = self.message(), example = example))
    }
}

/// Letters and digits in the shape, or `None` if they do not fit. The letter O where a digit belongs is a zero.
fn written(bare: &str, shape: &str) -> Option<String> {
    let mut typed = bare.chars();
    let mut code = String::new();
    for mark in shape.chars() {
        if !mark.is_ascii_alphanumeric() {
            code.push(mark);
            continue;
        }
        code.push(match (mark, typed.next()?) {
            ('9', 'O') => '0',
            ('9', c) if c.is_ascii_digit() => c,
            ('A', c) if c.is_ascii_alphabetic() => c,
            ('X', c) => c,
            _ => return None,
        });
    }
    typed.next().is_none().then_some(code)
}

/// How postal codes are written: `9` a digit, `A` a letter, `X` either.
fn shapes(country: &str) -> Option<(&'static [&'static str], &'static str)> {
    Some(match country {
        "GB" | "GG" | "JE" | "IM" => (&["AX 9AA", "AXX 9AA", "AXXX 9AA"], "S1 2AB"),
        "IE" => (&["AXX XXXX"], "D02 AF30"),
        "US" | "PR" => (&["99999", "99999-9999"], "10001"),
        "CA" => (&["A9A 9A9"], "K1A 0B1"),
        "AU" | "NZ" | "AT" | "BE" | "CH" | "LI" | "DK" | "NO" | "LU" | "HU" | "SI" | "BG" | "CY" | "ZA" => {
            (&["9999"], "1010")
        }
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
        f.write_str(self.code())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
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
        <&str as sqlx::Encode<Postgres>>::encode_by_ref(&self.code(), buf)
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
        assert_eq!(Country::parse("uk").map(Country::code), Some("GB"));
        assert_eq!(Country::parse("EL").map(Country::code), Some("GR"));
        assert!(["XX", "EU", "GBR", "", "England"].iter().all(|code| Country::parse(code).is_none()));
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
            // where shoppers have none at hand
            ("IL", "", ""),
            ("VN", "", ""),
            ("NG", "", ""),
            ("CL", "", ""),
            ("CO", "", ""),
            // typed with other keyboards, and pasted
            ("JP", "１００－０００１", "100-0001"),
            ("JP", "〒100-0001", "100-0001"),
            ("JP", "100ー0001", "100-0001"),
            ("IR", "۱۱۳۶۹۱۴۵۷۸", "1136914578"),
            ("EG", "١١٥١١", "11511"),
            ("US", "10001\u{2011}1234", "10001-1234"),
            ("US", "10001\u{2013}1234", "10001-1234"),
            ("US", "\u{202a}10001\u{202c}", "10001"),
            ("GB", "SW1A\u{a0}1AA", "SW1A 1AA"),
            ("BR", "01.310-100", "01310-100"),
            // with the country before them
            ("LU", "L-1234", "1234"),
            ("DE", "D-10115", "10115"),
            ("DE", "de 10115", "10115"),
            ("CH", "CH-8001", "8001"),
            ("SE", "SE-111 22", "111 22"),
            ("SE", "S-11122", "111 22"),
            ("BE", "B-1000", "1000"),
            ("NL", "NL-1012 AB", "1012 AB"),
            ("FI", "FIN-00100", "00100"),
            ("LI", "FL-9490", "9490"),
            ("GR", "EL-105 57", "105 57"),
            ("GB", "GB-S1 2AB", "S1 2AB"),
            ("LV", "LV-1050", "LV-1050"),
            ("LT", "LT-01234", "LT-01234"),
            // a slip of the finger that can only mean one thing
            ("CA", "K1A OB1", "K1A 0B1"),
            ("DE", "1O115", "10115"),
        ] {
            assert_eq!(code(country, typed).ok().as_deref(), Some(kept), "{country} {typed}");
        }
        for (country, typed) in [("GB", ""), ("GB", "12345"), ("US", "1000"), ("DE", "1011"), ("BR", "<b>"), ("BR", "")]
            .into_iter()
            // another country's
            .chain([
                ("DE", "CH-8001"),
                ("DE", "A-1010"),
                ("LU", "D-1234"),
                ("JP", "〒"),
                ("US", "100O"),
                ("CA", "K1A 0B"),
            ])
        {
            assert!(code(country, typed).is_err(), "{country} {typed}");
        }
    }
}
