//! All payments, for staff: a list with search and filters, what they come to, and the same as a file.

use super::{Method, PaymentState};
use crate::actors::{Customer, May, Permission, Staff};
use crate::address::sought;
use crate::id::{OrderId, PaymentId, UserId};
use crate::input::like_pattern;
use crate::lifecycle::{PaymentFailure, PaymentFault};
use crate::{Currency, Money, Page, Paging, Result, Shop, TimeZone, settings};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, Postgres, QueryBuilder};

/// A line of the list.
#[derive(Debug, Clone)]
pub struct PaymentRow {
    pub id: PaymentId,
    pub order: OrderId,
    pub number: String,
    pub email: String,
    pub method: Method,
    pub status: PaymentState,
    pub amount: Money,
    pub captured: Money,
    /// What went back, or is on its way.
    pub refunded: Money,
    /// What Stripe kept, as far as it has said so.
    pub fee: Option<Money>,
    /// Why it failed.
    pub failure: Option<PaymentFailure>,
    /// At the provider: the intent, else the session.
    pub reference: Option<String>,
    pub intent: Option<String>,
    /// Something about it differs from Stripe's statement.
    pub differs: bool,
    pub created_at: DateTime<Utc>,
}

/// Which payments staff ask for.
#[derive(Debug, Clone)]
pub struct PaymentQuery {
    /// In the order's number, the customer's name or e-mail, or an id of Stripe's.
    pub search: String,
    pub status: Option<PaymentState>,
    pub method: Option<Method>,
    /// Begun on this day (of the shop's time zone) or later.
    pub from: Option<NaiveDate>,
    /// Begun on this day (of the shop's time zone) or earlier.
    pub until: Option<NaiveDate>,
    pub sort: PaymentSort,
    pub paging: Paging,
    /// Only for this customer's orders.
    pub customer: Option<UserId>,
}

impl Default for PaymentQuery {
    fn default() -> Self {
        Self {
            search: String::new(),
            status: None,
            method: None,
            from: None,
            until: None,
            sort: PaymentSort::Newest,
            paging: Paging::new(1, 50),
            customer: None,
        }
    }
}

words! {
    #[derive(Default)]
    pub enum PaymentSort {
        #[default]
        Newest = "created:desc",
        Oldest = "created:asc",
        Largest = "amount:desc",
        Smallest = "amount:asc",
    }
}

impl PaymentSort {
    fn sql(self) -> &'static str {
        match self {
            Self::Newest => " order by p.created_at desc, p.id desc",
            Self::Oldest => " order by p.created_at, p.id",
            Self::Largest => " order by p.amount desc, p.id desc",
            Self::Smallest => " order by p.amount, p.id",
        }
    }
}

/// What the payments that fit come to, in the shop's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    pub captured: Money,
    pub refunded: Money,
    /// Of those payments whose fee Stripe has told.
    pub fees: Money,
    /// Payments through Stripe that took money and whose fee is not known yet.
    pub fees_unknown: i64,
    /// Captured, less refunds and known fees.
    pub net: Money,
}

#[derive(FromRow)]
struct StoredPayment {
    id: PaymentId,
    order: OrderId,
    number: String,
    email: String,
    method: Method,
    status: PaymentState,
    currency: String,
    amount: i64,
    captured: i64,
    refunded: i64,
    fee: Option<i64>,
    fault: Option<PaymentFault>,
    failure: Option<String>,
    reference: Option<String>,
    intent: Option<String>,
    differs: bool,
    created_at: DateTime<Utc>,
}

impl StoredPayment {
    fn row(self) -> Result<PaymentRow> {
        let currency = Currency::stored(&self.currency)?;
        let money = |minor| Money::new(minor, currency);
        Ok(PaymentRow {
            id: self.id,
            order: self.order,
            number: self.number,
            email: self.email,
            method: self.method,
            status: self.status,
            amount: money(self.amount),
            captured: money(self.captured),
            refunded: money(self.refunded),
            fee: self.fee.map(money),
            failure: PaymentFailure::kept(self.fault, self.failure),
            reference: self.reference,
            intent: self.intent,
            differs: self.differs,
            created_at: self.created_at,
        })
    }
}

/// All payments that fit, page by page.
pub async fn list(shop: &Shop, who: &dyn May, query: &PaymentQuery) -> Result<Page<PaymentRow>> {
    who.may(Permission::PaymentsRead)?;
    page(shop, query).await
}

/// A customer's own, page by page. What only staff see of them (fees, differences) is the caller's to leave out.
pub async fn list_of(shop: &Shop, customer: &Customer, query: PaymentQuery) -> Result<Page<PaymentRow>> {
    page(shop, &PaymentQuery { customer: Some(customer.id()), ..query }).await
}

async fn page(shop: &Shop, query: &PaymentQuery) -> Result<Page<PaymentRow>> {
    let mut count = QueryBuilder::new("select count(*) from payments p join orders o on o.id = p.order_id where true");
    let zone = settings::time_zone(shop).await?;
    narrow(&mut count, query, zone);
    let total: i64 = count.build_query_scalar().persistent(false).fetch_one(&shop.db).await?;
    let mut sql = select();
    narrow(&mut sql, query, zone);
    sql.push(query.sort.sql());
    sql.push(" limit ").push_bind(i64::from(query.paging.limit())).push(" offset ").push_bind(query.paging.offset());
    Ok(Page::new(fetch(shop, sql).await?, total, query.paging))
}

/// What they come to.
pub async fn totals(shop: &Shop, staff: &Staff, query: &PaymentQuery) -> Result<Totals> {
    staff.may(Permission::PaymentsRead)?;
    let mut sql = QueryBuilder::new(
        "select coalesce(sum(p.amount_captured), 0)::bigint, coalesce(sum(p.amount_refunding), 0)::bigint,
                coalesce(sum(l.fee), 0)::bigint,
                count(*) filter (where p.provider = 'stripe' and p.amount_captured > 0 and l.fee is null)
         from payments p
         join orders o on o.id = p.order_id
         left join ledger_payments l on l.intent = p.provider_intent
         where p.status = 'succeeded' and p.currency = ",
    );
    sql.push_bind(shop.currency.code());
    let zone = settings::time_zone(shop).await?;
    narrow(&mut sql, query, zone);
    let (captured, refunded, fees, fees_unknown): (i64, i64, i64, i64) =
        sql.build_query_as().persistent(false).fetch_one(&shop.db).await?;
    let money = |minor| Money::new(minor, shop.currency);
    let net = money(captured).minus(money(refunded))?.minus(money(fees))?;
    Ok(Totals { captured: money(captured), refunded: money(refunded), fees: money(fees), fees_unknown, net })
}

/// The payments that fit and come after one of them, the newest first: for a file, piece by piece.
pub async fn for_export(
    shop: &Shop,
    staff: &Staff,
    query: &PaymentQuery,
    after: Option<(DateTime<Utc>, PaymentId)>,
    limit: i64,
) -> Result<Vec<PaymentRow>> {
    staff.may(Permission::PaymentsRead)?;
    let zone = settings::time_zone(shop).await?;
    let mut sql = select();
    narrow(&mut sql, query, zone);
    if let Some((at, id)) = after {
        sql.push(" and (p.created_at, p.id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
    sql.push(PaymentSort::Newest.sql());
    sql.push(" limit ").push_bind(limit);
    fetch(shop, sql).await
}

fn select() -> QueryBuilder<Postgres> {
    QueryBuilder::new(
        r#"select p.id, p.order_id as "order", o.number, o.email::text as email, p.method, p.status, p.currency, p.amount,
                  p.amount_captured as captured, p.amount_refunding as refunded, l.fee, p.failure_fault as fault,
                  p.failure_message as failure,
                  coalesce(p.provider_intent, p.provider_session) as reference, p.provider_intent as intent, p.created_at,
                  exists(select from payment_differences d where d.payment_id = p.id and d.status = 'open') as differs
           from payments p
           join orders o on o.id = p.order_id
           left join ledger_payments l on l.intent = p.provider_intent
           where true"#,
    )
}

async fn fetch(shop: &Shop, mut sql: QueryBuilder<Postgres>) -> Result<Vec<PaymentRow>> {
    let rows: Vec<StoredPayment> = sql.build_query_as().persistent(false).fetch_all(&shop.db).await?;
    rows.into_iter().map(StoredPayment::row).collect()
}

fn narrow(sql: &mut QueryBuilder<Postgres>, query: &PaymentQuery, zone: TimeZone) {
    if let Some(customer) = query.customer {
        sql.push(" and o.user_id = ").push_bind(customer);
    }
    if let Some(status) = query.status {
        sql.push(" and p.status = ").push_bind(status.word());
    }
    if let Some(method) = query.method {
        sql.push(" and p.method = ").push_bind(method);
    }
    if let Some(day) = query.from {
        sql.push(" and p.created_at >= ").push_bind(zone.start_of(day));
    }
    if let Some(day) = query.until {
        sql.push(" and p.created_at < ").push_bind(zone.end_of(day));
    }
    if !query.search.trim().is_empty() {
        let pattern = like_pattern(&query.search);
        sql.push(" and (o.search_text like fold_like(").push_bind(sought(&query.search));
        sql.push(") or lower(concat_ws(' ', p.provider_intent, p.provider_session)) like ");
        sql.push_bind(pattern).push(")");
    }
}
