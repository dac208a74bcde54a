//! A postal address: as typed, and as it is copied into an order.

use super::country_name;
use crate::input::Raw;
use crate::{Error, Invalid};
use serde::{Deserialize, Serialize};

/// An address that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    pub first_name: String,
    pub last_name: String,
    #[serde(default)]
    pub company: Option<String>,
    pub line1: String,
    #[serde(default)]
    pub line2: Option<String>,
    pub city: String,
    #[serde(default)]
    pub state: Option<String>,
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    #[serde(default)]
    pub phone: Option<String>,
}

/// An address as typed.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AddressInput {
    pub first_name: Raw,
    pub last_name: Raw,
    pub company: Raw,
    pub line1: Raw,
    pub line2: Raw,
    pub city: Raw,
    pub state: Raw,
    pub postal_code: Raw,
    pub country: Raw,
    pub phone: Raw,
}

impl From<&Address> for AddressInput {
    fn from(a: &Address) -> Self {
        let optional = |text: &Option<String>| Raw(text.clone().unwrap_or_default());
        Self {
            first_name: a.first_name.as_str().into(),
            last_name: a.last_name.as_str().into(),
            company: optional(&a.company),
            line1: a.line1.as_str().into(),
            line2: optional(&a.line2),
            city: a.city.as_str().into(),
            state: optional(&a.state),
            postal_code: a.postal_code.as_str().into(),
            country: a.country.as_str().into(),
            phone: optional(&a.phone),
        }
    }
}

impl AddressInput {
    /// Nothing was typed. (A country may be preselected.)
    pub fn is_blank(&self) -> bool {
        [&self.first_name, &self.last_name, &self.company, &self.line1, &self.line2, &self.city, &self.postal_code]
            .iter()
            .all(|raw| raw.is_empty())
    }

    /// Checks all fields; faults are noted as `{prefix}.line1`, or `line1` for an empty prefix.
    pub fn check(&self, prefix: &str, faults: &mut Invalid) -> Option<Address> {
        let field = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        let before = faults.0.len();
        let country = self.country.trimmed().to_ascii_uppercase();
        if country.is_empty() {
            faults.add(field("country"), "is required");
        } else if country_name(&country).is_none() {
            faults.add(field("country"), "is not a country that we know");
        }
        let postal_code = self.postal_code.required(field("postalCode"), 12, faults).to_uppercase();
        let postal_code = match country.as_str() {
            "GB" if !postal_code.is_empty() => british_postcode(&postal_code).unwrap_or_else(|| {
                faults.add(field("postalCode"), "is not a postcode such as S1 2AB");
                String::new()
            }),
            _ => postal_code,
        };
        let address = Address {
            first_name: self.first_name.required(field("firstName"), 100, faults),
            last_name: self.last_name.required(field("lastName"), 100, faults),
            company: self.company.optional(field("company"), 120, faults),
            line1: self.line1.required(field("line1"), 200, faults),
            line2: self.line2.optional(field("line2"), 200, faults),
            city: self.city.required(field("city"), 120, faults),
            state: self.state.optional(field("state"), 120, faults),
            postal_code,
            country,
            phone: self.phone.optional(field("phone"), 40, faults),
        };
        (faults.0.len() == before).then_some(address)
    }
}

impl Address {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// As on an envelope.
    pub fn lines(&self) -> Vec<String> {
        let place = match &self.state {
            Some(state) => format!("{}, {state}", self.city),
            None => self.city.clone(),
        };
        [
            Some(self.name()),
            self.company.clone(),
            Some(self.line1.clone()),
            self.line2.clone(),
            Some(place),
            Some(self.postal_code.clone()),
            Some(country_name(&self.country).unwrap_or(&self.country).to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(crate) fn from_json(value: serde_json::Value) -> Result<Self, Error> {
        Ok(serde_json::from_value(value)?)
    }
}

/// `s12ab` is `S1 2AB`: the inward code is always a digit and two letters
/// (https://www.gov.uk/government/publications/bulk-data-transfer-for-sponsors-xml-schema, "postcode").
fn british_postcode(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let ok = plain.is_ascii() && (5..=7).contains(&plain.len());
    let (outward, inward) = ok.then(|| plain.split_at(plain.len() - 3))?;
    let mut inward_bytes = inward.bytes();
    let fits = outward.starts_with(|c: char| c.is_ascii_uppercase())
        && outward.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && inward_bytes.next().is_some_and(|b| b.is_ascii_digit())
        && inward_bytes.all(|b| b.is_ascii_uppercase());
    fits.then(|| format!("{outward} {inward}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_british_postcodes() {
        let read = super::british_postcode;
        assert_eq!(read("S12AB").as_deref(), Some("S1 2AB"));
        assert_eq!(read("SW1A 1AA").as_deref(), Some("SW1A 1AA"));
        assert_eq!(read("12345"), None);
        assert_eq!(read("S1 ÄB"), None);
    }
}
