//! Settings: what the owner decides about the shop, as typed values with defaults to begin with.
//!
//! Each setting is a row of the table under its own name; one that was never saved has its default. A new setting needs
//! a field, a default and a line in the form.

mod form;
mod part;
mod problems;

pub use form::{SettingsInput, ShippingMethodInput, TaxRateInput};
pub use part::{save_part, version};
pub use problems::problems;

use crate::actors::{May, Permission};
use crate::events::{self, Event, SettingsEvent};
use crate::{Act, Currency, Error, Money, Rate, Result, Shop, TimeZone, audit, cache};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use std::sync::Arc;

/// So many or fewer left is low until somebody says otherwise.
pub(crate) const LOW_STOCK_AT_FIRST: i32 = 5;

/// What saving is called, in the audit log too.
const UPDATE: &str = "settings.update";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    pub shop_name: String,
    /// What the shop is, in a few words: under its name, and as the title of its first page.
    pub tagline: Option<String>,
    /// The same in a sentence or two.
    pub about: Option<String>,
    pub contact_email: String,
    pub contact_phone: Option<String>,
    pub address_lines: Vec<String>,
    /// Prices are shown and charged with the tax in them.
    pub prices_include_tax: bool,
    /// Where no country's own rate is given.
    pub default_tax_rate: Rate,
    pub tax_rates: Vec<TaxRate>,
    pub shipping_methods: Vec<ShippingMethod>,
    /// So many or fewer left is "low".
    pub low_stock_threshold: i32,
    /// For how long a placed order holds its stock while it waits for the money.
    pub order_hold_minutes: i32,
    /// So many days after it was delivered an order is completed by itself; never when it is zero.
    pub complete_after_days: i32,
    /// A cart that nobody used for so many hours counts as abandoned; never when it is zero.
    pub cart_abandoned_hours: i32,
    /// Shoppers may ask to be told when a variant is back in stock.
    pub watch_back_in_stock: bool,
    /// Shoppers may ask to be told when a variant costs less.
    pub watch_price_drop: bool,
    /// ISO 3166-1 alpha-2.
    pub ships_to: Vec<String>,
    /// For so many days goods may be sent back, as pages promise; none is promised when it is zero.
    pub return_days: i32,
    /// After so many days a customer signs in anew, however busy the browser or app was.
    pub customer_session_days: i32,
    /// The same for those who work here.
    pub staff_session_days: i32,
    /// Those who work here sign in anew, too, when they did nothing for so many hours.
    pub staff_idle_hours: i32,
    /// From this hour of the day on the daily mails to staff go out.
    pub digest_hour: i32,
    /// Webhooks whose receiver gave no key are sent nothing that holds more of a person than ids.
    pub encrypt_personal_events: bool,
    /// Whose clock is shown, and whose days are counted.
    pub time_zone: TimeZone,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxRate {
    pub country: String,
    pub rate: Rate,
}

/// A way to get the goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShippingMethod {
    pub code: String,
    pub name: String,
    pub description: String,
    #[serde(with = "stored_money")]
    pub price: Money,
    /// Free for goods worth so much or more.
    #[serde(with = "stored_money::optional")]
    pub free_from: Option<Money>,
    /// Only to these countries; to all that are shipped to when empty.
    pub countries: Vec<String>,
}

impl Settings {
    /// What holds until somebody saves settings.
    pub fn defaults(currency: Currency) -> Self {
        let method = |code: &str, name: &str, description: &str, price: i64, free_from: Option<i64>| ShippingMethod {
            code: code.into(),
            name: name.into(),
            description: description.into(),
            price: Money::new(price, currency).in_steps(),
            free_from: free_from.map(|minor| Money::new(minor, currency).in_steps()),
            countries: Vec::new(),
        };
        Self {
            shop_name: "My shop".into(),
            tagline: None,
            about: None,
            contact_email: "hello@shop.example".into(),
            contact_phone: None,
            address_lines: Vec::new(),
            prices_include_tax: true,
            default_tax_rate: Rate::percent(20),
            tax_rates: vec![TaxRate { country: "GB".into(), rate: Rate::percent(20) }],
            shipping_methods: vec![
                method("standard", "Standard", "Three to five working days", 4_95, Some(60_00)),
                method("express", "Express", "The next working day, if ordered by noon", 9_95, None),
                method("collect", "Collect in shop", "You get a mail when it is ready", 0, None),
            ],
            low_stock_threshold: LOW_STOCK_AT_FIRST,
            order_hold_minutes: 35,
            complete_after_days: 14,
            cart_abandoned_hours: 24,
            watch_back_in_stock: true,
            watch_price_drop: true,
            ships_to: vec!["GB".into()],
            return_days: 0,
            customer_session_days: 30,
            staff_session_days: 7,
            staff_idle_hours: 12,
            digest_hour: 8,
            encrypt_personal_events: false,
            time_zone: TimeZone::UTC,
        }
    }

    /// The rate of tax on what goes to a country.
    pub fn tax_rate(&self, country: &str) -> Rate {
        self.tax_rates.iter().find(|t| t.country == country).map_or(self.default_tax_rate, |t| t.rate)
    }

    fn of(stored: Vec<(String, Value)>, currency: Currency) -> Result<Self> {
        let defaults = Self::defaults(currency);
        if stored.is_empty() {
            return Ok(defaults);
        }
        let mut values = serde_json::to_value(defaults)?;
        if let Some(fields) = values.as_object_mut() {
            fields.extend(stored);
        }
        Ok(serde_json::from_value::<Self>(values)?.with_known_codes())
    }

    /// The methods that reach a country, in the owner's order.
    pub fn methods_to(&self, country: &str) -> Vec<&ShippingMethod> {
        let reached = self.ships_to.iter().any(|c| c == country);
        self.shipping_methods
            .iter()
            .filter(|m| reached && (m.countries.is_empty() || m.countries.iter().any(|c| c == country)))
            .collect()
    }
}

impl ShippingMethod {
    /// What it costs for goods worth `goods`.
    pub fn price_for(&self, goods: Money) -> Money {
        match self.free_from {
            Some(from) if goods.minor >= from.minor => Money::zero(self.price.currency),
            _ => self.price.in_steps(),
        }
    }
}

/// The settings as saved, with defaults for what never was.
pub async fn load(shop: &Shop) -> Result<Settings> {
    Settings::of(stored(&shop.db).await?, shop.currency)
}

/// The same, in an act.
pub(crate) async fn load_in(act: &mut Act<'_>) -> Result<Settings> {
    Settings::of(stored(&mut **act).await?, act.shop.currency)
}

async fn stored(db: impl PgExecutor<'_>) -> Result<Vec<(String, Value)>> {
    let rows = sqlx::query!("select key, value from settings").fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.value)).collect())
}

/// The key of the settings in memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Current;

impl cache::Key for Current {
    type Value = Settings;
    const AT_MOST: u64 = 2;
    const HOLDS_LAST: bool = true;
}

impl cache::DependsOn for Settings {}

/// The settings for pages: kept in memory until somebody saves them. What is charged is computed with [`load`].
pub async fn current(shop: &Shop) -> Result<Arc<Settings>> {
    shop.cache.get_or_read(Current, || load(shop)).await
}

/// The settings as they were read last, without asking anybody: for pages that say why nobody can be asked.
pub fn last_known(shop: &Shop) -> Option<Arc<Settings>> {
    shop.cache.last::<Current>()
}

/// Whose days are counted, by lists and figures.
pub async fn time_zone(shop: &Shop) -> Result<TimeZone> {
    Ok(current(shop).await?.time_zone)
}

/// The settings, for the page that edits them.
pub async fn for_staff(shop: &Shop, who: &dyn May) -> Result<Settings> {
    who.may(Permission::SettingsRead)?;
    load(shop).await
}

/// Saves all settings. What did not change is not written.
pub async fn save(shop: &Shop, who: &dyn May, input: SettingsInput) -> Result<Settings> {
    save_if_unchanged(shop, who, None, input).await
}

/// The same for somebody who started from these settings: a conflict `edited_meanwhile` if they are no longer in force.
pub async fn save_if_unchanged(
    shop: &Shop,
    who: &dyn May,
    seen: Option<&Settings>,
    input: SettingsInput,
) -> Result<Settings> {
    who.may(Permission::SettingsWrite)?;
    let wanted = input.check(shop.currency)?;
    act!(shop, who, UPDATE, |act| {
        lock(&mut act).await?;
        let before = load_in(&mut act).await?;
        if seen.is_some_and(|seen| *seen != before) {
            return Err(Error::conflict("edited_meanwhile", "The settings were changed meanwhile"));
        }
        write(&mut act, &before, &wanted).await?;
        act.commit(()).await
    })?;
    Ok(wanted)
}

/// Of two owners who save at once the second one waits, and its audit row shows what the first one saved.
async fn lock(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtext('settings'))").execute(conn).await?;
    Ok(())
}

/// Writes what is not as before, and one audit row with it.
async fn write(act: &mut Act<'_>, before: &Settings, wanted: &Settings) -> Result<()> {
    let (old, new) = (serde_json::to_value(before)?, serde_json::to_value(wanted)?);
    let fields = |value: &serde_json::Value| value.as_object().cloned().unwrap_or_default();
    let (mut was, mut is) = (serde_json::Map::new(), serde_json::Map::new());
    let old = fields(&old);
    for (key, value) in fields(&new) {
        if old.get(&key) == Some(&value) {
            continue;
        }
        was.insert(key.clone(), old.get(&key).cloned().unwrap_or_default());
        is.insert(key, value);
    }
    if is.is_empty() {
        return Ok(());
    }
    let entry = audit::Entry { action: UPDATE, entity_type: audit::Entity::Settings, entity_id: "shop".into() };
    audit::record(act, entry, &was, &is)?;
    let mut keys: Vec<String> = is.keys().cloned().collect();
    keys.sort();
    events::record(act, &Event::SettingsChanged(SettingsEvent { keys }))?;
    sqlx::query!(
        "insert into settings (key, value, updated_at)
         select key, value, $2 from jsonb_each($1)
         on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at",
        serde_json::Value::Object(is),
        act.now,
    )
    .execute(&mut **act)
    .await?;
    Ok(())
}

/// An amount as it is kept: `4.95 GBP`, which says all of itself.
mod stored_money {
    use super::*;
    use serde::{Deserializer, Serializer, de::Error as _};

    fn text(money: &Money) -> String {
        format!("{} {}", money.decimal(), money.currency)
    }

    fn read(text: &str) -> Result<Money, Error> {
        let (amount, code) = text.split_once(' ').ok_or_else(|| Error::invalid("price", "has no currency"))?;
        let currency = Currency::parse(code).ok_or_else(|| Error::invalid("price", "has an unknown currency"))?;
        Ok(Money::parse(amount, currency)?)
    }

    pub fn serialize<S: Serializer>(money: &Money, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&text(money))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Money, D::Error> {
        read(&String::deserialize(d)?).map_err(D::Error::custom)
    }

    pub mod optional {
        use super::*;

        pub fn serialize<S: Serializer>(money: &Option<Money>, s: S) -> Result<S::Ok, S::Error> {
            money.as_ref().map(text).serialize(s)
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Money>, D::Error> {
            Option::<String>::deserialize(d)?.map(|t| read(&t).map_err(D::Error::custom)).transpose()
        }
    }
}
