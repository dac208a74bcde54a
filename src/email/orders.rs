//! Mail about orders: confirmed, shipped, cancelled, refunded. Each reads the order as it stands when the mail is made.

use super::accounts::{render, render_text};
use super::markup::{html, mail_link, strong};
use super::view::{Letterhead, OrderView, Sum, stored_money};
use super::{Mail, send};
use crate::id::{OrderId, RefundId, ShipmentId};
use crate::inventory::Missing;
use crate::lifecycle::{CancelCause, CancelReason, RefundCause, RefundOccasion, RefundReason};
use crate::{Money, Result, Shop, say};
use askama::Template;
use sqlx::types::Json;

#[derive(Template)]
#[template(path = "email/order_confirmation.html")]
struct ConfirmationHtml<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
}

#[derive(Template)]
#[template(path = "email/order_confirmation.txt")]
struct ConfirmationText<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
}

/// What was bought, what it came to, where it goes, and the link to the order.
pub async fn order_confirmation(shop: &Shop, id: OrderId) -> Result<()> {
    let (head, order) = (Letterhead::load(shop).await?, OrderView::load(shop, id).await?);
    let mail = order.mail(
        format!("order_confirmation:{id}"),
        say!(shop.locale, "mail-your-order", number = &order.number).into_owned(),
        render_text(&ConfirmationText { shop: &head, order: &order })?,
        render(&ConfirmationHtml { shop: &head, order: &order })?,
    );
    send(shop, &mail).await
}

struct ShipmentView {
    carrier: String,
    tracking: String,
    link: Option<String>,
    items: Vec<ShippedItem>,
}

struct ShippedItem {
    quantity: i32,
    name: String,
    variant_name: String,
}

#[derive(Template)]
#[template(path = "email/order_shipped.html")]
struct ShippedHtml<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
    shipment: &'a ShipmentView,
}

#[derive(Template)]
#[template(path = "email/order_shipped.txt")]
struct ShippedText<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
    shipment: &'a ShipmentView,
}

/// What has left, with whom, and how to follow it.
pub async fn order_shipped(shop: &Shop, id: ShipmentId) -> Result<()> {
    let row = sqlx::query!(
        r#"select order_id as "order_id: OrderId", carrier, tracking, tracking_url from shipments where id = $1"#,
        id as _
    )
    .fetch_one(&shop.db)
    .await?;
    let items = sqlx::query_as!(
        ShippedItem,
        "select s.quantity, i.name, i.variant_name
         from shipment_items s
         join order_items i on i.id = s.order_item_id
         where s.shipment_id = $1
         order by i.position",
        id as _,
    )
    .fetch_all(&shop.db)
    .await?;
    let shipment = ShipmentView { carrier: row.carrier, tracking: row.tracking, link: row.tracking_url, items };
    let (head, order) = (Letterhead::load(shop).await?, OrderView::load(shop, row.order_id).await?);
    let mail = order.mail(
        format!("order_shipped:{id}"),
        say!(shop.locale, "mail-shipped", number = &order.number).into_owned(),
        render_text(&ShippedText { shop: &head, order: &order, shipment: &shipment })?,
        render(&ShippedHtml { shop: &head, order: &order, shipment: &shipment })?,
    );
    send(shop, &mail).await
}

#[derive(Template)]
#[template(path = "email/order_cancelled.html")]
struct CancelledHtml<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
    reason: &'a str,
    refund: Option<Money>,
    is_by_hand: bool,
}

#[derive(Template)]
#[template(path = "email/order_cancelled.txt")]
struct CancelledText<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
    reason: &'a str,
    refund: Option<Money>,
    is_by_hand: bool,
}

/// That an order is off, and what becomes of the money.
pub async fn order_cancelled(shop: &Shop, id: OrderId) -> Result<()> {
    let row = sqlx::query!(
        r#"select o.cancel_cause as "cause: CancelCause", o.cancel_missing as "missing: Json<Vec<Missing>>",
                  o.cancel_reason as reason, o.currency,
                  (select coalesce(sum(r.amount), 0) from refunds r
                   where r.order_id = o.id and r.status in ('pending', 'succeeded'))::bigint as "refund!",
                  exists(select from payments p where p.order_id = o.id and p.provider = 'offline' and p.amount_refunding > 0)
                      as "is_by_hand!"
           from orders o
           where o.id = $1"#,
        id as _,
    )
    .fetch_one(&shop.db)
    .await?;
    let refund = Some(stored_money(row.refund, &row.currency)?).filter(|m| !m.is_zero());
    let (head, order) = (Letterhead::load(shop).await?, OrderView::load(shop, id).await?);
    let why = CancelReason::kept(row.cause, row.reason, row.missing.map(|missing| missing.0));
    let reason = why.map(|why| sentence(&why.say(shop.locale))).unwrap_or_default();
    let is_by_hand = row.is_by_hand;
    let mail = order.mail(
        format!("order_cancelled:{id}"),
        say!(shop.locale, "mail-cancelled", number = &order.number).into_owned(),
        render_text(&CancelledText { shop: &head, order: &order, reason: &reason, refund, is_by_hand })?,
        render(&CancelledHtml { shop: &head, order: &order, reason: &reason, refund, is_by_hand })?,
    );
    send(shop, &mail).await
}

#[derive(Template)]
#[template(path = "email/refund.html")]
struct RefundHtml<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
    amount: Money,
    is_all: bool,
    is_by_hand: bool,
    reason: &'a str,
    /// `2 × Cotton T-shirt, 1 × Scarf`; empty where it was not asked for by line.
    lines: &'a str,
    sums: &'a [Sum],
}

#[derive(Template)]
#[template(path = "email/refund.txt")]
struct RefundText<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
    amount: Money,
    is_all: bool,
    is_by_hand: bool,
    reason: &'a str,
    /// `2 × Cotton T-shirt, 1 × Scarf`; empty where it was not asked for by line.
    lines: &'a str,
    sums: &'a [Sum],
}

/// That money went back, how much of it for what, and why.
pub async fn refund_notice(shop: &Shop, id: RefundId) -> Result<()> {
    let row = sqlx::query!(
        r#"select r.order_id as "order_id: OrderId", r.amount, r.currency, r.goods, r.shipping, r.tax, r.tax_included,
                  r.occasion as "occasion: RefundOccasion", r.cause as "cause: RefundCause", r.reason, r.amount = p.amount_captured as "is_all!",
                  p.provider = 'offline' as "is_by_hand!",
                  coalesce((
                      select string_agg(format('%s × %s', line->>'quantity', i.name), ', ' order by i.position)
                      from jsonb_array_elements(r.lines) as line
                      join order_items i on i.id::text = line->>'item'
                  ), '') as "lines!"
           from refunds r
           join payments p on p.id = r.payment_id
           where r.id = $1"#,
        id as _,
    )
    .fetch_one(&shop.db)
    .await?;
    let money = |minor| stored_money(minor, &row.currency);
    let locale = shop.locale;
    let parts = [
        (say!(locale, "totals-goods"), row.goods),
        (say!(locale, "totals-delivery"), row.shipping),
        (say!(locale, "totals-tax-back"), row.tax),
    ];
    let mut sums = Vec::new();
    for (label, minor) in parts.into_iter().filter(|(_, minor)| *minor > 0) {
        sums.push(Sum::part(locale, label, money(minor)?));
    }
    let amount = money(row.amount)?;
    sums.push(Sum::total(locale, say!(locale, "totals-given-back"), amount));
    if row.tax_included > 0 {
        sums.push(Sum::part(locale, say!(locale, "totals-including-tax-back"), money(row.tax_included)?));
    }
    let (head, order) = (Letterhead::load(shop).await?, OrderView::load(shop, row.order_id).await?);
    let (is_all, is_by_hand, lines) = (row.is_all, row.is_by_hand, row.lines.as_str());
    let why = RefundReason { occasion: row.occasion, cause: row.cause, text: row.reason };
    let reason = sentence(&why.say(locale));
    let (reason, sums) = (reason.as_str(), sums.as_slice());
    let mail = order.mail(
        format!("refund:{id}"),
        say!(shop.locale, "mail-refund", amount = amount, number = &order.number).into_owned(),
        render_text(&RefundText { shop: &head, order: &order, amount, is_all, is_by_hand, reason, lines, sums })?,
        render(&RefundHtml { shop: &head, order: &order, amount, is_all, is_by_hand, reason, lines, sums })?,
    );
    send(shop, &mail).await
}

/// A note as a sentence of its own.
fn sentence(note: &str) -> String {
    let note = note.trim();
    if note.is_empty() || note.ends_with(['.', '!', '?']) { note.to_owned() } else { format!("{note}.") }
}

impl OrderView {
    pub(super) fn mail(&self, key: String, subject: String, text: String, html: String) -> Mail {
        let (to, to_name) = (self.email.clone(), self.full_name.clone());
        Mail { key, to, to_name, subject, text, html, unsubscribe: None }
    }
}
