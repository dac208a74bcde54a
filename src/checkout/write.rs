//! Writing the order: its row, its lines with a snapshot of what was sold, the payment, the held stock, the cart's end.

use super::input::{CheckedOrder, OrderRequest, Placed};
use crate::accounts::addresses::{self, AddressKind};
use crate::actors::{System, Visitor};
use crate::cart::CartLine;
use crate::catalog::Picture;
use crate::entity::Entity;
use crate::events::{self, Event, GoodsState, MoneyState, OrderEvent, OrderState};
use crate::id::{CartId, OrderId, OrderItemId, PaymentId};
use crate::inventory::{self, Item, MovementCause};
use crate::lifecycle::{
    self, CorrectedPart, Fulfilment, Happening, KeptAddresses, KeptKey, Locked, OrderStatus, PaymentStatus, TimelineRow,
};
use crate::live_topic::LiveTopic;
use crate::orders::{OrderItem, OrderView};
use crate::payments::{self, GatewayOrder, Method, NewPayment, OrderLine, Prepared};
use crate::pricing::Totals;
use crate::settings::Settings;
use crate::{Act, Error, OnConstraint, Result, secret_token};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

pub(super) struct NewOrder<'a> {
    pub cart: CartId,
    pub lines: &'a [CartLine],
    pub checked: &'a CheckedOrder<'a>,
    pub totals: &'a Totals,
    pub settings: &'a Settings,
    pub request: &'a OrderRequest<'a>,
}

/// An order that was written just now with all that the gateway is asked for: nothing of it has to be read again.
pub struct Written {
    /// As its shopper sees it, without its payment.
    pub order: OrderView,
    pub prepared: Prepared,
}

/// Other wishes for an order that stands.
pub(super) struct Correction<'a> {
    pub checked: &'a CheckedOrder<'a>,
    pub totals: &'a Totals,
    pub settings: &'a Settings,
    pub request: &'a OrderRequest<'a>,
    /// What is another one than before.
    pub parts: Vec<CorrectedPart>,
    /// An attempt to pay that was made for this correction.
    pub fresh: Option<PaymentId>,
}

/// What is made up for an order before it is written.
struct Fresh {
    order: OrderId,
    access_key: String,
    items: Vec<OrderItemId>,
    payment: NewPayment,
    /// Until when the goods are held.
    deadline: DateTime<Utc>,
}

/// Writes all of it in the caller's act, or fails with what is sold out.
pub(super) async fn order(
    act: &mut Act<'_>,
    visitor: &Visitor,
    new: &NewOrder<'_>,
) -> Result<(Placed, Option<Written>)> {
    let (checked, totals) = (new.checked, new.totals);
    let order = OrderId::new();
    act.about(Entity::Order, &order.to_string());
    let mut deadline = act.now + TimeDelta::minutes(i64::from(new.settings.order_hold_minutes));
    let mut payment = NewPayment::of(totals.total, checked.payment_method, act.now);
    // whose kept cards are offered to a customer, only the gateway knows
    if new.request.is_paid_next && visitor.customer.is_none() && !totals.total.is_zero() {
        let open_until = payments::open_until(act.now);
        payment.expires_at = Some(open_until);
        deadline = deadline.max(payments::held_until(open_until));
    }
    let items = new.lines.iter().map(|_| OrderItemId::new()).collect();
    let fresh = Fresh { order, access_key: secret_token(), items, payment, deadline };
    let number = insert(act, visitor, &fresh, new).await?;

    let held: Vec<_> = new.lines.iter().map(|l| Item { variant: l.variant_id, quantity: l.quantity }).collect();
    inventory::reserve(act, &held, MovementCause::order(order)).await?;

    lifecycle::note_down(act, order, &Happening::Placed)?;
    let event = OrderEvent {
        order_id: order,
        number: number.clone(),
        status: OrderState::Pending,
        previous_status: None,
        payment_status: MoneyState::Pending,
        fulfilment: GoodsState::Unfulfilled,
        total: totals.total.into(),
        currency: totals.currency,
    };
    events::record(act, &Event::OrderPlaced(event))?;
    if let (true, Some(customer)) = (checked.save_address, &visitor.customer) {
        addresses::remember(act, customer, AddressKind::Shipping, &checked.shipping).await?;
    }
    if totals.total.is_zero() {
        paid_by_itself(act, order).await?;
    }
    let written =
        prepare(act, &fresh, &number, new).map(|prepared| Written { order: view(act, &fresh, &number, new), prepared });
    let placed = Placed {
        order,
        number,
        access_key: fresh.access_key,
        payment: fresh.payment.id,
        payment_method: fresh.payment.method,
        total: totals.total,
        replayed: false,
    };
    Ok((placed, written))
}

/// The order as it is read from now on.
fn view(act: &Act<'_>, fresh: &Fresh, number: &str, new: &NewOrder<'_>) -> OrderView {
    let checked = new.checked;
    let items = fresh.items.iter().zip(new.lines).map(|(id, line)| OrderItem {
        id: *id,
        variant_id: line.variant_id,
        product_id: line.product_id,
        sku: line.sku.clone(),
        name: line.name.clone(),
        variant_name: line.variant_name.clone(),
        slug: line.slug.clone(),
        picture: line.picture.clone(),
        unit_price: line.unit_price,
        quantity: line.quantity,
        line_total: line.line_total,
        to_ship: line.quantity,
        shipped: 0,
        returned: 0,
    });
    OrderView {
        id: fresh.order,
        number: number.to_owned(),
        order_number: number.to_owned(),
        status: OrderStatus::Pending,
        payment_status: PaymentStatus::Pending,
        fulfilment: Fulfilment::Unfulfilled,
        payment_intent_id: None,
        email: checked.email.clone(),
        user_id: new.request.owner.user(),
        version: String::new(),
        currency: new.totals.currency,
        items: items.collect(),
        totals: *new.totals,
        shipping_method: checked.method.code.clone(),
        shipping_method_name: checked.method.name.clone(),
        shipping_address: checked.shipping.clone(),
        billing_address: checked.billing.clone(),
        customer_note: checked.note.clone(),
        created_at: act.now,
        updated_at: act.now,
        paid_at: None,
        delivered_at: None,
        cancelled_at: None,
        cancel_reason: None,
        cancel_cause: None,
        reserved_until: Some(fresh.deadline),
        shipments: Vec::new(),
        payments: Vec::new(),
        refunds: Vec::new(),
        timeline: vec![TimelineRow::written(act, Happening::Placed)],
    }
}

/// What the gateway is asked for, if that is fixed.
fn prepare(act: &Act<'_>, fresh: &Fresh, number: &str, new: &NewOrder<'_>) -> Option<Prepared> {
    let (checked, totals) = (new.checked, new.totals);
    let what = GatewayOrder {
        status: OrderStatus::Pending,
        is_paid: false,
        number: number.to_owned(),
        email: checked.email.clone(),
        access_key: fresh.access_key.clone(),
        tax: totals.tax.minor,
        tax_rate: totals.tax_rate,
        shipping: totals.shipping.minor,
        shipping_method_name: checked.method.name.clone(),
        total: totals.total.minor,
    };
    let lines = new.lines.iter().map(|line| OrderLine {
        name: line.name.clone(),
        variant_name: line.variant_name.clone(),
        unit_price: line.unit_price.minor,
        quantity: line.quantity,
    });
    Prepared::new(&fresh.payment, fresh.order, totals.total, what, lines.collect(), act.shop.locale)
}

/// The order, its lines and the payment to come, in one statement, with the end of the cart; answers the order's
/// number. The lines hold what was sold as it was then: later changes of the product do not reach into orders.
/// (`(select $25)` keeps the generic plan; with the bare parameter PostgreSQL makes a custom plan for each number of
/// lines.)
async fn insert(act: &mut Act<'_>, visitor: &Visitor, fresh: &Fresh, new: &NewOrder<'_>) -> Result<String> {
    let (checked, totals, owner, lines) = (new.checked, new.totals, new.request.owner, new.lines);
    let now = act.now;
    let payment = &fresh.payment;
    act.changes(LiveTopic::Cart(new.cart));
    let keys = &act.shop.encryption_keys;
    let kept = KeptAddresses::seal(keys, fresh.order, &checked.shipping, &checked.billing)?;
    let (sealed_key, access_hash) = KeptKey::seal(keys, fresh.order, &fresh.access_key)?;
    let ids: Vec<_> = fresh.items.iter().map(|id| id.0).collect();
    let variants: Vec<_> = lines.iter().map(|l| l.variant_id.0).collect();
    let quantities: Vec<_> = lines.iter().map(|l| l.quantity).collect();
    let prices: Vec<_> = lines.iter().map(|l| l.unit_price.minor).collect();
    let names: Vec<_> = lines.iter().map(|l| l.name.clone()).collect();
    let variant_names: Vec<_> = lines.iter().map(|l| l.variant_name.clone()).collect();
    let pictures = lines.iter().map(|l| json!(l.picture.as_ref().map(Picture::to_keep))).collect::<Vec<_>>();
    sqlx::query_scalar!(
        r#"with placed as (
            insert into orders
                (id, user_id, email, sealed_key, currency, subtotal, discount, tax, tax_included, tax_rate, shipping, total,
                 shipping_method, shipping_method_name, shipping_address, billing_address, customer_note, cart_id,
                 idempotency_scope, idempotency_key, request_hash, reserved_until, created_at, updated_at, placed_from,
                 access_hash, sealed_addresses)
            values ($1, $2, $3::text::citext, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $23, $24, $39, $40)
            returning number
        ),
        sold as (
            insert into order_items
                (id, order_id, variant_id, product_id, location_id, position, sku, name, variant_name,
                 unit_price, quantity, line_total, reserved_quantity, snapshot)
            select line.id, $1, v.id, p.id, place.id, line.position, v.sku, line.name, line.variant_name,
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
            from unnest((select $25::uuid[]), (select $26::uuid[]), (select $27::int[]), (select $28::bigint[]),
                        (select $29::jsonb[]), (select $37::text[]), (select $38::text[]))
                 with ordinality as line (id, variant_id, quantity, price, picture, name, variant_name, position)
            join variants v on v.id = line.variant_id
            join products p on p.id = v.product_id
            join stock_locations place on place.is_default
        ),
        payment as (
            insert into payments
                (id, order_id, provider, method, idempotency_key, currency, amount, status, settled_at, expires_at,
                 created_at, updated_at)
            values ($30, $1, $31, $32, $33, $5, $12, $34, $35, $36, $23, $23)
        ),
        ended as (
            update carts set ordered_at = $23, updated_at = $23 where id = $18
        )
        select number as "number!" from placed"#,
        fresh.order as _,
        owner.user() as _,
        checked.email,
        sealed_key,
        totals.currency.code(),
        totals.subtotal.minor,
        totals.discount.minor,
        totals.tax.minor,
        totals.tax_included.minor,
        totals.tax_rate as _,
        totals.shipping.minor,
        totals.total.minor,
        checked.method.code,
        checked.method.name,
        kept.shipping,
        kept.billing,
        checked.note,
        new.cart as _,
        owner.scope(),
        new.request.key,
        new.request.kept_hash()?,
        fresh.deadline,
        now,
        visitor.origin.network(),
        &ids,
        &variants,
        &quantities,
        &prices,
        &pictures,
        payment.id as _,
        payment.provider.word(),
        payment.method as Method,
        payment.key,
        payment.status.word(),
        payment.settled_at,
        payment.expires_at,
        &names,
        &variant_names,
        &access_hash[..],
        kept.sealed,
    )
    .fetch_one(&mut **act)
    .await
    // somebody else's transaction placed it meanwhile: try again and find it
    .on_constraint("orders_idempotency_scope_idempotency_key_key", || Error::Busy)
    .on_constraint("orders_cart_id_key", || Error::Busy)
}

/// What costs nothing is paid at once, in the name of the shop itself.
async fn paid_by_itself(act: &mut Act<'_>, order: OrderId) -> Result<()> {
    let shopper = act.act_as(&System);
    payments::order_paid(act, order).await?;
    act.act_as(shopper);
    Ok(())
}

/// Writes other wishes into an order that is locked, not paid, and of which nothing is open at the gateway. Answers the
/// payment by which it is paid from now on.
pub(super) async fn correction(
    act: &mut Act<'_>,
    visitor: &Visitor,
    order: &Locked,
    new: &Correction<'_>,
) -> Result<(PaymentId, Method)> {
    let (checked, totals) = (new.checked, new.totals);
    let now = act.now;
    let kept = KeptAddresses::seal(&act.shop.encryption_keys, order.id, &checked.shipping, &checked.billing)?;
    sqlx::query!(
        "with corrected as (
            update orders
            set email = $2::text::citext, subtotal = $3, discount = $4, tax = $5, tax_included = $6, tax_rate = $7,
                shipping = $8, total = $9, shipping_method = $10, shipping_method_name = $11, shipping_address = $12,
                billing_address = $13, customer_note = $14, reserved_until = $15, updated_at = $16,
                sealed_addresses = $20
            where id = $1
        )
        insert into order_corrections (idempotency_scope, idempotency_key, request_hash, order_id, created_at)
        values ($17, $18, $19, $1, $16)",
        order.id as _,
        checked.email,
        totals.subtotal.minor,
        totals.discount.minor,
        totals.tax.minor,
        totals.tax_included.minor,
        totals.tax_rate as _,
        totals.shipping.minor,
        totals.total.minor,
        checked.method.code,
        checked.method.name,
        kept.shipping,
        kept.billing,
        checked.note,
        now + TimeDelta::minutes(i64::from(new.settings.order_hold_minutes)),
        now,
        new.request.owner.scope(),
        new.request.key,
        new.request.kept_hash()?,
        kept.sealed,
    )
    .execute(&mut **act)
    .await
    .on_constraint("order_corrections_pkey", || Error::Busy)?;
    lifecycle::note_down(act, order.id, &Happening::Corrected { parts: new.parts.clone(), before_payment: true })?;
    let event = OrderEvent { total: totals.total.into(), currency: totals.currency, ..order.told() };
    events::record(act, &Event::OrderCorrected(event))?;
    if let (true, Some(customer)) = (checked.save_address, &visitor.customer) {
        addresses::remember(act, customer, AddressKind::Shipping, &checked.shipping).await?;
    }
    let paid_by =
        payments::attempt_for_correction(act, order.id, totals.total, checked.payment_method, new.fresh).await?;
    if totals.total.is_zero() {
        paid_by_itself(act, order.id).await?;
    }
    Ok(paid_by)
}
