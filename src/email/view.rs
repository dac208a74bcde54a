//! What templates show: the shop's letterhead, and an order in words.

use crate::address::Country;
use crate::id::OrderId;
use crate::lifecycle::{Fulfilment, KeptAddresses, KeptKey, OrderStatus, PaymentStatus, PaymentWord};
use crate::words::Locale;
use crate::{Currency, Money, Rate, Result, Shop, say, settings};
use serde_json::Value;
use std::borrow::Cow;

/// Who writes.
pub(super) struct Letterhead {
    pub locale: Locale,
    pub name: String,
    pub address: Vec<String>,
    pub contact: String,
    pub phone: Option<String>,
}

impl Letterhead {
    pub async fn load(shop: &Shop) -> Result<Self> {
        let settings = settings::load(shop).await?;
        Ok(Self {
            locale: shop.locale,
            name: settings.shop_name,
            address: settings.address_lines,
            contact: settings.contact_email,
            phone: settings.contact_phone,
        })
    }

    /// How a mail begins. Of some people no name is known.
    pub fn hello(&self, name: &str) -> Cow<'static, str> {
        match name {
            "" => say!(self.locale, "mail-hello-nobody"),
            name => say!(self.locale, "mail-hello", name = name),
        }
    }
}

/// An order in words.
pub(super) struct OrderView {
    pub locale: Locale,
    pub number: String,
    pub email: String,
    /// For "Hello …"; empty where none is known.
    pub name: String,
    pub full_name: String,
    pub placed: String,
    pub is_paid: bool,
    /// How it stands when the mail is made.
    pub payment: PaymentWord,
    pub fulfilment: Fulfilment,
    pub total: Money,
    pub lines: Vec<LineView>,
    pub sums: Vec<Sum>,
    pub shipping_method: String,
    pub ship_to: Vec<String>,
    pub bill_to: Vec<String>,
    /// To the order's page; with its key for guests, who have no account to find it in.
    pub link: String,
}

pub(super) struct LineView {
    pub name: String,
    pub variant_name: String,
    pub sku: String,
    pub quantity: i32,
    pub unit_price: Money,
    /// As the language writes it.
    pub total: String,
}

/// A line under the lines.
pub(super) struct Sum {
    pub label: String,
    /// As the language writes it.
    pub amount: String,
    pub is_total: bool,
}

impl Sum {
    pub fn part(locale: Locale, label: Cow<'static, str>, amount: Money) -> Self {
        Self { label: label.into_owned(), amount: locale.money(amount), is_total: false }
    }

    pub fn total(locale: Locale, label: Cow<'static, str>, amount: Money) -> Self {
        Self { is_total: true, ..Self::part(locale, label, amount) }
    }
}

impl OrderView {
    pub async fn load(shop: &Shop, id: OrderId) -> Result<Self> {
        let row = sqlx::query!(
            r#"select number, user_id is null as "is_guest!", email::text as "email!", access_key, sealed_key, currency, subtotal, discount,
                      tax, tax_included, tax_rate as "tax_rate: Rate", shipping, total, shipping_method_name, shipping_address,
                      billing_address, sealed_addresses, created_at, paid_at is not null as "is_paid!",
                      status as "status: OrderStatus", payment_status as "payment_status: PaymentStatus",
                      fulfilment as "fulfilment: Fulfilment"
               from orders
               where id = $1"#,
            id as _,
        )
        .fetch_one(&shop.db)
        .await?;
        let zone = settings::load(shop).await?.time_zone;
        let locale = shop.locale;
        let currency = stored_money(0, &row.currency)?.currency;
        let money = |minor| Money::new(minor, currency);
        let lines = sqlx::query!(
            "select name, variant_name, sku, quantity, unit_price, line_total
             from order_items
             where order_id = $1
             order by position",
            id as _,
        )
        .fetch_all(&shop.db)
        .await?;
        let rate = row.tax_rate;
        let sum = |label, minor| Sum::part(locale, label, money(minor));
        let mut sums = vec![sum(say!(locale, "totals-products"), row.subtotal)];
        if row.discount > 0 {
            sums.push(sum(say!(locale, "totals-discount"), -row.discount));
        }
        sums.push(sum(say!(locale, "totals-delivery-by", method = &row.shipping_method_name), row.shipping));
        if row.tax > 0 {
            sums.push(sum(say!(locale, "totals-tax", rate = rate), row.tax));
        }
        sums.push(Sum::total(locale, say!(locale, "totals-total"), money(row.total)));
        if row.tax_included > 0 {
            sums.push(sum(say!(locale, "totals-including-tax", rate = rate), row.tax_included));
        }
        let mut link = shop.public_url.clone();
        link.set_path(&format!("/orders/{}", row.number));
        if row.is_guest {
            let key = KeptKey { plain: row.access_key, sealed: row.sealed_key }.open(&shop.encryption_keys, id)?;
            link.query_pairs_mut().append_pair("key", &key);
        }
        let kept = KeptAddresses {
            shipping: row.shipping_address,
            billing: row.billing_address,
            sealed: row.sealed_addresses,
        };
        let (ship_to, bill_to) = kept.open(&shop.encryption_keys, id)?;
        let name = |parts: &[&str]| {
            let parts: Vec<_> = parts.iter().filter_map(|part| text(&ship_to, part)).collect();
            parts.join(" ")
        };
        let first = name(&["firstName"]);
        Ok(Self {
            locale,
            number: row.number,
            email: row.email,
            name: first,
            full_name: name(&["firstName", "lastName"]),
            placed: locale.long_date(zone.local(row.created_at)).into_owned(),
            is_paid: row.is_paid,
            payment: PaymentWord::of(row.payment_status, row.status),
            fulfilment: row.fulfilment,
            total: money(row.total),
            lines: lines
                .into_iter()
                .map(|l| LineView {
                    name: l.name,
                    variant_name: l.variant_name,
                    sku: l.sku,
                    quantity: l.quantity,
                    unit_price: money(l.unit_price),
                    total: locale.money(money(l.line_total)),
                })
                .collect(),
            sums,
            shipping_method: row.shipping_method_name,
            ship_to: address(&ship_to, locale),
            bill_to: address(&bill_to, locale),
            link: link.into(),
        })
    }

    /// How it stands, each word after what it is about.
    pub fn standing(&self) -> [(Cow<'static, str>, Cow<'static, str>); 2] {
        let locale = self.locale;
        [
            (PaymentWord::about(locale), self.payment.say(locale)),
            (Fulfilment::about(locale), self.fulfilment.say(locale)),
        ]
    }
}

/// An amount beside its currency, as tables keep it.
pub(super) fn stored_money(minor: i64, code: &str) -> Result<Money> {
    Ok(Money::new(minor, Currency::stored(code)?))
}

fn text<'a>(address: &'a Value, field: &str) -> Option<&'a str> {
    address.get(field).and_then(Value::as_str).map(str::trim).filter(|s| !s.is_empty())
}

/// The address copied into the order, as it stands on a parcel.
fn address(address: &Value, locale: Locale) -> Vec<String> {
    let rows: [&[&str]; 6] =
        [&["firstName", "lastName"], &["company"], &["line1"], &["line2"], &["city", "postalCode"], &["state"]];
    let row = |fields: &&[&str]| {
        let parts: Vec<_> = fields.iter().filter_map(|field| text(address, field)).collect();
        parts.join(" ")
    };
    let named = |code: &str| Country::parse(code).map(|country| country.say(locale).into_owned());
    let country = text(address, "country").map(|code| named(code).unwrap_or_else(|| code.to_owned()));
    rows.iter().map(row).filter(|line| !line.is_empty()).chain(country).collect()
}
