//! The request for a payment: all that goes into a request to the gateway, read from the order and the attempt.

use super::attempt::Attempt;
use super::gateway::{Line, NewIntent, NewSession};
use crate::id::{OrderId, PaymentId};
use crate::lifecycle::{KeptKey, OrderStatus};
use crate::words::Locale;
use crate::{Act, Error, Rate, Result, Shop, say};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::borrow::Cow;
use url::Url;

/// Stripe takes a hundred lines on a page.
const MAX_LINES: usize = 100;

/// All that goes into a request to the gateway. It is stored, so that the request can be repeated to the letter.
pub(super) struct GatewayRequest {
    pub attempt: Attempt,
    pub order: GatewayOrder,
    pub expires_at: DateTime<Utc>,
    pub lines: Vec<Line>,
}

/// The order of a payment, as the gateway is asked for it: what it is told, or needs to come back.
pub(crate) struct GatewayOrder {
    pub status: OrderStatus,
    pub is_paid: bool,
    pub number: String,
    pub email: String,
    pub access_key: String,
    pub tax: i64,
    pub tax_rate: Rate,
    pub shipping: i64,
    pub shipping_method_name: String,
    pub total: i64,
}

/// A line of an order, in minor units.
pub(crate) struct OrderLine {
    pub name: String,
    pub variant_name: String,
    pub unit_price: i64,
    pub quantity: i32,
}

impl GatewayOrder {
    /// Locks its row, as `lifecycle::lock` does.
    pub async fn lock(act: &mut Act<'_>, id: OrderId) -> Result<Self> {
        let row = sqlx::query!(
            r#"select status as "status: OrderStatus", paid_at is not null as "is_paid!", number,
                      email::text as "email!", access_key, sealed_key, tax, tax_rate as "tax_rate: Rate", shipping,
                      shipping_method_name, total
               from orders
               where id = $1
               for update"#,
            id as _
        )
        .fetch_optional(&mut **act)
        .await?
        .ok_or(Error::NotFound)?;
        let key = KeptKey { plain: row.access_key, sealed: row.sealed_key };
        Ok(Self {
            status: row.status,
            is_paid: row.is_paid,
            number: row.number,
            email: row.email,
            access_key: key.open(&act.shop.encryption_keys, id)?,
            tax: row.tax,
            tax_rate: row.tax_rate,
            shipping: row.shipping,
            shipping_method_name: row.shipping_method_name,
            total: row.total,
        })
    }

    pub async fn load_lines(&self, conn: &mut PgConnection, id: OrderId, locale: Locale) -> Result<Vec<Line>> {
        let items = sqlx::query_as!(
            OrderLine,
            "select name, variant_name, unit_price, quantity from order_items where order_id = $1 order by position",
            id as _,
        )
        .fetch_all(conn)
        .await?;
        Ok(self.lines(items, locale))
    }

    /// The lines of the page. They come to the order's total, to the minor unit: what cannot be said in lines (a
    /// discount, or more lines than a page takes) is one line over all.
    fn lines(&self, items: Vec<OrderLine>, locale: Locale) -> Vec<Line> {
        let line = |name: Cow<'static, str>, unit_amount: i64| Line {
            name: name.into_owned(),
            description: None,
            unit_amount,
            quantity: 1,
        };
        let mut lines: Vec<_> = items
            .into_iter()
            .map(|item| Line {
                name: item.name,
                description: Some(item.variant_name).filter(|name| !name.is_empty()),
                unit_amount: item.unit_price,
                quantity: u32::try_from(item.quantity).unwrap_or_default(),
            })
            .collect();
        if self.shipping > 0 {
            lines.push(line(say!(locale, "totals-delivery-by", method = &self.shipping_method_name), self.shipping));
        }
        if self.tax > 0 {
            lines.push(line(say!(locale, "totals-tax-for-provider", rate = self.tax_rate), self.tax));
        }
        let sum: i64 = lines.iter().map(|l| l.unit_amount.saturating_mul(l.quantity.into())).sum();
        if sum != self.total || lines.len() > MAX_LINES {
            lines = vec![line(say!(locale, "order-number", number = &self.number), self.total)];
        }
        lines
    }

    /// Where the shopper comes back to.
    pub fn return_url(&self, shop: &Shop, payment: PaymentId) -> Result<Url> {
        way_back(shop, payment, &self.access_key)
    }
}

/// The shopper's return address. The order's own key lets a guest in.
pub(super) fn way_back(shop: &Shop, payment: PaymentId, access_key: &str) -> Result<Url> {
    let mut url = shop.public_url.join("/checkout/return").map_err(|e| Error::Internal(e.into()))?;
    url.query_pairs_mut().append_pair("payment", &payment.to_string()).append_pair("key", access_key);
    Ok(url)
}

impl GatewayRequest {
    /// Of an order that is written just now: to the letter what would be read of it.
    pub fn of_new(
        attempt: Attempt,
        expires_at: DateTime<Utc>,
        order: GatewayOrder,
        items: Vec<OrderLine>,
        locale: Locale,
    ) -> Self {
        let lines = order.lines(items, locale);
        Self { attempt, order, expires_at, lines }
    }

    pub fn session(&self, shop: &Shop) -> Result<NewSession> {
        let success = self.order.return_url(shop, self.attempt.id)?;
        let mut cancel = success.clone();
        cancel.query_pairs_mut().append_pair("left", "1");
        Ok(NewSession {
            key: self.attempt.key.clone(),
            order_id: self.attempt.order.to_string(),
            payment_id: self.attempt.id.to_string(),
            order_number: self.order.number.clone(),
            email: self.order.email.clone(),
            customer: self.attempt.customer.clone(),
            currency: self.attempt.amount.currency,
            lines: self.lines.clone(),
            success_url: success.into(),
            cancel_url: cancel.into(),
            expires_at: self.expires_at,
        })
    }

    pub fn intent(&self) -> NewIntent {
        NewIntent {
            key: self.attempt.key.clone(),
            order_id: self.attempt.order.to_string(),
            payment_id: self.attempt.id.to_string(),
            order_number: self.order.number.clone(),
            email: self.order.email.clone(),
            customer: self.attempt.customer.clone(),
            keeps_card: self.attempt.keeps_card,
            amount: self.attempt.amount,
        }
    }
}
