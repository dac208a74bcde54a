//! Mail about money that came for an order that had been cancelled.

use super::accounts::{render, render_text};
use super::markup::{html, mail_link, strong};
use super::send;
use super::view::{Letterhead, OrderView, stored_money};
use crate::id::{OrderId, PaymentId};
use crate::inventory::Missing;
use crate::lifecycle::{CancelCause, CancelReason};
use crate::{Money, Result, Shop, say};
use askama::Template;
use sqlx::types::Json;

#[derive(Template)]
#[template(path = "email/late_payment.html")]
struct Html<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
    amount: Money,
    reason: &'a str,
}

#[derive(Template)]
#[template(path = "email/late_payment.txt")]
struct Text<'a> {
    shop: &'a Letterhead,
    order: &'a OrderView,
    amount: Money,
    reason: &'a str,
}

/// That a payment came too late, and that all of it goes back.
pub async fn late_payment(shop: &Shop, id: PaymentId) -> Result<()> {
    let row = sqlx::query!(
        r#"select o.id as "order: OrderId", o.currency, o.cancel_cause as "cause: CancelCause",
                  o.cancel_missing as "missing: Json<Vec<Missing>>", o.cancel_reason as reason, p.amount_captured
           from payments p
           join orders o on o.id = p.order_id
           where p.id = $1"#,
        id as _,
    )
    .fetch_one(&shop.db)
    .await?;
    let amount = stored_money(row.amount_captured, &row.currency)?;
    let (head, order) = (Letterhead::load(shop).await?, OrderView::load(shop, row.order).await?);
    let why = CancelReason::kept(row.cause, row.reason, row.missing.map(|missing| missing.0));
    let reason = why.as_ref().map(|why| why.say(shop.locale)).unwrap_or_default();
    let reason = reason.trim().trim_end_matches('.');
    let mail = order.mail(
        format!("late_payment:{id}"),
        say!(shop.locale, "mail-late", number = &order.number).into_owned(),
        render_text(&Text { shop: &head, order: &order, amount, reason })?,
        render(&Html { shop: &head, order: &order, amount, reason })?,
    );
    send(shop, &mail).await
}
