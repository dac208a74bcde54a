//! Settings as typed, and what they must be.

use super::{Settings, ShippingMethod, TaxRate};
use crate::address::{Country, Email};
use crate::input::{Raw, RawList};
use crate::{Currency, Invalid, Money, Rate, Result, TimeZone};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// All settings, as a form or JSON brings them.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
#[schema(example = json!({
    "contactPhone": "+44 114 496 0000", "lowStockThreshold": 8,
    "shippingMethods": [
        { "code": "standard", "name": "Standard", "description": "Three to five working days", "price": "4.95", "freeFrom": "60.00" },
        { "code": "collect", "name": "Collect in shop", "price": "0.00", "countries": ["GB"] },
    ],
}))]
pub struct SettingsInput {
    pub shop_name: Raw,
    /// What the shop is, in a few words.
    pub tagline: Raw,
    /// The same in a sentence or two.
    pub about: Raw,
    pub contact_email: Raw,
    pub contact_phone: Raw,
    /// One line each.
    pub address: Raw,
    #[schema(value_type = bool)]
    pub prices_include_tax: Raw,
    /// In per cent, with four decimals at most: `20` or `9.975`.
    pub default_tax_rate: Raw,
    pub tax_rates: Vec<TaxRateInput>,
    pub shipping_methods: Vec<ShippingMethodInput>,
    #[schema(value_type = i32, minimum = 0, maximum = 100_000)]
    pub low_stock_threshold: Raw,
    #[schema(value_type = i32, minimum = 35, maximum = 1440)]
    pub order_hold_minutes: Raw,
    /// So many days after it was delivered an order is completed by itself; 0, or nothing, leaves that to staff.
    #[schema(value_type = i32, minimum = 0, maximum = 365)]
    pub complete_after_days: Raw,
    /// A cart that nobody used for so many hours counts as abandoned (event `cart.abandoned`); 0, or nothing: never.
    #[schema(value_type = i32, minimum = 0, maximum = 168)]
    pub cart_abandoned_hours: Raw,
    /// Whether shoppers may ask to be told when a variant is back in stock.
    #[schema(value_type = bool)]
    pub watch_back_in_stock: Raw,
    /// Whether shoppers may ask to be told when a variant costs less.
    #[schema(value_type = bool)]
    pub watch_price_drop: Raw,
    /// `GB, IE`.
    #[schema(value_type = Vec<String>)]
    pub ships_to: RawList,
    /// 0: pages promise nothing.
    #[schema(value_type = i32, minimum = 0, maximum = 3650)]
    pub return_days: Raw,
    /// After so many days a customer signs in anew.
    #[schema(value_type = i32, minimum = 1, maximum = 365)]
    pub customer_session_days: Raw,
    /// After so many days staff sign in anew.
    #[schema(value_type = i32, minimum = 1, maximum = 90)]
    pub staff_session_days: Raw,
    /// Staff who did nothing for so many hours sign in anew.
    #[schema(value_type = i32, minimum = 1, maximum = 168)]
    pub staff_idle_hours: Raw,
    /// At this hour, by the shop's time zone, the daily mails to staff go out; 8 when empty.
    #[schema(value_type = i32, minimum = 0, maximum = 23)]
    pub digest_hour: Raw,
    /// Whether personal data leaves by webhooks only encrypted, for a key of the receiver.
    #[schema(value_type = bool)]
    pub encrypt_personal_events: Raw,
    /// A name of the IANA time zone database, such as `Europe/Lisbon`; UTC when empty.
    #[schema(value_type = TimeZone)]
    pub time_zone: Raw,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct TaxRateInput {
    pub country: Raw,
    pub rate: Raw,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ShippingMethodInput {
    pub code: Raw,
    pub name: Raw,
    pub description: Raw,
    #[schema(value_type = Money)]
    pub price: Raw,
    #[schema(value_type = Option<Money>)]
    pub free_from: Raw,
    #[schema(value_type = Vec<String>)]
    pub countries: RawList,
}

/// The form, filled with what is in force.
impl From<&Settings> for SettingsInput {
    fn from(s: &Settings) -> Self {
        Self {
            shop_name: s.shop_name.as_str().into(),
            tagline: s.tagline.clone().unwrap_or_default().into(),
            about: s.about.clone().unwrap_or_default().into(),
            contact_email: s.contact_email.as_str().into(),
            contact_phone: s.contact_phone.clone().unwrap_or_default().into(),
            address: s.address_lines.join("\n").into(),
            prices_include_tax: if s.prices_include_tax { "on" } else { "" }.into(),
            default_tax_rate: s.default_tax_rate.decimal().into(),
            tax_rates: s
                .tax_rates
                .iter()
                .map(|t| TaxRateInput { country: t.country.as_str().into(), rate: t.rate.decimal().into() })
                .collect(),
            shipping_methods: s
                .shipping_methods
                .iter()
                .map(|m| ShippingMethodInput {
                    code: m.code.as_str().into(),
                    name: m.name.as_str().into(),
                    description: m.description.as_str().into(),
                    price: m.price.decimal().into(),
                    free_from: m.free_from.map(|f| f.decimal()).unwrap_or_default().into(),
                    countries: RawList::of(&m.countries),
                })
                .collect(),
            low_stock_threshold: s.low_stock_threshold.to_string().into(),
            order_hold_minutes: s.order_hold_minutes.to_string().into(),
            complete_after_days: s.complete_after_days.to_string().into(),
            cart_abandoned_hours: s.cart_abandoned_hours.to_string().into(),
            watch_back_in_stock: if s.watch_back_in_stock { "on" } else { "" }.into(),
            watch_price_drop: if s.watch_price_drop { "on" } else { "" }.into(),
            ships_to: RawList::of(&s.ships_to),
            return_days: s.return_days.to_string().into(),
            customer_session_days: s.customer_session_days.to_string().into(),
            staff_session_days: s.staff_session_days.to_string().into(),
            staff_idle_hours: s.staff_idle_hours.to_string().into(),
            digest_hour: s.digest_hour.to_string().into(),
            encrypt_personal_events: if s.encrypt_personal_events { "on" } else { "" }.into(),
            time_zone: s.time_zone.name().into(),
        }
    }
}

impl SettingsInput {
    pub(super) fn check(&self, currency: Currency) -> Result<Settings> {
        let (settings, faults) = self.parse(currency);
        faults.into_result()?;
        Ok(settings)
    }

    /// The settings, and what is wrong with them; where something is wrong stands what would be there without it.
    pub(super) fn parse(&self, currency: Currency) -> (Settings, Invalid) {
        let mut faults = Invalid::default();
        let f = &mut faults;
        let contact_email = f.check("contactEmail", Email::to_write_to(&self.contact_email.0));
        let address = self.address.text("address", 500, f);
        let default_tax_rate = f.check("defaultTaxRate", Rate::parse(&self.default_tax_rate.0)).unwrap_or_default();
        let ships_to = countries(&self.ships_to, "shipsTo", f);
        if ships_to.is_empty() {
            f.add("shipsTo", "must name one country at least");
        }

        let time_zone = match self.time_zone.trimmed() {
            "" => TimeZone::UTC,
            name => TimeZone::parse(name).unwrap_or_else(|| {
                f.add("timeZone", "is not a time zone that we know; such as Europe/Lisbon or America/New_York");
                TimeZone::UTC
            }),
        };

        let mut seen = HashSet::new();
        let mut tax_rates = Vec::new();
        for (i, row) in self.tax_rates.iter().enumerate() {
            // an empty last row of the form
            if row.country.is_empty() && row.rate.is_empty() {
                continue;
            }
            let rate = f.check(format!("taxRates[{i}].rate"), Rate::parse(&row.rate.0)).unwrap_or_default();
            let field = format!("taxRates[{i}].country");
            let Some(country) = f.check(field.clone(), country(row.country.trimmed())) else { continue };
            if !seen.insert(country.clone()) {
                f.add(field, "is there twice");
            }
            tax_rates.push(TaxRate { country, rate });
        }

        let mut codes = HashSet::new();
        let mut shipping_methods = Vec::new();
        for (i, row) in self.shipping_methods.iter().enumerate() {
            if row.code.is_empty() && row.name.is_empty() && row.price.is_empty() {
                continue;
            }
            let field = |name: &str| format!("shippingMethods[{i}].{name}");
            let code = row.code.required(field("code"), 40, f);
            if !code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
                f.add(field("code"), "may have small letters, digits and hyphens");
            } else if !code.is_empty() && !codes.insert(code.clone()) {
                f.add(field("code"), "is there twice");
            }
            let name = row.name.required(field("name"), 80, f);
            let description = row.description.text(field("description"), 200, f);
            let price = row.price.price(field("price"), currency, f);
            let free_from = row.free_from.optional_price(field("freeFrom"), currency, f);
            let countries = countries(&row.countries, field("countries"), f);
            let Some(price) = price else { continue };
            shipping_methods.push(ShippingMethod { code, name, description, price, free_from, countries });
        }
        if self.shipping_methods.iter().all(|m| m.code.is_empty() && m.name.is_empty() && m.price.is_empty()) {
            f.add("shippingMethods", "must have one method at least");
        }

        let settings = Settings {
            shop_name: self.shop_name.line("shopName", 80, f),
            tagline: self.tagline.optional("tagline", 100, f),
            about: self.about.optional("about", 300, f),
            contact_email: contact_email.map(|e| e.to_string()).unwrap_or_default(),
            contact_phone: self.contact_phone.optional("contactPhone", 40, f),
            address_lines: address.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect(),
            prices_include_tax: self.prices_include_tax.is_on(),
            default_tax_rate,
            tax_rates,
            shipping_methods,
            low_stock_threshold: self
                .low_stock_threshold
                .whole("lowStockThreshold", 0..=100_000, f)
                .unwrap_or_default(),
            // Stripe keeps a checkout page open for half an hour at least, so stock is held a little longer:
            // https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at
            order_hold_minutes: self.order_hold_minutes.whole("orderHoldMinutes", 35..=1440, f).unwrap_or_default(),
            complete_after_days: match self.complete_after_days.is_empty() {
                true => 0,
                false => self.complete_after_days.whole("completeAfterDays", 0..=365, f).unwrap_or_default(),
            },
            cart_abandoned_hours: if self.cart_abandoned_hours.is_empty() {
                0
            } else {
                self.cart_abandoned_hours.whole("cartAbandonedHours", 0..=168, f).unwrap_or_default()
            },
            watch_back_in_stock: self.watch_back_in_stock.is_on(),
            watch_price_drop: self.watch_price_drop.is_on(),
            ships_to,
            return_days: self.return_days.whole("returnDays", 0..=3650, f).unwrap_or_default(),
            customer_session_days: self.customer_session_days.whole("customerSessionDays", 1..=365, f).unwrap_or(1),
            staff_session_days: self.staff_session_days.whole("staffSessionDays", 1..=90, f).unwrap_or(1),
            staff_idle_hours: self.staff_idle_hours.whole("staffIdleHours", 1..=168, f).unwrap_or(1),
            digest_hour: match self.digest_hour.is_empty() {
                true => 8,
                false => self.digest_hour.whole("digestHour", 0..=23, f).unwrap_or_default(),
            },
            encrypt_personal_events: self.encrypt_personal_events.is_on(),
            time_zone,
        };
        (settings, faults)
    }
}

fn country(text: &str) -> Result<String, &'static str> {
    let country =
        Country::parse(text).ok_or("is not a country that we know: give its two letters, such as GB or DE")?;
    Ok(country.code().to_owned())
}

fn countries(raw: &RawList, field: impl Into<std::borrow::Cow<'static, str>>, faults: &mut Invalid) -> Vec<String> {
    let field = field.into();
    let values = raw.values().join(" ");
    let words = values.split([',', ' ', '\n', ';']).map(str::trim).filter(|w| !w.is_empty());
    let mut list: Vec<String> = Vec::new();
    for word in words {
        match country(word) {
            Ok(code) if list.contains(&code) => {}
            Ok(code) => list.push(code),
            Err(_) => {
                faults.add(
                    field.clone(),
                    format!(
                        "has {word:?}, which is not a country that we know: give its two letters, such as GB or DE"
                    ),
                );
                break;
            }
        }
    }
    list
}
