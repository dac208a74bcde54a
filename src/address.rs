//! Postal addresses, as typed and as kept: in the address book, and copied into orders.

mod country;
mod email;
mod phone;
mod private;

pub use country::Country;
pub use email::{Email, NotAnEmail};
pub(crate) use phone::phone;
pub(crate) use private::{hide, hide_phone, is_whole, take_private, with_private};

use crate::input::{Raw, plain};
use crate::words::Locale;
use crate::{Invalid, said};
use serde::{Deserialize, Serialize};

/// A complete address. Orders keep a copy as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    #[schema(example = "Ada")]
    pub first_name: String,
    /// Empty for whoever has one name only.
    #[serde(default)]
    #[schema(example = "Byron")]
    pub last_name: String,
    #[serde(default)]
    #[schema(example = "Analytical Engines Ltd")]
    pub company: Option<String>,
    #[schema(example = "12 St James’s Square")]
    pub line1: String,
    #[serde(default)]
    #[schema(example = "Second floor")]
    pub line2: Option<String>,
    #[schema(example = "London")]
    pub city: String,
    #[serde(default)]
    #[schema(example = "Greater London")]
    pub state: Option<String>,
    /// Empty where there are none.
    #[schema(example = "SW1Y 4JH")]
    pub postal_code: String,
    pub country: Country,
    #[serde(default)]
    #[schema(example = "+44 114 496 0000")]
    pub phone: Option<String>,
}

impl Address {
    pub fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// From the copy that an order keeps.
    pub(crate) fn from_json(value: serde_json::Value) -> crate::Result<Self> {
        Ok(serde_json::from_value(value)?)
    }

    /// The lines on a parcel, the name first and the country last, in this language.
    pub fn lines(&self, locale: Locale) -> Vec<String> {
        let place = [Some(self.city.as_str()), self.state.as_deref(), Some(self.postal_code.as_str())];
        let place: Vec<&str> = place.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let mut lines = vec![self.name()];
        lines.extend(self.company.clone());
        lines.push(self.line1.clone());
        lines.extend(self.line2.clone());
        lines.push(place.join(", "));
        lines.push(self.country.say(locale).into_owned());
        lines
    }
}

/// An address as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct AddressInput {
    pub first_name: Raw,
    pub last_name: Raw,
    pub company: Raw,
    pub line1: Raw,
    pub line2: Raw,
    /// Another name for `line1`.
    #[serde(skip_serializing_if = "Raw::is_empty")]
    pub address_line1: Raw,
    /// Another name for `line2`.
    #[serde(skip_serializing_if = "Raw::is_empty")]
    pub address_line2: Raw,
    pub city: Raw,
    pub state: Raw,
    pub postal_code: Raw,
    pub country: Raw,
    pub phone: Raw,
}

/// An address as answers show it: with its lines under the other common names as well.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShownAddress {
    #[serde(flatten)]
    address: Address,
    /// The same as `line1`.
    #[schema(example = "12 St James’s Square")]
    address_line1: String,
    /// The same as `line2`.
    #[schema(example = "Second floor")]
    address_line2: Option<String>,
}

impl Address {
    /// Writes an address into an answer.
    pub(crate) fn shown<S: serde::Serializer>(address: &Address, to: S) -> Result<S::Ok, S::Error> {
        let (address_line1, address_line2) = (address.line1.clone(), address.line2.clone());
        ShownAddress { address: address.clone(), address_line1, address_line2 }.serialize(to)
    }
}

impl AddressInput {
    /// Nothing was typed (a country is often chosen beforehand).
    pub fn is_blank(&self) -> bool {
        let typed = [
            &self.first_name,
            &self.last_name,
            &self.company,
            &self.line1,
            &self.line2,
            &self.address_line1,
            &self.address_line2,
            &self.city,
            &self.state,
            &self.postal_code,
            &self.phone,
        ];
        typed.into_iter().all(Raw::is_empty)
    }

    /// The address, or `None` and its faults. `prefix` is the field in which the address stands (`shippingAddress`,
    /// whose faults are `shippingAddress.city` …), or empty.
    pub fn check(&self, prefix: &str, faults: &mut Invalid) -> Option<Address> {
        let field = |name: &str| match prefix {
            "" => name.to_owned(),
            _ => format!("{prefix}.{name}"),
        };
        let faults_before = faults.0.len();
        let first_name = self.first_name.line(field("firstName"), 100, faults);
        let last_name = self.last_name.optional_line(field("lastName"), 100, faults);
        let line1 = either(&self.line1, &self.address_line1, field("addressLine1"), faults);
        let line2 = either(&self.line2, &self.address_line2, field("addressLine2"), faults);
        let line1 = line1.line(field("line1"), 200, faults);
        let city = self.city.line(field("city"), 100, faults);
        let mut optional =
            |typed: &Raw, name: &str, max: usize| (!typed.is_empty()).then(|| typed.line(field(name), max, faults));
        let company = optional(&self.company, "company", 100);
        let line2 = optional(line2, "line2", 200);
        let state = optional(&self.state, "state", 100);
        let phone = phone(&self.phone, field("phone"), faults);
        let country = Country::parse(&plain(&self.country.0));
        let mut postal_code = None;
        match country {
            Some(country) => {
                postal_code = faults.check(field("postalCode"), country.postal_code(&self.postal_code.0));
                if country.needs_state() && state.is_none() {
                    faults.add(field("state"), said!("fault-required"));
                }
            }
            None => {
                // most countries have them; what it looks like is known with the country
                if self.postal_code.is_empty() {
                    faults.add(field("postalCode"), said!("fault-required"));
                }
                let fault = match self.country.is_empty() {
                    true => said!("fault-required"),
                    false => said!("fault-country"),
                };
                faults.add(field("country"), fault);
            }
        }
        if faults.0.len() > faults_before {
            return None;
        }
        Some(Address {
            first_name,
            last_name,
            company,
            line1,
            line2,
            city,
            state,
            postal_code: postal_code?,
            country: country?,
            phone,
        })
    }
}

/// The one of two names that was used.
fn either<'a>(one: &'a Raw, other: &'a Raw, field: String, faults: &mut Invalid) -> &'a Raw {
    if !one.is_empty() && !other.is_empty() && one.trimmed() != other.trimmed() {
        // only programs know both names
        faults.add(field, "says something else than the line’s other name: give one of the two");
    }
    if one.is_empty() { other } else { one }
}

impl From<&Address> for AddressInput {
    fn from(address: &Address) -> Self {
        let optional = |text: &Option<String>| Raw(text.clone().unwrap_or_default());
        Self {
            first_name: address.first_name.as_str().into(),
            last_name: address.last_name.as_str().into(),
            company: optional(&address.company),
            line1: address.line1.as_str().into(),
            line2: optional(&address.line2),
            city: address.city.as_str().into(),
            state: optional(&address.state),
            postal_code: address.postal_code.as_str().into(),
            country: address.country.code().into(),
            phone: optional(&address.phone),
            ..Self::default()
        }
    }
}

/// What staff look for, for `fold_like` in SQL: an address of e-mail as it is kept, anything else as it was typed.
pub fn sought(text: &str) -> String {
    let text = text.trim().replace('\0', "");
    match Email::parse(&text) {
        Ok(email) if !text.is_ascii() => email.to_string(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> AddressInput {
        AddressInput {
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            line1: "12 Anvil Yard".into(),
            city: "Sheffield".into(),
            postal_code: "s12ab".into(),
            country: "gb".into(),
            ..AddressInput::default()
        }
    }

    #[test]
    fn is_kept_and_typed_again() {
        let mut faults = Invalid::default();
        let address = typed().check("", &mut faults).unwrap();
        assert_eq!(
            address.lines(Locale::English),
            ["Ada Lovelace", "12 Anvil Yard", "Sheffield, S1 2AB", "United Kingdom"]
        );
        assert_eq!(AddressInput::from(&address).check("", &mut faults).as_ref(), Some(&address));
        let json = serde_json::to_value(&address).unwrap();
        assert_eq!(json["postalCode"], "S1 2AB");
        assert_eq!(serde_json::from_value::<Address>(json).unwrap(), address);
    }

    #[test]
    fn all_faults_are_noted_at_once_where_they_stand() {
        let mut faults = Invalid::default();
        let input = AddressInput {
            line1: "".into(),
            city: "Shef\nfield".into(),
            country: "US".into(),
            postal_code: "x".into(),
            phone: "call me".into(),
            ..typed()
        };
        assert_eq!(input.check("shippingAddress", &mut faults), None);
        let fields: Vec<&str> = faults.0.iter().map(|fault| fault.field.as_ref()).collect();
        let expected = ["line1", "city", "phone", "postalCode", "state"].map(|name| format!("shippingAddress.{name}"));
        assert_eq!(fields, expected);
        assert!(AddressInput { country: "GB".into(), ..AddressInput::default() }.is_blank());
    }
}
