//! Reading an order: all of it, at one moment.

use super::payment_life;
use super::view::{OrderItem, OrderView, Shipment};
use crate::act::Reading;
use crate::actors::{Customer, May, Permission, Staff, Visitor};
use crate::catalog::Picture;
use crate::id::{OrderId, OrderItemId, ProductId, UserId, VariantId};
use crate::inventory::Missing;
use crate::lifecycle::{
    CancelCause, CancelReason, Fulfilment, KeptAddresses, KeptKey, OrderStatus, PaymentStatus, TimelineRow, find,
    find_own,
};
use crate::payments::{self, PaymentState, PaymentView, RefundView};
use crate::pricing::Totals;
use crate::{Currency, Error, Money, Rate, Result, Shop};
use sqlx::PgConnection;
use sqlx::types::Json;

/// A customer's own order, by number or id.
pub async fn of(shop: &Shop, customer: &Customer, reference: &str) -> Result<OrderView> {
    let visitor = Visitor { customer: Some(customer.clone()), ..Visitor::default() };
    for_visitor(shop, &visitor, reference, None).await
}

/// An order by whatever makes it the visitor's: the account, the link's secret, the cart that it was.
pub async fn for_visitor(shop: &Shop, visitor: &Visitor, reference: &str, key: Option<&str>) -> Result<OrderView> {
    let mut reading = Reading::begin(shop).await?;
    let order = find_own(&mut *reading, visitor, reference, key).await?;
    let order = load(shop, &mut reading, order, false).await?;
    reading.end(order).await
}

/// An order that was written just now, with its payments as they stand.
pub async fn with_payments(shop: &Shop, order: OrderView) -> Result<OrderView> {
    let payments = payments::attempts(&shop.db, order.id).await?;
    Ok(OrderView { payment_intent_id: intent_of(&payments), payments, ..order })
}

/// An order as its shopper sees it. Only for one that was placed for them just now: whose it is, is not asked here.
pub async fn own(shop: &Shop, order: OrderId) -> Result<OrderView> {
    let mut reading = Reading::begin(shop).await?;
    let order = load(shop, &mut reading, order, false).await?;
    reading.end(order).await
}

/// Any order, with its whole timeline.
pub async fn for_staff(shop: &Shop, who: &dyn May, reference: &str) -> Result<OrderView> {
    let mut reading = Reading::begin(shop).await?;
    let order = find(&mut *reading, who, Permission::OrdersRead, reference).await?;
    let order = load(shop, &mut reading, order, true).await?;
    reading.end(order).await
}

/// The secret of a guest's link, for staff who send it again.
pub async fn access_key(shop: &Shop, staff: &Staff, reference: &str) -> Result<String> {
    let order = find(&shop.db, staff, Permission::OrdersRead, reference).await?;
    let row = sqlx::query!("select access_key, sealed_key from orders where id = $1", order as _);
    let row = row.fetch_one(&shop.db).await?;
    KeptKey { plain: row.access_key, sealed: row.sealed_key }.open(&shop.encryption_keys, order)
}

async fn load(shop: &Shop, reading: &mut Reading, id: OrderId, for_staff: bool) -> Result<OrderView> {
    let o = sqlx::query!(
        r#"select number, status as "status: OrderStatus", payment_status as "payment_status: PaymentStatus",
                  fulfilment as "fulfilment: Fulfilment",
                  email::text as "email!", user_id as "user_id: UserId", currency, subtotal, discount, tax, tax_included,
                  tax_rate as "tax_rate: Rate", shipping, total, shipping_method, shipping_method_name, shipping_address,
                  billing_address, sealed_addresses, customer_note, created_at, updated_at, paid_at, delivered_at, cancelled_at,
                  cancel_cause as "cancel_cause: CancelCause", cancel_missing as "cancel_missing: Json<Vec<Missing>>", cancel_reason,
                  reserved_until, order_version(id) as "version!", exists (select from refunds r where r.order_id = orders.id) as "has_refunds!",
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
                                  'kind', e.kind,
                                  'values', e.data || jsonb_build_object(
                                      'from', e.from_status, 'to', e.to_status, 'text', e.note
                                  ),
                                  'actorName', case when $2 or e.actor_type not in ('staff', 'api_client') then e.actor_name
                                                    else 'The shop' end,
                                  'isPublic', e.is_public, 'createdAt', e.created_at
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
    let payments = payments::attempts(&mut **reading, id).await?;
    // most orders have none
    let mut refunds = match o.has_refunds {
        true => payments::refunds_of(&mut **reading, id).await?,
        false => Vec::new(),
    };
    if !for_staff {
        refunds = refunds.into_iter().map(RefundView::for_shopper).collect();
    }
    let addresses =
        KeptAddresses { shipping: o.shipping_address, billing: o.billing_address, sealed: o.sealed_addresses };
    let (shipping_address, billing_address) = addresses.read(&shop.encryption_keys, id)?;
    let timeline = o.timeline.map(|rows| rows.0).unwrap_or_default();
    Ok(OrderView {
        id,
        order_number: o.number.clone(),
        number: o.number,
        payment_intent_id: intent_of(&payments),
        status: o.status,
        payment_status: o.payment_status,
        fulfilment: o.fulfilment,
        email: o.email,
        user_id: o.user_id,
        version: o.version,
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
        shipping_address,
        billing_address,
        customer_note: o.customer_note,
        created_at: o.created_at,
        updated_at: o.updated_at,
        paid_at: o.paid_at,
        delivered_at: o.delivered_at,
        cancelled_at: o.cancelled_at,
        cancel_cause: o.cancel_cause,
        cancel_reason: CancelReason::kept(o.cancel_cause, o.cancel_reason, o.cancel_missing.map(|missing| missing.0)),
        reserved_until: o.reserved_until,
        shipments: o.shipments.map(|rows| rows.0).unwrap_or_default(),
        payments,
        refunds,
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

/// The intent that the provider knows an order by: of the attempt that was paid, or else of the last.
fn intent_of(payments: &[PaymentView]) -> Option<String> {
    let with_intent = payments.iter().filter(|p| p.payment_intent_id.is_some());
    let known = with_intent.max_by_key(|p| (p.status == PaymentState::Succeeded, p.created_at, p.id));
    known.and_then(|p| p.payment_intent_id.clone())
}
