//! Rates of tax.

use crate::message::Message;
use crate::number::{self, Unreadable, Written};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A share in ten-thousandths of a per cent: 20 % is 200,000, 9.975 % is 99,750. From 0 to 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, sqlx::Type)]
#[sqlx(transparent)]
pub struct Rate(i32);

/// Of a rate in per cent.
const DECIMALS: u32 = 4;

/// Why a text is no rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RateError {
    Unreadable(Unreadable),
    /// It has more than four decimals.
    TooPrecise {
        reads: String,
    },
    /// It is less than nothing, or more than all.
    OutOfRange {
        reads: String,
    },
}

impl fmt::Display for RateError {
    /// Goes on from the field's label.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const WANTED: &str = "must be a rate in per cent from 0 to 100, such as 20 or 9.975";
        match self {
            Self::Unreadable(Unreadable::Nothing) => f.write_str(WANTED),
            Self::Unreadable(why) => write!(f, "{WANTED}; {why}"),
            Self::TooPrecise { reads } => write!(f, "reads as {reads} %, but a rate has four decimals at most"),
            Self::OutOfRange { reads } => write!(f, "{WANTED}; it reads as {reads} %"),
        }
    }
}

impl std::error::Error for RateError {}

/// Only staff set rates.
impl From<RateError> for Message {
    fn from(e: RateError) -> Self {
        e.to_string().into()
    }
}

impl Rate {
    /// 100 %, in this type's unit.
    pub const WHOLE: i32 = 1_000_000;

    /// So many whole per cent; 100 at most.
    pub const fn percent(percent: u8) -> Self {
        Self(if percent > 100 { Self::WHOLE } else { percent as i32 * 10_000 })
    }

    /// From ten-thousandths of a per cent, as the database keeps it. `None` beyond 100 %.
    pub fn from_millionths(millionths: i32) -> Option<Self> {
        (0..=Self::WHOLE).contains(&millionths).then_some(Self(millionths))
    }

    /// In ten-thousandths of a per cent: millionths of the whole.
    pub fn millionths(self) -> i32 {
        self.0
    }

    /// Reads per cent, with four decimals at most and with or without the sign: `20`, `9.975 %`, `8,875`. A comma or
    /// point is the decimal mark, since no rate has thousands.
    pub fn parse(text: &str) -> Result<Self, RateError> {
        let text = number::in_ascii(text);
        let text = text.trim_matches(number::is_around);
        let text = text.strip_suffix(['%', '٪']).unwrap_or(text);
        let written = Written::read(text).map_err(RateError::Unreadable)?;
        if written.has_more_than(DECIMALS) {
            return Err(RateError::TooPrecise { reads: written.to_string() });
        }
        let rate = written.scaled(DECIMALS).and_then(|n| Self::from_millionths(i32::try_from(n).ok()?));
        rate.ok_or_else(|| RateError::OutOfRange { reads: written.to_string() })
    }

    /// In per cent without its sign, and without zeros that say nothing: `20`, `9.975`.
    pub fn decimal(self) -> String {
        let (whole, part) = (self.0 / 10_000, self.0 % 10_000);
        match part {
            0 => whole.to_string(),
            part => format!("{whole}.{part:04}").trim_end_matches('0').to_owned(),
        }
    }
}

/// For people: `9.975%`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.decimal())
    }
}

/// In JSON a rate is a decimal string in per cent, `"9.975"`.
impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.decimal())
    }
}

/// Settings that were saved as a number hold basis points.
impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum StoredRate {
            Percent(String),
            BasisPoints(i32),
        }
        match StoredRate::deserialize(d)? {
            StoredRate::Percent(text) => Self::parse(&text).map_err(serde::de::Error::custom),
            StoredRate::BasisPoints(points) => points
                .checked_mul(100)
                .and_then(Self::from_millionths)
                .ok_or_else(|| serde::de::Error::custom("a rate is 100 % at most")),
        }
    }
}

impl utoipa::PartialSchema for Rate {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::schema::text("In per cent, with four decimals at most", r"^[0-9]{1,3}(\.[0-9]{1,4})?$", "9.975")
    }
}

impl utoipa::ToSchema for Rate {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows_four_decimals() {
        for (typed, millionths, shown) in [
            ("20", 200_000, "20%"),
            ("7.5 %", 75_000, "7.5%"),
            ("9.975", 99_750, "9.975%"),
            ("9,975", 99_750, "9.975%"),
            ("8.8750%", 88_750, "8.875%"),
            ("14.9750", 149_750, "14.975%"),
            ("0.0001", 1, "0.0001%"),
            ("100", 1_000_000, "100%"),
            ("1,000", 10_000, "1%"),
            ("０.５", 5_000, "0.5%"),
            ("0", 0, "0%"),
        ] {
            let rate = Rate::parse(typed);
            assert_eq!(rate.as_ref().map(|r| r.millionths()), Ok(millionths), "{typed}");
            assert_eq!(rate.map(|r| r.to_string()), Ok(shown.to_owned()), "{typed}");
        }
        for bad in ["", "%", "-1", "100.0001", "101", "1,000,000", "9.97501", "1e1", "9.9.7", "20%%", "x"] {
            assert!(Rate::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Rate::parse("9.97501").unwrap_err().to_string(),
            "reads as 9.97501 %, but a rate has four decimals at most"
        );
    }

    #[test]
    fn what_is_written_is_read_back() {
        let ends = [1, Rate::WHOLE - 1, Rate::WHOLE];
        for millionths in (0..20_000).chain((0..Rate::WHOLE).step_by(997)).chain(ends) {
            let rate = Rate(millionths);
            assert_eq!(Rate::parse(&rate.decimal()), Ok(rate), "{rate}");
        }
    }

    #[test]
    fn settings_from_before_hold_basis_points() {
        let stored: Rate = serde_json::from_str("2050").unwrap();
        assert_eq!(stored, Rate::parse("20.5").unwrap());
        let kept = serde_json::to_string(&stored).unwrap();
        assert_eq!(kept, "\"20.5\"");
        assert_eq!(serde_json::from_str::<Rate>(&kept).unwrap(), stored);
        assert!(serde_json::from_str::<Rate>("10001").is_err());
    }
}
