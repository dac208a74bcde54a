//! Reading an order: all of it, at one moment.

use super::payment_life;
use super::view::{OrderItem, OrderView, Payment, Refund, Shipment};
use crate::actors::{Customer, May, Permission, Staff, Visitor};
use crate::address::Address;
use crate::catalog::Picture;
use crate::id::{OrderId, OrderItemId, PaymentId, ProductId, RefundId, ShipmentId, UserId, VariantId};
use crate::lifecycle::{Fulfilment, OrderStatus, PaymentStatus, TimelineRow};
use crate::lifecycle::{find, find_own};
use crate::payments::{self, Cause, Split};
use crate::pricing::Totals;
use crate::{Currency, Error, Money, Rate, Result, Shop};

/// A customer's own order, by number or id.
pub async fn of(shop: &Shop, customer: &Customer, reference: &str) -> Result<OrderView> {
    let visitor = Visitor { customer: Some(customer.clone()), ..Visitor::default() };
    let order = find_own(&shop.db, &visitor, reference, None).await?;
    load(shop, order, false).await
}

/// An order by the secret of its link.
pub async fn by_key(shop: &Shop, reference: &str, key: &str) -> Result<OrderView> {
    let order = find_own(&shop.db, &Visitor::default(), reference, Some(key)).await?;
    load(shop, order, false).await
}

/// An order by whatever makes it the visitor's: the account, the link's secret, the cart that it was.
pub async fn for_visitor(shop: &Shop, visitor: &Visitor, reference: &str, key: Option<&str>) -> Result<OrderView> {
    let order = find_own(&shop.db, visitor, reference, key).await?;
    load(shop, order, false).await
}

/// Any order, with its whole timeline.
pub async fn for_staff(shop: &Shop, who: &dyn May, reference: &str) -> Result<OrderView> {
    let order = find(&shop.db, who, Permission::OrdersRead, reference).await?;
    load(shop, order, true).await
}

/// The secret of a guest's link, for staff who send it again.
pub async fn access_key(shop: &Shop, staff: &Staff, reference: &str) -> Result<String> {
    let order = find(&shop.db, staff, Permission::OrdersRead, reference).await?;
    Ok(sqlx::query_scalar!("select access_key from orders where id = $1", order as _).fetch_one(&shop.db).await?)
}

async fn load(shop: &Shop, id: OrderId, for_staff: bool) -> Result<OrderView> {
    // one connection, one moment
    let mut tx = shop.db.begin_with("begin isolation level repeatable read, read only").await?;
    let o = sqlx::query!(
        r#"select number, status as "status: OrderStatus", payment_status as "payment_status: PaymentStatus",
                  fulfilment as "fulfilment: Fulfilment",
                  email::text as "email!", user_id as "user_id: UserId", currency, subtotal, discount, tax, tax_included,
                  tax_rate as "tax_rate: Rate", shipping, total, shipping_method, shipping_method_name, shipping_address, billing_address,
                  customer_note, created_at, updated_at, paid_at, delivered_at, cancelled_at, cancel_reason,
                  reserved_until
           from orders
           where id = $1"#,
        id as _,
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::NotFound)?;
    let currency = Currency::stored(&o.currency)?;
    let money = |minor| Money::new(minor, currency);
    let items = sqlx::query!(
        r#"select id as "id: OrderItemId", variant_id as "variant_id: VariantId", product_id as "product_id: ProductId",
                  sku, name, variant_name, unit_price, quantity, line_total, snapshot,
                  reserved_quantity, shipped_quantity, returned_quantity
           from order_items
           where order_id = $1
           order by position"#,
        id as _,
    )
    .fetch_all(&mut *tx)
    .await?;
    let shipments = sqlx::query!(
        r#"select s.id as "id: ShipmentId", s.carrier, s.tracking, s.tracking_url, s.created_at,
                  jsonb_agg(jsonb_build_object('itemId', i.id, 'name', i.name, 'variantName', i.variant_name,
                                               'quantity', si.quantity) order by i.position) as "items!"
           from shipments s
           join shipment_items si on si.shipment_id = s.id
           join order_items i on i.id = si.order_item_id
           where s.order_id = $1
           group by s.id
           order by s.created_at, s.id"#,
        id as _,
    )
    .fetch_all(&mut *tx)
    .await?;
    let payments = sqlx::query!(
        r#"select id as "id: PaymentId", provider, method, status, amount, amount_captured, amount_refunding,
                  failure_message, coalesce(provider_intent, provider_session) as reference, provider_intent, created_at, settled_at
           from payments
           where order_id = $1
           order by created_at, id"#,
        id as _,
    )
    .fetch_all(&mut *tx)
    .await?;
    let refunds = sqlx::query!(
        r#"select r.id as "id: RefundId", r.payment_id as "payment_id: PaymentId", r.amount, r.goods, r.shipping, r.tax, r.tax_included,
                  r.lines, r.cause as "cause: Cause", r.reason, r.restock, r.status, r.failure_message, r.actor_name,
                  p.provider = 'offline' as "is_by_hand!", r.created_at
           from refunds r
           join payments p on p.id = r.payment_id
           where r.order_id = $1
           order by r.created_at, r.id"#,
        id as _,
    )
    .fetch_all(&mut *tx)
    .await?;
    let timeline = sqlx::query_as!(
        TimelineRow,
        r#"select kind, from_status as "from: OrderStatus", to_status as "to: OrderStatus",
                  case when $2 or actor_type not in ('staff', 'api_client') then actor_name else 'The shop' end as "actor_name!",
                  note, is_public, created_at
           from order_events
           where order_id = $1 and ($2 or is_public)
           order by seq"#,
        id as _,
        for_staff,
    )
    .fetch_all(&mut *tx)
    .await?;
    let timeline = if for_staff { payment_life::told(&mut tx, id, timeline).await? } else { timeline };
    tx.commit().await?;
    Ok(OrderView {
        id,
        order_number: o.number.clone(),
        number: o.number,
        payment_intent_id: payments
            .iter()
            .filter(|p| p.provider_intent.is_some())
            .max_by_key(|p| (p.status == "succeeded", p.created_at, p.id))
            .and_then(|p| p.provider_intent.clone()),
        status: o.status,
        payment_status: o.payment_status,
        fulfilment: o.fulfilment,
        email: o.email,
        user_id: o.user_id,
        currency,
        items: items
            .into_iter()
            .map(|i| OrderItem {
                id: i.id,
                variant_id: i.variant_id,
                product_id: i.product_id,
                sku: i.sku,
                name: i.name,
                variant_name: i.variant_name,
                slug: i.snapshot["slug"].as_str().unwrap_or_default().to_owned(),
                picture: Picture::kept(&i.snapshot["picture"]),
                unit_price: money(i.unit_price),
                quantity: i.quantity,
                line_total: money(i.line_total),
                to_ship: i.reserved_quantity,
                shipped: i.shipped_quantity,
                returned: i.returned_quantity,
            })
            .collect(),
        totals: Totals {
            currency,
            subtotal: money(o.subtotal),
            discount: money(o.discount),
            shipping: money(o.shipping),
            tax: money(o.tax),
            tax_included: money(o.tax_included),
            tax_rate: o.tax_rate,
            total: money(o.total),
        },
        shipping_method: o.shipping_method,
        shipping_method_name: o.shipping_method_name,
        shipping_address: Address::from_json(o.shipping_address)?,
        billing_address: Address::from_json(o.billing_address)?,
        customer_note: o.customer_note,
        created_at: o.created_at,
        updated_at: o.updated_at,
        paid_at: o.paid_at,
        delivered_at: o.delivered_at,
        cancelled_at: o.cancelled_at,
        cancel_reason: o.cancel_reason,
        reserved_until: o.reserved_until,
        shipments: shipments
            .into_iter()
            .map(|s| {
                Ok(Shipment {
                    id: s.id,
                    carrier: s.carrier,
                    tracking: s.tracking,
                    tracking_url: s.tracking_url,
                    created_at: s.created_at,
                    items: serde_json::from_value(s.items)?,
                })
            })
            .collect::<Result<_>>()?,
        payments: payments
            .into_iter()
            .map(|p| Payment {
                id: p.id,
                provider: p.provider,
                method: p.method,
                status: p.status,
                amount: money(p.amount),
                captured: money(p.amount_captured),
                refunding: money(p.amount_refunding),
                failure_message: p.failure_message,
                reference: p.reference,
                created_at: p.created_at,
                settled_at: p.settled_at,
            })
            .collect(),
        refunds: refunds
            .into_iter()
            .map(|r| {
                Ok(Refund {
                    id: r.id,
                    payment_id: r.payment_id,
                    amount: money(r.amount),
                    split: Split {
                        goods: money(r.goods),
                        shipping: money(r.shipping),
                        tax: money(r.tax),
                        tax_included: money(r.tax_included),
                    },
                    lines: serde_json::from_value(r.lines)?,
                    reason: payments::in_words(r.cause, &r.reason),
                    restock: r.restock,
                    status: r.status,
                    failure_message: r.failure_message,
                    by: r.actor_name,
                    is_by_hand: r.is_by_hand,
                    created_at: r.created_at,
                })
            })
            .collect::<Result<_>>()?,
        timeline,
    })
}
