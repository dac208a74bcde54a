//! Writing the order: its row, its lines with a snapshot of what was sold, the payment, the held stock, the cart's end.

use super::input::{Asked, Placed, Wanted};
use crate::accounts::addresses::{self, AddressKind};
use crate::actors::{System, Visitor};
use crate::cart::CartLine;
use crate::catalog::Picture;
use crate::id::{CartId, OrderId, OrderItemId, PaymentId};
use crate::inventory::{self, Cause, Item};
use crate::jobs::{self, Job, Spec};
use crate::lifecycle::{self, Fulfilment, Happening, Locked, OrderEvent, OrderStatus, PaymentStatus};
use crate::payments::Method;
use crate::pricing::Totals;
use crate::settings::Settings;
use crate::{Error, Money, OnConstraint, Result, Shop, events, secret_token};
use chrono::TimeDelta;
use serde_json::json;
use sqlx::PgConnection;

pub(super) struct NewOrder<'a> {
    pub cart: CartId,
    pub lines: &'a [CartLine],
    pub wanted: &'a Wanted<'a>,
    pub totals: &'a Totals,
    pub settings: &'a Settings,
    pub asked: &'a Asked<'a>,
}

/// Other wishes for an order that stands.
pub(super) struct Correction<'a> {
    pub wanted: &'a Wanted<'a>,
    pub totals: &'a Totals,
    pub settings: &'a Settings,
    pub asked: &'a Asked<'a>,
    /// For the timeline.
    pub words: &'a str,
    /// An attempt to pay that was made for this correction.
    pub fresh: Option<PaymentId>,
}

/// Writes all of it in the caller's transaction, or fails with what is sold out.
pub(super) async fn order(
    conn: &mut PgConnection,
    shop: &Shop,
    visitor: &Visitor,
    new: &NewOrder<'_>,
) -> Result<Placed> {
    let (wanted, totals, owner) = (new.wanted, new.totals, new.asked.owner);
    let order = OrderId::new();
    let access_key = secret_token();
    let now = shop.clock.now();
    let deadline = now + TimeDelta::minutes(i64::from(new.settings.order_hold_minutes));
    let number = sqlx::query_scalar!(
        "insert into orders
            (id, user_id, email, access_key, currency, subtotal, discount, tax, tax_included, tax_rate, shipping, total,
             shipping_method, shipping_method_name, shipping_address, billing_address, customer_note, cart_id,
             idempotency_scope, idempotency_key, request_hash, reserved_until, created_at, updated_at, placed_from)
         values ($1, $2, $3::text::citext, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                 $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $23, $24)
         returning number",
        order as _,
        owner.user() as _,
        wanted.email,
        access_key,
        totals.currency.code(),
        totals.subtotal.minor,
        totals.discount.minor,
        totals.tax.minor,
        totals.tax_included.minor,
        totals.tax_rate as _,
        totals.shipping.minor,
        totals.total.minor,
        wanted.method.code,
        wanted.method.name,
        serde_json::to_value(&wanted.shipping)?,
        serde_json::to_value(&wanted.billing)?,
        wanted.note,
        new.cart as _,
        owner.scope(),
        new.asked.key,
        &new.asked.hash,
        deadline,
        now,
        visitor.origin.network(),
    )
    .fetch_one(&mut *conn)
    .await
    // somebody else's transaction placed it meanwhile: try again and find it
    .on_constraint("orders_idempotency_scope_idempotency_key_key", || Error::Busy)
    .on_constraint("orders_cart_id_key", || Error::Busy)?;

    items(conn, order, new.lines).await?;
    let held: Vec<_> = new.lines.iter().map(|l| Item { variant: l.variant_id, quantity: l.quantity }).collect();
    inventory::reserve(conn, &held, &Cause::order(&shop.clock, visitor, order)).await?;

    let placed = Happening { kind: "placed", from: None, to: Some(OrderStatus::Pending), note: "", is_public: true };
    lifecycle::note_down(conn, &shop.clock, visitor, order, placed).await?;
    let event = OrderEvent {
        order_id: order,
        number: &number,
        status: OrderStatus::Pending,
        previous_status: None,
        payment_status: PaymentStatus::Pending,
        fulfilment: Fulfilment::Unfulfilled,
        total: totals.total,
        currency: totals.currency,
    };
    events::record(conn, &shop.clock, "order.placed", &event).await?;
    sqlx::query!("update carts set ordered_at = $2, updated_at = $2 where id = $1", new.cart as _, now)
        .execute(&mut *conn)
        .await?;
    if let (true, Some(customer)) = (wanted.save_address, &visitor.customer) {
        addresses::remember(conn, shop, customer, AddressKind::Shipping, &wanted.shipping).await?;
    }
    let (payment, payment_method) = payment(conn, shop, order, totals.total, wanted.payment_method).await?;
    if totals.total.is_zero() {
        lifecycle::paid(conn, &shop.clock, &System, order).await?;
    } else {
        let spec = Spec { run_at: Some(deadline), key: Some(format!("lapse-order:{order}")), ..Spec::default() };
        jobs::enqueue_with(conn, &Job::LapseOrder { order }, spec).await?;
    }
    Ok(Placed { order, number, access_key, payment, payment_method, total: totals.total, replayed: false })
}

/// The lines, with what was sold as it was then: later changes of the product do not reach into orders. (`(select $2)` hides from
/// PostgreSQL how many there are, for which it would make a plan each time.)
async fn items(conn: &mut PgConnection, order: OrderId, lines: &[CartLine]) -> Result<()> {
    let ids: Vec<_> = lines.iter().map(|_| OrderItemId::new().0).collect();
    let variants: Vec<_> = lines.iter().map(|l| l.variant_id.0).collect();
    let quantities: Vec<_> = lines.iter().map(|l| l.quantity).collect();
    let prices: Vec<_> = lines.iter().map(|l| l.unit_price.minor).collect();
    let pictures = lines.iter().map(|l| json!(l.picture.as_ref().map(Picture::to_keep))).collect::<Vec<_>>();
    sqlx::query!(
        "insert into order_items
            (id, order_id, variant_id, product_id, location_id, position, sku, name, variant_name,
             unit_price, quantity, line_total, reserved_quantity, snapshot)
         select line.id, $1, v.id, p.id, place.id, line.position, v.sku, p.name,
                concat_ws(' / ', v.option1, v.option2, v.option3),
                line.price, line.quantity, line.price * line.quantity, line.quantity,
                jsonb_build_object(
                    'slug', p.slug, 'brand', p.brand, 'summary', p.summary, 'barcode', v.barcode,
                    'weightGrams', v.weight_grams, 'picture', line.picture,
                    'options', (
                        select coalesce(jsonb_agg(jsonb_build_object('name', o.name, 'value',
                                    case o.position when 1 then v.option1 when 2 then v.option2 else v.option3 end)
                                    order by o.position), '[]')
                        from product_options o
                        where o.product_id = p.id
                    )
                )
         from unnest((select $2::uuid[]), (select $3::uuid[]), (select $4::int[]), (select $5::bigint[]), (select $6::jsonb[]))
              with ordinality as line (id, variant_id, quantity, price, picture, position)
         join variants v on v.id = line.variant_id
         join products p on p.id = v.product_id
         join stock_locations place on place.is_default",
        order as _,
        &ids,
        &variants,
        &quantities,
        &prices,
        &pictures,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The payment to come, with the key that every request about it will carry. An order that costs nothing is paid at once.
async fn payment(
    conn: &mut PgConnection,
    shop: &Shop,
    order: OrderId,
    total: Money,
    method: Method,
) -> Result<(PaymentId, Method)> {
    let payment = PaymentId::new();
    let (provider, method, status) = match total.is_zero() {
        true => ("offline", Method::Offline, "succeeded"),
        false => ("stripe", method, "created"),
    };
    let now = shop.clock.now();
    sqlx::query!(
        "insert into payments
            (id, order_id, provider, method, idempotency_key, currency, amount, status, settled_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        payment as _,
        order as _,
        provider,
        method as Method,
        format!("payment-{payment}"),
        total.currency.code(),
        total.minor,
        status,
        (status == "succeeded").then_some(now),
        now,
    )
    .execute(conn)
    .await?;
    Ok((payment, method))
}

/// Writes other wishes into an order that is locked, not paid, and of which nothing is open at the gateway. Answers the payment
/// by which it is paid from now on.
pub(super) async fn correction(
    conn: &mut PgConnection,
    shop: &Shop,
    visitor: &Visitor,
    order: &Locked,
    new: &Correction<'_>,
) -> Result<(PaymentId, Method)> {
    let (wanted, totals) = (new.wanted, new.totals);
    let now = shop.clock.now();
    sqlx::query!(
        "update orders
         set email = $2::text::citext, subtotal = $3, discount = $4, tax = $5, tax_included = $6, tax_rate = $7,
             shipping = $8, total = $9, shipping_method = $10, shipping_method_name = $11, shipping_address = $12,
             billing_address = $13, customer_note = $14, reserved_until = $15, updated_at = $16
         where id = $1",
        order.id as _,
        wanted.email,
        totals.subtotal.minor,
        totals.discount.minor,
        totals.tax.minor,
        totals.tax_included.minor,
        totals.tax_rate as _,
        totals.shipping.minor,
        totals.total.minor,
        wanted.method.code,
        wanted.method.name,
        serde_json::to_value(&wanted.shipping)?,
        serde_json::to_value(&wanted.billing)?,
        wanted.note,
        now + TimeDelta::minutes(i64::from(new.settings.order_hold_minutes)),
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into order_corrections (idempotency_scope, idempotency_key, request_hash, order_id, created_at)
         values ($1, $2, $3, $4, $5)",
        new.asked.owner.scope(),
        new.asked.key,
        &new.asked.hash,
        order.id as _,
        now,
    )
    .execute(&mut *conn)
    .await
    .on_constraint("order_corrections_pkey", || Error::Busy)?;
    lifecycle::note_down(conn, &shop.clock, visitor, order.id, Happening::of_kind("corrected", new.words).public())
        .await?;
    let event = OrderEvent {
        order_id: order.id,
        number: &order.number,
        status: order.status,
        previous_status: None,
        payment_status: order.payment_status,
        fulfilment: order.fulfilment,
        total: totals.total,
        currency: totals.currency,
    };
    events::record(conn, &shop.clock, "order.corrected", &event).await?;
    if let (true, Some(customer)) = (wanted.save_address, &visitor.customer) {
        addresses::remember(conn, shop, customer, AddressKind::Shipping, &wanted.shipping).await?;
    }
    let paid_by = next_payment(conn, shop, order.id, new).await?;
    if totals.total.is_zero() {
        lifecycle::paid(conn, &shop.clock, &System, order.id).await?;
    }
    Ok(paid_by)
}

/// The attempt that was made for this correction, or a new one in place of the one that is open. That one was never asked for at
/// the gateway; whoever is about to finds it closed, and is not led to a sum that they did not see.
async fn next_payment(
    conn: &mut PgConnection,
    shop: &Shop,
    order: OrderId,
    new: &Correction<'_>,
) -> Result<(PaymentId, Method)> {
    let (total, method) = (new.totals.total, new.wanted.payment_method);
    let now = shop.clock.now();
    if let Some(fresh) = new.fresh.filter(|_| !total.is_zero()) {
        let ours = sqlx::query!(
            "update payments
             set amount = $2, method = $3, updated_at = $4
             where id = $1 and status = 'created' and expires_at is null",
            fresh as _,
            total.minor,
            method as Method,
            now,
        )
        .execute(&mut *conn)
        .await?;
        if ours.rows_affected() > 0 {
            return Ok((fresh, method));
        }
    }
    sqlx::query!(
        "update payments
         set status = 'cancelled', settled_at = $2, updated_at = $2
         where order_id = $1 and status = 'created' and expires_at is null",
        order as _,
        now,
    )
    .execute(&mut *conn)
    .await?;
    payment(conn, shop, order, total, method).await
}
