//! An amount as the rows of a timeline keep it, `{ "minor": 7000, "currency": "GBP" }`: for `#[serde(with)]`.

use crate::{Currency, Money};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
struct Kept {
    minor: i64,
    currency: String,
}

impl From<Money> for Kept {
    fn from(money: Money) -> Self {
        Self { minor: money.minor, currency: money.currency.code().to_owned() }
    }
}

impl Kept {
    fn money<E: Error>(self) -> Result<Money, E> {
        let currency = Currency::parse(&self.currency).ok_or_else(|| E::custom("is no currency of this shop"))?;
        Ok(Money::new(self.minor, currency))
    }
}

pub fn serialize<S: Serializer>(money: &Money, s: S) -> Result<S::Ok, S::Error> {
    Kept::from(*money).serialize(s)
}

pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Money, D::Error> {
    Kept::deserialize(d)?.money()
}

/// Where there may be none.
pub mod or_none {
    use super::{Deserialize, Deserializer, Kept, Money, Serialize, Serializer};

    pub fn serialize<S: Serializer>(money: &Option<Money>, s: S) -> Result<S::Ok, S::Error> {
        money.map(Kept::from).serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Money>, D::Error> {
        Option::<Kept>::deserialize(d)?.map(Kept::money).transpose()
    }
}
