//! The rows that orders are made of, and how they are written.

use crate::Result;
use crate::actors::ActorKind;
use crate::id::{EventId, OrderId, OrderItemId, PaymentId, ProductId, RefundId, ShipmentId, UserId, VariantId};
use crate::lifecycle::OrderStatus;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

/// Everything about all orders, but for the movements of stock.
#[derive(Default)]
pub struct Rows {
    pub orders: Vec<OrderRow>,
    pub items: Vec<ItemRow>,
    pub events: Vec<EventRow>,
    pub shipments: Vec<ShipmentRow>,
    pub shipped: Vec<ShippedRow>,
    pub payments: Vec<PaymentRow>,
    pub refunds: Vec<RefundRow>,
}

#[derive(Serialize)]
pub struct OrderRow {
    pub id: OrderId,
    pub user_id: Option<UserId>,
    pub email: String,
    pub access_key: String,
    pub status: OrderStatus,
    pub currency: &'static str,
    pub subtotal: i64,
    pub tax: i64,
    pub tax_included: i64,
    pub tax_rate: i32,
    pub shipping: i64,
    pub total: i64,
    pub shipping_method: String,
    pub shipping_method_name: String,
    pub shipping_address: Value,
    pub billing_address: Value,
    pub customer_note: &'static str,
    pub reserved_until: Option<DateTime<Utc>>,
    pub paid_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub cancel_reason: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub struct ItemRow {
    pub id: OrderItemId,
    pub order_id: OrderId,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub position: usize,
    pub sku: String,
    pub name: String,
    pub variant_name: String,
    pub unit_price: i64,
    pub quantity: i32,
    pub line_total: i64,
    pub snapshot: Value,
    pub reserved_quantity: i32,
    pub shipped_quantity: i32,
    pub returned_quantity: i32,
}

#[derive(Serialize)]
pub struct EventRow {
    pub id: EventId,
    pub order_id: OrderId,
    pub kind: &'static str,
    pub from_status: Option<OrderStatus>,
    pub to_status: Option<OrderStatus>,
    pub actor_type: ActorKind,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub note: String,
    pub is_public: bool,
    pub created_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub struct ShipmentRow {
    pub id: ShipmentId,
    pub order_id: OrderId,
    pub carrier: &'static str,
    pub tracking: String,
    pub created_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub struct ShippedRow {
    pub shipment_id: ShipmentId,
    pub order_item_id: OrderItemId,
    pub quantity: i32,
}

#[derive(Serialize)]
pub struct PaymentRow {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub provider: &'static str,
    pub method: &'static str,
    pub idempotency_key: String,
    pub provider_session: Option<String>,
    pub provider_intent: Option<String>,
    pub currency: &'static str,
    pub amount: i64,
    pub amount_captured: i64,
    pub status: &'static str,
    pub failure_code: Option<&'static str>,
    pub failure_message: Option<&'static str>,
    pub expires_at: Option<DateTime<Utc>>,
    pub settled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Serialize)]
pub struct RefundRow {
    pub id: RefundId,
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub idempotency_key: String,
    pub provider_refund: String,
    pub amount: i64,
    pub currency: &'static str,
    pub goods: i64,
    pub shipping: i64,
    pub tax: i64,
    pub tax_included: i64,
    pub reason: String,
    pub lines: Value,
    pub restock: bool,
    pub actor_type: ActorKind,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Rows {
    /// Writes all of it. Orders are numbered in the order of time; the stories of several run side by side, so the
    /// timeline is put in order here.
    pub async fn write(mut self, conn: &mut PgConnection) -> Result<()> {
        self.orders.sort_by_key(|order| order.created_at);
        self.events.sort_by_key(|event| event.created_at); // stable: an order's own events stay in theirs
        orders(conn, serde_json::to_value(self.orders)?).await?;
        items(conn, serde_json::to_value(self.items)?).await?;
        events(conn, serde_json::to_value(self.events)?).await?;
        shipments(conn, serde_json::to_value(self.shipments)?, serde_json::to_value(self.shipped)?).await?;
        payments(conn, serde_json::to_value(self.payments)?).await?;
        refunds(conn, serde_json::to_value(self.refunds)?).await
    }
}

async fn orders(conn: &mut PgConnection, rows: Value) -> Result<()> {
    sqlx::query!(
        "insert into orders
            (id, user_id, email, access_key, status, currency, subtotal, tax, tax_included, tax_rate, shipping, total,
             shipping_method, shipping_method_name, shipping_address, billing_address, customer_note,
             idempotency_scope, idempotency_key, request_hash, reserved_until, paid_at, delivered_at, cancelled_at,
             cancel_reason, created_at, updated_at)
         select r.id, r.user_id, r.email::citext, r.access_key, r.status, r.currency, r.subtotal, r.tax, r.tax_included,
                r.tax_rate, r.shipping, r.total, r.shipping_method, r.shipping_method_name, r.shipping_address,
                r.billing_address, r.customer_note, 'sample', r.id::text, sha256(r.id::text::bytea), r.reserved_until, r.paid_at,
                r.delivered_at, r.cancelled_at, r.cancel_reason, r.created_at, r.updated_at
         from jsonb_to_recordset($1) as r
            (id uuid, user_id uuid, email text, access_key text, status text, currency text, subtotal bigint, tax bigint,
             tax_included bigint, tax_rate int, shipping bigint, total bigint, shipping_method text,
             shipping_method_name text, shipping_address jsonb, billing_address jsonb, customer_note text,
             reserved_until timestamptz, paid_at timestamptz, delivered_at timestamptz,
             cancelled_at timestamptz, cancel_reason text,
             created_at timestamptz, updated_at timestamptz)
         order by r.created_at",
        rows,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn items(conn: &mut PgConnection, rows: Value) -> Result<()> {
    sqlx::query!(
        "insert into order_items
            (id, order_id, variant_id, product_id, location_id, position, sku, name, variant_name, unit_price, quantity,
             line_total, snapshot, reserved_quantity, shipped_quantity, returned_quantity)
         select r.id, r.order_id, r.variant_id, r.product_id, place.id, r.position, r.sku, r.name, r.variant_name, r.unit_price,
                r.quantity, r.line_total, r.snapshot, r.reserved_quantity, r.shipped_quantity, r.returned_quantity
         from jsonb_to_recordset($1) as r
            (id uuid, order_id uuid, variant_id uuid, product_id uuid, position int, sku text, name text, variant_name text,
             unit_price bigint, quantity int, line_total bigint, snapshot jsonb, reserved_quantity int, shipped_quantity int,
             returned_quantity int)
         cross join stock_locations place
         where place.is_default",
        rows,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn events(conn: &mut PgConnection, rows: Value) -> Result<()> {
    sqlx::query!(
        "insert into order_events
            (id, order_id, kind, from_status, to_status, actor_type, actor_id, actor_name, note, is_public, created_at)
         select r.id, r.order_id, r.kind, r.from_status, r.to_status, r.actor_type, r.actor_id, r.actor_name, r.note, r.is_public,
                r.created_at
         from rows from (
            jsonb_to_recordset($1) as
                (id uuid, order_id uuid, kind text, from_status text, to_status text, actor_type text, actor_id uuid,
                 actor_name text, note text, is_public boolean, created_at timestamptz)
         ) with ordinality as r
            (id, order_id, kind, from_status, to_status, actor_type, actor_id, actor_name, note, is_public, created_at, n)
         order by r.n",
        rows,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn shipments(conn: &mut PgConnection, rows: Value, shipped: Value) -> Result<()> {
    sqlx::query!(
        "insert into shipments (id, order_id, carrier, tracking, created_at)
         select r.id, r.order_id, r.carrier, r.tracking, r.created_at
         from jsonb_to_recordset($1) as r (id uuid, order_id uuid, carrier text, tracking text, created_at timestamptz)",
        rows,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into shipment_items (shipment_id, order_item_id, quantity)
         select r.shipment_id, r.order_item_id, r.quantity
         from jsonb_to_recordset($1) as r (shipment_id uuid, order_item_id uuid, quantity int)",
        shipped,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn payments(conn: &mut PgConnection, rows: Value) -> Result<()> {
    sqlx::query!(
        "insert into payments
            (id, order_id, provider, method, idempotency_key, provider_session, provider_intent, currency, amount,
             amount_captured, status, failure_code, failure_message, expires_at, checked_at, settled_at, created_at, updated_at)
         select r.id, r.order_id, r.provider, r.method, r.idempotency_key, r.provider_session, r.provider_intent, r.currency,
                r.amount, r.amount_captured, r.status, r.failure_code, r.failure_message, r.expires_at, r.settled_at,
                r.settled_at, r.created_at, r.updated_at
         from jsonb_to_recordset($1) as r
            (id uuid, order_id uuid, provider text, method text, idempotency_key text, provider_session text,
             provider_intent text, currency text, amount bigint, amount_captured bigint, status text, failure_code text,
             failure_message text, expires_at timestamptz, settled_at timestamptz, created_at timestamptz,
             updated_at timestamptz)",
        rows,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn refunds(conn: &mut PgConnection, rows: Value) -> Result<()> {
    sqlx::query!(
        "insert into refunds
            (id, payment_id, order_id, idempotency_key, provider_refund, amount, currency, goods, shipping, tax, tax_included,
             reason, lines, restock, status, actor_type, actor_id, actor_name, created_at, updated_at)
         select r.id, r.payment_id, r.order_id, r.idempotency_key, r.provider_refund, r.amount, r.currency, r.goods, r.shipping,
                r.tax, r.tax_included, r.reason, r.lines, r.restock, 'succeeded', r.actor_type, r.actor_id,
                r.actor_name, r.created_at, r.updated_at
         from jsonb_to_recordset($1) as r
            (id uuid, payment_id uuid, order_id uuid, idempotency_key text, provider_refund text, amount bigint,
             currency text, goods bigint, shipping bigint, tax bigint, tax_included bigint, reason text,
             lines jsonb, restock boolean, actor_type text, actor_id uuid, actor_name text, created_at timestamptz,
             updated_at timestamptz)",
        rows,
    )
    .execute(conn)
    .await?;
    Ok(())
}
