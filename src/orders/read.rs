//! Reading an order: all of it, at one moment.

use super::payment_life;
use super::view::{OrderItem, OrderView, Payment, Refund, Shipment};
use crate::act::Reading;
use crate::actors::{Customer, May, Permission, Staff, Visitor};
use crate::address::Address;
use crate::catalog::Picture;
use crate::id::{OrderId, OrderItemId, PaymentId, ProductId, RefundId, UserId, VariantId};
use crate::lifecycle::{Fulfilment, OrderStatus, PaymentStatus, TimelineRow, find, find_own};
use crate::payments::{self, Cause, Split};
use crate::pricing::Totals;
use crate::{Currency, Error, Money, Rate, Result, Shop};
use sqlx::PgConnection;
use sqlx::types::Json;

/// A customer's own order, by number or id.
pub async fn of(shop: &Shop, customer: &Customer, reference: &str) -> Result<OrderView> {
    let visitor = Visitor { customer: Some(customer.clone()), ..Visitor::default() };
    for_visitor(shop, &visitor, reference, None).await
}

/// An order by the secret of its link.
pub async fn by_key(shop: &Shop, reference: &str, key: &str) -> Result<OrderView> {
    for_visitor(shop, &Visitor::default(), reference, Some(key)).await
}

/// An order by whatever makes it the visitor's: the account, the link's secret, the cart that it was.
pub async fn for_visitor(shop: &Shop, visitor: &Visitor, reference: &str, key: Option<&str>) -> Result<OrderView> {
    let mut reading = Reading::begin(shop).await?;
    let order = find_own(&mut *reading, visitor, reference, key).await?;
    let order = load(&mut reading, order, false).await?;
    reading.end(order).await
}

/// Any order, with its whole timeline.
pub async fn for_staff(shop: &Shop, who: &dyn May, reference: &str) -> Result<OrderView> {
    let mut reading = Reading::begin(shop).await?;
    let order = find(&mut *reading, who, Permission::OrdersRead, reference).await?;
    let order = load(&mut reading, order, true).await?;
    reading.end(order).await
}

/// The secret of a guest's link, for staff who send it again.
pub async fn access_key(shop: &Shop, staff: &Staff, reference: &str) -> Result<String> {
    let order = find(&shop.db, staff, Permission::OrdersRead, reference).await?;
    Ok(sqlx::query_scalar!("select access_key from orders where id = $1", order as _).fetch_one(&shop.db).await?)
}

async fn load(reading: &mut Reading, id: OrderId, for_staff: bool) -> Result<OrderView> {
    let o = sqlx::query!(
        r#"select number, status as "status: OrderStatus", payment_status as "payment_status: PaymentStatus",
                  fulfilment as "fulfilment: Fulfilment",
                  email::text as "email!", user_id as "user_id: UserId", currency, subtotal, discount, tax, tax_included,
                  tax_rate as "tax_rate: Rate", shipping, total, shipping_method, shipping_method_name, shipping_address,
                  billing_address, customer_note, created_at, updated_at, paid_at, delivered_at, cancelled_at, cancel_reason,
                  reserved_until,
                  (select jsonb_agg(
                              jsonb_build_object(
                                  'id', s.id, 'carrier', s.carrier, 'tracking', s.tracking, 'trackingUrl', s.tracking_url,
                                  'createdAt', s.created_at,
                                  'items', (select jsonb_agg(
                                                jsonb_build_object(
                                                    'itemId', i.id, 'name', i.name, 'variantName', i.variant_name,
                                                    'quantity', si.quantity
                                                )
                                                order by i.position
                                            )
                                            from shipment_items si
                                            join order_items i on i.id = si.order_item_id
                                            where si.shipment_id = s.id)
                              )
                              order by s.created_at, s.id
                          )
                   from shipments s
                   where s.order_id = orders.id) as "shipments: Json<Vec<Shipment>>",
                  (select jsonb_agg(
                              jsonb_build_object(
                                  'kind', e.kind, 'from', e.from_status, 'to', e.to_status,
                                  'actorName', case when $2 or e.actor_type not in ('staff', 'api_client') then e.actor_name
                                                    else 'The shop' end,
                                  'note', e.note, 'isPublic', e.is_public, 'createdAt', e.created_at
                              )
                              order by e.seq
                          )
                   from order_events e
                   where e.order_id = orders.id and ($2 or e.is_public)) as "timeline: Json<Vec<TimelineRow>>"
           from orders
           where id = $1"#,
        id as _,
        for_staff,
    )
    .fetch_optional(&mut **reading)
    .await?
    .ok_or(Error::NotFound)?;
    let currency = Currency::stored(&o.currency)?;
    let money = |minor| Money::new(minor, currency);
    let (payments, payment_intent_id) = payments_of(reading, id, currency).await?;
    let timeline = o.timeline.map(|rows| rows.0).unwrap_or_default();
    Ok(OrderView {
        id,
        order_number: o.number.clone(),
        number: o.number,
        payment_intent_id,
        status: o.status,
        payment_status: o.payment_status,
        fulfilment: o.fulfilment,
        email: o.email,
        user_id: o.user_id,
        currency,
        items: items_of(reading, id, currency).await?,
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
        shipments: o.shipments.map(|rows| rows.0).unwrap_or_default(),
        payments,
        refunds: refunds_of(reading, id, currency).await?,
        timeline: if for_staff { payment_life::happenings(reading, id, timeline).await? } else { timeline },
    })
}

async fn items_of(conn: &mut PgConnection, order: OrderId, currency: Currency) -> Result<Vec<OrderItem>> {
    let rows = sqlx::query!(
        r#"select id as "id: OrderItemId", variant_id as "variant_id: VariantId", product_id as "product_id: ProductId",
                  sku, name, variant_name, unit_price, quantity, line_total, snapshot,
                  reserved_quantity, shipped_quantity, returned_quantity
           from order_items
           where order_id = $1
           order by position"#,
        order as _,
    )
    .fetch_all(conn)
    .await?;
    let items = rows.into_iter().map(|i| OrderItem {
        id: i.id,
        variant_id: i.variant_id,
        product_id: i.product_id,
        sku: i.sku,
        name: i.name,
        variant_name: i.variant_name,
        slug: i.snapshot["slug"].as_str().unwrap_or_default().to_owned(),
        picture: Picture::kept(&i.snapshot["picture"]),
        unit_price: Money::new(i.unit_price, currency),
        quantity: i.quantity,
        line_total: Money::new(i.line_total, currency),
        to_ship: i.reserved_quantity,
        shipped: i.shipped_quantity,
        returned: i.returned_quantity,
    });
    Ok(items.collect())
}

/// The attempts to pay, and the intent that the provider knows the order by: the one that was paid, or else the last.
async fn payments_of(
    conn: &mut PgConnection,
    order: OrderId,
    currency: Currency,
) -> Result<(Vec<Payment>, Option<String>)> {
    let rows = sqlx::query!(
        r#"select id as "id: PaymentId", provider, method, status, amount, amount_captured, amount_refunding,
                  failure_message, coalesce(provider_intent, provider_session) as reference, provider_intent, created_at, settled_at
           from payments
           where order_id = $1
           order by created_at, id"#,
        order as _,
    )
    .fetch_all(conn)
    .await?;
    let intent = rows
        .iter()
        .filter(|p| p.provider_intent.is_some())
        .max_by_key(|p| (p.status == "succeeded", p.created_at, p.id))
        .and_then(|p| p.provider_intent.clone());
    let payments = rows.into_iter().map(|p| Payment {
        id: p.id,
        provider: p.provider,
        method: p.method,
        status: p.status,
        amount: Money::new(p.amount, currency),
        captured: Money::new(p.amount_captured, currency),
        refunding: Money::new(p.amount_refunding, currency),
        failure_message: p.failure_message,
        reference: p.reference,
        created_at: p.created_at,
        settled_at: p.settled_at,
    });
    Ok((payments.collect(), intent))
}

async fn refunds_of(conn: &mut PgConnection, order: OrderId, currency: Currency) -> Result<Vec<Refund>> {
    let rows = sqlx::query!(
        r#"select r.id as "id: RefundId", r.payment_id as "payment_id: PaymentId", r.amount, r.goods, r.shipping, r.tax, r.tax_included,
                  r.lines, r.cause as "cause: Cause", r.reason, r.restock, r.status, r.failure_message, r.actor_name,
                  p.provider = 'offline' as "is_by_hand!", r.created_at
           from refunds r
           join payments p on p.id = r.payment_id
           where r.order_id = $1
           order by r.created_at, r.id"#,
        order as _,
    )
    .fetch_all(conn)
    .await?;
    let money = |minor| Money::new(minor, currency);
    let refunds = rows.into_iter().map(|r| {
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
    });
    refunds.collect()
}
